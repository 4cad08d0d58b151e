"""A track in, text for a terminal out."""

from collections.abc import Mapping
from typing import Any

from rich.markup import escape
from rich.table import Table

from babelscope.cli.show import console

__all__ = ["show_track"]


def show_track(content: Mapping[str, Any]) -> None:
    """One row per point, what became of the others, the trends of the whole model, and the verdict."""
    out = console()
    out.print(_points(content))
    out.print("↓ lower: more language-agnostic   ↑ higher: more aligned by meaning   loss: nats per byte")
    out.print("±: half of the 95 % interval; of what chance gives, one standard deviation")
    trends = [trend for trend in content["trends"] if trend["language"] == "all" and trend["layer"] == "all"]
    if trends:
        out.print(_trends(trends))
    for sentence in content["verdict"]:
        out.print(sentence, markup=False)


def _points(content: Mapping[str, Any]) -> Table:
    scale = content["order"] == "scale"
    title = f"{content['name']} · {content['corpus']['name']} · {content['sentences']} sentences per language"
    table = Table(title=escape(title), title_justify="left")
    table.add_column("model" if scale else "step", justify="left" if scale else "right", no_wrap=True)
    for name in ("LRDS ↓", "SADS ↑", "SKLR", "by chance", "loss ↓"):
        table.add_column(name, justify="right", no_wrap=True)
    remarks = [_remark(point) for point in content["points"]]
    if any(remarks):
        table.add_column("")
    for point, remark in zip(content["points"], remarks, strict=True):
        name = escape(str(point["model"] if scale else point["step"]))
        if point["status"] == "failed":
            table.add_row(name, *["—"] * 5, escape(remark))
            continue
        sizes, loss = point["sklr"], point["loss_mean"]
        table.add_row(
            name,
            _score(point["lrds"]),
            _score(point["sads"]),
            f"{sizes['value']:,}",
            f"{sizes['null_mean']:,.0f} ± {sizes['null_sd']:,.0f}",
            _score(loss),
            *([escape(remark)] if any(remarks) else []),
        )
    return table


def _remark(point: Mapping[str, Any]) -> str:
    """What hygiene says of a point, and where an untrained one comes from."""
    if point["status"] == "failed":
        return f"failed: {point['error']}"
    notes = [flag["kind"] for flag in point["flags"]]
    notes += ["made here"] if point["made"] else []
    return ", ".join([*notes, "a stage failed"] if point["error"] else notes)


def _score(score: Mapping[str, Any]) -> str:
    if score["low"] is None:
        return f"{score['value']:.3f}"
    return f"{score['value']:.3f} ± {(score['high'] - score['low']) / 2:.3f}"


def _trends(trends: list[Mapping[str, Any]]) -> Table:
    table = Table(title=f"Trends over clean trained points; slope per {trends[0]['per']}", title_justify="left")
    for name in ("score", "direction"):
        table.add_column(name, no_wrap=True)
    for name in ("tau", "p", "slope", "first to last"):
        table.add_column(name, justify="right")
    for trend in trends:
        table.add_row(
            trend["metric"],
            trend["direction"],
            _number(trend["tau"], ".2f"),
            _number(trend["p"], ".2g"),
            _number(trend["slope"], ".3g"),
            _change(trend["change"]),
        )
    return table


def _number(value: float | None, style: str) -> str:
    return "—" if value is None else format(value, style)


def _change(change: Mapping[str, Any] | None) -> str:
    if not change or change["value"] is None:
        return "—"
    if change["low"] is None:
        return f"{change['value']:+.3g}"
    return f"{change['value']:+.3g} [{change['low']:+.3g}, {change['high']:+.3g}]".replace("[", r"\[")
