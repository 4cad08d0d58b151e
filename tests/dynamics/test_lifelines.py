"""Life-lines: planted survivors are counted, from each point to the next or to the last."""

import pytest

from babelscope.dynamics.lifelines import lifelines
from planted_series import masks


def test_planted_survivors_are_counted():
    regions = {"a": {"fr": masks(0, 1, 2, 3)}, "b": {"fr": masks(2, 3, 4)}, "c": {"fr": masks(50)}}
    first, second = lifelines(["a", "b", "c"], regions)["fr"]
    assert (first.start, first.end, first.survive, first.of) == ("a", "b", 2, 4)
    assert first.share == 0.5 and first.jaccard == pytest.approx(2 / 5)
    assert (second.start, second.end, second.survive, second.of, second.jaccard) == ("b", "c", 0, 3, 0)
    assert first.expected == pytest.approx((4 * 3 / 40) / (7 - 4 * 3 / 40))


def test_to_the_last_tells_since_when():
    regions = {"a": {"fr": masks(9)}, "b": {"fr": masks(1, 2)}, "c": {"fr": masks(1, 2, 3)}}
    found = lifelines(["a", "b", "c"], regions, to_last=True)["fr"]
    assert [(one.start, one.end, one.survive) for one in found] == [("a", "c", 0), ("b", "c", 2)]


def test_a_region_that_does_not_change_survives_whole():
    same = {"fr": masks(0, 1, 45)}
    (one,) = lifelines(["a", "b"], {"a": same, "b": same})["fr"]
    assert one.share == 1 and one.jaccard == 1 and one.high < 1


def test_empty_regions_have_no_share():
    (one,) = lifelines(["a", "b"], {"a": {"fr": masks()}, "b": {"fr": masks()}})["fr"]
    assert (one.survive, one.of, one.share, one.jaccard, one.low, one.high) == (0, 0, None, 0, 0, 0)


def test_languages_that_come_and_go_and_series_too_short():
    regions = {"a": {"fr": masks(1), "en": masks(2)}, "b": {"fr": masks(1), "hi": masks(3)}}
    assert list(lifelines(["a", "b"], regions)) == ["fr"]
    assert lifelines(["a"], regions) == {} and lifelines([], regions) == {}


def test_regions_are_asked_for_one_after_the_other():
    asked = []

    class OnDemand(dict):
        def __missing__(self, key):
            asked.append(key)
            return {"fr": masks(1)}

    lifelines(["a", "b", "c"], OnDemand())
    assert asked == ["a", "b", "c"]
