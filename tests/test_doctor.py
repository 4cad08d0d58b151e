"""The doctor finds a sound model sound, and each planted illness under its own name."""

import pytest
import torch
from tokenizers import Regex

from babelscope.corpus.parallel import CorpusSource, ParallelCorpus
from babelscope.doctor import examine
from babelscope.models import ARCHITECTURES, load_model, wrap_model
from shared_files import shared
from tiny_corpus import TEXT
from tiny_models import save_tiny, tiny_model, tiny_network, tiny_tokenizer

NAMES = ["architecture", "weights", "context", "round trip"]
LATER = ["site", "overflow", "BOS", "batch size", "padding side", "hooks"]


def corpus(*languages) -> ParallelCorpus:
    return ParallelCorpus.from_columns("tiny", {code: TEXT[code] for code in languages}, CorpusSource("tests"))


@pytest.mark.parametrize("kind", sorted(ARCHITECTURES))
def test_every_row_is_sound(kind):
    report = examine(tiny_model(kind), corpus("en", "fr"))
    assert [check.name for check in report.checks] == [*NAMES, "fertility en", "fertility fr", *LATER]
    assert {check.name: check.detail for check in report.checks if check.verdict == "fail"} == {}
    for name in ("site", "weights", "round trip", "batch size", "padding side", "hooks", "architecture"):
        assert report[name].verdict == "ok", report[name]


def test_a_trained_model_is_sound_on_the_built_in_sentences():
    report = examine(load_model(shared("models", "bloom-s", "step03500")))
    assert report.verdict == "ok", report
    assert "6 x 768 = 4608 neurons" in report["site"].detail
    assert "released weights" in report["architecture"].detail


def test_fertility_is_tokens_per_word_or_per_character():
    model = tiny_model("llama")
    report = examine(model, corpus("en", "zh"))
    english, chinese = (" ".join(TEXT[code]) for code in ("en", "zh"))
    per_word, per_character = (
        sum(len(text.encode()) for text in TEXT[code]) / units
        for code, units in (("en", len(english.split())), ("zh", len(chinese.replace(" ", ""))))
    )
    assert report["fertility en"].detail.startswith(f"{per_word:.2f} tokens per word")
    assert report["fertility zh"].detail.startswith(f"{per_character:.2f} tokens per character")
    assert (report["fertility zh"].verdict, report.verdict) == ("warn", "warn")


def test_the_model_is_left_as_it_was():
    model = tiny_model("gemma")
    before = model.weights_hash
    examine(model, corpus("en", "ar"))
    assert model.weights_hash == before and not model.model.training
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.model.modules())


def test_a_mask_that_is_ignored_fails_on_the_padding_side():
    network = tiny_network("gpt2")
    original = network.transformer.forward
    network.transformer.forward = lambda input_ids, attention_mask=None, position_ids=None, **rest: original(
        input_ids=input_ids, attention_mask=torch.ones_like(input_ids), position_ids=position_ids, **rest
    )
    report = examine(wrap_model(network, tiny_tokenizer()), corpus("en", "fr"))
    assert report["padding side"].verdict == "fail"
    assert report["batch size"].verdict == "ok"


def test_sentences_that_feel_their_batch_fail_on_the_batch_size():
    network = tiny_network("gpt2")
    block = network.transformer.h[1]
    original = block.forward
    block.forward = lambda x, *args, **rest: original(x + x[:, :1].mean(dim=0, keepdim=True), *args, **rest)
    assert examine(wrap_model(network, tiny_tokenizer()), corpus("en", "fr"))["batch size"].verdict == "fail"


def test_nan_weights_and_activations_fail():
    network = tiny_network("llama")
    model = wrap_model(network, tiny_tokenizer())
    with torch.no_grad():
        network.model.layers[1].mlp.up_proj.weight[3, 3] = torch.nan
    report = examine(model, corpus("en", "fr"))
    assert (
        report["weights"].verdict == "fail"
        and "1 tensors, first in model.layers.1.mlp.up_proj" in report["weights"].detail
    )
    assert report["overflow"].verdict == "fail" and "in layer 2 (float32)" in report["overflow"].detail
    assert "the checkpoint may be broken" in report["overflow"].detail and "--dtype" not in report["overflow"].detail
    assert report["hooks"].verdict == "ok", "NaN equals NaN where hooks are concerned"


@pytest.mark.parametrize(("size", "verdict"), [(1.0, "ok"), (300.0, "warn"), (1e5, "fail")])
def test_half_precision_overflow(size, verdict):
    network = tiny_network("gpt2")
    with torch.no_grad():
        network.transformer.h[1].mlp.c_fc.bias.fill_(50 * size)
    report = examine(wrap_model(network.to(torch.float16), tiny_tokenizer()), corpus("en", "fr"))
    assert report["overflow"].verdict == verdict, report["overflow"]


