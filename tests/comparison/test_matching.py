"""Runs that cannot be compared: refused in one line that says what differs and what to do."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import babelscope as bs
from babelscope.comparison import compare
from babelscope.corpus.parallel import ParallelCorpus
from babelscope.errors import BabelscopeError
from babelscope.scanning.replicates import REPLICATES_FILE, replicates_of, write_replicates
from babelscope.storage import read_json, write_json
from comparison.synthetic_runs import meanings, model_of, run_of
from tiny_corpus import tiny_corpus
from tiny_models import tiny_model


def scan_of(corpus: ParallelCorpus, model_type: str = "bloom", **choices: object) -> bs.Scan:
    return bs.scan(tiny_model(model_type), corpus, baseline=False, **choices)


@pytest.fixture(scope="module")
def scan():
    return scan_of(tiny_corpus())


@pytest.fixture(scope="module")
def saved(scan, tmp_path_factory):
    return scan.save(tmp_path_factory.mktemp("runs") / "run", figures=False)


@pytest.fixture
def folder(saved, tmp_path):
    return Path(shutil.copytree(saved, tmp_path / "run"))


def refused(*runs: object) -> str:
    with pytest.raises(BabelscopeError) as error:
        compare(*runs)  # type: ignore[arg-type]
    assert "\n" not in str(error.value)
    return str(error.value)


def test_other_languages_are_named_with_what_both_have(scan):
    corpus = tiny_corpus()
    fewer = scan_of(corpus.reorder(corpus.languages[:-1]))
    said = refused(scan, fewer)
    assert f"only A has {corpus.languages[-1]}" in said and "--langs" in said
    assert f"only B has {corpus.languages[-1]}" in refused(fewer, scan)


def test_the_order_of_languages_does_not_matter(scan):
    corpus = tiny_corpus()
    found = compare(scan, scan_of(corpus.reorder(corpus.languages[::-1])))
    for one in (found.sads, found.lrds, *found.pairs.values()):
        assert one.outcome == "not distinguishable" and abs(one.value) < 1e-6
    assert len(found.pairs) == 10
    assert all(change.shared.jaccard == 1 for change in found.regions.by_language.values())


def test_sentences_that_overlap_in_part_are_counted(scan):
    said = refused(scan, scan_of(tiny_corpus().select(6)))
    assert "A has 8 sentences per language, B 6, 6 of them in both" in said
    assert "scan both with the same --corpus, -n, --offset and --seed" in said
    first, last = (scan_of(tiny_corpus().select(4, offset=offset)) for offset in (0, 4))
    assert "none of them in both" in refused(first, last)


def test_a_sentence_with_another_text_is_named(scan):
    corpus = tiny_corpus()
    columns = (*corpus.sentences[:-1], (*corpus.sentences[-1][:2], "changed", *corpus.sentences[-1][3:]))
    said = refused(scan, scan_of(replace(corpus, sentences=columns)))
    assert f"sentence {corpus.ids[2]!r} has another text in B" in said and "7 of them in both" in said


def test_other_ids_for_the_same_text_are_no_hindrance_but_said(scan):
    corpus = tiny_corpus()
    renamed = scan_of(replace(corpus, ids=tuple(f"verse {i}" for i in range(corpus.n))))
    found = compare(scan, renamed)
    assert found.sads.value == 0 and "ids" in [warning.kind for warning in found.warnings]


def test_a_repeated_sentence_is_matched_by_its_id():
    run = run_of(model_of(meanings(3, 6, 8, 0.5, 1), 0.3, 5))
    texts = ("same", "same", *run.replicates.texts[2:])
    kept = replace(run.replicates, texts=texts)
    order = [1, 0, *range(2, 6)]
    other = replace(
        kept, ids=tuple(kept.ids[i] for i in order), lrds=kept.lrds[:, order], sads=kept.sads[:, order], pairs=None
    )
    found = compare(replace(run, replicates=kept), replace(run, replicates=other))
    assert (found.sads.low, found.sads.high) == (0, 0) and "pairs" in [warning.kind for warning in found.warnings]


def test_another_site_is_refused_and_other_conditions_are_said(scan):
    gated = [scan_of(tiny_corpus(), "llama", site=site) for site in ("mlp", "gate")]
    assert "A was read at site mlp, B at gate" in refused(*gated)
    a = run_of(model_of(meanings(3, 6, 8, 0.5, 1), 0.3, 5), dtype="float32", torch="2.6")
    b = run_of(model_of(meanings(3, 6, 8, 0.5, 1), 0.3, 5), dtype="bfloat16", torch="2.6")
    said = compare(a, b).warnings[0]
    assert said.kind == "conditions" and "dtype float32 and bfloat16" in said.message and "torch" not in said.message


def test_other_rules_for_regions_leave_the_regions_out(scan):
    found = compare(scan, scan_of(tiny_corpus(), share=0.1))
    assert found.regions is None and found.sads.value == 0
    assert "different rules (share 0.03 and share 0.1)" in found.warnings[-1].message


def test_what_is_no_finished_scan_is_refused(scan, folder, tmp_path):
    assert "does not exist" in refused(tmp_path / "nowhere", folder)
    assert "is a file" in refused(folder, folder / "summary.json")
    (tmp_path / "empty").mkdir()
    assert "holds no scan" in refused(folder, tmp_path / "empty")
    (folder / "manifest.json").unlink()
    assert "is unfinished" in refused(scan, folder)


def test_a_folder_of_an_earlier_release_is_to_be_scanned_again(scan, folder):
    (folder / REPLICATES_FILE).unlink()
    assert "holds no replicates.safetensors" in refused(scan, folder)
    assert "scan again" in refused(folder, scan)


def test_files_of_different_scans_in_one_folder_are_refused(scan, folder):
    write_replicates(folder / REPLICATES_FILE, replicates_of(scan_of(tiny_corpus(), "llama")))
    assert "mixes files of different scans" in refused(scan, folder)


def test_a_damaged_summary_is_refused(scan, folder):
    content = read_json(folder / "summary.json", "summary")
    del content["by_layer"], content["format"], content["version"]
    write_json(folder / "summary.json", "summary", content)
    assert "lacks by_layer" in refused(scan, folder)
    (folder / "summary.json").write_text(json.dumps({"format": "babelscope/other"}), encoding="utf-8")
    assert "expected babelscope/summary" in refused(scan, folder)


def test_without_its_regions_a_run_is_compared_by_its_scores(scan, folder):
    (folder / "regions.safetensors").unlink()
    found = compare(scan, folder)
    assert found.sads.value == 0 and found.regions.by_language["fr"].shared is None
    assert "not counted" in found.warnings[-1].message


def test_a_series_and_a_failed_point_are_told_apart(scan, saved, tmp_path):
    good, bad = tmp_path / "points" / "x-100", tmp_path / "points" / "x-200"
    shutil.copytree(saved, good)
    point = {"loss": {}, "loss_mean": None, "error": None}
    write_json(good / "point.json", "point", point)
    assert compare(scan, good).loss is None
    write_json(bad / "point.json", "point", {"status": "failed", "error": "model.safetensors is missing"})
    assert f"such as {bad}" in refused(scan, tmp_path)
    assert "is a checkpoint that failed (model.safetensors is missing)" in refused(scan, bad)
