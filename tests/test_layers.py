"""Imports flow down one list: a module may import only what stands above it."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "babelscope"

ORDER = [
    "on_use",
    "timing",
    "errors",
    "languages",
    "storage",
    "provenance",
    "tables",
    "corpus",
    "treebanks",
    "models",
    "activations",
    "doctor",
    "scores",
    "regions",
    "interventions",
    "report",
    "run_folder",
    "scanning",
    "evaluation",
    "comparison",
    "retrieval",
    "probing",
    "transfer",
    "dynamics",
    "correlation",
    "series",
    "fetching",
    "engines",
    "tracking",
    "live",
    "cli",
]


def imported(path: Path) -> set[str]:
    """Top-level parts of babelscope a module imports when it is run (imports for type checkers do not count)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    guarded = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and getattr(block.test, "id", "") == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    names = set()
    for node in ast.walk(tree):
        if id(node) in guarded:
            continue
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("babelscope"):
            parts = node.module.split(".")
            names |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("babelscope.")}
    return names - {"__version__"}


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_flow_down(path):
    place = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    if place == "__init__":
        return
    allowed = ORDER[: ORDER.index(place) + 1]
    above = imported(path) - set(allowed)
    assert not above, f"{path.name} may import only from {allowed}, imports {sorted(above)}"
