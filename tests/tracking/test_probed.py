"""The stage `probe` of a track: every point's selections, what languages share along the series, hygiene."""

import pytest

from babelscope.errors import BabelscopeError
from babelscope.probing import ProbeOptions
from babelscope.series import read_series
from babelscope.tables import read_csv
from babelscope.tracking import TrackOptions, track
from tiny_series import BASE, SCAN, Counting, draw_no_pages
from tiny_treebank import drawn_treebank

PROBING = ProbeOptions(("Number",), (1,), ks=(4,), seeds=2, minimum=5, unseen=("de",))
OPTIONS = TrackOptions(("probe",), SCAN, probing=PROBING)


@pytest.fixture(scope="module")
def treebanks():
    return {code: drawn_treebank(code, "Number", {"SG": 40, "PL": 40}) for code in ("en", "fr", "hi", "de")}


def test_probes_of_every_point_and_what_languages_share_along_them(checkpoints, corpus, treebanks, tmp_path):
    series = read_series([str(checkpoints)], BASE)
    found = track(series, corpus, tmp_path / "out", treebanks=treebanks, options=OPTIONS)
    found.save()
    content = found.summary()
    assert not found.failed
    for point in content["points"]:
        probing = point["probing"]
        assert {cell["language"] for cell in probing["cells"]} == {"en", "fr", "hi", "de"}
        seen = [cell["nmi"]["value"] for cell in probing["cells"] if cell["language"] != "de"]
        assert probing["nmi"] == pytest.approx(sum(seen) / 3) and probing["k"] == 4
        assert (tmp_path / "out" / point["folder"] / "selections.csv").is_file()
        uninformative = probing["nmi"] <= 0 and point["x"] > 0
        assert ("nmi" in [flag["kind"] for flag in point["flags"]]) == uninformative
    selected = read_csv(tmp_path / "out" / "selections.csv", "selections")
    assert len(selected) == len(content["points"]) * 4 * 2 * 4
    assert {row["step"] for row in read_csv(tmp_path / "out" / "overlap.csv", "overlap")} == {
        point["step"] for point in content["points"]
    }
    rows = read_csv(tmp_path / "out" / "track.csv", "track")
    assert {"nmi:Number", "overlap@4"} <= {row["metric"] for row in rows}
    assert "treebanks:" in content["signature"]["long"]
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert 'id="probing"' in page and "neurons" in page


def test_a_finished_stage_is_not_probed_again_and_other_choices_are(
    checkpoints, corpus, treebanks, tmp_path, monkeypatch
):
    draw_no_pages(monkeypatch)
    series = read_series([str(checkpoints)], BASE)

    def keys(banks):
        engine = Counting()
        track(series, corpus, tmp_path / "out", treebanks=banks, options=OPTIONS, engine=engine)
        return engine.keys

    assert len(keys(treebanks)) == 2 * len(series.checkpoints)
    assert not keys(treebanks)
    other = {**treebanks, "hi": drawn_treebank("hi", "Number", {"SG": 41, "PL": 40})}
    assert keys(other) == [f"probe of {checkpoint.key}" for checkpoint in series.checkpoints]


def test_the_stage_needs_treebanks(checkpoints, corpus, tmp_path):
    with pytest.raises(BabelscopeError, match="the stage probe needs treebanks, got none"):
        track(read_series([str(checkpoints)], BASE), corpus, tmp_path / "out", options=OPTIONS)
