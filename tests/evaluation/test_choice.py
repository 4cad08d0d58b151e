import random
from pathlib import Path

import numpy as np
import pytest
import torch

from babelscope.errors import BabelscopeError, MissingExtraError
from babelscope.evaluation import choice, cloze_data, harness
from babelscope.evaluation.choice import Evaluation, evaluate
from babelscope.evaluation.choice_summary import evaluation_rows
from babelscope.evaluation.conditions import Condition, Intervention
from babelscope.interventions import deactivate
from babelscope.models import LanguageModel, load_model
from babelscope.regions import NeuronMask
from evaluation.cloze_fixture import STORIES, planted_model, write_stories
from tiny_models import tiny_model

pytest.importorskip("lm_eval", reason="lm-eval is not installed")


@pytest.fixture(autouse=True)
def two_stories(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cloze_data, "MINI", write_stories(tmp_path / "stories"))


def slow_likelihood(model: LanguageModel, prompt: str, answer: str) -> float:
    """Sum of the answer's token log-probabilities, one prompt at a time on the full logits."""
    before, whole = len(model.encode([prompt])[0]), model.encode([f"{prompt} {answer}"])[0]
    with torch.no_grad():
        scores = model.model(torch.tensor([whole])).logits[0].double().log_softmax(-1)
    return sum(float(scores[i - 1, whole[i]]) for i in range(before, len(whole)))


def conditions_of(mask: NeuronMask) -> list[Condition]:
    rng = np.random.default_rng(0)
    other = NeuronMask(tuple(rng.permutation(layer) & ~layer for layer in mask.layers))
    return [Condition("none"), Condition("region", "fr", None, 1.0, mask), Condition("random", "fr", 0, 1.0, other)]


@pytest.mark.parametrize("model_type", ["bloom", "llama"])
def test_lm_eval_agrees_with_a_slow_twin(model_type: str) -> None:
    size = {"seq_length": 512} if model_type == "bloom" else {"max_position_embeddings": 512}
    model = tiny_model(model_type, **size)
    found = evaluate(model, ["xlc_mini_fr"]).answers["none"]["xlc_mini_fr"]
    for story, values, right in zip(STORIES, found.loglikelihoods, found.correct, strict=True):
        prompt = " ".join(story["sentences"]) + " The ending in English:"
        slow = [slow_likelihood(model, prompt, ending) for ending in story["endings_en"]]
        assert values == pytest.approx(slow, rel=1e-4)
        assert right == int(np.argmax(slow) == story["label"])
    assert found.chance == (0.5, 0.5)


