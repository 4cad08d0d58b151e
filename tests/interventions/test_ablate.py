"""Deactivation does to the logits what algebra says, on every architecture, and leaves nothing behind."""

import threading

import numpy as np
import pytest
import torch

import babelscope as bs
from babelscope.errors import BabelscopeError, ModelError
from babelscope.interventions import NeuronStatistics, deactivate, neuron_statistics
from babelscope.models import ARCHITECTURES, wrap_model
from babelscope.regions import NeuronMask, matched_random
from tiny_corpus import tiny_corpus
from tiny_models import tiny_model, tiny_network, tiny_tokenizer

ROWS = sorted(ARCHITECTURES)
IDS = torch.tensor([[5, 9, 40, 7, 101, 33, 8]])


def some(model, count=5, seed=0):
    first = NeuronMask(tuple(np.arange(width) < count for width in model.neurons))
    return matched_random(first, seed)


def nothing(model):
    return NeuronMask(tuple(np.zeros(width, dtype=bool) for width in model.neurons))


def logits(model, ids=IDS):
    with torch.no_grad():
        return model.model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits


def hooks(model):
    return sum(len(m._forward_pre_hooks) + len(m._forward_hooks) for m in model.model.modules())


def one_neuron_model():
    """A llama of two layers whose only working neuron is the third of layer 2: it alone feeds the logit of token 7.

    Hidden states are embeddings (attention adds nothing), whose last coordinate is 0. The neuron adds
    `a` = silu(g) u to that coordinate, with g and u coordinates 0 and 1 of the normed state.
    """
    network = tiny_network("llama", rms_norm_eps=0.0, tie_word_embeddings=False)
    layers = network.model.layers
    with torch.no_grad():
        for layer in layers:
            layer.self_attn.o_proj.weight.zero_()
            for name in ("gate_proj", "up_proj", "down_proj"):
                getattr(layer.mlp, name).weight.zero_()
        layers[1].mlp.gate_proj.weight[2, 0] = 1.0
        layers[1].mlp.up_proj.weight[2, 1] = 1.0
        layers[1].mlp.down_proj.weight[15, 2] = 1.0
        network.model.embed_tokens.weight[:, 15] = 0.0
        network.lm_head.weight[:, 15] = 0.0
        network.lm_head.weight[7] = 0.0
        network.lm_head.weight[7, 15] = 1.0
    return wrap_model(network, tiny_tokenizer(), name="one-neuron")


def by_algebra(model, change):
    """Logits from the embeddings by hand, the neuron's activation put through `change`."""
    state = model.model.model.embed_tokens.weight[IDS[0]].double()
    normed = state / state.square().mean(-1, keepdim=True).sqrt()
    state[:, 15] = change(torch.nn.functional.silu(normed[:, 0]) * normed[:, 1])
    final = state / state.square().mean(-1, keepdim=True).sqrt()
    return final @ model.model.lm_head.weight.double().T


def third_of_layer_two(model):
    mask = nothing(model)
    mask.layers[1][2] = True
    return mask


@pytest.mark.parametrize(
    ("options", "change"),
    [
        ({"mode": "zero"}, lambda a: 0 * a),
        ({"mode": "scale", "factor": -1.5}, lambda a: -1.5 * a),
        ({"mode": "mean"}, lambda a: 0 * a + 0.25),
    ],
    ids=["zero", "scale", "mean"],
)
def test_a_neuron_that_carries_one_token_is_changed_as_algebra_says(options, change):
    model = one_neuron_model()
    whole = by_algebra(model, lambda a: a)
    torch.testing.assert_close(logits(model)[0].double(), whole, rtol=1e-5, atol=1e-5)
    fixed = tuple(torch.full((width,), 0.25) for width in model.neurons)
    statistics = NeuronStatistics(fixed, fixed, 1)
    with deactivate(model, third_of_layer_two(model), statistics=statistics, **options):
        changed = logits(model)[0].double()
    torch.testing.assert_close(changed, by_algebra(model, change), rtol=1e-5, atol=1e-5)
    assert (changed[:, 7] - whole[:, 7]).abs().max() > 0.05
    if options["mode"] == "zero":
        assert (changed[:, 7] == 0).all()


