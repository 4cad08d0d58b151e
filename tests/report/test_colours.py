import colorsys

import pytest

from babelscope.report.colours import THEME, contrast, language_colour, map_colours

NINE = ("ar", "en", "es", "fr", "hi", "id", "pt", "vi", "zh")


def _hue(colour: str) -> float:
    return colorsys.rgb_to_hls(*(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)))[0]


@pytest.mark.parametrize("ground", ["light", "dark"])
@pytest.mark.parametrize("code", [*NINE, "ja", "sw", "xh", "zh-Hant", "quc", "pt-BR"])
def test_every_language_stands_out_from_the_page(code: str, ground: str) -> None:
    paper = THEME["paper"][ground == "dark"]
    assert contrast(language_colour(code, ground), paper) >= 3  # type: ignore[arg-type]


@pytest.mark.parametrize("ground", [0, 1])
@pytest.mark.parametrize("name", ["ink", "soft", "accent"])
def test_text_reads_on_both_grounds(name: str, ground: int) -> None:
    assert contrast(THEME[name][ground], THEME["paper"][ground]) >= 4.5


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == pytest.approx(1)


def test_colours_differ_between_languages_and_do_not_between_calls() -> None:
    colours = [language_colour(code) for code in NINE]
    assert len(set(colours)) == len(NINE)
    language_colour.cache_clear()
    assert [language_colour(code) for code in NINE] == colours


def test_kin_have_near_hues() -> None:
    romance = [_hue(language_colour(code)) for code in ("fr", "es", "pt", "it", "ro", "ca", "gl")]
    assert max(romance) - min(romance) < 0.15
    assert abs(_hue(language_colour("en")) - _hue(language_colour("fr"))) > 0.3


def test_a_language_nobody_gave_a_colour_has_one_of_its_own() -> None:
    assert language_colour("quc") != language_colour("nah")
    assert language_colour("not a code").startswith("#")


def test_the_map_grows_brighter_all_the_way() -> None:
    colours = map_colours()
    assert len(colours) == 3 * 256
    brightness = [contrast(f"#{colours[3 * i : 3 * i + 3].hex()}", "#000000") for i in range(0, 256, 15)]
    assert brightness == sorted(brightness)
