"""Activations: one pass of a model over text, pooled to one vector per sentence or word, and layer."""

from babelscope.activations.batching import Batch, Padding, make_batch, plan_batches
from babelscope.activations.capture import Reducer, SentenceMeans, Site, observe
from babelscope.activations.extract import Extraction, Plan, Progress, extract, plan
from babelscope.activations.pooling import mean_over_tokens
from babelscope.activations.sentences import SentencePooling, SentenceVectors, sentence_vectors
from babelscope.activations.sharding import (
    Shard,
    extract_in_shards,
    extract_shard,
    plan_shards,
    remove_shards,
    shard_path,
)
from babelscope.activations.store import Activations
from babelscope.activations.watching import AnySite
from babelscope.activations.word_pieces import WordPieces, word_pieces
from babelscope.activations.words import Pooling, WordSite, WordVectors, word_vectors

__all__ = [
    "Activations",
    "AnySite",
    "Batch",
    "Extraction",
    "Padding",
    "Plan",
    "Pooling",
    "Progress",
    "Reducer",
    "SentencePooling",
    "SentenceMeans",
    "SentenceVectors",
    "Shard",
    "Site",
    "WordPieces",
    "WordSite",
    "WordVectors",
    "extract",
    "extract_in_shards",
    "extract_shard",
    "make_batch",
    "mean_over_tokens",
    "observe",
    "plan",
    "plan_batches",
    "plan_shards",
    "remove_shards",
    "sentence_vectors",
    "shard_path",
    "word_pieces",
    "word_vectors",
]
