"""A package's public names in, the function that imports each from its module when it is first used, out."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

__all__ = ["on_use"]


def on_use(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """The `__getattr__` of a package whose modules are slow to import: torch alone takes seconds.

    Args:
        package: Its name.
        homes: By public name, the module below it that has it. No name may be that of a module: once the module is
            imported, it would hide what bears its name.
    """
    assert not homes.keys() & set(homes.values()), f"{package}: hidden by modules of the same name"

    def attribute(name: str) -> Any:
        if name in homes:
            return getattr(import_module(f"{package}.{homes[name]}"), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return attribute
