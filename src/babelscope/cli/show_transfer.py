"""The content of a transfer in, a table and a verdict in a terminal out."""

from collections.abc import Mapping
from typing import Any

from rich.markup import escape

from babelscope import languages
from babelscope.cli.show import console, plain_table
from babelscope.report.figures.transfer_readings import chosen_results, metric_words, over_words, source_first
from babelscope.report.numbers import DASH, fixed

__all__ = ["show_transfer"]


def show_transfer(content: Mapping[str, Any]) -> None:
    """Every language's score by every method, what is lost on the way, and the verdict.

    Args:
        content: Of transfer.json.
    """
    out = console()
    results = chosen_results(content, content["metric"])
    title = (
        f"{content['model']} step {content['step']} · {content['task']['name']} · {metric_words(content['metric'])}"
    )
    heads = [r["method"] if r["layer"] == "all" else f"{r['method']}, layer {r['layer']}" for r in results]
    table = plain_table(title, "language", *heads, "gap", "commonest")
    for code in source_first(content):
        cells = [result["languages"][code] for result in results]
        mark = ", source" if code == content["source"] else ""
        table.add_row(
            f"{languages.name(code)} ({code}){mark}",
            *(escape(_ends(cell)) for cell in cells),
            fixed(cells[0]["gap"]["value"], 2) if cells[0]["gap"] else DASH,
            fixed(cells[0]["majority"], 2),
        )
    if len(content["languages"]) > 2:
        means = (escape(_ends(result["mean"])) for result in results)
        table.add_row(
            "mean of the others",
            *means,
            fixed(results[0]["gap"]["value"], 2),
            fixed(results[0]["mean"]["majority"], 2),
            style="bold",
        )
    out.print(table)
    out.print(
        f"95 % intervals {over_words(results)}; gap: source minus language, by {heads[0]}; commonest: score of "
        "always the commonest label of the training",
        style="dim",
    )
    for sentence in content["verdict"]:
        out.print(sentence, markup=False)


def _ends(score: Mapping[str, Any]) -> str:
    if score.get("low") is None:
        return fixed(score["value"], 2)
    return f"{fixed(score['value'], 2)} [{fixed(score['low'], 2)}, {fixed(score['high'], 2)}]"
