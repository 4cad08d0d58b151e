import numpy as np
import pytest
import torch

from babelscope.activations import extract, sentence_vectors
from babelscope.activations import sentences as module
from babelscope.activations.pooling import last_token
from babelscope.errors import BabelscopeError
from tiny_corpus import tiny_corpus
from tiny_models import CONFIGS, tiny_model

CORPUS = tiny_corpus(("en", "zh"))


@pytest.mark.parametrize("kind", ["bloom", "llama", "gpt2", "opt", "gemma2"])
def test_every_layer_and_pooling_is_that_of_the_model_itself(kind):
    model = tiny_model(kind)
    found = sentence_vectors(model, CORPUS, poolings=("mean", "last"), budget=150)
    assert found.layers == (0, 1, 2) and found.languages == ("en", "zh")
    for a, code in enumerate(CORPUS.languages):
        for i, text in enumerate(CORPUS[code]):
            ids = model.encode([text])[0]
            with torch.inference_mode():
                states = model.model(input_ids=torch.tensor([ids]), output_hidden_states=True).hidden_states
            for layer in found.layers:
                own = states[layer][0, model.special :]
                np.testing.assert_allclose(found.layer("mean", layer)[a, i], own.mean(0), atol=2e-5)
                np.testing.assert_allclose(found.layer("last", layer)[a, i], own[-1], atol=2e-5)


def test_all_architectures_are_read_whatever_the_padding_and_the_batches():
    for kind in set(CONFIGS) - {"gemma3"}:
        model = tiny_model(kind)
        one = sentence_vectors(model, CORPUS.select(3), poolings=("mean", "last"), budget=1)
        other = sentence_vectors(model, CORPUS.select(3), poolings=("last", "mean"), budget=10_000, padding="left")
        for pooling in ("mean", "last"):
            for layer in one.layers:
                np.testing.assert_allclose(
                    one.layer(pooling, layer), other.layer(pooling, layer), atol=3e-5, err_msg=kind
                )


def test_neurons_are_those_of_a_scan_and_have_no_layer_0():
    model = tiny_model("llama")
    for site in ("mlp", "gate"):
        found, scanned = sentence_vectors(model, CORPUS, site=site), extract(model, CORPUS, site=site).activations
        assert found.layers == (1, 2)
        for layer in found.layers:
            np.testing.assert_allclose(found.layer("mean", layer), scanned.block(layer), atol=1e-6)


def test_the_last_token_is_the_last_own_one_on_either_side_of_the_padding():
    values = torch.arange(24.0).reshape(2, 4, 3)
    own = torch.tensor([[False, True, True, False], [False, False, True, True]])
    assert last_token(values, own).tolist() == [[6, 7, 8], [21, 22, 23]]
    assert last_token(values.half(), own).dtype == torch.float32


def test_files_hold_the_same_and_a_killed_pass_goes_on(tmp_path, monkeypatch):
    model = tiny_model("bloom")
    whole = sentence_vectors(model, CORPUS, poolings=("mean", "last"), budget=100)
    made = []

    def killed(*arguments):
        if len(made) == 3:
            raise KeyboardInterrupt
        made.append(arguments[1])
        return batch(*arguments)

    batch = module.make_batch
    monkeypatch.setattr(module, "make_batch", killed)
    with pytest.raises(KeyboardInterrupt):
        sentence_vectors(model, CORPUS, poolings=("mean", "last"), folder=tmp_path, budget=100)
    done = {row for rows in made for row in rows}
    made.clear()
    monkeypatch.setattr(module, "make_batch", lambda *a: made.append(a[1]) or batch(*a))
    found = sentence_vectors(model, CORPUS, poolings=("mean", "last"), folder=tmp_path, budget=100)
    again = {row for rows in made for row in rows}
    assert done and not done & again and len(done | again) == 16
    for pooling in ("mean", "last"):
        for layer in found.layers:
            np.testing.assert_allclose(found.layer(pooling, layer), whole.layer(pooling, layer), atol=1e-6)


def test_what_cannot_be_read_is_one_line():
    model = tiny_model("bloom")
    with pytest.raises(BabelscopeError, match="unknown pooling 'middle'"):
        sentence_vectors(model, CORPUS, poolings=("middle",))  # type: ignore[arg-type]
    with pytest.raises(BabelscopeError, match="unknown site 'attention'"):
        sentence_vectors(model, CORPUS, site="attention")  # type: ignore[arg-type]
    broken = tiny_model("bloom", seed=3)
    with torch.no_grad():
        broken.model.get_input_embeddings().weight.fill_(float("nan"))
    with pytest.raises(
        BabelscopeError, match=r"the vector of sentence '\d' of (en|zh) is NaN or infinite in layer 0"
    ):
        sentence_vectors(broken, CORPUS)
