"""A probing that never ran: what probing.json and overlap.json would hold, from planted information and overlap."""

import math
from collections.abc import Sequence
from typing import Any

from report.fake_series import STEPS, fake_track
from report.fake_summary import LANGUAGES

ATTRIBUTES = ("POS", "Number", "Gender")
HAVING = {
    "POS": tuple(LANGUAGES),
    "Number": ("ar", "en", "hi", "es", "fr", "pt"),
    "Gender": ("ar", "hi", "es", "fr", "pt"),
}
"""Which languages have the attribute; any other attribute is in all."""
KS = (10, 25, 50)
D = 192
KIN = ("es", "fr", "pt")


def having(attribute: str, codes: Sequence[str]) -> list[str]:
    """The languages among these that have the attribute; those beyond the nine have everything."""
    return [code for code in codes if code not in LANGUAGES or code in HAVING.get(attribute, codes)]


def fake_probing(
    codes: Sequence[str] = tuple(LANGUAGES), attributes: Sequence[str] = ATTRIBUTES,
    layers: Sequence[int] = (3, 6), *, unseen: Sequence[str] = (), control: bool = True, overlap: bool = True,
) -> dict[str, Any]:  # fmt: skip
    """What a probing would store.

    Args:
        codes: Languages.
        attributes: Of words.
        layers: That were probed.
        unseen: Languages the model was never pre-trained on, apart from `codes`.
        control: Whether probes of shuffled labels were trained.
        overlap: Whether overlaps were counted.
    """
    everyone = [*codes, *unseen]
    cells = [
        _cell(code, attribute, layer, i + 3 * j, control)
        for attribute in attributes
        for i, code in enumerate(having(attribute, everyone))
        for j, layer in enumerate(layers)
    ]
    return {
        "model": "tiny/bloom", "step": "3500", "site": "hidden", "layers": list(layers), "languages": list(codes),
        "unseen": list(unseen),
        "language_info": {code: {"name": LANGUAGES.get(code, ("German",))[0]} for code in everyone},
        "attributes": list(attributes), "probe": "linear/uniform_size", "seeds": 3,
        "neurons": {str(layer): D for layer in layers}, "ks": list(KS), "k": KS[-1],
        "treebanks": {code: {"name": "PUD", "hash": f"{i:016x}", "source": "fake", "licence": "CC BY-SA 3.0",
                             "sentences": 1000, "words": 21000 + i} for i, code in enumerate(everyone)},
        "cells": cells,
        "infeasible": [
            {"language": code, "attribute": attribute, "reason": "attribute absent"}
            for attribute in attributes for code in everyone if code not in having(attribute, everyone)
        ],
        "incomparable": [],
        "overlap": fake_overlap(codes, attributes, layers, unseen=unseen) if overlap else None,
        "verdict": ["10 neurons of layer 3 tell Number in 6 of 6 languages (NMI 0.41).", "<b>second</b>"],
        "warnings": [{"kind": "few words", "message": "Hindi has few words for Gender"}],
        "signature": {"short": "bs0.1|probe|tiny", "long": "babelscope 0.1.0, probe tiny", "fields": {"seed": "0"}},
        "command": "babelscope probe tiny --treebanks PUD", "versions": {"babelscope": "0.1.0"},
        "timings": {"training": 12.5},
    }  # fmt: skip


def information(rank: int, strength: float) -> float:
    """Planted NMI of the first neurons: quickly up, then flat."""
    return strength * (1 - math.exp(-rank / 8)) - 0.04 * math.exp(-rank / 2)


def _cell(code: str, attribute: str, layer: int, place: int, control: bool) -> dict[str, Any]:
    strength = 0.35 + 0.05 * (place * 7 % 9)
    curve = [
        {"rank": rank, "mi_bits": 2.1 * information(rank, strength), "nmi": information(rank, strength),
         "nmi_calibrated": information(rank, strength) + 0.02, "accuracy": 0.5 + 0.4 * information(rank, strength),
         "control_nmi": -0.012 + 0.0002 * rank if control else None}
        for rank in range(1, 51)
    ]  # fmt: skip

    def around(value: float, half: float) -> dict[str, float]:
        return {"value": value, "low": value - half, "high": value + half}

    return {
        "language": code, "attribute": attribute, "layer": layer,
        "values": ["PL", "SG"] if attribute == "Number" else ["ADJ", "ADP", "N", "V"],
        "n": {"train": 4000 + 211 * place, "dev": 500 + 20 * place, "test": 510 + 31 * place},
        "lemmas": {"train": 1100, "dev": 140, "test": 138}, "entropy_bits": 2.1, "majority": 0.5, "seeds": 3,
        "nmi": {str(k): around(information(k, strength), 0.04) for k in KS},
        "nmi_all": around(strength + 0.08, 0.05),
        "nmi_calibrated": {str(k): {"value": information(k, strength) + 0.02} for k in KS},
        "accuracy": {str(k): {"value": 0.5 + 0.4 * information(k, strength)} for k in KS},
        "control": {"nmi": {str(k): -0.01 for k in KS}, "accuracy": {str(k): 0.5 for k in KS}} if control else None,
        "curve": curve,
    }  # fmt: skip


