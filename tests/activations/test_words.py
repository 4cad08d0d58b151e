"""One vector per word: equal for any batching and padding, stored once, loud about what cannot be measured."""

import functools
import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch

from babelscope.activations import observe, word_pieces, word_vectors
from babelscope.activations.batching import make_batch
from babelscope.activations.watching import watch
from babelscope.activations.word_means import WordMeans
from babelscope.errors import ModelError
from babelscope.models import load_model
from babelscope.treebanks import Treebank, load_treebanks
from shared_files import shared
from tiny_models import CONFIGS, LAYERS, tiny_model, tiny_network
from tiny_treebank import sentence, tiny_treebank, treebank

BOTH = [*range(LAYERS + 1)]


def byte_spans(text: str, words) -> list[slice]:
    """The slow twin's alignment: every byte is a token, so a word's tokens are its bytes."""
    return [slice(len(text[: word.start].encode()), len(text[: word.end].encode())) for word in words]


def glued(found):
    """A sentence whose words stand without spaces."""
    ends = itertools.accumulate(len(word.form) for word in found.words)
    words = [replace(word, start=end - len(word.form), end=end) for word, end in zip(found.words, ends, strict=True)]
    return type(found)(found.id, "".join(word.form for word in words), tuple(words))


def one_by_one(model, bank: Treebank, site="hidden", pooling="mean") -> list[np.ndarray]:
    """Per layer: the full model on one sentence at a time, float64 means over each word's bytes."""
    layers = BOTH if site == "hidden" else BOTH[1:]
    found: list[list[np.ndarray]] = [[] for _ in layers]
    for tagged in bank.sentences:
        ids = torch.tensor(model.encode([tagged.text]))
        seen: list[torch.Tensor] = []
        with torch.no_grad():
            if site == "hidden":
                seen = list(model.model(input_ids=ids, use_cache=False, output_hidden_states=True).hidden_states)
            else:
                with observe(model.site_modules(site), site, functools.partial(_keep, seen)):
                    model.model(input_ids=ids, use_cache=False)
        for place, values in enumerate(seen):
            tokens = values.reshape(ids.shape[1], -1).double().numpy()[model.special :]
            for span in byte_spans(tagged.text, tagged.words):
                found[place].append(tokens[span].mean(0) if pooling == "mean" else tokens[span][-1])
    return [np.array(vectors) for vectors in found]


def _keep(seen, layer, values) -> None:
    seen.append(values)


@pytest.fixture(scope="module")
def bank() -> Treebank:
    return treebank("en", [*tiny_treebank("en").sentences, *tiny_treebank("zh").sentences])


@pytest.mark.parametrize("model_type", sorted(CONFIGS))
def test_every_architecture_equals_one_by_one_at_any_batch_size_and_padding_side(model_type, bank):
    model = tiny_model(model_type)
    truth = one_by_one(model, bank)
    for budget, padding in ((1, "right"), (10**6, "right"), (10**6, "left")):
        found = word_vectors(model, bank, BOTH, budget=budget, padding=padding)
        assert found.rows.tolist() == [[s, w] for s, one in enumerate(bank.sentences) for w in range(len(one.words))]
        for layer in BOTH:
            assert found.layer(layer).dtype == np.float32
            note = f"{model_type} {layer} {budget} {padding}"
            np.testing.assert_allclose(found.layer(layer), truth[layer], atol=2e-5, rtol=1e-4, err_msg=note)


@pytest.mark.parametrize("model_type", ["bloom", "llama", "phi3", "opt", "gemma3"])
@pytest.mark.parametrize("site", ["mlp", "gate"])
def test_neuron_sites_count_layers_from_one(model_type, site, bank):
    model = tiny_model(model_type)
    truth = one_by_one(model, bank, site)
    found = word_vectors(model, bank, BOTH[1:], site=site)
    for layer in BOTH[1:]:
        np.testing.assert_allclose(found.layer(layer), truth[layer - 1], atol=1e-5, rtol=1e-4)
    one = word_vectors(model, bank, [2], site=site)
    np.testing.assert_allclose(one.layer(2), found.layer(2), atol=1e-6)


