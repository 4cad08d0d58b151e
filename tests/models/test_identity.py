"""Hashes: equal content, equal hash; any change of a bit, a name or a rule, another."""

import pytest
import torch

from babelscope.models import ARCHITECTURES, load_model, wrap_model
from babelscope.models.identity import tokenizer_hash, weights_hash
from tiny_models import CONFIGS, save_tiny, tiny_model, tiny_network, tiny_tokenizer


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


@pytest.mark.parametrize("kind", sorted(ARCHITECTURES))
def test_config_hash_survives_saving_loading_and_another_dtype(kind, tmp_path):
    loaded = load_model(save_tiny(kind, tmp_path), dtype="bfloat16")
    assert loaded.config_hash == tiny_model(kind).config_hash
    assert len(loaded.config_hash) == 16 and set(loaded.config_hash) <= set("0123456789abcdef")


def test_config_hash_tells_models_of_the_same_tensors_apart():
    plain = tiny_network("llama")
    other = tiny_network("llama", rope_parameters={"rope_type": "default", "rope_theta": 5e5})
    eager = tiny_network("llama")
    eager.set_attn_implementation("eager")
    models = [wrap_model(network, tiny_tokenizer()) for network in (plain, other, eager)]
    tokenizer = tiny_tokenizer()
    tokenizer.bos_token = tokenizer.eos_token
    models.append(wrap_model(tiny_network("llama"), tokenizer))
    assert len({model.weights_hash for model in models}) == 1
    assert len({model.config_hash for model in models}) == len(models)


def test_config_hash_sees_inside_a_multimodal_wrapper():
    text = {**CONFIGS["gemma3"]["text_config"]}
    other = tiny_model("gemma3", text_config={**text, "query_pre_attn_scalar": 7})
    assert other.weights_hash == tiny_model("gemma3").weights_hash
    assert other.config_hash != tiny_model("gemma3").config_hash


def test_config_hash_of_a_live_model_follows_it():
    network = tiny_network("llama")
    model = wrap_model(network, tiny_tokenizer())
    before = model.config_hash
    network.config.rms_norm_eps = 0.5
    assert model.config_hash != before
