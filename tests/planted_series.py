"""Series whose truth is known: records of points with planted scores, and curves with planted errors."""

import math

import numpy as np

from babelscope.dynamics.curves import Curve
from babelscope.regions import NeuronMask
from babelscope.scores.significance import jackknife_interval

LANGUAGES = ("ar", "en", "fr")
NEURONS = (40, 40)
BYTES_PER_TOKEN = 4


def replicates_of(values, noise):
    """A score per point that is a mean over meanings, and its values with one meaning left out; (point, meaning)."""
    n = noise.shape[1]
    total = noise.sum(1, keepdims=True)
    return np.asarray(values) + total[:, 0] / n, np.asarray(values)[:, None] + (total - noise) / (n - 1)


def curve(values, *, metric="sads", language="all", layer=None, reach=None, replicates=None, x=None):
    k = len(values)
    return Curve(
        metric,
        language,
        layer,
        tuple(f"p{i}" for i in range(k)),
        10.0 ** np.arange(k) if x is None else np.asarray(x, dtype=float),
        np.asarray(values, dtype=float),
        np.full(k, np.nan if reach is None else reach),
        tuple([None] * k if replicates is None else replicates),
    )


def score(value, left_out=None):
    low, high = (None, None) if left_out is None else jackknife_interval(float(value), left_out)
    return {"value": value, "low": low, "high": high, "null": None, "baseline": None, "gain": None}


def size(value, null=10.0):
    return {
        "size": value,
        "share": value / sum(NEURONS),
        "low": max(0.0, value - 2.0),
        "high": value + 2.0,
        "null_mean": null,
        "null_sd": 1.0,
        "null_low": null - 2,
        "null_high": null + 2,
        "excess": value - null,
    }


def loss_of(perplexity):
    nats = math.log(perplexity)
    per_byte = nats / BYTES_PER_TOKEN
    return {
        "nats_per_byte": per_byte,
        "low": per_byte - 0.01,
        "high": per_byte + 0.01,
        "nats_per_token": nats,
        "perplexity": perplexity,
        "tokens": 1000,
        "bytes": 1000 * BYTES_PER_TOKEN,
    }


def point(step, *, perplexity=70.0, model="nano", made=False, weights=None, x=None, **fields):
    """A record of a measured point; `perplexity` is one number or one by language."""
    by_language = perplexity if isinstance(perplexity, dict) else {code: perplexity for code in LANGUAGES}
    loss = {code: loss_of(value) for code, value in by_language.items()}
    mean = float(np.mean([one["nats_per_byte"] for one in loss.values()])) if loss else None
    return {
        "key": f"{model}-{step}",
        "model": model,
        "step": str(step),
        "x": float(step) if x is None else x,
        "made": made,
        "name": model,
        "revision": "local",
        "folder": f"points/{model}-{step}",
        "report": None,
        "status": "done",
        "error": None,
        "stages": ["scan"],
        "weights_hash": f"{model}-{step}" if weights is None else weights,
        "lrds": score(0.5),
        "sads": score(0.1),
        "sklr": {"value": 60, "low": 54.0, "high": 66.0, "null_mean": 30.0, "null_sd": 2.0},
        "regions": {code: size(20) for code in LANGUAGES},
        "by_layer": [
            {
                "layer": layer,
                "lrds": score(0.4),
                "sads": score(0.1),
                "region_sizes": dict.fromkeys(LANGUAGES, 10),
            }
            for layer in (1, 2)
        ],
        "pairs": [
            {"language_a": a, "language_b": b, "sads": score(0.1)}
            for a, b in (("ar", "en"), ("ar", "fr"), ("en", "fr"))
        ],
        "loss": loss,
        "loss_mean": {"value": mean, "low": mean - 0.01, "high": mean + 0.01} if loss else None,
        "ablation": None,
        "evaluation": None,
        **fields,
    }


def failed(step, model="nano"):
    return {
        "key": f"{model}-{step}",
        "model": model,
        "step": str(step),
        "x": float(step),
        "made": False,
        "name": model,
        "revision": "local",
        "folder": f"points/{model}-{step}",
        "status": "failed",
        "error": "the weights lack lm_head",
        "stages": [],
    }


def drifting(generator, points, meanings=60, kept=0.8, shared=0.8):
    """Errors of a constant score, (point, meaning): in part the same at all points, in part like the point before."""
    own = generator.normal(size=(points, meanings))
    for place in range(1, points):
        own[place] = kept * own[place - 1] + math.sqrt(1 - kept**2) * own[place]
    return math.sqrt(shared) * generator.normal(size=meanings) + math.sqrt(1 - shared) * own


def series(steps, sads, lrds, *, meanings=60, noise=0.02, shared=0.95, seed=0, **by_step):
    """Points and replicates with planted SADS and LRDS; errors are shared between points, as meanings are.

    Args:
        steps: One per point.
        sads: Planted, per point.
        lrds: Planted, per point.
        meanings: Sentences per language.
        noise: Standard deviation of a meaning's part of a score.
        shared: Correlation of that part between points.
        seed: Of the noise.
        **by_step: Further fields of `point`, each a mapping from step to value.
    """
    generator = np.random.default_rng(seed)
    replicates = {f"nano-{step}": {} for step in steps}
    records = [
        point(step, **{name: values[step] for name, values in by_step.items() if step in values}) for step in steps
    ]
    for metric, truth in (("sads", sads), ("lrds", lrds)):
        common = generator.normal(size=meanings) * math.sqrt(shared)
        own = generator.normal(size=(len(steps), meanings)) * math.sqrt(1 - shared)
        values, left_out = replicates_of(truth, noise * (common + own))
        for i, record in enumerate(records):
            record[metric] = score(float(values[i]), left_out[i])
            replicates[record["key"]][metric] = np.stack([left_out[i]] * 3)
            for level in record["by_layer"]:
                level[metric] = record[metric]
    return records, replicates


def masks(*chosen):
    """A region from the flat indices of its neurons, two layers of 40."""
    flat = np.zeros(sum(NEURONS), dtype=bool)
    flat[list(chosen)] = True
    return NeuronMask.of_flat(flat, NEURONS)
