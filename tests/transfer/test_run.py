"""A transfer as a whole: what is stored, found again, summed up and said."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest

import babelscope.transfer.finetune as finetuning
import babelscope.transfer.linear as linear
from babelscope.errors import BabelscopeError
from babelscope.storage import read_json
from babelscope.tables import read_csv
from babelscope.transfer import Predictions, Transfer, TransferOptions, zero_shot_transfer
from babelscope.transfer.stored import restored, storable
from tiny_models import tiny_model
from transfer.planted_answers import LABELS, answers, planted_task

RIGHT = {"en": 0.95, "fr": 0.85, "zh": 0.7}
FLAT = {"en": 0.3, "fr": 0.3, "zh": 0.3}
FIELDS = {"model": "tiny", "step": "7"}


def planted(
    right: Mapping[str, float] = RIGHT, of_linear: Mapping[int, Mapping[str, float]] | None = None, seeds: int = 3,
    codes: tuple[str, ...] = ("en", "fr", "zh"),
) -> Transfer:  # fmt: skip
    """A transfer without any training: LoRA right so often, linear probes right so often in each layer."""
    task = planted_task(codes)
    made = [answers(task, right, seed=seed) for seed in range(seeds)]
    for layer, share in (of_linear or {}).items():
        made.append(answers(task, share, "linear", str(layer), dev=share["en"]))
    methods = ("lora", "linear") if of_linear else ("lora",)
    return Transfer(tuple(made), task, TransferOptions(methods=methods, seeds=seeds), FIELDS)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """Stands in for the training; lists what was trained."""
    calls: list[tuple[str, Any]] = []

    def finetune(model: Any, task: Any, options: Any, seed: int, *, method: str, **_: Any) -> Predictions:
        calls.append((method, seed))
        return answers(task, RIGHT, method, seed=seed)

    def frozen_probe(model: Any, task: Any, *, layers: Sequence[int], **_: Any) -> list[Predictions]:
        calls.append(("linear", list(layers)))
        return [answers(task, RIGHT, "linear", str(layer)) for layer in layers]

    monkeypatch.setattr(finetuning, "finetune", finetune)
    monkeypatch.setattr(linear, "frozen_probe", frozen_probe)
    return calls


def test_predictions_are_the_same_after_they_were_stored() -> None:
    one = answers(planted_task(), RIGHT)
    again = restored(json.loads(json.dumps(storable(one))))
    assert storable(again) == storable(one) and again.seed == one.seed
    assert all((a == b).all() for code in one.test for a, b in zip(one.test[code], again.test[code], strict=True))


def test_a_run_that_goes_on_trains_only_what_is_missing(counted, tmp_path) -> None:
    model, task = tiny_model("bloom"), planted_task()

    def run(**more: Any) -> Transfer:
        counted.clear()
        return zero_shot_transfer(model, task, options=TransferOptions(**more), folder=tmp_path)

    first = run(seeds=2, layers=(0, 1))
    assert counted == [("lora", 0), ("lora", 1), ("linear", [0, 1])]
    assert run(seeds=2, layers=(0, 1)).summary()["results"] == first.summary()["results"] and counted == []
    run(seeds=3, layers=(0, 1, 2))
    assert counted == [("lora", 2), ("linear", [2])]
    run(seeds=1, layers=(0,), learning_rate=1e-4)
    assert counted == [("lora", 0)]
    counted.clear()
    other = planted_task(sentences=39)
    zero_shot_transfer(model, other, options=TransferOptions(seeds=1, layers=(0,)), folder=tmp_path)
    assert counted == [("lora", 0), ("linear", [0])]
    counted.clear()
    stranger = tiny_model("bloom", seed=1)
    zero_shot_transfer(stranger, other, options=TransferOptions(seeds=1, layers=(0,)), folder=tmp_path)
    assert counted == [("lora", 0), ("linear", [0])]


def test_without_a_folder_nothing_is_stored(counted, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    zero_shot_transfer(tiny_model("bloom"), planted_task(), options=TransferOptions(seeds=1, layers=(0,)))
    assert list(tmp_path.iterdir()) == []


def test_a_method_that_cannot_be_used_stops_before_anything_is_trained(counted) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(BabelscopeError, match="needs a GPU.*--method lora"):
        options = TransferOptions(methods=("lora", "qlora"), seeds=1)
        zero_shot_transfer(tiny_model("bloom"), planted_task(), options=options)
    assert counted == []


def test_a_row_per_method_layer_metric_language_and_seed(tmp_path) -> None:
    result = planted(of_linear={0: FLAT, 3: RIGHT})
    assert len(result.rows) == 3 * 2 * 3 + 2 * 2 * 3
    for row in result.rows:
        assert row["low"] <= row["score"] <= row["high"] and 0 <= row["majority"] < 1
        assert row["n"] == 40 * 5 and (row["model"], row["step"], row["task"]) == ("tiny", "7", "pos")
        own = [one for one in result.rows if one["language"] == "en"
               and all(one[k] == row[k] for k in ("method", "layer", "metric", "seed"))]  # fmt: skip
        assert [one["score"] for one in own] == [row["source_score"]]
    wanted = ("lora", "accuracy", "zh")
    seeds = [row["score"] for row in result.rows if (row["method"], row["metric"], row["language"]) == wanted]
    lora = result.summary()["results"][0]
    assert lora["languages"]["zh"]["value"] == pytest.approx(np.mean(seeds))
    result.save(tmp_path, "babelscope transfer tiny", figures=False)
    stored = read_csv(tmp_path / "transfer.csv", "transfer")
    assert [row["score"] for row in stored] == [row["score"] for row in result.rows]
    content = read_json(tmp_path / "transfer.json", "transfer")
    assert content["command"] == "babelscope transfer tiny" and content["task"]["labels"] == list(LABELS)
    assert 'id="transfer"' in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_the_layer_of_the_linear_probe_is_the_one_the_sources_dev_set_prefers() -> None:
    better_elsewhere = {0: {"en": 0.6, "fr": 0.9, "zh": 0.9}, 3: {"en": 0.8, "fr": 0.4, "zh": 0.4}}
    content = planted(of_linear=better_elsewhere).summary()
    assert content["chosen"] == {"lora": "all", "linear": "3"} and content["headline"]["method"] == "lora"


def test_the_verdict_says_what_reaches_whom_and_what_training_adds() -> None:
    content = planted(of_linear={3: {"en": 0.8, "fr": 0.65, "zh": 0.2}}).summary()
    own, reached, gap, compared = content["verdict"]
    assert own.startswith(
        "Trained on 30 English examples (part-of-speech tags, LoRA fine-tuning, 3 seeds), the model"
    )
    assert (
        "works in all 2 other languages" in reached and "best in French" in reached and "worst in Chinese" in reached
    )
    assert gap.startswith("The other languages score below English, on average: gap 0.1")
    assert compared.startswith(
        "In the other languages, LoRA fine-tuning beats a linear probe of layer 3 (mean accuracy"
    )
    (difference, _) = content["differences"]
    assert difference["value"] == pytest.approx(0.775 - 0.425, abs=0.1) and difference["low"] > 0


def test_equal_methods_are_not_told_apart() -> None:
    content = planted(of_linear={3: RIGHT}).summary()
    assert "do not differ clearly: difference 0" in content["verdict"][-1]


def test_a_language_at_the_level_of_the_commonest_label_is_named() -> None:
    content = planted({"en": 0.95, "fr": 0.9, "zh": 0.45}).summary()
    assert "works in 1 of 2 other languages, not in Chinese" in content["verdict"][1]
    nowhere = planted({"en": 0.95, "fr": 0.4, "zh": 0.4}).summary()
    assert "reaches none of 2 other languages" in nowhere["verdict"][1]


def test_a_model_that_learns_nothing_says_nothing_of_transfer() -> None:
    content = planted(FLAT, of_linear={3: FLAT}).summary()
    assert "learns nothing in English itself" in content["verdict"][0]
    assert content["verdict"][1] == "So these scores say nothing about transfer." and len(content["verdict"]) == 2
    kinds = [warning["kind"] for warning in content["warnings"]]
    assert kinds == ["words without an answer", "nothing learned"]
    assert "2 in Chinese" in content["warnings"][0]["message"]


def test_a_single_target_is_named_and_no_target_has_no_gap() -> None:
    one = planted(codes=("en", "fr")).summary()
    assert one["verdict"][1].startswith("It reaches French: accuracy 0.8")
    assert one["verdict"][2].startswith("French scores below English: gap 0.0")
    alone = planted(codes=("en",)).summary()
    assert len(alone["verdict"]) == 1 and alone["results"][0]["gap"] is None


def test_few_seeds_are_warned_of_and_the_signature_tells_them_apart() -> None:
    one, three = planted(seeds=1), planted()
    assert [w["kind"] for w in one.summary()["warnings"]][0] == "few seeds"
    assert "few seeds" not in [w["kind"] for w in three.summary()["warnings"]]
    assert one.signature != three.signature and planted().signature == three.signature
    fields = three.signature.as_dict()
    assert fields["task_hash"] == three.task.hash and "learning_rate=0.003" in fields["lora"]
    assert repr(three) == "Transfer(tiny, pos, en to fr, zh, lora)"
