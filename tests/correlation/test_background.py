"""What a series knows of its checkpoints, found from any of its files, and several series as one."""

import pytest

from babelscope.correlation.background import background_of, background_of_sheets, joined
from babelscope.correlation.reading import read_sheet
from correlation.planted_tables import STEPS, TARGETS, track_file, written


def test_flags_covariates_order_and_unseen_languages(tmp_path):
    found = background_of([track_file(tmp_path / "series", flags={"4000": "is broken"})])
    assert found.flags == {("tiny", "4000"): "is broken"} and found.unseen == {"de"}
    assert found.order["tiny", "8000"] == 8000 and set(found.covariates) == {"loss", "nmi"}
    loss, nmi = found.covariates["loss"], found.covariates["nmi"]
    assert loss.overall["tiny", STEPS[1]] == pytest.approx(2.9)
    assert nmi.by_language["tiny", STEPS[1]][TARGETS[2]] == pytest.approx(0.14)
    assert nmi.overall["tiny", STEPS[1]] == pytest.approx(0.2) and loss.hash != nmi.hash


@pytest.mark.parametrize("place", ["", "overlap.csv", "points/tiny-1000", "points/tiny-1000/overlap.csv"])
def test_any_place_of_a_series_leads_to_it(tmp_path, place):
    folder = track_file(tmp_path / "series")
    (folder / "points" / "tiny-1000").mkdir(parents=True)
    assert set(background_of([folder / place]).covariates) == {"loss", "nmi"}


def test_nothing_is_known_of_a_table_by_itself(tmp_path):
    assert not background_of([tmp_path / "table.csv"]).covariates


def test_of_two_series_the_first_counts_where_both_speak(tmp_path):
    one = background_of([track_file(tmp_path / "a", flags={"1000": "first"})])
    other = background_of([track_file(tmp_path / "b", (*STEPS, "64000"), flags={"1000": "second", "64000": "late"})])
    both = joined([one, other])
    assert both.flags == {("tiny", "1000"): "first", ("tiny", "64000"): "late"}
    assert ("tiny", "64000") in both.covariates["loss"].overall and ("tiny", "64000") in both.order


def test_a_table_of_a_series_tells_its_flags(tmp_path):
    row = {"model": "tiny", "step": "1", "metric": "sads", "language": "all", "value": 0.1, "flag": "loss+nmi"}
    sheet = read_sheet(written(tmp_path / "track.csv", [row, {**row, "step": "2", "flag": ""}]))
    assert background_of_sheets([sheet]).flags == {("tiny", "1"): "loss+nmi"}
