"""Perplexity equals a slow loop over whole logits and lm-eval's rolling loglikelihood, on every architecture."""

import math

import numpy as np
import pytest
import torch

import babelscope as bs
from babelscope.errors import BabelscopeError, ModelError
from babelscope.evaluation import head as heads
from babelscope.evaluation.head import find_head
from babelscope.evaluation.perplexity import Scorer, perplexity
from babelscope.models import ARCHITECTURES, wrap_model
from shared_files import shared
from tiny_corpus import tiny_corpus
from tiny_models import tiny_model, tiny_network, tiny_tokenizer

ROWS = sorted(ARCHITECTURES)
TEXTS = {code: "\n\n".join(tiny_corpus()[code]) for code in ("en", "ar", "zh")}


def slow_losses(model, text, segment):
    """Rolling losses, one window at a time on whole logits; BOS first in every window where the model needs it."""
    ids = model.encode([text])[0][model.special :]
    lead = [model.tokenizer.bos_token_id]
    losses, done = [], 0
    while done < len(ids):
        if done == 0:
            stop = min(segment, len(ids))
            read, targets = lead + ids[: stop - 1], ids[:stop]
        else:
            take = min(segment - model.add_bos, len(ids) - done)
            stop = done + take
            read = lead + ids[stop - segment : stop - 1] if model.add_bos else ids[stop - segment - 1 : stop - 1]
            targets = ids[done:stop]
        with torch.no_grad():
            logits = model.model(input_ids=torch.tensor([read])).logits[0].double()
        own = torch.log_softmax(logits, -1)[-len(targets) :].gather(1, torch.tensor(targets)[:, None])
        losses.append(-float(own.sum()))
        done = stop
    return np.array(losses)


@pytest.mark.parametrize("kind", ROWS)
def test_it_equals_the_slow_loop(kind):
    model = tiny_model(kind)
    assert find_head(model) is not None
    for language, losses in perplexity(model, TEXTS, segment=48, budget=200).items():
        np.testing.assert_allclose(losses.nll, slow_losses(model, TEXTS[language], 48), rtol=2e-5)
        assert losses.tokens.sum() == len(model.encode([TEXTS[language]])[0]) - model.special
        assert losses.bytes.sum() == len(TEXTS[language].encode())


@pytest.mark.parametrize("kind", ["gemma2", "cohere"])
def test_what_a_family_does_to_its_logits_is_part_of_them(kind):
    changed = {"gemma2": {"final_logit_softcapping": 0.5}, "cohere": {"logit_scale": 0.25}}[kind]
    model = tiny_model(kind, **changed)
    found = perplexity(model, {"en": TEXTS["en"]}, segment=48)["en"]
    np.testing.assert_allclose(found.nll, slow_losses(model, TEXTS["en"], 48), rtol=2e-5)
    plain = perplexity(tiny_model(kind), {"en": TEXTS["en"]}, segment=48)["en"]
    assert abs(plain.nats_per_token - found.nats_per_token) > 1e-3


def test_a_head_that_does_not_make_the_models_logits_is_not_used():
    network = tiny_network("granite", **{**_GRANITE, "logits_scaling": 8.0})
    model = wrap_model(network, tiny_tokenizer(), name="granite")
    scorer = Scorer(model, TEXTS, segment=48)
    assert scorer.head is None
    np.testing.assert_allclose(scorer.score("en").nll, slow_losses(model, TEXTS["en"], 48), rtol=2e-5)


_GRANITE = dict(
    vocab_size=259,
    hidden_size=16,
    intermediate_size=24,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=128,
    bos_token_id=0,
    eos_token_id=1,
    pad_token_id=2,
)


@pytest.mark.parametrize("windows", ["rolling", "paper"])
def test_batches_and_logit_blocks_change_nothing(windows, monkeypatch):
    model = tiny_model("bloom")
    one = perplexity(model, TEXTS, windows=windows, segment=40, budget=1)
    monkeypatch.setattr(heads, "LOGIT_BYTES", 4 * 259 * 7)
    many = perplexity(model, TEXTS, windows=windows, segment=40, budget=10_000)
    for language in TEXTS:
        np.testing.assert_allclose(many[language].nll, one[language].nll, rtol=1e-5)


def test_paper_windows_score_the_segments_apart():
    model = tiny_model("llama")
    ids = model.encode([TEXTS["en"]])[0]
    found = perplexity(model, {"en": TEXTS["en"]}, windows="paper", segment=50)["en"]
    expected = []
    for start in range(0, len(ids) - 49, 50):
        piece = torch.tensor([ids[start : start + 50]])
        with torch.no_grad():
            expected.append(49 * float(model.model(input_ids=piece, labels=piece).loss))
    np.testing.assert_allclose(found.nll, expected, rtol=1e-5)
    assert found.tokens.tolist() == [49] * len(expected) and found.bytes.tolist() == [49] * len(expected)
    assert found.perplexity == pytest.approx(math.exp(sum(expected) / (49 * len(expected))), rel=1e-5)


def test_a_uniform_model_has_the_vocabulary_as_its_perplexity():
    model = tiny_model("llama", tie_word_embeddings=False)
    with torch.no_grad():
        model.model.lm_head.weight.zero_()
    found = perplexity(model, TEXTS, segment=64)
    assert all(losses.perplexity == pytest.approx(259, rel=1e-5) for losses in found.values())
    # Bytes are tokens here, so nats per byte and per token agree.
    assert found["zh"].nats_per_byte == pytest.approx(math.log(259), rel=1e-5)


