"""An Ablation in, the content of ablation.json and the rows of its tables out: plain types, no arrays."""

from dataclasses import asdict
from math import isfinite
from typing import TYPE_CHECKING, Any

from babelscope import languages as tongues
from babelscope.evaluation.matrix import Cell, Matrix
from babelscope.evaluation.selectivity import selectivities
from babelscope.evaluation.verdict import verdict
from babelscope.provenance import versions

if TYPE_CHECKING:
    from babelscope.evaluation.impact import Ablation

__all__ = ["ablation_content", "ablation_rows", "selectivity_rows"]


def ablation_content(ablation: "Ablation") -> dict[str, Any]:
    """All numbers of an ablation, as the report and other programs read them."""
    whole = ablation.matrices[1.0]
    fields = ablation.signature.as_dict()
    options = ablation.options
    content: dict[str, Any] = {
        **{name: fields[name] for name in ("model", "step", "site", "mode")},
        "factor": options.factor,
        "windows": options.windows,
        "segment": ablation.segment,
        "seed": options.seed,
        "controls": options.controls,
        "languages": list(ablation.languages),
        "language_info": {code: tongues.describe(code) for code in ablation.languages},
        "deactivated": list(ablation.deactivated),
        "text": {
            "name": ablation.text.name,
            "kind": ablation.text.kind,
            "hash": ablation.text.hash,
            "source": ablation.text.source.location,
            "revision": ablation.text.source.revision,
            "licence": ablation.text.source.licence,
        },
        "regions_source": ablation.regions_source,
        "base": {language: _base(ablation, language) for language in ablation.languages},
        "region": _regions(ablation, whole),
        "random": {dea: {"draws": options.controls, "cells": _cells(cells)} for dea, cells in whole.random.items()},
        "random_mean": _cells(whole.random_mean),
    }
    content |= _selectivity(ablation, whole)
    content["doses"] = _doses(ablation) if options.doses else []
    content["verdict"] = verdict(content)
    content["warnings"] = [{"kind": warning.kind, "message": warning.message} for warning in ablation.warnings]
    content["signature"] = ablation.signature.spelled()
    content |= {"command": "", "versions": dict(versions()), "timings": ablation.timings}
    return content


def _cells(cells: dict[str, Cell]) -> dict[str, dict[str, Any]]:
    return {language: _finite(asdict(cell)) for language, cell in cells.items()}


def _finite(numbers: dict[str, Any]) -> dict[str, Any]:
    """What is too large for a number, or an interval around it, is None: JSON knows neither infinity nor NaN."""
    return {name: None if value is not None and not isfinite(value) else value for name, value in numbers.items()}


def _base(ablation: "Ablation", language: str) -> dict[str, Any]:
    losses = ablation.losses["none"][language]
    return _finite(
        {
            "perplexity": losses.perplexity,
            "nats_per_token": losses.nats_per_token,
            "nats_per_byte": losses.nats_per_byte,
            "segments": len(losses.nll),
            "tokens": int(losses.tokens.sum()),
            "bytes": int(losses.bytes.sum()),
        }
    )


def _regions(ablation: "Ablation", whole: Matrix) -> dict[str, Any]:
    found = {}
    for condition in ablation.conditions:
        if condition.kind != "region" or condition.dose != 1:
            continue
        assert condition.mask is not None
        losses = ablation.losses[condition.key]
        cells = {
            language: _finite(
                {
                    "perplexity": losses[language].perplexity,
                    "nats_per_byte": losses[language].nats_per_byte,
                    **asdict(cell),
                }
            )
            for language, cell in whole.region[condition.deactivated].items()
        }
        found[condition.deactivated] = {
            "neurons": condition.neurons,
            "share": condition.share,
            "by_layer": list(condition.mask.by_layer),
            "cells": cells,
        }
    return found


def _selectivity(ablation: "Ablation", at_dose: Matrix) -> dict[str, Any]:
    found = selectivities(at_dose.increases, ablation.options.relabellings, ablation.options.seed)
    if found is None:
        return {"selectivity": None, "relabelling": None}
    overall, by_language, test = found
    return {
        "selectivity": {
            "overall": asdict(overall),
            "by_language": {language: asdict(one) for language, one in by_language.items()},
        },
        "relabelling": asdict(test),
    }


def _doses(ablation: "Ablation") -> list[dict[str, Any]]:
    found = []
    for dose, at_dose in ablation.matrices.items():
        own = {code: cells[code] for code, cells in at_dose.region.items()}
        random = {code: cells[code] for code, cells in at_dose.random.items()}
        found.append(
            {
                "dose": dose,
                "neurons": {c.deactivated: c.neurons for c in ablation.conditions if _is_region(c, dose)},
                "selectivity": _selectivity(ablation, at_dose)["selectivity"],
                "own_increase_pct": _values(own),
                "random_increase_pct": _values(random),
            }
        )
    return found


def _is_region(condition: Any, dose: float) -> bool:
    return condition.kind == "region" and condition.dose == dose


def _values(cells: dict[str, Cell]) -> dict[str, Any]:
    return {
        code: _finite({"value": cell.increase_pct, "low": cell.low, "high": cell.high})
        for code, cell in cells.items()
    }


def ablation_rows(ablation: "Ablation") -> list[dict[str, Any]]:
    """Rows of ablation.csv: every evaluated language under every condition, full regions first, then doses."""
    place = _place(ablation)
    rows = []
    for condition in ablation.conditions:
        for language in ablation.languages:
            losses, base = ablation.losses[condition.key][language], ablation.losses["none"][language]
            cell = Cell(100 * (losses.perplexity / base.perplexity - 1), None, None)
            if condition.kind == "region":
                cell = ablation.matrices[condition.dose].region[condition.deactivated][language]
            rows.append(
                {
                    **place,
                    "deactivated": condition.deactivated or "none",
                    "kind": condition.kind,
                    "seed": condition.draw,
                    "language": language,
                    "perplexity": losses.perplexity,
                    "increase_pct": cell.increase_pct,
                    "nats_per_byte": losses.nats_per_byte,
                    "neurons": condition.neurons,
                    "share": condition.share,
                    "dose": condition.dose,
                    "increase_low": cell.low,
                    "increase_high": cell.high,
                    "segments": len(losses.nll),
                    "tokens": int(losses.tokens.sum()),
                }
            )
    return rows


def selectivity_rows(ablation: "Ablation", content: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of selectivity.csv: overall and per language, for every dose."""
    levels = content["doses"] or [{"dose": 1.0, "selectivity": content["selectivity"]}]
    rows = []
    for level in levels:
        if level["selectivity"] is None:
            continue
        named = {"all": level["selectivity"]["overall"], **level["selectivity"]["by_language"]}
        for language, one in named.items():
            numbers = {name: one[name] for name in ("value", "low", "high", "own", "others", "control", "p")}
            rows.append(
                {
                    **_place(ablation),
                    "dose": level["dose"],
                    "language": language,
                    **numbers,
                    "controls": ablation.options.controls,
                }
            )
    return rows


def _place(ablation: "Ablation") -> dict[str, Any]:
    fields = ablation.signature.as_dict()
    return {"model": fields["model"], "step": fields["step"], "site": fields["site"], "layer": "all"}
