"""An ablation that never ran: what ablation.json would hold, from planted increases of nats per token."""

import math
from typing import Any

import numpy as np

from babelscope import languages as known

NINE = ["ar", "vi", "id", "en", "hi", "es", "fr", "pt", "zh"]
FOURTEEN = ["ar", "vi", "id", "en", "de", "hi", "es", "fr", "pt", "it", "ru", "tr", "sw", "zh"]
OWN = {"ar": 3.09, "vi": 0.83, "id": 14.98, "en": 0.22, "hi": 2.2, "es": 0.17, "fr": 0.2, "pt": 0.27, "zh": 0.47}
"""Planted increase of a language's perplexity under its own region, as a fraction; 0.6 for the others."""
OFF = {"ar": 0.5, "vi": 0.15}
"""Planted increase of every other language's; 0.02 but for these."""
RANDOM = 0.06
HALF = 0.02
"""Half-width of every interval, in nats per token."""


def fake_ablation(
    codes: list[str] | None = None,
    controls: int = 3,
    doses: tuple[float, ...] = (0.25, 0.5, 1.0),
    selective: bool = True,
    intervals: bool = True,
    p: float | None = 0.0001,
) -> dict[str, Any]:
    """What an ablation would store.

    Args:
        codes: Languages, all of them with a region.
        controls: Random masks per region; 0 leaves out what needs them.
        doses: Shares of the regions; () leaves the curve out.
        selective: Whether a region costs its own language more than random neurons do.
        intervals: Whether low and high are known.
        p: Of the overall selectivity.
    """
    codes = codes or NINE
    rng = np.random.default_rng(3)
    nats = _planted(codes, selective) + rng.uniform(-0.012, 0.012, (len(codes), len(codes)))
    if len(codes) > 1:
        nats[-1, 0] = math.log1p(-0.031)
    random = math.log1p(RANDOM) + rng.uniform(-0.005, 0.005, nats.shape)
    base = {code: 12.0 + 3.1 * i for i, code in enumerate(codes)}
    sizes = {code: 120 + 41 * i for i, code in enumerate(codes)}
    return {
        "model": "tiny/bloom", "step": "3500", "site": "mlp", "mode": "zero", "factor": None, "windows": "rolling",
        "segment": 512, "seed": 0, "controls": controls, "languages": codes, "deactivated": codes,
        "language_info": {code: {"name": known.name(code)} for code in codes},
        "text": {"name": "held-out", "kind": "folder", "hash": "0123456789abcdef", "source": "fake",
                 "licence": "CC0-1.0"},
        "regions_source": {"model": "tiny/bloom", "corpus": "fake"},
        "base": {code: {"perplexity": value, "nats_per_token": math.log(value), "nats_per_byte": 0.9,
                        "segments": 60 + i, "tokens": 30000, "bytes": 110000}
                 for i, (code, value) in enumerate(base.items())},
        "region": {dea: {"neurons": sizes[dea], "share": sizes[dea] / 2304, "by_layer": [sizes[dea]],
                         "cells": {lang: {"perplexity": base[lang] * math.exp(nats[j, i]), "nats_per_byte": 0.9,
                                          **_increase(nats[j, i], intervals)} for j, lang in enumerate(codes)}}
                   for i, dea in enumerate(codes)},
        "random": {dea: {"draws": controls, "cells": {lang: _increase(random[j, i], intervals)
                                                      for j, lang in enumerate(codes)}}
                   for i, dea in enumerate(codes)} if controls else {},
        "random_mean": {lang: _increase(random[j].mean(), intervals) for j, lang in enumerate(codes)}
        if controls else {},
        "selectivity": _selectivity(codes, nats, random, controls, intervals, p),
        "relabelling": {"relabellings": 9999, "exact": False, "floor": 0.0001} if controls else None,
        "doses": [_dose(dose, codes, nats, random, sizes, controls, intervals, p) for dose in doses],
        "verdict": ["Regions are a planted sentence <b>of verdict</b>.", "A second [bold]one[/]."],
        "warnings": [], "signature": {"short": "bs0.1|tiny", "long": "babelscope 0.1.0", "fields": {}},
        "command": "babelscope ablate tiny/bloom --regions RUN --text held-out", "versions": {}, "timings": {},
    }  # fmt: skip


def _planted(codes: list[str], selective: bool) -> np.ndarray:
    """Increase in nats per token; row: language evaluated, column: whose region."""
    if not selective:
        return np.full((len(codes), len(codes)), math.log1p(RANDOM))
    off = np.array([math.log1p(OFF.get(dea, 0.02)) for dea in codes])
    nats = np.repeat(off[None], len(codes), axis=0)
    np.fill_diagonal(nats, [math.log1p(OWN.get(code, 0.6)) for code in codes])
    return nats


def _increase(nats: float, intervals: bool) -> dict[str, float | None]:
    low, middle, high = (100 * math.expm1(nats + by) for by in (-HALF, 0, HALF))
    return {"increase_pct": middle, "low": low if intervals else None, "high": high if intervals else None}


def _bounded(value: float, intervals: bool, half: float = HALF) -> dict[str, float | None]:
    return {"value": value, "low": value - half if intervals else None, "high": value + half if intervals else None}


def _selectivity(
    codes: list[str], nats: np.ndarray, random: np.ndarray, controls: int, intervals: bool, p: float | None
) -> dict[str, Any] | None:
    """Own minus others minus the controls' contrast, by language and on average; nothing without controls."""
    if len(codes) < 2 or not controls:
        return None
    rest = (nats.sum(0) - nats.diagonal()) / (len(codes) - 1)
    chance = random.diagonal() - (random.sum(0) - random.diagonal()) / (len(codes) - 1)
    found = {code: _score(nats[i, i], rest[i], chance[i], intervals, None) for i, code in enumerate(codes)}
    for score in found.values():
        score["p_note"] = "a p per language needs at least 99 controls per region"
    means = [float(x.mean()) for x in (nats.diagonal(), rest, chance)]
    overall = _score(means[0], means[1], means[2], intervals, p)
    if p is None:
        overall["p_note"] = "no relabelling was drawn"
    return {"overall": overall, "by_language": found}


def _score(own: float, others: float, control: float, intervals: bool, p: float | None) -> dict[str, Any]:
    bounded = _bounded(own - others - control, intervals)
    return {**bounded, "own": own, "others": others, "control": control, "p": p, "p_note": ""}


def _dose(
    dose: float,
    codes: list[str],
    nats: np.ndarray,
    random: np.ndarray,
    sizes: dict[str, int],
    controls: int,
    intervals: bool,
    p: float | None,
) -> dict[str, Any]:
    """The same with every increase shrunk to the dose."""

    def increases(of: np.ndarray) -> dict[str, Any]:
        found = [_increase(dose * of[i, i], intervals) for i in range(len(codes))]
        return {code: {"value": one.pop("increase_pct"), **one} for code, one in zip(codes, found, strict=True)}

    return {
        "dose": dose, "neurons": {code: max(1, round(dose * size)) for code, size in sizes.items()},
        "selectivity": _selectivity(codes, dose * nats, dose * random, controls, intervals, p),
        "own_increase_pct": increases(nats), "random_increase_pct": increases(random) if controls else {},
    }  # fmt: skip
