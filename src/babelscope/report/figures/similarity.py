"""The similarity map: every sentence against every other, in language blocks [Z25 fig. 2]."""

from typing import TYPE_CHECKING, Any

from babelscope.report.colours import THEME
from babelscope.report.cosine_map import CosineMap, overview
from babelscope.report.drawing import COLUMN, PAGE, Drawing
from babelscope.report.numbers import plural, significant

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["pair_means", "similarity_map"]

_COLUMNS = (
    "model", "step", "site", "layer", "language_a", "language_b", "mean_cosine_different_meaning",
    "mean_cosine_translations",
)  # fmt: skip


def similarity_map(summary: dict[str, Any], found: CosineMap) -> Drawing:
    """The map as one picture.

    Args:
        summary: The scan.
        found: What is drawn.
    """
    languages = list(summary["languages"])
    drawn = (
        f"All {plural(found.n, 'sentence')} per language"
        if found.n == found.of
        else f"{found.n} of {plural(found.of, 'sentence')} per language, evenly spaced"
    )
    origin = tuple(summary.get(key, "") for key in ("model", "step", "site"))
    return Drawing(
        name="similarity-map",
        title=_finding(summary),
        subtitle="Cosine of the neuron vectors of every two sentences, whole model; each block is a pair of "
        "languages, each diagonal its translations.",
        caption=f"{drawn}, in the same order in every block; colours run from {significant(found.low, 2)} to "
        f"{significant(found.high, 2)}, the range across languages, and stay at the end colour beyond it; diagonals "
        "are drawn at least two pixels wide.",
        columns=_COLUMNS,
        rows=tuple((*origin, "all", *pair) for pair in pair_means(summary)),
        size=(
            min(PAGE, max(COLUMN, 1.2 + 0.45 * len(languages))),
            min(PAGE - 0.8, max(2.7, 0.5 + 0.45 * len(languages))),
        ),
        paint=lambda figure: _paint(figure, languages, found),
    )


def pair_means(summary: dict[str, Any]) -> list[tuple[str, str, float, float | None]]:
    """Two languages, their mean cosine of different meanings and of translations; None for that within a language."""
    stored, codes = summary.get("mean_cosines") or {}, summary["languages"]
    if not stored:
        return []
    return [
        (a, b, stored["different"][i][j], None if i == j else stored["translations"][i][j])
        for i, a in enumerate(codes)
        for j, b in enumerate(codes)
        if i <= j
    ]


def _finding(summary: dict[str, Any]) -> str:
    """Whether the diagonals mean anything, against chance and an untrained model, and what the blocks mean."""
    means = pair_means(summary)
    within = [different for _, _, different, own in means if own is None]
    across = [(different, own) for _, _, different, own in means if own is not None]
    sads, lrds = summary.get("sads") or {}, summary.get("lrds") or {}
    values = ""
    if across:
        translated, unrelated = (sum(pair[i] for pair in across) / len(across) for i in (1, 0))
        values = f" (mean cosine {significant(translated)} against {significant(unrelated)})"
    told = _clears(sads)
    head = f"Translations are {'closer' if told else 'not clearly closer'} than unrelated sentences{values}"
    if sads.get("low") is None:
        return f"{head}; too few sentences for an interval"
    gain = sads.get("gain") or {}
    if told and gain.get("low") is not None and gain["low"] <= 0:
        head += ", but less so than untrained" if gain["high"] < 0 else ", but not clearly more than untrained"
    if not within or not _clears(lrds):
        return head
    return f"{head}; sentences of one language are closest ({significant(sum(within) / len(within))})"


def _clears(score: dict[str, Any]) -> bool:
    """Whether a score's interval lies wholly above 0 and above its null."""
    null = (score.get("null") or {}).get("high") or 0.0
    return score.get("low") is not None and score["low"] > max(0.0, null)


def _paint(figure: "Figure", languages: list[str], found: CosineMap) -> None:
    axes = figure.add_subplot()
    count = len(languages)
    pixels = 900
    picture = axes.imshow(
        overview(found, pixels), cmap="viridis", vmin=found.low, vmax=found.high, interpolation="none",
        extent=(0, count, count, 0), aspect="equal",
    )  # fmt: skip
    for edge in range(1, count):
        axes.axhline(edge, color="white", linewidth=0.7)
        axes.axvline(edge, color="white", linewidth=0.7)
    centres = [i + 0.5 for i in range(count)]
    axes.set_xticks(centres, languages, rotation=90 if count > 24 else 0)
    axes.set_yticks(centres, languages)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    bar = figure.colorbar(picture, ax=axes, shrink=0.8, aspect=28, pad=0.02, extend="both", extendfrac=0.03)
    bar.outline.set_edgecolor(THEME["line"][0])  # pyright: ignore[reportCallIssue, reportAttributeAccessIssue]
    bar.outline.set_linewidth(0.4)  # pyright: ignore[reportCallIssue, reportAttributeAccessIssue]
    bar.set_label("cosine")
