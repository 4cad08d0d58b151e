"""`babelscope doctor`: can this model be measured, and are the numbers safe?"""

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from babelscope.cli import options as o
from babelscope.cli.model_options import takes_model

if TYPE_CHECKING:
    from babelscope.models import ModelRef


@takes_model
def doctor(
    ref: "ModelRef",
    corpus: o.Corpus = "mini",
    langs: o.Langs = None,
    n: o.Number = None,
    as_json: o.Json = False,
) -> int:
    """Check that MODEL can be measured and that its numbers are safe; exit code 1 if a check fails."""
    from rich.markup import escape
    from rich.table import Table

    from babelscope.cli.show import console
    from babelscope.doctor import examine

    text = o.read_corpus(corpus, langs, n)
    loaded = ref.load()
    report = examine(loaded, text)
    failed = any(check.verdict == "fail" for check in report.checks)
    if as_json:
        typer.echo(json.dumps(asdict(report), ensure_ascii=False))
        return int(failed)
    table = Table(title=escape(f"{loaded.name} @ {loaded.revision}"), title_justify="left")
    for heading in ("check", "verdict", "what was found"):
        table.add_column(heading)
    colours = {"ok": "green", "warn": "yellow", "fail": "red"}
    for check in report.checks:
        table.add_row(check.name, f"[{colours[check.verdict]}]{check.verdict}[/]", escape(check.detail))
    console().print(table)
    return int(failed)