def test_a_first_token_that_outshines_the_rest_is_told():
    network = tiny_network("gpt2")
    with torch.no_grad():
        network.transformer.wpe.weight *= 0.01
        network.transformer.wpe.weight[0] = 0
        network.transformer.h[1].mlp.c_fc.bias.zero_()
    block = network.transformer.h[1].mlp
    original = block.c_fc.forward

    def forward(x):
        scale = torch.ones(x.shape[1])
        scale[0] = 100
        return original(x).abs() * scale[:, None]

    block.c_fc.forward = forward
    found = examine(wrap_model(network, tiny_tokenizer()), corpus("en", "fr"))["BOS"]
    assert found.verdict == "warn" and "compare with --special-tokens bos" in found.detail


def test_a_bos_that_the_row_asks_for_and_the_user_forbids_is_told():
    network = tiny_network("gemma")
    found = examine(wrap_model(network, tiny_tokenizer(), special_tokens="none"), corpus("en", "fr"))["BOS"]
    assert found.verdict == "warn" and "gemma breaks without one" in found.detail


def test_hooks_that_change_the_model_fail(monkeypatch):
    from contextlib import contextmanager

    import babelscope.activations as activations

    @contextmanager
    def meddling(modules, site, see):
        handles = [module.register_forward_pre_hook(lambda m, inputs: (inputs[0] * 1.01,)) for module in modules]
        yield
        for handle in handles:
            handle.remove()

    monkeypatch.setattr(activations, "observe", meddling)
    assert examine(tiny_model("llama"), corpus("en", "fr"))["hooks"].verdict == "fail"


def test_a_detected_architecture_is_told(monkeypatch):
    monkeypatch.delitem(ARCHITECTURES, "llama")
    found = examine(tiny_model("llama"), corpus("en", "fr"))["architecture"]
    assert found.verdict == "warn" and "mlp.act_fn x mlp.up_proj" in found.detail


def test_sentences_beyond_the_context_are_told():
    network = tiny_network("llama", max_position_embeddings=16)
    found = examine(wrap_model(network, tiny_tokenizer()), corpus("en", "fr"))["context"]
    assert found.verdict == "warn" and "16 will be cut" in found.detail


def test_a_foreign_tokenizer_fails_and_forward_passes_are_left_out():
    tokenizer = tiny_tokenizer()
    tokenizer.add_tokens(["garden"])
    report = examine(wrap_model(tiny_network("llama"), tokenizer), corpus("en", "fr"))
    assert report["tokenizer"].verdict == report.verdict == "fail"
    assert "hooks" not in [check.name for check in report.checks]


def test_text_the_tokenizer_loses_is_told():
    from tokenizers import normalizers

    tokenizer = tiny_tokenizer()
    tokenizer.backend_tokenizer.normalizer = normalizers.Lowercase()
    found = examine(wrap_model(tiny_network("llama"), tokenizer), corpus("en", "zh"))["round trip"]
    assert found.verdict == "warn" and found.detail.startswith("8 of 16 sentences decode to other text (en 8)")


def test_a_tokenizer_that_folds_case_everywhere_does_not_fail():
    from tokenizers import normalizers

    tokenizer = tiny_tokenizer()
    tokenizer.backend_tokenizer.normalizer = normalizers.Lowercase()
    found = examine(wrap_model(tiny_network("llama"), tokenizer), corpus("en", "fr"))["round trip"]
    assert found.verdict == "warn" and found.detail.startswith("16 of 16 sentences decode to other text")


def test_a_tokenizer_that_loses_all_text_fails():
    from tokenizers import normalizers

    tokenizer = tiny_tokenizer()
    model = wrap_model(tiny_network("llama"), tokenizer)
    tokenizer.backend_tokenizer.normalizer = normalizers.Replace(Regex(r"\w"), "?")
    report = examine(model, corpus("en", "fr"))
    assert report["round trip"].verdict == report.verdict == "fail"
    assert "nothing comes back of any of 16 sentences" in report["round trip"].detail


def test_recorded_facts_show(tmp_path):
    report = examine(load_model(save_tiny("llama", tmp_path), dtype="bfloat16"), corpus("en", "fr"))
    assert report.model == f"{tmp_path}@local"
    assert "bfloat16" in report["weights"].detail
    assert report["batch size"].verdict == report["padding side"].verdict == "ok"
