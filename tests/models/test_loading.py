"""Loading: a model comes whole, with its name, its step and its neurons; nobody's settings change."""

import subprocess
import sys

import pytest
import torch

from babelscope.errors import MissingExtraError, ModelError
from babelscope.models import ARCHITECTURES, ModelRef, load_model, wrap_model
from babelscope.models.quiet import quiet
from shared_files import shared
from tiny_models import (
    save_tiny,
    tiny_model,
    tiny_network,
    tiny_tokenizer,
)


@pytest.mark.parametrize("kind", sorted(ARCHITECTURES))
def test_a_saved_model_loads_whole(kind, tmp_path):
    model = load_model(save_tiny(kind, tmp_path / "step00250"))
    assert (model.step, model.revision, model.label) == ("250", "local", tmp_path.name)
    assert model.load_report.missing == model.load_report.unexpected == model.load_report.mismatched == ()
    assert model.architecture is ARCHITECTURES[kind]
    assert model.dtype == "float32" and model.device.type == "cpu" and not model.model.training
    assert not model.remote_code and model.context == 128
    assert model.weights_hash == tiny_model(kind).weights_hash
    bos = ARCHITECTURES[kind].special_tokens == "bos"
    assert (model.special, model.add_bos) == (int(bos), bos)
    assert model.encode(["Hé", "é"]) == [[0] * bos + tiny_tokenizer()(text)["input_ids"] for text in ("Hé", "é")]


def test_a_reference_loads_what_it_says(tmp_path):
    folder = save_tiny("llama", tmp_path / "m")
    model = ModelRef(str(folder), dtype="bfloat16", special_tokens="bos").load()
    assert (model.dtype, model.add_bos, model.name) == ("bfloat16", True, str(folder))
    assert model.encode([]) == [] and model.encode(["a"])[0][0] == model.bos_id == 0


def test_auto_is_float32_on_a_cpu(tmp_path):
    network = tiny_network("llama").to(torch.float16)
    network.save_pretrained(tmp_path)
    tiny_tokenizer().save_pretrained(tmp_path)
    assert load_model(tmp_path, device="cpu").dtype == "float32"
    assert load_model(tmp_path, device="cpu", dtype="float16").dtype == "float16"


@pytest.mark.parametrize("name", ["bloom-s/step03500", "bloom-s/step00000", "bloom-xs/step00512"])
def test_trained_models_load(name):
    model = load_model(shared("models", *name.split("/")))
    layers, width = (6, 768) if name.startswith("bloom-s/") else (4, 384)
    assert model.neurons == (width,) * layers and model.context == 2048 and not model.add_bos
    assert (model.label, model.step) == (name.split("/")[0], str(int(name[-5:])))
    assert model.tokenizer.decode(model.encode(["你好, world"])[0]) == "你好, world"


def test_a_tokenizer_may_live_elsewhere(tmp_path):
    tiny_network("llama").save_pretrained(tmp_path / "m")
    tiny_tokenizer().save_pretrained(tmp_path / "t")
    assert load_model(tmp_path / "m", tokenizer=tmp_path / "t").encode(["a"]) == [tiny_tokenizer()("a")["input_ids"]]


@pytest.mark.parametrize(("revision", "step"), [(None, "3500"), ("step00016", "16"), ("64", "64")])
def test_the_bundled_series_loads_by_name(revision, step):
    model = load_model("nano", revision=revision)
    assert (model.name, model.label, model.step, model.revision) == ("nano", "nano", step, "local")
    assert model.neurons == (256,) * 4 and model.tokenizer.decode(model.encode(["a b"])[0]) == "a b"


def test_the_bundled_series_has_no_other_step():
    with pytest.raises(ModelError, match="unknown revision of nano 'step00017'; did you mean 'step00016'"):
        load_model("nano", revision="step00017")


def test_a_device_map_without_accelerate_names_the_extra(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"babelscope\[large\]"):
        load_model(tmp_path, device_map="auto")


def test_a_model_may_be_spread_over_devices(tmp_path):
    pytest.importorskip("accelerate")
    model = load_model(save_tiny("llama", tmp_path), device_map="auto", dtype="float32")
    assert model.weights_hash == tiny_model("llama").weights_hash


def test_offloaded_weights_are_measured_and_hashed_like_any(tmp_path):
    pytest.importorskip("accelerate")
    from accelerate import disk_offload

    network = tiny_network("llama")
    expected = wrap_model(network, tiny_tokenizer()).weights_hash
    disk_offload(network, tmp_path, execution_device=torch.device("cpu"))
    model = wrap_model(network, tiny_tokenizer())
    assert model.device.type == "cpu" and network.model.embed_tokens.weight.is_meta
    assert model.weights_hash == expected


def test_wrapping_puts_the_model_in_eval_mode_and_keeps_its_weights():
    network = tiny_network("gpt2").train()
    model = wrap_model(network, tiny_tokenizer(), name="mine", step="12")
    assert model.model is network and not network.training
    assert (model.name, model.label, model.step, model.revision) == ("mine", "mine", "12", "local")
    before = model.weights_hash
    with torch.no_grad():
        network.transformer.wte.weight += 1
    assert model.weights_hash != before


def test_importing_costs_neither_torch_nor_transformers():
    code = "import sys, babelscope.models, babelscope.doctor; print({'torch', 'transformers'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_loading_prints_nothing_and_leaves_settings_alone(tmp_path, capfd):
    from transformers.utils import logging

    folder = save_tiny("llama", tmp_path)
    capfd.readouterr()
    before = logging.get_verbosity(), logging.is_progress_bar_enabled()
    load_model(folder)
    assert capfd.readouterr() == ("", "")
    with pytest.raises(RuntimeError), quiet():
        raise RuntimeError
    assert (logging.get_verbosity(), logging.is_progress_bar_enabled()) == before
