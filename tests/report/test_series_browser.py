"""The page of a series as a reader meets it: the slider by keyboard and by mouse, on a phone, in the dark."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from babelscope.report import SeriesMaterial, small_map, write_series_report
from babelscope.report.colours import contrast
from report.fake_series import fake_maps, fake_track
from report.fake_summary import fake_corpus
from report.visiting import NEEDS_CHROMIUM, Visit, opened_browser, sync_api

pytestmark = NEEDS_CHROMIUM

ATTACK = "<script>window.hit = 1</script><img src=x onerror='window.hit = 1'>"
LANGUAGES = ["ar", "en", "hi", "zh"]
N = 24


@pytest.fixture(scope="module")
def material() -> SeriesMaterial:
    content = fake_track((0, 16, 64, 3500), languages=LANGUAGES, flagged=[64])
    content["verdict"] = [ATTACK]
    return SeriesMaterial(content, fake_maps(content), fake_corpus(LANGUAGES, line=ATTACK))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, material: SeriesMaterial) -> Path:
    return write_series_report(tmp_path_factory.mktemp("series") / "report.html", material)


@pytest.fixture(scope="module")
def browser() -> Iterator["sync_api.Browser"]:
    yield from opened_browser()


class SliderVisit(Visit):
    """A visit to a page with the slider."""

    def now(self) -> str:
        return self.page.locator(".slider-now b").inner_text()

    def picture(self) -> str:
        return self.page.evaluate("document.getElementById('slider-canvas').toDataURL()")


@pytest.fixture
def visit(browser: "sync_api.Browser", report: Path) -> Iterator[SliderVisit]:
    opened = SliderVisit(browser, report, viewport={"width": 1280, "height": 1000})
    yield opened
    assert opened.troubles == []
    assert opened.requests == [report.as_uri()]
    assert opened.page.evaluate("window.hit") is None
    opened.page.close()


def close_to(material: SeriesMaterial, key: str, row: int, column: int) -> "pytest.approx":
    kept = small_map(material.maps[key], LANGUAGES)
    spread = max(float(found.max()) for found in material.maps.values()) + 1
    return pytest.approx(kept[row, column], abs=spread / 255)


def test_the_slider_goes_through_training_by_keyboard(visit: SliderVisit, material: SeriesMaterial) -> None:
    slider = visit.page.locator("#slider")
    slider.focus()
    assert visit.now() == "step 3\u202f500"
    assert visit.cosine() == close_to(material, "tiny-bloom-3500", 0, N)
    last = visit.picture()
    visit.page.keyboard.press("ArrowLeft")
    assert visit.now() == "step 64 (flagged)"
    visit.page.keyboard.press("Home")
    assert visit.now() == "step 0" and slider.get_attribute("aria-valuetext") == "step 0"
    assert visit.picture() != last
    assert visit.cosine() == close_to(material, "tiny-bloom-0", 0, N)
    assert "SADS 0.0380" in visit.page.locator(".slider-now span").inner_text()
    visit.page.keyboard.press("End")
    assert visit.picture() == last


def test_the_step_is_announced(visit: SliderVisit) -> None:
    assert visit.page.locator(".slider-now").get_attribute("aria-live") == "polite"
    assert visit.page.locator("label[for=slider]").inner_text() == "Checkpoint"


def test_a_pair_of_sentences_is_kept_while_the_slider_moves(visit: SliderVisit, material: SeriesMaterial) -> None:
    canvas = visit.page.locator("#slider-canvas")
    canvas.focus()
    for key in ["ArrowDown", "Shift+ArrowRight", "t"]:
        visit.page.keyboard.press(key)
    corpus = fake_corpus(LANGUAGES)
    assert visit.page.locator(".map-text").all_inner_texts() == [corpus["ar"][1], corpus["hi"][1]]
    assert "translations" in visit.page.locator(".map-cosine span").inner_text()
    visit.page.locator("#slider").focus()
    for key in ("tiny-bloom-64", "tiny-bloom-16", "tiny-bloom-0"):
        visit.page.keyboard.press("ArrowLeft")
        assert visit.cosine() == close_to(material, key, 1, 2 * N + 1)
    assert visit.page.locator(".map-text").all_inner_texts() == [corpus["ar"][1], corpus["hi"][1]]
    isolated = visit.page.evaluate("[...document.querySelectorAll('.map-text bdi')].map(b => [b.dir, b.lang])")
    assert isolated == [["auto", "ar"], ["auto", "hi"]]


def test_pointing_reads_a_cell_and_clicking_keeps_it(visit: SliderVisit, material: SeriesMaterial) -> None:
    canvas = visit.page.locator("#slider-canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    row, column = N + 3, 3 * N + 20
    at = [(place + 0.5) / (4 * N) for place in (column, row)]
    visit.page.mouse.move(box["x"] + at[0] * box["width"], box["y"] + at[1] * box["height"])
    assert visit.cosine() == close_to(material, "tiny-bloom-3500", row, column)
    visit.page.mouse.down()
    visit.page.mouse.up()
    visit.page.mouse.move(0, 0)
    assert visit.cosine() == close_to(material, "tiny-bloom-3500", row, column)


def test_each_checkpoints_own_range_can_be_chosen(visit: SliderVisit) -> None:
    visit.page.locator("#slider").focus()
    visit.page.keyboard.press("Home")
    shared = visit.page.locator(".map-scale span").all_inner_texts()
    before = visit.picture()
    visit.page.select_option("#slider-range", "own")
    assert visit.picture() != before
    assert visit.page.locator(".map-scale span").all_inner_texts() != shared


def test_a_script_in_sentences_or_verdict_does_nothing(visit: SliderVisit) -> None:
    assert visit.page.locator(".map-text").first.inner_text() == ATTACK
    assert visit.page.locator("#verdict .lead").inner_text() == ATTACK
    visit.page.wait_for_timeout(100)
    assert visit.page.evaluate("document.querySelectorAll('img').length") == 0


def test_every_figure_is_drawn_and_tables_open(visit: SliderVisit) -> None:
    boxes = visit.page.evaluate("[...document.querySelectorAll('svg.figure')].map(s => s.getBBox().width)")
    assert len(boxes) == 11 and min(boxes) > 100
    visit.page.locator("#similarity-over-series details summary").click()
    assert visit.page.locator("#similarity-over-series tbody tr").count() == 4


@pytest.mark.parametrize("width", [390, 320, 1280])
def test_nothing_sticks_out_of_the_screen(browser: "sync_api.Browser", report: Path, width: int) -> None:
    opened = SliderVisit(browser, report, viewport={"width": width, "height": 844})
    assert opened.page.evaluate("document.documentElement.scrollWidth") <= width
    assert opened.page.locator("#slider-canvas").bounding_box()["width"] > 0.7 * min(width, 600)
    assert opened.page.locator("#slider").bounding_box()["width"] > 0.4 * min(width, 600)
    assert opened.troubles == []
    opened.page.close()


def _hex(colour: str) -> str:
    return "#" + "".join(f"{int(part):02x}" for part in re.findall(r"\d+", colour)[:3])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_of_page_and_figures_reads_on_its_ground(browser: "sync_api.Browser", report: Path, scheme: str) -> None:
    opened = SliderVisit(browser, report, color_scheme=scheme)
    paper = _hex(opened.page.evaluate("getComputedStyle(document.body).backgroundColor"))
    fills = opened.page.evaluate(
        """() => [...document.querySelectorAll('#sads-over-training svg g[id*="-text_"] g')]
        .map(g => getComputedStyle(g).fill)"""
    )
    text = opened.page.evaluate(
        "[...document.querySelectorAll('p, h1, h2, h3, td, figcaption, dd')].map(e => getComputedStyle(e).color)"
    )
    assert len(fills) > 10
    assert min(contrast(_hex(colour), paper) for colour in [*fills, *text]) >= 4.5
    opened.page.close()


def test_print_keeps_the_map_and_drops_the_slider(browser: "sync_api.Browser", report: Path) -> None:
    opened = SliderVisit(browser, report, color_scheme="dark")
    opened.page.emulate_media(media="print", color_scheme="dark")
    assert opened.page.locator("#slider-canvas").is_visible()
    assert not opened.page.locator("#slider").is_visible()
    opened.page.close()


def test_without_script_the_numbers_are_still_there(browser: "sync_api.Browser", report: Path) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(report.as_uri())
    assert page.locator(".tile-value").count() == 4
    assert page.locator("#points tbody tr").count() == 4
    page.close()


def test_one_point_has_a_map_but_nothing_to_slide(browser: "sync_api.Browser", tmp_path: Path) -> None:
    content = fake_track((1000,), languages=LANGUAGES)
    maps = {"tiny-bloom-1000": np.eye(4 * N, dtype=np.float32)}
    opened = SliderVisit(browser, write_series_report(tmp_path / "r.html", SeriesMaterial(content, maps)))
    assert opened.page.locator("#slider").is_disabled()
    assert opened.now() == "step 1\u202f000" and opened.troubles == []
    opened.page.close()
