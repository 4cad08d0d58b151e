"""Overlaps of selected neurons in, an alignment measure out: macro average per checkpoint, and by language."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from babelscope.correlation.measured import ALL, Checkpoint, Measured, check_source, language_of, measured, number_of
from babelscope.correlation.options import CorrelationOptions
from babelscope.correlation.reading import Sheet
from babelscope.errors import BabelscopeError, unknown_choice
from babelscope.report.numbers import join

__all__ = ["overlap_measure"]

BY_LANGUAGE = "POS"
"""The attribute that every language has: alignment of a language is its overlap for this one [W24]."""

Cell = tuple[str, str, str, str]
"""Layer, attribute and two languages."""
Cells = dict[Checkpoint, dict[Cell, float]]


def overlap_measure(sheet: Sheet, name: str, options: CorrelationOptions, unseen: Collection[str] = ()) -> Measured:
    """Overlap or its excess, over all languages and with the source language.

    Overall it is the mean over pairs of languages, then the unweighted mean over attributes, then over layers
    [METHODS 6e], of what all checkpoints of a model have. By language it is that for POS with the source language,
    where POS was probed, else the mean over attributes.

    Args:
        sheet: Of overlap.csv.
        name: overlap or excess.
        options: Layers, size of selections, attributes, partners.
        unseen: Languages that are in no mean.
    """
    k = _size(sheet, options.k)
    layers = _layers(sheet, options.layers)
    there = sorted(set(sheet.columns["attribute"]))
    for attribute in options.attributes or ():
        if attribute not in there:
            raise BabelscopeError(f"{sheet.source}: {unknown_choice('attribute', attribute, there)}")
    attributes = options.attributes or tuple(there)
    cut = sheet.where(k=[k], layer=layers)
    check_source(sheet.source, {*cut.columns["language_a"], *cut.columns["language_b"]}, options)
    own = BY_LANGUAGE if BY_LANGUAGE in there else None
    cells = _cells(cut, name)
    found = [
        *_overall(_common(cells, attributes, set(unseen))),
        *_by_language(cells, [own] if own else list(attributes), options),
    ]
    where = f"{'layers' if len(layers) > 1 else 'layer'} {join(layers)}"
    partner = options.source if options.partners == "source" else "all others"
    meaning = (
        f"{name} of the first {k} neurons, {where}; overall the mean of {join(list(attributes))}, by language "
        f"{own or 'the same'} with {partner}"
    )
    chance = _chance(cut, name)
    between = f"with {partner}{f' ({own})' if own else ''}"
    return measured(f"{name}@{k}", meaning, sheet.source, sheet.hash, found, chance, between)


def _size(sheet: Sheet, asked: int | None) -> str:
    sizes = sorted({_whole(text, "k", sheet) for text in sheet.columns["k"]})
    if asked is not None:
        if asked not in sizes:
            raise BabelscopeError(f"{sheet.source} has no k = {asked}; it has {', '.join(map(str, sizes))}")
        return str(asked)
    told = sheet.rows("k", "expected") if "expected" in sheet.columns else ()
    shares = [(int(k), number_of(text, "expected", sheet.source, row)) for row, (k, text) in enumerate(told)]
    neurons = min((k / expected for k, expected in shares if expected), default=0.0)
    if len(sizes) == 1 or not neurons:
        return str(sizes[-1])
    return str(min(sizes, key=lambda k: abs(k - neurons / 20)))


def _layers(sheet: Sheet, asked: Sequence[int] | None) -> list[str]:
    there = sorted(set(sheet.columns["layer"]), key=lambda text: _whole(text, "layer", sheet))
    missing = [str(layer) for layer in asked or () if str(layer) not in there]
    if missing:
        raise BabelscopeError(f"{sheet.source} has no layer {', '.join(missing)}; it has {', '.join(there)}")
    return [str(layer) for layer in asked] if asked else there


def _whole(text: str, column: str, sheet: Sheet) -> int:
    if not text.strip().isdecimal():
        raise BabelscopeError(f"{sheet.source}: {column} is {text!r}, expected a whole number")
    return int(text)


def _cells(sheet: Sheet, name: str) -> Cells:
    found: Cells = defaultdict(dict)
    names = ("model", "step", "layer", "attribute", "language_a", "language_b", name)
    for row, (model, step, layer, attribute, first, second, text) in enumerate(sheet.rows(*names)):
        value = number_of(text, name, sheet.source, row)
        if value is not None:
            found[model, step][layer, attribute, language_of(first), language_of(second)] = value
    return found


def _common(cells: Cells, attributes: Sequence[str], unseen: set[str]) -> Cells:
    """What every checkpoint of a model has, of the attributes of the mean and between seen languages."""
    kept: dict[str, set[Cell]] = {}
    for (model, _), of in cells.items():
        wanted = {cell for cell in of if cell[1] in attributes and not unseen & set(cell[2:])}
        kept[model] = kept[model] & wanted if model in kept else wanted
    return {place: {cell: of[cell] for cell in kept[place[0]]} for place, of in cells.items()}


def _overall(cells: Cells) -> Iterator[tuple[Checkpoint, str, float]]:
    for checkpoint, of in cells.items():
        by_attribute: dict[tuple[str, str], list[float]] = defaultdict(list)
        for (layer, attribute, *_), value in of.items():
            by_attribute[layer, attribute].append(value)
        if by_attribute:
            yield checkpoint, ALL, _mean([_mean(values) for values in by_attribute.values()])


def _by_language(
    cells: Mapping[Checkpoint, Mapping[Cell, float]], attributes: Sequence[str], options: CorrelationOptions
) -> Iterator[tuple[Checkpoint, str, float]]:
    for checkpoint, of in cells.items():
        found: dict[tuple[str, str, str], list[float]] = defaultdict(list)
        for (layer, attribute, first, second), value in of.items():
            if attribute not in attributes:
                continue
            for own, other in ((first, second), (second, first)):
                if options.partners == "all" or other == options.source:
                    found[own, layer, attribute].append(value)
        for (own, *_), values in found.items():
            yield checkpoint, own, _mean(values)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _chance(sheet: Sheet, name: str) -> dict[str, float]:
    """Of random selections, by model: their size over that of the layer; of the excess it is 0."""
    found: dict[str, list[float]] = defaultdict(list)
    for row, (model, text) in enumerate(sheet.rows("model", "expected") if "expected" in sheet.columns else ()):
        expected = number_of(text, "expected", sheet.source, row)
        if expected is not None:
            found[model].append(expected if name == "overlap" else 0.0)
    return {model: _mean(values) for model, values in found.items()}
