"""Everything that must not load is refused in one line that says what to do, and nothing in it is run."""

import json
import pickle
import re
from pathlib import Path

import pytest
import torch
from huggingface_hub import errors as hub
from safetensors.torch import load_file, save_file

from babelscope.errors import ModelError
from babelscope.models import load_model, wrap_model
from babelscope.models.failures import explain
from babelscope.models.probe import SENTENCE
from tiny_models import (
    CONFIGS,
    HIDDEN,
    LAYERS,
    SPECIALS,
    VOCABULARY,
    WIDTH,
    save_tiny,
    tiny_model,
    tiny_network,
    tiny_tokenizer,
)


def refused(folder, match, **options) -> str:
    with pytest.raises(ModelError, match=match) as caught:
        load_model(folder, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def change_weights(folder, change):
    file = folder / "model.safetensors"
    tensors = load_file(file)
    change(tensors)
    save_file(tensors, file, metadata={"format": "pt"})


@pytest.mark.parametrize("kind", ["bloom", "llama"])
def test_a_missing_tensor_is_refused(kind, tmp_path):
    folder = save_tiny(kind, tmp_path)
    name = next(name for name in load_file(folder / "model.safetensors") if ".1.mlp." in name)
    change_weights(folder, lambda tensors: tensors.pop(name))
    refused(folder, f"lacks {name}; .*random, so nothing is measured")


def test_a_head_may_be_missing_only_where_it_is_tied(tmp_path):
    for kind in ("bloom", "llama"):
        network = tiny_network(kind)
        network.base_model.save_pretrained(tmp_path / kind)
        tiny_tokenizer().save_pretrained(tmp_path / kind)
    assert load_model(tmp_path / "bloom").weights_hash == tiny_model("bloom").weights_hash
    refused(tmp_path / "llama", "lacks lm_head.weight")


def test_an_unexpected_tensor_is_refused(tmp_path):
    folder = save_tiny("llama", tmp_path)
    change_weights(folder, lambda tensors: tensors.update({"model.layers.2.mlp.down_proj.weight": torch.ones(2)}))
    assert "random" not in refused(folder, "no place for model.layers.2.mlp.down_proj.weight; .*nothing is measured")


def test_a_mismatched_tensor_is_refused(tmp_path):
    folder = save_tiny("llama", tmp_path)
    change_weights(folder, lambda tensors: tensors.update({"model.norm.weight": torch.ones(HIDDEN + 1)}))
    refused(folder, "of the wrong shape: model.norm.weight")


def test_a_configuration_of_another_size_is_refused(tmp_path):
    folder = save_tiny("llama", tmp_path)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | {"num_hidden_layers": LAYERS + 1}))
    assert "lacks" in refused(folder, "and 6 more")
    (folder / "config.json").write_text(json.dumps(config | {"intermediate_size": WIDTH + 8}))
    refused(folder, "wrong shape")


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("gemma3_text", "vision_tower.encoder.weight"),
        ("gpt_neox", "gpt_neox.layers.0.attention.masked_bias"),
        ("gpt2", "transformer.h.0.attn.bias"),
        ("llama", "model.layers.0.self_attn.rotary_emb.inv_freq"),
        ("xglm", "model.embed_positions.weights"),
    ],
)
def test_tensors_the_row_knows_are_let_go(kind, name, tmp_path):
    folder = save_tiny(kind, tmp_path)
    change_weights(folder, lambda tensors: tensors.update({name: torch.ones(2)}))
    assert load_model(folder).weights_hash == tiny_model(kind).weights_hash


def test_an_allowed_tensor_is_recorded_and_only_for_its_row(tmp_path):
    name = "vision_tower.encoder.weight"
    for kind in ("gemma3_text", "gemma2"):
        change_weights(save_tiny(kind, tmp_path / kind), lambda tensors: tensors.update({name: torch.ones(2)}))
    assert load_model(tmp_path / "gemma3_text").load_report.allowed == (name,)
    refused(tmp_path / "gemma2", f"no place for {name}")


class Bomb:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_a_pickle_is_refused_and_not_run(tmp_path):
    folder = save_tiny("llama", tmp_path / "m")
    (folder / "model.safetensors").unlink()
    torch.save({"model.norm.weight": Bomb(tmp_path / "owned")}, folder / "pytorch_model.bin")
    ours = "the weights of .*m hold code or cannot be read safely.*use a safetensors checkpoint"
    assert "weights_only" not in refused(folder, ours)
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Bomb(tmp_path / "owned")))
    assert "weights_only" not in refused(folder, ours)
    assert not (tmp_path / "owned").exists()


def test_a_harmless_bin_loads(tmp_path):
    folder = save_tiny("gpt2", tmp_path)
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    assert load_model(folder).weights_hash == tiny_model("gpt2").weights_hash


