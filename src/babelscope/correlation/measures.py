"""Sheets of one kind in, the alignment measure that was asked for out."""

from collections.abc import Collection, Iterator, Sequence

from babelscope.correlation.measured import ALL, Checkpoint, Measured, check_source, language_of, measured, number_of
from babelscope.correlation.options import CorrelationOptions
from babelscope.correlation.overlaps import overlap_measure
from babelscope.correlation.reading import OTHER, Sheet
from babelscope.errors import BabelscopeError, unknown_choice
from babelscope.report.numbers import join

__all__ = ["KINDS", "chosen_layers", "column_values", "kinds_for", "measure_of", "metric_values", "pooled"]

KINDS: tuple[str, ...] = ("overlap", "retrieval", "scores", "track", OTHER)
"""Tables that an alignment measure can come from, in the order in which a folder is searched."""

_HEADLINE = {"overlap": "overlap", "retrieval": "centred_margin", "scores": "sads", "track": "sads"}
"""The measure of each table that is meant where none is named."""
_OF_OVERLAP = ("overlap", "excess")
_OF_SCORES = ("sads", "lrds")
_OF_RETRIEVAL = ("cosine", "margin", "centred_cosine", "centred_margin", "accuracy", "accuracy_raw", "mutual")
_KEYS = frozenset({"model", "step", "site", "layer", "language", "seed"})


def kinds_for(measure: str | None) -> tuple[str, ...]:
    """The tables that can hold a measure, the preferred first; all of them where none is named."""
    if measure is None:
        return KINDS
    if measure in _OF_OVERLAP:
        return ("overlap", OTHER)
    if measure in _OF_RETRIEVAL:
        return ("retrieval", OTHER)
    return ("scores", "track", OTHER) if measure in _OF_SCORES else ("track", OTHER)


def measure_of(sheets: Sequence[Sheet], options: CorrelationOptions, unseen: Collection[str] = ()) -> Measured:
    """The alignment measure of some tables, all of one kind.

    Args:
        sheets: Of one kind.
        options: Which measure, which layers, with which partners.
        unseen: Languages the models were not trained on, which are in no mean.

    Raises:
        BabelscopeError: If the tables do not hold it; says what they hold.
    """
    kind, sheet = sheets[0].kind, pooled(sheets)
    if kind == "transfer":
        raise BabelscopeError(f"{sheet.source} holds scores of a task, expected an alignment measure; give it as y")
    name = options.measure or _HEADLINE.get(kind)
    if kind == "overlap":
        return overlap_measure(sheet, _known(name, _OF_OVERLAP, sheet), options, unseen)
    if kind == "retrieval":
        return _retrieval(sheet, _known(name, _OF_RETRIEVAL, sheet), options)
    if kind == "scores":
        return _scores(sheet, _known(name, _OF_SCORES, sheet), options)
    return metric_values(sheet, name, options) if kind == "track" else column_values(sheet, name, options)


def pooled(sheets: Sequence[Sheet]) -> Sheet:
    """Tables of one kind as one, with the columns they all have."""
    if len(sheets) == 1:
        return sheets[0]
    names = [name for name in sheets[0].columns if all(name in sheet.columns for sheet in sheets)]
    columns = {name: tuple(cell for sheet in sheets for cell in sheet.columns[name]) for name in names}
    sources = list(dict.fromkeys(sheet.source for sheet in sheets))
    return Sheet(sheets[0].kind, columns, f"{len(sheets)} × {sources[0]}" if len(sources) == 1 else join(sources))


def _known(name: str | None, choices: Sequence[str], sheet: Sheet) -> str:
    if name is None or name not in choices:
        raise BabelscopeError(f"{sheet.source}: {unknown_choice('measure', str(name), choices)}")
    return name


def _retrieval(sheet: Sheet, name: str, options: CorrelationOptions) -> Measured:
    poolings = sorted(set(sheet.columns["pooling"]))
    if options.pooling not in poolings:
        raise BabelscopeError(f"{sheet.source}: {unknown_choice('pooling', options.pooling, poolings)}")
    sheet, layers = chosen_layers(sheet.where(pooling=[options.pooling]), options.layers)
    title = {"accuracy": "retrieval accuracy", "accuracy_raw": "retrieval accuracy, raw"}.get(name, name)
    title = title.replace("_", " ").replace("cosine", "cosine of translations")
    meaning = f"{name} of {options.pooling} vectors, {_partner(options)}; {layers}"
    cells = list(_pair_cells(sheet, name, options))
    return measured(title, meaning, sheet.source, sheet.hash, cells, between=_partner(options))


