"""Cells of a probing in, the rows of selections.csv and information.csv out."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

__all__ = ["information_rows", "selection_rows"]

Row = dict[str, Any]


def selection_rows(place: Mapping[str, Any], cells: Iterable[Mapping[str, Any]], labels: str = "true") -> list[Row]:
    """One row per selected neuron, with what the neurons up to it tell of the test words.

    Args:
        place: `model`, `step`, `site` and `probe`.
        cells: As `probe_cells` makes them.
        labels: `true`, or `shuffled` for the controls.
    """
    return [
        {
            **_place(place, cell, run),
            "rank": rank + 1,
            "neuron": neuron,
            "test_nmi": run["nmi"][rank],
            "test_accuracy": run["accuracy"][rank],
        }
        for cell, run in _runs(cells)
        if run["labels"] == labels
        for rank, neuron in enumerate(run["neuron"])
    ]


def information_rows(place: Mapping[str, Any], cells: Iterable[Mapping[str, Any]]) -> list[Row]:
    """One row per selected neuron of every probe, controls among them, and one for all its neurons together."""
    by_rank = ("neuron", "dev_score", "runner_up", "mi_bits", "nmi", "nmi_calibrated", "accuracy")
    rows = []
    for cell, run in _runs(cells):
        shared = {
            **_place(place, cell, run),
            "labels": run["labels"],
            "majority": run["majority"],
            "entropy_bits": run["entropy_bits"],
            **cell["n"],
        }
        for rank in range(len(run["neuron"])):
            known = {name: run[name][rank] for name in by_rank if name in run}
            rows.append({**shared, "rank": rank + 1, **dict.fromkeys(by_rank), **known})
        rows.append({**shared, "rank": None, **dict.fromkeys(by_rank), **run["all"]})
    return rows


def _runs(cells: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    for cell in cells:
        for run in cell["runs"]:
            yield cell, run


def _place(place: Mapping[str, Any], cell: Mapping[str, Any], run: Mapping[str, Any]) -> Row:
    return {
        **{name: place[name] for name in ("model", "step", "site")},
        "layer": str(cell["layer"]),
        "language": cell["language"],
        "attribute": cell["attribute"],
        "probe": place["probe"],
        "seed": run["seed"],
    }
