"""SADS by language pair: how much closer translations are than unrelated sentences, for each two languages."""

from typing import TYPE_CHECKING, Any

from babelscope.report.drawing import Drawing
from babelscope.report.figures.axes import MOST_LABELLED, cell_ink, triangle, triangle_size
from babelscope.report.naming import language_name
from babelscope.report.numbers import decimals, fixed, interval, plural, significant

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["pair_scores"]

_COLUMNS = (
    "model", "step", "site", "layer", "language_a", "language_b", "sads", "low", "high",
    "null_mean", "null_low", "null_high",
)  # fmt: skip


def pair_scores(summary: dict[str, Any]) -> Drawing | None:
    """The triangle of pairs; None if pairs were not scored."""
    pairs = [pair for pair in summary.get("pairs") or [] if pair.get("sads")]
    if not pairs:
        return None
    languages = list(summary["languages"])
    silent = sum(1 for pair in pairs if not _stands_out(pair["sads"]))
    return Drawing(
        name="sads-by-pair",
        title=_finding(summary, pairs, silent),
        subtitle="SADS by language pair: cosine of translations minus cosine of unrelated sentences "
        "(higher: more aligned by meaning)"
        + ("; parentheses: interval not wholly above 0 and its null." if silent else "."),
        caption=f"n = {plural(summary['sentences'], 'sentence')} per pair; below each value the half-width of its "
        "95 % jackknife interval over meanings; all pairs share one colour scale.",
        columns=_COLUMNS,
        rows=tuple(_row(summary, pair) for pair in pairs),
        size=triangle_size(len(languages)),
        paint=lambda figure: _paint(figure, languages, pairs),
    )


def _row(summary: dict[str, Any], pair: dict[str, Any]) -> tuple[Any, ...]:
    sads, null = pair["sads"], pair["sads"].get("null") or {}
    return (
        *(summary.get(key, "") for key in ("model", "step", "site")), "all", pair["language_a"], pair["language_b"],
        sads["value"], sads.get("low"), sads.get("high"), null.get("mean"), null.get("low"), null.get("high"),
    )  # fmt: skip


def _stands_out(sads: dict[str, Any]) -> bool:
    """Whether the interval lies above 0 and above the null's high end."""
    floor = max(0.0, (sads.get("null") or {}).get("high") or 0.0)
    return sads.get("low") is not None and sads["low"] > floor


def _half(sads: dict[str, Any]) -> float:
    return (sads["high"] - sads["low"]) / 2


def _finding(summary: dict[str, Any], pairs: list[dict[str, Any]], silent: int) -> str:
    def named(pair: dict[str, Any]) -> str:
        return "–".join(language_name(summary, pair[key]) for key in ("language_a", "language_b"))

    if silent == len(pairs):
        short = all(pair["sads"].get("low") is None for pair in pairs)
        return "In no language pair do translations stand out clearly from unrelated sentences" + (
            "; too few sentences for an interval" if short else ""
        )
    best = max(pairs, key=lambda pair: pair["sads"]["value"])
    worst = min(pairs, key=lambda pair: pair["sads"]["value"])
    if len(pairs) == 1:
        return f"{named(best)}: SADS {interval(best['sads'])}"
    share = "in every pair" if not silent else f"in {len(pairs) - silent} of {len(pairs)} pairs"
    return (
        f"Translations stand out {share}: most for {named(best)} ({significant(best['sads']['value'])}), "
        f"least for {named(worst)} ({significant(worst['sads']['value'])})"
    )


def _paint(figure: "Figure", languages: list[str], pairs: list[dict[str, Any]]) -> None:
    import numpy as np
    from matplotlib import colormaps

    place = {language: i for i, language in enumerate(languages)}
    grid = np.full((len(languages) - 1, len(languages) - 1), np.nan)
    cells: dict[tuple[int, int], dict[str, Any]] = {}
    for pair in pairs:
        left, right = sorted((place[pair["language_a"]], place[pair["language_b"]]))
        grid[right - 1, left] = pair["sads"]["value"]
        cells[right - 1, left] = pair["sads"]
    low, high = min(0.0, float(np.nanmin(grid))), float(np.nanmax(grid))
    high = high if high > low else low + 1e-6
    axes, _ = triangle(figure, grid, languages, "cividis", (low, high), "SADS (difference of cosines)")
    colours = colormaps["cividis"]
    halves = sorted(_half(sads) for sads in cells.values() if sads.get("low") is not None)
    places = min(5, decimals(halves[len(halves) // 2], 1)) if halves else 3
    if len(languages) <= MOST_LABELLED:
        for (row, column), sads in cells.items():
            ink = cell_ink(colours((sads["value"] - low) / (high - low)))
            text = fixed(sads["value"], places)
            text = text if _stands_out(sads) else f"({text})"
            if sads.get("low") is not None:
                text += f"\n±{fixed(_half(sads), places)}"
            axes.text(column + 0.5, row + 0.52, text, ha="center", va="center", size=6.8, color=ink, linespacing=1.05)
