"""babelscope: how far a multilingual language model's languages share one space of meaning, where, and since when."""

from importlib import import_module, metadata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from babelscope.corpus import CORPORA, ParallelCorpus, load_corpus
    from babelscope.doctor import examine
    from babelscope.errors import BabelscopeError
    from babelscope.evaluation import Ablation, AblationOptions, ablate, perplexity
    from babelscope.interventions import deactivate, neuron_statistics
    from babelscope.models import ARCHITECTURES, LanguageModel, load_model, wrap_model
    from babelscope.regions import NeuronMask, Regions
    from babelscope.scanning import Scan, ScanOptions, scan

__all__ = [
    "ARCHITECTURES",
    "CORPORA",
    "Ablation",
    "AblationOptions",
    "BabelscopeError",
    "LanguageModel",
    "NeuronMask",
    "ParallelCorpus",
    "Regions",
    "Scan",
    "ScanOptions",
    "ablate",
    "deactivate",
    "examine",
    "load_corpus",
    "load_model",
    "neuron_statistics",
    "perplexity",
    "scan",
    "wrap_model",
]

__version__ = metadata.version("babelscope")

_HOMES = {
    "ARCHITECTURES": "models",
    "CORPORA": "corpus",
    "Ablation": "evaluation",
    "AblationOptions": "evaluation",
    "BabelscopeError": "errors",
    "LanguageModel": "models",
    "NeuronMask": "regions",
    "ParallelCorpus": "corpus",
    "Regions": "regions",
    "Scan": "scanning",
    "ScanOptions": "scanning",
    "ablate": "evaluation",
    "deactivate": "interventions",
    "examine": "doctor",
    "load_corpus": "corpus",
    "load_model": "models",
    "neuron_statistics": "interventions",
    "perplexity": "evaluation",
    "scan": "scanning",
    "wrap_model": "models",
}


def __getattr__(name: str) -> Any:
    # Public names load on use: importing torch takes seconds, and `babelscope --help` must not pay for it.
    if name in _HOMES:
        return getattr(import_module(f"babelscope.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'babelscope' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
