import shutil

import pytest

from babelscope.errors import BabelscopeError
from babelscope.models import ModelRef
from babelscope.series.declared import DECLARABLE, Entry, read_declared
from babelscope.series.reading import read_series
from tiny_models import save_tiny

BASE = ModelRef("", dtype="float32")


def written(tmp_path, text, name="series.toml"):
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def refused(file, match):
    with pytest.raises(BabelscopeError, match=match) as caught:
        read_declared(file)
    assert "\n" not in str(caught.value)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Three steps of one tiny model."""
    folder = tmp_path_factory.mktemp("declared")
    save_tiny("bloom", folder / "runs" / "m" / "step1")
    for name in ("step5", "last"):
        shutil.copytree(folder / "runs" / "m" / "step1", folder / "runs" / "m" / name)
    return folder


def test_options_are_plain_values_and_paths_are_seen_from_the_file(run, monkeypatch):
    monkeypatch.chdir("/")
    file = written(
        run,
        """
        checkpoints = ["runs/m/step*", "bigscience/bloom-560m@main", "bloom-1b1"]
        order = "training"
        langs = ["en", "fr"]
        stages = "scan,ablate"
        n = 20
        share = 0.05
        steps = 1000
        evict = true
        heldout = "runs/m"
        out = "./results"
        corpus = "ntrex"
        """,
    )
    arguments, options = read_declared(file)
    assert arguments == (f"{run}/runs/m/step*", "bigscience/bloom-560m@main", "bloom-1b1")
    assert options == {
        "order": "training",
        "langs": "en,fr",
        "stages": "scan,ablate",
        "n": 20,
        "share": 0.05,
        "steps": "1000",
        "evict": True,
        "heldout": f"{run}/runs/m",
        "out": f"{run}/results",
        "corpus": "ntrex",
    }


def test_a_table_declares_what_a_name_does_not_say(run):
    file = written(
        run,
        """
        label = "mine"
        checkpoints = [
            {name = "runs/m/last", step = 900},
            {name = "org/m", revision = "abc", step = "30", tokenizer = "org/words"},
            "runs/m/step1",
        ]
        """,
        "mine.toml",
    )
    assert read_declared(file)[0][1] == Entry("org/m", "abc", "30", None, "org/words")
    series = read_series([str(file)], BASE)
    assert series.name == "mine" and series.order == "training"
    found = [(p.label, p.step, p.x, p.ref.revision, p.ref.tokenizer) for p in series.checkpoints if p.made is None]
    assert found == [
        ("mine", "1", 1.0, None, None),
        ("mine", "30", 30.0, "abc", "org/words"),
        ("mine", "900", 900.0, None, None),
    ]


def test_the_command_line_overrules_the_file(run):
    file = written(run, 'checkpoints = "runs/m"\nsteps = "1"\nlabel = "a"\npoint_zero = false\n', "x.toml")
    assert [(p.label, p.step) for p in read_series([str(file)], BASE).checkpoints] == [("a", "1")]
    other = read_series([str(file)], BASE, steps="5", label="b")
    assert [(p.label, p.step) for p in other.checkpoints] == [("b", "5")]


def test_a_file_among_other_arguments_is_refused(run):
    file = written(run, 'checkpoints = "runs/m"', "y.toml")
    with pytest.raises(BabelscopeError, match="one TOML file as the only argument"):
        read_series([str(file), "bloom-560m"], BASE)
    with pytest.raises(BabelscopeError, match="cannot read .*gone.toml"):
        read_series([str(run / "gone.toml")], BASE)


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("checkpoint = 1", "unknown key 'checkpoint'; did you mean 'checkpoints'"),
        ("n = 5", 'declares no checkpoints; expected checkpoints = \\["runs/step\\*"\\]'),
        ("checkpoints = []", "declares no checkpoints"),
        ("checkpoints = 5", "got checkpoints = 5, expected a list or text"),
        ('checkpoints = ["a/b"]\nn = "ten"', "got n = 'ten', expected a whole number"),
        ('checkpoints = ["a/b"]\nn = true', "got n = True, expected a whole number"),
        ('checkpoints = ["a/b"]\nevict = 1', "got evict = 1, expected true or false"),
        ('checkpoints = ["a/b"]\nshare = "x"', "got share = 'x', expected a number"),
        ("checkpoints = [5]", "got the checkpoint 5, expected text or a table"),
        ('checkpoints = [{nam = "a"}]', "unknown key of a checkpoint 'nam'; did you mean 'name'"),
        ("checkpoints = [{step = 1}]", "has no name; expected a hub id or a folder"),
        ("checkpoints = [{name = 1}]", "got name = 1, expected text"),
        ("checkpoints = [", "is not TOML"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(tmp_path, text, match):
    refused(written(tmp_path, text), match)


def test_a_declared_checkpoint_that_is_not_there_is_refused(run):
    for entry, match in (
        ('{name = "./gone", step = 1}', "there is no folder .*gone"),
        ('{name = "runs/m/last", revision = "x", step = 1}', "is a folder, which has no revision 'x'"),
        ('{name = "runs/m/last"}', "no training step in the name"),
    ):
        with pytest.raises(BabelscopeError, match=match):
            read_series([str(written(run, f"checkpoints = [{entry}]", "z.toml"))], BASE)


def test_every_key_takes_one_of_the_kinds_that_can_be_spelled():
    assert all(kind in (str, int, float, bool, list) for kinds in DECLARABLE.values() for kind in kinds)
