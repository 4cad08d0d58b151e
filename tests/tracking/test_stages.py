"""Checkpoints of a hub through a whole track: each fetched once, gone when it is measured, failures kept apart."""

from dataclasses import replace

import pytest

from babelscope.corpus.streams import load_streams
from babelscope.series import read_series
from babelscope.tracking import stages, track
from babelscope.tracking.job import Job
from stand_in_hub import hub  # noqa: F401
from tiny_models import save_tiny
from tiny_series import BASE, BOTH, OPTIONS

pytestmark = pytest.mark.usefixtures("without_pages")


@pytest.fixture
def published(hub, checkpoints):  # noqa: F811
    for step in (10, 20, 40):
        hub.add("org/m", f"step{step}", checkpoints / f"step{step:05d}")
    return hub


def test_each_is_fetched_once_and_gone_when_its_last_stage_is_done(published, corpus, tmp_path):
    series = read_series(["org/m@step10", "org/m@step20", "org/m@step40"], BASE)
    seen = []

    def look(point):
        seen.append(len([path for path in (tmp_path / "out" / "fetched").glob("*") if path.is_dir()]))

    found = track(series, corpus, tmp_path / "out", options=replace(BOTH, evict=True), on_point=look)
    assert found.failed == [] and len(published.downloads) == 3
    assert max(seen) <= 2 and not (tmp_path / "out" / "fetched").exists()
    assert [point["revision"] for point in found.points[1:]] == [
        published.commit("org/m", f"step{step}") for step in (10, 20, 40)
    ]


def test_a_worker_that_goes_on_to_another_checkpoint_lets_go_of_the_first(published, corpus, tmp_path):
    """On Ray the last stage of a checkpoint may run in another process than its first."""
    options = replace(BOTH, evict=True)
    job = Job(corpus, load_streams(corpus, corpus.languages), options, tmp_path / "out")
    first, second = read_series(["org/m@step10", "org/m@step20"], BASE, point_zero=False).checkpoints
    stages.run_stage(job, first, "scan")
    assert [path.name for path in (job.folder / "fetched").iterdir() if path.is_dir()] == [first.key]
    stages.run_stage(job, second, "scan")
    assert [path.name for path in (job.folder / "fetched").iterdir() if path.is_dir()] == [second.key]
    stages.finish(job)
    assert not (job.folder / "fetched").exists()


def test_a_missing_revision_and_one_of_another_shape_are_recorded(published, corpus, tmp_path):
    """Most points decide what the series is, even where the first one is the odd one."""
    published.add("org/m", "step5", save_tiny("llama", tmp_path / "other"))
    names = [f"org/m@step{step}" for step in (5, 10, 20, 30, 40)]
    found = track(
        read_series(names, BASE, point_zero=False), corpus, tmp_path / "out", options=replace(OPTIONS, evict=True)
    )
    assert {point["step"]: point["status"] for point in found.points} == {
        "5": "failed", "10": "done", "20": "done", "30": "failed", "40": "done",
    }  # fmt: skip
    reasons = {point["step"]: point["error"] for point in found.failed}
    assert "has another shape than org--m-10" in reasons["5"] and "no revision 'step30'" in reasons["30"]
