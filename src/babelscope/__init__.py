"""babelscope: how far a multilingual language model's languages share one space of meaning, where, and since when."""

from importlib import import_module, metadata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from babelscope.comparison import Comparison, compare
    from babelscope.corpus import CORPORA, ParallelCorpus, load_corpus
    from babelscope.doctor import examine
    from babelscope.errors import BabelscopeError
    from babelscope.evaluation import (
        Ablation,
        AblationOptions,
        Evaluation,
        Generation,
        ablate,
        evaluate,
        generate_under,
        named_conditions,
        perplexity,
    )
    from babelscope.interventions import deactivate, neuron_statistics
    from babelscope.live import AlignmentCallback, AlignmentMonitor, AlignmentWarning
    from babelscope.models import ARCHITECTURES, LanguageModel, ModelRef, load_model, wrap_model
    from babelscope.probing import ProbeOptions, Probing, probe
    from babelscope.regions import NeuronMask, Regions
    from babelscope.scanning import Scan, ScanOptions, scan
    from babelscope.series import Series, read_series
    from babelscope.tracking import Track, TrackOptions, track
    from babelscope.treebanks import Treebank, load_treebanks

__all__ = [
    "ARCHITECTURES",
    "Ablation",
    "AblationOptions",
    "AlignmentCallback",
    "AlignmentMonitor",
    "AlignmentWarning",
    "BabelscopeError",
    "CORPORA",
    "Comparison",
    "Evaluation",
    "Generation",
    "LanguageModel",
    "ModelRef",
    "NeuronMask",
    "ParallelCorpus",
    "ProbeOptions",
    "Probing",
    "Regions",
    "Scan",
    "ScanOptions",
    "Series",
    "Track",
    "TrackOptions",
    "Treebank",
    "ablate",
    "compare",
    "deactivate",
    "evaluate",
    "examine",
    "generate_under",
    "load_corpus",
    "load_model",
    "load_treebanks",
    "named_conditions",
    "neuron_statistics",
    "perplexity",
    "probe",
    "read_series",
    "scan",
    "track",
    "wrap_model",
]

__version__ = metadata.version("babelscope")

_HOMES = {
    "ARCHITECTURES": "models",
    "Ablation": "evaluation",
    "AblationOptions": "evaluation",
    "AlignmentCallback": "live",
    "AlignmentMonitor": "live",
    "AlignmentWarning": "live",
    "BabelscopeError": "errors",
    "CORPORA": "corpus",
    "Comparison": "comparison",
    "Evaluation": "evaluation",
    "Generation": "evaluation",
    "LanguageModel": "models",
    "ModelRef": "models",
    "NeuronMask": "regions",
    "ParallelCorpus": "corpus",
    "ProbeOptions": "probing",
    "Probing": "probing",
    "Regions": "regions",
    "Scan": "scanning",
    "ScanOptions": "scanning",
    "Series": "series",
    "Track": "tracking",
    "TrackOptions": "tracking",
    "Treebank": "treebanks",
    "ablate": "evaluation",
    "compare": "comparison",
    "deactivate": "interventions",
    "evaluate": "evaluation",
    "examine": "doctor",
    "generate_under": "evaluation",
    "load_corpus": "corpus",
    "load_model": "models",
    "load_treebanks": "treebanks",
    "named_conditions": "evaluation",
    "neuron_statistics": "interventions",
    "perplexity": "evaluation",
    "probe": "probing",
    "read_series": "series",
    "scan": "scanning",
    "track": "tracking",
    "wrap_model": "models",
}


def __getattr__(name: str) -> Any:
    # Public names load on use: importing torch takes seconds, and `babelscope --help` must not pay for it.
    if name in _HOMES:
        return getattr(import_module(f"babelscope.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'babelscope' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
