"""`babelscope corpora`: what can be measured on, under which licence, and how to get it."""

import json

import typer

from babelscope.cli import options as o


def corpora(as_json: o.Json = False) -> None:
    """List the named corpora, and the kinds of files that can be read."""
    from rich.markup import escape
    from rich.table import Table

    from babelscope.cli.show import console
    from babelscope.corpus import describe_corpora

    rows = describe_corpora()
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    table = Table(title="Corpora that can be named", title_justify="left", show_lines=True)
    for heading in ("--corpus", "what it is, where it is", "languages x sentences", "licence", "how to get it"):
        table.add_column(heading, no_wrap=heading == "--corpus", overflow="fold")
    for row in rows:
        sentences = "varies" if row["sentences"] is None else f"{row['sentences']:,}"
        what = f"{row['title']}\n{row['page'] or row['location']}"
        size = f"{len(row['languages'])} x {sentences}"
        table.add_row(row["name"], escape(what), size, escape(row["licence"]), escape(row["how"]))
    out = console()
    out.print(table)
    out.print(
        "Also: a folder of <lang>.txt (line-aligned), <lang>.conllu (by sent_id) or CES <lang>.xml (by verse);",
        markup=False,
    )
    out.print(
        "a table .tsv .csv .jsonl .parquet with a column per language; any dataset hf:OWNER/NAME with --columns.",
        markup=False,
    )
