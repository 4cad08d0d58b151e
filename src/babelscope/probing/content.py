"""A probing in, the content of probing.json out: plain types."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from babelscope import languages
from babelscope.probing.findings import findings, noticed
from babelscope.probing.overlap import headline, overlap, selections_of_rows
from babelscope.probing.rows import selection_rows
from babelscope.provenance import versions

if TYPE_CHECKING:
    from babelscope.probing.overlap import Overlaps
    from babelscope.probing.run import Probing

__all__ = ["overlaps_of", "summarise_probing"]


def summarise_probing(probing: "Probing") -> dict[str, Any]:
    """Every number of a probing, with what it was measured on."""
    options, problems = probing.options, probing.problems
    found, narrowest = probing.overlaps, min(cell["neurons"] for cell in probing.cells)
    ks = options.sizes(narrowest)
    content: dict[str, Any] = {
        **_place(probing),
        "layers": list(probing.layers),
        "languages": list(probing.treebanks),
        "language_info": {code: languages.describe(code) for code in probing.treebanks},
        "unseen": list(options.unseen),
        "attributes": list(options.attributes),
        "seeds": options.seeds,
        "neurons": {str(cell["layer"]): cell["neurons"] for cell in probing.cells},
        "ks": list(ks),
        "k": headline(ks, narrowest),
        "treebanks": {code: _treebank(probing, code) for code in probing.treebanks},
        "cells": [{name: value for name, value in cell.items() if name != "runs"} for cell in probing.cells],
        "infeasible": problems.infeasible,
        "incomparable": problems.incomparable,
        "given_up": problems.given_up,
        "overlap": None if found is None else found.content,
        "options": asdict(options),
        "signature": probing.signature.spelled(),
        "versions": dict(versions()),
        "timings": dict(probing.timings),
    }
    return content | {"verdict": findings(content), "warnings": noticed(content)}


def overlaps_of(probing: "Probing") -> "Overlaps | None":
    """What languages share of the selections; None where no attribute was probed in two languages."""
    by_attribute: dict[str, set[str]] = {}
    for cell in probing.cells:
        by_attribute.setdefault(cell["attribute"], set()).add(cell["language"])
    if not any(len(codes) > 1 for codes in by_attribute.values()):
        return None
    place = _place(probing)
    controls = selection_rows(place, probing.cells, "shuffled")
    neurons = {f"{place['model']}:{place['site']}:{cell['layer']}": cell["neurons"] for cell in probing.cells}
    return overlap(
        selections_of_rows(selection_rows(place, probing.cells)),
        neurons,
        probing.options.sizes(min(neurons.values())),
        unseen=probing.options.unseen,
        incomparable=probing.problems.not_comparable,
        controls=selections_of_rows(controls) if controls else None,
    )


def _place(probing: "Probing") -> dict[str, str]:
    fields: Mapping[str, str] = probing.model_fields
    return {
        "model": fields["model"],
        "step": fields["step"],
        "site": probing.options.site,
        "probe": probing.options.probe,
    }


def _treebank(probing: "Probing", code: str) -> dict[str, Any]:
    bank, split = probing.treebanks[code], probing.splits[code]
    return {
        "name": bank.name,
        "hash": bank.hash,
        "source": bank.source.location,
        "revision": bank.source.revision,
        "licence": bank.source.licence,
        "split": split.hash,
        "sentences": len(bank.sentences),
        "words": bank.report.words,
        "without_vector": dict(probing.dropped[code]),
        "sharing_a_token": probing.shared_words.get(code, 0),
        "report": bank.report.as_dict(),
    }
