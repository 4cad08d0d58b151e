"""A command that fails in, one line on stderr and an exit code out."""

import os
import sys
from collections.abc import Callable
from typing import Any

import typer

from babelscope.errors import BabelscopeError

__all__ = ["run_guarded"]

# Typer exports the subclass only, and has taken the base from click or from its own copy of it by version.
_UsageError: Any = typer.BadParameter.__base__

USER_ERROR, INTERRUPTED = 2, 130


def run_guarded(command: Callable[[], object]) -> int:
    """Runs a command; what the user can mend becomes one line and exit code 2, Ctrl-C exit code 130.

    Anything else is our mistake and keeps its traceback.
    """
    try:
        result = command()
        # Typer turns Ctrl-C into a silent exit code by version.
        return _interrupted() if result == INTERRUPTED else result if isinstance(result, int) else 0
    except BabelscopeError as error:
        return _fail(str(error), USER_ERROR)
    except typer.Exit as stop:
        return _interrupted() if stop.exit_code == INTERRUPTED else stop.exit_code
    except _UsageError as error:
        return _fail(f"{error.format_message()} Try --help.", USER_ERROR)
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted()
    except BrokenPipeError:
        # The reader of our output went away (`| head`): not an error, but nothing more can be written.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _interrupted() -> int:
    return _fail("interrupted; run the same command again", INTERRUPTED)


def _fail(message: str, code: int) -> int:
    line = " ".join(message.split())
    sys.stderr.write(f"babelscope: {line}\n")
    return code
