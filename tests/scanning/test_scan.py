"""A whole scan: what it says, what it writes, and that it repeats."""

import json

import numpy as np
import pytest

import babelscope as bs
from babelscope.corpus.parallel import CorpusSource, ParallelCorpus
from babelscope.errors import BabelscopeError
from babelscope.models import untrained
from babelscope.regions import Regions
from babelscope.scanning.baseline import cache_root
from babelscope.scanning.workspace import workspace
from babelscope.storage import read_json
from babelscope.tables import read_csv
from tiny_corpus import tiny_corpus
from tiny_models import tiny_model


@pytest.fixture(scope="module")
def result():
    return bs.scan(tiny_model("bloom"), tiny_corpus())


def test_a_scan_holds_scores_layers_pairs_and_regions(result):
    languages = result.corpus.languages
    assert set(languages) == set(tiny_corpus().languages)
    assert [layer.layer for layer in result.by_layer] == [1, 2]
    assert len(result.pairs) == len(languages) * (len(languages) - 1) // 2
    assert set(result.regions) == set(languages)
    assert result.sklr.value == sum(mask.size for mask in result.regions.values())
    assert result.lrds.baseline is not None and result.lrds.signature == result.signature.long
    assert result.cosines.shape == (len(languages) * result.corpus.n,) * 2


def test_the_same_scan_gives_the_same_numbers_whatever_the_order_of_languages(result):
    corpus = tiny_corpus()
    again = bs.scan(tiny_model("bloom"), corpus.reorder(corpus.languages[::-1]))
    assert again.lrds == result.lrds and again.sads == result.sads
    assert again.regions.sizes == result.regions.sizes
    assert again.signature == result.signature


def test_the_baseline_is_an_untrained_model_and_is_read_from_the_cache_the_second_time():
    model, corpus = tiny_model("llama"), tiny_corpus()
    first = bs.scan(model, corpus)
    second = bs.scan(model, corpus)
    assert "measured in this run" in first.baseline_note and "read from the cache" in second.baseline_note
    assert first.sads.baseline.value == pytest.approx(second.sads.baseline.value)
    assert first.by_layer[1].lrds.baseline.value == pytest.approx(second.by_layer[1].lrds.baseline.value)
    other = bs.scan(model, corpus, seed=1)
    assert other.sads.baseline.value != first.sads.baseline.value
    assert bs.scan(model, corpus, baseline=False).sads.baseline is None


def test_the_gain_over_the_untrained_model_is_a_paired_difference(result):
    """Its interval is that of the differences, one meaning left out of both models at a time."""
    score, base = result.sads, result.sads.baseline
    differences = score.replicates - base.replicates
    n = len(differences)
    error = np.sqrt((n - 1) / n * np.square(differences - differences.mean()).sum())
    assert score.gain.value == pytest.approx(score.value - base.value)
    assert score.gain.high - score.gain.value == pytest.approx(2.364624 * error, rel=1e-5)  # t, 7 degrees of freedom
    same = bs.scan(untrained(tiny_model("bloom"), seed=0), tiny_corpus())
    assert same.sads.gain.value == pytest.approx(0, abs=1e-7)
    assert same.sads.gain.low == pytest.approx(0, abs=1e-6) and same.sads.gain.high == pytest.approx(0, abs=1e-6)
    assert "not clearly" in same.summary()["verdict"][0]


def test_without_the_map_the_numbers_are_the_same(result):
    linear = bs.scan(tiny_model("bloom"), tiny_corpus(), keep_map=False)
    assert linear.cosines is None
    assert linear.sads.value == pytest.approx(result.sads.value, abs=1e-6)
    assert linear.lrds.high == pytest.approx(result.lrds.high, abs=1e-5)
    assert linear.regions.sizes == result.regions.sizes


def test_five_languages_or_fewer_get_regions_by_share_and_are_told(result):
    rule = result.regions.rule
    assert rule.kind == "share" and "would select nothing" in rule.note
    with pytest.raises(BabelscopeError, match="threshold 2 selects nothing"):
        bs.scan(tiny_model("bloom"), tiny_corpus(), threshold=2.0)


