"""How much more a region's deactivation costs its own language than others, beyond matched random neurons."""

from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME, language_colour, themed_languages
from babelscope.report.drawing import COLUMN, Drawing
from babelscope.report.figures.deactivation import controls_words, measured_words, origin
from babelscope.report.naming import short_name
from babelscope.report.numbers import DASH, decimals, fixed, interval, p_value, plural, significant

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["is_selective", "selectivity"]

_COLUMNS = (
    "model", "step", "site", "layer", "language", "selectivity", "low", "high", "own", "others", "control", "p",
)  # fmt: skip
_GAP = 0.5
"""Rows left free above the overall value."""
_ALPHA = 0.05


def selectivity(ablation: dict[str, Any]) -> Drawing | None:
    """A dot per language and one for all; None without random controls, for then there is nothing to set against."""
    found = ablation.get("selectivity") or {}
    overall = found.get("overall") or {}
    if overall.get("value") is None:
        return None
    codes = [code for code in ablation["languages"] if code in found["by_language"]]
    rows = [(code, found["by_language"][code]) for code in codes] + [("all", overall)]
    return Drawing(
        name="selectivity",
        title=_finding(ablation),
        subtitle="Selectivity in nats per token: increase for the region's own language minus the mean increase for "
        "others, minus the same contrast of matched random neurons (dashed grey); 0: not selective.",
        caption=_caption(ablation, overall, [score for _, score in rows[:-1]]),
        columns=_COLUMNS,
        rows=tuple(_row(ablation, code, score) for code, score in rows),
        size=(COLUMN, 0.95 + 0.2 * len(rows)),
        paint=lambda figure: _paint(figure, ablation, rows),
        colours=themed_languages(codes),
    )


def _finding(ablation: dict[str, Any]) -> str:
    """Whether regions matter to their own languages beyond what random neurons would, with the overall number."""
    overall = ablation["selectivity"]["overall"]
    p, said = overall.get("p"), f"{interval(overall)} nats per token"
    if overall.get("low") is None or overall.get("high") is None:
        return f"Whether regions are selective cannot be told: there is no interval ({said})"
    numbers = f"({said}{', ' + p_value(p) if p is not None else ''})"
    if overall["high"] < 0:
        return f"Regions matter less to their own languages than matched random neurons do {numbers}"
    if overall["low"] <= 0:
        return f"Regions are not selective beyond matched random neurons {numbers}"
    if is_selective(overall):
        return f"Regions are selective beyond matched random neurons {numbers}"
    floor = (ablation.get("relabelling") or {}).get("floor") or 0.0
    weak = p is None or p <= floor + 1e-9
    but = "too few languages to test it by relabelling" if weak else "relabelled regions do as well"
    return f"Regions look selective beyond matched random neurons, but {but} {numbers}"


def is_selective(score: dict[str, Any]) -> bool:
    """Whether an overall selectivity lies above 0 with its whole interval and is rare among relabelled regions."""
    return score.get("low") is not None and score["low"] > 0 and score.get("p") is not None and score["p"] <= _ALPHA


def _caption(ablation: dict[str, Any], overall: dict[str, Any], scores: list[dict[str, Any]]) -> str:
    drawn = ablation.get("relabelling") or {}
    parts = [f"{measured_words(ablation)}", controls_words(ablation)]
    parts.append("whiskers: 95 %, over texts (paired bootstrap over segments) and over the luck of a random draw")
    if overall.get("p") is not None and drawn:
        many = "all " if drawn.get("exact") else ""
        parts.append(
            f"p: {many}{plural(drawn['relabellings'], 'relabelling')} of which region belongs to which language, "
            f"{significant(drawn['floor'], 1)} at the least"
        )
    elif overall.get("p_note"):
        parts.append(f"no p: {overall['p_note']}")
    notes = {(score.get("p") is None, score["p_note"]) for score in scores if score.get("p_note")}
    parts += [f"{'no p' if none else 'p'} for single languages: {note}" for none, note in sorted(notes)]
    return "; ".join(parts) + "."


def _row(ablation: dict[str, Any], code: str, score: dict[str, Any]) -> tuple[Any, ...]:
    keys = ("value", "low", "high", "own", "others", "control", "p")
    return (*origin(ablation), code, *(score.get(key) for key in keys))


def _paint(figure: "Figure", ablation: dict[str, Any], rows: list[tuple[str, dict[str, Any]]]) -> None:
    axes = figure.add_subplot()
    places = [float(place) for place in range(len(rows) - 1)] + [len(rows) - 1 + _GAP]
    axes.axvline(0, color=THEME["line"][0], linewidth=0.8, zorder=0)
    decimal = _decimal([score for _, score in rows])
    for place, (code, score) in zip(places, rows, strict=True):
        if score.get("control") is not None:
            _paint_control(axes, place, score["control"], named=place == 0)
        if score.get("value") is not None:
            colour = THEME["ink"][0] if code == "all" else language_colour(code)
            _paint_score(axes, place, score, colour, "D" if code == "all" else "o")
        _note(axes, place, score, decimal)
    axes.axhline(places[-1] - (1 + _GAP) / 2, color=THEME["line"][0], linewidth=0.6, zorder=0)
    axes.set_yticks(places, ["overall" if code == "all" else short_name(ablation, code) for code, _ in rows])
    axes.get_yticklabels()[-1].set_fontweight("bold")
    axes.set_ylim(places[-1] + 0.6, -0.8)
    axes.margins(x=0.06)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("selectivity (nats per token)")


def _paint_score(axes: "Axes", place: float, score: dict[str, Any], colour: str, marker: str) -> None:
    if score.get("low") is not None and score.get("high") is not None:
        axes.plot([score["low"], score["high"]], [place, place], color=colour, linewidth=1.3, zorder=3)
        ends = {"marker": "|", "markersize": 4.5, "linestyle": "none", "color": colour}
        axes.plot([score["low"], score["high"]], [place, place], zorder=3, **ends)
    axes.plot([score["value"]], [place], marker=marker, markersize=4.2, color=colour, linestyle="none", zorder=4)


def _paint_control(axes: "Axes", place: float, control: float, named: bool) -> None:
    soft = THEME["soft"][0]
    axes.plot(
        [control, control], [place - 0.42, place + 0.42], color=soft, linewidth=1.1, dashes=(2.5, 1.5), zorder=2
    )
    if named:
        axes.annotate(
            "random", (control, -0.42), xytext=(0, 1), textcoords="offset points", ha="center", va="bottom", size=7,
            color=soft, annotation_clip=False,
        )  # fmt: skip


def _decimal(scores: list[dict[str, Any]]) -> int:
    """Decimals that show as much of every value as its interval lets one read."""
    halves = [(s["high"] - s["low"]) / 2 for s in scores if s.get("low") is not None and s.get("high") is not None]
    widest = sorted(halves)[len(halves) // 2] if halves else max(abs(s.get("value") or 0) for s in scores) / 10
    return min(4, decimals(widest, 2)) if widest > 0 else 3


def _note(axes: "Axes", place: float, score: dict[str, Any], decimal: int) -> None:
    """The value, and the p where there is one, right of the axes."""
    value = DASH if score.get("value") is None else fixed(score["value"], decimal)
    said = ", ".join(filter(None, [value, p_value(score.get("p"))]))
    axes.annotate(
        said, (1.0, place), xycoords=axes.get_yaxis_transform(), xytext=(3, 0), textcoords="offset points",
        va="center", ha="left", size=7, color=THEME["ink"][0], annotation_clip=False,
    )  # fmt: skip
