"""A Comparison in, the content of its JSON file and the rows of comparison.csv out: plain types, no arrays."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from babelscope.comparison.difference import Difference
from babelscope.comparison.loss_change import UNPAIRED
from babelscope.comparison.region_change import RegionChange
from babelscope.errors import BabelscopeError
from babelscope.provenance import versions
from babelscope.storage import check_writable, write_json
from babelscope.tables import write_csv

if TYPE_CHECKING:
    from babelscope.comparison.compare import Comparison
    from babelscope.comparison.run import Run

__all__ = ["check_file", "comparison_rows", "save_comparison", "summarise"]

CORRECTION = "Holm, within each family: the layers' LRDS, the layers' SADS, the pairs' SADS, the languages' loss"


def summarise(found: "Comparison") -> dict[str, Any]:
    """All numbers of a comparison, as other programs read them."""
    summary = found.b.summary
    return {
        "a": _identity(found.a),
        "b": _identity(found.b),
        "site": summary["site"],
        "languages": list(summary["languages"]),
        "language_info": summary["language_info"],
        "corpus": summary["corpus"],
        "sentences": summary["sentences"],
        "lrds": found.lrds.as_dict(),
        "sads": found.sads.as_dict(),
        "gains": None if found.gains is None else {name: one.as_dict() for name, one in found.gains.items()},
        "by_layer": [
            {"layer": layer.layer, "lrds": layer.lrds.as_dict(), "sads": layer.sads.as_dict()}
            for layer in found.by_layer
        ],
        "pairs": [{"language_a": a, "language_b": b, "sads": one.as_dict()} for (a, b), one in found.pairs.items()],
        "correction": CORRECTION,
        "regions": None if found.regions is None else found.regions.as_dict(),
        "loss": None if found.loss is None else {name: one.as_dict() for name, one in found.loss.items()},
        "loss_note": None if found.loss is None else UNPAIRED,
        "verdict": found.verdict,
        "gates": [],
        "warnings": [{"kind": warning.kind, "message": warning.message} for warning in found.warnings],
        "versions": dict(versions()),
        "command": "",
    }


def _identity(run: "Run") -> dict[str, Any]:
    summary = run.summary
    known = {name: summary[name] for name in ("model", "step", "layers", "neurons", "signature")}
    return {**known, "folder": run.folder}


def save_comparison(found: "Comparison", path: Path, content: dict[str, Any] | None = None) -> Path:
    """Writes JSON or CSV, by the suffix of the path."""
    check_file(path)
    if path.suffix == ".csv":
        return write_csv(path, "comparison", comparison_rows(found))
    return write_json(path, "comparison", content or summarise(found))


def check_file(path: Path) -> None:
    """Refuses what is neither a JSON nor a CSV file, or cannot be written, before anything is read."""
    if path.is_dir() or path.suffix not in (".json", ".csv"):
        kind = "a folder" if path.is_dir() else f"a file ending in {path.suffix or 'nothing'}"
        raise BabelscopeError(f"got {path} for the comparison ({kind}), expected a file ending in .json or .csv")
    check_writable(path.parent)


def comparison_rows(found: "Comparison") -> list[dict[str, Any]]:
    """Rows of comparison.csv: the whole model, its regions and loss, then layer by layer, then pair by pair."""
    rows = [_row(found, "lrds", found.lrds), _row(found, "sads", found.sads)]
    rows += [_row(found, f"gain_{name}", one) for name, one in (found.gains or {}).items()]
    if found.regions is not None:
        rows.append(_size_row(found, "sklr", found.regions.sklr))
        each = found.regions.by_language.items()
        rows += [_size_row(found, "region_size", change, code) for code, change in each]
    rows += [_row(found, "loss", one, language=code) for code, one in (found.loss or {}).items()]
    for layer in found.by_layer:
        rows += [_row(found, name, getattr(layer, name), str(layer.layer)) for name in ("lrds", "sads")]
    rows += [_row(found, "sads", one, language=a, language_b=b) for (a, b), one in found.pairs.items()]
    return rows


def _place(found: "Comparison", metric: str, layer: str, language: str, language_b: str) -> dict[str, Any]:
    a, b = found.a.summary, found.b.summary
    return {
        "model": b["model"],
        "step": b["step"],
        "site": b["site"],
        "layer": layer,
        "model_a": a["model"],
        "step_a": a["step"],
        "metric": metric,
        "language": language,
        "language_b": language_b,
        "n": b["sentences"],
    }


def _row(
    found: "Comparison", metric: str, one: Difference, layer: str = "all", language: str = "all", language_b: str = ""
) -> dict[str, Any]:
    return {
        **_place(found, metric, layer, language, language_b),
        "value_a": one.a,
        "value_b": one.b,
        "difference": one.value,
        "low": one.low,
        "high": one.high,
        "p": one.p,
        "p_holm": one.p_holm,
        "outcome": one.outcome,
        "jaccard": None,
        "jaccard_low": None,
        "jaccard_high": None,
    }


def _size_row(found: "Comparison", metric: str, change: RegionChange, language: str = "all") -> dict[str, Any]:
    shared = change.shared
    return {
        **_place(found, metric, "all", language, ""),
        "value_a": change.a,
        "value_b": change.b,
        "difference": change.value,
        "low": None,
        "high": None,
        "p": None,
        "p_holm": None,
        "outcome": "no interval",
        "jaccard": shared.jaccard if shared else None,
        "jaccard_low": shared.low if shared else None,
        "jaccard_high": shared.high if shared else None,
    }
