"""Controls match their region layer by layer, doses are nested and ranked by z, and what is empty is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from babelscope.errors import BabelscopeError
from babelscope.evaluation.conditions import Intervention, plan_conditions, top_by_z
from babelscope.regions import NeuronMask, RegionRule, Regions, matched_random

NEURONS = (40, 60, 20)


def regions(sizes=(12, 7), seed=0):
    generator = np.random.default_rng(seed)
    masks, z = {}, generator.normal(size=(len(sizes), sum(NEURONS))).astype(np.float32)
    for row, (code, size) in enumerate(zip(("fr", "zh", "ar"), sizes, strict=False)):
        flat = np.zeros(sum(NEURONS), dtype=bool)
        flat[np.argsort(-z[row])[:size]] = True
        masks[code] = NeuronMask.of_flat(flat, NEURONS)
    return Regions(masks, z, RegionRule("share", 0.1))


@given(st.integers(0, 40), st.integers(0, 60), st.integers(0, 20), st.integers(0, 5))
def test_a_control_has_as_many_neurons_in_every_layer(a, b, c, seed):
    mask = NeuronMask(tuple(np.arange(width) < size for width, size in zip(NEURONS, (a, b, c), strict=True)))
    assert matched_random(mask, seed).by_layer == (a, b, c)


def test_controls_depend_on_all_of_their_seed_and_are_uniform():
    mask = NeuronMask(tuple(np.arange(width) < 5 for width in NEURONS))
    assert matched_random(mask, 1, 0, "fr") == matched_random(mask, 1, 0, "fr")
    drawn = [matched_random(mask, *seed) for seed in ((1, 0, "fr"), (2, 0, "fr"), (1, 1, "fr"), (1, 0, "zh"))]
    assert all(drawn[i] != drawn[j] for i in range(4) for j in range(i))
    counts = sum(matched_random(mask, draw).flat.astype(int) for draw in range(2000))
    expected = np.concatenate([np.full(width, 2000 * 5 / width) for width in NEURONS])
    # Chi-square over 117 free cells: mean 117, standard deviation about 15.
    assert np.square(counts - expected).__truediv__(expected).sum() < 200


def test_the_plan_is_none_then_regions_each_with_its_controls_then_doses():
    plan = plan_conditions(regions(), ["fr", "zh"], controls=2, doses=(0.5,))
    assert [c.key for c in plan] == [
        "none",
        *("region-fr", "random-fr-0", "random-fr-1", "region-zh", "random-zh-0", "random-zh-1"),
        *("region-fr-dose0.5", "random-fr-0-dose0.5", "random-fr-1-dose0.5"),
        *("region-zh-dose0.5", "random-zh-0-dose0.5", "random-zh-1-dose0.5"),
    ]
    assert plan[0].neurons == 0 and plan[0].mask is None
    by_key = {c.key: c for c in plan}
    for condition in plan:
        if condition.kind == "random":
            twin = condition.key.replace("random", "region").replace(f"-{condition.draw}", "", 1)
            assert condition.mask.by_layer == by_key[twin].mask.by_layer
    assert plan_conditions(regions(), ["zh"], controls=1)[2].mask == by_key["random-zh-0"].mask


def test_a_dose_takes_the_highest_z_and_doses_are_nested():
    found = regions((12,))
    z = found.z[0]
    before = None
    for dose in (0.1, 0.25, 0.5, 0.75, 1.0):
        mask = top_by_z(found, "fr", dose)
        assert mask.size == max(1, round(12 * dose))
        assert set(np.flatnonzero(mask.flat)) == set(np.argsort(-z)[: mask.size])
        assert before is None or (before - mask).size == 0
        before = mask
    assert before == found["fr"]


def test_what_makes_no_condition_is_refused():
    empty = regions((5, 0))
    with pytest.raises(BabelscopeError, match="region of zh is empty.*leave zh out"):
        plan_conditions(empty)
    assert len(plan_conditions(empty, ["fr"])) == 3
    with pytest.raises(BabelscopeError, match="no region of 'ar'; there are regions of fr, zh"):
        plan_conditions(regions(), ["ar"])
    for doses in ((0.0,), (1.5,), (-1.0,)):
        with pytest.raises(BabelscopeError, match="a dose is a fraction"):
            plan_conditions(regions(), doses=doses)
    with pytest.raises(BabelscopeError, match="controls is 0 or more, got -1"):
        plan_conditions(regions(), controls=-1)
    with pytest.raises(BabelscopeError, match="mode noise needs"):
        Intervention("noise")
