"""Transfer of each language as predicted from the other languages, against what it was."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME, language_colour, themed_languages
from babelscope.report.drawing import COLUMN, Drawing
from babelscope.report.figures.point_labels import PointLabel, label_points
from babelscope.report.figures.probing_training import step_words
from babelscope.report.naming import short_name
from babelscope.report.numbers import fixed, join, plural, significant

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FORECASTS", "forecast_predictions", "known_errors"]

FORECASTS = {
    "mean": "mean of the other languages",
    "baseline": "share and script",
    "alignment": "alignment",
    "both": "share, script and alignment",
}
"""What a forecast is made of, in the order of a page."""
_COLUMNS = ("language", "observed", *FORECASTS)


def known_errors(content: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The errors of each forecast that was made, by its name."""
    errors = content.get("errors") or {}
    return {name: errors[name] for name in FORECASTS if (errors.get(name) or {}).get("mae") is not None}


def forecast_predictions(content: Mapping[str, Any]) -> Drawing | None:
    """A point per target language; None without any."""
    targets = [t for t in content.get("targets") or [] if t.get("observed") is not None and _best(t) is not None]
    if not targets:
        return None
    codes = [target["language"] for target in targets]
    return Drawing(
        name="predictions",
        title=_finding(content, targets),
        subtitle=f"Predicted against observed {content['y_label']}; dashed: where they are equal. "
        f"Filled: {_made_of(content)}"
        + ("; hollow grey: share and script alone." if _has_baseline(targets) else "."),
        caption=_caption(content, targets),
        columns=_COLUMNS,
        rows=tuple((t["language"], t["observed"], *(t.get(name) for name in FORECASTS)) for t in targets),
        size=(COLUMN, 3.3),
        paint=lambda figure: _paint(figure, content, targets),
        colours=themed_languages(codes),
    )


def _best(target: Mapping[str, Any]) -> float | None:
    """The prediction that uses alignment."""
    return target["both"] if target.get("both") is not None else target.get("alignment")


def _has_baseline(targets: list[Mapping[str, Any]]) -> bool:
    return any(t.get("both") is not None and t.get("baseline") is not None for t in targets)


def _made_of(content: Mapping[str, Any]) -> str:
    features = join([str(name) for name in content.get("features") or []])
    base = join([str(name) for name in content.get("baseline") or []])
    return " with ".join(filter(None, [features, base])) or FORECASTS["both"]


def _finding(content: Mapping[str, Any], targets: list[Mapping[str, Any]]) -> str:
    """How far off the forecast is on average, and for which language most."""
    errors = known_errors(content)
    used = errors.get("both") or errors.get("alignment")
    off = {t["language"]: abs((_best(t) or 0.0) - t["observed"]) for t in targets}
    worst = max(off, key=lambda code: off[code])
    said = f"most for {short_name(dict(content), worst)} ({significant(off[worst], 2)})"
    if used is None:
        return f"Predicted transfer is off, {said}"
    r2 = used.get("r2")
    than = ""
    if r2 is not None:
        better = "no better than the mean of the other languages" if r2 <= 0 else f"R² {fixed(r2, 2)}"
        than = f", {better}"
    return f"Predicted transfer is off by {significant(used['mae'], 2)} on average{than}; {said}"


def _caption(content: Mapping[str, Any], targets: list[Mapping[str, Any]]) -> str:
    where = f"{str(content['model']).rsplit('/', 1)[-1]} at {step_words(content['step'])}"
    return (
        f"{where}, n = {plural(len(targets), 'target language')}; each is predicted by a ridge regression fitted on "
        "the others, its penalty chosen among them; no label of the language itself is used."
    )


def _paint(figure: "Figure", content: Mapping[str, Any], targets: list[Mapping[str, Any]]) -> None:
    axes, grey = figure.add_subplot(), THEME["null"][0]
    seen = [value for t in targets for value in (t["observed"], _best(t), t.get("baseline")) if value is not None]
    pad = 0.12 * ((max(seen) - min(seen)) or 0.1)
    ends = (min(seen) - pad, max(seen) + pad)
    axes.plot(ends, ends, color=grey, linewidth=1.0, dashes=(4.0, 2.0), zorder=1)
    labels, stems = [], []
    for target in targets:
        x, y, colour = target["observed"], _best(target), language_colour(target["language"])
        assert y is not None
        base = target.get("baseline") if target.get("both") is not None else None
        if base is not None:
            axes.plot([x, x], [base, y], color=THEME["line"][0], linewidth=1.0, zorder=2)
            axes.plot([x], [base], "o", markerfacecolor="none", markeredgecolor=grey, markersize=3.4, zorder=3)
            stems.append([(x, base), (x, y)])
        axes.plot([x], [y], "o", color=colour, markersize=4.6, zorder=4)
        labels.append(PointLabel(x, y, short_name(dict(content), target["language"]), colour))
    axes.set_xlim(*ends)
    axes.set_ylim(*ends)
    axes.locator_params(nbins=6)
    label_points(axes, labels, (2.85, 2.75), [[(ends[0], ends[0]), (ends[1], ends[1])], *stems])
    axes.set_xlabel(f"observed {content['y_label']}")
    axes.set_ylabel("predicted")
