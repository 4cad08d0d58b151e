"""What pages take from the code: options of commands, tables of choices, the API; so that neither can drift.

A line `<!-- generated: NAME ARGUMENTS -->` in a page is replaced by what `GENERATORS[NAME]` returns.
"""

import csv
import html
import inspect
import re
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

__all__ = ["GENERATORS", "api", "command_tree", "fill", "on_page_markdown", "options", "spelled"]

_ROOT = Path(__file__).resolve().parents[1]
_MARK = re.compile(r"^<!-- generated: (\w+) ?(.*?) ?-->$", re.MULTILINE)


def command_tree() -> Any:
    """The command line as its parser sees it: commands by name, each with its parameters."""
    import typer

    from babelscope.cli import COMMANDS

    app = typer.Typer()
    for name, command in COMMANDS.items():
        app.command(name)(command)
    return typer.main.get_command(app)


def options(command: str) -> str:
    """Two tables: arguments and options of a command, and those of loading a model, folded away."""
    from babelscope.cli import model_options

    shared = {parameter.name for parameter in model_options._LOADING}
    found = [p for p in command_tree().commands[command].params if p.name != "help"]
    own = _option_table([p for p in found if p.name not in shared])
    loading = [p for p in found if p.name in shared]
    if not loading:
        return own
    folded = "\n".join(f"    {row}" for row in _option_table(loading).splitlines())
    return f'{own}\n\n??? note "Options of loading a model"\n\n{folded}'


def _option_table(parameters: list[Any]) -> str:
    rows = ["| option | default | what it does |", "|---|---|---|"]
    for parameter in parameters:
        rows.append(
            f"| {spelled(parameter)} | {_default(parameter)} | {_cell(getattr(parameter, 'help', '') or '')} |"
        )
    return "\n".join(rows)


def spelled(parameter: Any) -> str:
    """A parameter's names, as the first column of a table of options."""
    if parameter.param_type_name == "argument":
        return f"`{parameter.metavar or (parameter.name or '').upper()}`"
    return "<br>".join(f"`{name}`" for name in [*parameter.opts, *parameter.secondary_opts])


def _default(parameter: Any) -> str:
    value = parameter.default
    if parameter.required:
        return "required"
    if isinstance(value, bool):
        return "on" if value else "off"
    return "" if value is None or callable(value) or value == [] else f"`{value}`"


def _cell(text: str) -> str:
    return html.escape(" ".join(text.split()), quote=False).replace("|", "\\|").replace("*", "\\*")


def api(names: str) -> str:
    """Reference of public names of the package, each under the module that defines it."""
    import babelscope

    return "\n\n".join(f"::: {_home(getattr(babelscope, name))}.{name}" for name in names.split())


def _home(thing: Any) -> str:
    if hasattr(thing, "__qualname__"):
        return str(inspect.unwrap(thing).__module__)
    raise TypeError(f"{thing!r} is neither a class nor a function; describe it in words")


def architectures(_: str = "") -> str:
    """One line per model family: where its neurons are and what it was tried on."""
    from babelscope.models import ARCHITECTURES

    rows = ["| family | neurons: input of | gated | special tokens | tried on |", "|---|---|---|---|---|"]
    for row in ARCHITECTURES.values():
        site = f"`{row.layers}.*.{row.output_projection}`"
        tried = "trained weights" if row.tried == "released" else "models built from its configuration"
        rows.append(
            f"| `{row.model_type}` | {site} | {'yes' if row.gated else 'no'} | {row.special_tokens} | {tried} |"
        )
    return "\n".join(rows)


def corpora(_: str = "") -> str:
    """One line per corpus that has a name."""
    from babelscope.corpus import describe_corpora

    rows = ["| `--corpus` | what it is | languages × sentences | licence | how to get it |", "|---|---|---|---|---|"]
    for row in describe_corpora():
        title = f"[{_cell(row['title'])}]({row['page']})" if row["page"] else _cell(row["title"])
        size = f"{len(row['languages'])} × {row['sentences'] or 'varies'}"
        rows.append(f"| `{row['name']}` | {title} | {size} | {_cell(row['licence'])} | {_cell(row['how'])} |")
    return "\n".join(rows)


def commands(_: str = "") -> str:
    """One line per command: what its help says first."""
    rows = ["| command | what it does |", "|---|---|"]
    for name, command in command_tree().commands.items():
        rows.append(f"| [`{name}`]({name}.md) | {_cell((command.help or '').split(chr(10) * 2)[0])} |")
    return "\n".join(rows)


def source(path: str) -> str:
    """A file of the package, whole."""
    text = (_ROOT / "src" / "babelscope" / path).read_text(encoding="utf-8").rstrip()
    return f'```{"python" if path.endswith(".py") else "html+jinja"} title="{path}"\n{text}\n```'


def order(_: str = "") -> str:
    """The order in which parts of the package may import each other."""
    tests = str(_ROOT / "tests")
    sys.path.insert(0, tests)
    try:
        return " → ".join(f"`{name}`" for name in import_module("test_layers").ORDER)
    finally:
        sys.path.remove(tests)


def correlations(table: str) -> str:
    """Recorded correlations, one line per model and score: as published, and as each correction leaves them."""
    with (_ROOT / "docs" / "recorded" / table).open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["model"] != "all models"]
    found = [
        "| | checkpoints, as published | broken removed | checkpoint × language, as published | broken removed "
        "| within language | given NMI (headline) | headline p, corrected |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for model, y in dict.fromkeys((row["model"], row["y"]) for row in rows):
        own = [row for row in rows if (row["model"], row["y"]) == (model, y)]
        headline = next(row for row in own if row["role"] == "headline")
        cells = []
        for unit in ("checkpoint", "checkpoint_language"):
            plain = [row for row in own if row["unit"] == unit and row["method"] == "pearson"]
            cells.append(_bare(next(row for row in plain if row["role"] == "as published")))
            cells.append(_bare(next(row for row in plain if row["excluded"] == headline["excluded"])))
        within = next(r for r in own if r["method"] == "pearson_within" and r["excluded"] == headline["excluded"])
        cells += [_ranged(within), _ranged(headline), f"{float(headline['p_holm']):.2f}"]
        found.append(f"| {model}, {y} | {' | '.join(cells)} |")
    return "\n".join(found)


def _bare(row: dict[str, str]) -> str:
    return f"{float(row['r']):.2f} (n = {row['n']})".replace("-", "−")


def _ranged(row: dict[str, str]) -> str:
    return f"{float(row['r']):.2f} [{float(row['low']):.2f}, {float(row['high']):.2f}]".replace("-", "−")


GENERATORS: dict[str, Callable[[str], str]] = {
    "options": options,
    "api": api,
    "architectures": architectures,
    "corpora": corpora,
    "commands": commands,
    "order": order,
    "source": source,
    "correlations": correlations,
}


def fill(markdown: str) -> str:
    """A page with its marks replaced.

    Raises:
        KeyError: If a mark names no generator.
    """
    return _MARK.sub(lambda mark: GENERATORS[mark[1]](mark[2]), markdown)


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Called by mkdocs for every page."""
    return fill(markdown)
