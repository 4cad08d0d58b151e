"""How many neurons each language's region has, against label-permuted regions [Z25 fig. 6]."""

from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME, language_colour, themed_languages
from babelscope.report.drawing import COLUMN, Drawing
from babelscope.report.naming import language_name, short_name
from babelscope.report.numbers import count, join, percent, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["clears_null", "region_size"]

_COLUMNS = (
    "model", "step", "site", "layer", "language", "neurons", "share", "low", "high", "null_mean", "null_sd", "excess",
)  # fmt: skip


def region_size(summary: dict[str, Any]) -> Drawing | None:
    """One bar per language; None if regions were not measured."""
    regions = summary.get("regions") or []
    if not regions:
        return None
    languages = [region["language"] for region in regions]
    rule = summary.get("region_rule") or {}
    draws = (summary.get("sklr_null") or {}).get("draws")
    chance = f"{draws} permutations" if draws else "permutations"
    return Drawing(
        name="region-size",
        title=_finding(summary, regions, rule),
        subtitle=f"Neurons in each language's region, of {count(summary['neurons'])}; {rule_words(rule)}.",
        caption=f"n = {plural(summary['sentences'], 'sentence')} per language; whiskers: 95 % jackknife interval "
        f"over meanings; null: mean ± 2 sd of {chance} of language labels within each meaning.",
        columns=_COLUMNS,
        rows=tuple(_row(summary, region) for region in regions),
        size=(COLUMN, 0.75 + 0.2 * len(regions)),
        paint=lambda figure: _paint(figure, summary, regions),
        colours=themed_languages(languages),
    )


def rule_words(rule: dict[str, Any]) -> str:
    """How neurons were picked: "z > 2" or "top 3 % by z"."""
    if rule.get("kind") == "share":
        return f"top {percent(rule.get('value'), 2)} of neurons by z"
    return f"z > {rule.get('value', 2):g}"


def _row(summary: dict[str, Any], region: dict[str, Any]) -> tuple[Any, ...]:
    keys = ("language", "size", "share", "low", "high", "null_mean", "null_sd", "excess")
    return (*(summary.get(key, "") for key in ("model", "step", "site")), "all", *(region.get(key) for key in keys))


def clears_null(region: dict[str, Any]) -> bool:
    """Whether a region is larger than its null by more than 2 sd, the lower end of its interval included."""
    if region.get("null_mean") is None:
        return False
    low = region["low"] if region.get("low") is not None else region["size"]
    return low > region["null_mean"] + 2 * (region.get("null_sd") or 0.0)


def _finding(summary: dict[str, Any], regions: list[dict[str, Any]], rule: dict[str, Any]) -> str:

    def name(region: dict[str, Any]) -> str:
        return language_name(summary, region["language"])

    if rule.get("kind") == "share":
        each = count(regions[0]["size"])
        return f"Every region has {each} neurons, because a fixed share was taken; sizes cannot be compared"
    if not any(region["size"] for region in regions):
        return f"No language has a region: no neuron passes {rule_words(rule)}"
    top, last = max(regions, key=lambda region: region["size"]), min(regions, key=lambda region: region["size"])
    known = [region for region in regions if region.get("null_mean") is not None]
    clear = [region for region in known if clears_null(region)]
    head = f"{name(top)} has the largest region ({count(top['size'])}), {name(last)} the smallest"
    head += f" ({count(last['size'])})"
    if not known:
        return f"{head}; no null was drawn"
    if not clear:
        return "No region is larger than chance makes it: all lie within their permutation null"
    if len(clear) == len(known):
        return f"{head}; all exceed their null"
    if len(clear) <= 3:
        return (
            f"{head}; only {join([name(region) for region in clear])} exceed{'s' if len(clear) == 1 else ''} the null"
        )
    return f"{head}; {len(clear)} of {len(known)} exceed their null"


def _paint(figure: "Figure", summary: dict[str, Any], regions: list[dict[str, Any]]) -> None:
    axes = figure.add_subplot()
    ink = THEME["ink"][0]
    largest = max((region.get("high") or region["size"]) for region in regions) or 1
    for row, region in enumerate(regions):
        size = region["size"]
        axes.barh(row, size, height=0.56, color=language_colour(region["language"]), linewidth=0, zorder=2)
        end = float(size)
        if region.get("low") is not None:
            low, high = max(0.0, region["low"]), region["high"]
            error = [[max(0.0, size - low)], [max(0.0, high - size)]]
            axes.errorbar(size, row, xerr=error, color=ink, linewidth=0.9, capsize=2, zorder=4)
            end = max(end, high)
        if region.get("null_mean") is not None:
            end = max(end, _paint_null(axes, row, region))
        axes.annotate(
            count(size), (end, row), xytext=(4, 0), textcoords="offset points", va="center", size=7, color=ink,
        )  # fmt: skip
        largest = max(largest, end)
    axes.set_yticks(range(len(regions)), [short_name(summary, region["language"]) for region in regions])
    axes.set_ylim(len(regions) - 0.5, -0.55)
    axes.set_xlim(0, largest * 1.14)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("neurons")


def _paint_null(axes: "Axes", row: int, region: dict[str, Any]) -> float:
    """A grey band behind the bar and a dashed line across it; returns how far it reaches."""
    mean, sd = region["null_mean"], region.get("null_sd") or 0.0
    edges, soft = [row - 0.45, row + 0.45], THEME["soft"][0]
    axes.fill_betweenx(edges, max(0.0, mean - 2 * sd), mean + 2 * sd, color=THEME["null"][0], alpha=0.25, linewidth=0)
    axes.plot([mean, mean], edges, color=soft, linewidth=1.1, dashes=(2.5, 1.5), zorder=3)
    if row == 0:
        axes.annotate(
            "null", (mean, -0.45), xytext=(0, 2), textcoords="offset points", ha="center", va="bottom", size=7,
            color=soft, annotation_clip=False,
        )  # fmt: skip
    return mean + 2 * sd
