"""What was read and found in, the content of a correlation's page out."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from babelscope.correlation.arranging import POOLED, Arranged
from babelscope.correlation.background import Background
from babelscope.correlation.content import analysis, described
from babelscope.correlation.measured import Measured
from babelscope.correlation.options import CorrelationOptions
from babelscope.correlation.records import Record
from babelscope.correlation.verdict import overall_answer, verdict
from babelscope.provenance import Signature, versions

__all__ = ["Read", "summary"]

Found = Sequence[tuple[Arranged, Sequence[Record]]]
_PACKAGES = ("babelscope", "numpy", "scipy", "statsmodels")
_COVARIATES = {"nmi": "what probes know (NMI)", "loss": "held-out loss"}


@dataclass(frozen=True, eq=False)
class Read:
    """What is to be correlated."""

    x: Measured
    y: Sequence[Measured]
    background: Background
    warnings: list[dict[str, str]]
    preset: str | None = None


def summary(
    read: Read,
    found: Found,
    records: Sequence[Record],
    options: CorrelationOptions,
) -> dict[str, Any]:
    """Everything a page says, in plain JSON types.

    Args:
        read: The measures.
        found: Per model and score its arrays and records.
        records: All of them, corrected together.
        options: What was asked for.
    """
    flat = [record.flat() for record in records]
    codes = list(dict.fromkeys(code for one, _ in found for code in (one.pairs.languages if one.pairs else ())))
    return {
        "preset": read.preset,
        "source": options.source,
        "seed": options.seed,
        "options": asdict(options),
        "x": {"name": read.x.name, "meaning": read.x.meaning, "source": read.x.source, "chance": dict(read.x.chance)},
        "y": [{"name": one.name, "meaning": one.meaning, "source": one.source} for one in read.y],
        "x_source": read.x.source,
        "y_source": ", ".join(dict.fromkeys(one.source for one in read.y)),
        "covariates": {name: one.meaning for name, one in read.background.covariates.items()},
        "languages": codes,
        "language_info": described([options.source, *codes]),
        "models": list(dict.fromkeys(one.model for one, _ in found)),
        "verdict": verdict(flat, f"{read.x.name} {read.x.between}".rstrip()),
        "answer": overall_answer(flat),
        "headline": [record for record in flat if record["role"] == "headline"],
        "records": flat,
        "analyses": [analysis(one, [record.flat() for record in of]) for one, of in found],
        "warnings": [*read.warnings, *_flag_lines(found), *_missing(read)],
        "signature": _signature(read, options).spelled(),
        "versions": dict(versions(_PACKAGES)),
    }


def _flag_lines(found: Found) -> list[dict[str, str]]:
    """One line for each flagged checkpoint."""
    told = {
        (one.model, step): reason for one, _ in found if one.model != POOLED for step, reason in one.flags.items()
    }
    return [
        {"kind": "flagged", "message": f"{model} step {step}: {reason}"} for (model, step), reason in told.items()
    ]


def _missing(read: Read) -> list[dict[str, str]]:
    """Covariates of the headline that are not known."""
    lost = [words for name, words in _COVARIATES.items() if name not in read.background.covariates]
    if not lost:
        return []
    message = f"{' and '.join(lost)} not known of these checkpoints, so not held constant in the headline"
    return [{"kind": "covariates", "message": message}]


def _signature(read: Read, options: CorrelationOptions) -> Signature:
    found = versions(_PACKAGES)
    chosen: Mapping[str, Any] = {
        name: value for name, value in asdict(options).items() if value not in (None, (), False) and name != "seed"
    }
    background = read.background
    return Signature.of(
        preset=read.preset or "none",
        x=read.x.name,
        x_hash=read.x.hash,
        y="; ".join(one.name for one in read.y),
        y_hash=",".join(one.hash for one in read.y),
        covariates=",".join(f"{name}:{one.hash}" for name, one in background.covariates.items()) or "none",
        flagged="+".join(sorted(" ".join(place) for place in background.flags)) or "none",
        options=",".join(f"{name}={value}" for name, value in chosen.items()),
        seed=options.seed,
        version=found["babelscope"],
        numpy=found["numpy"],
        scipy=found["scipy"],
        statsmodels=found.get("statsmodels", "none"),
    )
