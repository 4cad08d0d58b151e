import json
import random
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from babelscope.errors import BabelscopeError, ModelError
from babelscope.models import ModelRef
from babelscope.series.checkpoints import Checkpoint, training_step
from babelscope.series.reading import read_series
from babelscope.series.steps import choose_steps
from stand_in_hub import hub  # noqa: F401
from tiny_models import save_tiny, tiny_tokenizer

BASE = ModelRef("", dtype="bfloat16", device="cpu", special_tokens="bos")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A tiny model with its tokenizer, to copy steps from; and one of another shape."""
    folder = tmp_path_factory.mktemp("saved")
    save_tiny("bloom", folder / "small")
    save_tiny("bloom", folder / "large", hidden_size=32)
    return folder


def steps_of(saved, folder, names, model="small"):
    for name in names:
        shutil.copytree(saved / model, folder / name)
    return folder


def listed(series):
    return [(checkpoint.label, checkpoint.step, checkpoint.x) for checkpoint in series.checkpoints]


def refused(arguments, match, **options):
    with pytest.raises(BabelscopeError, match=match) as caught:
        read_series([str(argument) for argument in arguments], BASE, **options)
    assert "\n" not in str(caught.value)


def test_a_folder_of_steps_is_a_training_series_in_the_order_of_numbers(saved, tmp_path):
    steps_of(saved, tmp_path / "run", ["step00000", "step00200", "step01000", "step00064"])
    series = read_series([str(tmp_path / "run")], BASE)
    assert (series.name, series.order) == ("run", "training")
    assert listed(series) == [("run", "0", 0), ("run", "64", 64), ("run", "200", 200), ("run", "1000", 1000)]
    assert [point.key for point in series.checkpoints] == ["run-0", "run-64", "run-200", "run-1000"]
    assert all(point.made is None for point in series.checkpoints), "step 0 is released, so none is made"
    for point in series.checkpoints:
        expected = replace(BASE, name=point.ref.name)
        assert point.ref == expected and Path(point.ref.name).is_dir(), "what all share comes from the base"


def test_the_folders_a_trainer_writes_are_steps_and_its_last_copy_is_not_one(saved, tmp_path):
    run = steps_of(saved, tmp_path / "out", ["checkpoint-500", "checkpoint-1500", "tmp-checkpoint-2000", "best"])
    shutil.copytree(saved / "small", run, dirs_exist_ok=True)
    assert listed(read_series([str(run)], BASE, point_zero=False)) == [("out", "500", 500), ("out", "1500", 1500)]


def test_point_zero_is_made_from_the_first_checkpoint_unless_there_is_one(saved, tmp_path):
    run = steps_of(saved, tmp_path / "run", ["step10", "step20"])
    made, first, _ = read_series([str(run)], BASE, seed=7).checkpoints
    assert (made.step, made.x, made.made, made.key) == ("0", 0, 7, "run-0")
    assert made.ref == first.ref and first.made is None
    assert [p.step for p in read_series([str(run)], BASE, point_zero=False).checkpoints] == ["10", "20"]


def test_every_way_to_name_the_same_checkpoints_gives_the_same_series(saved, tmp_path, monkeypatch):
    run = steps_of(saved, tmp_path / "run", ["step1", "step2", "step12"])
    monkeypatch.chdir(tmp_path)
    folders = [str(run / name) for name in ("step12", "step1", "step2")]
    ways = [[str(run)], folders, [f"{run}/step*"], [f"{tmp_path}/ru?"], [f"{run}/step1*", folders[2]]]
    series = [read_series(arguments, BASE).checkpoints for arguments in ways]
    assert all(other == series[0] for other in series)
    relative = [read_series(arguments, BASE).checkpoints for arguments in (["run"], ["./run"], ["run/*"])]
    keys = [[point.key for point in points] for points in relative]
    assert keys == [[point.key for point in series[0]]] * 3


def test_a_tokenizer_is_found_beside_the_steps_and_the_command_line_overrules(saved, tmp_path):
    run = steps_of(saved, tmp_path / "run", ["step1", "step2"])
    for step in run.iterdir():
        for name in ("tokenizer.json", "tokenizer_config.json"):
            (step / name).unlink()
    refused([run], "run/step1 has no tokenizer, nor has the folder around it; name one with --tokenizer")
    tiny_tokenizer().save_pretrained(run / "tokenizer")
    assert {point.ref.tokenizer for point in read_series([str(run)], BASE).checkpoints} == {str(run / "tokenizer")}
    tiny_tokenizer().save_pretrained(run)
    assert {point.ref.tokenizer for point in read_series([str(run)], BASE).checkpoints} == {str(run)}
    named = read_series([str(run)], replace(BASE, tokenizer="org/words"))
    assert {point.ref.tokenizer for point in named.checkpoints} == {"org/words"}


def test_sizes_are_ordered_by_parameters_read_from_headers(saved, tmp_path):
    import torch
    from transformers import AutoModelForCausalLM

    run = tmp_path / "family"
    shutil.copytree(saved / "large", run / "a")
    shutil.copytree(saved / "small", run / "b")
    series = read_series([str(run)], BASE)
    assert series.order == "scale"
    counted = {}
    for name in ("a", "b"):
        model = AutoModelForCausalLM.from_pretrained(run / name, dtype=torch.float32)
        counted[name] = sum(weight.numel() for weight in model.parameters())
    assert listed(series) == [("b", "main", counted["b"]), ("a", "main", counted["a"])]
    (run / "b" / "model.safetensors").write_bytes(b"no header")
    assert listed(read_series([str(run)], BASE)) == [("a", "main", counted["a"]), ("b", "main", None)]


def test_revisions_of_one_repository_are_steps_and_repositories_are_sizes():
    series = read_series(["org/m@step200", "org/m@step1000", "org/m@step30"], BASE, point_zero=False)
    assert series.order == "training" and series.name == "org/m"
    assert [(p.ref.name, p.ref.revision, p.key) for p in series.checkpoints] == [
        ("org/m", "step30", "org--m-30"),
        ("org/m", "step200", "org--m-200"),
        ("org/m", "step1000", "org--m-1000"),
    ]
    sizes = read_series(["org/m-2b", "org/m-70m@v1"], BASE)
    assert (sizes.order, sizes.name) == ("scale", "org/m")
    assert [(p.label, p.step, p.x) for p in sizes.checkpoints] == [
        ("org/m-2b", "main", None),
        ("org/m-70m", "v1", None),
    ]


def test_a_glob_of_revisions_is_asked_from_the_hub(hub, tmp_path):  # noqa: F811
    for name in ("main", "step1-a", "step20-b", "other"):
        hub.add("org/m", name, tmp_path)
    series = read_series(["org/m@step*"], BASE, point_zero=False)
    assert [(p.ref.revision, p.x) for p in series.checkpoints] == [("step1-a", 1), ("step20-b", 20)]
    refused(["org/m@nothing*"], "^org/m has no revision that matches")
    refused(["org/none@step*"], "^there is no 'org/none' on the hub")


def test_the_bundled_series_has_all_its_steps():
    series = read_series(["nano"], BASE)
    assert series.name == "nano" and series.checkpoints[0].step == "0" and len(series.checkpoints) >= 8
    model = replace(series.checkpoints[1].ref, dtype="float32").load()
    assert (model.label, model.step) == (series.checkpoints[1].label, series.checkpoints[1].step)


def test_keys_are_safe_for_files_and_distinct(saved, tmp_path):
    run = steps_of(saved, tmp_path / "a run: é", ["step1", "step2"])
    keys = [point.key for point in read_series([str(run)], BASE).checkpoints]
    assert len(set(keys)) == 3 and not any(set(key) & set("/\\: ") for key in keys)
    weird = Checkpoint(BASE, "../up", "x/y", None).key
    assert not weird.startswith(".") and "/" not in weird


def test_what_is_no_series_is_refused_in_one_line(saved, tmp_path):
    run = steps_of(saved, tmp_path / "run", ["step1", "step2"])
    other = steps_of(saved, tmp_path / "other", ["step1", "step3"])
    empty = tmp_path / "empty"
    empty.mkdir()
    (tmp_path / "file.txt").write_text("x")
    refused([], "^got no checkpoints; name folders, a glob")
    refused([empty], "found no checkpoint in .*empty.*config.json")
    refused([f"{tmp_path}/nothing*"], "matches no folder; expected")
    refused([f"{tmp_path}/empt*"], "matches 1 folder, none|matches 1 folders, none with a config.json")
    refused([tmp_path / "gone"], "^there is no .*gone; expected a folder")
    refused([tmp_path / "file.txt"], "file.txt is a file; expected")
    refused(["bloom-560"], "^unknown preset 'bloom-560'; did you mean 'bloom-560m'")
    refused(["nano-x"], "unknown preset")
    refused([run, run / "step2"], "step2 is given twice")
    refused([f"{run}/step1", f"{run}/../run/step1"], "given twice")
    refused([run, other], "got 2 models .*several checkpoints of run; .*--order training")
    refused([run, other], "are both step 1; leave one out, or give --order scale", order="training")
    refused([run], "got 2 checkpoints of run; a series of sizes has one of each", order="scale")
    refused([run], "unknown order 'size'", order="size")
    refused([saved / "small"], "no training step in the name of .*small")
    refused([saved], "--steps chooses steps of one training", steps="1")
    refused(["@step1"], "expected OWNER/NAME@REVISION")


def test_two_folders_of_one_name_and_step_cannot_share_a_key(saved, tmp_path):
    for place in ("x", "y"):
        steps_of(saved, tmp_path / place / "run", ["step1"])
    refused([tmp_path / "x" / "run", tmp_path / "y" / "run"], "both step 1")
    shutil.copytree(saved / "small", tmp_path / "M")
    shutil.copytree(saved / "small", tmp_path / "p" / "m")
    refused([tmp_path / "M", tmp_path / "p" / "m"], "would both be called .*rename one", order="scale")


def test_another_shape_in_a_training_is_refused_before_loading(saved, tmp_path):
    run = steps_of(saved, tmp_path / "run", ["step1", "step2"])
    shutil.copytree(saved / "large", run / "step3")
    refused([run], "step3 has another shape than .*step1: hidden_size 32 instead of 16; .*--order scale")
    config = json.loads((run / "step2" / "config.json").read_text())
    config |= {"use_cache": False, "hidden_dropout": 0.1, "transformers_version": "0"}
    (run / "step2" / "config.json").write_text(json.dumps(config))
    shutil.rmtree(run / "step3")
    assert len(read_series([str(run)], BASE).checkpoints) == 3, "what changes no tensor is the same shape"


def test_another_tokenizer_in_a_training_is_refused_and_other_settings_are_not(saved, tmp_path):
    run = steps_of(saved, tmp_path / "run", ["step1", "step2", "step3"])
    file = run / "step2" / "tokenizer.json"
    content = json.loads(file.read_text())
    file.write_text(json.dumps({**content, "truncation": None, "version": "9"}, indent=4))
    assert len(read_series([str(run)], BASE).checkpoints) == 4
    words = content["model"]["vocab"]
    first, second = list(words)[10:12]
    words[first], words[second] = words[second], words[first]
    file.write_text(json.dumps(content))
    refused([run], "step2 has another tokenizer than .*step1.*--tokenizer")
    tiny_tokenizer().save_pretrained(tmp_path / "words")
    assert read_series([str(run)], replace(BASE, tokenizer=str(tmp_path / "words")))


def points(*steps):
    return [Checkpoint(BASE, "m", str(step), float(step)) for step in steps]


def chosen(text, *steps):
    return [int(point.step) for point in choose_steps(text)(points(*steps))]


STEPS = (0, 1, 2, 4, 8, 16, 100, 200, 300, 1000)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("100", [100]),
        ("1000, 1", [1, 1000]),
        ("first,last", [0, 1000]),
        (":", list(STEPS)),
        ("100:", [100, 200, 300, 1000]),
        (":2", [0, 1, 2]),
        ("2:200", [2, 4, 8, 16, 100, 200]),
        ("::3", [0, 4, 100, 1000]),
        ("100::2", [100, 300]),
        ("0,100:,100", [0, 100, 200, 300, 1000]),
        ("log:1", [1000]),
        ("log:2", [0, 1000]),
        ("log:99", list(STEPS)),
    ],
)
def test_steps_are_chosen_as_spelled(text, expected):
    assert chosen(text, *STEPS) == expected


@pytest.mark.parametrize("text", ["", ",", "abc", "1-2", "5:1", "1:2:0", "log:0", "log:x", "1.5", "-3", "a:b"])
def test_what_no_step_is_spelled_like_is_refused(text):
    with pytest.raises(BabelscopeError, match="in --steps; expected steps such as"):
        choose_steps(text)


def test_a_step_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(BabelscopeError, match="no step 3 in the series; its steps are 0, 1, 2"):
        chosen("3", *STEPS)
    with pytest.raises(BabelscopeError, match="leaves none of the steps"):
        chosen("50:60", *STEPS)


def test_log_spaced_steps_are_as_many_as_asked_and_spread_over_the_logarithm():
    draw = random.Random(0)
    for _ in range(50):
        steps = sorted(draw.sample(range(5000), draw.randint(1, 60)))
        count = draw.randint(1, 30)
        found = chosen(f"log:{count}", *steps)
        assert found == sorted(set(found)) and len(found) == min(count, len(steps))
        assert found[-1] == steps[-1] and (count < 2 or found[0] == steps[0])
    dense = chosen("log:11", *range(1024))
    assert [step + 1 for step in dense] == pytest.approx([2**power for power in range(11)], abs=0.5)


def test_step_zero_stays_in_the_series_whatever_is_chosen(saved, tmp_path):
    run = steps_of(saved, tmp_path / "run", ["step0", "step10", "step20"])
    assert [p.step for p in read_series([str(run)], BASE, steps="20").checkpoints] == ["0", "20"]
    assert [p.step for p in read_series([str(run)], BASE, steps="20", point_zero=False).checkpoints] == ["20"]
    last = read_series([str(run)], BASE, steps=lambda given: list(given)[-1:]).checkpoints
    assert [(p.step, p.made) for p in last] == [("0", None), ("20", None)]


def test_a_label_names_the_series(saved, tmp_path):
    run = steps_of(saved, tmp_path / "run", ["step1", "step2"])
    series = read_series([str(run)], BASE, label="mine")
    assert {point.label for point in series.checkpoints} == {"mine"} and series.name == "mine"


def test_only_numbers_are_steps():
    assert training_step("100") == 100 and training_step("main") is None and training_step("v1.0") is None
    with pytest.raises(ModelError):
        read_series(["org/m"], BASE)
