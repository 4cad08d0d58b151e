import base64
import copy
import hashlib
import re
from html.parser import HTMLParser

import numpy as np
import pytest

from babelscope.errors import BabelscopeError
from babelscope.report import scan_html, write_figures, write_report
from babelscope.report.html import page_text, script_json
from babelscope.report.panels import PANELS, Material
from report.fake_summary import LANGUAGES, fake_corpus, fake_similarity, fake_summary

ATTACK = "</script><script>window.hit=1</script><img src=x onerror=hit=1>\u2028"


class _Tags(HTMLParser):
    """Start tags with attributes, and an error for tags that do not close."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "input", "br", "img", "link"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag


def _parsed(page: str) -> _Tags:
    parser = _Tags()
    parser.feed(page)
    assert parser.open == []
    return parser


@pytest.fixture(scope="module")
def page() -> str:
    return page_text(Material(fake_summary(), fake_corpus(), fake_similarity()))


def test_the_page_is_well_formed_and_its_ids_are_unique(page: str) -> None:
    ids = [attributes["id"] for _, attributes in _parsed(page).tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {panel.name for panel in PANELS} <= set(ids)


def test_nothing_is_loaded_from_anywhere(page: str) -> None:
    for tag, attributes in _parsed(page).tags:
        for name in ("src", "href", "xlink:href", "srcset", "data", "action"):
            address = attributes.get(name) or ""
            allowed = address.startswith(("#", "data:", "figures/")) or not address
            assert allowed or (tag == "a" and address == "https://arxiv.org/abs/2410.11718"), (tag, address)
    assert "@import" not in page and "url(http" not in page


def test_the_policy_allows_the_pages_own_script_and_no_other(page: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    script = re.search(r"<script>(.*?)</script>", page, re.S)
    assert policy and script
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    allowed = policy[1].replace("&#39;", "'").replace("&#43;", "+")
    assert f"script-src 'sha256-{digest}'" in allowed
    assert "default-src 'none'" in allowed


def test_equal_input_gives_equal_bytes(page: str) -> None:
    assert page_text(Material(fake_summary(), fake_corpus(), fake_similarity())) == page


def test_untrusted_text_is_escaped_everywhere() -> None:
    summary = copy.deepcopy(fake_summary())
    summary["model"] = summary["command"] = summary["verdict"][0] = summary["baseline_note"] = ATTACK
    summary["corpus"]["name"] = summary["signature"]["short"] = summary["signature"]["fields"]["model"] = ATTACK
    summary["warnings"][0] |= {"message": ATTACK, "kind": ATTACK, "examples": [["ar", ATTACK, ATTACK]]}
    summary["language_info"]["ar"]["name"] = ATTACK
    text = page_text(Material(summary, fake_corpus(line=ATTACK), fake_similarity()))
    parsed = _parsed(text)
    assert sum(tag == "script" for tag, _ in parsed.tags) == 3
    assert not any(tag == "img" for tag, _ in parsed.tags)
    assert not any(tag == "script" or tag == "img" and "onerror" in found for tag, found in _tags(scan_html(summary)))


def _tags(fragment: str) -> list[tuple[str, dict[str, str | None]]]:
    return _parsed(fragment).tags


def test_json_in_a_script_cannot_end_it() -> None:
    import json

    text = script_json({"a": ATTACK + "<!--&\u2029"})
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == {"a": ATTACK + "<!--&\u2029"}


def test_lone_surrogates_do_not_stop_the_report(tmp_path) -> None:
    path = write_report(
        tmp_path / "r.html", Material(fake_summary(), fake_corpus(line="a\ud800b"), fake_similarity())
    )
    assert "</html>" in path.read_text(encoding="utf-8")


def test_right_to_left_examples_are_isolated(page: str) -> None:
    assert re.search(r'<bdi dir="auto" lang="ar">', page)


def test_two_thousand_rows_stay_below_five_megabytes_and_more_are_sampled(tmp_path) -> None:
    n = 250
    rng = np.random.default_rng(0)
    languages = list(LANGUAGES)[:8]
    similarity = rng.uniform(0, 1, (8 * n, 8 * n)).astype(np.float32)
    similarity = (similarity + similarity.T) / 2
    columns = fake_corpus(languages, n)
    path = write_report(tmp_path / "big.html", Material(fake_summary(languages, n), columns, similarity))
    assert path.stat().st_size < 5_000_000
    assert "evenly spaced" not in path.read_text(encoding="utf-8")
    wide = page_text(Material(fake_summary(None, n), fake_corpus(None, n), np.ones((9 * n, 9 * n), dtype=np.float32)))
    assert "222 of 250 sentences per language" in wide
    assert len(wide.encode()) < 5_000_000


def test_a_figure_too_large_for_the_page_is_linked_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("babelscope.report.html._LARGEST_FIGURE", 50_000)
    monkeypatch.setattr("babelscope.report.html._LARGEST_LINK", 50_000)
    text = page_text(Material(fake_summary()))
    assert "This figure is too large for the page" in text
    assert 'href="figures/regions-by-layer.svg"' in text
    assert 'href="data:text/csv' in text


def test_a_page_without_map_and_corpus_needs_no_script() -> None:
    text = page_text(Material(fake_summary()), figures_href=None)
    assert "<script" not in text
    assert "figure (PNG)" not in text
    assert "The similarity map was not kept" in text


def test_figures_are_written_as_svg_and_png_and_the_page_links_to_them(tmp_path, page: str) -> None:
    paths = write_figures(tmp_path / "figures", Material(fake_summary(), None, fake_similarity()))
    assert len(paths) == 21 and len({path.stem for path in paths}) == 7
    assert all(path.read_bytes()[:4] in (b"\x89PNG", b"<?xm", b"mode") for path in paths)
    linked = set(re.findall(r'href="figures/([^"]+)"', page))
    assert linked <= {path.name for path in paths}
    assert {f"{path.stem}.png" for path in paths} <= linked


def test_a_report_that_cannot_be_written_is_one_clear_line(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BabelscopeError, match="cannot write"):
        write_report(tmp_path / "file" / "report.html", Material(fake_summary(), None))


def test_a_failed_write_leaves_the_old_report(tmp_path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    with pytest.raises(ValueError, match="corpus and summary must agree"):
        write_report(path, Material(fake_summary(), fake_corpus(["zh", "en"]), fake_similarity()))
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_notebook_fragment_stands_alone() -> None:
    fragment = scan_html(fake_summary(), fake_similarity())
    tags = _tags(fragment)
    assert not any(tag in ("script", "style", "link", "html") for tag, _ in tags)
    assert sum(tag == "svg" for tag, _ in tags) == 3
    assert sum(tag == "img" for tag, _ in tags) == 1
    assert "LRDS" in fragment and fake_summary()["verdict"][0] in fragment
    assert len(fragment) < 400_000
    assert scan_html(fake_summary(), fake_similarity()) == fragment


def test_importing_the_report_does_not_import_matplotlib() -> None:
    import subprocess
    import sys

    code = "import sys, babelscope.report; sys.exit('matplotlib' in sys.modules or 'torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
