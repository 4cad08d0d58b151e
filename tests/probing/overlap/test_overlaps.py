"""Overlaps of planted selections: what is found, corrected, kept apart and left out."""

import json
import random

import numpy as np
import pytest

from babelscope.errors import BabelscopeError
from babelscope.probing.overlap import headline, overlap, parse_neurons, selections_of_rows, share_by_chance
from babelscope.scores import holm
from probing.overlap.planted import at, attribute, pair, random_cells, rows_of, sharing_cells

LANGUAGES = ("ar", "de", "en", "es", "fr", "hi")
ATTRIBUTES = ("Number", "POS")
NEURONS, K = 512, 20


def found(cells, *, neurons=NEURONS, ks=(K,), nmi=0.5, **options):
    return overlap(selections_of_rows(rows_of(cells, nmi=nmi)), neurons, ks, draws=300, **options)


@pytest.fixture(scope="module")
def planted():
    return sharing_cells(LANGUAGES, ATTRIBUTES, NEURONS, K, shared=8)


def test_planted_sharing_is_found(planted):
    result = found(planted)
    macro = at(result.content, K)["macro"]
    assert macro["overlap"] == pytest.approx({"value": 0.4, "low": 0.4, "high": 0.4})
    assert (
        macro["excess"]["value"] == pytest.approx(0.4)
        and macro["pairs"] == 30
        and macro["attributes"] == list(ATTRIBUTES)
    )
    chance = K / NEURONS
    assert macro["corrected"]["value"] == pytest.approx((0.4 - chance) / (1 - chance))
    assert all(row["significant"] == "true" and row["expected"] == chance for row in result.rows())
    assert all(
        one["significant"] == one["specific"] == one["pairs"] == 15 for one in at(result.content, K)["attributes"]
    )
    said = " ".join(result.content["verdict"])
    assert "share 0.400" in said and "exceeds what different attributes" in said and "One seed per cell" in said


def test_random_selections_share_what_chance_gives():
    cells = random_cells(LANGUAGES * 2, ("Gender", *ATTRIBUTES), 256, 50)
    result = found(cells, neurons=256, ks=(10, 50))
    for k in (10, 50):
        macro = at(result.content, k)["macro"]
        assert macro["overlap"]["low"] <= k / 256 <= macro["overlap"]["high"]
        assert macro["excess"]["low"] <= 0 <= macro["excess"]["high"]
        assert sum(one["significant"] for one in at(result.content, k)["attributes"]) <= 1
    said = " ".join(result.content["verdict"])
    assert "from which this is not distinguishable" in said and "is not shown" in said


def test_neurons_selected_for_anything_are_no_excess():
    """All selections contain the same 8 neurons, whatever is asked: overlap is high, excess is none."""
    popular = list(range(8))
    cells = random_cells(LANGUAGES, ATTRIBUTES, NEURONS - 8, K - 8)
    cells = {place: [popular + [8 + n for n in picks] for picks in seeds] for place, seeds in cells.items()}
    result = found(cells)
    macro = at(result.content, K)["macro"]
    assert macro["overlap"]["value"] > 0.39 and abs(macro["excess"]["value"]) < 0.02
    assert sum(one["significant"] for one in at(result.content, K)["attributes"]) == 30
    assert sum(one["specific"] for one in at(result.content, K)["attributes"]) == 0
    neurons = result.content["groups"][0]["neurons_shared"]
    assert {one["neuron"] for one in neurons[:8]} == set(popular)
    assert all(one["count"] == one["of"] == 12 and one["p"] < 1e-6 for one in neurons[:8])
    assert neurons[0]["attributes"] == {"Number": 6, "POS": 6} and len(neurons[0]["languages"]) == 6
    assert all(one["p"] > 0.05 for one in neurons[8:])
    assert "does not clearly exceed" in " ".join(result.content["verdict"])


def test_excess_is_over_all_different_attributes_of_the_same_two_languages():
    cells = random_cells(("en", "fr"), ("Gender", "Number", "POS"), 60, K, seed=4)
    result = at(found(cells, neurons=60).content, K)
    different = [
        len({*cells["en", t][0]} & {*cells["fr", u][0]}) / K
        for t in ("Gender", "Number", "POS")
        for u in ("Gender", "Number", "POS")
        if t != u
    ]
    for name in ("Gender", "Number", "POS"):
        one = pair(result, name, "en", "fr")
        assert one["excess"] == pytest.approx(one["overlap"] - np.mean(different))


def test_attributes_narrow_the_mean_and_what_the_excess_is_over():
    cells = random_cells(("en", "fr"), ("Gender", "Number", "POS"), 60, K, seed=4)
    few = {place: picks for place, picks in cells.items() if place[1] != "Gender"}
    narrow, alone = found(cells, neurons=60, attributes=("POS", "Number")), found(few, neurons=60)
    assert at(narrow.content, K)["macro"]["overlap"] == at(alone.content, K)["macro"]["overlap"]
    assert pair(at(narrow.content, K), "POS", "en", "fr") == pair(at(alone.content, K), "POS", "en", "fr")
    assert attribute(at(narrow.content, K), "Gender")["overlap"] is not None


