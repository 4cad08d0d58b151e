"""Training and tests in, the ways in which a test could have been seen out: refused where the data is split so."""

from collections.abc import Mapping, Sequence

from babelscope.errors import CorpusError
from babelscope.languages import name
from babelscope.transfer.examples import Example
from babelscope.transfer.sharing import Parts, normalised

__all__ = ["near_leaks", "without_leaks", "without_tested"]

_MOST = 0.01
"""Share of a test whose texts may also be in training; these are then taken out of the training."""


def without_leaks(parts: Mapping[str, Parts], source: str) -> tuple[dict[str, Parts], list[str]]:
    """Examples that came with a split, made safe.

    An id in training and in a test is a leak, in whatever language the test is: translations share ids. Only where
    the same ids have other texts in the source language itself, ids merely number the rows of each part; they are
    then told apart. Texts are compared too, within the source language: a few that are in both are taken out of the
    training, many are refused.

    Args:
        parts: Examples by language and part.
        source: The language of training.

    Returns:
        The examples, and a sentence for each thing that was done.

    Raises:
        CorpusError: If a training or development set shares ids or texts with a test set.
    """
    told: list[str] = []
    if _only_numbers(parts, source):
        told.append(
            "ids number the rows of each split, so they say nothing of the others; texts were compared instead"
        )
        parts = {code: {part: _within(part, own[part]) for part in own} for code, own in parts.items()}
    for part in ("train", "dev"):
        seen = {one.id for one in parts[source][part]}
        for language, own in parts.items():
            shared = [one.id for one in own["test"] if one.id in seen]
            if shared:
                raise CorpusError(_refusal(part, len(shared), len(own["test"]), "ids", language, source, shared))
    tested = {normalised(one) for one in parts[source]["test"]}
    for part in ("train", "dev"):
        shared = [one for one in parts[source][part] if normalised(one) in tested]
        if len({normalised(one) for one in shared}) > _MOST * len(tested):
            texts = [one.text[:40] for one in shared]
            raise CorpusError(_refusal(part, len(shared), len(tested), "texts", source, source, texts))
    own, done = without_tested(parts[source])
    return {**parts, source: own}, told + done


def without_tested(own: Parts) -> tuple[Parts, list[str]]:
    """The source language's parts without what a later one has word for word, and what was done.

    Args:
        own: What is trained on loses what is in development or in the test, development what is in the test.
    """
    seen, kept, told = {normalised(one) for one in own["test"]}, dict(own), []
    for part, where in (("dev", "the test"), ("train", "development or the test")):
        kept[part] = [one for one in own[part] if normalised(one) not in seen]
        seen |= {normalised(one) for one in kept[part]}
        lost = len(own[part]) - len(kept[part])
        if lost:
            told.append(f"{lost} examples were left out of the {part} set, since their texts are in {where}")
    return kept, told


def _only_numbers(parts: Mapping[str, Parts], source: str) -> bool:
    """Whether equal ids of training and test have different texts in the source language, without exception."""
    tests = {one.id: normalised(one) for one in parts[source]["test"]}
    pairs = [
        (tests[one.id], normalised(one))
        for part in ("train", "dev")
        for one in parts[source][part]
        if one.id in tests
    ]
    return bool(pairs) and all(first != second for first, second in pairs)


def _within(part: str, examples: Sequence[Example]) -> list[Example]:
    """Examples whose ids name their part too."""
    return [Example(f"{part}-{one.id}", one.text, one.text_b, one.label, one.spans, one.labels) for one in examples]


def near_leaks(train: Sequence[Example], tests: Mapping[str, Sequence[Example]]) -> dict[str, int]:
    """How many examples of each test have a text that is in training too, letter for letter or nearly so.

    Args:
        train: What is learnt from or chosen by.
        tests: By language; those without any are left out of the answer.
    """
    seen = {normalised(one) for one in train}
    found = {language: sum(normalised(one) in seen for one in own) for language, own in tests.items()}
    return {language: count for language, count in found.items() if count}


def _refusal(part: str, count: int, total: int, what: str, language: str, source: str, shown: Sequence[str]) -> str:
    return (
        f"the {part} set of {name(source)} shares {count} {what} with the {total} examples of the {name(language)} "
        f"test ({', '.join(map(repr, shown[:3]))}); expected none: keep all translations of a sentence in one part, "
        "or leave the splits out to have them made by id"
    )
