"""What one pass over the sentences gave in; one point of the live curves out."""

from dataclasses import dataclass, field, replace
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from babelscope.activations import Activations
from babelscope.errors import ModelError
from babelscope.evaluation.perplexity import Losses
from babelscope.live.reading import Reading
from babelscope.provenance import Signature
from babelscope.regions import RegionRule, contributions, zscores
from babelscope.regions.rule import select
from babelscope.scores import Permutations, Score, alignment, cosine_sums

__all__ = ["Measurement", "measure"]


@dataclass(frozen=True)
class Measurement:
    """The model in training at one step."""

    step: int
    lrds: Score
    """Same-language minus cross-language similarity, [-2, 2]; lower is more language-agnostic."""
    sads: Score
    """Translations minus unrelated cross-language sentences, [-2, 2]; higher is more aligned by meaning."""
    sklr: int
    """Neurons in all regions together; how many chance alone would put there is for a scan to say."""
    region_sizes: dict[str, int]
    losses: dict[str, Losses]
    """Losses of each language's sentences, each sentence by itself; lower is better."""
    n: int
    """Sentences per language."""
    signature: Signature
    seconds: float = 0.0
    """What the measurement took."""
    warnings: dict[str, str] = field(default_factory=dict)
    """What was amiss, a sentence by kind (`sads`, `loss`)."""

    def as_logs(self, prefix: str = "alignment/") -> dict[str, float]:
        """Numbers by name, as loggers take them; ends of intervals are left out where there are none."""
        found: dict[str, float | None] = {}
        for name, score in (("lrds", self.lrds), ("sads", self.sads)):
            found |= {name: score.value, f"{name}_low": score.low, f"{name}_high": score.high}
        found["sklr"] = float(self.sklr)
        for language, size in self.region_sizes.items():
            found[f"region/{language}"] = float(size)
        for language, losses in self.losses.items():
            found[f"loss/{language}"] = losses.nats_per_token
            found[f"loss_per_byte/{language}"] = losses.nats_per_byte
        found |= {f"warning/{kind}": float(kind in self.warnings) for kind in ("sads", "loss")}
        found |= {"sentences": float(self.n), "seconds": self.seconds}
        return {prefix + name: value for name, value in found.items() if value is not None}

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain JSON types."""
        losses = {
            language: {"nats_per_token": each.nats_per_token, "nats_per_byte": each.nats_per_byte}
            | {"tokens": int(each.tokens.sum()), "bytes": int(each.bytes.sum())}
            for language, each in self.losses.items()
        }
        scores = {
            name: {"value": score.value, "low": score.low, "high": score.high}
            for name, score in (("lrds", self.lrds), ("sads", self.sads))
        }
        rest = {"sklr": self.sklr, "region_sizes": self.region_sizes, "loss": losses, "sentences": self.n}
        return {"step": self.step, **scores, **rest, "seconds": self.seconds, "warnings": self.warnings}


def measure(reading: Reading, step: int, rule: RegionRule, signature: Signature) -> Measurement:
    """Scores, region sizes and losses of one pass [METHODS 2-4].

    The values are those that `scan` finds in the same model on the same sentences. Its nulls, its baseline and the
    intervals of region sizes cost several times as much and are left to it.

    Args:
        reading: The pass.
        step: The training step.
        rule: What makes a neuron part of a region.
        signature: What the numbers depend on.

    Raises:
        ModelError: If a sentence has no activation at all.
    """
    activations = reading.activations
    n = reading.sentences
    norms = activations.squared_norms()
    if not (norms.sum(0) > 0).all():
        raise ModelError("all activations of a sentence are zero")
    # The null is drawn with the score; one draw is the least there is, and nobody is shown it.
    permutations = Permutations.draw(len(activations.languages), n, keep_map=False, draws=1)
    *_, whole = cosine_sums(activations, norms, permutations, keep_map=False)
    found = alignment(whole, permutations)
    sizes = _region_sizes(activations, norms.sum(0).rsqrt(), rule)
    losses = {
        language: Losses(reading.nll[a], reading.tokens[a], reading.bytes[a])
        for a, language in enumerate(activations.languages)
    }
    lrds, sads = (replace(score, null=None, signature=signature.long) for score in (found.lrds, found.sads))
    return Measurement(step, lrds, sads, sum(sizes.values()), sizes, losses, n, signature)


def _region_sizes(
    activations: Activations, scale: Float[Tensor, "language sentence"], rule: RegionRule
) -> dict[str, int]:
    scores = [
        zscores(contributions(block, scale))
        for layer in range(1, activations.n_layers + 1)
        for _, block in activations.blocks(layer)
    ]
    chosen, _ = select(torch.cat(scores, dim=1), rule)
    return {language: int(row.sum()) for language, row in zip(activations.languages, chosen, strict=True)}
