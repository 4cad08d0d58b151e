"""Results in, text for a terminal out."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from babelscope import languages

if TYPE_CHECKING:
    from babelscope.activations import Plan
    from babelscope.evaluation import Forecast
    from babelscope.scanning import Scan
    from babelscope.tracking import SeriesPlan

__all__ = [
    "console",
    "plain_table",
    "present",
    "show_forecast",
    "show_plan",
    "show_scan",
    "show_series_plan",
    "show_warnings",
]


def console(stderr: bool = False) -> Console:
    """A console that honours NO_COLOR and does not guess colours for numbers."""
    return Console(stderr=stderr, highlight=False)


def plain_table(title: str, *columns: str) -> Table:
    """A table without a frame; the first column names its rows, the others hold numbers."""
    table = Table(
        title=escape(title), title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False
    )
    for place, name in enumerate(columns):
        table.add_column(name, justify="right" if place else "left", no_wrap=True)
    return table


def present(content: Mapping[str, Any], show: Callable[[Any], None], folder: Path, as_json: bool) -> None:
    """How a command ends: its warnings; its numbers as JSON, or as tables and where the report is.

    Args:
        content: The numbers, with `warnings`.
        show: Prints them as tables.
        folder: Where the report lies.
        as_json: Whether a machine reads the output.
    """
    show_warnings(content["warnings"])
    if as_json:
        typer.echo(json.dumps(content, ensure_ascii=False))
        return
    show(content)
    console().print(f"report: {folder / 'report.html'}", markup=False, soft_wrap=True)


def show_scan(scan: "Scan") -> None:
    """A table of the scores, one of the regions, and the verdict."""
    out = console()
    model, corpus = scan.model_facts, scan.corpus
    title = f"{model['label']} step {model['step']} · {corpus.name} · {corpus.n} sentences per language"
    table = Table(title=escape(title), title_justify="left")
    table.add_column("score")
    for name in ("value", "95 % interval", "null", "untrained"):
        table.add_column(name, justify="right", no_wrap=True)
    for name, score in (("LRDS ↓", scan.lrds), ("SADS ↑", scan.sads)):
        null = f"{score.null.low:.3f} … {score.null.high:.3f}" if score.null else "—"
        base = f"{score.baseline.value:.3f}" if score.baseline else "—"
        table.add_row(name, f"{score.value:.3f}", _interval(score.low, score.high, "{:.3f}"), null, base)
    size = scan.sklr
    chance = f"{size.null_low:.0f} … {size.null_high:.0f}"
    table.add_row("SKLR", f"{size.value}", _interval(size.low, size.high, "{:.0f}"), chance, "—")
    out.print(table)
    out.print("↓ lower: more language-agnostic   ↑ higher: more aligned by meaning   SKLR: neurons in all regions")
    out.print(_region_table(scan))
    if scan.regions.rule.note:
        out.print(scan.regions.rule.note, style="yellow", markup=False)
    for sentence in scan.summary()["verdict"]:
        out.print(sentence, markup=False)


def _interval(low: float | None, high: float | None, style: str) -> str:
    return "—" if low is None or high is None else f"[{style.format(low)}, {style.format(high)}]".replace("[", r"\[")


def _region_table(scan: "Scan") -> Table:
    table = Table(title=f"Regions ({scan.regions.rule})", title_justify="left")
    table.add_column("language", no_wrap=True)
    for name in ("neurons", "share", "95 % interval", "by chance"):
        table.add_column(name, justify="right", no_wrap=True)
    neurons = sum(scan.regions.neurons)
    for code in scan.corpus.languages:
        size = scan.regions.sizes[code]
        table.add_row(
            f"{languages.name(code)} ({code})",
            f"{size.value}",
            f"{size.value / neurons:.1%}",
            _interval(size.low, size.high, "{:.0f}"),
            f"{size.null_mean:.0f} ± {size.null_sd:.0f}",
        )
    return table


def show_warnings(warnings: Iterable[Mapping[str, Any]]) -> None:
    """What a command noticed, on stderr: `kind` and `message` of each, as the JSON files hold them."""
    err = console(stderr=True)
    for warning in warnings:
        err.print("[yellow]warning[/] ", end="")
        err.print(f"{warning['kind']}: {warning['message']}", markup=False, soft_wrap=True)


def show_plan(plan: "Plan", as_json: bool = False) -> None:
    """What a scan would cost."""
    rows = {"sentences": f"{plan.sentences:,}"}
    rows |= {f"tokens, {code}": f"{count:,}" for code, count in plan.tokens.items()}
    rows["padded tokens in batches"] = f"{plan.padded_tokens:,} in {plan.batches:,}"
    rows["model weights"] = _bytes(plan.weight_bytes)
    rows["sentence vectors"] = _bytes(plan.vector_bytes)
    rows["forward pass, estimated"] = _duration(plan.seconds)
    _show_dry_run(plan, rows, as_json)


def show_forecast(forecast: "Forecast", as_json: bool = False) -> None:
    """What an ablation would cost."""
    rows = {"conditions": f"{forecast.conditions:,}", "languages": f"{forecast.languages:,}"}
    rows["segments per condition"] = f"{forecast.segments:,}"
    rows |= {f"scored tokens, {code}": f"{count:,}" for code, count in forecast.tokens.items()}
    rows["one condition, estimated"] = _duration(forecast.seconds_per_condition)
    rows["all conditions, estimated"] = _duration(forecast.seconds)
    _show_dry_run(forecast, rows, as_json)


def show_series_plan(plan: "SeriesPlan", as_json: bool = False) -> None:
    """What a track would load, keep on disk and take."""
    if not as_json:
        table = Table(title=escape(f"{plan.name}: {len(plan.points)} points"), title_justify="left")
        table.add_column("point")
        for name in ("where", "weights", "to download"):
            table.add_column(name, justify="right", no_wrap=True)
        for point in plan.points:
            sizes = (point.weight_bytes, point.download_bytes)
            table.add_row(escape(point.key), point.note or point.place, *map(_size, sizes))
        console().print(table)
    rows = {"weights loaded": _bytes(plan.weight_bytes), "disk": _bytes(plan.disk_bytes)}
    rows["disk at once with --evict"] = _bytes(plan.disk_bytes_evicting)
    if plan.unknown:
        rows["points of unknown size, not counted"] = f"{plan.unknown}"
    rows["all scans, estimated"] = "—" if plan.seconds is None else _duration(plan.seconds)
    _show_dry_run(plan, rows, as_json)


def _size(count: int | None) -> str:
    return "—" if count is None else _bytes(count)


def _show_dry_run(found: Any, rows: dict[str, str], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False))
        return
    table = Table(title="Dry run: nothing is measured or written", title_justify="left")
    table.add_column("")
    table.add_column("", justify="right")
    for name, value in rows.items():
        table.add_row(name, value)
    console().print(table)


def _bytes(count: int) -> str:
    return f"{count / 2**30:.2f} GiB" if count >= 2**30 else f"{count / 2**20:.1f} MiB"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return (
        f"{minutes // 60} h {minutes % 60} min"
        if minutes >= 60
        else f"{minutes} min {rest} s"
        if minutes
        else f"{seconds:.1f} s"
    )
