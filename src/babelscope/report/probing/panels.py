"""The sections of an overlap's page: verdict, pairs, layers, training, neurons, sizes, warnings, method, citation."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from babelscope.report.content_page import ContentPanel, warnings_facts
from babelscope.report.drawing import Drawing
from babelscope.report.figures.probing_layers import overlap_layers
from babelscope.report.figures.probing_neurons import shared_neurons
from babelscope.report.figures.probing_overlap import overlap_maps
from babelscope.report.figures.probing_readings import SITES, headline_k, runs_of
from babelscope.report.figures.probing_training import overlap_training, step_words
from babelscope.report.naming import language_name
from babelscope.report.numbers import count, join, plural
from babelscope.report.panels.panel import Facts
from babelscope.report.panels.probing_method import OF_OVERLAP
from babelscope.report.panels.probing_tables import sizes_table
from babelscope.report.panels.repeat import repeated
from babelscope.report.series.probing import change_table

__all__ = ["OVERLAP_PANELS"]

_MOST_MAPS = 12
Groups = list[dict[str, Any]]


def _last_runs(content: dict[str, Any]) -> dict[str, Groups]:
    """The groups of each model's last step, by what the model and site are called in a figure's name."""
    last: dict[tuple[str, str], Groups] = {}
    for (model, _, site), groups in runs_of(content).items():
        last[model, site] = groups
    several = len(last) > 1
    return {_slug(f"{model}-{site}") if several else "": groups for (model, site), groups in last.items()}


def _slug(text: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in text.rsplit("/", 1)[-1].lower())


def _named(drawing: Drawing, slug: str, groups: Groups) -> Drawing:
    """The drawing of one of several models: its name and its title say which."""
    if not slug:
        return drawing
    model = groups[0]["model"].rsplit("/", 1)[-1]
    return replace(drawing, name=f"{drawing.name}-{slug}", title=f"{model}: {drawing.title}")


def _ends(content: dict[str, Any]) -> list[str]:
    """Which steps the figures of a single checkpoint are of, where there are several."""
    runs = runs_of(content)
    if len(runs) == len(_last_runs(content)):
        return []
    said = [
        f"{groups[0]['model'].rsplit('/', 1)[-1]} {step_words(groups[0]['step'])}"
        for groups in _last_runs(content).values()
    ]
    return [f"Drawn for the last checkpoint: {join(said)}; overlap.csv and overlap.json have all."]


def verdict_facts(content: dict[str, Any]) -> Facts:
    """The generated sentences, and the languages with their colours."""
    return {
        "sentences": list(content.get("verdict") or []) or ["No verdict was stored with this overlap."],
        "tiles": [],
        "languages": [(code, language_name(content, code)) for code in content["languages"]],
        "note": _apart(content),
        "figures": [],
    }


def _apart(content: dict[str, Any]) -> str:
    names = [language_name(content, code) for code in content.get("unseen") or []]
    return f"Never pre-trained on, and in no mean: {join(names)}." if names else ""


def pairs_facts(content: dict[str, Any]) -> Facts:
    """Maps of pairs at each model's last step."""
    k = headline_k(content)
    drawn = [
        _named(drawing, slug, groups)
        for slug, groups in _last_runs(content).items()
        for drawing in overlap_maps(content, groups, k)
    ]
    if not drawn:
        return {"figures": [], "reason": "No attribute was probed in two languages, so that nothing can overlap."}
    notes = _ends(content)
    if any(len(groups) > 2 for groups in _last_runs(content).values()):
        notes.append("Of more than two layers, the one of the largest mean overlap is drawn.")
    if len(drawn) > _MOST_MAPS:
        notes.append(f"{plural(len(drawn) - _MOST_MAPS, 'more map')} would fit; overlap.csv has every pair.")
    return {"figures": drawn[:_MOST_MAPS], "notes": notes}


def layers_facts(content: dict[str, Any]) -> Facts:
    """Overlap by layer at each model's last step."""
    k = headline_k(content)
    found = [
        (slug, groups, overlap_layers(groups, k, content["attributes"]))
        for slug, groups in _last_runs(content).items()
    ]
    drawn = [_named(drawing, slug, groups) for slug, groups, drawing in found if drawing is not None]
    if not drawn:
        return {"figures": [], "reason": "No attribute was probed in two languages, so that nothing can overlap."}
    return {"figures": drawn, "notes": _ends(content)}


