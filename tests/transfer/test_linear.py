"""The frozen probe: finds what is planted, is at the majority where there is nothing, and leaves the model alone."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from babelscope.activations import word_vectors
from babelscope.errors import BabelscopeError, MissingExtraError
from babelscope.transfer import TransferOptions, TransferTask, scores_of
from babelscope.transfer.examples import Example, as_treebank
from babelscope.transfer.linear import frozen_probe
from tiny_models import LAYERS, tiny_model

pytest.importorskip("sklearn")

LABELS = ("NOUN", "VERB", "X")
ENDINGS = ("ka", "mo", "ti")


def sentence(key: int, code: str, rng: np.random.Generator, planted: bool = True) -> Example:
    """Words that end as their label says; the last has no label."""
    labels = [int(label) for label in rng.choice(3, p=[0.5, 0.3, 0.2], size=5)]
    endings = labels if planted else rng.choice(3, size=5)
    words = ["".join(rng.choice(list("bdfg"), size=3)) + ENDINGS[ending] for ending in endings]
    text, spans = "", []
    for word in words:
        spans.append((len(text) + bool(text), len(text) + bool(text) + len(word)))
        text = f"{text} {word}".strip()
    return Example(f"{code}{key}", text, spans=tuple(spans), labels=(*labels[:-1], -1))


def task(planted: bool = True) -> TransferTask:
    rng = np.random.default_rng(0)
    sizes = {"train": 60, "dev": 15, "en": 25, "fr": 25}
    made = {name: tuple(sentence(i, name, rng, planted) for i in range(n)) for name, n in sizes.items()}
    test = {code: made[code] for code in ("en", "fr")}
    return TransferTask("pos", "tokens", LABELS, "en", made["train"], made["dev"], test, {}, "planted")


def pairs() -> TransferTask:
    rng = np.random.default_rng(1)

    def one(key: int) -> Example:
        label = int(rng.integers(2))
        return Example(str(key), "".join(rng.choice(list("bdfg"), size=6)), "x" + ENDINGS[label], label=label)

    made = tuple(one(key) for key in range(120))
    test = {"en": made[100:]}
    return TransferTask("nli", "sequence", ("no", "yes"), "en", made[:80], made[80:100], test, {}, "planted")


def accuracy(of: TransferTask, one) -> dict[str, float]:
    return {score.language: score.score for score in scores_of(of, [one], draws=10) if score.metric == "accuracy"}


@pytest.fixture(scope="module")
def model():
    return tiny_model("bloom")


def test_a_planted_label_is_found_and_the_model_is_as_before(model) -> None:
    before = {name: weight.clone() for name, weight in model.model.state_dict().items()}
    found = frozen_probe(model, task(), layers=[0, LAYERS])
    assert [one.layer for one in found] == ["0", str(LAYERS)]
    assert all(one.method == "linear" and one.dev_score > 0.9 for one in found)
    assert all(score > 0.9 for one in found for score in accuracy(task(), one).values())
    assert all(torch.equal(before[name], weight) for name, weight in model.model.state_dict().items())
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.model.modules())


def test_without_anything_to_find_it_does_no_better_than_the_majority(model) -> None:
    null = task(planted=False)
    score = scores_of(null, frozen_probe(model, null, layers=[LAYERS]), draws=10)[0]
    assert score.score < score.majority + 0.1


def test_answers_are_those_of_scikit_learn(model) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    given = task()
    one = frozen_probe(model, given, layers=[1])[0]

    def read(examples):
        wanted = [[w for w, label in enumerate(e.labels) if label >= 0] for e in examples]
        found = word_vectors(model, as_treebank(examples, "en"), [1], pooling="last", wanted=wanted)
        return found.layer(1), [examples[s].labels[w] for s, w in found.rows]

    vectors, labels = read(given.train)
    scaler = StandardScaler().fit(vectors)
    slow = LogisticRegression(C=one.details["penalty"], max_iter=500).fit(scaler.transform(vectors), labels)
    expected = slow.predict(scaler.transform(read(given.test["fr"])[0]))
    got = np.concatenate([answers[:-1] for answers in one.test["fr"]])
    assert (got == expected).mean() > 0.98
    assert all(answers[-1] == -1 for answers in one.test["fr"])


def test_it_is_the_same_again_from_files_and_whatever_the_seed(model, tmp_path: Path) -> None:
    first, again = frozen_probe(model, task()), frozen_probe(model, task(), seed=3, folder=tmp_path)
    assert [one.layer for one in first] == [str(layer) for layer in TransferOptions().layers_of(LAYERS)]
    assert [one.seed for one in again] == [3] * len(again)
    for one, other in zip(first, again, strict=True):
        assert one.dev_score == other.dev_score
        assert all(np.array_equal(a, b) for a, b in zip(one.test["fr"], other.test["fr"], strict=True))


def test_a_pair_is_read_as_one_text(model) -> None:
    found = frozen_probe(model, pairs(), layers=[LAYERS], pooling="last")[0]
    assert accuracy(pairs(), found)["en"] > 0.9
    assert found.test["en"][0].shape == (1,)
    assert frozen_probe(model, pairs(), layers=[LAYERS], pooling="first")[0].dev_score < 0.9


def test_words_without_a_vector_are_wrong_and_counted(model) -> None:
    given = task()
    long = replace(given.test["fr"][0], text=given.test["fr"][0].text + " " + "x" * model.context)
    given = replace(given, test={"en": given.test["en"], "fr": (long, *given.test["fr"][1:])})
    one = frozen_probe(model, given, layers=[LAYERS])[0]
    assert one.details["without_vector"] == {"en": 0, "fr": 4}
    assert set(one.test["fr"][0]) == {-1}
    assert accuracy(given, one)["fr"] < accuracy(task(), frozen_probe(model, task(), layers=[LAYERS])[0])["fr"]


def test_the_test_is_seen_by_nothing_but_the_answers(model) -> None:
    given = task()
    turned = tuple(replace(one, labels=tuple((label + 1) % 3 for label in one.labels)) for one in given.test["fr"])
    # the last word has a label now, and so an answer: the others' answers may not depend on any label
    other = replace(given, test={"en": given.test["en"], "fr": turned})
    one, two = (frozen_probe(model, own, layers=[1])[0] for own in (given, other))
    assert all(np.array_equal(a[:-1], b[:-1]) for a, b in zip(one.test["fr"], two.test["fr"], strict=True))


def test_bad_layers_and_a_missing_package_are_one_line(model, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BabelscopeError, match="got layer 99 in --layers"):
        frozen_probe(model, task(), layers=[99])
    monkeypatch.setitem(__import__("sys").modules, "sklearn.linear_model", None)
    with pytest.raises(
        MissingExtraError, match="the linear probe needs the package 'scikit-learn'.*babelscope.transfer."
    ):
        frozen_probe(model, task())
