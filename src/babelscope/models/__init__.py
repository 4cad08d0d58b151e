"""Models: any causal language model in, its neuron sites, tokenizer and identity out."""

from babelscope.models.architectures import ARCHITECTURES, Architecture
from babelscope.models.language_model import LanguageModel, LoadReport
from babelscope.models.loading import ModelRef, load_model
from babelscope.models.untrained import untrained
from babelscope.models.wrapping import wrap_model

__all__ = [
    "ARCHITECTURES",
    "Architecture",
    "LanguageModel",
    "LoadReport",
    "ModelRef",
    "load_model",
    "untrained",
    "wrap_model",
]
