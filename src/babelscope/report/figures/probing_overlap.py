"""How many of an attribute's neurons two languages share, pair by pair, beside chance and ceiling [S22, W24]."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME
from babelscope.report.drawing import COLUMN, PAGE, Drawing
from babelscope.report.figures.axes import cell_ink, triangle
from babelscope.report.figures.probing_readings import at_k, cell_of, left_out, value_of
from babelscope.report.naming import language_name
from babelscope.report.numbers import DASH, count, fixed, interval, join, plural, significant

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.figure import Figure

__all__ = ["overlap_map", "overlap_maps"]

_COLUMNS = (
    "model", "step", "site", "layer", "attribute", "language_a", "language_b", "k", "overlap", "expected", "p",
    "p_holm", "significant", "excess", "specific", "words_a", "words_b", "seeds",
)  # fmt: skip
_MOST_VALUES = 16
"""Languages up to which a cell holds its value."""
_MOST_LAYERS = 2
_MAP = "RdBu_r"


def overlap_maps(content: Mapping[str, Any], groups: Sequence[Mapping[str, Any]], k: int) -> list[Drawing]:
    """A triangle of pairs for every attribute, in two layers at most: beyond that, in the one of the largest mean.

    Args:
        content: Of an overlap; knows the languages' order and names, and which cells are infeasible.
        groups: Its groups of one model, step and site.
        k: Size of the selections.
    """
    known = [group for group in groups if ((at_k(group, k) or {}).get("macro") or {}).get("overlap")]
    if len(known) > _MOST_LAYERS:
        known = [max(known, key=lambda group: (at_k(group, k) or {})["macro"]["overlap"]["value"])]
    reach = _reach(known, k)
    drawn = [overlap_map(content, group, name, k, reach) for name in content["attributes"] for group in known]
    return [drawing for drawing in drawn if drawing is not None]


def _reach(groups: Sequence[Mapping[str, Any]], k: int) -> float:
    """How far from chance any pair lies at one size, at least 0.1: the scale that all maps share."""
    parts = [found for group in groups if (found := at_k(group, k)) is not None]
    apart = [abs(pair["overlap"] - found["expected"]) for found in parts for pair in found.get("pairs") or []]
    return max([0.1, *apart])


def overlap_map(
    content: Mapping[str, Any], group: Mapping[str, Any], attribute: str, k: int, reach: float
) -> Drawing | None:
    """The triangle of pairs of one attribute in one layer; None with fewer than two languages to compare.

    Args:
        content: Of an overlap.
        group: The layer's part of it.
        attribute: Of words.
        k: Size of the selections.
        reach: How far from chance the colour scale goes.
    """
    found = at_k(group, k)
    row = next((one for one in (found or {}).get("attributes") or [] if one["attribute"] == attribute), None)
    pairs = [pair for pair in (found or {}).get("pairs") or [] if pair["attribute"] == attribute]
    if found is None or row is None or not row.get("overlap") or not pairs:
        return None
    known = {code for pair in pairs for code in (pair["language_a"], pair["language_b"])} | set(row["languages"])
    codes = [code for code in content["languages"] if code in known]
    marked = [code for code in codes if code in (content.get("unseen") or ())]
    return Drawing(
        name=f"overlap-{_slug(attribute)}-layer-{group['layer']}",
        title=_finding(content, group, row, found, pairs, k),
        subtitle=f"Shared neurons of the {k} that tell {attribute} best in each of two languages, in percent "
        "(higher: more shared); * more than random selections share"
        + (", bold: more than different attributes do" if any(pair.get("specific") for pair in pairs) else "")
        + " (corrected for all pairs of the attribute by Holm); colours: distance from chance"
        + ("; †: never pre-trained on, in no mean" if marked else "")
        + ".",
        caption=_caption(content, group, row, found, k),
        columns=_COLUMNS,
        rows=tuple(_row(content, group, found, pair) for pair in pairs),
        size=_size(len(codes)),
        paint=lambda figure: _paint(figure, codes, marked, pairs, found["expected"], row, reach),
    )


def _slug(attribute: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in attribute.lower())


def _words(content: Mapping[str, Any], group: Mapping[str, Any], attribute: str, code: str) -> int | None:
    """Test words that a language's probe was read on; None where only its selection is known."""
    cell = cell_of(content, code, attribute, group["layer"]) if content.get("cells") else None
    return cell["n"]["test"] if cell else None


