"""Records in, a few sentences out: does alignment predict the score, and what one would say by looking less well."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from babelscope.report.numbers import fixed, join, p_value, plural

__all__ = ["Answer", "answer_of", "overall_answer", "verdict"]

Answer = Literal["yes", "no", "cannot tell"]
Row = Mapping[str, Any]
"""A flat record."""

LEVEL = 0.05
WEAK = 0.3
"""Correlation below which, by the whole interval, an association is said not to be there to speak of."""
_COVARIATES = {"nmi": "what probes know (NMI)", "loss": "held-out loss", "training": "training progress"}
_UNITS = (("checkpoint", "averages per checkpoint"), ("checkpoint_language", "checkpoints × languages"))


def answer_of(row: Row) -> Answer:
    """Whether one headline record shows that alignment predicts the score.

    `yes`: p, corrected, is at most .05 and the whole interval has the expected sign. `no`: the whole interval lies
    below a weak association of that sign. Else, and that is most of few checkpoints, `cannot tell`.

    Args:
        row: A flat record; of LRDS as x, and of a loss as y, less is better.
    """
    low, high, p = row["low"], row["high"], _p(row)
    if row["r"] is None or low is None or high is None:
        return "cannot tell"
    low, high = (low, high) if _sign(row) > 0 else (-high, -low)
    if low > 0 and p is not None and p <= LEVEL:
        return "yes"
    if high < WEAK:
        return "no"
    return "cannot tell"


def overall_answer(rows: Sequence[Row]) -> Answer:
    """What every headline record says; where they differ it cannot be told."""
    found: set[Answer] = {answer_of(row) for row in rows if row["role"] == "headline"}
    return found.pop() if len(found) == 1 else "cannot tell"


def verdict(rows: Sequence[Row], x: str) -> list[str]:
    """The answer first; then every headline with its numbers and what plainer correlations of the same data say.

    Args:
        rows: Flat records.
        x: Name of the measure.
    """
    headline = [row for row in rows if row["role"] == "headline"]
    if not headline:
        return ["Nothing can be said: no checkpoint is left with a number of every kind."]
    return [_answer(headline, x), *(_of_one(rows, row) for row in headline)]


def _answer(headline: Sequence[Row], x: str) -> str:
    answers = [answer_of(row) for row in headline]
    first = headline[0]
    how = "within languages, across checkpoints" if first["unit"] == "checkpoint_language" else "across checkpoints"
    how += _held(first)
    span = _span(headline)
    if set(answers) == {"yes"}:
        return f"Yes: {how}, {x} predicts {_what(headline, 'and')} ({span})."
    if set(answers) == {"no"}:
        return f"No: {how}, {x} does not predict {_what(headline, 'or')} ({span}): {_how_little(headline)}."
    if "yes" not in answers:
        why = "and too little is measured to rule it out"
        return f"Cannot tell: {how}, {x} is not shown to predict {_what(headline, 'or')} ({span}), {why}."
    counted = [f"{word} for {answers.count(word)}" for word in ("yes", "no", "cannot tell") if word in answers]
    return f"Not in general: {how}, does {x} predict {_what(headline, 'and')}? {join(counted)} ({span})."


def _what(headline: Sequence[Row], word: str) -> str:
    """The scores and the models, as parts of a sentence."""
    scores, models = (list(dict.fromkeys(row[name] for row in headline)) for name in ("y", "model"))
    return f"{_listed(scores, word)} in {_listed(models, word)}"


def _listed(names: list[str], word: str) -> str:
    return f" {word} ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _how_little(headline: Sequence[Row]) -> str:
    """What a no rests on: at most a weak association, or one the other way round."""
    other = [(row["high"] < 0) if _sign(row) > 0 else (row["low"] > 0) for row in headline]
    if all(other):
        return "what is better aligned scores worse"
    return f"an association above {WEAK} is ruled out"


def _sign(row: Row) -> int:
    """1 where more of x should come with more of y, -1 where it should come with less."""
    less_is_better = [row["x"].lower().startswith("lrds"), row["y"].lower().startswith(("loss", "perplexity"))]
    return -1 if sum(less_is_better) == 1 else 1


def _span(headline: Sequence[Row]) -> str:
    known = sorted(row["r"] for row in headline if row["r"] is not None)
    if not known:
        return "no r is defined"
    if len(headline) == 1:
        return _number(headline[0])
    return f"r from {fixed(known[0], 2)} to {fixed(known[-1], 2)}"


def _held(row: Row) -> str:
    """What the headline holds constant, in words."""
    names = row["method"].partition(":")[2]
    words = [_COVARIATES.get(name) or name for name in names.split("+")]
    return f", given {join(words)}" if names else ""


def _of_one(rows: Sequence[Row], headline: Row) -> str:
    """One headline, and what it would be by looking less well."""
    said = f"{headline['y']} of {headline['model']}: {_number(headline)}."
    same = [row for row in rows if (row["model"], row["y"]) == (headline["model"], headline["y"])]
    steps = [step for unit, title in _UNITS if (step := _plain(same, unit, title))]
    for exclusion, title in (("flagged", "centred within languages"), ("early", "that without early checkpoints")):
        within = _find(same, "checkpoint_language", "pearson_within", exclusion)
        if within is not None and within["r"] is not None and within["method"] != headline["method"]:
            steps.append(f"{title} {fixed(within['r'], 2)}")
    return f"{said} Looked at otherwise: {'; '.join(steps)}." if steps else said


def _plain(rows: Sequence[Row], unit: str, title: str) -> str:
    """Pearson of one unit with and without the flagged checkpoints."""
    clean, whole = (_find(rows, unit, "pearson", exclusion) for exclusion in ("flagged", "none"))
    if clean is None or clean["r"] is None:
        return ""
    if whole is None or whole["r"] is None:
        return f"{title} {fixed(clean['r'], 2)}"
    left = f"{'step' if len(clean['excluded']) == 1 else 'steps'} {join(list(clean['excluded']))}"
    return f"{title} {fixed(whole['r'], 2)}, but {fixed(clean['r'], 2)} without {left}"


def _find(rows: Sequence[Row], unit: str, method: str, exclusion: str) -> Row | None:
    wanted = (unit, method, exclusion)
    return next((row for row in rows if (row["unit"], row["method"], row["exclusion"]) == wanted), None)


def _number(row: Row) -> str:
    """r, its interval, p, and what it rests on."""
    size = plural(row["checkpoints"], "checkpoint")
    size += f" × {plural(row['languages'], 'language')}" if row["languages"] else ""
    if row["r"] is None:
        return f"not defined ({row['note'] or size})"
    ends = "" if row["low"] is None else f" [{fixed(row['low'], 2)}, {fixed(row['high'], 2)}]"
    told = p_value(_p(row))
    corrected = " corrected" if row["p_holm"] is not None and row["p_holm"] != row["p"] else ""
    return f"r = {fixed(row['r'], 2)}{ends}{f', {told}{corrected}' if told else ''}, {size}"


def _p(row: Row) -> float | None:
    return row["p_holm"] if row["p_holm"] is not None else row["p"]
