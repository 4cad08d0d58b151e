"""How each checkpoint loaded, whether it looks sound, and by which rules."""

from typing import Any
from urllib.parse import quote

from babelscope.report.numbers import DASH, compact, count, interval
from babelscope.report.panels.panel import Facts
from babelscope.report.series.material import SeriesMaterial
from babelscope.report.table import Table

__all__ = ["facts", "point_name"]

_COLUMNS = ("Checkpoint", "from", "keys when loading", "weights", "held-out loss", "found")


def facts(material: SeriesMaterial) -> Facts:
    """A row per checkpoint, then the rules."""
    content = material.content
    hygiene = content.get("hygiene") or {}
    flagged, failed, total = (
        len(hygiene.get("flagged") or []),
        len(hygiene.get("failed") or []),
        len(content["points"]),
    )
    left = hygiene.get("left_out", True)
    fate = "left out of trends" if left else "used in trends all the same, as asked"
    said = [
        f"{flagged} of {total} checkpoints flagged ({fate})" if flagged else f"None of {total} checkpoints flagged",
        f"{failed} could not be measured" if failed else "all could be measured",
    ]
    rules = [f"Flagged: {rule.rstrip('.')}." for rule in hygiene.get("rules") or []]
    rules.append("A checkpoint whose weights do not fit its configuration is not measured.")
    return {
        "figures": [],
        "tables": [Table("; ".join(said), _COLUMNS, [_row(content, point) for point in content["points"]])],
        "rules": rules,
    }


def point_name(content: dict[str, Any], point: dict[str, Any]) -> dict[str, str]:
    """What the first cell of a table says of a point, with the address of its own report."""
    step = str(point["step"])
    if content["order"] == "training":
        said = f"step {count(int(step))}" if step.isdigit() else step
    else:
        said = f"{point['model']}" + (f" ({compact(point['x'])})" if point.get("x") else "")
    address = point.get("report")
    return {"text": said, "href": quote(str(address)) if address else ""}


def _row(content: dict[str, Any], point: dict[str, Any]) -> list[Any]:
    made = "made here, untrained" if point.get("made") else point.get("name") or DASH
    if point.get("revision") not in (None, "", "local"):
        made = f"{made} @ {point['revision']}"
    name = point_name(content, point)
    if point["status"] == "failed":
        none = {"text": DASH}
        return [
            name,
            {"text": made},
            none,
            none,
            DASH,
            {"text": f"failed: {point.get('error') or 'no reason stored'}"},
        ]
    flags = "; ".join(f"flagged ({flag['kind']}): {flag['message']}" for flag in point["flags"])
    digest = str(point.get("weights_hash") or "")
    return [
        name,
        {"text": made},
        {"text": _loaded(point.get("load_report") or {})},
        {"text": digest[:8] or DASH},
        interval(point.get("loss_mean")),
        {"text": flags, "strong": "yes"} if flags else {"text": "nothing"},
    ]


def _loaded(report: dict[str, Any]) -> str:
    """What did not fit when the weights were loaded."""
    odd = [
        f"{len(report[kind])} {kind}"
        for kind in ("missing", "mismatched", "unexpected", "allowed")
        if report.get(kind)
    ]
    return ", ".join(odd) or "all fit"