def test_without_a_different_attribute_there_is_no_excess():
    result = found(random_cells(LANGUAGES, ("POS",), NEURONS, K))
    assert at(result.content, K)["macro"]["excess"] is None
    assert all(row["excess"] is None for row in result.rows())
    assert "no different attribute" in " ".join(result.content["verdict"])


def test_different_attributes_may_share_more_without_an_interval():
    cells = {("en", "POS"): [range(4)], ("fr", "POS"): [range(10, 14)]}
    cells |= {("en", "Number"): [range(10, 14)], ("fr", "Number"): [range(4)]}
    content = overlap(selections_of_rows(rows_of(cells)), 64, (4,), draws=50).content
    assert content["groups"][0]["by_k"][0]["macro"]["excess"] == {"value": -1.0, "low": None, "high": None}
    assert "Different attributes of the same languages share 1.00 more." in " ".join(content["verdict"])


def test_seeds_are_averaged_and_p_rounds_the_mean_count_down():
    en = [list(range(0, 20)), list(range(20, 40)), list(range(40, 60))]
    fr = [list(range(15, 35)), list(range(20, 25)) + list(range(100, 115)), list(range(200, 220))]
    one = pair(at(found({("en", "POS"): en, ("fr", "POS"): fr}).content, K), "POS", "en", "fr")
    assert one["overlap"] == pytest.approx((5 + 5 + 0) / 3 / K)
    assert one["p"] == share_by_chance(NEURONS, K)[3]


def test_p_is_holm_within_each_attribute():
    result = found(random_cells(LANGUAGES, ATTRIBUTES, 64, K, seed=9), neurons=64)
    for name in ATTRIBUTES:
        rows = [row for row in result.rows() if row["attribute"] == name]
        assert [row["p_holm"] for row in rows] == holm([row["p"] for row in rows])
        tail = share_by_chance(64, K)
        assert all(row["p"] == tail[round(row["overlap"] * K)] for row in rows) and len(rows) == 15


def test_a_language_never_pretrained_on_changes_nothing_but_is_given(planted):
    """German shares nothing here; the means and every p of the others are as if it were not in the table."""
    cells = dict(planted)
    for place, seed in (("Number", 5), ("POS", 6)):
        cells["de", place] = random_cells(("de",), (place,), NEURONS, K, seed=seed)["de", place]
    others = {place: picks for place, picks in cells.items() if place[0] != "de"}
    apart, without = found(cells, unseen=("de",)), found(others)
    assert apart.content["unseen"] == ["de"]
    for name in ("overlap", "excess", "corrected"):
        assert at(apart.content, K)["macro"][name] == pytest.approx(at(without.content, K)["macro"][name])
    kept = [row for row in apart.rows() if "de" not in (row["language_a"], row["language_b"])]
    assert kept == without.rows() and len(apart.rows()) == len(kept) + 10
    one = attribute(at(apart.content, K), "POS")
    assert one["apart"][0]["language"] == "de" and one["apart"][0]["overlap"] < 0.1 and one["apart"][0]["nmi"] == 0.5
    assert "de" not in one["languages"] and one["pairs"] == 10
    assert apart.content["groups"][0]["neurons_shared"][0]["of"] == 10


def test_what_cannot_be_compared_is_in_no_row(planted):
    by_language = found(planted, incomparable=[{"attribute": "POS", "language": "ar", "reason": "other values"}])
    by_pair = found(planted, incomparable=[{"attribute": "POS", "language_a": "fr", "language_b": "en"}])
    assert attribute(at(by_language.content, K), "POS")["pairs"] == 10
    assert attribute(at(by_language.content, K), "Number")["pairs"] == 15
    assert attribute(at(by_pair.content, K), "POS")["pairs"] == 14
    assert not any(
        {row["language_a"], row["language_b"]} == {"en", "fr"} and row["attribute"] == "POS" for row in by_pair.rows()
    )


def test_the_ceiling_is_the_agreement_of_seeds():
    cells = sharing_cells(("en", "fr", "hi"), ("POS",), NEURONS, K, shared=12, seeds=3)
    macro = at(found(cells).content, K)["macro"]
    assert macro["ceiling"]["value"] == pytest.approx(0.6) and macro["ceiling"]["n"] == 3
    assert at(found({place: picks[:1] for place, picks in cells.items()}).content, K)["macro"]["ceiling"] is None
    assert "agree on 0.600" in " ".join(found(cells).content["verdict"])


def test_controls_are_their_own_line(planted):
    controls = selections_of_rows(rows_of(random_cells(LANGUAGES, ATTRIBUTES, NEURONS, K, seed=8)))
    result = found(planted, controls=controls)
    macro = at(result.content, K)["macro"]
    assert macro["control"] == pytest.approx(K / NEURONS, abs=0.03) and macro["overlap"]["value"] == pytest.approx(
        0.4
    )
    parts = [one["control"] for one in at(result.content, K)["attributes"]]
    assert macro["control"] == pytest.approx(np.mean(parts))
    assert "Probes of shuffled labels share" in " ".join(result.content["verdict"])


