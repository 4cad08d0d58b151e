"""The numbers of a transfer in, what they say out: sentences for a verdict, and what a reader should be wary of."""

from collections.abc import Mapping, Sequence
from typing import Any

from babelscope.languages import name
from babelscope.report.figures.transfer_readings import (
    beyond,
    chosen_results,
    headline_result,
    learned,
    method_words,
    metric_words,
    seed_words,
    source_name,
    targets,
    task_words,
)
from babelscope.report.numbers import count, interval, join, percent, significant

__all__ = ["findings", "noticed"]

Content = Mapping[str, Any]
FEW = 3
"""Languages that a sentence names one by one."""


def findings(content: Content) -> list[str]:
    """What was learned, what of it reaches which other language, and what fine-tuning adds to the frozen model."""
    result = headline_result(content)
    assert result is not None, "the headline is one of the results"
    said = [_own_words(content, result)]
    if not learned(content, result):
        said.append("So these scores say nothing about transfer.")
        return said
    if targets(content):
        said += [_reached(content, result), _gap_words(content, result)]
        said += [_compared(content, one) for one in content["differences"] if one["metric"] == content["metric"]]
    return said


def _own_words(content: Content, result: Content) -> str:
    own = result["languages"][content["source"]]
    metric = metric_words(result["metric"])
    examples = count(content["task"]["examples"]["train"])
    how = ", ".join(filter(None, (task_words(content), method_words(result), seed_words(result))))
    head = f"Trained on {examples} {source_name(content)} examples ({how})"
    level = significant(own["majority"])
    if not learned(content, result):
        return (
            f"{head}, the model learns nothing in {source_name(content)} itself: {metric} {interval(own)}, always "
            f"the commonest label {level}."
        )
    return (
        f"{head}, the model reaches {metric} {interval(own)} in {source_name(content)}; the commonest label {level}."
    )


def _reached(content: Content, result: Content) -> str:
    """In how many target languages the model is better than the commonest label, and where most and least."""
    cells = {code: result["languages"][code] for code in targets(content)}
    clear = [code for code, cell in cells.items() if beyond(cell)]
    metric = metric_words(result["metric"])
    mean = f"mean {metric} {interval(result['mean'])}, commonest label {significant(result['mean']['majority'])}"
    if len(cells) == 1:
        (code, cell), verb = next(iter(cells.items())), "reaches" if clear else "does not reach"
        return f"It {verb} {name(code)}: {metric} {interval(cell)}, commonest label {significant(cell['majority'])}."
    if not clear:
        return f"It reaches none of {len(cells)} other languages beyond the commonest label ({mean})."
    best, worst = (pick(cells, key=lambda code: cells[code]["value"]) for pick in (max, min))
    many = "all" if len(clear) == len(cells) else f"{len(clear)} of"
    missed = [name(code) for code in cells if code not in clear]
    out = f", not in {join(missed)}" if 0 < len(missed) <= FEW else ""
    return (
        f"Beyond the commonest label it works in {many} {len(cells)} other languages{out} ({mean}): best in "
        f"{name(best)}, {significant(cells[best]['value'])}, worst in {name(worst)}, "
        f"{significant(cells[worst]['value'])}."
    )


def _gap_words(content: Content, result: Content) -> str:
    """How much is lost on the way, and whether it differs from nothing."""
    gap, others = result["gap"], targets(content)
    several = len(others) > 1
    among = "The other languages" if several else name(others[0])
    if gap["low"] <= 0 <= gap["high"]:
        return f"{among} and {source_name(content)} do not differ clearly (gap {interval(gap)})."
    share = percent(result["ratio"]["value"], 2)
    verb = ("score" if several else "scores") + (" below" if gap["value"] > 0 else " above")
    lead = f"{among} {verb} {source_name(content)}"
    return f"{lead}{', on average' if several else ''}: gap {interval(gap)}, {share} of its score."


def _compared(content: Content, difference: Content) -> str:
    """The method that is spoken of against another, on the same sentences."""
    others = {result["method"]: result for result in chosen_results(content, difference["metric"])}
    other = others[difference["other"]]
    article = "a " if other["method"] == "linear" else ""
    mean = f"mean {metric_words(other['metric'])} {interval(other['mean'])}"
    rival = f"{article}{method_words(other)} ({mean})"
    one = method_words(others[difference["method"]])
    where = "the other languages" if len(targets(content)) > 1 else name(targets(content)[0])
    if difference["low"] <= 0 <= difference["high"]:
        return f"In {where}, {one} and {rival} do not differ clearly: difference {interval(difference)}."
    verb = "beats" if difference["value"] > 0 else "is worse than"
    return f"In {where}, {one} {verb} {rival}: difference {interval(difference)}."


def noticed(content: Content) -> list[dict[str, Any]]:
    """Warnings: nothing learned, labels that training never had, words no answer could be given for."""
    told = content["task"]["report"].get("warnings") or []
    found: list[dict[str, Any]] = [{"kind": "task data", "message": message} for message in told]
    flat = [
        f"{method_words(result)}: {metric_words(result['metric'])} {interval(result['languages'][content['source']])}"
        for result in chosen_results(content, content["metric"])
        if not learned(content, result)
    ]
    silent = _listed(_without_answer(content["runs"]))
    if silent:
        message = f"words that no token or context reaches count as wrong: {silent}"
        found.append({"kind": "words without an answer", "message": message})
    if flat:
        message = (
            f"{source_name(content)} itself is not told beyond its commonest label ({'; '.join(flat)}): nothing was "
            "learned, so nothing can transfer"
        )
        found.append({"kind": "nothing learned", "message": message, "count": len(flat)})
    return [{"count": 1, "examples": [], **warning} for warning in found]


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count(number)} in {name(code)}" for code, number in counts.items() if number)


def _without_answer(runs: Sequence[Content]) -> dict[str, int]:
    """By language, words that no token or context reached, the most of any run."""
    most: dict[str, int] = {}
    for run in runs:
        for code, number in (run["details"].get("untold") or run["details"].get("without_vector") or {}).items():
            most[code] = max(most.get(code, 0), number)
    return most
