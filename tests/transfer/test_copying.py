import pytest
import torch

from babelscope.errors import ModelError
from babelscope.transfer.copying import four_bit_copy, full_copy
from tiny_models import tiny_model


def test_a_copy_is_in_float32_and_shares_nothing():
    model = tiny_model("llama")
    model.model.to(torch.bfloat16)
    copied = full_copy(model)
    own = {weight.data_ptr() for weight in model.model.parameters()}
    before = model.identity
    with torch.no_grad():
        for weight in copied.parameters():
            assert weight.dtype == torch.float32 and weight.data_ptr() not in own
            weight.zero_()
    assert model.identity == before and model.dtype == "bfloat16"


@pytest.mark.parametrize(("method", "make"), [("full", full_copy), ("qlora", four_bit_copy)])
def test_a_model_on_several_devices_is_not_copied(monkeypatch, method, make):
    model = tiny_model("llama")
    monkeypatch.setattr("babelscope.transfer.copying._four_bits", lambda linear: linear)
    model.model.hf_device_map = {"model.layers.0": 0, "model.layers.1": 1}
    with pytest.raises(ModelError, match=f"spread over 2 devices, where --method {method}.*use --method lora"):
        make(model)


def test_families_without_plain_matrices_have_no_four_bits():
    with pytest.raises(ModelError, match="gpt2.*use --method lora"):
        four_bit_copy(tiny_model("gpt2"))


def test_four_bits_are_near_the_weights_and_in_the_blocks_alone():
    bits = pytest.importorskip("bitsandbytes", reason="4 bits need bitsandbytes, which is not installed")
    model = tiny_model("llama", hidden_size=64, intermediate_size=128, head_dim=16)
    before = model.identity
    backbone, blocks = four_bit_copy(model)
    small = [path for path, module in backbone.named_modules() if isinstance(module, bits.nn.Linear4bit)]
    assert len(small) == 7 * model.n_layers and all(path.startswith("layers.") for path in small)
    for path in small:
        weight = backbone.get_submodule(path).weight
        near = bits.functional.dequantize_4bit(weight.data, weight.quant_state)
        wanted = model.backbone.get_submodule(path).weight
        assert (near - wanted).abs().max() < 0.2 * wanted.abs().max()
    assert [id(block) for block in blocks] == [id(block) for block in backbone.layers]
    assert model.identity == before
