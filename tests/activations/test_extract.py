"""One pass over a corpus: equal for any batching, padding and interruption, loud about what cannot be measured."""

import functools

import pytest
import torch

from babelscope.activations import (
    SentenceMeans,
    extract,
    make_batch,
    mean_over_tokens,
    observe,
    plan,
    plan_batches,
)
from babelscope.corpus import ParallelCorpus
from babelscope.corpus.parallel import CorpusSource
from babelscope.errors import BabelscopeError, CorpusError, ModelError
from tiny_corpus import tiny_corpus
from tiny_models import CONFIGS, tiny_model


@pytest.fixture(scope="module")
def corpus() -> ParallelCorpus:
    return tiny_corpus()


def stacked(extraction) -> torch.Tensor:
    found = extraction.activations
    return torch.cat([found.block(layer) for layer in range(1, found.n_layers + 1)], dim=-1)


def _keep(seen: list[torch.Tensor], layer: int, values: torch.Tensor) -> None:
    seen.append(values)


def one_by_one(model, corpus, site="mlp") -> torch.Tensor:
    """The slow twin: the full model on one sentence at a time, float64 means over the sentence's own tokens."""
    rows = []
    for language in corpus.languages:
        for text in corpus[language]:
            ids = model.encode([text])[0]
            seen: list[torch.Tensor] = []
            keep = functools.partial(_keep, seen)
            with observe(model.site_modules(site), site, keep), torch.no_grad():
                model.model(input_ids=torch.tensor([ids]), use_cache=False)
            tokens = [values.reshape(len(ids), -1).double()[model.special :] for values in seen]
            rows.append(torch.cat([values.mean(0) for values in tokens]))
    return torch.stack(rows).view(len(corpus.languages), corpus.n, -1).float()


@pytest.mark.parametrize("model_type", sorted(CONFIGS))
def test_every_architecture_equals_one_by_one_at_any_batch_size_and_padding_side(model_type, corpus):
    model = tiny_model(model_type)
    truth = one_by_one(model, corpus)
    for budget, padding in ((1, "right"), (200, "right"), (10**6, "right"), (10**6, "left")):
        found = stacked(extract(model, corpus, budget=budget, padding=padding))
        torch.testing.assert_close(found, truth, atol=1e-5, rtol=1e-5, msg=f"{model_type} {budget} {padding}")


@pytest.mark.parametrize("model_type", ["llama", "bloom", "phi3"])
def test_the_gate_site_is_the_activation_before_the_product(model_type, corpus):
    model = tiny_model(model_type)
    found = stacked(extract(model, corpus, site="gate"))
    torch.testing.assert_close(found, one_by_one(model, corpus, "gate"), atol=1e-5, rtol=1e-5)
    at_mlp = stacked(extract(model, corpus))
    assert torch.equal(found, at_mlp) == (not model.architecture.gated)


def test_half_precision_models_have_means_in_float32(corpus):
    model = tiny_model("llama")
    exact = stacked(extract(model, corpus))
    model.model.to(torch.bfloat16)
    found = extract(model, corpus)
    assert stacked(found).dtype == torch.float32
    scale = exact.abs().mean()
    assert (stacked(found) - exact).abs().mean() < 0.02 * scale


def test_pooling_accumulates_half_precision_in_float32():
    values = torch.full((1, 4000, 3), 1.0 + 2**-7, dtype=torch.bfloat16)
    own = torch.ones(1, 4000, dtype=torch.bool)
    assert mean_over_tokens(values, own).tolist() == [[1.0 + 2**-7] * 3]
    own[:, 1:] = False
    values[:, 1:] = torch.nan
    assert mean_over_tokens(values, own).tolist() == [[1.0 + 2**-7] * 3]


def test_a_bos_token_is_seen_by_the_model_but_not_by_the_mean(corpus):
    model = tiny_model("gemma")
    assert model.special == 1
    found = extract(model, corpus)
    assert found.tokens[corpus.languages[0]] == sum(len(ids) - 1 for ids in model.encode(corpus[corpus.languages[0]]))
    torch.testing.assert_close(stacked(found), one_by_one(model, corpus), atol=1e-5, rtol=1e-5)


def test_the_model_is_left_as_it_was(corpus):
    model = tiny_model("bloom")
    before = {name: weight.clone() for name, weight in model.model.state_dict().items()}
    extract(model, corpus)
    assert all(not module._forward_pre_hooks and not module._forward_hooks for module in model.model.modules())
    assert all(torch.equal(weight, before[name]) for name, weight in model.model.state_dict().items())


def test_hooks_are_gone_after_an_error():
    model = tiny_model("bloom")
    with pytest.raises(ZeroDivisionError), observe(model.site_modules("mlp"), "mlp", lambda layer, values: None):
        raise ZeroDivisionError
    assert all(not module._forward_pre_hooks for module in model.model.modules())


