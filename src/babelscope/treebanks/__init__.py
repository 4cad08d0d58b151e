"""Treebanks: words in their sentences, with a value for each morphological attribute they are marked for."""

from babelscope.treebanks.loading import load_treebanks
from babelscope.treebanks.schema import ATTRIBUTES, resolve_attributes
from babelscope.treebanks.treebank import AttributeCounts, ConversionReport, TaggedSentence, Treebank, Word

__all__ = [
    "ATTRIBUTES",
    "AttributeCounts",
    "ConversionReport",
    "TaggedSentence",
    "Treebank",
    "Word",
    "load_treebanks",
    "resolve_attributes",
]
