"""A language code in, what a reader sees out."""

from typing import Any

__all__ = ["language_name", "short_name"]

_LONGEST = 20


def language_name(summary: dict[str, Any], code: str) -> str:
    """English name of a language, or its code where the summary does not say."""
    return ((summary.get("language_info") or {}).get(code) or {}).get("name") or code


def short_name(summary: dict[str, Any], code: str) -> str:
    """English name of a language for an axis, or its code where the name would not leave room for the data."""
    name = language_name(summary, code)
    return name if len(name) <= _LONGEST else code