@pytest.mark.parametrize("segment", [128, 100])
def test_rolling_equals_lm_eval(segment):
    pytest.importorskip("lm_eval")
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    model = bs.load_model("nano")
    theirs = HFLM(pretrained=model.model, tokenizer=model.tokenizer, max_length=segment, batch_size=2)
    texts = {code: "\n\n".join(bs.load_corpus("mini", languages=["en", code])[code][:20]) for code in ("ar", "zh")}
    for code, losses in perplexity(model, texts, segment=segment).items():
        request = Instance("loglikelihood_rolling", {}, (texts[code],), 0)
        value = theirs.loglikelihood_rolling([request], disable_tqdm=True)[0]
        assert losses.nll.sum() == pytest.approx(-value, rel=1e-6)


def test_trained_weights_say_what_they_said_to_the_loop():
    model = bs.load_model(shared("models", "bloom-s", "step03500"))
    lines = shared("data", "ntrex", "fr.txt").read_text(encoding="utf-8").split("\n")[1597:1617]
    text = "\n\n".join(lines)
    found = perplexity(model, {"fr": text}, segment=128)["fr"]
    np.testing.assert_allclose(found.nll, slow_losses(model, text, 128), rtol=1e-5)


def test_logits_of_a_batch_are_never_held_whole():
    vocabulary = 60_000
    model = wrap_model(tiny_network("llama", vocab_size=vocabulary), tiny_tokenizer(), name="wide")
    scorer = Scorer(model, {"en": TEXTS["en"] * 8}, segment=128, budget=2048)
    assert scorer.head is not None
    largest = 0
    original = heads.losses_of

    def watched(logits, targets):
        nonlocal largest
        largest = max(largest, logits.numel() * logits.element_size())
        return original(logits, targets)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(heads, "LOGIT_BYTES", 2**22)
        patch.setattr(heads, "losses_of", watched)
        scorer.score("en")
    assert 0 < largest <= 2**22


def test_bad_input_is_named():
    model = tiny_model("bloom")
    with pytest.raises(BabelscopeError, match="en: a perplexity needs a text of at least 2 tokens, got 1"):
        perplexity(model, {"en": "a"})
    with pytest.raises(BabelscopeError, match="segment of 129 tokens is longer than the context of .* 128 tokens"):
        perplexity(model, TEXTS, segment=129)
    model.tokenizer.bos_token = model.tokenizer.eos_token = None
    for name in ("bos_token_id", "eos_token_id"):
        setattr(model.model.config, name, None)
    with pytest.raises(ModelError, match="neither a BOS nor an EOS token.*--windows paper"):
        perplexity(model, TEXTS, segment=64)
    assert perplexity(model, TEXTS, windows="paper", segment=64)["en"].perplexity > 1


def test_a_segment_of_no_tokens_is_not_the_default():
    with pytest.raises(BabelscopeError, match="a segment needs at least 2 tokens, got --segment 0"):
        perplexity(tiny_model("bloom"), TEXTS, segment=0)


def test_windows_start_with_the_bos_that_sentences_start_with():
    model = tiny_model("gemma")
    assert model.add_bos
    expected = perplexity(model, {"en": TEXTS["en"]}, segment=48)["en"]
    # Only the configuration still names it; the tokenizer has an EOS, which is no substitute.
    model.tokenizer.bos_token = None
    assert model.bos_id == model.model.config.bos_token_id != model.tokenizer.eos_token_id
    np.testing.assert_array_equal(perplexity(model, {"en": TEXTS["en"]}, segment=48)["en"].nll, expected.nll)


def test_nan_is_named_with_segment_and_condition():
    model = tiny_model("llama", tie_word_embeddings=False)
    scorer = Scorer(model, TEXTS, segment=64, budget=1)
    assert scorer.head is not None
    # The embedding of one byte is broken, which first occurs in the third segment or later.
    letter = next(letter for letter in TEXTS["en"] if 128 < TEXTS["en"].index(letter))
    with torch.no_grad():
        model.model.model.embed_tokens.weight[model.encode([letter])[0][0]] = float("nan")
    # It is read to predict the byte after it.
    segment = (TEXTS["en"].index(letter) + 1) // 64 + 1
    assert segment >= 3
    expected = rf"segment {segment} of \d+ of en with the region of fr deactivated \(dtype float32\)"
    with pytest.raises(ModelError, match=expected):
        scorer.score("en", "the region of fr deactivated")


def test_a_batch_that_does_not_fit_is_halved(monkeypatch):
    model = tiny_model("bloom")
    expected = perplexity(model, TEXTS, segment=32)
    forward = type(model.backbone).forward

    def small(self, input_ids, **rest):
        if len(input_ids) > 2:
            raise RuntimeError("CUDA out of memory. Tried to allocate")
        return forward(self, input_ids=input_ids, **rest)

    monkeypatch.setattr(type(model.backbone), "forward", small)
    found = perplexity(model, TEXTS, segment=32, budget=1000)
    np.testing.assert_allclose(found["en"].nll, expected["en"].nll, rtol=1e-5)
