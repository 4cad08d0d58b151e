"""What each region's deactivation costs every language, beside random neurons' [Z25 tables 1 and 4]."""

from typing import TYPE_CHECKING, Any

from babelscope.report.drawing import COLUMN, PAGE, Drawing
from babelscope.report.figures.axes import MOST_LABELLED
from babelscope.report.figures.deactivation import (
    controls_words,
    covers_random,
    increase_text,
    measured_words,
    origin,
    random_cell,
)
from babelscope.report.naming import language_name

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["perplexity_matrix"]

_COLUMNS = (
    "model", "step", "site", "layer", "language", "deactivated", "kind", "perplexity", "increase_pct", "low", "high",
    "random_pct", "random_low", "random_high", "neurons", "share",
)  # fmt: skip


def perplexity_matrix(ablation: dict[str, Any]) -> Drawing | None:
    """Rows: language read; columns: its perplexity, then the increase; None if no region was deactivated."""
    columns = [code for code in ablation.get("deactivated") or [] if code in ablation["region"]]
    if not columns:
        return None
    weak = any(covers_random(ablation, dea, code) for dea in columns for code in ablation["languages"])
    labelled = _labelled(ablation)
    return Drawing(
        name="perplexity-matrix",
        title=_finding(ablation, columns),
        subtitle="Rows: language read; base: its perplexity; then the increase in percent on deactivating "
        + ("random neurons (pale), then " if ablation["random_mean"] else "")
        + "each language's region (outlined: its own)"
        + ("; last rows: size and share of the deactivated set" if labelled else "; values are in the figure's data")
        + (f"; {_weak_words(labelled)}: interval covers what that region's random control costs." if weak else "."),
        caption=f"{measured_words(ablation)}; {controls_words(ablation)}"
        + (", mean over all of them; " if ablation["controls"] else "; ")
        + "intervals: 95 % paired bootstrap over segments; colours are symmetric around 0 and on a log scale.",
        columns=_COLUMNS,
        rows=tuple(_rows(ablation, columns)),
        size=_size(ablation, columns),
        paint=lambda figure: _paint(figure, ablation, columns),
    )


def _labelled(ablation: dict[str, Any]) -> bool:
    return max(len(ablation["languages"]), len(ablation["deactivated"])) <= MOST_LABELLED


def _weak_words(labelled: bool) -> str:
    return "pale and in parentheses" if labelled else "pale"


def _rows(ablation: dict[str, Any], columns: list[str]) -> list[tuple[Any, ...]]:
    start, found = origin(ablation), []
    for code in ablation["languages"]:
        found.append((*start, code, "", "none", ablation["base"][code]["perplexity"], *[None] * 6, 0, 0.0))
        random = ablation["random_mean"].get(code)
        if random:
            bounds = (random["increase_pct"], random.get("low"), random.get("high"))
            found.append((*start, code, "", "random", None, *bounds, *[None] * 5))
        for dea in columns:
            region, control = ablation["region"][dea], random_cell(ablation, dea, code)
            cell = region["cells"].get(code) or {}
            values = (cell.get(key) for key in ("perplexity", "increase_pct", "low", "high"))
            rival = (control.get(key) for key in ("increase_pct", "low", "high"))
            found.append((*start, code, dea, "region", *values, *rival, region["neurons"], region["share"]))
    return found


def _finding(ablation: dict[str, Any], columns: list[str]) -> str:
    """In how many languages the own region costs most, and more than random neurons do."""
    diagonal = {dea: ablation["region"][dea]["cells"].get(dea) or {} for dea in columns}
    own = {dea: cell for dea, cell in diagonal.items() if cell.get("increase_pct") is not None}
    if not own:
        return "No deactivated region belongs to a language that was read"
    hardest = sum(1 for dea in own if _largest(ablation["region"][dea]["cells"], dea))
    rivals = {dea: random_cell(ablation, dea, dea).get("increase_pct") for dea in own}
    known = [dea for dea in own if rivals[dea] is not None and own[dea].get("low") is not None]
    above = sum(1 for dea in known if own[dea]["low"] > rivals[dea])
    top = max(own, key=lambda dea: own[dea]["increase_pct"])
    most = f"most for {language_name(ablation, top)} ({increase_text(own[top]['increase_pct'])}\u202f%)"
    head = f"Deactivating a region hits its own language hardest for {_of(hardest, len(own), 'region')}"
    if len(ablation["languages"]) == 1:
        head = "Deactivating the only region hits the only language that was read"
    if not ablation["random"]:
        return f"{head}, {most}; no random neurons were deactivated to compare"
    if not known:
        return f"{head}, {most}; there is no interval to compare it with random neurons"
    if not above:
        return f"{head}, but never clearly harder than matched random neurons"
    return f"{head} and clearly harder than matched random neurons{_for(above, len(known))}, {most}"


def _for(some: int, whole: int) -> str:
    return f" for {_of(some, whole)}" if whole > 1 else ""


def _of(some: int, whole: int, noun: str = "") -> str:
    """How many of the things, in words: "both regions", "8 of 9"."""
    amount = f"{some or 'none'} of {whole}"
    if some == whole:
        amount = {1: "the only", 2: "both"}.get(whole, f"all {whole}")
    return f"{amount} {noun}{'' if whole == 1 else 's'}" if noun else amount


def _largest(cells: dict[str, Any], own: str) -> bool:
    others = [cell["increase_pct"] for code, cell in cells.items() if code != own]
    return all(cells[own]["increase_pct"] > other for other in others if other is not None)


def _size(ablation: dict[str, Any], columns: list[str]) -> tuple[float, float]:
    rows, cell = len(ablation["languages"]), 0.27 if _labelled(ablation) else 0.2
    extra = 1.35 if _labelled(ablation) else 0.7
    return min(PAGE, max(COLUMN, 2.3 + 0.48 * len(columns))), max(1.7, min(6.5, extra + cell * rows))


def _paint(figure: "Figure", ablation: dict[str, Any], columns: list[str]) -> None:
    from babelscope.report.figures.matrix_paint import Layout, paint_matrix

    paint_matrix(figure, Layout(ablation, columns, _labelled(ablation)))
