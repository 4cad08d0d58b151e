"""What a model writes as it is, without each language's region, and without matched random neurons, side by side."""

from typing import Any

from babelscope import languages
from babelscope.errors import CorpusError
from babelscope.report.naming import language_name
from babelscope.report.numbers import DASH, THIN_SPACE, count, plural
from babelscope.report.panels.panel import Facts, Material
from babelscope.report.panels.similarity import shortened

__all__ = ["facts"]

_KINDS = {"none": "as it is", "region": "region deactivated", "random": "random control"}
_MOST_SAMPLES = 5
"""Prompts per language that the page shows; the file has them all."""
_LONGEST = 700
_MARK = "\ufffd"
_SAID_OFTEN = 3


def facts(material: Material) -> Facts:
    """The finding, measures by language and condition, and the texts; or which command makes them."""
    content = material.generation
    if content is None:
        fill = "babelscope generate MODEL --regions RUN fills this section"
        return {"figures": [], "reason": f"Nothing was generated in this run; {fill}."}
    finding, *rest = content["verdict"]
    return {
        "figures": [],
        "title": finding,
        "notes": rest,
        "subtitle": _subtitle(content),
        "tables": _tables(content),
        "languages": [_language(content, code) for code in content["languages"]],
        "caption": _caption(content),
        "warnings": [warning["message"] for warning in content["warnings"]],
        "signature": content["signature"]["short"],
    }


def _subtitle(content: dict[str, Any]) -> str:
    settings = content["settings"]
    drawn = f"sampled (temperature {settings['temperature']:g}, top-p {settings['top_p']:g}, seed {settings['seed']})"
    return (
        f"First halves of {plural(settings['n'], 'sentence')} per language of {content['prompts']['name']}, "
        f"continued by up to {plural(settings['tokens'], 'token')}, {drawn if settings['sample'] else 'greedy'}."
    )


def _caption(content: dict[str, Any]) -> str:
    identifier = content["signature"]["fields"].get("identifier") or "a language identifier"
    return (
        f"Language: the likeliest of all that {identifier} knows, of texts with at least 10 letters; a language of "
        "the same macrolanguage counts as the prompt's. Malformed: texts with bytes that are not UTF-8, shown as "
        f"{_MARK}. Repetition: share of runs of 4 tokens that occurred before (0: none). Script: share of letters in "
        "the language's script. Shares with Wilson intervals, means with t intervals, 95 %, over prompts; the "
        "control is a random set with as many neurons in every layer as the region has."
    )


def _tables(content: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """A row per condition, for all languages together, then language by language."""
    groups = content["aggregates"]
    each = [(code, language_name(content, code), groups["by_language"][code]) for code in content["languages"]]
    return [
        _rows(content, "", "all languages", groups["overall"]),
        [row for code, name, group in each for row in _rows(content, code, name, group)],
    ]


def _rows(content: dict[str, Any], code: str, name: str, group: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "code": code,
            "name": name if kind == "none" else "",
            "condition": words,
            "neurons": _neurons(content, code, kind),
            "own": _share(group[kind]["own_language"]),
            "languages": _said(content, group[kind]["languages"]),
            "malformed": _share(group[kind]["malformed"]),
            "repetition": _mean(group[kind]["repetition"]),
            "script": _mean(group[kind]["script"]),
        }
        for kind, words in _KINDS.items()
    ]


def _neurons(content: dict[str, Any], code: str, kind: str) -> str:
    found = content["deactivated"].get(code)
    return count(found["neurons"]) if found and kind != "none" else ""


def _share(share: dict[str, Any]) -> str:
    if not share["n"]:
        return f"{DASH} (none long enough)"
    return f"{count(share['count'])} of {count(share['n'])} {_bounds(share)}"


def _mean(mean: dict[str, Any]) -> str:
    return f"{_percent(mean['value'])} {_bounds(mean)}".rstrip()


def _bounds(score: dict[str, Any]) -> str:
    if score["low"] is None or score["high"] is None:
        return ""
    return f"[{100 * score['low']:.0f}, {_percent(score['high'])}]"


def _percent(share: float | None) -> str:
    """A share of a few texts, or of a short one: whole percents say all there is."""
    return DASH if share is None else f"{100 * share:.0f}{THIN_SPACE}%"


def _said(content: dict[str, Any], counts: dict[str, int]) -> str:
    often = list(counts.items())
    words = [f"{_named(content, code)} {count(times)}" for code, times in often[:_SAID_OFTEN]]
    more = sum(times for _, times in often[_SAID_OFTEN:])
    return ", ".join([*words, *([f"other {count(more)}"] if more else [])]) or DASH


def _named(content: dict[str, Any], code: str) -> str:
    """Name of any language the identifier may answer."""
    if code in (content.get("language_info") or {}):
        return language_name(content, code)
    try:
        return languages.name(code)
    except CorpusError:
        return "no language" if code == "zxx" else code


def _language(content: dict[str, Any], code: str) -> dict[str, Any]:
    samples = [sample for sample in content["samples"] if sample["language"] == code]
    shown = [
        {
            "prompt": _pieces(sample["prompt"]),
            "id": sample["id"],
            "written": [_written(content, sample[kind], words) for kind, words in _KINDS.items()],
        }
        for sample in samples[:_MOST_SAMPLES]
    ]
    left = len(samples) - len(shown)
    return {
        "code": code,
        "name": language_name(content, code),
        "samples": shown,
        "left": f"{plural(left, 'more prompt')} in generation.json" if left else "",
    }


def _written(content: dict[str, Any], one: dict[str, Any], words: str) -> dict[str, Any]:
    text = one["text"]
    return {
        "condition": words,
        "pieces": _pieces(shortened(text, _LONGEST)),
        "same": words != _KINDS["none"] and not one["changed"],
        "measures": _measures(content, one),
    }


def _measures(content: dict[str, Any], one: dict[str, Any]) -> str:
    found = one["measures"]
    said = ["too short to tell its language"]
    if found["language"] is not None:
        said = [f"{_named(content, found['language'])} ({_percent(found['probability'])})"]
    if found["malformed"]:
        said.append(f"{count(found['malformed'])} malformed")
    if found["repetition"] is not None:
        said.append(f"repetition {_percent(found['repetition'])}")
    if found["script"] is not None:
        said.append(f"script {_percent(found['script'])}")
    said.append(plural(found["tokens"], "token") + (", ended by the model" if one["ended"] else ""))
    return " · ".join(said)


def _pieces(text: str) -> list[tuple[str, bool]]:
    """Stretches of a text, each with whether it is malformed; control characters are made visible."""
    pieces: list[tuple[str, bool]] = []
    for character in text:
        bad = character == _MARK
        if ord(character) < 0x20 and character not in "\n\t":
            character = chr(0x2400 + ord(character))
        if pieces and pieces[-1][1] == bad:
            pieces[-1] = (pieces[-1][0] + character, bad)
        else:
            pieces.append((character, bad))
    return pieces
