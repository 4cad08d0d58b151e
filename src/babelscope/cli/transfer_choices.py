"""What a command line says of a transfer in, its task and its options out."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babelscope.cli import options as o
from babelscope.errors import BabelscopeError, unknown_choice

if TYPE_CHECKING:
    from babelscope.transfer import TransferOptions, TransferTask

__all__ = ["named_task", "transfer_options"]

_DATA = {"pos": "grammar", "nli": "xnli"}
"""Where the data of a task is, if it is not said."""
_RECIPES = ("default", "w24")


def named_task(
    task: str, data: str | None, source: str, targets: str | None, seed: int, limit: Mapping[str, int],
    columns: str | None,
) -> "TransferTask":  # fmt: skip
    """Reads the task: one with a name, or a table, which is called what its file is.

    Raises:
        BabelscopeError: If there is neither data of this name nor a table.
    """
    from babelscope.transfer import load_task

    table = data is None and task not in _DATA
    if table and not task.startswith("hf:") and not Path(task).expanduser().exists():
        raise BabelscopeError(
            f"{unknown_choice('task', task, _DATA)}; or give a table (.csv, .tsv, .jsonl, .parquet, hf:OWNER/NAME) "
            "with columns language, text and label"
        )
    name = Path(task.split(":")[-1]).stem if table else task
    return load_task(
        name,
        data or (task if table else _DATA[task]),
        source=source,
        targets=None if targets is None else o.names(targets),
        seed=seed,
        limit=limit or None,
        columns=o.mapping(columns, "WHAT", "role", "text=sentence,label=class"),
    )


def transfer_options(recipe: str, kind: str, given: Mapping[str, Any]) -> "TransferOptions":
    """The options that were given, and the recipe's for the rest; checks that each method can be used here.

    Args:
        recipe: Whose choices are the defaults.
        kind: Whether words or texts are labelled.
        given: By name; None where the option was not given.
    """
    from babelscope.transfer import TransferOptions, check_methods

    if recipe not in _RECIPES:
        raise BabelscopeError(unknown_choice("recipe", recipe, _RECIPES))
    chosen = {name: value for name, value in given.items() if value is not None}
    options = TransferOptions.w24(kind, **chosen) if recipe == "w24" else TransferOptions(**chosen)  # type: ignore[arg-type]
    check_methods(options.methods)
    return options
