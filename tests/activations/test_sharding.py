"""Shards of a corpus: equal to one pass, equal to the bit wherever they are measured, never measured twice."""

import pytest
import torch
from safetensors import safe_open

from babelscope.activations import (
    extract,
    extract_in_shards,
    extract_shard,
    plan_shards,
    remove_shards,
    shard_path,
)
from babelscope.corpus import ParallelCorpus
from babelscope.errors import BabelscopeError, CorpusError, ModelError, StorageError
from babelscope.scanning import scan
from tiny_corpus import tiny_corpus
from tiny_models import CONFIGS, tiny_model


@pytest.fixture(scope="module")
def corpus() -> ParallelCorpus:
    return tiny_corpus()


def stacked(extraction) -> torch.Tensor:
    found = extraction.activations
    return torch.cat([found.block(layer) for layer in range(1, found.n_layers + 1)], dim=-1)


def forwards(model, run):
    """How many sentences pass through the model while something runs."""
    seen = []
    handle = model.backbone.register_forward_pre_hook(
        lambda module, inputs, kwargs: seen.append(len(kwargs["input_ids"])), with_kwargs=True
    )
    try:
        return run(), sum(seen)
    finally:
        handle.remove()


@pytest.mark.parametrize("sentences", [2, 7, 8, 100])
def test_shards_are_the_sentences_once_in_order_and_of_even_length(sentences):
    for count in range(1, sentences // 2 + 1):
        shards = plan_shards(sentences, count)
        assert [i for shard in shards for i in range(shard.start, shard.stop)] == list(range(sentences))
        lengths = [shard.stop - shard.start for shard in shards]
        assert max(lengths) - min(lengths) <= 1 and min(lengths) >= 2
        assert [(shard.index, shard.count) for shard in shards] == [(i, count) for i in range(count)]


@pytest.mark.parametrize("count", [0, -1, 5])
def test_impossible_counts_are_refused(count):
    with pytest.raises(CorpusError, match=rf"8 sentences cannot be cut into {count} shards .* use 1 to 4 shards"):
        plan_shards(8, count)


@pytest.mark.parametrize("model_type", sorted(CONFIGS))
def test_shards_equal_one_pass(model_type, corpus, tmp_path):
    model = tiny_model(model_type)
    whole = extract(model, corpus)
    found = extract_in_shards(model, corpus, 3, tmp_path)
    torch.testing.assert_close(stacked(found), stacked(whole), atol=1e-6, rtol=1e-5)
    torch.testing.assert_close(found.squared_norms, whole.squared_norms, atol=1e-6, rtol=1e-5)
    assert found.tokens == whole.tokens and found.warnings == whole.warnings
    assert found.activations.languages == corpus.languages


def test_sentences_alone_in_their_batches_are_equal_to_the_bit(corpus, tmp_path):
    """Then nothing is left that a shard could change: an index that slips shows at once."""
    model = tiny_model("bloom")
    whole = extract(model, corpus, budget=1)
    found = extract_in_shards(model, corpus, 4, tmp_path, budget=1)
    assert torch.equal(stacked(found), stacked(whole))


def test_any_order_and_any_place_of_measuring_gives_the_same_bits(corpus, tmp_path):
    model = tiny_model("llama")
    here = extract_in_shards(model, corpus, 3, tmp_path / "here")
    for shard in reversed(plan_shards(corpus.n, 3)):
        extract_shard(tiny_model("llama"), corpus, shard, tmp_path / "there")
    there, passed = forwards(model, lambda: extract_in_shards(model, corpus, 3, tmp_path / "there"))
    assert passed == 0
    assert torch.equal(stacked(here), stacked(there)) and torch.equal(here.squared_norms, there.squared_norms)
    on_disk = extract_in_shards(model, corpus, 3, tmp_path / "there", files=tmp_path / "files")
    assert torch.equal(stacked(on_disk), stacked(here)) and (tmp_path / "files" / "layer_0001.npy").exists()


def test_finished_shards_are_not_measured_again_and_the_missing_one_is(corpus, tmp_path):
    model = tiny_model("bloom")
    truth = extract_in_shards(model, corpus, 4, tmp_path)
    shard = plan_shards(corpus.n, 4)[2]
    shard_path(tmp_path, shard).unlink()
    again, passed = forwards(model, lambda: extract_in_shards(model, corpus, 4, tmp_path))
    assert passed == len(corpus.languages) * 2
    assert torch.equal(stacked(again), stacked(truth))


def test_a_damaged_file_is_measured_again(corpus, tmp_path):
    model = tiny_model("bloom")
    truth = extract_in_shards(model, corpus, 2, tmp_path)
    path = shard_path(tmp_path, plan_shards(corpus.n, 2)[0])
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert torch.equal(stacked(extract_in_shards(model, corpus, 2, tmp_path)), stacked(truth))


@pytest.mark.parametrize("change", ["model", "text", "order", "site", "budget", "threads"])
def test_shards_of_anything_else_are_not_taken(corpus, tmp_path, change):
    model = tiny_model("llama")
    extract_in_shards(model, corpus, 2, tmp_path)
    options = {"site": "gate"} if change == "site" else {"budget": 7} if change == "budget" else {}
    if change == "model":
        model = tiny_model("qwen2")
    if change == "text":
        corpus = corpus.select(seed=1)
    if change == "order":
        corpus = corpus.reorder(corpus.languages[::-1])
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(threads + 1 if change == "threads" else threads)
        found, passed = forwards(model, lambda: extract_in_shards(model, corpus, 2, tmp_path, **options))
        truth = extract_in_shards(model, corpus, 2, tmp_path / "new", **options)
    finally:
        torch.set_num_threads(threads)
    assert passed == len(corpus.languages) * corpus.n
    assert torch.equal(stacked(found), stacked(truth))


def test_sentences_cut_to_the_context_are_counted_over_all_shards(tmp_path):
    model = tiny_model("bloom")
    long = "word " * 60
    columns = {"en": ["short", long, "two", "three", long, "six"], "fr": ["un", "deux", long, "q", "c", "s"]}
    from babelscope.corpus.parallel import CorpusSource

    corpus = ParallelCorpus.from_columns("long", columns, CorpusSource("tests"))
    whole, found = extract(model, corpus), extract_in_shards(model, corpus, 3, tmp_path)
    assert [(one.kind, one.message, one.count) for one in found.warnings] == [
        (one.kind, one.message, one.count) for one in whole.warnings
    ]
    assert found.warnings[0].count == 3 and set(found.warnings[0].examples) == set(whole.warnings[0].examples)


def test_what_cannot_be_measured_is_named_and_leaves_no_file(corpus, tmp_path):
    model = tiny_model("bloom")
    handle = model.blocks[0].register_forward_hook(lambda module, inputs, output: _spoilt(output))
    try:
        with pytest.raises(ModelError, match="NaN or infinite in layer 2 for sentence '1' of en"):
            extract_in_shards(model, corpus, 2, tmp_path)
    finally:
        handle.remove()
    assert not list(tmp_path.iterdir())


def _spoilt(output):
    first, *rest = output if isinstance(output, tuple) else (output,)
    return (first * float("nan"), *rest) if isinstance(output, tuple) else first * float("nan")


def test_a_folder_that_cannot_be_written_is_a_storage_error(corpus, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot write"):
        extract_in_shards(tiny_model("bloom"), corpus, 2, tmp_path / "file")


def test_files_hold_no_pickle_and_go_when_asked(corpus, tmp_path):
    folder = tmp_path / "shards"
    extract_in_shards(tiny_model("bloom"), corpus, 2, folder)
    for path in folder.iterdir():
        with safe_open(path, framework="pt") as file:
            assert file.metadata()["format"] == "babelscope/shard"
    remove_shards(folder)
    assert not folder.exists()
    remove_shards(folder)


def test_a_scan_of_given_activations_equals_a_scan(corpus, tmp_path, monkeypatch):
    monkeypatch.setenv("BABELSCOPE_CACHE", str(tmp_path / "cache"))
    model = tiny_model("bloom")
    options = {"share": 0.05, "baseline": False}
    direct = scan(model, corpus, **options)
    found = scan(model, corpus, extraction=extract_in_shards(model, direct.corpus, 3, tmp_path), **options)
    for score in ("lrds", "sads"):
        assert getattr(found, score).value == pytest.approx(getattr(direct, score).value, abs=1e-6)
    assert found.regions.hash == direct.regions.hash and found.tokens == direct.tokens
    assert found.signature == direct.signature
    turned = direct.corpus.reorder(direct.corpus.languages[::-1])
    with pytest.raises(BabelscopeError, match="the extraction has languages"):
        scan(model, corpus, extraction=extract_in_shards(model, turned, 2, tmp_path), **options)
