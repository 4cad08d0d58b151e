import copy
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from babelscope.errors import BabelscopeError
from babelscope.report import Material, SeriesMaterial, write_series_figures, write_series_report
from babelscope.report.html import page_text
from babelscope.report.series import SERIES_PANELS
from babelscope.report.series.page import series_text
from report.fake_series import fake_maps, fake_track
from report.fake_summary import fake_corpus, fake_summary

ATTACK = "</script><script>window.hit=1</script><img src=x onerror=hit=1>\u2028"


class Tags(HTMLParser):
    """Start tags with attributes, and an error for tags that do not close."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "input", "br", "img", "link"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag


LANGUAGES = ["ar", "hi", "zh"]


def material(**options) -> SeriesMaterial:
    content = fake_track((0, 16, 256, 3500), languages=LANGUAGES, **options)
    return SeriesMaterial(content, fake_maps(content), fake_corpus(LANGUAGES))


@pytest.fixture(scope="module")
def page() -> str:
    return series_text(material())


def test_the_page_is_well_formed_and_its_ids_are_unique(page: str) -> None:
    ids = [attributes["id"] for _, attributes in Tags(page).tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {panel.name for panel in SERIES_PANELS} <= set(ids)


def test_nothing_is_loaded_and_every_link_stays_in_the_folder(page: str) -> None:
    for tag, attributes in Tags(page).tags:
        for name in ("src", "href", "xlink:href", "srcset", "data", "action"):
            address = attributes.get(name) or ""
            known = address.startswith(("#", "data:", "figures/", "points/")) or not address
            assert known or (tag == "a" and address == "https://arxiv.org/abs/2410.11718"), (tag, address)
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page


def test_each_point_links_to_its_own_report(page: str) -> None:
    links = [attributes.get("href") for tag, attributes in Tags(page).tags if tag == "a"]
    for step in (0, 16, 256, 3500):
        assert links.count(f"points/tiny-bloom-{step}/report.html") == 2


def test_equal_input_gives_equal_bytes(page: str) -> None:
    assert series_text(material()) == page


def test_untrusted_text_is_escaped_everywhere() -> None:
    found = material(flagged=[256], failed=[16])
    content = copy.deepcopy(found.content)
    content["name"] = content["command"] = content["site"] = content["corpus"]["name"] = ATTACK
    content["verdict"] = [ATTACK]
    content["heldout"]["name"] = content["signature"]["short"] = ATTACK
    content["hygiene"]["rules"] = [ATTACK]
    content["warnings"] = [{"kind": ATTACK, "message": ATTACK, "examples": [["ar", ATTACK, ATTACK]]}]
    content["language_info"]["ar"]["name"] = ATTACK
    for point in content["points"]:
        point |= {"name": ATTACK, "model": ATTACK, "revision": ATTACK, "report": ATTACK}
        point["flags"] = [{"kind": ATTACK, "message": ATTACK}] if point["flags"] else []
        point["error"] = ATTACK if point["status"] == "failed" else None
    text = series_text(SeriesMaterial(content, found.maps, fake_corpus(LANGUAGES, line=ATTACK)))
    parsed = Tags(text)
    assert sum(tag == "script" for tag, _ in parsed.tags) == 3
    assert not any(tag == "img" for tag, _ in parsed.tags)


def test_other_scripts_are_isolated_and_drawn_by_name_in_english(page: str) -> None:
    assert "Chinese" in page and "Hindi" in page
    assert fake_corpus()["zh"][0] in page and fake_corpus()["ar"][0] in page


def test_many_points_with_many_maps_stay_below_five_megabytes(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    monkeypatch.setattr("babelscope.report.html.inline_svg", lambda drawing: "<svg></svg>")
    content = fake_track((0, *(round(100 * 1.06**i) for i in range(150))), flagged=[106])
    rng = np.random.default_rng(0)
    maps = {point["key"]: rng.uniform(0, 1, (180, 180)).astype(np.float32) for point in content["points"]}
    path = write_series_report(tmp_path / "report.html", SeriesMaterial(content, maps))
    assert path.stat().st_size < 3_500_000
    assert "The page holds 48 maps" in path.read_text(encoding="utf-8")


def test_figures_are_written_as_svg_png_and_csv_and_the_page_links_to_them(
    tmp_path, page: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("babelscope.report.drawing._png", lambda figure, drawing: b"\x89PNG")
    paths = write_series_figures(tmp_path / "figures", material())
    names = {path.name for path in paths}
    assert len(paths) == len(names) == 3 * 12
    linked = set(re.findall(r'href="figures/([^"]+)"', page))
    assert linked <= names
    assert {name for name in names if name.endswith((".svg", ".png"))} <= linked
    curve = (tmp_path / "figures/sads-over-training.csv").read_text().splitlines()
    assert curve[0].split(",")[:4] == ["model", "step", "site", "layer"] and len(curve) == 5


def test_a_page_without_maps_needs_no_script_and_without_figures_links_to_none(tmp_path) -> None:
    content = fake_track((16, 3500), languages=LANGUAGES)
    text = series_text(SeriesMaterial(content), figures_href=None)
    assert "<script" not in text and "figure (PNG)" not in text
    assert 'download="sads-over-training.svg"' in text
    assert "Similarity maps were not kept" in text


def test_a_series_page_that_cannot_be_written_is_one_clear_line(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BabelscopeError, match="cannot write"):
        write_series_report(tmp_path / "file" / "report.html", SeriesMaterial(fake_track((10,), failed=(10,))))


def test_a_points_own_page_leads_back_to_the_series(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("babelscope.report.html.inline_svg", lambda drawing: "<svg></svg>")
    monkeypatch.setattr("babelscope.report.html.svg_text", lambda drawing: "<svg></svg>")
    text = page_text(Material(fake_summary(), series=("../../report.html", "tiny, 4 checkpoints")))
    assert 'part of <a href="../../report.html">tiny, 4 checkpoints</a>' in text
