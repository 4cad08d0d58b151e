"""A language code in, its colour out: the same on every figure, near hues for kin, legible on paper and on black."""

import colorsys
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from babelscope.errors import BabelscopeError
from babelscope.languages import family

__all__ = ["THEME", "contrast", "language_colour", "map_colours", "themed_languages"]

Ground = Literal["light", "dark"]

THEME: dict[str, tuple[str, str]] = {
    "ink": ("#1b1d22", "#eceef2"),
    "soft": ("#565b66", "#a9afbb"),
    "line": ("#d5d8de", "#3b4049"),
    "null": ("#6f7580", "#9097a3"),
    "veil": ("#c9ccd3", "#474c56"),
    "accent": ("#33569b", "#8fb1f0"),
    "paper": ("#ffffff", "#16181d"),
}
"""Colours of everything that is not a language or a cosine, on light and on dark ground."""

_LANGUAGES: dict[str, str] = {
    "en": "#0072b2",
    "de": "#4a86c8",
    "nl": "#2f9bd0",
    "sv": "#5c8fb8",
    "fr": "#d55e00",
    "es": "#e69f00",
    "pt": "#c8432b",
    "it": "#ee7733",
    "ca": "#c98a1b",
    "ro": "#b8552f",
    "ar": "#117733",
    "he": "#4c9a4c",
    "hi": "#aa4499",
    "bn": "#c46bb4",
    "ur": "#8b3c8e",
    "id": "#2a9d8f",
    "vi": "#8a8a2b",
    "zh": "#4b3fa7",
    "ja": "#a3355c",
    "ko": "#cc6677",
    "ru": "#5a6f9c",
    "tr": "#7a6a4f",
    "sw": "#6b9e3a",
    "ta": "#b5651d",
    "eu": "#808000",
}
_BRANCHES: dict[str, str] = {
    "Indo-European/Germanic": "#0072b2",
    "Indo-European/Romance": "#d55e00",
    "Indo-European/Slavic": "#5a6f9c",
    "Indo-European/Baltic": "#5f7fa8",
    "Indo-European/Hellenic": "#3c6e91",
    "Indo-European/Indo-Aryan": "#aa4499",
    "Indo-European/Iranian": "#7f4aa8",
    "Afro-Asiatic/Semitic": "#117733",
    "Austroasiatic/Vietic": "#8a8a2b",
    "Austronesian/Malayo-Polynesian": "#2a9d8f",
    "Dravidian/South": "#b5651d",
    "Japonic/Japanese": "#a3355c",
    "Koreanic/Korean": "#cc6677",
    "Niger-Congo/Bantu": "#6b9e3a",
    "Sino-Tibetan/Sinitic": "#4b3fa7",
    "Turkic/Common Turkic": "#7a6a4f",
    "Uralic/Finno-Ugric": "#4e9aa6",
}


def _luminance(rgb: tuple[float, float, float]) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _parse(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def contrast(one: str, other: str) -> float:
    """Contrast of two colours by WCAG 2: 1 (equal) to 21 (black on white)."""
    dark, bright = sorted((_luminance(_parse(one)), _luminance(_parse(other))))
    return (bright + 0.05) / (dark + 0.05)


def _legible(colour: str, ground: Ground) -> str:
    """The colour, mixed with black or white until it stands 3:1 (on dark 4:1) against the page."""
    paper = THEME["paper"][ground == "dark"]
    towards, wanted = (0.0, 3.0) if ground == "light" else (1.0, 4.0)
    for share in range(0, 100, 4):
        mixed = "#" + "".join(
            f"{round(255 * (part + (towards - part) * share / 100)):02x}" for part in _parse(colour)
        )
        if contrast(mixed, paper) >= wanted:
            return mixed
    return THEME["ink"][ground == "dark"]


def _kin_of(code: str) -> str:
    """A colour for a language without one of its own: its branch's, turned and dimmed by a hash of its code."""
    try:
        branch = family(code)
    except BabelscopeError:
        branch = "other"
    digest = hashlib.sha256(code.encode()).digest()
    if branch in _BRANCHES:
        hue, light, strength = colorsys.rgb_to_hls(*_parse(_BRANCHES[branch]))
        hue, light = hue + (digest[0] / 255 - 0.5) * 0.07, light * (0.85 + digest[1] / 255 * 0.4)
    else:
        place = hashlib.sha256(branch.encode()).digest()[0] if branch != "other" else digest[2]
        hue, light, strength = place / 256 + (digest[0] / 255 - 0.5) * 0.05, 0.4 + digest[1] / 255 * 0.15, 0.45
    rgb = colorsys.hls_to_rgb(hue % 1, min(light, 0.7), strength)
    return "#" + "".join(f"{round(255 * part):02x}" for part in rgb)


@lru_cache(maxsize=1024)
def language_colour(code: str, ground: Ground = "light") -> str:
    """The colour of a language, as #rrggbb.

    Kin have near hues (Romance orange to red, Germanic blue); the hues are those of the colour-blind-safe sets of
    Okabe and Ito and of Tol, shifted in lightness where the ground asks for it. It depends on the code alone, so a
    language looks alike in every figure and every run.

    Args:
        code: BCP-47 code.
        ground: Whether the figure lies on a light or a dark page.
    """
    return _legible(_LANGUAGES.get(code) or _kin_of(code), ground)


def themed_languages(codes: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Colour on light and on dark ground by language."""
    return {code: (language_colour(code, "light"), language_colour(code, "dark")) for code in codes}


def map_colours(name: str = "viridis") -> bytes:
    """256 RGB triples of a perceptually uniform map, from low to high."""
    from matplotlib import colormaps

    return (colormaps[name](range(256), bytes=True)[:, :3]).tobytes()  # pyright: ignore[reportAttributeAccessIssue, reportCallIssue]
