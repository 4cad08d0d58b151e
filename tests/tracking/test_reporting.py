import json
import sys
from types import ModuleType, SimpleNamespace

import pytest

from babelscope.errors import BabelscopeError, MissingExtraError
from babelscope.tracking.reporting import REPORTERS, Reporting, point_values, reporting


def point(x, shift=0.0, **more):
    return {
        "key": f"m-{x}",
        "status": "done",
        "x": float(x),
        "lrds": {"value": 0.25 + shift},
        "sads": {"value": 0.5 + shift},
        "sklr": {"value": 1200},
        "loss_mean": {"value": 1.5},
        "loss": {"fr": {"nats_per_byte": 1.25}, "zh-Hans": {"nats_per_byte": None}},
        "regions": {"fr": {"size": 77, "share": 0.1}},
        "ablation": None,
        "evaluation": None,
        **more,
    }


def test_a_point_becomes_named_numbers():
    assert point_values(point(10)) == {
        "babelscope/lrds": 0.25,
        "babelscope/sads": 0.5,
        "babelscope/sklr": 1200.0,
        "babelscope/loss": 1.5,
        "babelscope/loss/fr": 1.25,
        "babelscope/region_size/fr": 77.0,
    }
    more = point_values(
        point(10, ablation={"selectivity": {"value": 0.1}}, evaluation=[{"task": "xlc", "accuracy": 0.6}])
    )
    assert more["babelscope/selectivity"] == 0.1 and more["babelscope/accuracy/xlc"] == 0.6
    assert point_values({"key": "m-1", "x": 1.0, "status": "failed", "error": "broken"}) == {}


def events(folder):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    found = EventAccumulator(str(folder / "tensorboard"), size_guidance={"scalars": 0})
    found.Reload()
    return {tag: [(e.step, round(e.value, 6)) for e in found.Scalars(tag)] for tag in found.Tags()["scalars"]}


def test_tensorboard_has_every_point_once_also_after_a_resume(tmp_path):
    with reporting("tensorboard", tmp_path, "m") as report:
        report(point(0))
        report(point(100, 0.25))
    with reporting("tensorboard", tmp_path, "m") as report:
        for x, shift in ((0, 0.0), (100, 0.25), (200, 0.5)):
            report(point(x, shift))
        report({"key": "m-300", "x": 300.0, "status": "failed", "error": "broken"})
    found = events(tmp_path)
    assert found["babelscope/lrds"] == [(0, 0.25), (100, 0.5), (200, 0.75)]
    assert found["babelscope/region_size/fr"] == [(0, 77), (100, 77), (200, 77)]
    with reporting("tensorboard", tmp_path, "m") as report:
        report(point(100, -0.25))
    assert events(tmp_path)["babelscope/lrds"][-1] == (100, 0.0), "measured anew with other numbers, it is sent anew"
    for file in (tmp_path / "tensorboard").iterdir():
        file.unlink()
    with reporting("tensorboard", tmp_path, "m") as report:
        report(point(0))
    assert events(tmp_path)["babelscope/lrds"] == [(0, 0.25)], "what was deleted is written again"


class Recorder:
    """Stands in for a tracker's package: the calls that were made, with the arguments these take."""

    def __init__(self):
        self.calls = []
        self.failing = False

    def note(self, called, /, **arguments):
        if self.failing and called == "log":
            raise OSError("server is\naway")
        self.calls.append((called, arguments))

    def named(self, name):
        return [arguments for called, arguments in self.calls if called == name]


def stand_in_wandb(calls):
    class Run:
        def define_metric(self, name, step_metric=None, step_sync=None, hidden=None, summary=None):
            calls.note("define_metric", name=name, step_metric=step_metric)

        def log(self, data, step=None, commit=None):
            calls.note("log", data=data, step=step)

        def finish(self, exit_code=None):
            calls.note("finish")

    def init(entity=None, project=None, dir=None, id=None, name=None, config=None, mode=None, resume=None):
        calls.note("init", project=project, dir=dir, id=id, name=name, resume=resume)
        return Run()

    return {"init": init}


