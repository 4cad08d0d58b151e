"""Dynamics: records of a series' points in, what rises, falls, turns, lives on and cannot be trusted out."""

from typing import TYPE_CHECKING

from babelscope.on_use import on_use

if TYPE_CHECKING:
    from babelscope.dynamics.content import track_content
    from babelscope.dynamics.rows import track_rows

__all__ = ["track_content", "track_rows"]

# On use: hygiene reads records and needs no torch.
__getattr__ = on_use(
    "babelscope.dynamics",
    {
        "track_content": "content",
        "track_rows": "rows",
    },
)
