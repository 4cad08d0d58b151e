"""Within the block the model can be read; afterwards nothing of it, nor of the process, has changed."""

import random

import numpy as np
import pytest
import torch

from babelscope.live import AlignmentMonitor
from babelscope.live.unchanged import left_unchanged
from tiny_corpus import tiny_corpus
from tiny_models import tiny_network, tiny_tokenizer

IDS = torch.arange(3, 27).view(2, 12)


def monitor(**choices: object) -> AlignmentMonitor:
    return AlignmentMonitor(tiny_corpus(), tiny_tokenizer(), every=1, n=8, clock=lambda: 0.0, **choices)


def test_modes_come_back_module_by_module():
    network = tiny_network("llama").train()
    network.model.layers[0].eval()
    modes = [module.training for module in network.modules()]
    assert len(set(modes)) == 2
    with left_unchanged(network):
        assert not any(module.training for module in network.modules())
    assert [module.training for module in network.modules()] == modes


def test_random_states_come_back_even_after_an_error():
    network = tiny_network("llama")
    torch.manual_seed(1), np.random.seed(1), random.seed(1)
    expected = torch.rand(3), np.random.rand(3), random.random()
    torch.manual_seed(1), np.random.seed(1), random.seed(1)
    with pytest.raises(RuntimeError, match="mine"), left_unchanged(network):
        torch.rand(5), np.random.rand(5), random.random()
        raise RuntimeError("mine")
    assert torch.equal(torch.rand(3), expected[0])
    assert np.array_equal(np.random.rand(3), expected[1]) and random.random() == expected[2]


def test_buffers_come_back_changed_or_replaced():
    network = tiny_network("llama")
    rotary = network.model.rotary_emb
    before, copy = rotary.inv_freq, rotary.inv_freq.clone()
    with left_unchanged(network):
        rotary.inv_freq.mul_(2)
        rotary.register_buffer("inv_freq", torch.zeros(3), persistent=False)
    assert rotary.inv_freq is before and torch.equal(before, copy)


def test_default_dtype_gradient_mode_and_autocast_come_back():
    network = tiny_network("llama")
    torch.set_default_dtype(torch.float64)
    try:
        with torch.autocast("cpu", dtype=torch.bfloat16), left_unchanged(network):
            assert not torch.is_grad_enabled() and not torch.is_autocast_enabled("cpu")
            assert torch.get_default_dtype() == torch.float32
        assert torch.is_grad_enabled() and torch.get_default_dtype() == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.parametrize("model_type", ["gpt2", "llama", "gemma3_text", "falcon"])
def test_gradients_between_backward_and_step_are_not_touched(model_type):
    network = tiny_network(model_type).train()
    network(input_ids=IDS, labels=IDS).loss.backward()
    gradients = {name: (weight.grad, weight.grad.clone()) for name, weight in network.named_parameters()}
    flags = {name: (weight.requires_grad, weight.dtype) for name, weight in network.named_parameters()}
    hooks = [len(module._forward_hooks) + len(module._forward_pre_hooks) for module in network.modules()]
    assert monitor().step(network, 0) is not None
    for name, weight in network.named_parameters():
        assert weight.grad is gradients[name][0] and torch.equal(weight.grad, gradients[name][1])
        assert (weight.requires_grad, weight.dtype) == flags[name]
    assert [len(module._forward_hooks) + len(module._forward_pre_hooks) for module in network.modules()] == hooks
    assert network.config.use_cache and network.training


def test_a_measurement_inside_autocast_leaves_training_its_casts():
    """A cast kept from a pass without gradients would cut the weights off from the loss."""
    network = tiny_network("llama").train()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        monitor(autocast="bfloat16").step(network, 0)
        loss = network(input_ids=IDS, labels=IDS).loss
    loss.backward()
    assert all(weight.grad is not None and weight.grad.any() for weight in network.model.layers.parameters())


def test_a_measurement_between_forward_and_backward_changes_no_gradient():
    ones, others = tiny_network("gpt2").train(), tiny_network("gpt2").train()
    for network, watched in ((ones, False), (others, True)):
        torch.manual_seed(3)
        loss = network(input_ids=IDS, labels=IDS).loss
        if watched:
            monitor().step(network, 0)
        loss.backward()
    for one, other in zip(ones.parameters(), others.parameters(), strict=True):
        assert torch.equal(one.grad, other.grad)


def test_values_do_not_depend_on_where_they_are_measured():
    network = tiny_network("bloom", hidden_dropout=0.5).train()
    quiet = monitor().step(network, 0)
    getattr(network, "activation_checkpointing_enable", network.gradient_checkpointing_enable)()
    torch.set_default_dtype(torch.float64)
    try:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            noisy = monitor().step(network, 0)
    finally:
        torch.set_default_dtype(torch.float32)
    assert noisy.sads.value == quiet.sads.value and noisy.lrds.value == quiet.lrds.value
    assert np.array_equal(noisy.losses["fr"].nll, quiet.losses["fr"].nll)


def test_mixed_precision_changes_values_a_little_and_dtype_not_at_all():
    network = tiny_network("llama").train()
    whole, mixed = monitor().step(network, 0), monitor(autocast="bfloat16").step(network, 0)
    assert whole.sads.value != mixed.sads.value
    assert mixed.sads.value == pytest.approx(whole.sads.value, abs=2e-3)
    assert mixed.losses["fr"].nats_per_token == pytest.approx(whole.losses["fr"].nats_per_token, rel=2e-2)
    assert {weight.dtype for weight in network.parameters()} == {torch.float32}
