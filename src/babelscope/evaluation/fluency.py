"""A text in, how well it is formed out: its language, its script, its repetitions; and their means with intervals."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import regex
from scipy.stats import binomtest, t

from babelscope.errors import CorpusError, MissingExtraError
from babelscope.evaluation.spelling import MARK
from babelscope.languages import canonical, script

__all__ = ["FEWEST_LETTERS", "NO_LANGUAGE", "Fluency", "fluency", "identifiable", "identify", "summarise_texts"]

FEWEST_LETTERS = 10
"""A text with fewer letters is not identified: too little to tell languages apart by."""
NO_LANGUAGE = "zxx"
"""ISO 639's code for what is in no language, which the identifier may answer."""
_GRAM = 4
_LETTER = regex.compile(r"(?=\p{L})[^\p{Script=Common}\p{Script=Inherited}]")
_PARTS = {"Hans": ("Hani", "Bopo"), "Hant": ("Hani", "Bopo"), "Jpan": ("Hira", "Kana", "Hani"),
          "Kore": ("Hang", "Hani"), "Aran": ("Arab",)}  # fmt: skip


@dataclass(frozen=True)
class Fluency:
    """What can be said of one text without understanding it."""

    characters: int
    """As people see them (grapheme clusters)."""
    letters: int
    tokens: int
    language: str | None
    """The most probable language of all that the identifier knows; None with fewer than 10 letters."""
    probability: float | None
    """Of that language, [0, 1]."""
    own_language: bool | None
    """Whether that is the prompt's language, or another of the same macrolanguage (Wu for Chinese, Malay for
    Indonesian); None where there is no answer or the identifier does not know the prompt's language."""
    malformed: int
    """Byte sequences that are not UTF-8."""
    repetition: float | None
    """Share of runs of 4 tokens that occurred before, [0, 1]; 0 is none. None with fewer than 4 tokens."""
    script: float | None
    """Share of letters in the language's script, [0, 1]; None without letters."""

    def as_dict(self) -> dict[str, Any]:
        """The fields by name."""
        return asdict(self)


def fluency(text: str, language: str, tokens: Sequence[int], malformed: int = 0) -> Fluency:
    """Measures one text.

    Args:
        text: What was written.
        language: The language it should be in.
        tokens: Its token ids.
        malformed: Byte sequences in it that are not UTF-8, as the tokenizer's bytes tell.

    Raises:
        MissingExtraError: If the language identifier is not installed.
    """
    readable = text.replace(MARK, " ")
    letters = len(_LETTER.findall(readable))
    found, probability = identify(readable) if letters >= FEWEST_LETTERS else (None, None)
    return Fluency(
        characters=len(regex.findall(r"\X", text)),
        letters=letters,
        tokens=len(tokens),
        language=found,
        probability=probability,
        own_language=_base(found) == _base(language) if found is not None and identifiable(language) else None,
        malformed=malformed,
        repetition=repetition(tokens),
        script=script_share(readable, language),
    )


def identify(text: str) -> tuple[str, float]:
    """The most probable language of a text and its probability, of all that py3langid knows.

    The choice is not narrowed to the languages of an experiment: a model that drifts off may go anywhere.

    Raises:
        MissingExtraError: If py3langid is not installed.
    """
    label, probability = _identifier().classify(text)
    return _code(label), min(1.0, float(probability))


def identifiable(language: str) -> bool:
    """Whether the identifier knows a language.

    Raises:
        MissingExtraError: If py3langid is not installed.
    """
    return _base(language) in _known()


@lru_cache(maxsize=1)
def _identifier() -> Any:
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier
    except ImportError as error:
        raise MissingExtraError("py3langid", "langid", "telling the language of a text") from error
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    return frozenset(_base(_code(label)) for label in _identifier().labels)


@lru_cache(maxsize=1024)
def _code(label: str) -> str:
    try:
        return canonical(label)
    except CorpusError:
        return label


@lru_cache(maxsize=1024)
def _base(code: str) -> str:
    """The macrolanguage, without script and region.

    Chinese in either script is Chinese, and so is Wu: what a few dozen letters cannot tell apart is not held apart.
    """
    from langcodes.data_dicts import MACROLANGUAGES

    language = code.split("-")[0]
    return MACROLANGUAGES.get(language, language)


def repetition(tokens: Sequence[int]) -> float | None:
    """Share of runs of 4 tokens that repeat an earlier one: 1 - distinct / all (seq-rep-4, arXiv 1908.04319)."""
    grams = [tuple(tokens[i : i + _GRAM]) for i in range(len(tokens) - _GRAM + 1)]
    return 1 - len(set(grams)) / len(grams) if grams else None


def script_share(text: str, language: str) -> float | None:
    """Share of a text's letters that are in a language's script, [0, 1]; None without letters."""
    letters = _LETTER.findall(text)
    own = _own_letter(script(language))
    if not letters or own is None:
        return None
    return sum(own.match(letter) is not None for letter in letters) / len(letters)


@lru_cache(maxsize=256)
def _own_letter(expected: str) -> regex.Pattern[str] | None:
    parts = _PARTS.get(expected, (expected,))
    try:
        return regex.compile("|".join(rf"\p{{Script_Extensions={part}}}" for part in parts))
    except regex.error:
        return None


def summarise_texts(texts: Sequence[Fluency]) -> dict[str, Any]:
    """Measures of several texts together.

    Returns:
        `texts` and `identified`: their number. `own_language` (of those identified) and `malformed` (texts with any
        malformed sequence): a share with its Wilson interval. `repetition`, `script`, `characters`: a mean with its
        t interval, which is None for a single text or where all are equal. `sequences`: malformed ones in all texts.
        `languages`: how many texts were identified as each, most frequent first.
    """
    own = [text.own_language for text in texts if text.own_language is not None]
    named = [text.language for text in texts if text.language is not None]
    return {
        "texts": len(texts),
        "identified": len(named),
        "own_language": _share(sum(own), len(own)),
        "languages": {code: named.count(code) for code in sorted(set(named), key=lambda c: (-named.count(c), c))},
        "malformed": _share(sum(text.malformed > 0 for text in texts), len(texts)),
        "sequences": sum(text.malformed for text in texts),
        "repetition": _mean([text.repetition for text in texts], 1.0),
        "script": _mean([text.script for text in texts], 1.0),
        "characters": _mean([float(text.characters) for text in texts], math.inf),
    }


def _share(some: int, of: int) -> dict[str, Any]:
    if not of:
        return {"value": None, "low": None, "high": None, "n": 0, "count": 0}
    bounds = binomtest(some, of).proportion_ci(0.95, method="wilson")
    return {"value": some / of, "low": float(bounds.low), "high": float(bounds.high), "n": of, "count": some}


def _mean(values: Sequence[float | None], largest: float) -> dict[str, Any]:
    """A mean of numbers from 0 to `largest`, and a t interval within that range."""
    known = [value for value in values if value is not None]
    n = len(known)
    if not n:
        return {"value": None, "low": None, "high": None, "n": 0}
    mean = math.fsum(known) / n
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in known) / (n - 1)) if n > 1 else 0.0
    if not spread:
        return {"value": mean, "low": None, "high": None, "n": n}
    half = float(t.ppf(0.975, n - 1)) * spread / math.sqrt(n)
    return {"value": mean, "low": max(0.0, mean - half), "high": min(largest, mean + half), "n": n}
