import math

import pytest
import torch

from babelscope.errors import ModelError
from babelscope.transfer import TransferOptions
from babelscope.transfer.classifier import Classifier, answers, part_of
from babelscope.transfer.copying import full_copy
from babelscope.transfer.encoding import encode
from babelscope.transfer.training import train
from babelscope.transfer.unchanged import apart
from tiny_models import tiny_model
from transfer.planted_rules import rule_task

TASK = rule_task(train=20)


def classifier_of(model, **others):
    chosen = {"labels": 3, "dropout": 0.0, "half": False, "seed": 0} | others
    return Classifier(full_copy(model), model.device, **chosen)


def course_of(classifier, model, options, look, **others):
    encoded = [one.labelled for one in encode(model, "tokens", TASK.train, longest=128)]
    with apart():
        return train(classifier, encoded, look, options, pad_id=2, **{"rate": 1e-2, "epochs": 3, "seed": 0} | others)


def weights(classifier):
    return {name: weight.detach().clone() for name, weight in classifier.named_parameters()}


@pytest.mark.parametrize(("scores", "best"), [((0.1, 0.9, 0.3), 2), ((0.5, 0.5, 0.2), 1), ((0.1, 0.2, 0.3), 3)])
def test_the_best_state_is_kept_and_of_equals_the_first(scores, best):
    model, seen = tiny_model("bloom"), []
    classifier = classifier_of(model)

    def look():
        seen.append(weights(classifier))
        return scores[len(seen) - 1]

    course = course_of(classifier, model, TransferOptions(batch_size=20), look)
    assert course.best_step == best and course.best == scores[best - 1]
    assert [score for _, score in course.dev] == list(scores)
    for name, weight in weights(classifier).items():
        assert torch.equal(weight, seen[best - 1][name])
    assert any(not torch.equal(weight, seen[2][name]) for name, weight in seen[0].items())


@pytest.mark.parametrize("parts", [2, 4])
def test_a_batch_in_parts_trains_as_the_whole(parts):
    model = tiny_model("gpt2", resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0)
    found = []
    for accumulate in (1, parts):
        classifier = classifier_of(model)
        # 20 examples make batches of 8, 8 and 4, and sentences have words without a label: parts are unequal.
        options = TransferOptions(batch_size=8, accumulate=accumulate)
        course = course_of(classifier, model, options, lambda: 0.0, rate=1e-3)
        found.append([loss for _, loss in course.loss])
    assert found[0] == pytest.approx(found[1], rel=1e-4)
    assert found[0][-1] < found[0][0]


def test_looks_are_as_often_as_asked_and_once_at_the_end():
    model, steps = tiny_model("bloom"), []
    options = TransferOptions(batch_size=8, eval_steps=4)
    course = course_of(classifier_of(model), model, options, lambda: 0.0, progress=lambda *done: steps.append(done))
    assert course.steps == 9 and [step for step, _ in course.dev] == [4, 8, 9]
    assert steps == [(step, 9) for step in range(1, 10)]


def test_a_loss_that_is_not_a_number_stops_with_one_line():
    model = tiny_model("bloom")
    classifier = classifier_of(model)
    with torch.no_grad():
        classifier.head.weight.fill_(math.nan)
    with pytest.raises(ModelError, match="the loss is nan at step 1 of 3; give a smaller --learning-rate"):
        course_of(classifier, model, TransferOptions(), lambda: 0.0)


def test_lack_of_memory_is_one_line_with_what_helps(monkeypatch):
    model = tiny_model("bloom")
    classifier = classifier_of(model)

    def too_large(*inputs, **named):
        raise RuntimeError("CUDA error: out of memory")

    monkeypatch.setattr(classifier.backbone, "forward", too_large)
    with pytest.raises(ModelError, match="batches of 8 examples; give a larger --accumulate"):
        course_of(classifier, model, TransferOptions(batch_size=32, accumulate=4), lambda: 0.0)


@pytest.mark.parametrize("model_type", ["bloom", "gemma", "gpt2"])
def test_answers_do_not_depend_on_batches_or_padding(model_type):
    model = tiny_model(model_type)
    classifier = classifier_of(model).train()
    encoded = encode(model, "tokens", TASK.train, longest=128)
    together, alone = answers(classifier, encoded, 2, 10_000), answers(classifier, encoded, 2, 1)
    assert [one.tolist() for one in together] == [one.tolist() for one in alone]
    assert len({label for one in alone for label in one.tolist()}) > 1
    assert classifier.training and classifier.backbone.training


def test_answers_of_what_was_not_read_are_none(monkeypatch):
    model = tiny_model("bloom")
    [cut] = encode(model, "tokens", TASK.train[:1], longest=3)
    [told] = answers(classifier_of(model), [cut], 2, 100)
    assert told.tolist() == [told[0], -1, -1, -1] and told[0] >= 0
    [empty] = encode(model, "tokens", TASK.train[:1], longest=1)
    assert answers(classifier_of(model), [empty], 2, 100)[0].tolist() == [-1] * 4


def test_half_a_batch_is_read_where_memory_runs_out(monkeypatch):
    model = tiny_model("bloom")
    classifier = classifier_of(model)
    encoded = encode(model, "tokens", TASK.train, longest=128)
    expected = [one.tolist() for one in answers(classifier, encoded, 2, 10_000)]
    read = classifier.forward

    def small_only(part):
        if len(part.ids) > 3:
            raise torch.OutOfMemoryError("out of memory")
        return read(part)

    monkeypatch.setattr(classifier, "forward", small_only)
    assert [one.tolist() for one in answers(classifier, encoded, 2, 10_000)] == expected


def test_the_head_is_the_seeds_alone():
    model = tiny_model("bloom")
    torch.manual_seed(5)
    first = classifier_of(model).head.weight
    torch.manual_seed(6)
    assert torch.equal(first, classifier_of(model).head.weight)
    assert not torch.equal(first, classifier_of(model, seed=1).head.weight)


def test_logits_are_a_linear_map_of_the_last_hidden_state():
    model = tiny_model("llama")
    classifier = classifier_of(model).eval()
    encoded = encode(model, "tokens", TASK.train[:3], longest=128)
    with torch.no_grad():
        logits = classifier(part_of(encoded, [0, 1, 2], 2))
        slow = []
        for one in encoded:
            ids = torch.from_numpy(one.ids).long()[None]
            states = model.model(input_ids=ids, output_hidden_states=True).hidden_states[-1][0]
            slow.append(classifier.head(states[torch.from_numpy(one.places).long()]))
    assert torch.allclose(logits, torch.cat(slow), atol=1e-5)
