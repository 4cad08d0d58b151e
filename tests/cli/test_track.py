"""`babelscope track`: what it prints and writes, its exit codes, and one line for everything that can be wrong."""

import json
import re
import shutil

import pytest

from babelscope.cli import main
from babelscope.storage import read_json
from babelscope.tables import read_csv
from tiny_series import draw_no_pages, save_steps

TEXT = (
    "--corpus",
    "mini",
    "--langs",
    "en,fr,es,pt,id",
    "-n",
    "4",
    "--no-baseline",
    "--share",
    "0.1",
    "--segment",
    "32",
)
CHOICES = (*TEXT, "--device", "cpu")


@pytest.fixture(autouse=True)
def quick(monkeypatch, tmp_path):
    draw_no_pages(monkeypatch)
    monkeypatch.setenv("BABELSCOPE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("COLUMNS", "120")


@pytest.fixture(scope="session")
def saved(tmp_path_factory):
    """Three steps of one model, in a folder whose name a shell would have to quote."""
    return save_steps(tmp_path_factory.mktemp("saved") / "größe 1")


@pytest.fixture
def checkpoints(saved, tmp_path):
    """A copy to break."""
    return shutil.copytree(saved, tmp_path / saved.name)


def run(capsys, *arguments: object) -> tuple[int, str, str]:
    code = main(["track", *map(str, arguments)])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def fails(capsys, *arguments: object) -> str:
    code, out, err = run(capsys, *arguments)
    assert code == 2 and out == "" and len(err.splitlines()) == 1, (code, out, err)
    assert err.startswith("babelscope: ")
    return err


def test_it_prints_a_row_per_point_the_verdict_and_where_the_page_is(saved, tmp_path, capsys):
    out = tmp_path / "a b" / "é"
    code, text, err = run(capsys, saved, *CHOICES, "--out", out)
    assert code == 0 and err == ""
    for part in ("größe 1 · mini · 4 sentences", "LRDS ↓", "SADS ↑", "by chance", "loss ↓", "made here"):
        assert part in text
    content = read_json(out / "track.json", "track")
    assert re.findall(r"^│ +(\d+) │", text, re.MULTILINE) == ["0", "10", "20", "40"]
    joined = " ".join(text.split())
    assert content["verdict"] and all(" ".join(said.split()) in joined for said in content["verdict"])
    assert text.splitlines()[-1] == f"report: {out / 'report.html'}" and (out / "report.html").is_file()
    assert content["command"].startswith("babelscope track ") and "'" in content["command"]


def test_json_is_all_of_stdout_and_what_was_written(saved, tmp_path, capsys):
    code, text, _ = run(capsys, saved, *CHOICES, "--out", tmp_path / "out", "--json")
    content = json.loads(text)
    written = read_json(tmp_path / "out" / "track.json", "track")
    assert code == 0 and content == {
        name: value for name, value in written.items() if name not in ("format", "version")
    }


def test_a_dry_run_says_what_it_would_cost_and_writes_nothing(saved, tmp_path, capsys):
    out = tmp_path / "out"
    code, text, err = run(capsys, saved, *CHOICES, "--out", out, "--dry-run")
    assert code == 0 and err == "" and "größe 1: 4 points" in text and "all scans, estimated" in text
    assert not out.exists()
    code, text, _ = run(capsys, saved, *CHOICES, "--out", out, "--dry-run", "--json")
    assert code == 0 and len(json.loads(text)["points"]) == 4 and not out.exists()
    code, text, err = run(capsys, "bloom-560m", *CHOICES, "--out", out, "--dry-run")
    assert code == 0 and "Traceback" not in err and not out.exists()


def test_a_file_sets_options_and_the_command_line_overrules_each(saved, tmp_path, capsys):
    file = tmp_path / "series.toml"
    file.write_text(
        f'name = "mine"\ncheckpoints = ["{saved}"]\nsteps = "10,20"\nlabel = "a/b c"\npoint_zero = false\n'
        'corpus = "mini"\nlangs = ["en", "fr", "zh"]\nn = 4\nbaseline = false\nshare = 0.1\nsegment = 32\n'
        'out = "here"\nseed = 1\nevict = true\nshards = 2\nthreads = 1\ndevice = "cpu"\noffset = 1\n'
        'report_to = ["tensorboard"]\n',
        encoding="utf-8",
    )
    assert run(capsys, file)[0] == 0
    first = read_json(tmp_path / "here" / "track.json", "track")
    assert (first["name"], first["languages"]) == ("mine", ["en", "fr", "zh"])
    assert [point["key"] for point in first["points"]] == ["a--b_c-10", "a--b_c-20"]
    assert first["options"]["shards"] == 2 and first["options"]["evict"] and first["options"]["scan"]["seed"] == 1
    assert (tmp_path / "here" / "tensorboard").is_dir()
    given = (
        *("--steps", "40", "--label", "m", "--point-zero", "--langs", "en,ar", "-n", "5", "--share", "0.2"),
        *("--segment", "16", "--out", tmp_path / "there", "--seed", "2", "--no-evict", "--shards", "1"),
        *("--offset", "0", "--report-to", "", "--no-baseline", "--site", "gate"),
    )
    assert run(capsys, file, *given)[0] == 0
    other = read_json(tmp_path / "there" / "track.json", "track")
    assert [point["key"] for point in other["points"]] == ["m-0", "m-40"] and other["sentences"] == 5
    assert sorted(other["languages"]) == ["ar", "en"] and other["site"] == "gate"
    assert other["options"]["shards"] == 1 and not other["options"]["evict"]
    assert (other["options"]["scan"]["seed"], other["options"]["scan"]["share"]) == (2, 0.2)
    assert other["options"]["ablation"]["segment"] == 16 and not (tmp_path / "there" / "tensorboard").exists()


def test_a_checkpoint_that_fails_sets_the_exit_code_and_the_rest_is_there(checkpoints, tmp_path, capsys):
    (checkpoints / "step00020" / "model.safetensors").write_bytes(b"broken")
    out = tmp_path / "out"
    code, text, err = run(capsys, checkpoints, *CHOICES, "--out", out)
    assert code == 1 and "failed: cannot load the weights" in " ".join(text.split())
    assert len([line for line in err.splitlines() if line.startswith("warning failed: größe_1-20: ")]) == 1
    assert {row["flag"] for row in read_csv(out / "track.csv", "track") if row["step"] == "20"} == {"failed"}
    code, text, _ = run(capsys, checkpoints, *CHOICES, "--out", out, "--json")
    assert code == 1 and json.loads(text)["hygiene"]["failed"] == ["größe_1-20"]


def test_tensorboard_has_every_point_once_also_after_a_second_run(saved, tmp_path, capsys):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    out = tmp_path / "out"
    for _ in range(2):
        assert run(capsys, saved, *CHOICES, "--out", out, "--report-to", "tensorboard")[0] == 0
    events = EventAccumulator(str(out / "tensorboard"))
    events.Reload()
    points = read_json(out / "track.json", "track")["points"]
    for name in ("sads", "lrds", "sklr"):
        told = [(event.step, event.value) for event in events.Scalars(f"babelscope/{name}")]
        assert told == [(point["x"], pytest.approx(point[name]["value"], rel=1e-6)) for point in points]


def test_every_wrong_input_is_one_line_and_writes_nothing(saved, tmp_path, capsys):
    out = tmp_path / "out"
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("", encoding="utf-8")
    for expected, arguments in {
        "found no checkpoint in": (tmp_path / "empty",),
        "matches no folder": (tmp_path / "none*",),
        "unknown preset 'blom-560m'; did you mean 'bloom-560m'": ("blom-560m",),
        "cannot read": (tmp_path / "none.toml",),
        "is given twice": (saved, saved / "step00010"),
        "there is no step 30": (saved, "--steps", "30"),
        "got 3 checkpoints of": (saved, "--order", "scale"),
        "unknown stage 'scam'; did you mean 'scan'": (saved, "--stages", "scam"),
        "1 or more, got --limit 0": (saved, "--stages", "evaluate", "--limit", "0"),
        "use 1 to 2 shards": (saved, "--shards", "3"),
        "a segment needs at least 2 tokens": (saved, "--segment", "1"),
        "use -n 100 or less": (saved, "-n", "101"),
        "threads is 0; expected at least 1": (saved, "--threads", "0"),
        "unknown engine 'rei'": (saved, "--engine", "rei"),
        "add --engine ray": (saved, "--workers", "2"),
        "unknown tracker in --report-to 'tensorbord'": (saved, "--report-to", "tensorbord"),
        "it is a file; --out must name a folder": (saved, "--out", tmp_path / "file"),
        "Missing argument 'checkpoints'": (),
    }.items():
        # What comes later on a command line wins.
        assert expected in fails(capsys, *CHOICES, "--out", out, *arguments), expected
        assert not out.exists(), expected


def test_ctrl_c_says_what_to_do_and_the_same_command_goes_on(saved, tmp_path, capsys, monkeypatch):
    from babelscope.tracking import stages

    def interrupted(job, checkpoint, model):
        if checkpoint.step == "20":
            raise KeyboardInterrupt
        return scan(job, checkpoint, model)

    scan, out = stages._RUN["scan"], tmp_path / "out"
    monkeypatch.setitem(stages._RUN, "scan", interrupted)
    code, text, err = run(capsys, saved, *CHOICES, "--out", out)
    assert code == 130 and text == "" and err == "babelscope: interrupted; run the same command again\n"
    assert not (out / "track.json").exists() and sorted(path.name for path in out.iterdir()) == ["points"]
    monkeypatch.setitem(stages._RUN, "scan", scan)
    assert run(capsys, saved, *CHOICES, "--out", out)[0] == 0
