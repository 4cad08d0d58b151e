"""Two runs in, how their meanings pair up out: or why they cannot be compared."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from babelscope.comparison.run import Run
from babelscope.errors import BabelscopeError
from babelscope.report.numbers import join

__all__ = ["ComparisonWarning", "Match", "match"]

CONDITIONS = ("dtype", "attention", "special_tokens", "version", "torch", "transformers")
"""Fields of a signature that may differ, and should be known to."""


@dataclass(frozen=True)
class ComparisonWarning:
    """Something a reader of the comparison should know."""

    kind: str
    """One of: ids, identical, conditions, layers, pairs, regions, gain, loss."""
    message: str


@dataclass(frozen=True, eq=False)
class Match:
    """Which of B's meanings is each of A's, and what is odd about the pairing."""

    order: Int[np.ndarray, " meaning"]
    warnings: tuple[ComparisonWarning, ...]


def match(a: Run, b: Run) -> Match:
    """Pairs up the meanings of two runs by their text; refuses runs that did not see the same.

    Replicates belong to the whole set of meanings: leaving one out of two different sets is no pair.

    Raises:
        BabelscopeError: If site, languages or meanings differ.
    """
    site_a, site_b = a.summary["site"], b.summary["site"]
    if site_a != site_b:
        raise BabelscopeError(f"A was read at site {site_a}, B at {site_b}; scan both with the same --site")
    _check_languages(a, b)
    order = _order(a, b)
    warnings = []
    if any(a.replicates.ids[i] != b.replicates.ids[j] for i, j in enumerate(order)):
        warnings.append(
            ComparisonWarning("ids", "A and B name their sentences differently; they were matched by their text")
        )
    if a.fields.get("weights") and a.fields.get("weights") == b.fields.get("weights"):
        warnings.append(ComparisonWarning("identical", "A and B have the same weights"))
    odd = [
        f"{name} {a.fields[name]} and {b.fields[name]}"
        for name in CONDITIONS
        if name in a.fields and name in b.fields and a.fields[name] != b.fields[name]
    ]
    if odd:
        text = (
            f"A and B were measured under different conditions ({', '.join(odd)}), which may be part of a difference"
        )
        warnings.append(ComparisonWarning("conditions", text))
    return Match(np.array(order), tuple(warnings))


def _check_languages(a: Run, b: Run) -> None:
    one, other = set(a.replicates.languages), set(b.replicates.languages)
    if one == other:
        return
    only = [
        f"only {name} has {', '.join(sorted(codes))}"
        for name, codes in (("A", one - other), ("B", other - one))
        if codes
    ]
    raise BabelscopeError(
        f"A and B were scanned in different languages ({join(only)}); "
        f"scan both with the same --langs, such as {','.join(sorted(one & other)) or 'en,fr'}"
    )


def _order(a: Run, b: Run) -> list[int]:
    """For each of A's meanings its place in B; equal texts are told apart by their ids."""
    one, other = (list(zip(run.replicates.texts, run.replicates.ids, strict=True)) for run in (a, b))
    _check_texts(a, b)
    places = sorted(range(len(other)), key=lambda j: other[j])
    result = [0] * len(one)
    for rank, i in enumerate(sorted(range(len(one)), key=lambda i: one[i])):
        result[i] = places[rank]
    return result


def _check_texts(a: Run, b: Run) -> None:
    one, other = Counter(a.replicates.texts), Counter(b.replicates.texts)
    if one == other:
        return
    shared = (one & other).total()
    counts = f"A has {a.replicates.n} sentences per language, B {b.replicates.n}, {_shared(shared)}"
    changed = _changed(a, b)
    detail = f" (sentence {changed[0]!r} has another text in B)" if changed else ""
    raise BabelscopeError(
        f"{counts}{detail}; the intervals need the same sentences in both: "
        "scan both with the same --corpus, -n, --offset and --seed"
    )


def _shared(count: int) -> str:
    return f"{count} of them in both" if count else "none of them in both"


def _changed(a: Run, b: Run) -> Sequence[str]:
    """Ids that both runs have, with different texts."""
    texts = dict(zip(b.replicates.ids, b.replicates.texts, strict=True))
    return [
        key
        for key, text in zip(a.replicates.ids, a.replicates.texts, strict=True)
        if key in texts and texts[key] != text
    ]
