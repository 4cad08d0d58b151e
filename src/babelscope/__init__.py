"""babelscope: how far a multilingual language model's languages share one space of meaning, where, and since when."""

from importlib import import_module, metadata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
    from babelscope.models import ARCHITECTURES, LanguageModel, load_model, wrap_model
    from babelscope.regions import NeuronMask, Regions
    from babelscope.scanning import Scan, ScanOptions, scan

__all__ = [
    "ARCHITECTURES",
    "CORPORA",
    "Ablation",
    "AblationOptions",
    "BabelscopeError",
    "Evaluation",
    "Generation",
    "LanguageModel",
    "NeuronMask",
    "ParallelCorpus",
    "Regions",
    "Scan",
    "ScanOptions",
    "ablate",
    "deactivate",
    "evaluate",
    "examine",
    "generate_under",
    "load_corpus",
    "load_model",
    "named_conditions",
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
    "Evaluation": "evaluation",
    "Generation": "evaluation",
    "LanguageModel": "models",
    "NeuronMask": "regions",
    "ParallelCorpus": "corpus",
    "Regions": "regions",
    "Scan": "scanning",
    "ScanOptions": "scanning",
    "ablate": "evaluation",
    "deactivate": "interventions",
    "evaluate": "evaluation",
    "examine": "doctor",
    "generate_under": "evaluation",
    "load_corpus": "corpus",
    "load_model": "models",
    "named_conditions": "evaluation",
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