def test_batches_hold_every_sentence_once_within_the_budget():
    lengths = [5, 90, 3, 3, 17, 40, 2, 8]
    batches = plan_batches(lengths, budget=50)
    assert sorted(row for rows in batches for row in rows) == list(range(8))
    assert all(len(rows) == 1 or len(rows) * max(lengths[row] for row in rows) <= 50 for rows in batches)
    assert batches[0] == [1]


@pytest.mark.parametrize("padding", ["left", "right"])
def test_a_batch_marks_own_tokens_and_positions(padding):
    batch = make_batch([[9, 5, 6], [9, 7]], [0, 1], pad_id=0, special=1, padding=padding)
    own = [[False, True, True], [False, True, False] if padding == "right" else [False, False, True]]
    assert batch.own.tolist() == own
    assert batch.tokens == 5
    assert batch.positions[0].tolist() == [0, 1, 2]
    assert batch.positions[1].tolist() == ([0, 1, 0] if padding == "right" else [0, 0, 1])


def test_a_batch_that_exhausts_memory_is_halved_until_it_fits(corpus):
    model = tiny_model("bloom")
    truth = stacked(extract(model, corpus))
    sizes = []

    def scarce(module, inputs, kwargs):
        sizes.append(len(kwargs["input_ids"]))
        if len(kwargs["input_ids"]) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory")

    handle = model.backbone.register_forward_pre_hook(scarce, with_kwargs=True)
    try:
        found = stacked(extract(model, corpus, budget=10**6))
    finally:
        handle.remove()
    assert max(sizes) > 3 and min(sizes) <= 3
    torch.testing.assert_close(found, truth, atol=1e-6, rtol=1e-5)


def test_a_single_sentence_that_does_not_fit_is_an_error_that_says_what_to_do(corpus):
    model = tiny_model("bloom")

    def none_left(module, inputs):
        raise torch.OutOfMemoryError("CUDA out of memory")

    handle = model.backbone.register_forward_pre_hook(none_left)
    try:
        with pytest.raises(ModelError, match="out of memory on a single sentence.*--device-map auto"):
            extract(model, corpus)
    finally:
        handle.remove()


def test_files_give_the_same_vectors_and_an_interrupted_pass_goes_on(corpus, tmp_path):
    model = tiny_model("llama")
    truth = stacked(extract(model, corpus))
    calls = []

    def stop_after(count):
        def watch(what, done, total):
            calls.append(done)
            if len(calls) == count:
                raise KeyboardInterrupt

        return watch

    with pytest.raises(KeyboardInterrupt):
        extract(model, corpus, budget=60, folder=tmp_path, progress=stop_after(3))
    finished = calls[-1]
    forwards = []
    handle = model.backbone.register_forward_pre_hook(
        lambda module, inputs, kwargs: forwards.append(len(kwargs["input_ids"])), with_kwargs=True
    )
    again = extract(model, corpus, budget=60, folder=tmp_path)
    handle.remove()
    total = len(corpus.languages) * corpus.n
    assert 0 < finished < total and sum(forwards) == total - finished
    torch.testing.assert_close(stacked(again), truth, atol=1e-6, rtol=1e-5)


def test_files_of_another_corpus_are_not_continued(corpus, tmp_path):
    model = tiny_model("bloom")
    extract(model, corpus, folder=tmp_path)
    other = corpus.select(corpus.n - 1)
    found = extract(model, other, folder=tmp_path)
    torch.testing.assert_close(stacked(found), stacked(extract(model, other)))


def test_other_reducers_ride_the_same_pass(corpus):
    """Sign counts merge over batches: what a per-token statistic of a later method will do."""
    model = tiny_model("bloom")

    class SignCounts:
        def __init__(self):
            self.counts = [torch.zeros(width) for width in model.neurons]
            self.tokens = 0

        def update(self, layer, values, batch):
            self.counts[layer - 1] += ((values > 0) & batch.own.unsqueeze(-1)).sum((0, 1))

        def finish(self, batch):
            self.tokens += int(batch.own.sum())

        def discard(self):
            raise AssertionError("nothing failed")

    small, large = SignCounts(), SignCounts()
    found = extract(model, corpus, budget=50, reducers=[small])
    extract(model, corpus, budget=10**6, reducers=[large])
    assert small.tokens == large.tokens == sum(found.tokens.values())
    assert all(torch.equal(a, b) for a, b in zip(small.counts, large.counts, strict=True))


def test_long_sentences_are_cut_and_counted():
    long = "word " * 100
    corpus = ParallelCorpus.from_columns(
        "long", {"en": ["short", long, long], "fr": ["court", "bref", "petit"]}, CorpusSource("test")
    )
    found = extract(tiny_model("llama"), corpus)
    warning = found.warnings[0]
    assert (warning.kind, warning.count) == ("truncated", 2)
    assert "context of 128 tokens" in warning.message
    assert found.tokens["en"] == len("short") + 2 * 128


