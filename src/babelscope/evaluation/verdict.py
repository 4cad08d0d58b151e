"""The numbers of an ablation in, one or two sentences out, which can say no."""

from typing import Any

from babelscope import languages as tongues
from babelscope.report.numbers import interval, join, p_value, significant

__all__ = ["verdict"]

_ALPHA = 0.05


def verdict(content: dict[str, Any]) -> list[str]:
    """What the numbers of ablation.json say about the regions.

    Args:
        content: With `selectivity`, `relabelling`, `region` and `random_mean`.
    """
    found = content["selectivity"]
    if found is None:
        return [_why_none(content)]
    overall = found["overall"]
    number = f"{interval(overall)} nats per token"
    p = f", {p_value(overall['p'])} by relabelling regions" if overall["p"] is not None else ""
    beyond = overall["low"] is not None and overall["low"] > 0
    matched = overall["p"] is not None and overall["p"] <= _ALPHA
    if beyond and matched:
        said = "Regions are selective: off, they cost their own language more than the others, beyond random neurons"
    elif overall["high"] is not None and overall["high"] < 0:
        said = "Regions cost the other languages more than their own, against matched random neurons"
    elif matched:
        said = "Each region fits its language better than another's, but not clearly beyond matched random neurons"
    else:
        said = "Regions are not shown to be selective beyond matched random neurons"
    first = f"{said} ({number}{p})."
    return [first, *_by_language(found["by_language"]), *_out_of_reach(content)]


def _out_of_reach(content: dict[str, Any]) -> list[str]:
    """Says so where no p could have been small: three regions can be relabelled in six ways."""
    test, regions = content["relabelling"], len(content["selectivity"]["by_language"])
    if content["selectivity"]["overall"]["p"] is None or test["floor"] <= _ALPHA:
        return []
    return [
        f"With {regions} regions p is {significant(test['floor'])} at the least, so relabelling can show nothing."
    ]


def _why_none(content: dict[str, Any]) -> str:
    if len(content["languages"]) < 2:
        return "Selectivity compares languages, and one was evaluated; it was not computed."
    return "Selectivity was not computed: it is read against matched random neurons, and there were no controls."


def _by_language(by_language: dict[str, Any]) -> list[str]:
    clear = [code for code, one in by_language.items() if one["low"] is not None and one["low"] > 0]
    reverse = [code for code, one in by_language.items() if one["high"] is not None and one["high"] < 0]
    if not clear and not reverse:
        return ["For no single language does the interval exclude 0."]
    said = []
    if clear:
        said.append(f"Its interval lies above 0 for {_names(clear)} ({len(clear)} of {len(by_language)}).")
    if reverse:
        said.append(f"It lies below 0 for {_names(reverse)}: other languages lose more.")
    return said


def _names(codes: list[str]) -> str:
    return join([tongues.name(code) for code in codes])
