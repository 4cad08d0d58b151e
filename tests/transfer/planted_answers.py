"""A task of made-up words, and classifiers whose answers are right as often as they are told to be."""

from collections.abc import Mapping

import numpy as np

from babelscope.transfer import Predictions, TransferTask
from babelscope.transfer.examples import Example

LABELS = ("ADJ", "NOUN", "VERB")
WORDS = 5


def example(key: int, code: str, rng: np.random.Generator) -> Example:
    words = [f"{code}{i}" for i in range(WORDS)]
    starts = np.cumsum([0, *(len(word) + 1 for word in words)])[:-1]
    spans = tuple((int(start), int(start) + len(word)) for start, word in zip(starts, words, strict=True))
    labels = tuple(int(label) for label in rng.choice(3, p=[0.2, 0.5, 0.3], size=WORDS))
    return Example(f"s{key}", " ".join(words), spans=spans, labels=labels)


def planted_task(
    codes: tuple[str, ...] = ("en", "fr", "zh"), sentences: int = 40, source: str = "en"
) -> TransferTask:
    rng = np.random.default_rng(0)
    made = {code: tuple(example(key, code, rng) for key in range(sentences)) for code in codes}
    train = tuple(example(1000 + key, source, rng) for key in range(30))
    dev = tuple(example(2000 + key, source, rng) for key in range(10))
    return TransferTask("pos", "tokens", LABELS, source, train, dev, made, {"warnings": []}, "planted")


def answers(
    task: TransferTask, right: Mapping[str, float], method: str = "lora", layer: str = "all", seed: int = 0,
    dev: float = 0.9,
) -> Predictions:  # fmt: skip
    """Each word is answered rightly with the chance given for its language, and else by the next label."""
    rng = np.random.default_rng(seed + 7)
    test = {}
    for code, examples in task.test.items():
        test[code] = []
        for one in examples:
            gold = np.array(one.labels)
            wrong = rng.random(len(gold)) >= right[code]
            test[code].append(np.where(wrong, (gold + 1) % len(LABELS), gold))
    return Predictions(method, layer, seed, dev, test, {"untold": {"zh": 2}})
