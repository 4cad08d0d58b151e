"""Overlap over training: planted growth is found, broken and doubled checkpoints are noticed."""

import numpy as np
import pytest

from babelscope.probing.overlap import overlap, selections_of_rows, training_verdict
from probing.overlap.planted import random_cells, rows_of, sharing_cells

LANGUAGES = ("ar", "en", "es", "fr", "hi", "pt")
ATTRIBUTES = ("Number", "POS")
NEURONS, K = 512, 20
STEPS = ("1000", "2000", "4000", "8000")
SEVEN = tuple(str(1000 * number) for number in range(1, 8))


def result_of(by_step, nmi=None, layers=(2,)):
    rows = [
        row
        for step, cells in by_step.items()
        for layer in layers
        for row in rows_of(cells, step=step, layer=layer, nmi=(nmi or {}).get(step, 0.5))
    ]
    return overlap(selections_of_rows(rows), NEURONS, (10, K), draws=300).content


def growing(steps=STEPS, shared=(0, 2, 4, 8)):
    return {
        step: sharing_cells(LANGUAGES, ATTRIBUTES, NEURONS, K, shared=count, seed=at)
        for at, (step, count) in enumerate(zip(steps, shared, strict=True))
    }


def drifting(steps, kept=0.7, seed=0):
    """What would be selected of each step's weights, which keeps a part of the step before."""
    draw = np.random.default_rng(seed)
    found = {steps[0]: random_cells(LANGUAGES, ATTRIBUTES, NEURONS, K, seed=seed)}
    for before, step in zip(steps, steps[1:], strict=False):
        found[step] = moved(found[before], kept, draw)
    return found


def probed(weights, reliable=0.8, seed=1):
    """A selection of each step: probes of the same weights agree on the square of `reliable`."""
    draw = np.random.default_rng(seed)
    return {step: moved(cells, reliable, draw) for step, cells in weights.items()}


def moved(cells, kept, draw):
    return {place: [_moved(picks, kept, draw) for picks in seeds] for place, seeds in cells.items()}


def _moved(picks, kept, draw):
    stay = [neuron for neuron in picks if draw.random() < kept]
    others = np.setdiff1d(np.arange(NEURONS), picks)
    return [*stay, *draw.choice(others, K - len(stay), replace=False).tolist()]


def entry(content, layer=2, k=K):
    return next(one for one in content["training"] if (one["layer"], one["k"]) == (layer, k))


def test_growth_is_found_with_its_size():
    one = entry(result_of(growing()))
    assert [point["step"] for point in one["points"]] == list(STEPS)
    assert [point["overlap"]["value"] for point in one["points"]] == pytest.approx([0.0, 0.1, 0.2, 0.4])
    assert one["change"]["from"] == "1000" and one["change"]["to"] == "8000"
    assert (
        one["change"]["value"] == pytest.approx(0.4)
        and one["change"]["direction"] == one["excess_change"]["direction"] == "rises"
    )
    assert one["verdict"].startswith("Overlap rises from step 1000 to step 8000 (0.00 to 0.400")


def test_where_nothing_grows_it_says_so():
    by_step = {step: random_cells(LANGUAGES, ATTRIBUTES, NEURONS, K, seed=seed) for seed, step in enumerate(STEPS)}
    one = entry(result_of(by_step))
    assert one["change"]["direction"] == "no clear change" and "no clear change" in one["verdict"]


def test_a_fall_is_a_fall():
    assert entry(result_of(growing(shared=(8, 4, 2, 0))))["change"]["direction"] == "falls"


def test_a_step_whose_probes_know_nothing_is_left_out_of_the_change_and_named():
    by_step = growing()
    by_step["8000"] = random_cells(LANGUAGES, ATTRIBUTES, NEURONS, K, seed=7)
    content = result_of(by_step, nmi={"8000": -0.2})
    one = entry(content)
    assert [point["informative"] for point in one["points"]] == [True, True, True, False]
    assert one["change"]["to"] == "4000"
    said = " ".join(content["verdict"])
    assert "At step 8000 probes know nothing of the labels on average (mean test NMI −0.200)" in said


def test_layers_are_averaged_where_every_step_has_them():
    content = result_of(growing(), layers=(2, 4))
    mean = entry(content, "mean")
    assert mean["layers"] == [2, 4] and [p["overlap"]["value"] for p in mean["points"]] == pytest.approx(
        [0.0, 0.1, 0.2, 0.4]
    )
    rows = [row for step, cells in growing().items() for row in rows_of(cells, step=step)]
    rows += rows_of(growing()["8000"], step="8000", layer=6)
    alone = overlap(selections_of_rows(rows), NEURONS, (K,), draws=50).content
    assert [one["layer"] for one in alone["training"]] == [2]


