"""A ParallelCorpus in, suspicions about its text out: duplicates, untranslated lines, wrong scripts, odd lengths."""

from collections import defaultdict
from dataclasses import replace
from functools import lru_cache
from itertools import combinations

import numpy as np
import regex

from babelscope.corpus.parallel import CorpusWarning, ParallelCorpus
from babelscope.languages import name, script

__all__ = ["inspect"]

Example = tuple[str, str, str]
_SHOWN = 3
_LISTED = 5
_SCRIPTS = {
    "Hans": ("Hani", "Bopo"),
    "Hant": ("Hani", "Bopo"),
    "Jpan": ("Hira", "Kana", "Hani"),
    "Kore": ("Hang", "Hani"),
}
_MIN_SHARE = 0.5
_MIN_FACTOR = 2.5
_MIN_Z = 5.0
_MAX_SIGMA = 0.25
_MISALIGNED = 0.03
_MISALIGNED_LINES = 5
_ALIGNED = "does line i really translate line i of the other languages?"
_MIN_LENGTH = 20
_MAD_TO_SIGMA = 1.4826


def inspect(corpus: ParallelCorpus) -> tuple[CorpusWarning, ...]:
    """What a careful reader would ask about before believing a number from this text.

    At most one warning of each kind, with a count and up to three examples:

    - `duplicate`: a sentence that its language already had.
    - `identical`: a sentence with letters that reads the same in two languages, so was probably not translated.
    - `script`: a sentence less than half of whose letters are in its language's scripts. In languages not written in
      Latin letters, Latin words with a capital (names, brands) do not count as letters.
    - `length`: a sentence much longer or shorter than its translations. Each length in characters is divided by its
      language's mean, and its logarithm compared with the median of the other languages'. Flagged if that is off
      from what is usual for the language (its median) by a factor above 2.5 and by more than 5 robust standard
      deviations (1.4826 MAD, taken as at most 0.25 so that a shifted file cannot hide behind its own spread), and the
      sentence or the others' median is at least 20 characters long. A language with more than 3 % of such sentences
      (and 5) is probably not aligned.
    """
    found = (_duplicates(corpus), _identical(corpus), _wrong_script(corpus), _odd_lengths(corpus))
    return tuple(warning for warning in found if warning is not None)


def _warning(
    kind: str, says: tuple[str, str], found: dict[str, list[Example]], sentences: int | None = None
) -> CorpusWarning | None:
    """One warning from the suspicious sentences of each language (or pair of languages).

    Args:
        kind: The warning's kind.
        says: What the sentences do, in the singular and in the plural.
        found: Suspicious sentences by language.
        sentences: How many there are, where one sentence may be in several lists.
    """
    if not found:
        return None
    count = sum(map(len, found.values())) if sentences is None else sentences
    ranked = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    where = ", ".join(f"{label} {len(examples)}" for label, examples in ranked[:_LISTED])
    more = f" and {len(ranked) - _LISTED} more" if len(ranked) > _LISTED else ""
    first = [examples[i] for i in range(_SHOWN) for _, examples in ranked if i < len(examples)]
    message = f"{count} {'sentence ' + says[0] if count == 1 else 'sentences ' + says[1]} ({where}{more})"
    return CorpusWarning(kind, message, count, tuple(dict.fromkeys(first))[:_SHOWN])


def _duplicates(corpus: ParallelCorpus) -> CorpusWarning | None:
    """Sentences that repeat an earlier one of their language."""
    found: dict[str, list[Example]] = {}
    for language, column in zip(corpus.languages, corpus.sentences, strict=True):
        seen: set[str] = set()
        for key, text in zip(corpus.ids, column, strict=True):
            if text in seen:
                found.setdefault(language, []).append((language, key, text))
            seen.add(text)
    return _warning(
        "duplicate", ("repeats an earlier one of its language", "repeat an earlier one of their language"), found
    )


def _identical(corpus: ParallelCorpus) -> CorpusWarning | None:
    """Sentences that are the same text in two languages; lines without letters (dates, figures) may well be."""
    found: dict[str, list[Example]] = {}
    sentences = 0
    for i, key in enumerate(corpus.ids):
        same: defaultdict[str, list[str]] = defaultdict(list)
        for language, column in zip(corpus.languages, corpus.sentences, strict=True):
            same[column[i]].append(language)
        twins = {text: codes for text, codes in same.items() if len(codes) > 1 and regex.search(r"\p{L}", text)}
        sentences += bool(twins)
        for text, codes in twins.items():
            for a, b in combinations(codes, 2):
                found.setdefault(f"{a}={b}", []).append((a, key, text))
    return _warning(
        "identical", ("reads the same in two languages", "read the same in two languages"), found, sentences
    )


