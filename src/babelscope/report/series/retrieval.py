"""How close translations are in each layer, and how often they find each other, over a series."""

from typing import Any

from babelscope.report.figures.readings import flag_word
from babelscope.report.figures.retrieval_readings import POOLED, best_level, score
from babelscope.report.figures.retrieval_series import accuracy_series, retrieved
from babelscope.report.numbers import DASH, interval, percent
from babelscope.report.panels.panel import Facts
from babelscope.report.panels.retrieval import share_words
from babelscope.report.series.hygiene import point_name
from babelscope.report.series.material import SeriesMaterial
from babelscope.report.table import Table

__all__ = ["facts"]

_REASON = "Not measured in this series; `babelscope track` with --stages scan,retrieve fills this section."


def facts(material: SeriesMaterial) -> Facts:
    """Accuracy along the series, every checkpoint in a table, or which command measures them."""
    content = material.content
    drawing = accuracy_series(content)
    if drawing is None:
        return {"figures": [], "reason": _REASON}
    return {"figures": [drawing], "tables": [_points_table(content)]}


def _points_table(content: dict[str, Any]) -> Table:
    """A row per checkpoint and pooling: its own best layer, and what is left beyond its embeddings."""
    columns = ("Checkpoint", "best layer", "accuracy (%)", "on other sentences (%)", "beyond embeddings (points)")
    columns += ("margin, centred", "margin, raw", "flags")
    rows = []
    for point in retrieved(content):
        found = point["retrieval"]
        for pooling in found["poolings"]:
            level, best = best_level(found, pooling), found["best"][pooling]
            of = f", {POOLED[pooling]}" if len(found["poolings"]) > 1 else ""
            gain = best["gain"] and {end: 100 * value for end, value in best["gain"].items()}
            rows.append(
                [
                    point_name(content, point),
                    {"text": f"{best['layer']}{of}"},
                    share_words(level["all"]),
                    percent(best["chosen_apart"]["value"]).removesuffix("\u202f%"),
                    interval(gain) if gain else DASH,
                    interval(score(level["all"], "centred_margin")),
                    interval(score(level["all"], "margin")),
                    {"text": flag_word(point) or DASH},
                ]
            )
    note = (
        "Mean over pairs of languages; 95 % intervals over sentences. On other sentences: the layer is chosen on one "
        "half and measured on the other; beyond embeddings: that minus the accuracy in layer 0, which knows only "
        "what tokens are shared. retrieval.csv has every layer and pair."
    )
    return Table("Parallel sentences at every checkpoint", columns, rows, note, folded=len(rows) > 24)
