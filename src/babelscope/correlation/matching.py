"""x and y in, what they have in common or one line on why nothing out."""

from collections import Counter
from collections.abc import Collection, Sequence

from babelscope import languages as tongues
from babelscope.correlation.computing import LEAST
from babelscope.correlation.measured import Checkpoint, Measured
from babelscope.correlation.options import CorrelationOptions
from babelscope.errors import BabelscopeError
from babelscope.report.numbers import join, plural

__all__ = ["common_checkpoints", "unmatched"]

_NAMED = 8
"""Checkpoints up to which each is named."""


def common_checkpoints(x: Measured, y: Measured, options: CorrelationOptions) -> list[Checkpoint]:
    """Checkpoints with both, by step; models in the order in which y has them.

    Raises:
        BabelscopeError: If there is none, saying what each is about, or if one to leave out is not among them.
    """
    told = set(y.checkpoints)
    both = [place for place in x.checkpoints if place in told and options.model in (None, place[0])]
    if not both:
        asked = f" of {options.model}" if options.model else ""
        raise BabelscopeError(
            f"x ({x.source}) and y ({y.source}) have no checkpoint{asked} in common: x is about {_some(x)}, y about "
            f"{_some(y)}; the columns model and step must be spelled alike in both"
        )
    steps = list(dict.fromkeys(step for _, step in both))
    unknown = [step for step in options.exclude if step not in steps]
    if unknown:
        raise BabelscopeError(
            f"got {join(unknown)} to leave out, expected steps that x and y have: {', '.join(steps)}"
        )
    most = [
        max(Counter(model for model, step in both if step not in out).values(), default=0)
        for out in (options.exclude, ())
    ]
    if most[0] < LEAST <= most[1]:
        raise BabelscopeError(
            f"leaving out {join(list(options.exclude))} leaves {plural(most[0], 'checkpoint')} of a model; a "
            f"correlation over checkpoints needs {LEAST} or more: leave out fewer"
        )
    models = list(dict.fromkeys(model for model, _ in (*y.overall, *both)))
    return sorted(both, key=lambda place: models.index(place[0]))


def unmatched(x: Measured, y: Measured, options: CorrelationOptions) -> list[dict[str, str]]:
    """One line for each way in which x and y are not about the same languages or checkpoints.

    Raises:
        BabelscopeError: If x and y are the same numbers, or tell languages apart and have none in common.
    """
    if x.by_language == y.by_language and x.overall == y.overall:
        raise BabelscopeError(
            f"x and y are the same numbers ({x.name} of {x.source}); give alignment as x and scores as y, or name "
            "their columns with --measure and --metric"
        )
    there, told = set(x.languages) - {options.source}, set(y.languages) - {options.source}
    if there and told and not there & told:
        raise BabelscopeError(
            f"x ({x.source}) and y ({y.source}) have no language in common beside {options.source}: x has "
            f"{join(list(x.languages))}, y has {join(list(y.languages))}"
        )
    warnings = []
    if y.languages and options.source not in {*x.languages, *y.languages}:
        message = f"the source language {_called(options.source)} is in neither x nor y; name it with --source"
        warnings.append({"kind": "source", "message": message})
    for name, one, lost in (("x", x, there - told), ("y", y, told - there)):
        if lost and there and told:
            named = join([_called(code) for code in one.languages if code in lost])
            other = "y" if name == "x" else "x"
            message = f"in {name} but not in {other} ({x.name} and {y.name}), so left out of every pair: {named}"
            warnings.append({"kind": "languages", "message": message})
    return [*warnings, *_lost_steps(x, y.checkpoints), *_lost_steps(y, x.checkpoints)]


def _lost_steps(one: Measured, others: Collection[Checkpoint]) -> list[dict[str, str]]:
    """Checkpoints that only one table has, of the models that both have."""
    models = {model for model, _ in others}
    lost = [f"{model} {step}" for model, step in one.checkpoints if model in models and (model, step) not in others]
    if not lost:
        return []
    message = f"{plural(len(lost), 'checkpoint')} in {one.source} only, left out: {_shortened(lost, _NAMED)}"
    return [{"kind": "checkpoints", "message": message}]


def _some(one: Measured) -> str:
    return _shortened([f"{model} step {step}" for model, step in one.checkpoints], 3) or "nothing"


def _shortened(names: Sequence[str], most: int) -> str:
    more = [f"{len(names) - most} more"] if len(names) > most else []
    return join([*names[:most], *more])


def _called(code: str) -> str:
    try:
        return f"{code} ({tongues.name(code)})"
    except BabelscopeError:
        return code