def _wrong_script(corpus: ParallelCorpus) -> CorpusWarning | None:
    """Sentences that are mostly in another script than their language's."""
    found: dict[str, list[Example]] = {}
    for language, column in zip(corpus.languages, corpus.sentences, strict=True):
        for key, text in zip(corpus.ids, column, strict=True):
            if _script_share(text, script(language)) < _MIN_SHARE:
                found.setdefault(language, []).append((language, key, text))
    says = ("is mostly in another script than its language's", "are mostly in another script than their language's")
    warning = _warning("script", says, found)
    swamped = [code for code, examples in found.items() if 2 * len(examples) > corpus.n]
    return _with_hint(warning, swamped, f"is it the right text? Expected: {_expected(swamped)}")


def _expected(languages: list[str]) -> str:
    """The script that each language should be in."""
    return ", ".join(f"{code} ({name(code)}) in {script(code)}" for code in languages)


def _with_hint(warning: CorpusWarning | None, languages: list[str], hint: str) -> CorpusWarning | None:
    """The warning, with a question added if some languages are suspicious as a whole."""
    if warning is None or not languages:
        return warning
    return replace(warning, message=f"{warning.message}; most of all {', '.join(languages)}: {hint}")


def _script_share(text: str, expected: str) -> float:
    """Share of a sentence's letters that are in the expected script, 0 to 1; 1 if it has no letters that count."""
    letters, own, names = _patterns(expected)
    if names is not None:
        text = names.sub("", text)
    total = len(letters.findall(text))
    return len(own.findall(text)) / total if total else 1.0


@lru_cache(maxsize=256)
def _patterns(expected: str) -> tuple[regex.Pattern[str], regex.Pattern[str], regex.Pattern[str] | None]:
    """Patterns for letters that belong to some script, for those of the expected one, and for Latin names."""
    scripts = _SCRIPTS.get(expected, (expected,))
    try:
        own = regex.compile("|".join(rf"(?=\p{{L}})\p{{Script_Extensions={short}}}" for short in scripts))
    except regex.error:
        own = None
    if own is None or expected == "Zyyy":  # what the library does not know cannot be checked: every letter will do
        anything = regex.compile(r"\p{L}")
        return anything, anything, None
    letters = regex.compile(rf"(?=\p{{L}})[^\p{{Script=Common}}\p{{Script=Inherited}}]|{own.pattern}")
    latin_names = regex.compile(r"(?<!\p{Script=Latin})\p{Script=Latin}*\p{Lu}[\p{Script=Latin}\p{M}\p{N}'’.-]*")
    return letters, own, None if expected == "Latn" else latin_names


def _odd_lengths(corpus: ParallelCorpus) -> CorpusWarning | None:
    """Sentences much longer or shorter than their translations; of each, the language that stands out most."""
    lengths = np.array([[len(text) for text in column] for column in corpus.sentences], dtype=np.float64)
    means = lengths.mean(axis=1)
    logs = np.log(lengths / means[:, None])
    worst: dict[int, tuple[float, str, str]] = {}
    for a, language in enumerate(corpus.languages):
        others = np.median(np.delete(logs, a, axis=0), axis=0)
        off = logs[a] - others
        far = np.abs(off - np.median(off))
        sigma = min(_MAD_TO_SIGMA * float(np.median(far)), _MAX_SIGMA)
        long_enough = np.maximum(lengths[a], np.exp(others) * means[a]) >= _MIN_LENGTH
        odd = (far > max(np.log(_MIN_FACTOR), _MIN_Z * sigma)) & long_enough
        for i in map(int, np.flatnonzero(odd)):
            worst[i] = max(worst.get(i, (0.0, "", "")), (float(far[i]), language, corpus.sentences[a][i]))
    found: dict[str, list[Example]] = {}
    for i, (_, language, text) in sorted(worst.items(), key=lambda item: -item[1][0]):
        found.setdefault(language, []).append((language, corpus.ids[i], text))
    says = ("is much longer or shorter than its translations", "are much longer or shorter than their translations")
    warning = _warning("length", says, found)
    shifted = [c for c, rows in found.items() if len(rows) > max(_MISALIGNED * corpus.n, _MISALIGNED_LINES)]
    return _with_hint(warning, shifted, _ALIGNED)
