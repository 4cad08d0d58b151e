from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babelscope.report.numbers import count, interval, join, percent, plural, ratio, significant


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.045912, "0.0459"),
        (0.475, "0.475"),
        (0.9996, "1.00"),
        (9.996, "10.0"),
        (12.34, "12.3"),
        (1234.6, "1\u202f235"),
        (-0.02, "\u22120.0200"),
        (0, "0.00"),
        (0.00001234, "1.23e\u22125"),
        (None, "—"),
        (nan, "—"),
        (inf, "—"),
    ],
)
def test_three_significant_digits(value: float | None, text: str) -> None:
    assert significant(value) == text


@given(st.floats(1e-4, 1e6))
def test_rounding_loses_at_most_half_a_unit_of_the_third_digit(value: float) -> None:
    shown = float(significant(value).replace("\u202f", ""))
    assert shown == pytest.approx(value, rel=5.1e-3)


def test_an_interval_has_the_decimals_of_its_value() -> None:
    assert interval({"value": 0.04591, "low": 0.04112, "high": 0.0507}) == "0.0459 [0.0411, 0.0507]"
    assert interval({"value": 0.4751, "low": 0.47, "high": 0.4812}) == "0.475 [0.470, 0.481]"


def test_an_interval_around_zero_does_not_pretend_to_precision() -> None:
    assert interval({"value": 1e-9, "low": -0.003, "high": 0.003}) == "0.0000 [\u22120.0030, 0.0030]"


def test_an_interval_may_lack_its_ends_or_everything() -> None:
    assert interval({"value": 0.5, "low": None, "high": None}) == "0.500"
    assert interval(None) == interval({"value": None}) == "—"


def test_counts_shares_ratios_and_lists() -> None:
    assert count(491520) == "491\u202f520"
    assert percent(0.0472) == "4.72\u202f%"
    assert ratio(4.13) == "4.1×"
    assert plural(1, "layer") == "1 layer"
    assert plural(6, "layer") == "6 layers"
    assert join(["a", "b", "c"]) == "a, b and c"
    assert join(["a"]) == "a"
