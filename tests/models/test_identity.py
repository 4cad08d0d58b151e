"""Hashes: equal content, equal hash; any change of a bit, a name or a rule, another."""

import torch

from babelscope.models import load_model
from babelscope.models.identity import tokenizer_hash, weights_hash
from tiny_models import save_tiny, tiny_model, tiny_network, tiny_tokenizer


def test_weights_hash_survives_saving_and_loading(tmp_path):
    for kind in ("bloom", "llama"):
        assert load_model(save_tiny(kind, tmp_path / kind)).weights_hash == tiny_model(kind).weights_hash


def test_weights_hash_sees_one_bit_one_dtype_and_one_name():
    network = tiny_network("gpt2")
    seen = {weights_hash(network), weights_hash(tiny_network("gpt2", seed=1))}
    with torch.no_grad():
        network.transformer.h[1].mlp.c_fc.bias[-1] += 1e-3
    seen.add(weights_hash(network))
    seen.add(weights_hash(network.to(torch.bfloat16)))
    network.transformer.h[0].register_parameter("other", torch.nn.Parameter(torch.ones(1)))
    seen.add(weights_hash(network))
    assert len(seen) == 5


def test_weights_hash_does_not_depend_on_layout():
    a, b = torch.nn.Linear(3, 5), torch.nn.Linear(3, 5)
    with torch.no_grad():
        b.weight.set_(a.weight.t().contiguous().t())
        b.bias.copy_(a.bias)
    assert b.weight.stride() != a.weight.stride()
    assert weights_hash(a) == weights_hash(b)


def test_weights_hash_is_the_same_in_chunks(monkeypatch):
    network = tiny_network("llama")
    whole = weights_hash(network)
    monkeypatch.setattr("babelscope.models.identity._CHUNK", 7)
    assert weights_hash(network) == whole


def test_tokenizer_hash_is_about_content_only():
    first, second = tiny_tokenizer(), tiny_tokenizer()
    assert tokenizer_hash(first) == tokenizer_hash(second)
    second(["a", "abc"], padding=True, truncation=True, max_length=2)
    second.padding_side = "left"
    assert tokenizer_hash(first) == tokenizer_hash(second)
    second.add_tokens(["hello"])
    assert tokenizer_hash(first) != tokenizer_hash(second)
