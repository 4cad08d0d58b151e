"""What a model writes: the same in any batch and token by token, and nothing of the checkpoint's settings."""

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch

from babelscope.errors import BabelscopeError, ModelError
from babelscope.evaluation.continuation import Continuer, Decoding, drawn
from babelscope.evaluation.prompts import Prompt
from babelscope.interventions import deactivate
from babelscope.regions import NeuronMask
from tiny_models import tiny_model

TEXTS = ("a", "The market is closed today", "市场今天", "Le marché", "आज")
PROMPTS = [Prompt("en", str(i), text) for i, text in enumerate(TEXTS)]
ROWS = ["bloom", "llama", "qwen3", "gemma2", "gemma3", "gpt2", "gpt_neox", "opt", "xglm", "falcon", "phi"]


def written(model: Any, decoding: Decoding, prompts=PROMPTS, budget: int | None = None) -> list[tuple[int, ...]]:
    continuer = Continuer(model, prompts, decoding, budget)
    return [one.ids for one in continuer.run(range(len(prompts)))]


def slowly(model: Any, text: str, tokens: int) -> tuple[int, ...]:
    """Greedy decoding without cache, batch or library: the whole sequence anew for every token."""
    ids = model.encode([text])[0]
    new: list[int] = []
    with torch.no_grad():
        while len(new) < tokens:
            token = int(model.model(input_ids=torch.tensor([ids + new])).logits[0, -1].argmax())
            if token == 1:
                break
            new.append(token)
    return tuple(new)


@pytest.mark.parametrize("model_type", ROWS)
def test_a_batch_writes_what_each_prompt_alone_and_the_slow_twin_write(model_type: str) -> None:
    model = tiny_model(model_type)
    decoding = Decoding(tokens=12)
    together = written(model, decoding)
    assert together == written(model, decoding, budget=1)
    assert together == [slowly(model, text, 12) for text in TEXTS]


@pytest.mark.parametrize("model_type", ["bloom", "llama"])
def test_a_draw_depends_on_seed_and_prompt_and_not_on_the_batch(model_type: str) -> None:
    model = tiny_model(model_type)
    decoding = Decoding(tokens=12, sample=True, temperature=1.3, top_p=0.9, seed=3)
    before = torch.random.get_rng_state()
    together = written(model, decoding)
    assert torch.equal(before, torch.random.get_rng_state())
    assert together == written(model, decoding, budget=1)
    assert together[::-1] == written(model, decoding, PROMPTS[::-1])
    assert together != written(model, dataclasses.replace(decoding, seed=4))
    assert together != written(model, Decoding(tokens=12))


def test_draws_have_the_probabilities_of_the_logits() -> None:
    logits = torch.tensor([[2.0, 1.0, 0.0, -1.0]])
    generator = torch.Generator().manual_seed(5)
    many = logits.expand(20000, 4)
    chosen = drawn(many, Decoding(sample=True, temperature=2.0), [generator] * len(many)).argmax(-1)
    found = np.bincount(chosen.numpy(), minlength=4) / len(many)
    np.testing.assert_allclose(found, (logits[0] / 2).softmax(-1).numpy(), atol=0.015)


def test_top_p_keeps_the_smallest_set_that_reaches_it() -> None:
    logits = torch.tensor([[0.5, 0.3, 0.15, 0.05]]).log()
    generator = torch.Generator().manual_seed(5)
    for top_p, kept in ((0.4, 1), (0.5, 1), (0.6, 2), (0.81, 3), (1.0, 4)):
        found = drawn(logits.flip(-1), Decoding(sample=True, top_p=top_p), [generator])
        assert torch.isfinite(found).flip(-1).tolist() == [[True] * kept + [False] * (4 - kept)]


def test_the_checkpoints_own_settings_play_no_part_and_stay() -> None:
    model = tiny_model("llama")
    plain = written(model, Decoding(tokens=12))
    settings = model.model.generation_config
    settings.do_sample, settings.temperature, settings.repetition_penalty = True, 5.0, 50.0
    settings.no_repeat_ngram_size, settings.min_new_tokens = 1, 11
    assert written(model, Decoding(tokens=12)) == plain
    assert model.model.generation_config is settings and settings.repetition_penalty == 50.0


def test_a_text_ends_where_the_checkpoint_says_it_ends() -> None:
    model = tiny_model("llama")
    plain = Continuer(model, PROMPTS[:1], Decoding(tokens=12)).run([0])[0]
    assert not plain.ended and len(plain.ids) == 12
    model.model.generation_config.eos_token_id = [1, plain.ids[4]]
    stopped = Continuer(model, PROMPTS[:1], Decoding(tokens=12)).run([0])[0]
    assert stopped.ended and stopped.ids == plain.ids[: plain.ids.index(plain.ids[4])]


def test_deactivated_neurons_are_off_for_every_token() -> None:
    model = tiny_model("bloom")
    everything = NeuronMask.of_flat(np.ones(sum(model.neurons), dtype=bool), model.neurons)
    continuer = Continuer(model, PROMPTS, Decoding(tokens=8))
    plain = [one.ids for one in continuer.run(range(5))]
    with deactivate(model, everything):
        off = [one.ids for one in continuer.run(range(5))]
        assert off == [slowly(model, text, 8) for text in TEXTS]
    assert off != plain and [one.ids for one in continuer.run(range(5))] == plain


def test_a_prompt_that_is_too_long_loses_its_beginning() -> None:
    model = tiny_model("llama")
    long = Prompt("en", "9", "x" * 200 + "The market is closed")
    continuer = Continuer(model, [PROMPTS[0], long], Decoding(tokens=28))
    assert continuer.cut == [long]
    kept = model.encode([long.text])[0][-100:]
    assert len(kept) == model.context - 28
    short = Prompt("en", "9", model.tokenizer.decode(kept))
    assert continuer.run([1])[0].ids == Continuer(model, [short], Decoding(tokens=28)).run([0])[0].ids


def test_the_model_is_left_as_it_was() -> None:
    model = tiny_model("opt")
    model.model.train()
    Continuer(model, PROMPTS, Decoding(tokens=2)).run(range(5))
    assert model.model.training and torch.is_grad_enabled()


def test_what_cannot_be_written_is_refused() -> None:
    model = tiny_model("llama")
    with pytest.raises(BabelscopeError, match="200 new tokens do not fit into the context of tiny-llama, 128 tokens"):
        Continuer(model, PROMPTS, Decoding(tokens=200))
    for wrong in ({"tokens": 0}, {"temperature": 0.0}, {"top_p": 0.0}, {"top_p": 1.1}, {"seed": -1}):
        with pytest.raises(BabelscopeError, match="got"):
            Decoding(**wrong)  # type: ignore[arg-type]


def test_nan_logits_name_the_state_of_the_model() -> None:
    model = tiny_model("llama")
    with torch.no_grad():
        model.model.lm_head.weight[3] = float("nan")
    with pytest.raises(ModelError, match="NaN with the region of fr deactivated"):
        Continuer(model, PROMPTS, Decoding(tokens=2)).run([0], "the region of fr deactivated")


def test_a_batch_that_does_not_fit_is_halved(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_model("bloom")
    decoding = Decoding(tokens=6, sample=True)
    plain = written(model, decoding)
    write = Continuer._write

    def small(self: Continuer, rows: Any, state: str) -> Any:
        if len(rows) > 2:
            raise torch.OutOfMemoryError
        return write(self, rows, state)

    monkeypatch.setattr(Continuer, "_write", small)
    assert written(model, decoding) == plain
