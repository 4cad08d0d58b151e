"""Sheets of one kind in, the scores that alignment is held against out: one per task and metric."""

from collections.abc import Sequence
from dataclasses import replace

from babelscope.correlation.measured import ALL, Checkpoint, Measured, language_of, measured, number_of
from babelscope.correlation.measures import column_values, metric_values, pooled
from babelscope.correlation.options import CorrelationOptions
from babelscope.correlation.reading import OTHER, Sheet
from babelscope.errors import BabelscopeError, unknown_choice
from babelscope.probing.overlap.selections import step_order
from babelscope.report.numbers import join

__all__ = ["OUTCOME_KINDS", "outcomes_of"]

OUTCOME_KINDS: tuple[str, ...] = ("transfer", "evaluation", "track", OTHER)
"""Tables that a score can come from, in the order in which a folder is searched."""

_METHODS = ("lora", "full", "qlora", "linear")
"""Of transfer.csv, the preferred first."""
_METRIC = "accuracy"


def outcomes_of(sheets: Sequence[Sheet], options: CorrelationOptions) -> list[Measured]:
    """Every score of some tables that is asked for: one per task and metric, seeds averaged.

    Args:
        sheets: Of one kind.
        options: Which metric, method, task and scale.

    Raises:
        BabelscopeError: If the tables do not hold it; says what they hold.
    """
    sheet = pooled(sheets)
    if sheet.kind == "transfer":
        return _transfer(sheet, options)
    if options.method is not None:
        raise BabelscopeError(f"{sheet.source} does not tell methods apart; leave out --method {options.method}")
    metrics: list[str | None] = list(_names(options.metric)) or [None]
    if sheet.kind in ("track", "scores") and options.metric is None:
        there = ", ".join(sorted(set(sheet.columns["metric"])))
        raise BabelscopeError(
            f"the scores (y) are {sheet.source}, which holds many; name one with --metric ({there}), or give a "
            "transfer.csv"
        )
    if sheet.kind == "evaluation":
        return [_scaled(one, options) for one in _evaluation(sheet, options)]
    if sheet.kind in ("overlap", "retrieval", "selections"):
        raise BabelscopeError(f"{sheet.source} holds no score of a task, expected one as y; give it as x")
    plain = replace(options, layers=None)
    read = metric_values if sheet.kind in ("track", "scores") else column_values
    return [_scaled(read(sheet, metric, plain), options) for metric in metrics]


def _transfer(sheet: Sheet, options: CorrelationOptions) -> list[Measured]:
    tasks = _chosen(sheet, "task", options.task)
    metrics = _names(options.metric) or (_METRIC,)
    there = sorted(set(sheet.columns["method"]))
    method = options.method or next((name for name in _METHODS if name in there), there[0])
    found = []
    for task in tasks:
        for metric in metrics:
            of_task = sheet.where(task=[task])
            _chosen(of_task, "metric", metric)
            of_metric = of_task.where(metric=[metric])
            _chosen(of_metric, "method", method)
            found.append(_one_transfer(of_metric.where(method=[method]), task, metric, method, options))
    return found


def _one_transfer(sheet: Sheet, task: str, metric: str, method: str, options: CorrelationOptions) -> Measured:
    layers = sorted(set(sheet.columns["layer"]), key=step_order)
    kept = [ALL] if ALL in layers else [layer for layer in layers if layer != "0"] or layers
    cut = sheet.where(layer=kept)
    cells: list[tuple[Checkpoint, str, float]] = []
    for row, (model, step, language, score, source) in enumerate(
        cut.rows("model", "step", "language", "score", "source_score")
    ):
        value = number_of(score, "score", sheet.source, row)
        base = number_of(source, "source_score", sheet.source, row)
        scaled = None if value is None else _scale(value, base, options)
        if scaled is not None:
            cells.append(((model, step), language_of(language), scaled))
    seeds = len(set(cut.columns["seed"]))
    where = "" if kept == [ALL] else f", layer{'s' if len(kept) > 1 else ''} {join(kept)}"
    meaning = f"{metric} of {task} by {method}{where}, mean of {seeds} seed{'' if seeds == 1 else 's'}"
    title = f"{task.upper() if len(task) <= 4 else task} {metric.replace('_', ' ')}"
    return measured(_named(title, options), meaning + _said(options), sheet.source, sheet.hash, cells)


def _evaluation(sheet: Sheet, options: CorrelationOptions) -> list[Measured]:
    """Accuracy with nothing deactivated; tasks that differ in their language only are one."""
    base = sheet.where(deactivated=["none"])
    families = {task: _family(task, language) for task, language in base.rows("task", "language")}
    wanted = sorted(set(families.values()))
    if options.task is not None and options.task not in wanted:
        raise BabelscopeError(f"{sheet.source}: {unknown_choice('task', options.task, wanted)}")
    found = []
    for name in [options.task] if options.task else wanted:
        own = base.where(task=[task for task, family in families.items() if family == name])
        title, metric = f"{name} accuracy", options.metric or _METRIC
        found.append(
            column_values(own, metric, options, title=title, about=f"{metric} of {name}", layers_chosen=True)
        )
    return found


def _family(task: str, language: str) -> str:
    ends = (f"_{language}", f"-{language}")
    return next((task.removesuffix(end) for end in ends if language and task.endswith(end)), task)


def _scaled(one: Measured, options: CorrelationOptions) -> Measured:
    """A table's score as a gap or ratio to the source language's, where that is asked for."""
    if options.score == "score":
        return one
    cells = []
    for checkpoint, of in one.by_language.items():
        if options.source not in of:
            raise BabelscopeError(
                f"{one.source} has no score of {options.source} at {' step '.join(checkpoint)}; a {options.score} to "
                "the source language needs it: give another --source, or --score score"
            )
        scaled = {code: _scale(value, of[options.source], options) for code, value in of.items()}
        cells += [(checkpoint, code, value) for code, value in scaled.items() if value is not None]
    return measured(_named(one.name, options), one.meaning + _said(options), one.source, one.hash, cells)


def _scale(value: float, source: float | None, options: CorrelationOptions) -> float | None:
    if options.score == "score":
        return value
    if source is None or (options.score == "ratio" and source == 0):
        return None
    return value - source if options.score == "gap" else value / source


def _named(title: str, options: CorrelationOptions) -> str:
    return title if options.score == "score" else f"{title}, {options.score} to {options.source}"


def _said(options: CorrelationOptions) -> str:
    return {"score": "", "gap": f", minus that of {options.source}", "ratio": f", over that of {options.source}"}[
        options.score
    ]


def _chosen(sheet: Sheet, column: str, asked: str | None) -> list[str]:
    there = list(dict.fromkeys(sheet.columns[column]))
    if asked is not None and asked not in there:
        raise BabelscopeError(f"{sheet.source}: {unknown_choice(column, asked, there)}")
    return [asked] if asked is not None else there


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())
