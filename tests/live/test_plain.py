"""Every way a training loop wraps a model: taken off where the weights are whole, refused in one line where not."""

import warnings

import pytest
import torch
from torch import nn

from babelscope.errors import ModelError
from babelscope.live import AlignmentMonitor
from babelscope.live.plain import plain_model
from tiny_corpus import tiny_corpus
from tiny_models import tiny_network, tiny_tokenizer


def monitor() -> AlignmentMonitor:
    return AlignmentMonitor(tiny_corpus(), tiny_tokenizer(), every=1, n=8, clock=lambda: 0.0)


class PeftModel(nn.Module):
    """What PEFT's class of that name shows of itself."""

    def __init__(self, inner: nn.Module, prompt: bool = False) -> None:
        super().__init__()
        self.inner = inner
        self.peft_config = {"default": type("Config", (), {"is_prompt_learning": prompt})()}

    def get_base_model(self) -> nn.Module:
        return self.inner


class FullyShardedDataParallel(nn.Module):
    def __init__(self, inner: nn.Module) -> None:
        super().__init__()
        self.module = inner


class FSDPModule:
    """The mixin that `fully_shard` puts among a module's classes."""


def test_compiled_models_are_taken_apart():
    network = tiny_network("llama")
    assert plain_model(torch.compile(network, backend="eager")) is network
    assert plain_model(torch.nn.DataParallel(torch.compile(network, backend="eager"))) is network


def test_adapters_in_the_layers_are_measured_prompts_are_not():
    network = tiny_network("llama")
    assert plain_model(PeftModel(network)) is network
    with pytest.raises(ModelError, match="learned prompt"):
        plain_model(PeftModel(network, prompt=True))


def sharded_by_fsdp() -> nn.Module:
    return FullyShardedDataParallel(tiny_network("llama"))


def sharded_inside_by_fsdp() -> nn.Module:
    network = tiny_network("llama")
    network.model.layers[1] = FullyShardedDataParallel(network.model.layers[1])
    return network


def sharded_by_fsdp2() -> nn.Module:
    network = tiny_network("llama")
    network.__class__ = type("FSDPLlama", (FSDPModule, type(network)), {})
    return network


def sharded_by_deepspeed() -> nn.Module:
    network = tiny_network("llama")
    next(network.parameters()).ds_id = 0
    return network


@pytest.mark.parametrize(
    "make",
    [sharded_by_fsdp, sharded_inside_by_fsdp, sharded_by_fsdp2, sharded_by_deepspeed],
    ids=lambda make: make.__name__,
)
def test_sharded_weights_are_refused_in_one_line(make):
    with pytest.raises(ModelError, match=r"sharded over processes .*babelscope track") as caught:
        monitor().step(make(), 0)
    assert "\n" not in str(caught.value)


def test_what_is_no_language_model_is_refused():
    with pytest.raises(ModelError, match="got a Linear, expected a causal language model"):
        monitor().step(nn.Linear(2, 2), 0)


@pytest.fixture
def process_group(tmp_path):
    torch.distributed.init_process_group("gloo", init_method=f"file://{tmp_path / 'store'}", rank=0, world_size=1)
    yield
    torch.distributed.destroy_process_group()


def test_data_parallel_models_are_measured_by_the_first_process_only(process_group, monkeypatch):
    network = tiny_network("llama").train()
    spread = torch.nn.parallel.DistributedDataParallel(network)
    assert plain_model(spread) is network
    found = monitor().step(spread, 0)
    assert found is not None and spread.training and network.training
    assert found.sads.value == monitor().step(network, 0).sads.value
    monkeypatch.setattr(torch.distributed, "get_rank", lambda *group: 1)
    assert monitor().step(spread, 0) is None


@pytest.mark.parametrize("how", ["wrapped", "in place", "blocks"])
def test_compiled_models_measure_as_plain_ones_and_go_on_compiled(how):
    ids = torch.arange(3, 27).view(2, 12)
    network = tiny_network("llama").train()
    expected = monitor().step(network, 0)
    calls = []

    def backend(graph, inputs):
        calls.append(graph)
        return graph.forward

    if how == "wrapped":
        compiled = torch.compile(network, backend=backend)
    elif how == "in place":
        network.compile(backend=backend)
        compiled = network
    else:
        for k, block in enumerate(network.model.layers):
            network.model.layers[k] = torch.compile(block, backend=backend)
        compiled = network
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compiled(input_ids=ids, labels=ids).loss.backward()
        before = len(calls)
        assert before > 0
        found = monitor().step(compiled, 0)
        compiled(input_ids=ids, labels=ids).loss.backward()
    assert found.sads.value == expected.sads.value
    assert len(calls) == before, "the measurement had training compiled again"


@pytest.fixture
def accelerate():
    """Without what other tests of this process have settled."""
    found = pytest.importorskip("accelerate")
    found.state.AcceleratorState._reset_state(reset_partial_state=True)
    yield found
    found.state.AcceleratorState._reset_state(reset_partial_state=True)


def test_accelerate_leaves_a_model_that_is_measured(accelerate):
    network = tiny_network("gpt2").train()
    expected = monitor().step(network, 0)
    accelerator = accelerate.Accelerator(cpu=True, mixed_precision="bf16")
    prepared = accelerator.prepare_model(network)
    found = monitor().step(prepared, 0)
    assert found.sads.value == expected.sads.value
    assert found.losses["fr"].nats_per_token == expected.losses["fr"].nats_per_token
    mixed = prepared(input_ids=torch.arange(3, 9)[None]).logits
    assert mixed.dtype == torch.float32 and not torch.equal(
        mixed, network._original_forward(torch.arange(3, 9)[None]).logits
    )