def _truth(known: bool | None) -> str | None:
    return None if known is None else str(bool(known)).lower()


def _row(
    content: Mapping[str, Any], group: Mapping[str, Any], found: Mapping[str, Any], pair: Mapping[str, Any]
) -> tuple[Any, ...]:
    start = (group["model"], group["step"], group.get("site", ""), group["layer"])
    keys = ("overlap", "expected", "p", "p_holm", "significant", "excess", "specific")
    marks = {name: _truth(pair.get(name)) for name in ("significant", "specific")}
    values = {**pair, "expected": found["expected"], **marks}
    names = (pair["attribute"], pair["language_a"], pair["language_b"])
    words = (_words(content, group, names[0], code) for code in names[1:])
    return (*start, *names, found["k"], *(values.get(key) for key in keys), *words, group.get("seeds"))


def _finding(
    content: Mapping[str, Any], group: Mapping[str, Any], row: Mapping[str, Any], found: Mapping[str, Any],
    pairs: list[dict[str, Any]], k: int,
) -> str:  # fmt: skip
    """How many pairs share more than chance, the mean beside chance, and which pair shares most."""
    above = row["significant"]
    mean = f"mean {_points(row['overlap'])}\u202f%, chance {_points(found['expected'])}\u202f%"
    where = f"{row['attribute']}, layer {group['layer']}"
    if not above:
        return f"{where}: no two languages share more of {k} neurons than chance allows ({mean})"
    apart = set(content.get("unseen") or ())
    seen = [pair for pair in pairs if not apart & {pair["language_a"], pair["language_b"]}]
    most = max(seen or pairs, key=lambda pair: pair["overlap"])
    named = " and ".join(language_name(dict(content), most[side]) for side in ("language_a", "language_b"))
    many = "the only pair shares" if row["pairs"] == 1 else f"{above} of {plural(row['pairs'], 'pair')} share"
    specific = [pair["specific"] for pair in seen if pair.get("specific") is not None]
    other = f", {sum(specific) or 'none'} more than different attributes do" if specific else ""
    return (
        f"{where}: {many} more neurons than chance{other} ({mean}); most: {named} ({_points(most['overlap'])}\u202f%)"
    )


def _points(estimate: Mapping[str, Any] | float | None) -> str:
    """A rate in percent, without the sign."""
    found = value_of(estimate)
    return DASH if found is None else significant(100 * found, 2)


def _caption(
    content: Mapping[str, Any], group: Mapping[str, Any], row: Mapping[str, Any], found: Mapping[str, Any], k: int
) -> str:
    n = f"n = {plural(row['pairs'], 'pair')} of {plural(len(row['languages']), 'language')}"
    sizes = [_words(content, group, row["attribute"], code) for code in row["languages"]]
    known = [size for size in sizes if size is not None]
    n += f", {count(min(known))} to {count(max(known))} test words each" if known else ""
    n += f", {plural(group['seeds'], 'seed')}" if group.get("seeds") else ""
    parts = [f"{n}; {k} of {count(group['neurons'])} neurons, so that chance is {significant(found['expected'])}"]
    parts.append(f"mean over pairs {interval(row['overlap'])} (95 %, redrawing languages)")
    if row.get("excess"):
        parts.append(f"beyond different attributes of the same two languages {interval(row['excess'])}")
    if row.get("ceiling"):
        parts.append(f"ceiling, the same language probed with another seed: {interval(row['ceiling'])}")
    if row.get("control") is not None:
        parts.append(f"probes of shuffled labels share {significant(value_of(row['control']))}")
    weak = [language_name(dict(content), code) for code in row.get("uninformative") or []]
    parts += [f"tells nothing in {join(weak)} (NMI at most 0)"] if weak else []
    parts += [
        f"apart from the means, never pre-trained on: {language_name(dict(content), one['language'])} "
        f"{significant(one['overlap'])} (NMI {significant(one.get('nmi'), 2)})"
        for one in row.get("apart") or []
    ]
    missing: dict[str, list[str]] = {}
    for code, reason in left_out(content, row["attribute"]):
        missing.setdefault(reason, []).append(language_name(dict(content), code))
    parts += [f"without {join(names)}: {reason}" for reason, names in missing.items()]
    return "; ".join(parts) + "."