def test_lm_eval_agrees_with_a_slow_twin_on_the_bundled_stories(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    model = load_model("nano", device="cpu")
    found = evaluate(model, ["xlc_mini_fr"], limit=8).answers["none"]["xlc_mini_fr"]
    for document, values in zip(harness.load_tasks(["xlc_mini_fr"])["xlc_mini_fr"].eval_docs, found.loglikelihoods):  # noqa: B905
        prompt = " ".join(document["sentences"]) + " The ending in English:"
        slow = [slow_likelihood(model, prompt, ending) for ending in document["endings_en"]]
        assert values == pytest.approx(slow, rel=1e-4)


def test_half_precision_is_summed_in_single(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    model = tiny_model("llama", max_position_embeddings=512)
    model.model.bfloat16()
    found = evaluate(model, ["xlc_mini_fr"], limit=4).answers["none"]["xlc_mini_fr"]
    for document, values in zip(harness.load_tasks(["xlc_mini_fr"])["xlc_mini_fr"].eval_docs, found.loglikelihoods):  # noqa: B905
        prompt = " ".join(document["sentences"]) + " The ending in English:"
        slow = [slow_likelihood(model, prompt, ending) for ending in document["endings_en"]]
        assert values == pytest.approx(slow, rel=1e-4)


def test_batches_follow_the_vocabulary_and_the_longest_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny_model("llama", max_position_embeddings=512)
    plain = evaluate(model, ["xlc_mini_fr"]).answers["none"]["xlc_mini_fr"]
    asked: list[int] = []
    monkeypatch.setattr(harness, "batch_size", lambda _, tokens: asked.append(tokens) or 3)
    sizes: list[tuple[int, ...]] = []
    model.model.register_forward_pre_hook(lambda _, given: sizes.append(tuple(given[0].shape)))
    small = evaluate(model, ["xlc_mini_fr"]).answers["none"]["xlc_mini_fr"]
    assert asked == [max(tokens for _, tokens in sizes)]
    assert [rows for rows, _ in sizes] == [3, 3, 2]
    for one, other in zip(plain.loglikelihoods, small.loglikelihoods, strict=True):
        assert one == pytest.approx(other, rel=1e-5)


def test_a_choice_that_cannot_be_weighed_is_one_line() -> None:
    path = cloze_data.MINI / "fr.jsonl"
    path.write_text(path.read_text().replace('"bbbb"', f'"{"b" * 60}"'))
    with pytest.raises(BabelscopeError, match=r"a choice of xlc_mini_fr has 61 tokens: .* expected 1 to 40"):
        evaluate(tiny_model("llama", max_position_embeddings=40), ["xlc_mini_fr"])


def test_documents_are_told_apart_even_where_their_ids_do_not() -> None:
    path = cloze_data.MINI / "fr.jsonl"
    path.write_text(path.read_text().replace('"id": "02"', '"id": "01"'))
    assert evaluate(tiny_model("llama", max_position_embeddings=512), ["xlc_mini_fr"]).answers["none"][
        "xlc_mini_fr"
    ].ids == ("0", "1")


def test_tasks_without_a_common_document_are_families_of_their_own() -> None:
    path = cloze_data.MINI / "fr.jsonl"
    path.write_text(path.read_text().replace('"id": "0', '"id": "fr-0'))
    model, mask = planted_model()
    content = evaluate(model, ["xlc_mini_fr", "xlc_mini_ar"], conditions_of(mask)).summary()
    assert [task["family"] for task in content["tasks"]] == ["xlc_mini_fr", "xlc_mini_ar"]
    assert [family["n"] for family in content["conditions"][0]["families"]] == [2, 2]


def test_a_verdict_does_not_take_unanimity_for_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    model, mask = planted_model()
    stories = [{**STORIES[i % 2], "id": str(i)} for i in range(20)]
    monkeypatch.setattr("evaluation.cloze_fixture.STORIES", stories)
    write_stories(cloze_data.MINI)
    content = evaluate(model, ["xlc_mini_fr"], conditions_of(mask)).summary()
    first, effect = (sentence.replace("\u202f", " ") for sentence in content["verdict"])
    assert "accuracy 100 % [83.9, 100.0], above chance" in first
    assert effect.endswith("more than under its random control (difference −100.0 points [−100.0, −77.2]).")


def test_a_planted_neuron_decides_only_while_it_acts() -> None:
    model, mask = planted_model()
    assert mask.size == 1
    found = evaluate(model, ["xlc_mini_fr", "xlc_mini_ar"], conditions_of(mask))
    content = found.summary()
    by_key = {condition["key"]: condition for condition in content["conditions"]}
    assert [result["accuracy"] for result in by_key["none"]["results"]] == [1, 1]
    assert [result["accuracy"] for result in by_key["region-fr"]["results"]] == [0, 0]
    assert [result["accuracy"] for result in by_key["random-fr-0"]["results"]] == [1, 1]
    assert by_key["region-fr"]["results"][0]["difference"]["value"] == -1
    assert by_key["region-fr"]["results"][0]["difference"]["lost"] == 2
    assert by_key["region-fr"]["families"][0]["against_control"]["value"] == -1
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.model.modules())


def test_the_intervention_is_that_of_deactivate() -> None:
    model, mask = planted_model()
    values = evaluate(model, ["xlc_mini_fr"], conditions_of(mask)).answers["region-fr"]["xlc_mini_fr"].loglikelihoods
    prompt = " ".join(STORIES[0]["sentences"]) + " The ending in English:"
    with deactivate(model, mask):
        slow = [slow_likelihood(model, prompt, ending) for ending in STORIES[0]["endings_en"]]
    assert values[0] == pytest.approx(slow, rel=1e-4)
    assert values[0] != pytest.approx([slow_likelihood(model, prompt, e) for e in STORIES[0]["endings_en"]], rel=1e-2)


def test_the_choices_alone_are_weighed_without_the_story() -> None:
    model, _ = planted_model()
    found = evaluate(model, ["xlc_mini_fr", "xlc_mini_ar"]).answers["none"]
    assert found["xlc_mini_fr"].alone == found["xlc_mini_ar"].alone
    assert found["xlc_mini_fr"].correct_alone == (1, 1)
    family = evaluate(model, ["xlc_mini"]).summary()["conditions"][0]["families"][0]
    assert (family["alone"], family["gain"]["value"], family["gain"]["low"]) == (1, 0, None)


def test_hooks_are_gone_when_lm_eval_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    model, mask = planted_model()

    def fail(*args: object, **named: object) -> None:
        raise RuntimeError("out of luck")

    monkeypatch.setattr("lm_eval.evaluator.evaluate", fail)
    with pytest.raises(RuntimeError, match="out of luck"):
        evaluate(model, ["xlc_mini_fr"], conditions_of(mask))
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.model.modules())