def fake_overlap(
    codes: Sequence[str] = tuple(LANGUAGES), attributes: Sequence[str] = ATTRIBUTES,
    layers: Sequence[int] = (3, 6), *, steps: Sequence[str] = ("3500",), models: Sequence[str] = ("tiny/bloom",),
    unseen: Sequence[str] = (), control: bool = True, ceiling: bool = True, broken: Sequence[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """What an overlap would store: kin share more than others, and more the further training is.

    Args:
        codes: Languages.
        attributes: Of words.
        layers: Probed.
        steps: Of training; several make curves.
        models: Each with all steps.
        unseen: Languages apart from `codes`.
        control: Whether probes of shuffled labels were trained.
        ceiling: Whether there are several seeds.
        broken: Steps at which nothing can be told and nothing is shared.
    """
    shares = {step: 0.3 + 0.7 * i / max(1, len(steps) - 1) for i, step in enumerate(steps)}
    shares |= dict.fromkeys(broken, 0.0)
    groups = [
        {"model": model, "step": step, "site": "hidden", "layer": layer, "neurons": D, "seeds": 3,
         "by_k": [_at_k(codes, attributes, k, shares[step] * (1 - 0.2 * j), unseen, control, ceiling) for k in KS],
         "neurons_shared": _shared(attributes, codes)}
        for model in models for step in steps for j, layer in enumerate(layers)
    ]  # fmt: skip
    return {
        "ks": list(KS), "k": KS[-1], "attributes": list(attributes),
        "languages": [*codes, *unseen], "unseen": list(unseen),
        "groups": groups, "training": _training(groups, models, layers, steps) if len(steps) > 1 else [],
        "verdict": ["Languages share more neurons of one attribute than of different ones."],
        "warnings": [{"kind": "one seed", "message": "no ceiling"}] if not ceiling else [],
    }  # fmt: skip


def _around(value: float, half: float) -> dict[str, float]:
    return {"value": value, "low": max(-1.0, value - half), "high": value + half}


def _at_k(
    codes: Sequence[str], attributes: Sequence[str], k: int, share: float, unseen: Sequence[str], control: bool,
    ceiling: bool,
) -> dict[str, Any]:  # fmt: skip
    chance = k / D
    pairs, rows = [], []
    for number, attribute in enumerate(attributes):
        known = having(attribute, codes)
        found = []
        for j, b in enumerate(known):
            for i, a in enumerate(known[:j]):
                beyond = 0.3 if a in KIN and b in KIN else 0.02 + 0.02 * ((i + j) % 4)
                overlap = min(1.0, chance + share * beyond)
                p = math.exp(-60 * share * beyond)
                found.append({
                    "attribute": attribute, "language_a": a, "language_b": b, "overlap": overlap, "p": p,
                    "p_holm": min(1.0, 8 * p), "significant": 8 * p <= 0.05, "excess": overlap - chance - 0.01,
                    "p_excess": 2 * p, "specific": 9 * p <= 0.05 and "es" in (a, b),
                })  # fmt: skip
        pairs += found
        mean = sum(pair["overlap"] for pair in found) / len(found) if found else chance
        rows.append({
            "attribute": attribute, "languages": known, "pairs": len(found), "overlap": _around(mean, 0.03),
            "rank_weighted": mean + 0.01, "excess": _around(mean - chance - 0.01, 0.02),
            "ceiling": _around(0.6 + 0.02 * number, 0.05) if ceiling else None,
            "control": chance + 0.01 if control else None,
            "significant": sum(pair["significant"] for pair in found), "nmi": 0.5 * share if share else -0.2,
            "uninformative": [] if share else list(known),
            "apart": [{"language": code, "overlap": chance + 0.05, "nmi": 0.2} for code in unseen],
        })  # fmt: skip
    mean = sum(row["overlap"]["value"] for row in rows) / len(rows)
    macro = {
        "overlap": _around(mean, 0.025), "excess": _around(mean - chance - 0.01, 0.015),
        "corrected": _around((mean - chance) / (1 - chance), 0.03), "without_uninformative": None,
        "ceiling": _around(0.62, 0.04) | {"n": 3 * len(codes)} if ceiling else None,
        "control": chance + 0.01 if control else None, "nmi": 0.5 * share if share else -0.2,
        "attributes": list(attributes), "pairs": len(pairs),
    }  # fmt: skip
    return {"k": k, "expected": chance, "macro": macro, "attributes": rows, "pairs": pairs}


def _shared(attributes: Sequence[str], codes: Sequence[str]) -> list[dict[str, Any]]:
    of = 3 * sum(len(having(attribute, codes)) for attribute in attributes)
    found = []
    for place, neuron in enumerate((17, 183, 95, 101, 4, 60, 33, 12)):
        by = {attribute: max(0, 3 * len(having(attribute, codes)) - (2 + i) * place)
              for i, attribute in enumerate(attributes)}  # fmt: skip
        count = sum(by.values())
        langs = {code: min(9, max(0, round(count / len(codes)) + (i % 3) - 1)) for i, code in enumerate(codes)}
        p = math.exp(-count / 4)
        found.append({"neuron": neuron, "count": count, "of": of, "attributes": by, "languages": langs, "p": p})
    return found


def _training(
    groups: list[dict[str, Any]], models: Sequence[str], layers: Sequence[int], steps: Sequence[str]
) -> list[dict[str, Any]]:
    found = []
    for model in models:
        for layer in [*layers, "mean"]:
            for place, k in enumerate(KS):
                points = []
                for step in steps:
                    at = [
                        g
                        for g in groups
                        if (g["model"], g["step"]) == (model, step) and layer in (g["layer"], "mean")
                    ]
                    macros = [group["by_k"][place]["macro"] for group in at]
                    mean = sum(macro["overlap"]["value"] for macro in macros) / len(macros)
                    points.append({
                        "step": step, "overlap": _around(mean, 0.025), "expected": k / D,
                        "excess": _around(mean - k / D - 0.01, 0.015), "ceiling": value(macros[0]["ceiling"]),
                        "control": macros[0]["control"], "nmi": macros[0]["nmi"],
                    })  # fmt: skip
                change = points[-1]["overlap"]["value"] - points[0]["overlap"]["value"]
                found.append({
                    "model": model, "site": "hidden", "layer": layer, "k": k, "points": points,
                    "change": {"from": steps[0], "to": steps[-1], **_around(change, 0.03)},
                    "verdict": "rises" if change > 0.03 else "no clear change",
                })  # fmt: skip
    return found


def value(estimate: dict[str, float] | None) -> float | None:
    """An estimate without its interval."""
    return None if estimate is None else estimate["value"]


def fake_probing_track(steps: Sequence[int] = STEPS, *, flagged: Sequence[int] = (), **more: Any) -> dict[str, Any]:
    """A series whose every checkpoint was probed: what is told and shared grows.

    Args:
        steps: Of training.
        flagged: Steps whose point is a broken upload.
        more: For `fake_probing`.
    """
    content = fake_track(steps, flagged=flagged)
    overlap = fake_overlap(steps=[str(step) for step in steps])
    for place, point in enumerate(content["points"]):
        probing = fake_probing(**more)
        groups = [group for group in overlap["groups"] if group["step"] == point["step"]]
        point["probing"] = {
            "k": max(KS), "site": "hidden", "neurons": probing["neurons"], "nmi": 0.1 + 0.05 * place,
            "cells": [_small(cell, 0.2 + 0.8 * place / len(steps)) for cell in probing["cells"]],
            "overlap": [{"layer": group["layer"], **{name: at[name] for name in ("k", "expected", "macro")}}
                        for group in groups for at in group["by_k"]],
        }  # fmt: skip
    return content | {"probing_training": overlap["training"]}


def _small(cell: dict[str, Any], grown: float) -> dict[str, Any]:
    """What a series keeps of a cell."""
    nmi = {end: value * grown for end, value in cell["nmi"][str(max(KS))].items()}
    kept = {name: cell[name] for name in ("language", "attribute", "layer", "values", "n", "majority")}
    return kept | {"nmi": nmi, "accuracy": {"value": 0.5 + 0.4 * nmi["value"]}, "control_nmi": -0.01}
