"""How far off each forecast is, and what alignment adds to what is known without it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME, language_colour, themed_languages
from babelscope.report.drawing import COLUMN, Drawing
from babelscope.report.figures.forecast_predictions import FORECASTS, known_errors
from babelscope.report.numbers import decimals, fixed, interval, p_value, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["forecast_errors"]

_COLUMNS = ("forecast", "mae", "low", "high", "r2")
_GAINS = {
    "yes": "Alignment improves the forecast",
    "no": "Alignment adds nothing to the forecast",
    "cannot tell": "Whether alignment improves the forecast cannot be told",
}


def forecast_errors(content: Mapping[str, Any]) -> Drawing | None:
    """Mean absolute error of each forecast, the smaller the better; None without any."""
    errors = known_errors(content)
    if not errors:
        return None
    keys = ("mae", "low", "high", "r2")
    return Drawing(
        name="forecast-errors",
        title=_finding(content),
        subtitle=f"Absolute error of the forecast in {content['y_label']} (lower is better): small dots are "
        "languages, the stroke is their mean.",
        caption=_caption(content, errors),
        columns=_COLUMNS,
        rows=tuple((FORECASTS[name], *(found.get(key) for key in keys)) for name, found in errors.items()),
        size=(COLUMN, 0.6 + 0.34 * len(errors)),
        paint=lambda figure: _paint(figure, content, errors),
        colours=themed_languages([target["language"] for target in content["targets"]]),
    )


def _caption(content: Mapping[str, Any], errors: Mapping[str, Mapping[str, Any]]) -> str:
    parts = [f"n = {plural(len(content['targets']), 'target language')}"]
    if any(found.get("low") is not None for found in errors.values()):
        parts.append("whiskers: 95 %")
    parts.append("R²: against predicting the mean of the other languages, 0 or below where it is no better")
    test = (content.get("difference") or {}).get("test")
    parts += [f"p: {test}"] if test else []
    return "; ".join(parts) + "."


def _finding(content: Mapping[str, Any]) -> str:
    difference = content.get("difference") or {}
    said = _GAINS.get(str(content.get("adds")), _GAINS["cannot tell"])
    if difference.get("value") is None:
        return said
    numbers = ", ".join(filter(None, [interval(difference), p_value(difference.get("p"))]))
    without = "of the mean" if difference.get("than") == "mean" else "without it"
    return f"{said}: error {without} minus error with it {numbers}"


def _paint(figure: "Figure", content: Mapping[str, Any], errors: Mapping[str, Mapping[str, Any]]) -> None:
    axes = figure.add_subplot()
    smallest = min(found["mae"] for found in errors.values())
    places = min(4, decimals(smallest, 2)) if smallest > 0 else 2
    for place, (name, found) in enumerate(errors.items()):
        colour = THEME["accent"][0] if name in ("alignment", "both") else THEME["null"][0]
        _paint_languages(axes, content, name, place)
        low, high = found.get("low"), found.get("high")
        if low is not None and high is not None:
            axes.plot([low, high], [place, place], color=colour, linewidth=1.3, zorder=2)
        axes.plot([found["mae"]] * 2, [place - 0.32, place + 0.32], color=colour, linewidth=2.2, zorder=4)
        said = fixed(found["mae"], places)
        said += f", R² {fixed(found['r2'], 2)}" if found.get("r2") is not None and name != "mean" else ""
        axes.annotate(
            said, (1.0, place), xycoords=axes.get_yaxis_transform(), xytext=(3, 0), textcoords="offset points",
            va="center", ha="left", size=6.8, color=THEME["ink"][0], annotation_clip=False,
        )  # fmt: skip
    axes.set_yticks(range(len(errors)), [_SHORT[name] for name in errors])
    axes.set_ylim(len(errors) - 0.4, -0.6)
    axes.margins(x=0.06)
    axes.set_xlim(left=0)
    axes.locator_params(axis="x", nbins=4)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("absolute error")


def _paint_languages(axes: "Axes", content: Mapping[str, Any], name: str, place: int) -> None:
    for target in content["targets"]:
        if target.get(name) is not None and target.get("observed") is not None:
            axes.plot(
                [abs(target[name] - target["observed"])], [place], "o", markersize=3.2, zorder=3,
                color=language_colour(target["language"]), alpha=0.9,
            )  # fmt: skip


_SHORT = {"mean": "mean", "baseline": "share, script", "alignment": "alignment", "both": "all together"}