def test_the_last_token_alone_has_read_the_whole_word(bank):
    model = tiny_model("gemma")
    truth = one_by_one(model, bank, pooling="last")
    found = word_vectors(model, bank, BOTH, pooling="last")
    for layer in BOTH:
        np.testing.assert_allclose(found.layer(layer), truth[layer], atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("model_type", ["bloom", "gemma"])
def test_glued_words_are_read_as_one_string_without_spaces(model_type, bank):
    model = tiny_model(model_type)
    truth = one_by_one(model, treebank("en", [glued(tagged) for tagged in bank.sentences]))
    found = word_vectors(model, bank, BOTH, glued=True)
    for layer in BOTH:
        np.testing.assert_allclose(found.layer(layer), truth[layer], atol=2e-5, rtol=1e-4)
    assert np.abs(found.layer(2) - word_vectors(model, bank, [2]).layer(2)).max() > 1e-3


def test_some_words_have_the_vectors_they_have_among_all(bank):
    model = tiny_model("bloom")
    whole = word_vectors(model, bank, [1])
    wanted = [[2, 1, 1], [], [0], [3], []]
    some = word_vectors(model, bank, [1], wanted=wanted)
    assert some.rows.tolist() == [[0, 1], [0, 2], [2, 0], [3, 3]]
    place = {tuple(row): i for i, row in enumerate(whole.rows.tolist())}
    chosen = whole.layer(1)[[place[tuple(row)] for row in some.rows.tolist()]]
    np.testing.assert_allclose(some.layer(1), chosen, atol=1e-6)
    assert some.tokens < whole.tokens == sum(len(tagged.text.encode()) for tagged in bank.sentences)


def test_files_are_measured_once_and_an_interrupted_pass_goes_on(bank, tmp_path):
    model = tiny_model("bloom")
    truth = word_vectors(model, bank, [0, 2])
    seen: list[int] = []

    def stop(what, done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        word_vectors(model, bank, [0, 2], folder=tmp_path, budget=1, progress=stop)
    for expected in ([4], []):
        seen.clear()
        with counting(model, seen):
            again = word_vectors(model, bank, [0, 2], folder=tmp_path, budget=10**6)
        # The pass over one token only finds out how wide the layers are.
        assert [rows for rows, width in seen if width > 1] == expected
        for layer in (0, 2):
            np.testing.assert_allclose(again.layer(layer), truth.layer(layer), atol=1e-6)
    assert isinstance(again.layer(2), np.memmap)
    assert sorted(path.name for path in tmp_path.glob("*.npy")) == ["layer_0000.npy", "layer_0002.npy"]


def counting(model, seen):
    """Keeps the shape of every batch that passes while the block runs."""
    hook = model.backbone.register_forward_pre_hook(
        lambda module, inputs, kwargs: seen.append(tuple(kwargs["input_ids"].shape)), with_kwargs=True
    )
    return _Removing(hook)


class _Removing:
    def __init__(self, hook):
        self._hook = hook

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        self._hook.remove()


@pytest.mark.parametrize(
    "changed",
    [
        {"pooling": "last"},
        {"glued": True},
        {"site": "mlp"},
        {"layers": [1]},
        {"wanted": [[0]] * 5},
        {"model": "other weights"},
        {"bank": "other values"},
    ],
)
def test_files_made_under_other_settings_are_not_taken_for_these(bank, changed, tmp_path):
    model, bank, settings = tiny_model("bloom"), bank, {"layers": [1, 2], **changed}
    word_vectors(model, bank, [1, 2], folder=tmp_path)
    if settings.pop("model", None):
        model = tiny_model("bloom", seed=1)
    if settings.pop("bank", None):
        bank = tiny_treebank("en")
    layers = settings.pop("layers")
    found = word_vectors(model, bank, layers, folder=tmp_path, **settings)
    truth = word_vectors(model, bank, layers, **settings)
    for layer in layers:
        np.testing.assert_allclose(found.layer(layer), truth.layer(layer), atol=1e-6)
    assert len(list(tmp_path.glob("*.npy"))) == len(layers)


def test_files_of_other_words_are_not_taken_for_these(bank, tmp_path):
    model = tiny_model("bloom")
    word_vectors(model, bank, [1], folder=tmp_path, wanted=[[0]] * 5)
    found = word_vectors(model, bank, [1], folder=tmp_path, wanted=[[1]] * 5)
    np.testing.assert_allclose(found.layer(1), word_vectors(model, bank, [1], wanted=[[1]] * 5).layer(1), atol=1e-6)


def test_files_of_other_texts_are_not_taken_for_these(tmp_path):
    model = tiny_model("bloom")
    one, other = (treebank("en", [sentence(f"{form}|{form}|POS:N", "1")]) for form in ("cat", "dog"))
    word_vectors(model, one, [1], folder=tmp_path)
    found = word_vectors(model, other, [1], folder=tmp_path)
    np.testing.assert_allclose(found.layer(1), word_vectors(model, other, [1]).layer(1), atol=1e-6)


def test_a_file_that_went_missing_is_measured_again(bank, tmp_path):
    model = tiny_model("bloom")
    truth = word_vectors(model, bank, [1, 2], folder=tmp_path).layer(2).copy()
    (tmp_path / "layer_0002.npy").unlink()
    np.testing.assert_allclose(word_vectors(model, bank, [1, 2], folder=tmp_path).layer(2), truth, atol=1e-6)


def test_words_of_long_sentences_and_words_without_tokens_are_left_out_and_counted():
    from tokenizers import normalizers

    from babelscope.models import wrap_model
    from tiny_models import tiny_tokenizer

    tokenizer = tiny_tokenizer()
    tokenizer.backend_tokenizer.normalizer = normalizers.Replace("~", "")
    model = wrap_model(tiny_network("llama"), tokenizer)
    long = " ".join(["word|word|POS:N"] * 40)
    bank = treebank("en", [sentence("a|a|POS:DET ~~|~|POS:N b|b|POS:V", "1"), sentence(long, "2")])
    found = word_vectors(model, bank, [1])
    assert found.rows.tolist() == [[0, 0], [0, 2]]
    assert sorted(found.dropped.values()) == [1, 40]
    unusable = word_pieces(model, bank).without_vectors()
    assert set(unusable) == {(0, 1), *((1, w) for w in range(40))}
    assert found.dropped == {reason: list(unusable.values()).count(reason) for reason in unusable.values()}
    with pytest.raises(ModelError, match=r"no word of tiny-en \(en\) has a vector \(40 words: .*context\)"):
        word_vectors(model, bank, [1], wanted=[[], range(40)])
    with pytest.raises(ModelError, match="none was asked for"):
        word_vectors(model, bank, [1], wanted=[[], []])


@pytest.mark.parametrize("broken", [float("nan"), float("inf")])
def test_vectors_that_are_no_numbers_are_refused_by_layer_and_word(bank, broken):
    model = tiny_model("bloom")

    def spoil(module, inputs, output):
        output = output.clone()
        output[:, 8:11] = broken
        return output

    handle = model.blocks[0].mlp.register_forward_hook(spoil)
    try:
        with pytest.raises(ModelError, match="of 'cats' .sentence 'en-1' of en. is NaN or infinite in layer 1"):
            word_vectors(model, bank, [0, 1], wanted=[[2], [], [], [], []])
        assert word_vectors(model, bank, [0], wanted=[[2], [], [], [], []]).layer(0).shape[0] == 1
    finally:
        handle.remove()
    assert all(not module._forward_pre_hooks and not module._forward_hooks for module in model.model.modules())


def test_what_padding_holds_never_enters_a_vector():
    written = {}
    reducer = WordMeans({0: [(0, [1, 2])], 1: [(1, [0])]}, [5], lambda place, rows, v: written.update({place: v}))
    for padding in ("right", "left"):
        batch = make_batch([[7, 8, 9, 9], [7, 8]], [0, 1], pad_id=0, padding=padding)
        values = torch.arange(4.0).repeat(2, 1).unsqueeze(-1)
        values[1] = torch.tensor([[torch.nan], [torch.nan], [5.0], [torch.nan]])
        if padding == "right":
            values[1] = values[1].roll(2, 0)
        reducer.update(5, values, batch)
        reducer.finish(batch)
        assert written[1].tolist() == [[1.5], [5.0]]


def test_a_batch_that_exhausts_memory_is_halved_until_it_fits(bank):
    model = tiny_model("llama")
    truth = word_vectors(model, bank, BOTH)
    handle = model.blocks[1].register_forward_pre_hook(_scarce, with_kwargs=True)
    try:
        found = word_vectors(model, bank, BOTH, budget=10**6)
    finally:
        handle.remove()
    for layer in BOTH:
        np.testing.assert_allclose(found.layer(layer), truth.layer(layer), atol=1e-5, rtol=1e-4)


def _scarce(module, inputs, kwargs):
    """After layer 1 was seen: what a failed batch left behind must not be counted twice."""
    if len(inputs[0] if inputs else kwargs["hidden_states"]) > 2:
        raise torch.OutOfMemoryError("CUDA out of memory")


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"layers": [3]}, "tiny-bloom has layers 0 to 2 at the site hidden, got 3.*--layers"),
        ({"layers": [0], "site": "mlp"}, "layers 1 to 2 at the site mlp, got 0"),
        ({"layers": []}, "got none"),
        ({"layers": [1], "site": "hiden"}, "unknown site 'hiden'; did you mean 'hidden'"),
        ({"layers": [1], "pooling": "first"}, "unknown pooling 'first'"),
    ],
)
def test_choices_that_do_not_exist_are_one_line(bank, arguments, message):
    with pytest.raises(ModelError, match=message) as caught:
        word_vectors(tiny_model("bloom"), bank, **arguments)
    assert "\n" not in str(caught.value)


