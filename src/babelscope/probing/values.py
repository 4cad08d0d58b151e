"""Counts of the words of each value in, the values a problem can keep and those that languages share out."""

from collections.abc import Mapping
from itertools import combinations

from babelscope.probing.splits import PartName

__all__ = ["Counts", "kept_values", "shared_values", "shortage"]

Counts = Mapping[str, Mapping[PartName, int]]
"""Words by value and part; of train, what is left in the poorest seed."""

_SHOWN = 4


def kept_values(counts: Counts, minimum: int) -> tuple[str, ...]:
    """The values with enough words in every part, in alphabetical order."""
    return tuple(sorted(value for value, by_part in counts.items() if min(by_part.values()) >= minimum))


def shortage(counts: Counts, minimum: int) -> str:
    """Which values lack words, and in which part the most; to be said where fewer than two are kept.

    Args:
        counts: Of at least one value.
        minimum: Words a value needs in every part.
    """
    kept = kept_values(counts, minimum)
    lacking = sorted(counts.keys() - set(kept), key=lambda value: (-sum(counts[value].values()), value))
    listed = [f"{value}: {_poorest(counts[value])}" for value in lacking[:_SHOWN]]
    more = f"; and {len(lacking) - _SHOWN} more values" if len(lacking) > _SHOWN else ""
    who = f"only {kept[0]} has" if kept else "no value has"
    return f"{who} {minimum} words in every part ({'; '.join(listed)}{more})"


def shared_values(
    own: Mapping[str, tuple[str, ...]], counts: Mapping[str, Counts]
) -> tuple[tuple[str, ...], dict[str, str]]:
    """The values that all languages keep, or as many languages as possible where all share fewer than two.

    Of equally many languages those that share more values stay, then those with more test words of them, then
    those of the values that come first in the alphabet: the order of the languages does not matter.

    Args:
        own: By language, the values it keeps; at least two each.
        counts: By language.

    Returns:
        The shared values, and why each language that had to go was taken out.
    """
    pairs = sorted({pair for kept in own.values() for pair in combinations(kept, 2)})

    def outcome(pair: tuple[str, str]) -> tuple[list[str], list[str]]:
        languages = [language for language, kept in own.items() if set(pair) <= set(kept)]
        return languages, sorted(set.intersection(*(set(own[language]) for language in languages)))

    def worth(pair: tuple[str, str]) -> tuple[int, int, int]:
        languages, values = outcome(pair)
        words = sum(counts[language][value]["test"] for language in languages for value in values)
        return len(languages), len(values), words

    # Any set of languages that shares two values is within the one that all languages with both make up.
    stay, values = outcome(max(pairs, key=worth))
    out = {
        language: f"keeps {', '.join(kept)}; fewer than two of these are shared with {', '.join(stay)}"
        for language, kept in own.items()
        if language not in stay
    }
    return tuple(values), out


def _poorest(words: Mapping[PartName, int]) -> str:
    part = min(words, key=words.__getitem__)
    return f"{part} {words[part]}"
