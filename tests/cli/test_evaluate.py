import json
from pathlib import Path

import numpy as np
import pytest

from babelscope.cli import COMMANDS, main
from babelscope.cli.evaluate import evaluate
from babelscope.cli.show_evaluation import show_evaluation
from babelscope.errors import BabelscopeError
from babelscope.evaluation import cloze_data, harness
from babelscope.evaluation import named as naming
from babelscope.evaluation.named import named_conditions
from babelscope.models import load_model
from babelscope.regions import NeuronMask
from babelscope.tables import COMMON, TABLES, Column, Table, read_csv
from evaluation.cloze_fixture import write_stories
from tiny_models import save_tiny

pytest.importorskip("lm_eval", reason="lm-eval is not installed")
_CELLS = "accuracy stderr low high chance alone difference difference_low difference_high n"


@pytest.fixture
def ready(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The command and its table, two stories, and a tiny model's folder."""
    monkeypatch.setitem(COMMANDS, "evaluate", evaluate)
    if "evaluation" not in TABLES:
        words = (Column(name, "text", name) for name in ("task", "language", "deactivated", "kind"))
        numbers = (Column(name, "number", name) for name in f"seed {_CELLS}".split())
        monkeypatch.setitem(TABLES, "evaluation", Table("evaluation", "", (*COMMON, *words, *numbers)))
    monkeypatch.setattr(cloze_data, "MINI", write_stories(tmp_path / "stories"))
    return save_tiny("llama", tmp_path / "tiny", max_position_embeddings=512)


class FakeRegions:
    """Regions of two languages, without the scan that would find them."""

    site = "mlp"

    def __init__(self, model_neurons: tuple[int, ...], name: str = "tiny") -> None:
        rng = np.random.default_rng(3)
        self.masks = {code: NeuronMask(tuple(rng.random(n) < 0.2 for n in model_neurons)) for code in ("ar", "fr")}
        self.source = {"model": name, "step": "main"}

    def __getitem__(self, code: str) -> NeuronMask:
        return self.masks[code]

    def __iter__(self):  # noqa: ANN204
        return iter(self.masks)


def test_without_a_region_only_the_intact_model_is_evaluated(
    ready: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert main(["evaluate", str(ready), "--tasks", "xlc_mini_fr, xlc_mini_ar", "--out", str(out), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    stored = json.loads((out / "evaluation.json").read_text())
    assert printed["conditions"] == stored["conditions"]
    assert [condition["key"] for condition in stored["conditions"]] == ["none"]
    assert stored["command"].startswith("babelscope evaluate")
    rows = read_csv(out / "evaluation.csv", "evaluation")
    assert [row["task"] for row in rows] == ["xlc_mini_fr", "xlc_mini_ar"]
    assert (out / "report.html").is_file()
    assert (out / "parts" / "evaluation" / "none.json").is_file()


def test_a_region_comes_with_its_controls(
    ready: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    regions = FakeRegions(load_model(ready, device="cpu").neurons)
    monkeypatch.setattr(naming, "named_region", lambda text, model, other: (regions, text.rpartition(":")[2]))
    out = tmp_path / "run"
    arguments = ["--deactivate", f"{out}:fr", "--deactivate", f"{out}:ar", "--controls", "2", "--limit", "1"]
    assert main(["evaluate", str(ready), "--tasks", "xlc_mini_fr", *arguments, "--out", str(out)]) == 0
    content = json.loads((out / "evaluation.json").read_text())
    assert [condition["key"] for condition in content["conditions"]] == [
        "none", "region-fr", "random-fr-0", "random-fr-1", "region-ar", "random-ar-0", "random-ar-1",
    ]  # fmt: skip
    assert content["regions_source"] == regions.source
    printed = capsys.readouterr().out
    assert "xlc_mini_fr" in printed and "chance" in printed and "report:" in printed
    model = load_model(ready, device="cpu")
    with pytest.raises(BabelscopeError, match="got two regions of fr, b:fr last"):
        named_conditions(["a:fr", "b:fr"], model)


def test_bad_input_is_one_line(
    ready: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*arguments: str) -> str:
        assert main(["evaluate", str(ready), "--out", str(tmp_path / "run"), *arguments]) == 2
        text = capsys.readouterr().err.strip()
        assert "\n" not in text and "Traceback" not in text
        return text

    assert "expected RUN:LANGUAGE" in refused("--deactivate", "fr")
    assert "1 or more" in refused("--limit", "0")
    assert "give --data FOLDER" in refused("--tasks", "xlc_xcopa_id")
    assert "got no task" in refused("--tasks", ",")
    assert "--batch 0" in refused("--batch", "0")
    assert "without --deactivate" in refused("--mode", "mean")
    assert "without --deactivate" in refused("--factor", "2")
    monkeypatch.setattr(harness.importlib.util, "find_spec", lambda name: None)
    assert "pip install 'babelscope[eval]'" in refused()
    assert not (tmp_path / "run" / "evaluation.json").exists()


def test_the_table_names_every_condition(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from report.test_cloze_panel import fake_evaluation

    monkeypatch.setenv("COLUMNS", "80")
    show_evaluation(fake_evaluation(effect=-0.2))
    shown = capsys.readouterr()
    assert "− fr" in shown.out and "− random" in shown.out and "80.0 ± 7.0" in shown.out
    assert "A sentence." in shown.out