@pytest.mark.parametrize("kind", ROWS)
def test_zeroing_neurons_is_zeroing_their_columns_of_the_output_projection(kind):
    model = tiny_model(kind)
    mask = some(model)
    before = logits(model)
    with deactivate(model, mask):
        ours = logits(model)
    twin = tiny_model(kind)
    for layer, projection in enumerate(twin.output_projections, start=1):
        columns = torch.from_numpy(mask.indices(layer))
        # GPT-2 keeps its weights transposed, so there neurons are rows.
        axis = 0 if type(projection).__name__ == "Conv1D" else 1
        with torch.no_grad():
            projection.weight.index_fill_(axis, columns, 0.0)
    torch.testing.assert_close(ours, logits(twin), rtol=1e-5, atol=1e-6)
    assert (ours - before).abs().max() > 1e-3
    assert torch.equal(logits(model), before)


@pytest.mark.parametrize("kind", ROWS)
def test_an_empty_set_changes_no_bit_and_hooks_go_whatever_happens(kind):
    model = tiny_model(kind)
    before, installed = logits(model), hooks(model)
    with deactivate(model, nothing(model)):
        assert torch.equal(logits(model), before)
    with pytest.raises(RuntimeError, match="midway"):
        with deactivate(model, some(model)):
            assert hooks(model) > installed
            raise RuntimeError("midway")
    assert hooks(model) == installed and torch.equal(logits(model), before)


@pytest.mark.parametrize("kind", ["llama", "gemma2", "phi3"])
def test_zero_at_the_gate_is_zero_at_the_product(kind):
    model = tiny_model(kind)
    mask = some(model)
    with deactivate(model, mask, site="gate"):
        gate = logits(model)
    with deactivate(model, mask):
        torch.testing.assert_close(logits(model), gate, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", ["bloom", "llama", "falcon", "opt"])
def test_generation_with_a_cache_runs_under_it(kind):
    model = tiny_model(kind)
    with deactivate(model, some(model, 12)):
        slow = IDS
        for _ in range(6):
            slow = torch.cat([slow, logits(model, slow)[:, -1].argmax(-1, keepdim=True)], dim=1)
        options = {"max_new_tokens": 6, "do_sample": False, "eos_token_id": None, "pad_token_id": 2}
        fast = model.model.generate(IDS, attention_mask=torch.ones_like(IDS), use_cache=True, **options)
    assert torch.equal(fast, slow)


@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")
def test_generation_that_compiles_the_model_by_itself_runs_under_it(monkeypatch):
    from transformers import CompileConfig

    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "false")  # Generation sets it when it compiles.
    model = tiny_model("llama")
    everywhere = CompileConfig(backend="eager", mode=None)
    everywhere._compile_all_devices = True
    options = {"max_new_tokens": 8, "do_sample": False, "eos_token_id": None, "pad_token_id": 2}

    def written(**more):
        return model.model.generate(IDS, attention_mask=torch.ones_like(IDS), **options, **more)

    compiled = {"cache_implementation": "static", "compile_config": everywhere}
    plain = written(**compiled)
    assert hasattr(model.model, "_compiled_call") and torch.equal(plain, written())
    mask = some(model, 20)
    with deactivate(model, mask), deactivate(model, mask):
        assert torch.equal(written(**compiled), written()) and not torch.equal(plain, written())
    assert "get_compiled_call" not in vars(model.model) and torch.equal(plain, written(**compiled))


def test_blocks_nest_and_the_inner_one_decides():
    model = tiny_model("bloom")
    first, second = some(model, 5, 1), some(model, 5, 2)
    with deactivate(model, first | second):
        together = logits(model)
    with deactivate(model, first), deactivate(model, second):
        assert torch.equal(logits(model), together)
    with deactivate(model, first, "scale", factor=3.0), deactivate(model, first):
        inner = logits(model)
    with deactivate(model, first):
        assert torch.equal(logits(model), inner)


