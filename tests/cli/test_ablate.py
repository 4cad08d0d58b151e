"""`babelscope ablate` in-process: what it prints and writes, that it resumes, and one line for every user error."""

import json

import pytest
import torch

from babelscope.cli import main
from babelscope.evaluation.perplexity import Scorer
from babelscope.regions import NeuronMask, Regions
from babelscope.storage import read_json
from babelscope.tables import read_csv
from tiny_corpus import TEXT
from tiny_models import save_tiny


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "tiny-bloom" / "step00200"
    save_tiny("bloom", folder)
    return str(folder)


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    folder = tmp_path_factory.mktemp("text")
    for code, lines in TEXT.items():
        (folder / f"{code}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(folder)


@pytest.fixture(scope="module")
def run(model, text, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "run"
    assert main(["scan", model, "--corpus", text, "--share", "0.1", "--no-baseline", "--out", str(out)]) == 0
    return out


@pytest.fixture
def regions(run, tmp_path):
    """A run folder of its own for every test, without reports."""
    for name in ("regions.safetensors", "regions.json", "corpus.json"):
        (tmp_path / "run").mkdir(exist_ok=True)
        (tmp_path / "run" / name).write_bytes((run / name).read_bytes())
    return tmp_path / "run"


def fails(capsys, *arguments: object) -> str:
    capsys.readouterr()
    assert main([str(argument) for argument in arguments]) == 2
    captured = capsys.readouterr()
    lines = captured.err.splitlines()
    assert captured.out == "" and len(lines) == 1 and lines[0].startswith("babelscope: "), captured
    return lines[0]


def test_it_prints_the_matrix_and_adds_to_the_run_folder(model, text, run, capsys):
    before = (run / "scores.csv").read_bytes()
    capsys.readouterr()
    assert main(["ablate", model, "--regions", str(run), "--text", text, "--segment", "64"]) == 0
    printed = capsys.readouterr()
    assert "perplexity under deactivation" in printed.out and "random" in printed.out and "share" in printed.out
    assert printed.out.replace("\n", "").endswith("report.html") and "fewer than 30 segments" in printed.err
    manifest = read_json(run / "manifest.json", "manifest")
    assert {"ablation.csv", "scores.csv", "report.html", "figures/perplexity-matrix.svg"} <= set(manifest["files"])
    assert manifest["pieces"]["ablation"]["command"].startswith("babelscope ablate ")
    assert manifest["command"].startswith("babelscope scan ") and (run / "scores.csv").read_bytes() == before
    page = (run / "report.html").read_text(encoding="utf-8")
    assert "figures/perplexity-matrix.png" in page
    assert "babelscope scan" in page and "babelscope ablate" in page
    rows = read_csv(run / "ablation.csv", "ablation")
    assert {row["model"] for row in rows} == {"tiny-bloom"} and {row["step"] for row in rows} == {"200"}


def test_a_folder_of_its_own_shows_the_scan_too(model, text, run, tmp_path):
    out = tmp_path / "apart"
    arguments = ["ablate", model, "--regions", str(run), "--text", text, "--segment", "64", "--out", str(out)]
    assert main([*arguments, "--langs", "en,fr", "--mode", "mean", "--controls", "2"]) == 0
    assert not (out / "summary.json").exists()
    assert "SADS" in (out / "report.html").read_text(encoding="utf-8")
    content = read_json(out / "ablation.json", "ablation")
    assert content["languages"] == ["en", "fr"] and content["mode"] == "mean"
    assert content["random"]["fr"]["draws"] == 2


def test_json_is_the_stored_content_and_a_second_run_scores_nothing(model, text, regions, capsys, monkeypatch):
    arguments = ["ablate", model, "--regions", str(regions), "--text", text, "--segment", "64", "--json"]
    assert main(arguments) == 0
    first = json.loads(capsys.readouterr().out)
    assert first["region"]["fr"]["cells"]["zh"]["perplexity"] > 1
    monkeypatch.setattr(Scorer, "score", None)
    assert main(arguments) == 0
    second = json.loads(capsys.readouterr().out)
    assert {**second, "timings": 0} == {**first, "timings": 0}


def test_a_dry_run_says_what_it_would_cost_and_writes_nothing(model, text, regions, capsys, tmp_path):
    out = tmp_path / "nowhere"
    arguments = ["ablate", model, "--regions", str(regions), "--text", text, "--segment", "64", "--out", str(out)]
    assert main([*arguments, "--controls", "2", "--doses", "0.5", "--dry-run"]) == 0
    assert "all conditions, estimated" in capsys.readouterr().out
    assert main([*arguments, "--controls", "2", "--doses", "0.5", "--dry-run", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    languages = len(TEXT)
    assert found["conditions"] == 1 + 2 * 3 * languages and found["languages"] == languages
    assert found["seconds"] > 0 and set(found["tokens"]) == set(TEXT)
    assert not out.exists() and not (regions / "parts").exists()


def test_sentences_of_a_corpus_and_doses(model, text, regions, capsys):
    arguments = ["ablate", model, "--regions", str(regions), "--text", "mini", "-n", "3", "--langs", "en,zh"]
    assert main([*arguments, "--segment", "64", "--doses", "0.5", "--windows", "paper", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert [level["dose"] for level in content["doses"]] == [0.5, 1.0] and content["windows"] == "paper"
    assert content["text"]["name"] == "mini"


def test_what_a_user_can_get_wrong_is_one_line(model, text, regions, tmp_path, capsys):
    base = ["ablate", model, "--regions", regions, "--text", text]
    assert "no regions at" in fails(capsys, "ablate", model, "--regions", tmp_path / "none", "--text", text)
    assert "segment of 999 tokens is longer than the context" in fails(capsys, *base, "--segment", 999)
    assert "unknown mode 'nil'" in fails(capsys, *base, "--mode", "nil")
    assert "unknown windows 'role'" in fails(capsys, *base, "--windows", "role")
    assert "expected numbers such as" in fails(capsys, *base, "--doses", "half")
    assert "a dose is a fraction" in fails(capsys, *base, "--doses", "2")
    assert "'sw'" in (line := fails(capsys, *base, "--langs", "en,sw")) and "en" in line and "zh" in line
    assert "takes no factor" in fails(capsys, *base, "--factor", 2)
    (tmp_path / "short").mkdir()
    for code in ("en", "fr"):
        (tmp_path / "short" / f"{code}.txt").write_text("a", encoding="utf-8")
    short = fails(capsys, "ablate", model, "--regions", regions, "--text", tmp_path / "short")
    assert "at least 2 tokens, got 1" in short
    assert not (regions / "ablation.json").exists()


def test_regions_of_another_model_are_refused_by_shape_and_by_name(text, regions, tmp_path, capsys):
    wide, twin = tmp_path / "wide", tmp_path / "twin" / "step00200"
    save_tiny("bloom", wide, hidden_size=32)
    save_tiny("bloom", twin)
    arguments = ["--regions", regions, "--text", text, "--segment", 64, "--controls", 0]
    assert "these regions belong to tiny-bloom with 2 layers of 64 neurons" in fails(
        capsys, "ablate", wide, *arguments
    )
    assert "were found in tiny-bloom, not in twin" in fails(capsys, "ablate", twin, *arguments)
    assert main(["ablate", str(twin), *map(str, arguments), "--other-model", "--langs", "en,fr"]) == 0


def test_a_region_of_nothing_is_refused(model, text, regions, capsys):
    found = Regions.load(regions)
    found.masks["fr"] = found["fr"] - found["fr"]
    found.save(regions / "regions.safetensors")
    assert "the region of fr is empty" in fails(capsys, "ablate", model, "--regions", regions, "--text", text)
    assert (
        main(["ablate", model, "--regions", str(regions), "--text", text, "--segment", "64", "--langs", "en,zh"]) == 0
    )


def test_nan_logits_name_condition_and_segment(text, regions, tmp_path, capsys):
    from tiny_models import tiny_network, tiny_tokenizer

    network = tiny_network("bloom")
    mask = NeuronMask.of_flat(Regions.load(regions)["fr"].flat, (64, 64))
    # Infinite weights on neurons that are switched off first give NaN (0 x inf) only then.
    layer, neuron = next((k, int(mask.indices(k)[0])) for k in (1, 2) if mask.by_layer[k - 1])
    with torch.no_grad():
        network.transformer.h[layer - 1].mlp.dense_4h_to_h.weight[:, neuron] = 3e38
    broken = tmp_path / "tiny-bloom" / "step00300"
    network.save_pretrained(broken)
    tiny_tokenizer().save_pretrained(broken)
    line = fails(capsys, "ablate", broken, "--regions", regions, "--text", text, "--segment", 64)
    assert "NaN or infinite in segment 1 of" in line and "with nothing deactivated" in line
