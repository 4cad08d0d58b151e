"""A number in, the text people read out: three significant digits, thin spaces, a dash for what is missing."""

import math
from collections.abc import Mapping
from typing import Any

__all__ = [
    "DASH",
    "compact",
    "count",
    "decimals",
    "fixed",
    "interval",
    "join",
    "p_value",
    "percent",
    "plural",
    "ratio",
    "significant",
]

DASH = "—"
THIN_SPACE = "\u202f"
"""Narrow and not to be broken at."""
TIED = "\u00a0"
MINUS = "\u2212"


def _finite(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def decimals(value: float, digits: int = 3) -> int:
    """Decimal places that leave `digits` significant digits."""
    if value == 0:
        return digits - 1
    exponent = math.floor(math.log10(abs(value)))
    if round(abs(value), digits - 1 - exponent) >= 10 ** (exponent + 1):
        exponent += 1
    return max(0, digits - 1 - exponent)


def fixed(value: float, places: int) -> str:
    """Fixed point with a true minus sign, thousands set apart, and no negative zero."""
    text = f"{abs(value):,.{places}f}".replace(",", THIN_SPACE)
    negative = value < 0 and any(digit in "123456789" for digit in text)
    return (MINUS if negative else "") + text


def significant(value: float | None, digits: int = 3) -> str:
    """A measured quantity to three significant digits: 0.0459, 0.475, 12.3; a dash where there is none."""
    if value is None or not _finite(value):
        return DASH
    if value != 0 and abs(value) < 1e-4:
        mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
        return f"{mantissa}e{int(exponent)}".replace("-", MINUS)
    return fixed(value, decimals(value, digits))


def count(value: float | None) -> str:
    """A number of things, whole, with thousands set apart: 1 721."""
    if value is None or not _finite(value):
        return DASH
    return fixed(round(value), 0)


def compact(value: float | None) -> str:
    """A large number for an axis: 3.5k, 559M, 7.07B."""
    if value is None or not _finite(value):
        return DASH
    for size, mark in ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size * (1 - 5e-4):
            shown = significant(value / size)
            return f"{shown.rstrip('0').rstrip('.') if '.' in shown else shown}{mark}"
    shown = significant(value)
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def percent(value: float | None, digits: int = 3) -> str:
    """A share as a percentage: 0.0472 is 4.72 %."""
    if value is None or not _finite(value):
        return DASH
    return f"{significant(100 * value, digits)}{THIN_SPACE}%"


def p_value(p: float | None) -> str:
    """A p value as people write it: p < .001, p = .42; nothing where there is none."""
    if p is None:
        return ""
    if p < 0.001:
        return f"p{TIED}<{TIED}.001"
    if p > 0.99:
        return f"p{TIED}>{TIED}.99"
    return f"p{TIED}={TIED}{fixed(p, decimals(p, 2)).removeprefix('0')}"


def ratio(value: float | None) -> str:
    """How many times something else: 4.1×."""
    return DASH if value is None or not _finite(value) else f"{significant(value, 2)}×"


def interval(score: Mapping[str, Any] | None) -> str:
    """A value and its interval, to the same decimal: 0.0459 [0.0411, 0.0508]."""
    if not score or not _finite(score.get("value")):
        return DASH
    value, low, high = score["value"], score.get("low"), score.get("high")
    if low is None or high is None or not (_finite(low) and _finite(high)):
        return significant(value)
    width = (high - low) / 2
    places = decimals(value) if abs(value) >= width else decimals(max(abs(low), abs(high)), 2)
    return f"{fixed(value, places)} [{fixed(low, places)}, {fixed(high, places)}]"


def plural(number: int, one: str, many: str = "") -> str:
    """A count with its noun: 1 layer, 6 layers."""
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


def join(words: list[str]) -> str:
    """Words as a list in a sentence: "a, b and c"."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]])) if words else ""
