"""What a probing says in words: short for any number of layers, and able to say no."""

import pytest

from babelscope.probing.findings import findings, noticed


def cell(layer, language, value, low, control: float | None = -0.05, attribute="POS"):
    return {
        "attribute": attribute,
        "layer": layer,
        "language": language,
        "nmi": {"5": {"value": value, "low": low, "high": None}},
        "control": None if control is None else {"nmi": {"5": control}},
    }


def content(cells, **more):
    return {
        "k": 5,
        "attributes": ["POS"],
        "layers": sorted({one["layer"] for one in cells}),
        "unseen": [],
        "cells": cells,
        "overlap": {"verdict": [], "warnings": []},
        "treebanks": {},
        "incomparable": [],
    } | more


def test_a_few_layers_are_one_sentence_that_counts_languages():
    cells = [cell(3, "en", 0.5, 0.4), cell(3, "fr", 0.1, -0.1), cell(4, "en", 0.2, 0.1, -0.1)]
    assert findings(content(cells)) == [
        "5 neurons tell POS in layer 3 in 1 of 2 languages (mean NMI 0.300; with shuffled labels \u22120.0500) and "
        "in layer 4 in 1 of 1 language (mean NMI 0.200; with shuffled labels \u22120.100)."
    ]


def test_many_layers_are_spoken_of_by_the_best_and_the_worst():
    cells = [cell(layer, "en", 0.1 + layer / 100 - (layer == 9), 0.1) for layer in range(24)]
    (said,) = findings(content(cells))
    assert said.startswith("Of 24 layers, 5 neurons tell POS best in layer 23, in 1 of 1 language (")
    assert "and worst in layer 9, in 1 of 1 language (" in said
    (nowhere,) = findings(content([cell(layer, "en", layer / 100, -0.1) for layer in range(4)]))
    assert nowhere.startswith(
        "5 neurons tell POS in no language in any of 4 layers: at best, in layer 3, mean NMI 0.03"
    )


def test_nothing_told_is_said_and_unseen_languages_do_not_count():
    cells = [cell(3, "en", -0.1, None, None), cell(3, "de", 0.9, 0.8, None)]
    (said,) = findings(content(cells, unseen=["de"]))
    assert said == "5 neurons tell POS in layer 3 in 0 of 1 language (mean NMI \u22120.100)."
    (alone,) = findings(content([], layers=[3], overlap=None))
    assert "nothing can be said" in alone


@pytest.mark.parametrize("blank", [1, 200])
def test_a_warning_of_many_cells_stays_short(blank):
    (warning,) = noticed(content([cell(layer, "en", -0.1, None) for layer in range(blank)]))
    assert warning["count"] == blank and len(warning["message"]) < 220
    assert ("more" in warning["message"]) == (blank > 1)
