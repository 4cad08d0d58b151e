"""The untrained baseline: same architecture and tokenizer, new weights, nobody's random numbers disturbed."""

import pytest
import torch

from babelscope.errors import ModelError
from babelscope.models import untrained
from babelscope.models.identity import weights_hash
from tiny_models import tiny_model


@pytest.mark.parametrize("kind", ["bloom", "llama", "gemma3"])
def test_a_seed_names_the_weights(kind):
    model = tiny_model(kind)
    before = model.weights_hash
    hashes = [untrained(model, seed).weights_hash for seed in (0, 0, 1)]
    assert hashes[0] == hashes[1] != hashes[2]
    assert before not in hashes
    assert weights_hash(model.model) == before


def test_only_the_weights_are_new():
    model = tiny_model("qwen2")
    fresh = untrained(model, 3)
    assert fresh.neurons == model.neurons and fresh.tokenizer is model.tokenizer
    assert (fresh.dtype, fresh.device, fresh.attention) == (model.dtype, model.device, model.attention)
    assert fresh.step != model.step and not fresh.model.training
    shapes = [{name: weight.shape for name, weight in m.model.state_dict().items()} for m in (model, fresh)]
    assert shapes[0] == shapes[1]
    assert fresh.output_projections[0] is fresh.blocks[0].get_submodule("mlp.down_proj")
    weights = fresh.output_projections[0].weight
    assert abs(float(weights.detach().std()) - model.model.config.initializer_range) < 0.01


def test_global_randomness_is_left_alone():
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    untrained(tiny_model("llama"), 0)
    assert torch.equal(torch.rand(3), expected)


def test_dtype_is_kept():
    model = tiny_model("llama")
    model.model.to(torch.bfloat16)
    assert untrained(model, 0).dtype == "bfloat16"


def test_a_model_on_several_devices_gets_a_twin_on_the_same_devices(monkeypatch):
    accelerate = pytest.importorskip("accelerate")
    model = tiny_model("llama")
    model.model.hf_device_map = {"model": "cpu", "lm_head": "meta"}
    asked = []
    monkeypatch.setattr(accelerate, "dispatch_model", lambda fresh, device_map: asked.append(device_map) or fresh)
    assert untrained(model, 0).weights_hash == untrained(tiny_model("llama"), 0).weights_hash
    assert asked == [model.model.hf_device_map]
    model.model.hf_device_map = {"model": "disk", "lm_head": "cpu"}
    with pytest.raises(ModelError, match="partly on disk.*--no-baseline"):
        untrained(model, 0)


def test_quantised_models_have_no_untrained_twin():
    model = tiny_model("llama")
    model.model.config.quantization_config = {"quant_method": "none"}
    with pytest.raises(ModelError, match="quantised.*--no-baseline"):
        untrained(model, 0)
