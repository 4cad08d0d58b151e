import pytest
import torch
from torch import nn

from babelscope.errors import ModelError
from babelscope.models.quiet import quiet
from babelscope.transfer import TransferOptions
from babelscope.transfer.adapters import adapted, targets_of
from tiny_models import CONFIGS, tiny_model

IDS = torch.tensor([[5, 6, 7, 8]])


def hidden(model):
    with torch.no_grad():
        return model.backbone(input_ids=IDS, attention_mask=torch.ones_like(IDS), use_cache=False)[0]


def named(model):
    return {path: id(module) for path, module in model.model.named_modules()}


@pytest.mark.parametrize("model_type", CONFIGS)
def test_adapters_start_as_nothing_and_are_all_that_trains_and_go(model_type):
    model = tiny_model(model_type)
    before, states = named(model), hidden(model)
    trainable = [weight.requires_grad for weight in model.model.parameters()]
    keys = [set(vars(module)) for module in model.model.modules()]
    with quiet(), adapted(model.backbone, model_type, model.blocks, TransferOptions(lora_rank=2)) as targets:
        assert targets
        assert torch.equal(hidden(model), states)
        training = {name: weight for name, weight in model.backbone.named_parameters() if weight.requires_grad}
        assert training and all("lora_" in name for name in training)
        with torch.no_grad():
            for weight in training.values():
                weight.fill_(0.5)
        assert not torch.equal(hidden(model), states)
    assert named(model) == before
    assert torch.equal(hidden(model), states)
    assert [weight.requires_grad for weight in model.model.parameters()] == trainable
    assert [set(vars(module)) for module in model.model.modules()] == keys


def test_what_the_caller_had_comes_back_after_an_error():
    model = tiny_model("llama")
    frozen = model.backbone.get_input_embeddings().weight
    frozen.requires_grad_(False)
    gradients = [torch.ones_like(weight) for weight in model.blocks[0].parameters()]
    for weight, gradient in zip(model.blocks[0].parameters(), gradients, strict=True):
        weight.grad = gradient
    before = named(model)
    with pytest.raises(KeyboardInterrupt), adapted(model.backbone, "llama", model.blocks, TransferOptions()):
        model.backbone.zero_grad()
        raise KeyboardInterrupt
    assert named(model) == before and not frozen.requires_grad
    assert all(one.grad is two for one, two in zip(model.blocks[0].parameters(), gradients, strict=True))


def test_families_peft_does_not_know_get_all_of_their_attention():
    model = tiny_model("cohere")
    assert targets_of(model.backbone, "no-such-family", model.blocks) == ["k_proj", "o_proj", "q_proj", "v_proj"]
    assert targets_of(model.backbone, "llama", model.blocks) == ["q_proj", "v_proj"]


def test_linear_maps_that_are_not_there_are_refused_with_those_that_are():
    model = tiny_model("bloom")
    options = TransferOptions(lora_targets=("q_proj",))
    with pytest.raises(ModelError, match="'q_proj'.*dense, .*query_key_value"):
        with adapted(model.backbone, "bloom", model.blocks, options):
            pass
    bare = [nn.ModuleDict({"mixer": nn.Linear(2, 2)})]
    with pytest.raises(ModelError, match="no attention.*mixer.*--lora-targets"):
        targets_of(bare[0], "no-such-family", bare)