def test_a_sentence_without_tokens_is_refused(corpus):
    model = tiny_model("bloom")
    encode = type(model).encode
    empty = lambda self, sentences: [ids if i != 1 else [] for i, ids in enumerate(encode(self, sentences))]  # noqa: E731
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(model), "encode", empty)
        with pytest.raises(CorpusError, match=f"sentence '{corpus.ids[1]}' of {corpus.languages[0]} has no tokens"):
            extract(model, corpus)


@pytest.mark.parametrize(
    "broken, message", [(float("nan"), "NaN or infinite"), (float("inf"), "NaN or infinite"), (0.0, "all zero")]
)
def test_unusable_activations_are_refused_by_layer_and_sentence(corpus, broken, message):
    model = tiny_model("bloom")

    def spoil(module, inputs):
        return (torch.full_like(inputs[0], broken),)

    handle = model.output_projections[1].register_forward_pre_hook(spoil)
    try:
        with pytest.raises(
            ModelError, match=f"{message} in layer 2 for sentence '{corpus.ids[0]}' of {corpus.languages[0]}.*float32"
        ):
            extract(model, corpus)
    finally:
        handle.remove()


def test_a_plan_counts_what_extract_does(corpus):
    model = tiny_model("bloom")
    forecast = plan(model, corpus, budget=100)
    assert forecast.sentences == len(corpus.languages) * corpus.n
    assert forecast.tokens == extract(model, corpus).tokens
    assert forecast.vector_bytes == 4 * forecast.sentences * sum(model.neurons)
    assert forecast.padded_tokens >= sum(forecast.tokens.values()) and forecast.seconds > 0


def test_sentence_means_forget_a_failed_batch():
    written = []
    means = SentenceMeans(lambda layer, rows, vectors: written.append(layer))
    batch = make_batch([[1, 2]], [0], pad_id=0)
    means.update(1, torch.ones(1, 2, 3), batch)
    means.discard()
    means.update(2, torch.ones(1, 2, 3), batch)
    means.finish(batch)
    assert written == [2]


def test_a_folder_is_not_continued_under_another_order_of_languages(corpus, tmp_path):
    model = tiny_model("bloom")
    extract(model, corpus, folder=tmp_path)
    turned = corpus.reorder(corpus.languages[::-1])
    torch.testing.assert_close(stacked(extract(model, turned, folder=tmp_path)), stacked(extract(model, turned)))


def test_a_line_of_the_journal_cut_off_by_a_full_disk_is_forgotten(corpus, tmp_path):
    model = tiny_model("bloom")
    truth = stacked(extract(model, corpus, budget=60, folder=tmp_path))
    journal = tmp_path / "done.txt"
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join(lines[:2]) + lines[2].rstrip("\n")[:1])
    for _ in range(2):
        torch.testing.assert_close(stacked(extract(model, corpus, budget=60, folder=tmp_path)), truth)


def test_other_reducers_see_everything_even_if_the_vectors_are_there(corpus, tmp_path):
    model = tiny_model("bloom")
    found = extract(model, corpus, folder=tmp_path)
    seen = []

    class Counter:
        def update(self, layer, values, batch):
            pass

        def finish(self, batch):
            seen.append(int(batch.own.sum()))

        def discard(self):
            pass

    extract(model, corpus, folder=tmp_path, reducers=[Counter()])
    assert sum(seen) == sum(found.tokens.values())


def test_a_model_in_training_is_measured_without_dropout_and_goes_on_training(corpus):
    model = tiny_model("gpt2")
    truth = stacked(extract(model, corpus))
    model.model.train()
    frozen = next(module for module in model.model.modules() if isinstance(module, torch.nn.LayerNorm))
    frozen.eval()
    torch.testing.assert_close(stacked(extract(model, corpus)), truth)
    assert model.model.training and not frozen.training


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_what_padding_holds_never_enters_a_mean(dtype):
    values = torch.ones(1, 4, 2, dtype=dtype)
    values[:, 2:] = torch.nan
    own = torch.tensor([[True, True, False, False]])
    assert mean_over_tokens(values, own).tolist() == [[1.0, 1.0]]


def test_a_failed_allocation_of_the_cpu_halves_the_batch(corpus):
    model = tiny_model("bloom")
    truth = stacked(extract(model, corpus))

    def starve(module, inputs, kwargs):
        if len(kwargs["input_ids"]) > 3:
            torch.empty(2**52)

    handle = model.backbone.register_forward_pre_hook(starve, with_kwargs=True)
    try:
        torch.testing.assert_close(stacked(extract(model, corpus, budget=10**6)), truth, atol=1e-6, rtol=1e-5)
    finally:
        handle.remove()


def test_layers_count_from_one(corpus):
    found = extract(tiny_model("bloom"), corpus).activations
    for layer in (0, -1, 3):
        with pytest.raises(BabelscopeError, match="layers run from 1 to 2"):
            found.block(layer)
