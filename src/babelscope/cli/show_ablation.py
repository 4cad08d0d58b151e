"""The content of ablation.json in, the paper's table of perplexities in a terminal out [Z25 tables 1 and 4]."""

from collections.abc import Iterator
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from babelscope.cli.show import console
from babelscope.report.figures.deactivation import covers_random, increase_text
from babelscope.report.naming import language_name
from babelscope.report.numbers import DASH, count, fixed, p_value, percent, significant

__all__ = ["show_ablation"]

_PAD = 2
"""Characters between two columns of a table: one of padding, one of the box."""

Column = tuple[str, list[str]]
"""Heading, and a cell per row, with markup."""


def show_ablation(content: dict[str, Any]) -> None:
    """Prints the perplexity matrix, the selectivity by language, and the verdict.

    Args:
        content: What ablation.json holds.
    """
    out = console()
    codes = [code for code in content["deactivated"] if code in content["region"]]
    rows: list[Column] = [("", [*content["languages"], "size", "share"])]
    blocks = list(_blocks(rows[0], _texts(content, codes), out.width))
    for part, block in enumerate(blocks):
        _title(out, content, f" · part {part + 1} of {len(blocks)}" if len(blocks) > 1 else "")
        out.print(_table(block, len(content["languages"])))
    out.print("increase of perplexity in percent, rows: language read, columns: neurons deactivated", style="dim")
    if any(covers_random(content, dea, code) for dea in codes for code in content["languages"]):
        out.print("(…): the interval covers what random neurons of the same number cost", style="dim")
    overall = (content.get("selectivity") or {}).get("overall") or {}
    if overall.get("value") is not None:
        out.print("\nSelectivity in nats per token (0: no more than matched random neurons)", style="italic")
        out.print(_selectivity(content, overall))
    for sentence in content.get("verdict") or []:
        out.print(sentence, markup=False)


def _texts(content: dict[str, Any], codes: list[str]) -> list[Column]:
    """Columns after the language: base perplexity, random, and each region."""
    sets = [content["region"][dea] for dea in codes]
    columns = [
        ("base", [*(significant(content["base"][code]["perplexity"]) for code in content["languages"]), "", ""])
    ]
    if content["random_mean"]:
        means = [(content["random_mean"].get(code) or {}).get("increase_pct") for code in content["languages"]]
        sizes = [sum(found[key] for found in sets) / max(1, len(sets)) for key in ("neurons", "share")]
        columns.append(("random", [*map(increase_text, means), count(sizes[0]), percent(sizes[1], 2)]))
    for dea, found in zip(codes, sets, strict=True):
        cells = [_cell(content, dea, code) for code in content["languages"]]
        columns.append((dea, [*cells, count(found["neurons"]), percent(found["share"], 2)]))
    return columns


def _cell(content: dict[str, Any], dea: str, code: str) -> str:
    text = increase_text((content["region"][dea]["cells"].get(code) or {}).get("increase_pct"))
    text = f"({text})" if covers_random(content, dea, code) else text
    return f"[bold]{text}[/]" if dea == code else text


def _width(column: Column) -> int:
    plain = (text.replace("[bold]", "").replace("[/]", "") for text in column[1])
    return max(len(column[0]), *map(len, plain)) + _PAD


def _blocks(rows: Column, columns: list[Column], width: int) -> Iterator[list[Column]]:
    """Columns in as many tables as the terminal's width asks for; each begins with the languages."""
    block, used = [rows], _width(rows)
    for column in columns:
        if len(block) > 1 and used + _width(column) > width:
            yield block
            block, used = [rows], _width(rows)
        block.append(column)
        used += _width(column)
    yield block


def _title(out: Console, content: dict[str, Any], part: str) -> None:
    """Above a table rather than of it, for a table may be narrower than its title."""
    step = f" step {content['step']}" if content.get("step") else ""
    said = f"{content['model']}{step} · perplexity under deactivation · {content['text']['name']}{part}"
    out.print(said, style="italic", markup=False)


def _table(block: list[Column], rows: int) -> Table:
    table = _plain()
    for place, (name, _) in enumerate(block):
        faint = "dim" if name in ("base", "random") else None
        table.add_column(name, justify="right" if place else "left", no_wrap=True, style=faint, header_style=faint)
    for row, cells in enumerate(zip(*(texts for _, texts in block), strict=True)):
        table.add_row(*cells, end_section=row == rows - 1)
    return table


def _plain() -> Table:
    """A table without frames, for width is short."""
    return Table(box=box.SIMPLE_HEAD, padding=(0, _PAD - 1, 0, 0), pad_edge=False, show_edge=False)


def _selectivity(content: dict[str, Any], overall: dict[str, Any]) -> Table:
    found = content["selectivity"]["by_language"]
    rows = [
        (f"{language_name(content, code)} ({code})", found[code]) for code in content["languages"] if code in found
    ]
    tested = any(score.get("p") is not None for _, score in [*rows, ("", overall)])
    table = _plain()
    table.add_column("language", no_wrap=True)
    for name in ("selectivity", "95 % interval", "own", "others", "control", *(["p"] if tested else [])):
        table.add_column(name, justify="right", no_wrap=True)
    for place, (name, score) in enumerate([*rows, ("overall", overall)]):
        last = place == len(rows)
        cells = [name, *_numbers(score), *([p_value(score.get("p")) or DASH] if tested else [])]
        table.add_row(*map(escape, cells), style="bold" if last else None, end_section=place == len(rows) - 1)
    notes = {score.get("p_note") for _, score in rows if score.get("p") is None} | {overall.get("p_note")}
    if said := sorted(filter(None, notes)):
        table.caption, table.caption_justify = escape(f"{DASH}: {'; '.join(said)}"), "left"
    return table


def _numbers(score: dict[str, Any]) -> list[str]:
    """Value, interval, own, others and control, all to the same decimal."""
    low, high = score.get("low"), score.get("high")
    bounds = DASH if low is None or high is None else f"[{fixed(low, 3)}, {fixed(high, 3)}]"
    value, *parts = (
        DASH if score.get(key) is None else fixed(score[key], 3) for key in ("value", "own", "others", "control")
    )
    return [value, bounds, *parts]
