"""Activations: one pass of a model over a corpus, pooled to one vector per sentence and layer."""

from babelscope.activations.batching import Batch, Padding, make_batch, plan_batches
from babelscope.activations.capture import Reducer, SentenceMeans, Site, observe
from babelscope.activations.extract import Extraction, Plan, Progress, extract, plan
from babelscope.activations.pooling import mean_over_tokens
from babelscope.activations.sharding import (
    Shard,
    extract_in_shards,
    extract_shard,
    plan_shards,
    remove_shards,
    shard_path,
)
from babelscope.activations.store import Activations

__all__ = [
    "Activations",
    "Batch",
    "Extraction",
    "Padding",
    "Plan",
    "Progress",
    "Reducer",
    "SentenceMeans",
    "Shard",
    "Site",
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
    "shard_path",
]
