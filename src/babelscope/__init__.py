"""babelscope: how far a multilingual language model's languages share one space of meaning, where, and since when."""

from importlib import metadata
from typing import TYPE_CHECKING

from babelscope.on_use import on_use

if TYPE_CHECKING:
    from babelscope.comparison import Comparison, compare
    from babelscope.corpus import CORPORA, ParallelCorpus, load_corpus
    from babelscope.correlation import Correlation, TransferForecast, correlate, forecast_transfer
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
    from babelscope.retrieval import Retrieval, RetrievalOptions, retrieve
    from babelscope.scanning import Scan, ScanOptions, scan
    from babelscope.series import Series, read_series
    from babelscope.tracking import Track, TrackOptions, track
    from babelscope.transfer import Transfer, TransferOptions, TransferTask, load_task, zero_shot_transfer
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
    "Correlation",
    "Evaluation",
    "Generation",
    "LanguageModel",
    "ModelRef",
    "NeuronMask",
    "ParallelCorpus",
    "ProbeOptions",
    "Probing",
    "Regions",
    "Retrieval",
    "RetrievalOptions",
    "Scan",
    "ScanOptions",
    "Series",
    "Track",
    "TrackOptions",
    "Transfer",
    "TransferForecast",
    "TransferOptions",
    "TransferTask",
    "Treebank",
    "ablate",
    "compare",
    "correlate",
    "deactivate",
    "evaluate",
    "examine",
    "forecast_transfer",
    "generate_under",
    "load_corpus",
    "load_model",
    "load_task",
    "load_treebanks",
    "named_conditions",
    "neuron_statistics",
    "perplexity",
    "probe",
    "read_series",
    "retrieve",
    "scan",
    "track",
    "wrap_model",
    "zero_shot_transfer",
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
    "Correlation": "correlation",
    "Evaluation": "evaluation",
    "Generation": "evaluation",
    "LanguageModel": "models",
    "ModelRef": "models",
    "NeuronMask": "regions",
    "ParallelCorpus": "corpus",
    "ProbeOptions": "probing",
    "Probing": "probing",
    "Regions": "regions",
    "Retrieval": "retrieval",
    "RetrievalOptions": "retrieval",
    "Scan": "scanning",
    "ScanOptions": "scanning",
    "Series": "series",
    "Track": "tracking",
    "TrackOptions": "tracking",
    "Transfer": "transfer",
    "TransferForecast": "correlation",
    "TransferOptions": "transfer",
    "TransferTask": "transfer",
    "Treebank": "treebanks",
    "ablate": "evaluation",
    "compare": "comparison",
    "correlate": "correlation",
    "deactivate": "interventions",
    "evaluate": "evaluation",
    "examine": "doctor",
    "forecast_transfer": "correlation",
    "generate_under": "evaluation",
    "load_corpus": "corpus",
    "load_model": "models",
    "load_task": "transfer",
    "load_treebanks": "treebanks",
    "named_conditions": "evaluation",
    "neuron_statistics": "interventions",
    "perplexity": "evaluation",
    "probe": "probing",
    "read_series": "series",
    "retrieve": "retrieval",
    "scan": "scanning",
    "track": "tracking",
    "wrap_model": "models",
    "zero_shot_transfer": "transfer",
}


# Public names load on use: importing torch takes seconds, and `babelscope --help` must not pay for it.
__getattr__ = on_use("babelscope", _HOMES)


def __dir__() -> list[str]:
    return sorted(__all__)
