"""What was found suspicious over the whole series."""

from typing import Any

from babelscope.report.panels.panel import Facts
from babelscope.report.panels.warnings import warning_facts
from babelscope.report.series.material import SeriesMaterial

__all__ = ["facts"]


def facts(material: SeriesMaterial) -> Facts:
    """The series' own warnings, then those of its points, each once."""
    content = material.content
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for warning in content.get("warnings") or []:
        found.setdefault((warning["kind"], warning["message"]), {**warning_facts(content, warning), "section": ""})
    own, at = set(found), dict.fromkeys(found, 0)
    for point in content["points"]:
        for warning in point.get("warnings") or []:
            key = (warning["kind"], warning["message"])
            at[key] = at.get(key, 0) + 1
            found.setdefault(key, {**warning_facts(content, warning), "section": ""})
    for key, fact in found.items():
        if key not in own:
            fact["message"] += f" (at {at[key]} of {len(content['points'])} checkpoints)"
    if not found:
        return {"figures": [], "reason": "None: the checks found nothing suspicious."}
    return {"figures": [], "warnings": list(found.values())}