def test_a_block_from_another_thread_is_refused_while_one_is_open():
    model, told = tiny_model("bloom"), []

    def other():
        try:
            with deactivate(model, some(model)):
                told.append("entered")
        except ModelError as error:
            told.append(str(error))

    def run():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()

    with deactivate(model, some(model)):
        run()
    run()
    assert "another thread or task is deactivating" in told[0] and told[1] == "entered"


def test_a_pass_of_another_thread_runs_under_the_open_block():
    model = tiny_model("bloom")
    found = []
    with deactivate(model, some(model)):
        here = logits(model)
        thread = threading.Thread(target=lambda: found.append(logits(model)))
        thread.start()
        thread.join()
    assert torch.equal(found[0], here)


def test_gradients_flow_through_the_neurons_that_are_left():
    model = tiny_model("opt")  # ReLU keeps its output for the backward pass, so changing that in place would fail.
    mask = some(model)
    projection = model.output_projections[0]
    with deactivate(model, mask):
        model.model(input_ids=IDS, labels=IDS).loss.backward()
    off = torch.from_numpy(mask.layers[0])
    assert (projection.weight.grad[:, off] == 0).all()
    assert (projection.weight.grad[:, ~off] != 0).any()


@pytest.mark.parametrize("mode", ["zero", "scale"])
def test_a_block_can_measure_first_and_train_after(mode):
    model = tiny_model("bloom")
    mask = some(model)
    # Neurons' places are moved to the activations' device once a block, here in inference mode.
    model.model.to("meta")
    with deactivate(model, mask, mode):
        with torch.inference_mode():
            model.model(input_ids=IDS.to("meta"))
        model.model(input_ids=IDS.to("meta")).logits.sum().backward()


def test_a_nan_is_replaced_not_multiplied():
    model = tiny_model("bloom")
    mask = nothing(model)
    mask.layers[0][3] = True
    with torch.no_grad():
        model.blocks[0].mlp.dense_h_to_4h.bias[3] = float("nan")
    assert logits(model).isnan().any()
    with deactivate(model, mask):
        assert logits(model).isfinite().all()


