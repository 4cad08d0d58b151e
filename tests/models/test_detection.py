"""Structural detection: clear structures become rows, unclear ones an error that shows what was found."""

import pytest
import torch
from torch import nn

from babelscope.errors import ModelError
from babelscope.models import ARCHITECTURES
from babelscope.models.detection import detect
from babelscope.models.sites import text_backbone
from tiny_models import CONFIGS, LAYERS, WIDTH, tiny_model, tiny_network

WORDS = dict(vocab_size=CONFIGS["llama"]["vocab_size"])
GPTJ = dict(n_embd=16, n_layer=2, n_head=4, rotary_dim=4, n_inner=24, n_positions=128)
NEO = dict(hidden_size=16, num_layers=2, num_heads=4, intermediate_size=24, max_position_embeddings=128)
UNKNOWN = {
    "stablelm": CONFIGS["llama"],
    "starcoder2": CONFIGS["llama"],
    "glm": CONFIGS["qwen3"],
    "nemotron": CONFIGS["llama"],
    "gptj": {**WORDS, **GPTJ},
    "gpt_neo": {**WORDS, **NEO, "attention_types": [[["global"], 2]]},
    "mpt": {**WORDS, "d_model": 16, "n_heads": 4, "n_layers": 2, "max_seq_len": 128},
}


@pytest.mark.parametrize("kind", sorted(set(CONFIGS) - {"gemma3"}))
def test_detection_agrees_with_every_written_row(kind):
    """Where the structure is clear, what is detected is what the row says; hidden rows prove the detector."""
    row = ARCHITECTURES[kind]
    found = detect(tiny_network(kind), kind)
    assert (found.layers, found.output_projection, found.activation, found.gated, found.multiplier) == (
        row.layers,
        row.output_projection,
        row.activation,
        row.gated,
        row.multiplier,
    )
    assert found.detected


@pytest.mark.parametrize("kind", sorted(UNKNOWN))
def test_unknown_but_clear_architectures_load(kind):
    assert kind not in ARCHITECTURES
    model = tiny_model(kind, **UNKNOWN[kind])
    assert model.architecture.detected and model.architecture.special_tokens == "none"
    assert model.neurons == ((64 if kind == "mpt" else WIDTH),) * LAYERS
    assert len(model.activations) == LAYERS


def test_two_matrices_of_the_right_shape_are_unclear():
    network = tiny_network("llama")
    for block in text_backbone(network).layers:
        block.second = nn.Linear(WIDTH, 16)
    with pytest.raises(ModelError, match=r"not clear enough.*mlp\.down_proj 24->16.*second 24->16.*add a row"):
        detect(network, "m")


def test_two_lists_of_blocks_are_unclear():
    network = tiny_network("llama")
    text_backbone(network).others = nn.ModuleList(nn.Identity() for _ in range(LAYERS))
    with pytest.raises(ModelError, match=r"expected one list of 2 blocks, found layers \(2\), others \(2\)"):
        detect(network, "m")


def test_blocks_that_differ_are_unclear():
    network = tiny_network("llama")
    mlp = text_backbone(network).layers[1].mlp
    mlp.last = mlp.down_proj
    del mlp.down_proj
    with pytest.raises(ModelError, match=r"block 1 ends its MLP with mlp.down_proj, but block 2 has no such matrix"):
        detect(network, "m")


def test_an_activation_that_is_no_module_is_unclear():
    network = tiny_network("gpt2")
    for block in text_backbone(network).h:
        block.mlp.forward = lambda x, mlp=block.mlp: mlp.c_proj(torch.tanh(mlp.c_fc(x)))
    with pytest.raises(ModelError, match=r"'mlp.c_proj' is not the output of an activation"):
        detect(network, "m")


def test_state_space_models_are_unclear():
    with pytest.raises(ModelError, match="not clear enough|has no"):
        tiny_model("mamba", **WORDS, hidden_size=16, num_hidden_layers=2, state_size=4)
