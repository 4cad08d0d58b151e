"""Degradation: planted drops are found where they are, noise seldom drops, flags explain their own steps alone."""

import numpy as np
import pytest

from babelscope.dynamics.degradation import find_degradations
from babelscope.dynamics.hygiene import Flag
from planted_series import curve, replicates_of
from shared_files import shared

BROKEN = (Flag("loss", ""),)


def found(curves, flags=None, used=None):
    flags = flags or {}
    used = [key for key in curves[0].keys if not flags.get(key)] if used is None else used
    return [(one.metric, one.start, one.end, one.explained_by) for one in find_degradations(curves, flags, used)]


@pytest.mark.parametrize("metric, sign", [("sads", -1), ("lrds", 1), ("loss", 1)])
def test_worse_has_a_direction(metric, sign):
    values = sign * np.array([0.0, 1.0, 0.0, 0.0])
    assert found([curve(values, metric=metric, reach=0.1)]) == [(metric, "p0", "p1", None)]


def test_sizes_of_regions_are_neither_better_nor_worse():
    assert not found([curve([9.0, 1.0, 9.0], metric="sklr", reach=0.1)])
    assert not found([curve([9.0, 1.0, 9.0], metric="region_size", language="fr", reach=0.1)])


def test_noise_drops_in_few_series():
    """One false drop in 20 series however many steps they have: the level is shared by all of them."""
    generator = np.random.default_rng(0)
    for k in (5, 25):
        false = 0
        for _ in range(200):
            values, left_out = replicates_of(np.zeros(k), generator.normal(size=(k, 60)))
            false += bool(found([curve(values, replicates=list(left_out))]))
        # Steps one way only count, so that half the level would do for independent steps.
        assert false / 200 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


def test_layers_share_their_level():
    edge = 1.96 * np.sqrt(2) * 1.05
    alone = curve([0.0, -edge], layer=1, reach=1.96)
    others = [curve([0.0, 0.0], layer=layer, reach=1.96) for layer in range(2, 12)]
    assert found([alone]) and not found([alone, *others])


def test_flags_explain_their_own_steps_alone():
    values = [1.0, 0.0, 0.9, 0.4, 0.5]
    flags = {"p1": BROKEN, "p4": (Flag("duplicate", ""), Flag("loss", ""))}
    one = curve(values, reach=0.01)
    assert found([one], flags) == [
        ("sads", "p0", "p1", ("loss",)),
        ("sads", "p0", "p2", None),
        ("sads", "p2", "p3", None),
    ]
    assert found([curve([1.0, 1.0, 1.0, 1.0, 0.0], reach=0.01)], flags) == [
        ("sads", "p3", "p4", ("duplicate", "loss"))
    ]


def test_flagged_points_that_are_used_still_explain():
    flags = {"p1": BROKEN}
    assert found([curve([1.0, 0.0, 0.9], reach=0.01)], flags, used=["p0", "p1", "p2"]) == [
        ("sads", "p0", "p1", ("loss",))
    ]


def test_without_intervals_nothing_is_claimed():
    assert not found([curve([9.0, 1.0])])
    assert not found([curve([9.0], reach=0.1)])


def test_the_published_degradation_is_explained_by_its_broken_upload():
    """Cosines of translations, languages in the place of meanings: the dip is at the upload that decodes nothing."""
    rows = shared("published", "parallel_cosine.csv").read_text(encoding="utf-8").splitlines()[1:]
    cells = [row.split(",") for row in rows]
    for model, broken in (("bloom-560m", 600_000), ("bloom-1b1", 400_000)):
        by_step: dict[int, dict[str, float]] = {}
        for name, step, layer, language, cosine in cells:
            if name == model and layer == "17" and step != "final":
                by_step.setdefault(int(step), {})[language] = float(cosine)
        steps = sorted(by_step)
        languages = sorted(set.intersection(*(set(row) for row in by_step.values())))
        noise = np.array([[by_step[step][language] for language in languages] for step in steps])
        values, left_out = replicates_of(np.zeros(len(steps)), noise)
        dips = curve(values, replicates=list(left_out), x=steps)
        place = steps.index(broken)
        unflagged, flagged = found([dips]), found([dips], {f"p{place}": BROKEN})
        into = (f"p{place - 1}", f"p{place}")
        assert ("sads", *into, None) in unflagged
        assert ("sads", *into, ("loss",)) in flagged and ("sads", *into, None) not in flagged
