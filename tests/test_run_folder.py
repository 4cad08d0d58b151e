"""A run folder holds what several commands measured: pieces stay while they fit, and go when the regions change."""

import numpy as np
import pytest

import babelscope as bs
from babelscope.errors import BabelscopeError
from babelscope.evaluation.impact import ablate
from babelscope.run_folder import (
    check_home,
    read_corpus,
    read_material,
    write_corpus,
    write_piece,
    write_similarity,
)
from babelscope.storage import read_json
from tiny_corpus import tiny_corpus
from tiny_models import tiny_model


@pytest.fixture(autouse=True)
def no_figures(monkeypatch):
    """Drawing takes seconds and is tested elsewhere."""
    monkeypatch.setattr("babelscope.run_folder.write_figures", lambda *_: [])
    monkeypatch.setattr("babelscope.report.write_figures", lambda *_: [])


@pytest.fixture(scope="module")
def scanned():
    return bs.scan(tiny_model("bloom"), tiny_corpus(), share=0.1, baseline=False)


@pytest.fixture(scope="module")
def ablated(scanned):
    return ablate(tiny_model("bloom"), scanned.regions, tiny_corpus(), segment=64)


def test_sentences_and_map_come_back(scanned, tmp_path):
    scanned.save(tmp_path)
    corpus = read_corpus(tmp_path)
    assert corpus == read_corpus(tmp_path) and corpus is not None
    assert corpus.hash == scanned.corpus.hash and corpus.languages == scanned.corpus.languages
    material = read_material(tmp_path)
    np.testing.assert_allclose(material.similarity, scanned.cosines.numpy(), atol=5e-4)
    assert material.summary["sads"] == scanned.sads.as_dict() and material.ablation is None


def test_a_piece_joins_the_scan_and_stays_when_the_same_scan_is_saved_again(scanned, ablated, tmp_path):
    scanned.save(tmp_path, "babelscope scan a")
    ablated.save(tmp_path, "babelscope ablate a")
    assert read_material(tmp_path).ablation["command"] == "babelscope ablate a"
    scanned.save(tmp_path, "babelscope scan b")
    manifest = read_json(tmp_path / "manifest.json", "manifest")
    assert manifest["command"] == "babelscope scan b" and set(manifest["pieces"]) == {"ablation"}
    assert "ablation.csv" in manifest["files"] and (tmp_path / "ablation.csv").is_file()
    assert "babelscope ablate a" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_scan_with_other_regions_takes_the_old_pieces_away(scanned, ablated, tmp_path):
    scanned.save(tmp_path)
    ablated.save(tmp_path)
    (tmp_path / "my-notes.txt").write_text("keep")
    bs.scan(tiny_model("bloom"), tiny_corpus(), share=0.05, baseline=False).save(tmp_path)
    assert not (tmp_path / "ablation.json").exists() and not (tmp_path / "selectivity.csv").exists()
    assert (tmp_path / "my-notes.txt").exists()
    assert read_json(tmp_path / "manifest.json", "manifest")["pieces"] == {}


def test_a_report_without_a_scan_says_so_in_its_sections(ablated, tmp_path):
    ablated.save(tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "`babelscope scan MODEL` fills this section" in page and "perplexity-matrix" in page
    material = read_material(tmp_path)
    assert not material.scanned and set(material.languages) == set(tiny_corpus().languages)


def test_a_damaged_map_or_an_empty_folder_is_one_line(scanned, tmp_path):
    with pytest.raises(BabelscopeError, match="holds no results"):
        read_material(tmp_path)
    scanned.save(tmp_path)
    (tmp_path / "similarity.safetensors").write_bytes(b"nothing")
    with pytest.raises(BabelscopeError, match="cannot read the similarity map"):
        read_material(tmp_path)


def test_writing_the_map_halves_its_precision_only(tmp_path):
    cosines = np.linspace(-1, 1, 49, dtype=np.float32).reshape(7, 7)
    path = write_similarity(tmp_path / "similarity.safetensors", cosines)
    assert path.stat().st_size < 300
    write_corpus(tmp_path / "corpus.json", tiny_corpus())
    assert read_corpus(tmp_path) == read_corpus(tmp_path)


def test_a_piece_with_fewer_figures_leaves_no_old_ones(scanned, ablated, tmp_path, monkeypatch):
    def draw(*names):
        def write(folder, _):
            folder.mkdir(exist_ok=True)
            for name in names:
                (folder / name).write_text(name)
            return [folder / name for name in names]

        monkeypatch.setattr("babelscope.run_folder.write_figures", write)

    scanned.save(tmp_path)
    draw("matrix.svg", "doses.svg")
    ablated.save(tmp_path)
    (tmp_path / "figures" / "mine.svg").write_text("keep")
    draw("matrix.svg")
    ablated.save(tmp_path)
    assert {path.name for path in (tmp_path / "figures").iterdir()} == {"matrix.svg", "mine.svg"}
    assert "figures/doses.svg" not in read_json(tmp_path / "manifest.json", "manifest")["files"]


def test_a_folder_takes_one_checkpoint_and_its_regions_only(scanned, ablated, tmp_path):
    scanned.save(tmp_path)
    content = ablated.summary()
    model, step, source = content["model"], content["step"], content["regions_source"]
    check_home(tmp_path, "ablation", model, step, source)
    check_home(tmp_path / "new", "ablation", "other", "1", source)
    with pytest.raises(BabelscopeError, match="holds a scan of .* give another --out"):
        check_home(tmp_path, "ablation", model, "99", source)
    with pytest.raises(BabelscopeError, match="with other regions"):
        write_piece(tmp_path, "ablation", content | {"regions_source": source | {"corpus": "other"}}, {})
    assert not (tmp_path / "ablation.json").exists()


def test_only_pieces_of_another_kind_stand_in_the_way(ablated, tmp_path):
    content = ablated.summary()
    ablated.save(tmp_path)
    check_home(tmp_path, "ablation", "other", "1", {})
    check_home(tmp_path, "evaluation", content["model"], content["step"], {})
    with pytest.raises(BabelscopeError, match="holds the ablation of"):
        check_home(tmp_path, "evaluation", "other", "1", {})


def test_the_scan_of_another_checkpoint_is_not_shown_as_this_ones(scanned, ablated, tmp_path):
    scanned.save(tmp_path / "scan")
    write_piece(tmp_path / "out", "ablation", ablated.summary(), {}, tmp_path / "scan")
    assert read_material(tmp_path / "out", tmp_path / "scan").scanned
    write_piece(tmp_path / "out", "ablation", ablated.summary() | {"step": "99"}, {}, tmp_path / "scan")
    material = read_material(tmp_path / "out", tmp_path / "scan")
    assert not material.scanned and material.summary["step"] == "99"


def test_a_run_folder_from_before_sentences_and_map_were_kept_still_reports(scanned, ablated, tmp_path):
    scanned.save(tmp_path)
    for name in ("corpus.json", "similarity.safetensors"):
        (tmp_path / name).unlink()
    ablated.save(tmp_path)
    assert "was not kept" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_the_report_of_a_folder_is_the_same_to_the_byte_each_time(scanned, ablated, tmp_path):
    scanned.save(tmp_path)
    ablated.save(tmp_path)
    first = (tmp_path / "report.html").read_bytes()
    ablated.save(tmp_path)
    assert (tmp_path / "report.html").read_bytes() == first
