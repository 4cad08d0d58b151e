"""How many tokens each language costs: a language cut into more pieces is read less well."""

from babelscope.report.naming import language_name
from babelscope.report.numbers import DASH, count, ratio, significant
from babelscope.report.panels.panel import Facts, Material

__all__ = ["facts"]


def facts(material: Material) -> Facts:
    """A row per language, with its tokens against the cheapest language's for the same sentences."""
    summary = material.summary
    tokens = summary.get("tokens") or {}
    if not tokens:
        return {"figures": [], "reason": "Tokens were not counted in this run."}
    codes = [code for code in summary["languages"] if code in tokens]
    cheapest = min(tokens[code]["tokens"] for code in codes)
    rows = [
        {
            "code": code,
            "name": language_name(summary, code),
            "tokens": count(tokens[code]["tokens"]),
            "times": ratio(tokens[code]["tokens"] / cheapest) if cheapest else DASH,
            "per_word": significant(tokens[code].get("per_word")),
            "per_character": significant(tokens[code].get("per_character")),
        }
        for code in codes
    ]
    dear = max(codes, key=lambda code: tokens[code]["tokens"])
    cheap = min(codes, key=lambda code: tokens[code]["tokens"])
    times = tokens[dear]["tokens"] / cheapest if cheapest else 0.0
    even = f"All languages need nearly the same number of tokens (at most {ratio(times)} the fewest)"
    costly = (
        f"{language_name(summary, dear)} needs {ratio(times)} the tokens of {language_name(summary, cheap)} "
        "for the same sentences"
    )
    wordless = any(tokens[code].get("per_word") is None for code in codes)
    return {
        "figures": [],
        "title": even if times < 1.1 else costly,
        "rows": rows,
        "sentences": count(summary["sentences"]),
        "note": f"{DASH}: written without spaces between words, so words were not counted." if wordless else "",
    }