def training_facts(content: dict[str, Any]) -> Facts:
    """Curves over steps, a figure per model."""
    training = list(content.get("training") or [])
    figures = overlap_training(training, headline_k(content))
    if not figures:
        return {"figures": [], "reason": "The table has no model at several steps whose languages can be compared."}
    table = change_table(training)
    return {"figures": figures, "tables": [table] if table else []}


def neurons_facts(content: dict[str, Any]) -> Facts:
    """The neurons in the most selections, at each model's last step, in the layers of the maps."""
    drawn = []
    for slug, groups in _last_runs(content).items():
        mapped = {row[3] for drawing in overlap_maps(content, groups, headline_k(content)) for row in drawing.rows}
        found = [shared_neurons(content, group) for group in groups if group["layer"] in mapped]
        drawn += [_named(drawing, slug, groups) for drawing in found if drawing is not None]
    if not drawn:
        return {"figures": [], "reason": "No neuron was counted over several selections."}
    return {"figures": drawn, "notes": _ends(content)}


def sizes_facts(content: dict[str, Any]) -> Facts:
    """The macro averages in a table."""
    table = sizes_table(content)
    if table is None:
        return {"figures": [], "reason": "No attribute was probed in two languages, so that nothing can overlap."}
    return {"figures": [], "tables": [table]}


def method_facts(content: dict[str, Any]) -> Facts:
    """Definitions, and everything the numbers depend on."""
    signature = content.get("signature") or {}
    tables = [
        ("Measured", _measured(content)),
        ("Signature", dict(signature.get("fields") or {})),
        ("Versions", dict(content.get("versions") or {})),
    ]
    return {
        "figures": [],
        "definitions": list(OF_OVERLAP),
        "tables": [(name, list(rows.items())) for name, rows in tables if rows],
    }


def _measured(content: Mapping[str, Any]) -> dict[str, str]:
    groups = content["groups"]
    models = dict.fromkeys(group["model"] for group in groups)
    wide = {group["model"]: count(group["neurons"]) for group in groups}
    rows = {
        "selections": content.get("source"),
        "probes": content.get("probe"),
        "models": ", ".join(f"{model} ({wide[model]} neurons)" for model in models),
        "steps": ", ".join(dict.fromkeys(str(group["step"]) for group in groups)),
        "sites": ", ".join(SITES.get(site, site) for site in dict.fromkeys(g.get("site") or "" for g in groups)),
        "layers": ", ".join(map(str, sorted({group["layer"] for group in groups}))),
        "seeds of probes": ", ".join(map(str, sorted({group.get("seeds", 1) for group in groups}))),
        "languages": ", ".join(content["languages"]),
        "attributes": ", ".join(content["attributes"]),
        "sizes of selections": ", ".join(map(str, content["ks"])),
        "redrawn languages": f"{count(content['draws'])} draws" if content.get("draws") else None,
        "seed": content.get("seed"),
    }
    return {name: str(value) for name, value in rows.items() if value not in (None, "")}


def repeat_facts(content: dict[str, Any]) -> Facts:
    """The command, the signature, and what to cite."""
    return repeated({"overlap": content}, WANG)


WANG = """@inproceedings{wang2024probing,
  title     = {Probing the Emergence of Cross-lingual Alignment during LLM Training},
  author    = {Wang, Hetong and Minervini, Pasquale and Ponti, Edoardo M.},
  booktitle = {Findings of the Association for Computational Linguistics: ACL 2024},
  year      = {2024},
  eprint    = {2406.13229},
  archivePrefix = {arXiv}
}"""

OVERLAP_PANELS: tuple[ContentPanel, ...] = (
    ContentPanel("verdict", "Verdict", verdict_facts),
    ContentPanel("layers", "By layer", layers_facts),
    ContentPanel("training", "Over training", training_facts),
    ContentPanel("overlap", "By language pair", pairs_facts),
    ContentPanel("neurons", "Shared neurons", neurons_facts),
    ContentPanel("sizes", "Every size of selection", sizes_facts),
    ContentPanel("warnings", "Warnings", warnings_facts),
    ContentPanel("method", "How this was measured", method_facts),
    ContentPanel("repeat", "How to repeat and cite", repeat_facts),
)
