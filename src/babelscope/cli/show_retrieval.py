"""The content of a retrieval in, tables and a verdict in a terminal out."""

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from babelscope import languages
from babelscope.cli.show import console, plain_table
from babelscope.report.figures.retrieval_readings import POOLED
from babelscope.report.numbers import fixed, percent, significant

__all__ = ["show_retrieval"]


def show_retrieval(content: Mapping[str, Any]) -> None:
    """Cosines and retrieval by layer, accuracy by language in the best layer, and the verdict.

    Args:
        content: Of retrieval.json.
    """
    out = console()
    for pooling in content["poolings"]:
        out.print(_layers(content, pooling))
        out.print(_languages(content, pooling))
    out.print(
        f"accuracy: share of sentences whose nearest neighbour is their translation; by chance "
        f"{percent(content['chance'])}; cosines and accuracy without each language's mean vector, raw with it",
        style="dim",
    )
    for sentence in content["verdict"]:
        out.print(sentence, markup=False)


def _layers(content: Mapping[str, Any], pooling: str) -> Table:
    title = (
        f"{content['model']} step {content['step']} · {content['corpus']['name']} · {content['sentences']} sentences "
        f"per language · {content['site']}, {POOLED[pooling]}"
    )
    table = plain_table(title, "layer", "accuracy", "95 % interval", "raw", "mutual", "cosine", "unrelated", "margin")
    for level in content["levels"]:
        if level["pooling"] != pooling:
            continue
        found = level["all"]
        best = level["layer"] == content["best"][pooling]["layer"]
        table.add_row(
            f"{level['layer']}{' best' if best else ''}",
            percent(found["accuracy"]),
            rf"\[{percent(found['accuracy_low'])}, {percent(found['accuracy_high'])}]",
            *(percent(found[name]) for name in ("accuracy_raw", "mutual")),
            *(fixed(found[name], 3) for name in ("centred_cosine", "centred_unrelated")),
            significant(found["centred_margin"]),
        )
    return table


def _languages(content: Mapping[str, Any], pooling: str) -> Table:
    layer = content["best"][pooling]["layer"]
    table = plain_table(
        f"Mean over the other languages, layer {layer}", "language", "accuracy", "95 % interval", "margin"
    )
    level = next(one for one in content["levels"] if (one["pooling"], one["layer"]) == (pooling, layer))
    for code, found in level["languages"].items():
        table.add_row(
            f"{languages.name(code)} ({code})",
            percent(found["accuracy"]),
            rf"\[{percent(found['accuracy_low'])}, {percent(found['accuracy_high'])}]",
            significant(found["centred_margin"]),
        )
    return table