def test_broken_files_are_one_line(tmp_path):
    folder = save_tiny("llama", tmp_path / "m")
    whole = (folder / "model.safetensors").read_bytes()
    for broken in (whole[:1000], b"", b"version https://git-lfs.github.com/spec/v1\n"):
        (folder / "model.safetensors").write_bytes(broken)
        refused(folder, "cannot load the weights of .*save or download the model again")
    (folder / "model.safetensors").rename(folder / "model-00001-of-00002.safetensors")
    index = {"metadata": {}, "weight_map": {"model.norm.weight": "model-00002-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    refused(folder, "cannot load the weights of .*model-00002-of-00002.safetensors")
    (folder / "model.safetensors.index.json").unlink()
    refused(folder, "cannot load the weights of .*model.safetensors")
    (folder / "config.json").write_text("{")
    refused(folder, "cannot load the configuration")
    (folder / "config.json").write_text('{"model_type": "no-such-model"}')
    refused(folder, "cannot load the configuration of .*no-such-model")


def test_wrong_places_are_named(tmp_path):
    refused(tmp_path / "nope", "there is no folder .*nope; expected a folder with config.json")
    refused("./nope", "there is no folder")
    refused(tmp_path, "has no config.json; expected a saved model")
    save_tiny("llama", tmp_path / "step1")
    refused(tmp_path, "has no config.json; did you mean one of its folders: step1")
    refused(tmp_path / "step1", "is a folder, which has no revision 'v2'", revision="v2")
    refused(tmp_path / "step1" / "model.safetensors", "is a file; expected the folder around it")
    refused(tmp_path / "step1", "unknown dtype 'float23'; did you mean 'float32'", dtype="float23")
    refused(tmp_path / "step1", "cannot use device 'gpu9'", device="gpu9")
    refused(tmp_path / "step1", "unknown special_tokens 'eos'", special_tokens="eos")
    refused(tmp_path / "step1", "not both", device="cpu", device_map="auto")


def test_a_model_without_tokenizer_asks_for_one(tmp_path):
    tiny_network("llama").save_pretrained(tmp_path)
    refused(tmp_path, "cannot load the tokenizer of .*name a tokenizer that fits with --tokenizer")
    refused(tmp_path, "there is no folder .*nope", tokenizer=tmp_path / "nope")


def test_a_tokenizer_of_another_model_is_refused(tmp_path):
    tiny_network("llama", vocab_size=VOCABULARY - 100).save_pretrained(tmp_path)
    tiny_tokenizer().save_pretrained(tmp_path)
    refused(tmp_path, "tokenizer has 259 tokens, but .* has only 159 embeddings; .*--tokenizer")


def test_a_token_beyond_the_embeddings_is_refused_when_it_comes():
    """Releases add image tokens beyond the embeddings; only text that yields one is a mistake."""
    tokenizer = tiny_tokenizer()
    tokenizer.add_tokens(["<picture>"])
    model = wrap_model(tiny_network("llama"), tokenizer)
    assert len(model.encode(["plain"])[0]) == 5
    with pytest.raises(ModelError, match="gives token id 259, but in-memory has only 259 embeddings"):
        model.encode(["a <picture>"])


def word_tokenizer(*words, unknown=None):
    """One id per word; others are `unknown`, or an exception of the tokenizers library."""
    from tokenizers import Tokenizer, pre_tokenizers
    from tokenizers.models import WordLevel
    from transformers import PreTrainedTokenizerFast

    marks = [unknown] if unknown else []
    vocabulary = {word: i for i, word in enumerate([*SPECIALS, *marks, *words])}
    backend = Tokenizer(WordLevel(vocabulary, unk_token=unknown or "[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return PreTrainedTokenizerFast(tokenizer_object=backend, bos_token=SPECIALS[0])


def test_an_exception_of_the_tokenizer_is_one_line():
    with pytest.raises(ModelError, match=r"cannot encode the text \(.*Missing \[UNK\].*--tokenizer") as caught:
        wrap_model(tiny_network("llama"), word_tokenizer("dog"))
    assert "\n" not in str(caught.value)
    model = wrap_model(tiny_network("llama"), word_tokenizer(*dict.fromkeys(SENTENCE.split())))
    assert len(model.encode([SENTENCE])[0]) == len(SENTENCE.split())
    with pytest.raises(ModelError, match="the tokenizer of in-memory cannot encode the text"):
        model.encode(["One small zebra"])


@pytest.mark.parametrize("registered", [True, False])
def test_a_tokenizer_that_knows_no_text_is_refused(registered, tmp_path):
    tokenizer = word_tokenizer("zebra", unknown="[UNK]")
    if registered:
        tokenizer.unk_token = "[UNK]"
    tiny_network("llama").save_pretrained(tmp_path / "m")
    tokenizer.save_pretrained(tmp_path / "t")
    refused(tmp_path / "m", "knows no text: nothing of a plain sentence .*--tokenizer", tokenizer=tmp_path / "t")


@pytest.mark.parametrize("word", ["книга.", "小", "यह"])
def test_a_tokenizer_of_another_script_only_is_no_stranger(word):
    text = {"книга.": "Это очень маленькая книга.", "小": "这是一本小书。", "यह": "यह एक छोटी किताब है।"}[word]
    tokenizer = word_tokenizer(*text.split(), unknown="[UNK]")
    assert wrap_model(tiny_network("llama"), tokenizer).encode([text])[0] == list(range(4, 4 + len(text.split())))


def test_a_tokenizer_that_folds_case_and_accents_is_no_stranger():
    from tokenizers import normalizers

    tokenizer = tiny_tokenizer()
    steps = [normalizers.NFD(), normalizers.StripAccents(), normalizers.Lowercase(), normalizers.Replace(" ", "")]
    tokenizer.backend_tokenizer.normalizer = normalizers.Sequence(steps)
    assert wrap_model(tiny_network("llama"), tokenizer).encode(["É"]) == tiny_tokenizer()(["e"])["input_ids"]


def test_no_lossless_tokenizer_is_needed_to_decode():
    tokenizer = tiny_tokenizer()
    tokenizer.backend_tokenizer.decoder = None
    assert wrap_model(tiny_network("llama"), tokenizer).encode(["a"])


def test_a_family_that_needs_bos_needs_one_to_be_named():
    tokenizer = tiny_tokenizer()
    tokenizer.bos_token = None
    network = tiny_network("gemma")
    network.config.bos_token_id = None
    with pytest.raises(ModelError, match="needs a BOS token"):
        wrap_model(network, tokenizer)
    assert wrap_model(network, tokenizer, special_tokens="none").special == 0


def save_other(folder, name, **config):
    import transformers

    made = getattr(transformers, f"{name}Config")(**config)
    made.save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)


SIZES = dict(
    vocab_size=VOCABULARY, hidden_size=HIDDEN, num_hidden_layers=1, num_attention_heads=2, intermediate_size=WIDTH
)


@pytest.mark.parametrize(
    ("name", "config", "match"),
    [
        ("Bert", SIZES, r"is an encoder \(bert\)"),
        ("XLMRoberta", SIZES, r"is an encoder \(xlm-roberta\)"),
        ("ModernBert", SIZES, r"is an encoder \(modernbert\)"),
        ("T5", {}, r"is an encoder-decoder model \(t5\)"),
        ("MBart", {}, r"is an encoder-decoder model \(mbart\)"),
        ("ViT", {}, r"\(vit\) has no causal language model"),
        ("Mixtral", {**CONFIGS["mistral"], "num_local_experts": 4}, "mixture of 4 experts .*experts=4.*dense"),
        ("Qwen3Moe", {**CONFIGS["qwen3"], "num_experts": 8}, "mixture of 8 experts"),
    ],
)
def test_other_kinds_of_models_are_refused_before_weights_are_read(name, config, match, tmp_path):
    save_other(tmp_path, name, **config)
    refused(tmp_path, match)


def test_wrapped_models_are_checked_too():
    with pytest.raises(ModelError, match="mixture of 4 experts"):
        wrap_model(tiny_network("mixtral", **CONFIGS["mistral"], num_local_experts=4), tiny_tokenizer())


def test_code_in_a_repository_is_not_run(tmp_path):
    folder = save_tiny("llama", tmp_path / "m")
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "own", "auto_map": {"AutoConfig": "own.C", "AutoModelForCausalLM": "own.M"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "own.py").write_text(f"open({str(tmp_path / 'owned')!r}, 'w')")
    refused(folder, "needs code from its own repository.*--trust-remote-code")
    assert not (tmp_path / "owned").exists()


def bare(kind):
    """An exception without the response that the hub client's own constructors ask for."""
    return kind.__new__(kind)


@pytest.mark.parametrize(
    ("cause", "match"),
    [
        (bare(hub.GatedRepoError), "^org/m is gated: .*huggingface.co/org/m, .*HF_TOKEN"),
        (bare(hub.RevisionNotFoundError), "^org/m has no revision 'v9'; .*tags"),
        (bare(hub.RepositoryNotFoundError), "^there is no 'org/m' on the hub.*spelling"),
        (hub.LocalEntryNotFoundError("l"), "^cannot reach the hub to load the weights of org/m@v9"),
        (ConnectionError("c"), "^cannot reach the hub"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), "^not enough memory for"),
        (pickle.UnpicklingError("set weights_only"), "^the weights of org/m@v9 hold code or cannot be read safely"),
        (MemoryError(), "^not enough memory for the weights of org/m@v9"),
        (KeyError("x"), "^cannot load the weights of org/m@v9: something long over lines; expected whole files"),
    ],
)
def test_failures_of_the_hub_are_explained(cause, match):
    outer = OSError("something long\nover lines.")
    outer.__cause__ = cause
    told = str(explain(outer, "org/m", "v9", "the weights"))
    assert re.search(match, told) and "\n" not in told


def test_without_network_the_hub_is_named():
    refused("org/not-in-any-cache", "cannot reach the hub to load the configuration of org/not-in-any-cache.*network")