def _scores(sheet: Sheet, name: str, options: CorrelationOptions) -> Measured:
    only = sheet.where(metric=[name])
    if not len(only):
        raise BabelscopeError(
            f"{sheet.source} holds no {name}; it has {', '.join(sorted(set(sheet.columns['metric'])))}"
        )
    only, layers = chosen_layers(only, options.layers)
    meaning = (
        f"{name.upper()}, {_partner(options)}; {layers}" if name == "sads" else f"LRDS of all languages; {layers}"
    )
    cells = _pair_cells(only, "value", options)
    return measured(name.upper(), meaning, sheet.source, sheet.hash, cells, between=_partner(options))


def _pair_cells(sheet: Sheet, column: str, options: CorrelationOptions) -> Iterator[tuple[Checkpoint, str, float]]:
    """Cells of tables with a column for either language of a pair; both orders of a pair count for a language."""
    check_source(sheet.source, {*sheet.columns["language"], *sheet.columns["language_b"]}, options)
    names = ("model", "step", "language", "language_b", column)
    for row, (model, step, first, second, text) in enumerate(sheet.rows(*names)):
        value = number_of(text, column, sheet.source, row)
        if value is None:
            continue
        a, b = language_of(first), language_of(second) if second else ALL
        if a == ALL and b == ALL:
            yield (model, step), ALL, value
        elif ALL not in (a, b):
            for own, other in ((a, b), (b, a)):
                if options.partners == "all" or other == options.source:
                    yield (model, step), own, value


def metric_values(sheet: Sheet, name: str | None, options: CorrelationOptions) -> Measured:
    """A metric of track.csv, or of another table with the columns metric and value."""
    metrics = sorted(set(sheet.columns["metric"]) - {"failed"})
    if name not in metrics:
        raise BabelscopeError(f"{sheet.source}: {unknown_choice('metric', str(name), metrics)}")
    only, layers = chosen_layers(sheet.where(metric=[name]), options.layers)
    return column_values(only, "value", options, title=name, about=f"{name}; {layers}", layers_chosen=True)


def column_values(
    sheet: Sheet,
    name: str | None,
    options: CorrelationOptions,
    *,
    title: str = "",
    about: str = "",
    layers_chosen: bool = False,
) -> Measured:
    """A column of a table with model and step, and a language where it is about one; rows alike are averaged."""
    missing = [column for column in ("model", "step") if column not in sheet.columns]
    if missing:
        raise BabelscopeError(
            f"{sheet.source} lacks the columns {', '.join(missing)}; expected model, step, language and a column of "
            "values"
        )
    name = name or _only_values(sheet)
    if name not in sheet.columns:
        choices = [column for column in sheet.columns if column not in _KEYS]
        raise BabelscopeError(f"{sheet.source}: {unknown_choice('column', name, choices)}")
    layers = ""
    if "layer" in sheet.columns and not layers_chosen:
        sheet, layers = chosen_layers(sheet, options.layers)
    tongues = sheet.columns.get("language", (ALL,) * len(sheet))
    cells = []
    for row, (model, step, text) in enumerate(sheet.rows("model", "step", name)):
        value = number_of(text, name, sheet.source, row)
        if value is not None:
            cells.append(((model, step), language_of(tongues[row]) if tongues[row] else ALL, value))
    meaning = about or f"column {name} of {sheet.source}{'; ' + layers if layers else ''}"
    return measured(title or name.replace("_", " "), meaning, sheet.source, sheet.hash, cells)


def _only_values(sheet: Sheet) -> str:
    choices = [column for column in sheet.columns if column not in _KEYS]
    if len(choices) != 1:
        raise BabelscopeError(
            f"{sheet.source} is none of babelscope's tables and its columns are {', '.join(sheet.columns)}; say "
            "which one holds the values with --measure for x, --metric for y"
        )
    return choices[0]


def chosen_layers(sheet: Sheet, asked: Sequence[int] | None) -> tuple[Sheet, str]:
    """The rows of the layers asked for, and those layers in words.

    By default the rows about the whole model, else those of all layers but 0, the embeddings.

    Raises:
        BabelscopeError: If a layer is not there; says which are.
    """
    there = sorted(set(sheet.columns["layer"]), key=lambda text: (len(text), text))
    wanted = [str(layer) for layer in asked or ()]
    missing = [layer for layer in wanted if layer not in there]
    if missing:
        raise BabelscopeError(f"{sheet.source} has no layer {', '.join(missing)}; it has {', '.join(there)}")
    if not wanted:
        wanted = [ALL] if ALL in there else [layer for layer in there if layer != "0"] or there
    cut = sheet.where(layer=wanted)
    if wanted == [ALL]:
        return cut, "whole model"
    return cut, f"layer {wanted[0]}" if len(wanted) == 1 else f"mean of layers {join(wanted)}"


def _partner(options: CorrelationOptions) -> str:
    return f"with {options.source}" if options.partners == "source" else "mean with all other languages"
