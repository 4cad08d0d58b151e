"""Tasks that a tiny model can learn: a word's label is told by its last letter, a text's by its last letter too."""

import numpy as np

from babelscope.transfer import TransferTask
from babelscope.transfer.examples import Example, Kind

ENDINGS = ("a", "o", "u")
LABELS = ("ends in a", "ends in o", "ends in u")


def sentence(key: int, rng: np.random.Generator, stem: str, words: int = 4) -> Example:
    """Words of one stem, whose label is the place of their last letter in ENDINGS."""
    labels = rng.integers(0, len(ENDINGS), words)
    forms = [stem * int(rng.integers(1, 3)) + ENDINGS[label] for label in labels]
    starts = np.cumsum([0, *(len(form) + 1 for form in forms)])
    spans = tuple((int(start), int(start) + len(form)) for start, form in zip(starts, forms, strict=False))
    return Example(f"s{key}", " ".join(forms), spans=spans, labels=tuple(int(label) for label in labels))


def text(key: int, rng: np.random.Generator, stem: str) -> Example:
    """A pair of texts, of which the second one's last letter gives the label."""
    label = int(rng.integers(0, len(ENDINGS)))
    return Example(f"s{key}", stem * int(rng.integers(1, 5)), stem + ENDINGS[label], label=label)


def rule_task(
    kind: Kind = "tokens", train: int = 48, others: int = 12, codes: tuple[str, ...] = ("en", "xx")
) -> TransferTask:
    """The source language is the first; every language has a stem of its own."""
    rng = np.random.default_rng(0)
    make = sentence if kind == "tokens" else text
    stems = dict(zip(codes, "bdfghk", strict=False))

    def some(first: int, count: int, code: str) -> tuple[Example, ...]:
        return tuple(make(first + key, rng, stems[code]) for key in range(count))

    source = codes[0]
    return TransferTask(
        name="rule",
        kind=kind,
        labels=LABELS,
        source=source,
        train=some(0, train, source),
        dev=some(1000, others, source),
        test={code: some(2000, others, code) for code in codes},
        report={},
        data="planted",
    )