def test_statistics_are_those_of_all_tokens_however_they_are_batched():
    model, corpus = tiny_model("llama"), tiny_corpus()
    found = neuron_statistics(model, corpus)
    rows = []
    handle = model.output_projections[1].register_forward_pre_hook(lambda _, inputs: rows.append(inputs[0][0]))
    with torch.no_grad():
        for language in corpus.languages:
            for ids in model.encode(corpus[language]):
                model.backbone(input_ids=torch.tensor([ids]), use_cache=False)
    handle.remove()
    whole = torch.cat(rows).double()
    assert found.tokens == len(whole)
    torch.testing.assert_close(found.mean[1], whole.mean(0).float(), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(found.deviation[1], whole.std(0, correction=0).float(), rtol=1e-5, atol=1e-6)


def test_noise_has_the_neurons_own_spread_and_repeats_with_its_seed():
    model = tiny_model("bloom")
    mask = nothing(model)
    mask.layers[0][:4] = True
    spread = tuple(torch.full((width,), 2.0) for width in model.neurons)
    statistics = NeuronStatistics(spread, spread, 1)
    seen = []
    ids = torch.randint(3, 200, (16, 64), generator=torch.Generator().manual_seed(0))
    for seed in (0, 0, 1):
        with deactivate(model, mask, "noise", statistics=statistics, factor=0.5, seed=seed):
            handle = model.output_projections[0].register_forward_pre_hook(lambda _, i: seen.append(i[0]))
            logits(model, ids)
            handle.remove()
    with torch.no_grad():
        handle = model.output_projections[0].register_forward_pre_hook(lambda _, i: seen.append(i[0]))
        logits(model, ids)
        handle.remove()
    drawn = (seen[0] - seen[3])[..., :4]
    assert torch.equal(seen[0], seen[1]) and not torch.equal(seen[0], seen[2])
    assert torch.equal(seen[0][..., 4:], seen[3][..., 4:])
    # 4,096 draws: the standard error of a mean is 1/64, that of a standard deviation about 1/90.
    assert abs(float(drawn.mean())) < 0.06 and abs(float(drawn.std()) - 1.0) < 0.05


def test_what_cannot_be_done_is_refused_before_any_hook(tmp_path):
    model, other = tiny_model("bloom"), tiny_model("llama")
    mask = some(model)
    installed = hooks(model)
    with pytest.raises(ModelError, match=r"belongs to a model of 2 layers of 24 neurons, but .* 2 layers of 64"):
        with deactivate(model, some(other)):
            pass
    with pytest.raises(BabelscopeError, match="unknown mode 'zeros'"):
        with deactivate(model, mask, "zeros"):  # type: ignore[arg-type]
            pass
    with pytest.raises(BabelscopeError, match="mode mean needs the neurons' statistics"):
        with deactivate(model, mask, "mean"):
            pass
    with pytest.raises(BabelscopeError, match="mode zero takes no factor"):
        with deactivate(model, mask, factor=2.0):
            pass
    with pytest.raises(BabelscopeError, match="finite factor"):
        with deactivate(model, mask, "scale", factor=float("nan")):
            pass
    with pytest.raises(BabelscopeError, match="no set of neurons at"):
        with deactivate(model, tmp_path / "none.safetensors"):
            pass
    assert hooks(model) == installed


@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")
def test_a_compiled_model_is_refused():
    model = tiny_model("bloom")
    model.blocks[0].compile()
    with pytest.raises(ModelError, match=r"its module .*h\.0 is compiled"):
        with deactivate(model, some(model)):
            pass


def test_a_set_can_come_from_a_file(tmp_path):
    model = tiny_model("bloom")
    mask = some(model) - some(model, 5, 3)
    path = mask.save(tmp_path / "set.safetensors")
    assert NeuronMask.load(path) == mask
    with deactivate(model, mask):
        expected = logits(model)
    with bs.deactivate(model, path):
        assert torch.equal(logits(model), expected)


def test_it_acts_on_a_model_that_accelerate_moves_about():
    accelerate = pytest.importorskip("accelerate")
    network, mask = tiny_network("llama"), some(tiny_model("llama"))
    whole = wrap_model(tiny_network("llama"), tiny_tokenizer(), name="whole")
    with deactivate(whole, mask):
        expected = logits(whole)
    accelerate.cpu_offload(network, execution_device=torch.device("cpu"))
    model = wrap_model(network, tiny_tokenizer(), name="offloaded")
    with deactivate(model, mask):
        torch.testing.assert_close(logits(model), expected)


def test_it_acts_inside_a_trainer(tmp_path):
    from transformers import Trainer, TrainingArguments

    model = tiny_model("bloom")
    mask = some(model, 30)
    rows = [{"input_ids": IDS[0], "labels": IDS[0]}] * 2
    settings = TrainingArguments(str(tmp_path), report_to=[], use_cpu=True, disable_tqdm=True, log_level="error")
    trainer = Trainer(model.model, settings, eval_dataset=rows)  # type: ignore[arg-type]
    plain = trainer.evaluate()["eval_loss"]
    with deactivate(model, mask), torch.no_grad():
        expected = float(model.model(input_ids=IDS, labels=IDS).loss)
        assert trainer.evaluate()["eval_loss"] == pytest.approx(expected, rel=1e-5)
    assert trainer.evaluate()["eval_loss"] == pytest.approx(plain, rel=1e-6)
    assert abs(expected - plain) > 1e-3


def test_it_acts_inside_a_pipeline():
    from transformers import pipeline

    model = tiny_model("bloom")
    write = pipeline("text-generation", model=model.model, tokenizer=model.tokenizer, device="cpu")
    options = {"max_new_tokens": 12, "do_sample": False, "return_full_text": True}
    plain = write("Hello there", **options)[0]["generated_text"]
    with deactivate(model, some(model, 40)):
        changed = write("Hello there", **options)[0]["generated_text"]
    assert changed != plain and write("Hello there", **options)[0]["generated_text"] == plain
