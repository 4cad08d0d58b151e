"""What switching off a language's region costs that language, the others, and what random neurons cost."""

from typing import Any

from babelscope.report.figures import dose_response, perplexity_matrix, selectivity
from babelscope.report.panels.panel import Facts, Material

__all__ = ["facts"]

_REASON = "Not measured in this run; `babelscope ablate MODEL --regions RUN --text CORPUS` fills this section."


def facts(material: Material) -> Facts:
    """The verdict, up to three figures, a note for each that is missing, and what was warned of."""
    ablation = material.ablation
    if ablation is None:
        return {"figures": [], "reason": _REASON}
    drawings = {
        "matrix": perplexity_matrix(ablation),
        "selectivity": selectivity(ablation),
        "doses": dose_response(ablation),
    }
    return {
        "figures": [drawing for drawing in drawings.values() if drawing is not None],
        "sentences": list(ablation.get("verdict") or []),
        "notes": [*_missing(ablation, {name for name, drawing in drawings.items() if drawing is None})],
        "warnings": [(warning["kind"], warning["message"]) for warning in ablation.get("warnings") or []],
    }


def _missing(ablation: dict[str, Any], absent: set[str]) -> list[str]:
    """Why a figure is not there."""
    notes = []
    if "matrix" in absent:
        notes.append("No region was deactivated, so there is no matrix.")
    if "selectivity" in absent and len(ablation["languages"]) < 2:
        notes.append("Selectivity was not computed: it compares languages, and only one was read.")
    elif "selectivity" in absent and not ablation["controls"]:
        notes.append(
            "Selectivity was not computed: no random neurons were deactivated (controls: 0), and without them a "
            "large cost to the own language may only mean that the region is large."
        )
    elif "selectivity" in absent:
        note = ((ablation.get("selectivity") or {}).get("overall") or {}).get("p_note")
        notes.append(f"Selectivity could not be computed{f': {note}' if note else ''}.")
    if "doses" in absent:
        notes.append("Only whole regions were deactivated, so there is no dose–response curve.")
    return notes
