"""The nano recipe on a few lines: what it keeps loads alone; the seed decides it, however often it is stopped."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from babelscope import load_model

pytest.importorskip("accelerate", reason="the Trainer needs accelerate")

SHORT = ["--size", "xxs", "--steps", "12", "--checkpoints", "0,4,8", "--batch", "2", "--block", "16", "--warmup", "2"]
SMALL = ["--vocabulary", "280", "--log-every", "2", "--every", "4", "--device", "cpu"]


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("text")
    (folder / "en.txt").write_text("the cat sat on the mat and the dog on the log\n\n" * 60, "utf-8")
    (folder / "fr.txt").write_text("le chat est sur le tapis et le chien sur la bûche\n" * 20, "utf-8")
    return folder


def pretrain(text: Path, out: Path, *more: str) -> Path:
    from pretrain import main

    assert main([str(text), "--out", str(out), *SHORT, *SMALL, "--align", "none", *more]) == 0
    return out


@pytest.fixture(scope="module")
def run(text: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pretrain(text, tmp_path_factory.mktemp("run") / "bloom")


def weights(run: Path, step: int) -> dict[str, torch.Tensor]:
    return load_file(run / f"step{step:05d}" / "model.safetensors")


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_every_checkpoint_loads_alone(run: Path) -> None:
    assert sorted(folder.name for folder in run.glob("step*")) == ["step00000", "step00004", "step00008", "step00012"]
    for folder in run.glob("step*"):
        model = load_model(folder)
        assert model.load_report.missing == () and model.step == str(int(folder.name[4:]))
        assert {tensor.dtype for tensor in load_file(folder / "model.safetensors").values()} == {torch.float16}
    assert not (run / "trainer").exists()


def test_the_untrained_model_is_the_one_the_seed_draws(run: Path) -> None:
    from sizes import SIZES, configuration
    from transformers import AutoModelForCausalLM
    from vocabulary import load_tokenizer

    torch.manual_seed(0)
    config = configuration("bloom", SIZES["xxs"], load_tokenizer(run / "tokenizer"), 64)
    drawn = AutoModelForCausalLM.from_config(config).half().state_dict()
    kept = weights(run, 0)
    assert all(torch.equal(drawn[name], kept[name]) for name in kept)
    assert not same(kept, weights(run, 4))


def test_a_seed_decides_the_weights(run: Path, text: Path, tmp_path: Path) -> None:
    again = pretrain(text, tmp_path / "again")
    other = pretrain(text, tmp_path / "other", "--seed", "1")
    for step in (0, 12):
        assert same(weights(run, step), weights(again, step))
        assert not same(weights(run, step), weights(other, step))
    assert (run / "tokenizer" / "tokenizer.json").read_bytes() == (
        other / "tokenizer" / "tokenizer.json"
    ).read_bytes()


@pytest.mark.parametrize("at", ["the state of step 8", "the folder of step 8", "the tenth step"])
def test_interrupted_and_continued_is_as_good_as_never_interrupted(
    run: Path, text: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    import checkpoints

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    def stop_late(self: Any, args: Any, state: Any, control: Any, **_: Any) -> None:
        control.should_save = state.global_step in self.steps
        if state.global_step == 10:
            stop()

    keep = checkpoints.Keeper._keep
    with monkeypatch.context() as broken:
        if at == "the state of step 8":
            broken.setattr(checkpoints.Keeper, "_keep", lambda *given: keep(*given) if given[-1] < 8 else stop())
        elif at == "the folder of step 8":
            broken.setattr(
                checkpoints.Keeper, "_keep", lambda *given: keep(*given) if given[-1] < 8 else (keep(*given), stop())
            )
        else:
            broken.setattr(checkpoints.Keeper, "on_step_end", stop_late)
        with pytest.raises(KeyboardInterrupt):
            pretrain(text, tmp_path / "stopped")
    assert not json.loads((tmp_path / "stopped" / "recipe.json").read_text("utf-8"))["finished"]
    steps: list[int] = []
    monkeypatch.setattr(checkpoints.Keeper, "_keep", lambda *given: (steps.append(given[-1]), keep(*given)))
    continued = pretrain(text, tmp_path / "stopped")
    assert steps == ([8, 12] if at == "the state of step 8" else [12])
    for step in (0, 4, 8, 12):
        assert same(weights(run, step), weights(continued, step))
    told, expected = (json.loads((some / "heldout.json").read_text("utf-8")) for some in (continued, run))
    assert told["nats_per_byte"] == expected["nats_per_byte"]
    assert sorted(told["seconds"].values()) == [told["seconds"][str(step)] for step in (0, 4, 8, 12)]


def test_the_loss_on_held_out_text_falls_and_is_that_of_the_saved_folder(run: Path) -> None:
    from babelscope import perplexity

    found = json.loads((run / "heldout.json").read_text("utf-8"))["nats_per_byte"]["tail"]
    assert found["12"]["mean"] < found["8"]["mean"] < found["0"]["mean"]
    line = "the cat sat on the mat and the dog on the log"
    measured = perplexity(load_model(run / "step00012"), {"en": line}, segment=16)
    assert measured["en"].nats_per_byte == pytest.approx(found["12"]["en"], abs=1e-6)


def test_the_record_tells_all(run: Path) -> None:
    record = json.loads((run / "recipe.json").read_text("utf-8"))
    assert record["finished"] and record["choices"]["seed"] == 0 and record["versions"]["torch"] == torch.__version__
    assert record["facts"]["parameters"] == sum(tensor.numel() for tensor in weights(run, 0).values())
    assert record["tokens"].keys() == record["bytes"].keys() == {"en", "fr"}
    assert list(record["training_losses"]) == ["2", "4", "6", "8", "10", "12"]


def test_llama_in_bfloat16_with_the_tokenizer_of_another_run_and_the_callback_on(
    run: Path, text: Path, tmp_path: Path
) -> None:
    from pretrain import main

    given = [str(text), "--out", str(tmp_path / "llama"), *SHORT, *SMALL, "--arch", "llama", "--tokenizer"]
    more = ["--precision", "bfloat16", "--heldout", str(text), "--heldout-bytes", "99"]
    assert main([*given, str(run / "tokenizer"), *more]) == 0
    model = load_model(tmp_path / "llama" / "step00012")
    assert model.model.config.model_type == "llama"
    measured = json.loads((tmp_path / "llama" / "alignment.json").read_text("utf-8"))
    assert measured["corpus"]["languages"] == ["en", "fr"]
    silent = pretrain(
        text, tmp_path / "silent", "--arch", "llama", "--precision", "bfloat16", "--tokenizer", str(run / "tokenizer")
    )
    assert same(weights(tmp_path / "llama", 12), weights(silent, 12))


def test_a_folder_of_another_run_is_left_alone(
    run: Path, text: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from pretrain import main

    before = (run / "recipe.json").read_bytes()
    assert main([str(text), "--out", str(run), *SHORT, *SMALL, "--seed", "7"]) == 2
    assert "holds another run (seed was 0, now 7)" in capsys.readouterr().err
    pretrain(text, run)
    assert "is finished; nothing to do" in capsys.readouterr().err
    assert (run / "recipe.json").read_bytes() == before
    for wrong, told in (
        ([str(tmp_path)], "has no <lang>.txt"),
        ([str(text), "--checkpoints", "0,99"], "are not all between 0 and 12"),
        ([str(text), "--vocabulary", "100"], "has no room for 260"),
        ([str(text), "--block", "4000"], "less than two blocks of 4000"),
        ([str(text), "--holdout", "1"], "is not a share"),
    ):
        assert main([wrong[0], "--out", str(tmp_path / "no"), *SHORT, *SMALL, *wrong[1:]]) == 2
        assert told in capsys.readouterr().err


def test_a_bundle_holds_some_steps_and_one_tokenizer(run: Path, tmp_path: Path) -> None:
    from bundle import main

    assert main([str(run), str(tmp_path / "series"), "--steps", "0,12"]) == 0
    assert sorted(path.name for path in (tmp_path / "series").iterdir()) == [
        "heldout.json",
        "recipe.json",
        "step00000",
        "step00012",
        "tokenizer",
    ]
    load_model(tmp_path / "series" / "step00012", tokenizer=tmp_path / "series" / "tokenizer")
    assert main([str(run), str(tmp_path / "series"), "--steps", "0"]) == 2
    assert main([str(run), str(tmp_path / "other"), "--steps", "3"]) == 2


def test_measuring_prints_the_loss_of_each_language(
    run: Path, text: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from measure import main

    assert main([str(run / "step00000"), str(run / "step00012"), "--heldout", str(text), "--block", "16"]) == 0
    head, untrained, trained = (line.split("\t") for line in capsys.readouterr().out.splitlines())
    assert head == ["model", "en", "fr", "mean"]
    assert all(float(after) < float(before) for before, after in zip(untrained[1:], trained[1:], strict=True))
