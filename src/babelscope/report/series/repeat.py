"""The command that repeats the series, its signature, and what to cite."""

from babelscope.report.panels.panel import Facts
from babelscope.report.panels.repeat import METHOD, SOFTWARE
from babelscope.report.series.material import SeriesMaterial

__all__ = ["facts"]


def facts(material: SeriesMaterial) -> Facts:
    """Command, signature, two BibTeX entries."""
    content = material.content
    signature = content.get("signature") or {}
    short = signature.get("short") or ""
    version = (content.get("versions") or {}).get("babelscope", "")
    return {
        "figures": [],
        "commands": [content["command"]] if content.get("command") else [],
        "signatures": [("series", short, signature.get("long") or short)] if short else [],
        "method": METHOD,
        "software": SOFTWARE.format(version=version, signature=short or "none"),
        "also": [],
    }
