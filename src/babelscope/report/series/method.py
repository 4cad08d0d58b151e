"""Definitions of what only a series has, and everything its numbers depend on."""

from typing import Any

from babelscope.report.numbers import count, significant
from babelscope.report.panels.method import definitions
from babelscope.report.panels.panel import Facts
from babelscope.report.series.material import SeriesMaterial

__all__ = ["facts"]

_OF_SERIES = (
    (
        "Trend",
        "Kendall's τ of the values against the order of the checkpoints, with the Mann–Kendall test. A direction is "
        "claimed where p, corrected by Holm for the curves looked at together, is below .05 and the last checkpoint "
        "lies beyond the first one that way, outside the paired interval where there is one. Checkpoints of one "
        "training are one training: another seed may do otherwise.",
    ),
    ("Slope", "Theil–Sen: the median change per tenfold of steps or parameters, with Sen's 95 % interval."),
    (
        "Change of level",
        "Where two levels describe a curve better than one, tested against noise around one level, and the shift, "
        "paired over meanings, excludes 0; the interval redraws the values from their errors.",
    ),
    (
        "Life-line",
        "The neurons of a language's region at one checkpoint that are in its region at the next. Chance: random "
        "sets of the same sizes in every layer.",
    ),
    (
        "Held-out loss",
        "Negative log-likelihood of the text named below, in nats per byte, so that tokenizers can be compared; "
        "unless one is given, the scanned sentences themselves. The model may have been trained on it.",
    ),
    (
        "Flagged",
        "A checkpoint whose weights equal another's, or that is far worse than an earlier one: more likely a broken "
        "upload than a discovery.",
    ),
)


def facts(material: SeriesMaterial) -> Facts:
    """Definitions, then tables of the measured object, the signature, times and versions."""
    content = material.content
    rule = next((point["region_rule"] for point in content["points"] if point.get("region_rule")), None)
    known = definitions({"languages": content["languages"], "region_rule": rule})
    if rule is None:
        known = [(term, text) for term, text in known if term != "Region"]
    seconds = {
        name: f"{significant(value)} s" for name, value in (content.get("timings") or {}).items() if _number(value)
    }
    tables = [
        ("Measured", _measured(content)),
        ("Signature", dict((content.get("signature") or {}).get("fields") or {})),
        ("Time", seconds),
        ("Versions", dict(content.get("versions") or {})),
    ]
    return {
        "figures": [],
        "definitions": [*known, *_OF_SERIES],
        "tables": [(name, list(rows.items())) for name, rows in tables if rows],
    }


def _number(value: Any) -> bool:
    return isinstance(value, int | float)


def _measured(content: dict[str, Any]) -> dict[str, str]:
    corpus, heldout = content.get("corpus") or {}, content.get("heldout") or {}
    rows = {
        "series": content["name"],
        "ordered by": "training step" if content["order"] == "training" else "number of parameters",
        "checkpoints": count(len(content["points"])),
        "site": content.get("site"),
        "corpus": corpus.get("name"),
        "corpus revision": corpus.get("revision"),
        "corpus from": corpus.get("source"),
        "corpus hash": corpus.get("hash"),
        "corpus licence": corpus.get("licence"),
        "sentences": f"{count(content['sentences'])} per language",
        "languages": ", ".join(content["languages"]),
        "held-out text": heldout.get("name"),
        "held-out hash": heldout.get("hash"),
    }
    return {name: str(value) for name, value in rows.items() if value not in (None, "")}
