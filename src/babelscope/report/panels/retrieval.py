"""How close translations are in each layer, and how often they find each other."""

from collections.abc import Mapping
from typing import Any

from babelscope.report.figures.retrieval_cosines import cosines_by_layer
from babelscope.report.figures.retrieval_layers import accuracy_by_layer
from babelscope.report.figures.retrieval_pairs import accuracy_of_pairs
from babelscope.report.figures.retrieval_readings import POOLED, levels_of, score
from babelscope.report.naming import language_name
from babelscope.report.numbers import interval, percent
from babelscope.report.panels.panel import Facts, Material
from babelscope.report.table import Table

__all__ = ["facts", "share_words"]

_REASON = "Not measured in this run; `babelscope retrieve MODEL --corpus ntrex` fills this section."
_WORDS = (
    (
        "Margin",
        "Mean cosine of translations minus mean cosine of sentences that are no translations of each other, in the "
        "same two languages: 0 by chance.",
    ),
    (
        "Centred",
        "After each language's own mean vector was removed: what all its sentences share, such as the language "
        "itself, is gone. All sentences that are measured make the mean.",
    ),
    (
        "Accuracy",
        "Share of sentences of a language whose nearest neighbour among all sentences of another is their "
        "translation; a tie is a miss. By chance one in as many as there are sentences.",
    ),
    ("Raw", "Accuracy by the cosine of vectors as they are."),
    (
        "Mutual",
        "Share of translations that are closer to each other than either is to any other sentence of the other's "
        "language, as MEXA counts them; by chance 1 in 2 n − 1.",
    ),
    (
        "Embeddings",
        "Layer 0, before the first block: what two sentences have in common there, names and digits among it, they "
        "share as tokens; the layers above are read against it.",
    ),
)


def facts(material: Material) -> Facts:
    """Verdict, figures, a table of layers and one of languages."""
    content = material.retrieval
    if content is None:
        return {"figures": [], "reason": _REASON}
    maps = [accuracy_of_pairs(content, pooling) for pooling in content["poolings"] if len(content["languages"]) > 2]
    return {
        "figures": [accuracy_by_layer(content), cosines_by_layer(content), *maps],
        "sentences": list(content.get("verdict") or []),
        "tables": [_layers_table(content), _languages_table(content)],
        "definitions": _WORDS,
        "warnings": [(warning["kind"], warning["message"]) for warning in content.get("warnings") or []],
    }


def share_words(found: Mapping[str, Any], name: str = "accuracy") -> str:
    """A share in percent with its interval."""
    ends = {end: None if value is None else 100 * value for end, value in score(found, name).items()}
    return interval(ends)


def _layers_table(content: Mapping[str, Any]) -> Table:
    columns = ("Layer", "accuracy (%)", "raw (%)", "mutual (%)", "cosine", "unrelated", "margin")
    rows = [
        [
            {"text": _layer_words(content, pooling, level["layer"])},
            share_words(level["all"]),
            *(percent(level["all"][name]).removesuffix("\u202f%") for name in ("accuracy_raw", "mutual")),
            *(interval({"value": level["all"][f"centred_{name}"]}) for name in ("cosine", "unrelated")),
            interval(score(level["all"], "centred_margin")),
        ]
        for pooling in content["poolings"]
        for level in levels_of(content, pooling)
    ]
    note = (
        f"Mean over pairs of languages, centred but for raw; 95 % intervals over sentences. Chance: accuracy "
        f"{percent(content['chance'])}, mutual {percent(content['mutual_chance'])}, margin 0. retrieval.csv has "
        "every pair, and the cosines of vectors as they are."
    )
    return Table("Parallel sentences by layer", columns, rows, note, folded=len(rows) > 16)


def _layer_words(content: Mapping[str, Any], pooling: str, layer: int) -> str:
    of = f", {POOLED[pooling]}" if len(content["poolings"]) > 1 else ""
    return f"{layer}{' (embeddings)' if layer == 0 else ''}{of}"


def _languages_table(content: Mapping[str, Any]) -> Table:
    """A row per language: how often its sentences find theirs, in the best layer of each pooling."""
    columns, chosen = ["Language"], []
    for pooling in content["poolings"]:
        layer = content["best"][pooling]["layer"]
        of = f" ({POOLED[pooling]})" if len(content["poolings"]) > 1 else ""
        columns += [f"layer {layer}{of}: accuracy (%)", "margin"]
        chosen.append(next(level for level in levels_of(content, pooling) if level["layer"] == layer)["languages"])
    rows = []
    for code in content["languages"]:
        cells = [(share_words(level[code]), interval(score(level[code], "centred_margin"))) for level in chosen]
        rows.append([{"text": language_name(dict(content), code)}, *(cell for pair in cells for cell in pair)])
    note = "Mean over the other languages, in the layer where translations find each other most often; centred."
    return Table("Parallel sentences by language", tuple(columns), rows, note, folded=len(rows) > 16)