def test_choices_are_checked_before_any_work():
    class Untouchable:
        def __getattr__(self, name):
            raise AssertionError(f"{name} was read before the choices were checked")

    for choice, message in (
        ({"site": "attention"}, "unknown site"),
        ({"batch_tokens": 0}, "at least 1 token"),
        ({"seed": -1}, "0 or more"),
    ):
        with pytest.raises(BabelscopeError, match=message):
            bs.scan(Untouchable(), tiny_corpus(), **choice)


def test_the_run_folder_holds_everything(result, tmp_path):
    folder = result.save(tmp_path / "run", command="babelscope scan x")
    manifest = read_json(folder / "manifest.json", "manifest")
    assert manifest["corpus"]["hash"] == result.corpus.hash and manifest["model"]["weights_hash"]
    assert all((folder / name).is_file() for name in manifest["files"])
    assert {"summary.json", "scores.csv", "regions.safetensors", "report.html"} <= set(manifest["files"])
    assert any(name.endswith(".svg") for name in manifest["files"]) and any(
        name.endswith(".png") for name in manifest["files"]
    )
    summary = read_json(folder / "summary.json", "summary")
    assert summary["lrds"]["value"] == result.lrds.value
    assert set(summary["lrds"]) == {"value", "low", "high", "null", "baseline", "gain"}
    assert set(summary["lrds"]["null"]) == {"mean", "low", "high"}
    assert summary["region_sizes"] == {code: mask.size for code, mask in result.regions.items()}
    assert summary["by_layer"][1]["sads"]["value"] == result.by_layer[1].sads.value
    assert sum(layer["region_sizes"]["fr"] for layer in summary["by_layer"]) == summary["region_sizes"]["fr"]
    loaded = Regions.load(folder, tiny_model("bloom"))
    assert all(loaded[code] == result.regions[code] for code in loaded)


def test_the_table_says_what_the_scan_says(result, tmp_path):
    rows = read_csv(result.save(tmp_path / "run") / "scores.csv", "scores")
    languages, layers = len(result.corpus.languages), 2
    pairs = languages * (languages - 1) // 2
    assert len(rows) == (layers + 1) * (2 + pairs + languages) + 1
    found = {(row["layer"], row["metric"], row["language"], row["language_b"]): row for row in rows}
    assert found["all", "sads", "all", ""]["value"] == result.sads.value
    assert found["2", "lrds", "all", ""]["low"] == result.by_layer[1].lrds.low
    assert found["all", "region_size", "fr", ""]["value"] == result.regions["fr"].size
    assert found["all", "sklr", "all", ""]["null_mean"] == result.sklr.null_mean