def test_a_layer_that_was_not_asked_for_is_not_there(bank):
    with pytest.raises(ModelError, match="layer 1 was not measured; got 0, 2"):
        word_vectors(tiny_model("bloom"), bank, [2, 0]).layer(1)


def test_a_model_in_training_goes_on_training(bank):
    model = tiny_model("gpt2")
    truth = word_vectors(model, bank, [2]).layer(2)
    model.model.train()
    np.testing.assert_allclose(word_vectors(model, bank, [2]).layer(2), truth)
    assert model.model.training


def test_hooks_on_hidden_states_are_gone_after_an_error():
    model = tiny_model("bloom")
    with pytest.raises(ZeroDivisionError), watch(model, BOTH, "hidden", lambda layer, values: None):
        raise ZeroDivisionError
    assert all(not module._forward_pre_hooks and not module._forward_hooks for module in model.model.modules())


def test_real_words_have_the_tokens_that_spell_them():
    from babelscope.activations.word_pieces import word_pieces

    model = load_model(shared("models", "bloom-s", "step00000"), device="cpu")
    banks = load_treebanks(str(shared("data", "pud")), ["en", "ar", "hi", "zh"])
    for bank in banks.values():
        pieces = word_pieces(model, bank)
        for ids, places, shared_ones, tagged in zip(
            pieces.ids[:200], pieces.places, pieces.shared, bank.sentences, strict=False
        ):
            assert model.tokenizer.decode(ids) == tagged.text
            for word, own, double in zip(tagged.words, places, shared_ones, strict=True):
                spelled = model.tokenizer.decode([ids[place] for place in own])
                assert word.form in spelled and (double or spelled.strip() == word.form)
