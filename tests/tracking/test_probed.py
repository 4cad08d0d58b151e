"""The stage `probe` of a track: every point's selections, what languages share along the series, hygiene."""

import json
import pickle
from dataclasses import replace

import pytest

from babelscope.errors import BabelscopeError
from babelscope.probing import ProbeOptions
from babelscope.report import SeriesMaterial
from babelscope.report.series.probing import facts
from babelscope.series import read_series
from babelscope.tables import read_csv
from babelscope.tracking import TrackOptions, track
from babelscope.tracking.probed import overlap_along
from tiny_models import save_tiny
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


def test_what_cannot_be_compared_at_a_point_is_not_along_the_series(checkpoints, corpus, tmp_path, monkeypatch):
    draw_no_pages(monkeypatch)
    values = {"en": {"SG": 40, "PL": 40}, "fr": {"SG": 40, "PL": 40}, "hi": {"SG": 40, "DU": 40}}
    banks = {code: drawn_treebank(code, "Number", lemmas) for code, lemmas in values.items()}
    options = replace(OPTIONS, probing=replace(PROBING, values="own", unseen=()), include_flagged=True)
    series = read_series([str(checkpoints)], BASE)
    content = track(series, corpus, tmp_path / "out", treebanks=banks, options=options).summary()
    found = overlap_along(tmp_path / "out", content, options)
    assert found is not None
    assert {(row["language_a"], row["language_b"]) for row in found.rows()} == {("en", "fr")}


def test_a_series_whose_probes_tell_nothing_says_so_and_keeps_its_trends(
    checkpoints, corpus, treebanks, tmp_path, monkeypatch
):
    draw_no_pages(monkeypatch)
    series = read_series([str(checkpoints)], BASE)
    run = {"treebanks": treebanks, "options": OPTIONS}
    track(series, corpus, tmp_path / "out", **run)
    for record in (tmp_path / "out" / "points").glob("*/stages/probe.json"):
        stored = json.loads(record.read_text(encoding="utf-8"))
        _set(stored, "nmi", -0.2)
        record.write_text(json.dumps(stored), encoding="utf-8")
    content = track(series, corpus, tmp_path / "out", **run).summary()
    assert {point["probing"]["nmi"] for point in content["points"]} == {-0.2}
    assert not content["hygiene"]["flagged"] and not content["hygiene"]["left_out"]
    (warning,) = (one for one in content["warnings"] if one["kind"] == "nothing decoded")
    assert "at any of the 3 trained checkpoints (mean test NMI −0.200 at most)" in warning["message"]


def _set(stored, name, value):
    """Changes a number of a record, wherever the file keeps it."""
    if isinstance(stored, dict) and "cells" in stored:
        stored[name] = value
    for part in stored.values() if isinstance(stored, dict) else stored if isinstance(stored, list) else ():
        _set(part, name, value)


def test_the_verdict_says_what_became_of_overlap_once(checkpoints, corpus, treebanks, tmp_path, monkeypatch):
    draw_no_pages(monkeypatch)
    options = replace(OPTIONS, probing=replace(PROBING, layers=(1, 2), ks=(2, 4)))
    series = read_series([str(checkpoints)], BASE)
    content = track(series, corpus, tmp_path / "out", treebanks=treebanks, options=options).summary()
    assert len(content["probing_training"]) == 6
    said = [sentence for sentence in content["verdict"] if sentence.startswith("Over training of")]
    assert len(said) == 1 and "in the mean of its layers" in said[0]
    assert len(set(content["verdict"])) == len(content["verdict"])


def test_sizes_of_a_family_are_probed_each_and_make_no_curve(corpus, treebanks, tmp_path, monkeypatch):
    draw_no_pages(monkeypatch)
    for family in ("bloom", "llama"):
        save_tiny(family, tmp_path / family)
    series = read_series([str(tmp_path / "bloom"), str(tmp_path / "llama")], BASE, order="scale")
    found = track(series, corpus, tmp_path / "out", treebanks=treebanks, options=OPTIONS)
    found.save()
    content = found.summary()
    assert not found.failed and content["probing_training"] == []
    rows = read_csv(tmp_path / "out" / "overlap.csv", "overlap")
    assert len({row["model"] for row in rows}) == 2
    (note,) = facts(SeriesMaterial(content))["notes"]
    assert note.startswith("Overlap is followed over training only")


def test_treebanks_can_be_sent_to_another_process(treebanks):
    again = pickle.loads(pickle.dumps(treebanks))
    assert again == treebanks and {bank.hash for bank in again.values()} == {bank.hash for bank in treebanks.values()}


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