def test_probes_that_know_nothing_are_named_and_taken_out_once():
    cells = sharing_cells(LANGUAGES, ATTRIBUTES, NEURONS, K, shared=8)
    cells["hi", "POS"] = random_cells(("hi",), ("POS",), NEURONS, K, seed=11)["hi", "POS"]
    nmi = {place: -0.1 if place == ("hi", "POS") else 0.5 for place in cells}
    result = at(found(cells, nmi=nmi).content, K)
    assert attribute(result, "POS")["uninformative"] == ["hi"]
    assert attribute(result, "Number")["uninformative"] == []
    assert result["macro"]["overlap"]["value"] < 0.4
    assert result["macro"]["without_uninformative"]["value"] == pytest.approx(0.4)
    assert at(found(cells, nmi=None).content, K)["macro"]["without_uninformative"] is None


def test_a_checkpoint_whose_probes_know_nothing_says_nothing():
    result = found(random_cells(LANGUAGES, ATTRIBUTES, NEURONS, K), nmi=-0.2).content
    assert (
        "this says nothing" in " ".join(result["verdict"]) and at(result, K)["macro"]["without_uninformative"] is None
    )


def test_content_is_plain_json_and_does_not_depend_on_the_order_of_rows(planted):
    rows = rows_of(planted)
    selections = [selections_of_rows(some) for some in (rows, random.Random(2).sample(rows, len(rows)))]
    first, second = (overlap(some, NEURONS, draws=200).content for some in selections)
    text = json.dumps(first, allow_nan=False)
    assert text == json.dumps(second) and json.loads(text) == first


def test_default_sizes_are_those_that_fit(planted):
    assert overlap(selections_of_rows(rows_of(planted)), NEURONS, draws=50).content["ks"] == [10]
    small = random_cells(("en", "fr"), ("POS",), 6, 6)
    result = overlap(selections_of_rows(rows_of(small)), 6, draws=50).content
    assert result["ks"] == [6] and at(result, 6)["macro"]["overlap"]["value"] == 1.0
    assert at(result, 6)["macro"]["corrected"] is None


@pytest.mark.parametrize(("neurons", "k"), [(96, 10), (192, 10), (512, 25), (1024, 50), (4096, 50)])
def test_the_size_that_is_spoken_of_is_a_twentieth_of_the_layer(neurons, k):
    assert headline((10, 25, 50), neurons) == k


def test_one_language_shares_nothing():
    result = found(random_cells(("en",), ATTRIBUTES, NEURONS, K))
    assert result.rows() == [] and "nothing is shared" in result.content["verdict"][0]


def test_other_sizes_of_layers_by_model_site_or_layer():
    rows = rows_of(random_cells(("en", "fr"), ("POS",), 64, K), model="small")
    rows += rows_of(random_cells(("en", "fr"), ("POS",), 128, K), model="large")
    selections = selections_of_rows(rows)
    for neurons in ({"small": 64, "large": 128}, {"small:hidden": 64, "large:hidden:2": 128, "large": 999}):
        groups = overlap(selections, neurons, (K,), draws=50).content["groups"]
        assert [(group["model"], group["neurons"]) for group in groups] == [("small", 64), ("large", 128)]


def refused(cells, neurons, ks=(K,), **options) -> str:
    with pytest.raises(BabelscopeError) as caught:
        found(cells, neurons=neurons, ks=ks, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_does_not_fit_is_one_line(planted):
    largest = max(max(picks[0]) for picks in planted.values())
    assert f"selects neuron {largest} where neurons are 0 to 99" in refused(planted, 100)
    assert "neurons of tiny are not given (they are for other)" in refused(planted, {"other": 512})
    assert "more than the 512 neurons" in refused(planted, NEURONS, ks=(10, 513))
    assert "has 20 neurons; give a --k of at most 20" in refused(planted, NEURONS, ks=(10, 21))
    assert "expected sizes of 1 or more" in refused(planted, NEURONS, ks=(0,))
    assert "did you mean 'Number'" in refused(planted, NEURONS, attributes=("Numbr",))
    assert "unknown language" in refused(planted, NEURONS, unseen=("xxqq",))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1024", 1024), ("a=3, b/c=4", {"a": 3, "b/c": 4}), ("a:mlp=3", {"a:mlp": 3}), ("a=b=5", {"a=b": 5})],
)
def test_neurons_as_the_command_line_has_them(text, expected):
    assert parse_neurons(text) == expected


@pytest.mark.parametrize("text", ["", "many", "0", "-5", "a=", "=5", "a=x", "a=1,a=2", "a=0"])
def test_neurons_that_make_no_sense(text):
    with pytest.raises(BabelscopeError, match="for the neurons of a layer"):
        parse_neurons(text)


def test_a_layer_said_to_be_larger_than_it_is_draws_a_warning():
    cells = random_cells(LANGUAGES, ATTRIBUTES, 128, K)
    assert found(cells, neurons=128).content["warnings"] == []
    (warning,) = found(cells, neurons=1024).content["warnings"]
    assert warning["kind"] == "neurons" and "chance is higher than stated" in warning["message"]