def stand_in_mlflow(calls):
    class MlflowClient:
        def get_experiment_by_name(self, name):
            calls.note("get_experiment_by_name", name=name)

        def create_experiment(self, name, artifact_location=None, tags=None):
            calls.note("create_experiment", name=name)
            return "7"

        def create_run(self, experiment_id, start_time=None, tags=None, run_name=None):
            calls.note("create_run", experiment_id=experiment_id, run_name=run_name)
            return SimpleNamespace(info=SimpleNamespace(run_id=f"run{len(calls.named('create_run'))}"))

        def update_run(self, run_id, status=None, name=None):
            if calls.failing:
                raise OSError("no such run")
            calls.note("update_run", run_id=run_id, status=status)

        def log_metric(self, run_id, key, value, timestamp=None, step=None):
            calls.note("log", run_id=run_id, key=key, value=value, step=step)

        def set_terminated(self, run_id, status=None, end_time=None):
            calls.note("set_terminated", run_id=run_id)

    return {"MlflowClient": MlflowClient}


def stand_in_trackio(calls):
    class Run:
        def log(self, metrics, step=None):
            calls.note("log", metrics=metrics, step=step)

        def finish(self):
            calls.note("finish")

    def init(project, name=None, group=None, space_id=None, config=None, resume="never"):
        calls.note("init", project=project, name=name, resume=resume)
        return Run()

    return {"init": init}


@pytest.fixture
def package(monkeypatch):
    """Puts a stand-in in the place of a tracker's package."""

    def install(name, stand_in):
        calls = Recorder()
        module = ModuleType(name)
        vars(module).update(stand_in(calls))
        monkeypatch.setitem(sys.modules, name, module)
        for variable in ("WANDB_PROJECT", "MLFLOW_EXPERIMENT_NAME", "MLFLOW_EXPERIMENT_ID", "TRACKIO_PROJECT"):
            monkeypatch.delenv(variable, raising=False)
        return calls

    return install


def twice(name, tmp_path):
    """A run of two points, and its resume with one more."""
    for steps in ((0, 100), (0, 100, 200)):
        with reporting(name, tmp_path, "m") as report:
            for x in steps:
                report(point(x))
    assert report.failures == []


def test_wandb_goes_on_with_one_run_whose_step_is_a_metric(package, tmp_path, monkeypatch):
    calls = package("wandb", stand_in_wandb)
    twice("wandb", tmp_path)
    first, second = calls.named("init")
    assert first == second and first["resume"] == "allow" and first["name"] == "m" and len(first["id"]) == 16
    assert first["dir"] == str(tmp_path.resolve()) and first["project"] == "babelscope"
    assert {"name": "babelscope/*", "step_metric": "babelscope/step"} in calls.named("define_metric")
    sent = calls.named("log")
    assert [entry["data"]["babelscope/step"] for entry in sent] == [0, 100, 200]
    assert all(entry["step"] is None for entry in sent), (
        "its own step only ever grows, and points may come in any order"
    )
    assert sent[0]["data"]["babelscope/sads"] == 0.5 and len(calls.named("finish")) == 2
    monkeypatch.setenv("WANDB_PROJECT", "ours")
    with reporting("wandb", tmp_path / "other", "m"):
        pass
    assert calls.named("init")[-1]["project"] == "ours" and calls.named("init")[-1]["id"] != first["id"]


def test_mlflow_goes_on_with_one_run(package, tmp_path):
    calls = package("mlflow", stand_in_mlflow)
    twice("mlflow", tmp_path)
    assert calls.named("create_run") == [{"experiment_id": "7", "run_name": "m"}]
    assert calls.named("update_run") == [{"run_id": "run1", "status": "RUNNING"}]
    sads = [(entry["run_id"], entry["step"]) for entry in calls.named("log") if entry["key"] == "babelscope/sads"]
    assert sads == [("run1", 0), ("run1", 100), ("run1", 200)]
    assert calls.named("set_terminated") == [{"run_id": "run1"}] * 2


