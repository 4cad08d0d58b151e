import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest

from babelscope.report.correlation import write_correlation_page, write_forecast_page
from babelscope.report.correlation.forecast import FORECAST_PANELS
from babelscope.report.correlation.page import correlation_text, forecast_text
from babelscope.report.correlation.panels import CORRELATION_PANELS
from babelscope.report.html import Page, compose
from report.fake_correlation import fake_correlation, fake_forecast
from report.visiting import NEEDS_CHROMIUM, opened_browser, sync_api

ATTACK = "<script>window.hit = 1</script><img src=x onerror='window.hit = 1'>"
PAGES = {
    "correlation": (correlation_text, lambda: fake_correlation(["bloom-560m"], ["xnli"])),
    "forecast": (forecast_text, fake_forecast),
}


class _Ids(HTMLParser):
    """Every id of a page, and where its links within the page go."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.hrefs = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        known = dict(attrs)
        self.ids += [known["id"]] if known.get("id") else []
        self.hrefs += [known["href"][1:]] if str(known.get("href", "")).startswith("#") else []


def section(content, name, panels=CORRELATION_PANELS):
    """The words of one section, without those of the others being made."""
    chosen = [(panel.name, panel.heading, panel.facts(content)) for panel in panels if panel.name == name]
    page = Page("", "", "", "", content["languages"], ("correlation", "probing", "panels"))
    found = re.search(rf'<section id="{name}".*?</section>', compose(page, chosen, None), flags=re.S)
    assert found is not None
    return re.sub(r"<[^>]+>", " ", re.sub(r"<svg.*?</svg>", "", found[0], flags=re.S))


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_is_one_file_with_ids_of_its_own_and_equal_bytes_for_equal_input(kind):
    text_of, fake = PAGES[kind]
    text = text_of(fake(), None)
    assert text == text_of(fake(), None)
    assert len(text) < 5e6 and 'http-equiv="Content-Security-Policy"' in text
    assert not re.search(r'(?:src|href)="(?!data:|#|https://(?:arxiv|doi)\.org)[^"]', text)
    found = _Ids(text)
    assert len(set(found.ids)) == len(found.ids)
    assert set(found.hrefs) <= set(found.ids)


def test_the_verdict_comes_first_and_its_tiles_hold_the_headlines():
    content = fake_correlation()
    assert CORRELATION_PANELS[0].name == "verdict"
    said = section(content, "verdict")
    assert said.index(content["verdict"][0]) < said.index("without 600k")
    for record in content["headline"]:
        assert f"{record['r']:.2f}".replace("-", "−") in said
    assert said.count("not distinguishable from 0") == len(content["headline"]) == 4
    assert "corrected by Holm for all 4 of them" in said
    assert "means" in said and "all points" in said


def test_a_headline_that_holds_is_said_to_hold_and_a_weaker_p_is_not():
    content = fake_correlation(["bloom-560m"], ["xnli"])
    record = next(r for r in content["records"] if r["role"] == "headline")
    record.update(r=0.6, low=0.2, high=0.8, p=0.01, p_holm=0.04)
    assert "transfer rises with alignment" in section(content, "verdict")
    record.update(r=-0.6, low=-0.8, high=-0.2)
    assert "transfer falls as alignment rises" in section(content, "verdict")
    record["p_holm"] = 0.2
    assert "not distinguishable from 0" in section(content, "verdict")
    record["role"] = "sensitivity"
    assert "No correlation was decided on beforehand" in section(content, "verdict")


def test_the_table_has_every_record_headlines_first_with_its_note():
    content = fake_correlation()
    content["records"][3].update(r=None, low=None, high=None, p=None, note="too few points")
    said = section(content, "records")
    assert said.count("bloom-560m, XNLI accuracy") == sum(
        r["model"] == "bloom-560m" and r["y"] == "xnli" for r in content["records"]
    )
    assert said.index("headline") < said.index("as published") < said.index("sensitivity")
    assert "too few points" in said


@pytest.mark.parametrize("missing", ["averages", "pairs", "both", "records"])
def test_what_is_missing_is_said_and_never_an_error(missing):
    content = fake_correlation(["bloom-560m"], ["xnli"])
    for analysis in content["analyses"]:
        for part in ("averages", "pairs") if missing == "both" else (missing,):
            if part in analysis:
                analysis[part] = None
    if missing == "records":
        content["records"], content["headline"] = [], []
    for panel in CORRELATION_PANELS:
        panel.facts(content)
    reasons = {
        "averages": ("averages", "No model has two checkpoints"),
        "pairs": ("within", "not measured language by language"),
        "both": ("within", "not measured language by language"),
        "records": ("records", "No correlation was computed"),
    }
    name, words = reasons[missing]
    assert words in section(content, name)


def test_no_warning_and_a_missing_line_are_said_too():
    content = fake_correlation(["bloom-560m"], ["xnli"]) | {"warnings": []}
    pairs = content["analyses"][0]["pairs"]
    pairs |= {"lines": {}, "common": None, "pooled": None}
    content["analyses"][0]["averages"]["fits"] = {"all": None, "kept": None}
    assert "the checks found nothing suspicious" in section(content, "warnings")
    assert "as they are" in section(content, "within") and "Means over languages" in section(content, "averages")


def test_tests_are_named_once_however_many_relabellings_there_were():
    content = fake_correlation()
    for i, record in enumerate(content["records"]):
        record["test"] = f"all {i + 120:,} relabellings of the checkpoints of x"
    assert section(content, "method").count("relabellings of the checkpoints") == 1


@pytest.mark.parametrize(
    ("adds", "said"),
    [("yes", "improves the forecast"), ("no", "adds nothing"), ("cannot tell", "cannot be told")],
)
def test_a_forecast_says_whether_alignment_helps(adds, said):
    content = fake_forecast(adds=adds)
    assert all(said in section(content, name, FORECAST_PANELS) for name in ("forecast", "verdict"))
    assert all(
        name in section(content, "languages", FORECAST_PANELS) for name in ("Arabic", "Spanish", "share and script")
    )


def test_a_forecast_without_a_baseline_is_compared_with_the_mean():
    content = fake_forecast()
    for target in content["targets"]:
        target["baseline"] = target["both"] = None
    content["errors"] = {name: content["errors"][name] for name in ("mean", "alignment")}
    content["difference"] |= {"way": "alignment", "than": "mean"}
    content["baseline"] = []
    text = section(content, "forecast", FORECAST_PANELS)
    assert "error of the mean minus error with it" in text
    assert "hollow grey" not in text


def test_pages_write_themselves_and_their_figures(tmp_path):
    content = fake_correlation(["bloom-560m"], ["xnli"])
    page, *figures = write_correlation_page(tmp_path / "a", content)
    assert page.name == "report.html" and all(path.exists() for path in [page, *figures])
    assert {path.suffix for path in figures} == {".svg", ".png", ".csv"}
    linked = set(re.findall(r'href="figures/([^"]+)"', page.read_text(encoding="utf-8")))
    assert linked and linked <= {path.name for path in figures}
    (alone,) = write_forecast_page(tmp_path / "b", fake_forecast(), figures=False)
    assert [path.name for path in alone.parent.iterdir()] == ["report.html"]


@pytest.fixture(scope="module")
def browser() -> Iterator["sync_api.Browser"]:
    yield from opened_browser()


@NEEDS_CHROMIUM
@pytest.mark.parametrize("kind", PAGES)
def test_on_a_phone_in_the_dark_nothing_is_wider_than_the_page_or_runs(tmp_path, browser, kind):
    text_of, fake = PAGES[kind]
    content = fake()
    content["verdict"] = [ATTACK]
    content["language_info"]["fr"]["name"] = ATTACK[:18]
    for where in content.get("analyses") or [content]:
        where["y_label"] = "score " + ATTACK[:20]
    path = tmp_path / "report.html"
    path.write_text(text_of(content, None), encoding="utf-8")
    page = browser.new_page(viewport={"width": 380, "height": 800}, color_scheme="dark")
    troubles, requests = [], []
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 380
    assert page.evaluate("window.hit === undefined")
    drawn = page.evaluate("[...document.querySelectorAll('svg.figure')].map(s => s.getBBox().width)")
    assert len(drawn) >= 2 and min(drawn) > 100
    assert (troubles, requests) == ([], [path.as_uri()])
    page.close()
