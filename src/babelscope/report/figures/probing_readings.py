"""What a probing or an overlap stored in, its parts by layer, attribute and size out."""

from collections.abc import Mapping, Sequence
from typing import Any

from babelscope.report.naming import language_name
from babelscope.report.numbers import DASH, join

__all__ = [
    "SITES",
    "at_k",
    "cell_of",
    "controlled",
    "headline_k",
    "layers_of",
    "left_out",
    "level",
    "runs_of",
    "unseen_words",
    "value_of",
]

SITES = {"hidden": "hidden states", "mlp": "MLP neurons", "gate": "gate activations"}
"""Where vectors were read, in words."""


def headline_k(content: Mapping[str, Any]) -> int:
    """The size of selection that figures show; tables have all."""
    return int(content["k"])


def at_k(group: Mapping[str, Any], k: int) -> dict[str, Any] | None:
    """What a layer's overlap is at one size of selection."""
    return next((found for found in group.get("by_k") or [] if found["k"] == k), None)


def runs_of(overlap: Mapping[str, Any]) -> dict[tuple[str, str, str], list[dict[str, Any]]]:
    """Groups by model, step and site, each sorted by layer: models as stored, their steps in order, names last."""
    runs: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for group in overlap["groups"]:
        runs.setdefault((group["model"], str(group["step"]), group.get("site") or ""), []).append(group)
    models = list(dict.fromkeys(model for model, _, _ in runs))

    def place(run: tuple[str, str, str]) -> tuple[int, str, bool, int]:
        model, step, site = run
        return models.index(model), site, not step.isdigit(), int(step) if step.isdigit() else 0

    return {run: sorted(runs[run], key=lambda group: group["layer"]) for run in sorted(runs, key=place)}


def layers_of(content: Mapping[str, Any]) -> list[int]:
    """Layers with at least one probe."""
    return sorted({cell["layer"] for cell in content["cells"]})


def cell_of(content: Mapping[str, Any], language: str, attribute: str, layer: int) -> dict[str, Any] | None:
    """One language's probe of one attribute in one layer."""
    wanted = (language, attribute, layer)
    found = (c for c in content["cells"] if (c["language"], c["attribute"], c["layer"]) == wanted)
    return next(found, None)


def value_of(estimate: Mapping[str, Any] | float | None) -> float | None:
    """The number itself, whether or not an interval came with it."""
    return estimate.get("value") if isinstance(estimate, Mapping) else estimate


def level(cell: Mapping[str, Any], measure: str, k: int) -> Any:
    """A cell's measure at one size of selection, whose key is text after a journey through JSON."""
    found = cell.get(measure) or {}
    return found.get(str(k), found.get(k))


def controlled(cell: Mapping[str, Any], k: int) -> float | None:
    """NMI of the probe of shuffled labels at one size of selection; None if there was none."""
    return value_of(level(cell.get("control") or {}, "nmi", k))


def left_out(content: Mapping[str, Any], attribute: str) -> list[tuple[str, str]]:
    """Languages without a comparable cell of this attribute, each with its reason."""
    reasons: dict[str, str] = {}
    for kind in ("infeasible", "incomparable"):
        for one in content.get(kind) or []:
            if one["attribute"] == attribute:
                reasons.setdefault(one["language"], one.get("reason") or DASH)
    return list(reasons.items())


def unseen_words(content: Mapping[str, Any], codes: Sequence[str]) -> str:
    """Which of these languages the model was never pre-trained on; nothing if none."""
    found = [language_name(dict(content), code) for code in codes if code in (content.get("unseen") or ())]
    return join(found)
