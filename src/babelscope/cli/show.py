"""Results in, text for a terminal out."""

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from babelscope.activations import Plan
    from babelscope.scanning import Scan

__all__ = ["console", "show_plan", "show_scan", "show_warnings"]


def console(stderr: bool = False) -> Console:
    """A console that honours NO_COLOR and does not guess colours for numbers."""
    return Console(stderr=stderr, highlight=False)


def show_scan(scan: "Scan") -> None:
    """A table of the scores, one of the regions, and the verdict."""
    out = console()
    model, corpus = scan.model_facts, scan.corpus
    title = f"{model['label']} step {model['step']} · {corpus.name} · {corpus.n} sentences per language"
    table = Table(title=title, title_justify="left")
    for name in ("score", "value", "95 % interval", "null", "untrained", "reading"):
        table.add_column(name, justify="left" if name in ("score", "reading") else "right")
    for name, score, reading in (
        ("LRDS", scan.lrds, "lower: more language-agnostic"),
        ("SADS", scan.sads, "higher: more aligned by meaning"),
    ):
        null = f"{score.null.low:.3f} … {score.null.high:.3f}" if score.null else "—"
        base = f"{score.baseline.value:.3f}" if score.baseline else "—"
        table.add_row(name, f"{score.value:.3f}", _interval(score.low, score.high, "{:.3f}"), null, base, reading)
    size = scan.sklr
    interval = _interval(size.low, size.high, "{:.0f}")
    table.add_row(
        "SKLR", f"{size.value}", interval, f"{size.null_mean:.0f} ± {size.null_sd:.0f}", "—", "neurons in all regions"
    )
    out.print(table)
    out.print(_region_table(scan))
    if scan.regions.rule.note:
        out.print(f"[yellow]{scan.regions.rule.note}[/]")
    for sentence in scan.summary()["verdict"]:
        out.print(sentence)


def _interval(low: float | None, high: float | None, style: str) -> str:
    return "—" if low is None or high is None else f"[{style.format(low)}, {style.format(high)}]".replace("[", r"\[")


def _region_table(scan: "Scan") -> Table:
    table = Table(title=f"Regions ({scan.regions.rule}): neurons", title_justify="left")
    table.add_column("")
    for code in scan.corpus.languages:
        table.add_column(code, justify="right")
    sizes = [scan.regions.sizes[code] for code in scan.corpus.languages]
    neurons = sum(scan.regions.neurons)
    table.add_row("size", *(str(size.value) for size in sizes))
    table.add_row("share", *(f"{size.value / neurons:.1%}" for size in sizes))
    table.add_row("by chance", *(f"{size.null_mean:.0f} ± {size.null_sd:.0f}" for size in sizes))
    return table


def show_warnings(warnings: Any) -> None:
    """What the guard and the tokenizer noticed, on stderr."""
    err = console(stderr=True)
    for warning in warnings:
        err.print(f"[yellow]warning[/] {warning.kind}: ", end="")
        err.print(warning.message, markup=False)


def show_plan(plan: "Plan") -> None:
    """What a scan would cost."""
    out = console()
    table = Table(title="Dry run: nothing is measured or written", title_justify="left")
    table.add_column("")
    table.add_column("", justify="right")
    table.add_row("sentences", f"{plan.sentences:,}")
    for code, count in plan.tokens.items():
        table.add_row(f"tokens, {code}", f"{count:,}")
    table.add_row("padded tokens in batches", f"{plan.padded_tokens:,} in {plan.batches:,}")
    table.add_row("model weights", _bytes(plan.weight_bytes))
    table.add_row("sentence vectors", _bytes(plan.vector_bytes))
    table.add_row("forward pass, estimated", _duration(plan.seconds))
    out.print(table)


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