def _size(languages: int) -> tuple[float, float]:
    side = min(0.25, 2.45 / (languages - 1)) if languages <= _MOST_VALUES else 0.16
    return min(PAGE, max(COLUMN, 1.2 + side * (languages - 1))), max(1.7, min(6.5, 0.55 + side * (languages - 1)))


def _paint(
    figure: "Figure", codes: list[str], marked: list[str], pairs: list[dict[str, Any]], chance: float,
    row: Mapping[str, Any], reach: float,
) -> None:  # fmt: skip
    import numpy as np
    from matplotlib import colormaps
    from matplotlib.ticker import MaxNLocator

    place = {code: i for i, code in enumerate(codes)}
    found = {}
    for pair in pairs:
        one, other = sorted((place[pair["language_a"]], place[pair["language_b"]]))
        found[other, one] = pair
    grid = np.full((len(codes) - 1, len(codes) - 1), np.nan)
    for (i, j), pair in found.items():
        grid[i - 1, j] = 100 * pair["overlap"]
    low, high = chance - reach, chance + reach
    names = [f"{code}†" if code in marked else code for code in codes]
    axes, bar = triangle(figure, grid, names, _MAP, (100 * low, 100 * high), "shared neurons (%)")
    bar.locator = MaxNLocator(6, integer=True, steps=[1, 2, 5, 10])
    bar.update_ticks()
    bar.ax.set_ylim(max(0.0, 100 * low), min(100.0, 100 * high))
    if len(codes) <= _MOST_VALUES:
        colours, points = colormaps[_MAP], 6.3 if len(codes) <= 11 else 5.6
        for i in range(1, len(codes)):
            for j in range(i):
                pair = found.get((i, j))
                ink = THEME["soft"][0] if pair is None else cell_ink(colours((pair["overlap"] - low) / (2 * reach)))
                _value(axes, i, j, pair, ink, points)
    _marks(bar, chance, value_of(row.get("ceiling")), high)


def _value(axes: "Axes", i: int, j: int, pair: Mapping[str, Any] | None, ink: str, points: float) -> None:
    text = DASH if pair is None else fixed(100 * pair["overlap"], 0)
    marked = "*" if pair is not None and pair.get("significant") else ""
    weight = "bold" if pair is not None and pair.get("specific") else "normal"
    axes.text(j + 0.5, i - 0.48, text + marked, ha="center", va="center", size=points, color=ink, weight=weight)


def _marks(bar: "Colorbar", chance: float, ceiling: float | None, top: float) -> None:
    """Chance and ceiling as lines across the colour bar, each with its name."""
    soft = THEME["soft"][0]
    for value, name in ((chance, "chance"), (ceiling, "ceiling")):
        if value is None or value > top:
            continue
        bar.ax.axhline(100 * value, color=cell_ink((0.5, 0.5, 0.5, 1.0)), linewidth=1.0, dashes=(2, 1.2))
        bar.ax.annotate(
            name, (0.0, 100 * value), xycoords=bar.ax.get_yaxis_transform(), xytext=(-2, 0), ha="right", va="center",
            textcoords="offset points", size=6.5, color=soft, annotation_clip=False,
        )  # fmt: skip
