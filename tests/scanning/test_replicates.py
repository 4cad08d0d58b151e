"""The replicates beside a scan: whole, exact, matched by text, and honest about what is missing or broken."""

from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import save

import babelscope as bs
from babelscope.errors import BabelscopeError
from babelscope.scanning import read_replicates, replicates
from babelscope.scanning.replicates import REPLICATES_FILE, meaning_hashes, replicates_of, write_replicates
from babelscope.scores import jackknife_interval
from babelscope.storage import read_json
from tiny_corpus import tiny_corpus
from tiny_models import tiny_model


@pytest.fixture(scope="module")
def result():
    return bs.scan(tiny_model("bloom"), tiny_corpus())


@pytest.fixture(scope="module")
def folder(result, tmp_path_factory):
    return result.save(tmp_path_factory.mktemp("runs") / "run")


def test_a_saved_scan_gives_its_replicates_back_exactly(result, folder):
    found = read_replicates(folder)
    assert found is not None and found.n == result.corpus.n and found.layers == len(result.layers)
    assert np.array_equal(found.lrds[0], result.lrds.replicates) and found.lrds.dtype == np.float64
    assert np.array_equal(found.sads[2], result.by_layer[1].sads.replicates)
    assert found.pair_names == tuple(result.pairs)
    assert np.array_equal(found.pairs[3], list(result.pairs.values())[3].replicates)
    assert np.allclose(found.baseline_sads[0], result.sads.baseline.replicates)
    assert found.languages == result.corpus.languages and found.signature == result.signature.as_dict()
    assert REPLICATES_FILE in read_json(folder / "manifest.json", "manifest")["files"]


def test_they_are_what_the_intervals_in_the_summary_are_made_of(folder):
    found, summary = read_replicates(folder), read_json(folder / "summary.json", "summary")
    for level, score in enumerate([summary["sads"], *(layer["sads"] for layer in summary["by_layer"])]):
        assert jackknife_interval(score["value"], found.sads[level]) == (score["low"], score["high"])
    for row, pair in zip(found.pairs, summary["pairs"], strict=True):
        assert jackknife_interval(pair["sads"]["value"], row) == (pair["sads"]["low"], pair["sads"]["high"])


def test_each_is_the_score_of_a_scan_without_that_meaning(result):
    """The slow twin: scan again with a sentence left out of every language."""
    corpus, found = result.corpus, replicates_of(result)
    for i in (0, 5):
        keep = [j for j in range(corpus.n) if j != i]
        rest = replace(
            corpus,
            sentences=tuple(tuple(column[j] for j in keep) for column in corpus.sentences),
            ids=tuple(corpus.ids[j] for j in keep),
        )
        again = bs.scan(tiny_model("bloom"), rest, baseline=False)
        assert found.sads[0, i] == pytest.approx(again.sads.value, abs=1e-6)
        assert found.lrds[1, i] == pytest.approx(again.by_layer[0].lrds.value, abs=1e-6)


def test_saving_twice_gives_equal_bytes(result, folder, tmp_path):
    again = write_replicates(tmp_path / REPLICATES_FILE, replicates_of(result))
    assert again.read_bytes() == (folder / REPLICATES_FILE).read_bytes()


def test_a_meaning_is_known_by_its_text_in_any_order_of_the_languages():
    corpus = tiny_corpus()
    hashes = meaning_hashes(corpus)
    assert len(set(hashes)) == corpus.n and meaning_hashes(corpus.reorder(corpus.languages[::-1])) == hashes
    columns = (("Another sentence.", *corpus.sentences[0][1:]), *corpus.sentences[1:])
    other = meaning_hashes(replace(corpus, sentences=columns))
    assert other[0] != hashes[0] and other[1:] == hashes[1:]


def test_without_a_baseline_or_room_for_the_pairs_they_are_left_out(monkeypatch, tmp_path):
    monkeypatch.setattr(replicates, "LARGEST_PAIRS", 100)
    lean = bs.scan(tiny_model("bloom"), tiny_corpus(), baseline=False)
    write_replicates(tmp_path / REPLICATES_FILE, replicates_of(lean))
    found = read_replicates(tmp_path)
    assert found.pairs is None and found.pair_names == () and found.baseline_lrds is None


def test_two_meanings_leave_nothing_to_leave_out(tmp_path):
    tiny = bs.scan(tiny_model("bloom"), tiny_corpus().select(2))
    write_replicates(tmp_path / REPLICATES_FILE, replicates_of(tiny))
    found = read_replicates(tmp_path)
    assert found.n == 2 and np.isnan(found.sads).all() and np.isnan(found.baseline_sads).all()


def test_a_folder_without_them_has_none_and_a_broken_file_says_so(folder, result, tmp_path):
    assert read_replicates(tmp_path) is None
    path = tmp_path / REPLICATES_FILE
    path.write_bytes((folder / REPLICATES_FILE).read_bytes()[:-9])
    with pytest.raises(BabelscopeError, match="cannot read the replicates .* scan the model again"):
        read_replicates(tmp_path)
    path.write_bytes(save({"sads": np.zeros((1, 3))}))
    with pytest.raises(BabelscopeError, match="holds no replicates of a scan"):
        read_replicates(tmp_path)
    write_replicates(path, replace(replicates_of(result), lrds=np.zeros((1, 3))))
    with pytest.raises(BabelscopeError, match=r"is damaged \(lrds \(1, 3\) instead of \(3, 8\)\)"):
        read_replicates(tmp_path)
