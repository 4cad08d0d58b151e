"""Shares of pre-training text in: published, given by the user, or in a table; percent by language out."""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path

from babelscope import languages
from babelscope.correlation.measured import number_of
from babelscope.correlation.reading import read_sheet
from babelscope.errors import BabelscopeError

__all__ = ["ROOTS", "ROOTS_SOURCE", "Shares", "log_shares", "read_shares", "same_script"]

Shares = tuple[dict[str, float], str]
"""Percent of the text by language, and where that is from."""

ROOTS: dict[str, int] = {
    "en": 484_953_009_124, "zh": 261_019_433_892, "fr": 208_242_620_434, "es": 175_098_365_045,
    "pt": 79_277_543_375, "ar": 74_854_900_600, "vi": 43_709_279_959, "hi": 24_622_119_985,
    "id": 19_972_325_222, "bn": 18_606_823_104, "ca": 17_792_493_289, "ta": 7_989_206_220,
    "ml": 3_662_571_498, "te": 2_993_407_159, "ur": 2_781_329_959, "ne": 2_551_307_393,
    "eu": 2_360_470_848, "kn": 2_098_453_560, "mr": 1_775_483_122, "pa": 1_572_109_752,
    "gu": 1_199_986_460, "or": 1_157_100_133, "zh-Hant": 762_489_150, "as": 291_522_098,
    "sw": 236_482_543, "yo": 89_695_835, "rw": 40_428_299, "xh": 14_304_074,
    "ig": 14_078_521, "zu": 8_511_561, "sn": 6_638_639, "lg": 4_568_367,
    "wo": 3_606_973, "rn": 3_272_550, "fon": 2_478_546, "nso": 1_764_506,
    "ln": 1_650_804, "tn": 1_502_200, "tw": 1_265_041, "ny": 1_187_405,
    "st": 751_034, "ts": 707_634, "ak": 701_554, "bm": 391_747,
    "ki": 359_615, "tum": 170_360,
}  # fmt: skip
"""Bytes of text by language in the corpus that BLOOM was trained on, as published in Le Scao et al. 2022, table 1."""
_CODE = 174_700_245_772
"""Bytes of programming languages."""
ROOTS_SOURCE = "bytes of text in ROOTS (Le Scao et al. 2022, table 1)"
_FORM = "LANG=PERCENT,LANG=PERCENT, a table with the columns language and share, or bloom"


def read_shares(text: str) -> Shares:
    """Shares of pre-training text, in percent: `en=30,fr=13`, a table with language and share, or `bloom`.

    Raises:
        BabelscopeError: If it is none of these, a share is not above 0, or a language is given twice.
    """
    if text == "bloom":
        total = sum(ROOTS.values()) + _CODE
        return {code: 100 * size / total for code, size in ROOTS.items()}, ROOTS_SOURCE
    if "=" in text:
        return _checked((part.partition("=")[::2] for part in text.split(",")), text), "as given"
    if not Path(text).is_file():
        raise BabelscopeError(f"got {text!r} for shares of pre-training text, expected {_FORM}")
    sheet = read_sheet(Path(text))
    if not {"language", "share"} <= set(sheet.columns):
        raise BabelscopeError(f"{text} has the columns {', '.join(sheet.columns)}; expected language and share")
    return _checked(sheet.rows("language", "share"), Path(text).name), sheet.source


def _checked(pairs: Iterable[tuple[str, ...]], source: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for row, (language, text) in enumerate(pairs):
        code = languages.canonical(language)
        value = number_of(text, f"share of {code}", source, row)
        if value is None or not (0 < value < math.inf):
            raise BabelscopeError(f"{source}: share of {code} is {text!r}, expected a percentage above 0")
        if code in found:
            raise BabelscopeError(f"{source} gives the share of {code} twice; expected one per language")
        found[code] = value
    return found


def same_script(code: str, source: str) -> float:
    """1 if a language is written in the script of the source language, else 0; Chinese scripts count as one."""
    scripts = [languages.script(one).replace("Hant", "Hans") for one in (code, source)]
    return float(scripts[0] == scripts[1])


def log_shares(shares: Mapping[str, float], codes: list[str]) -> list[float]:
    """Natural logarithms of the shares of some languages; NaN where one is not known."""
    return [math.log(shares[code]) if code in shares else math.nan for code in codes]