def test_an_mlflow_run_that_is_gone_is_made_again_with_all_its_points(package, tmp_path):
    calls = package("mlflow", stand_in_mlflow)
    with reporting("mlflow", tmp_path, "m") as report:
        report(point(0))
    calls.failing = True
    report = Reporting(["mlflow"], tmp_path, "m")
    calls.failing = False
    report(point(0))
    report.close()
    sads = [(entry["run_id"], entry["step"]) for entry in calls.named("log") if entry["key"] == "babelscope/sads"]
    assert sads == [("run1", 0), ("run2", 0)]


def test_trackio_goes_on_with_a_run_of_one_name(package, tmp_path):
    calls = package("trackio", stand_in_trackio)
    twice("trackio", tmp_path)
    first, second = calls.named("init")
    assert first == second and first["resume"] == "allow" and first["name"].startswith("m-")
    assert [entry["step"] for entry in calls.named("log")] == [0, 100, 200]
    assert len(calls.named("finish")) == 2


def test_a_server_that_is_away_costs_nothing_but_its_own_points(package, tmp_path):
    calls, others = package("wandb", stand_in_wandb), package("trackio", stand_in_trackio)
    with reporting("wandb,trackio", tmp_path, "m") as report:
        calls.failing = True
        report(point(0))
        assert len(report.failures) == 1
        assert report.failures[0].startswith("wandb did not take step 0 (OSError: server is away)")
        calls.failing = False
        report(point(100))
        assert report.failures == []
        calls.failing = True
        report(point(200))
    assert [entry["data"]["babelscope/step"] for entry in calls.named("log")] == [0, 100]
    assert [entry["step"] for entry in others.named("log")] == [0, 100, 200]
    assert len(report.failures) == 1 and "step 200" in report.failures[0]
    calls.failing = False
    with reporting("wandb,trackio", tmp_path, "m") as report:
        for x in (0, 100, 200):
            report(point(x))
    assert [entry["data"]["babelscope/step"] for entry in calls.named("log")] == [0, 100, 200]


def test_what_was_sent_is_kept_as_a_stamped_file(package, tmp_path):
    package("trackio", stand_in_trackio)
    twice("trackio", tmp_path)
    kept = json.loads((tmp_path / "reported" / "trackio.json").read_text())
    assert kept["format"] == "babelscope/reported" and sorted(kept["sent"]) == ["0", "100", "200"]
    (tmp_path / "reported" / "trackio.json").write_text("broken")
    with reporting("trackio", tmp_path, "m") as report:
        report(point(0))
    assert report.failures == []


def test_an_unknown_or_missing_tracker_is_refused_before_anything_is_measured(tmp_path, monkeypatch):
    with pytest.raises(
        BabelscopeError, match="unknown tracker in --report-to 'tensorbord'; did you mean 'tensorboard'"
    ):
        Reporting(["tensorbord"], tmp_path, "m")
    for name in ("wandb", "mlflow", "trackio", "tensorboard"):
        monkeypatch.setitem(sys.modules, name, None)
        with pytest.raises(
            MissingExtraError, match=rf"--report-to {name} needs .*pip install 'babelscope\[{name}\]'"
        ):
            Reporting([name], tmp_path, "m")
    assert sorted(REPORTERS) == ["mlflow", "tensorboard", "trackio", "wandb"]


def test_a_tracker_that_cannot_start_says_so_in_one_line(package, tmp_path):
    def broken(calls):
        def init(**_):
            raise RuntimeError("not logged in:\n run wandb login")

        return {"init": init}

    package("wandb", broken)
    with pytest.raises(
        BabelscopeError, match=r"^cannot start wandb \(RuntimeError: not logged in: run wandb login\)"
    ):
        Reporting(["wandb"], tmp_path, "m")


def test_without_trackers_nothing_is_sent_or_written(tmp_path):
    for nothing in (None, "", []):
        with reporting(nothing, tmp_path, "m") as report:
            report(point(0))
    assert list(tmp_path.iterdir()) == []
