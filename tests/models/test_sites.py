"""Every architecture row finds the neurons the definition means, and the probe refuses what it does not describe."""

from dataclasses import replace

import pytest
import torch

from babelscope.errors import ModelError
from babelscope.models import ARCHITECTURES, wrap_model
from babelscope.models.probe import probe
from babelscope.models.sites import find_sites
from tiny_models import CONFIGS, HIDDEN, LAYERS, WIDTH, tiny_model, tiny_network, tiny_tokenizer

ROWS = sorted(ARCHITECTURES)


def test_every_row_has_a_tiny_model():
    assert set(CONFIGS) == set(ARCHITECTURES)
    assert all(row.model_type == name for name, row in ARCHITECTURES.items())


def neuron_vectors(model, site, ids):
    seen = []
    if site == "mlp":
        handles = [m.register_forward_pre_hook(lambda _, i: seen.append(i[0])) for m in model.site_modules(site)]
    else:
        handles = [m.register_forward_hook(lambda _, i, o: seen.append(o)) for m in model.site_modules(site)]
    with torch.inference_mode():
        model.backbone(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False)
    for handle in handles:
        handle.remove()
    return [values.reshape(*ids.shape, -1) for values in seen]


@pytest.mark.parametrize("kind", ROWS)
def test_a_row_finds_all_layers_of_the_mlp(kind):
    model = tiny_model(kind)
    width = 4 * HIDDEN if kind == "bloom" else WIDTH
    assert model.neurons == (width,) * LAYERS
    assert model.n_layers == LAYERS == len(model.activations) == len(model.output_projections)
    ids = torch.tensor(model.encode(["Hello there."]))
    for site in ("mlp", "gate"):
        vectors = neuron_vectors(model, site, ids)
        assert [tuple(v.shape) for v in vectors] == [(1, ids.shape[1], width)] * LAYERS


@pytest.mark.parametrize(
    ("kind", "variant"),
    [
        ("opt", {"do_layer_norm_before": False, "word_embed_proj_dim": 8}),
        ("falcon", {"new_decoder_architecture": True, "num_kv_heads": 2}),
        ("falcon", {"alibi": True, "parallel_attn": False}),
        ("gpt2", {"n_inner": None}),
        ("gpt_neox", {"use_parallel_residual": False}),
        ("llama", {"mlp_bias": True, "tie_word_embeddings": True}),
        ("bloom", {"apply_residual_connection_post_layernorm": True, "pretraining_tp": 2}),
    ],
)
def test_rows_hold_for_the_variants_of_a_family(kind, variant):
    model = tiny_model(kind, **variant)
    assert model.neurons == (WIDTH if kind not in ("bloom", "gpt2") else 4 * HIDDEN,) * LAYERS


@pytest.mark.parametrize("kind", ROWS)
def test_zeroing_every_neuron_leaves_only_the_bias_of_the_mlp(kind):
    """The neurons are all that reaches the residual stream: with them at zero, the MLP says the same of any token."""
    model = tiny_model(kind)
    outputs = []
    handles = [m.register_forward_pre_hook(lambda _, i: (torch.zeros_like(i[0]),)) for m in model.output_projections]
    # Some families add to the output in place afterwards, so it is copied.
    for module in model.output_projections:
        handles.append(module.register_forward_hook(lambda _, i, o: outputs.append(o.flatten(0, -2).clone())))
    ids = torch.tensor(model.encode(["Hello there."]))
    with torch.inference_mode():
        model.backbone(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False)
    for handle in handles:
        handle.remove()
    assert len(outputs) == LAYERS
    assert all((out == out[:1]).all() and out.shape[-1] == HIDDEN for out in outputs)


@pytest.mark.parametrize("kind", ROWS)
def test_sites_differ_exactly_where_the_mlp_is_gated(kind):
    model = tiny_model(kind)
    ids = torch.tensor(model.encode(["Hello there."]))
    pairs = zip(neuron_vectors(model, "mlp", ids), neuron_vectors(model, "gate", ids), strict=True)
    assert [not torch.allclose(mlp, gate) for mlp, gate in pairs] == [model.architecture.gated] * LAYERS


@pytest.mark.parametrize("kind", ROWS)
def test_the_backbone_is_the_text_decoder_without_head(kind):
    model = tiny_model(kind)
    ids = torch.tensor(model.encode(["Hello there."]))
    with torch.inference_mode():
        hidden = model.backbone(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False)[0]
        logits = model.model(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False).logits
    assert hidden.shape[-1] == HIDDEN
    assert logits.shape[-1] == model.embedding_rows


def test_bloom_with_sliced_weights_is_refused():
    with pytest.raises(ModelError, match=r"layer 1 is never called.*pretraining_tp with slow_but_exact"):
        tiny_model("bloom", pretraining_tp=2, slow_but_exact=True)


def test_a_row_with_a_wrong_path_is_refused():
    network = tiny_network("llama")
    with pytest.raises(ModelError, match="says it is 'llama' but is not built like one"):
        find_sites(network, replace(ARCHITECTURES["llama"], output_projection="mlp.c_proj"))


def test_a_row_with_the_wrong_formula_is_refused():
    network = tiny_network("llama")
    row = replace(ARCHITECTURES["llama"], gated=False)
    with pytest.raises(ModelError, match=r"layer 1 the input of 'mlp.down_proj' is not 'mlp.act_fn'"):
        probe("m", find_sites(network, row), row, range(8), 259)


def test_a_projection_that_runs_twice_is_refused():
    network = tiny_network("gpt2")
    mlp = network.transformer.h[1].mlp
    mlp.forward = lambda x: mlp.c_proj(mlp.act(mlp.c_fc(x))) + mlp.c_proj(mlp.c_fc(x))
    with pytest.raises(ModelError, match="layer 2 is called 2 times"):
        wrap_model(network, tiny_tokenizer())


def test_a_model_whose_tokens_see_the_future_is_refused():
    network = tiny_network("gpt2")
    block = network.transformer.h[0]
    original = block.forward
    block.forward = lambda x, *args, **kwargs: original(x + x.mean(dim=1, keepdim=True), *args, **kwargs)
    with pytest.raises(ModelError, match="no causal language model"):
        wrap_model(network, tiny_tokenizer())


def test_a_forward_pass_that_fails_is_one_line():
    network = tiny_network("gpt2")

    def broken(*args, **kwargs):
        raise RuntimeError("no kernel\nfor this")

    network.transformer.h[0].forward = broken
    with pytest.raises(ModelError, match=r"failed \(no kernel\)"):
        wrap_model(network, tiny_tokenizer())


def test_the_probe_leaves_no_hook_behind():
    model = tiny_model("llama")
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.model.modules())