def test_steps_that_know_nothing_are_named_together():
    content = result_of(growing(), nmi={"1000": -0.1, "2000": -0.2, "4000": -0.3})
    said = training_verdict(content)
    assert len(said) == 2 and "fewer than two steps" in said[0]
    assert "At steps 1000, 2000 and 4000 probes know nothing of the labels on average" in said[1]
    assert "(mean test NMI −0.300 to −0.100)" in said[1]
    many = {str(1000 * at): cells for at, cells in enumerate([growing()["1000"]] * 9, start=1)}
    said = training_verdict(result_of(many, nmi=dict.fromkeys(many, -0.1)))
    assert "At 9 of 9 steps probes know nothing" in said[1]


def test_one_curve_of_each_model_is_spoken_of_at_the_size_that_is_spoken_of():
    content = result_of(growing(), layers=(2, 3))
    assert len(content["training"]) == 6 and content["k"] == K
    (said,) = training_verdict(content)
    assert said.startswith("Over training of tiny, in the mean of its layers: overlap rises from step 1000")
    assert said.split(": o")[1].startswith(entry(content, "mean")["verdict"][1:]) and said in content["verdict"]
    smaller = result_of(growing()) | {"k": 10}
    (alone,) = training_verdict(smaller)
    assert "in layer 2: overlap" in alone and entry(smaller, k=10)["verdict"][1:] in alone
    assert training_verdict(result_of({"1": growing()["1000"]})) == []


def test_curves_are_about_what_every_step_has():
    by_step = growing()
    by_step["8000"]["de", "POS"] = [list(range(K))]
    by_step["8000"]["de", "Number"] = [list(range(K))]
    by_step["8000"] |= sharing_cells(LANGUAGES, ("Case",), NEURONS, K, shared=K)
    content = result_of(by_step)
    one = entry(content)
    assert one["attributes"] == list(ATTRIBUTES) and one["points"][-1]["overlap"]["value"] == pytest.approx(0.4)
    assert any(w["kind"] == "steps" and "12 (language, attribute) cells" in w["message"] for w in content["warnings"])
    nothing = {"1000": by_step["1000"], "2000": random_cells(("de", "ur"), ("Case",), NEURONS, K)}
    content = result_of(nothing)
    assert content["training"] == [] and "no curve over training" in content["warnings"][0]["message"]


def kinds(content):
    return [warning["kind"] for warning in content["warnings"]]


def test_the_same_weights_uploaded_twice_are_noticed():
    """Step 5 has the weights of step 2, probed anew: their selections agree as far as selections do."""
    weights = drifting(SEVEN)
    weights["5000"] = weights["2000"]
    content = result_of(probed(weights))
    assert content["between_steps"][0]["same_weights"] == [
        {"steps": ["2000", "5000"], "agreement": pytest.approx(0.64, abs=0.06)}
    ]
    (warning,) = [w for w in content["warnings"] if w["kind"] == "same weights"]
    assert "steps 2000 and 5000" in warning["message"]
    assert "which look like the same weights, agree on" in " ".join(content["verdict"])


def test_identical_neighbours_are_noticed_too():
    by_step = drifting(("1000", "2000", "3000"))
    by_step["3000"] = by_step["2000"]
    found = result_of(by_step)["between_steps"][0]["same_weights"]
    assert [one["steps"] for one in found] == [["2000", "3000"]]


@pytest.mark.parametrize("seed", range(5))
def test_training_that_moves_on_is_not_taken_for_a_duplicate_or_broken(seed):
    content = result_of(probed(drifting(SEVEN, seed=seed), seed=seed))
    assert kinds(content) == []


def test_a_broken_step_is_noticed_and_hides_no_duplicate():
    """Step 4 agrees with none; steps 3 and 5, alike around it, are only neighbours."""
    by_step = probed(drifting(SEVEN))
    by_step["4000"] = random_cells(LANGUAGES, ATTRIBUTES, NEURONS, K, seed=99)
    content = result_of(by_step)
    assert kinds(content) == ["broken step"] and "step 4000" in content["warnings"][0]["message"]
    agreement = np.array(content["between_steps"][0]["agreement"])
    assert agreement[2, 4] > 0.25 and agreement[3, [0, 1, 2, 4, 5, 6]].max() < 2 * K / NEURONS


def test_where_no_step_agrees_with_any_other_none_is_called_broken():
    by_step = {step: random_cells(LANGUAGES, ATTRIBUTES, NEURONS, K, seed=seed) for seed, step in enumerate(STEPS)}
    assert kinds(result_of(by_step)) == []