def test_an_unfinished_folder_has_no_manifest(result, tmp_path, monkeypatch):
    import babelscope.report as report

    result.save(tmp_path / "run")

    def fail(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(report, "write_report", fail)
    with pytest.raises(OSError):
        result.save(tmp_path / "run")
    assert not (tmp_path / "run" / "manifest.json").exists()
    assert (tmp_path / "run" / "scores.csv").exists()


def test_a_scan_of_the_same_sentences_in_all_languages_says_so():
    """Identical text in every language: alignment is as high as it gets, and the guard has something to say."""
    text = [
        f"Sentence number {i} about {word}." for i, word in enumerate("tea rain music trains bread winter".split())
    ]
    corpus = ParallelCorpus.from_columns("same", {"en": text, "fr": text, "de": text}, CorpusSource("test"))
    same = bs.scan(tiny_model("bloom"), corpus, baseline=False)
    assert same.lrds.value == pytest.approx(0, abs=1e-6)
    assert same.sads.value > same.sads.null.high
    assert "Translations are closer" in same.summary()["verdict"][0]
    assert "not clearly closer" in same.summary()["verdict"][1]


def test_a_summary_is_json_and_a_notebook_can_show_a_scan(result):
    assert json.loads(json.dumps(result.summary(), allow_nan=False))["sentences"] == result.corpus.n
    assert "SADS" in result._repr_html_()
    assert "lrds=" in repr(result)


def test_two_sentences_can_be_scanned():
    short = bs.scan(tiny_model("bloom"), tiny_corpus().select(2), baseline=False)
    assert short.sads.low is None and np.isfinite(short.sads.value)
    json.dumps(short.summary(), allow_nan=False)


def test_large_vectors_go_to_files_that_are_removed_at_the_end(tmp_path):
    model, corpus = tiny_model("bloom"), tiny_corpus()
    with workspace(tmp_path, model, corpus) as folder:
        assert folder is None
    with workspace(tmp_path, model, corpus, on_disk=True) as folder:
        stored = bs.scan(model, corpus, folder=folder, baseline=False)
        assert list(folder.glob("layer_*.npy"))
    assert not folder.exists()
    assert stored.sads.value == pytest.approx(bs.scan(model, corpus, baseline=False).sads.value, abs=1e-6)


def test_an_interrupted_scan_keeps_its_vectors(tmp_path):
    model, corpus = tiny_model("bloom"), tiny_corpus()
    with pytest.raises(KeyboardInterrupt), workspace(tmp_path, model, corpus, on_disk=True) as folder:
        folder.mkdir()
        raise KeyboardInterrupt
    assert folder.exists()


def test_the_scan_survives_a_baseline_that_cannot_be_measured_or_cached(tmp_path, monkeypatch):
    import babelscope.models as models

    (tmp_path / "file").write_text("")
    monkeypatch.setenv("BABELSCOPE_CACHE", str(tmp_path / "file" / "below"))
    assert bs.scan(tiny_model("bloom"), tiny_corpus()).sads.baseline is not None

    def too_large(model, seed):
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(models, "untrained", too_large)
    without = bs.scan(tiny_model("bloom"), tiny_corpus())
    assert without.sads.baseline is None and "does not fit in memory" in without.baseline_note


def test_a_damaged_cache_is_measured_anew():
    model, corpus = tiny_model("bloom"), tiny_corpus()
    first = bs.scan(model, corpus)
    stored = list((cache_root() / "baselines").glob("*.json"))
    for content in ("", "{}", '{"format": "babelscope/baseline", "version": 1}'):
        for path in stored:
            path.write_text(content)
        again = bs.scan(model, corpus)
        assert again.sads.baseline == first.sads.baseline and "measured in this run" in again.baseline_note


def test_an_earlier_run_leaves_nothing_beside_a_new_one_and_own_files_stay(result, tmp_path):
    folder = result.save(tmp_path / "run")
    (folder / "notes.txt").write_text("mine")
    bs.scan(tiny_model("bloom"), tiny_corpus(), keep_map=False, baseline=False).save(folder)
    assert not list((folder / "figures").glob("similarity-map*"))
    assert (folder / "notes.txt").read_text() == "mine"


def test_the_vectors_folder_loses_only_our_files(tmp_path):
    model, corpus = tiny_model("bloom"), tiny_corpus()
    (tmp_path / "activations").mkdir()
    (tmp_path / "activations" / "mine.txt").write_text("mine")
    with workspace(tmp_path, model, corpus, on_disk=True) as folder:
        bs.scan(model, corpus, folder=folder)
    assert [path.name for path in (tmp_path / "activations").iterdir()] == ["mine.txt"]


def test_models_that_differ_in_configuration_alone_have_other_signatures():
    one, two = (tiny_model("llama", rope_theta=theta) for theta in (10000.0, 100.0))
    if one.config_hash == two.config_hash:
        one, two = (tiny_model("llama", rms_norm_eps=value) for value in (1e-6, 1e-2))
    scans = [bs.scan(model, tiny_corpus(), baseline=False) for model in (one, two)]
    assert one.weights_hash == two.weights_hash
    assert scans[0].signature != scans[1].signature


def test_names_are_not_models():
    with pytest.raises(BabelscopeError, match="use load_model"):
        bs.scan("nano", tiny_corpus())