def test_nothing_outside_is_changed_and_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    model = tiny_model("llama", max_position_embeddings=512)
    model.model.train().lm_head.eval()
    tokenizer, weights = model.tokenizer_hash, model.weights_hash
    random.seed(5)
    np.random.seed(5)
    torch.manual_seed(5)
    states = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state()
    told: list[tuple[str, int, int]] = []
    evaluate(model, ["xlc_mini_fr"], progress=lambda *step: told.append(step))
    assert model.model.training and not model.model.lm_head.training
    assert (random.getstate(), np.random.get_state()[1].tolist()) == states[:2]
    assert torch.equal(torch.get_rng_state(), states[2])
    again = tiny_model("llama", max_position_embeddings=512)
    assert (again.tokenizer_hash, again.weights_hash) == (tokenizer, weights)
    assert told[-1] == ("nothing deactivated", 8, 8)
    assert capfd.readouterr() == ("", "")


def test_a_bos_goes_first_where_the_model_needs_it() -> None:
    model = tiny_model("gemma", max_position_embeddings=512)
    assert model.add_bos
    found = evaluate(model, ["xlc_mini_fr"]).answers["none"]["xlc_mini_fr"]
    prompt = " ".join(STORIES[0]["sentences"]) + " The ending in English:"
    assert found.loglikelihoods[0][0] == pytest.approx(slow_likelihood(model, prompt, "aaaa"), rel=1e-4)


def test_finished_conditions_are_found_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    model, mask = planted_model()
    ran: list[int] = []

    def counted(*args: object, **named: object) -> object:
        ran.append(len(args[1]))  # type: ignore[arg-type]
        return harness.run_tasks(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(choice, "run_tasks", counted)
    folder = tmp_path / "parts"

    def run(tasks: list[str], **options: object) -> Evaluation:
        ran.clear()
        return evaluate(model, tasks, conditions_of(mask), folder=folder, **options)  # type: ignore[arg-type]

    first = run(["xlc_mini_fr"])
    assert ran == [1, 1, 1]
    second = run(["xlc_mini_fr", "xlc_mini_ar"])
    assert ran == [1, 1, 1]
    assert run(["xlc_mini_ar", "xlc_mini_fr"]).answers["none"] == second.answers["none"]
    assert ran == []
    assert {key: one["xlc_mini_fr"] for key, one in second.answers.items()} == {
        key: one["xlc_mini_fr"] for key, one in first.answers.items()
    }
    run(["xlc_mini_fr"], intervention=Intervention("scale", factor=0.5))
    assert ran == [1, 1]
    run(["xlc_mini_fr"], limit=1)
    assert ran == [1, 1, 1]


def test_prompts_beyond_the_context_are_counted() -> None:
    model = tiny_model("llama")
    content = evaluate(model, ["xlc_mini_fr"], limit=1).summary()
    assert content["warnings"] == []
    short = tiny_model("llama", max_position_embeddings=40)
    content = evaluate(short, ["xlc_mini_fr"]).summary()
    assert content["warnings"][0]["count"] == 4


def test_rows_and_content_agree() -> None:
    model, mask = planted_model()
    content = evaluate(model, ["xlc_mini_fr"], conditions_of(mask)).summary()
    rows = evaluation_rows(content)
    assert [(row["kind"], row["deactivated"], row["seed"]) for row in rows] == [
        ("none", "none", None), ("region", "fr", None), ("random", "fr", 0),
    ]  # fmt: skip
    assert (rows[0]["difference"], rows[1]["difference"], rows[1]["chance"]) == (None, -1, 0.5)
    assert content["languages"] == ["fr"]
    assert any("its random control" in sentence or "no change" in sentence for sentence in content["verdict"])


def test_bad_input_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    model, _ = planted_model()
    with pytest.raises(BabelscopeError, match="1 or more, got --limit 0"):
        evaluate(model, ["xlc_mini_fr"], limit=0)
    with pytest.raises(BabelscopeError, match="first condition must be none"):
        evaluate(model, ["xlc_mini_fr"], [])
    with torch.no_grad():
        model.model.transformer.ln_f.weight.fill_(float("nan"))
    with pytest.raises(BabelscopeError, match="xlc_mini_fr, document 01, are not finite with nothing deactivated"):
        evaluate(model, ["xlc_mini_fr"])
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"lm-eval.*babelscope\[eval\]"):
        evaluate(model, ["xlc_mini_fr"])
