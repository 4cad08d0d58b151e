"""A series that was never measured: the content of track.json, and similarity maps, from planted curves."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from report.fake_summary import LANGUAGES, fake_similarity

STEPS = (0, 16, 64, 256, 512, 1000, 2000, 3500)
LAYERS, WIDTH = 6, 768


def fake_track(
    steps: Sequence[int] = STEPS,
    *,
    languages: Sequence[str] = tuple(LANGUAGES),
    flagged: Sequence[int] = (),
    failed: Sequence[int] = (),
    order: str = "training",
    ablated: bool = False,
    layers: int = LAYERS,
) -> dict[str, Any]:
    """Points at these steps (or of these many parameters): SADS rises, LRDS falls after a jump, losses fall.

    Args:
        steps: In order; 0 is the untrained model.
        languages: Their codes.
        flagged: Steps whose point is a broken upload.
        failed: Steps that could not be measured.
        order: "training" or "scale".
        ablated: Whether every point has a selectivity.
        layers: Of every model.
    """
    codes = list(languages)
    points = [_point(step, codes, flagged, failed, order, ablated, layers) for step in steps]
    clean = [point for point in points if point["status"] == "done" and not point["flags"] and point["x"] > 0]
    info = dict(zip(("name", "script", "direction", "family"), ("", "Latn", "ltr", "other"), strict=True))
    known = {code: dict(zip(info, LANGUAGES[code], strict=True)) for code in codes if code in LANGUAGES}
    return {
        "name": "tiny-bloom", "order": order, "site": "mlp", "languages": codes,
        "language_info": {code: known.get(code) or info | {"name": f"Language {code}"} for code in codes},
        "corpus": {"name": "fake", "hash": "0123456789abcdef", "source": "fake", "revision": "v1",
                   "licence": "CC0-1.0", "dropped": 0},
        "sentences": 24,
        "heldout": {"name": "fake-heldout", "kind": "sentences", "hash": "fedcba9876543210", "bytes": 90_000},
        "points": points,
        "trends": trends(clean, codes, order),
        "degradations": [], "lifelines": lifelines(clean, codes),
        "hygiene": {
            "flagged": [point["key"] for point in points if point.get("flags")],
            "failed": [point["key"] for point in points if point["status"] == "failed"],
            "rules": ["A checkpoint whose loss exceeds the smallest loss of any earlier one by ln 3 is flagged"],
            "left_out": True,
        },
        "verdict": ["Translations move closer over training: SADS rises from 0.010 to 0.046."],
        "warnings": [{"kind": "short corpus", "message": "24 sentences give wide intervals"}],
        "signature": {"short": "bs0.1|track|tiny-bloom", "long": "babelscope 0.1.0, series tiny-bloom",
                      "fields": {"version": "0.1.0", "series": "tiny-bloom"}},
        "command": "babelscope track tiny-bloom --corpus fake -n 24", "options": {"seed": 0},
        "versions": {"babelscope": "0.1.0", "torch": "2.13"}, "timings": {"scan": 21.4, "loss": 6.25},
    }  # fmt: skip


def score(value: float, half: float, null: float = 0.0, base: float | None = None) -> dict[str, Any]:
    """A score with interval and null, and with an untrained baseline if one is given."""
    return {
        "value": value, "low": value - half, "high": value + half,
        "null": {"mean": null, "low": null - half / 3, "high": null + half / 3},
        "baseline": None if base is None else {"value": base, "low": base - half, "high": base + half},
        "gain": None if base is None else {"value": value - base, "low": value - base - half,
                                           "high": value - base + half},
    }  # fmt: skip


def _point(
    step: int, codes: list[str], flagged: Sequence[int], failed: Sequence[int], order: str, ablated: bool, layers: int
) -> dict[str, Any]:
    scale = order == "scale"
    key = f"tiny-bloom-{step}"
    point: dict[str, Any] = {
        "key": key, "model": key if scale else "tiny-bloom", "step": "main" if scale else str(step),
        "x": float(step), "made": False, "name": f"models/{key}", "revision": None, "folder": f"points/{key}",
        "status": "failed" if step in failed else "done", "flags": [], "stages": ["scan"],
        "error": "weights do not fit the configuration" if step in failed else None,
    }  # fmt: skip
    if step in failed:
        return point
    broken = step in flagged
    if broken:
        point["flags"] = [{"kind": "loss", "message": "loss 12.3 nats per byte, earlier 2.1"}]
    grown = math.log1p(step / 10) / math.log1p(350) if not scale else math.log10(step) / 9
    rng = np.random.default_rng(step % 2**31)
    sads = 0.038 if step == 0 else 0.008 + 0.04 * grown
    lrds = 0.085 if step == 0 else 0.65 - 0.17 * grown
    return point | {
        "parameters": step if scale else 4_200_000, "layers": layers, "neurons": layers * WIDTH,
        "neurons_per_layer": [WIDTH] * layers, "report": f"points/{key}/report.html",
        "weights_hash": f"{step + 1:016x}", "config_hash": "c" * 16, "tokenizer_hash": "t" * 16,
        "dtype": "float32", "attention": "eager", "device": "cpu", "threads": 1,
        "load_report": {"missing": [], "unexpected": ["lm_head.bias"] if broken else [], "mismatched": [],
                        "allowed": []},
        "lrds": score(lrds, 0.025, 0.0, 0.085), "sads": score(sads, 0.008, 0.0, 0.038),
        **_regions(codes, grown, rng, layers),
        "pairs": [{"language_a": a, "language_b": b, "sads": score(sads + 0.004 * ((i + j) % 3 - 1), 0.01)}
                  for i, a in enumerate(codes) for j, b in enumerate(codes) if i < j],
        **_losses(codes, 8.0 if broken else 3.2 - 1.4 * grown),
        "ablation": _ablation(codes, grown) if ablated else None, "evaluation": None, "timings": {"scan": 2.0},
        "signature": {"short": f"bs0.1|{key}", "long": f"babelscope 0.1.0, {key}", "fields": {}},
    }  # fmt: skip


def _regions(codes: list[str], grown: float, rng: np.random.Generator, layers: int) -> dict[str, Any]:
    by_layer = []
    for layer in range(1, layers + 1):
        bend = (2 * (layer - 1) / max(1, layers - 1) - 1) ** 2
        sizes = {code: int(rng.integers(8, 20) + (30 - 12 * grown) * bend * (1 + i % 3))
                 for i, code in enumerate(codes)}  # fmt: skip
        by_layer.append({
            "layer": layer, "lrds": score(0.2 + 0.4 * bend + 0.1 * (1 - grown), 0.03, 0.0, 0.09),
            "sads": score((0.01 + 0.05 * grown) * (1.2 - bend), 0.006, 0.0, 0.03), "region_sizes": sizes,
        })  # fmt: skip
    totals = {code: sum(row["region_sizes"][code] for row in by_layer) for code in codes}
    whole = sum(totals.values())
    null = 0.6 * whole
    return {
        "by_layer": by_layer,
        "sklr": {"value": whole, "low": whole - 90.0, "high": whole + 90.0, "null_mean": null, "null_sd": 40.0,
                 "null_low": null - 70, "null_high": null + 70},
        "regions": {code: {"size": size, "share": size / (layers * WIDTH), "low": size - 22.0, "high": size + 22.0,
                           "null_mean": 0.6 * size, "null_sd": 9.0, "null_low": 0.5 * size,
                           "null_high": 0.7 * size, "excess": 0.4 * size} for code, size in totals.items()},
    }  # fmt: skip


def _losses(codes: list[str], mean: float) -> dict[str, Any]:
    losses = {}
    for i, code in enumerate(codes):
        value = mean * (0.75 + 0.5 * (i * 7 % 9) / 9)
        losses[code] = {"nats_per_byte": value, "low": value - 0.06, "high": value + 0.06,
                        "nats_per_token": 3 * value, "perplexity": math.exp(3 * value), "tokens": 3000,
                        "bytes": 10_000}  # fmt: skip
    value = sum(loss["nats_per_byte"] for loss in losses.values()) / len(losses)
    return {"loss": losses, "loss_mean": {"value": value, "low": value - 0.04, "high": value + 0.04}}


def _ablation(codes: list[str], grown: float) -> dict[str, Any]:
    own = {code: 12.0 + 5 * (i % 4) for i, code in enumerate(codes)}
    others = dict.fromkeys(codes, 2.5)
    value = 0.2 * grown
    return {"selectivity": {"value": value, "low": value - 0.08, "high": value + 0.08, "p": 0.01},
            "own_increase_pct": own, "others_increase_pct": others}  # fmt: skip


def trends(clean: list[dict[str, Any]], codes: list[str], order: str) -> list[dict[str, Any]]:
    """What a monotone-trend test would say of points without noise."""
    if len(clean) < 2:
        return []
    found = []
    for metric, language, values in [
        ("lrds", "all", [point["lrds"]["value"] for point in clean]),
        ("sads", "all", [point["sads"]["value"] for point in clean]),
        ("sklr", "all", [float(point["sklr"]["value"]) for point in clean]),
        ("loss", "all", [point["loss_mean"]["value"] for point in clean]),
        *(("region_size", code, [float(p["regions"][code]["size"]) for p in clean]) for code in codes),
        *(("loss", code, [point["loss"][code]["nats_per_byte"] for point in clean]) for code in codes),
    ]:
        found.append(_trend(metric, language, values, clean, order))
    return found


def _trend(
    metric: str, language: str, values: list[float], clean: list[dict[str, Any]], order: str
) -> dict[str, Any]:
    signs = [np.sign(b - a) for i, a in enumerate(values) for b in values[i + 1 :]]
    tau = float(np.mean(signs))
    tested = len(values) >= 4 and abs(tau) > 0.6
    change, slope = values[-1] - values[0], (values[-1] - values[0]) / math.log10(clean[-1]["x"] / clean[0]["x"])
    jump = metric == "lrds" and len(values) > 4
    return {
        "metric": metric, "language": language, "layer": "all", "points": len(values), "tau": tau,
        "p": (0.003 if tested else 0.4) if len(values) > 3 else None,
        "p_note": "" if len(values) > 3 else "fewer than 4 points", "slope": slope, "slope_low": slope * 0.7,
        "slope_high": slope * 1.3, "per": f"tenfold of {'steps' if order == 'training' else 'parameters'}",
        "direction": ("rises" if tau > 0 else "falls") if tested else "no clear trend",
        "first": values[0], "last": values[-1],
        "change": {"value": change, "low": change - abs(change) * 0.2, "high": change + abs(change) * 0.2},
        "p_holm": (0.012 if tested else 0.8) if len(values) > 3 else None, "tests": 4, "turn": None,
        "untrained": None, "first_key": clean[0]["key"], "last_key": clean[-1]["key"], "further_change_points": [],
        "change_point": {"after": clean[1]["x"], "before": clean[2]["x"], "low": clean[0]["x"],
                         "high": clean[2]["x"], "shift": {"value": -0.1, "low": -0.2, "high": -0.05}, "p": 0.02,
                         "steady": False}
        if jump else None,
    }  # fmt: skip


def lifelines(clean: list[dict[str, Any]], codes: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Regions that keep more of their neurons the longer training lasts."""
    found: dict[str, list[dict[str, Any]]] = {}
    for i, code in enumerate(codes):
        found[code] = []
        for number, (one, other) in enumerate(zip(clean, clean[1:], strict=False)):
            size = one["regions"][code]["size"]
            share = min(0.9, 0.15 + 0.1 * number + 0.02 * (i % 4))
            found[code].append({"from": one["key"], "to": other["key"], "survive": int(size * share), "of": size,
                                "share": share, "jaccard": share / (2 - share), "expected": 0.03, "low": 0.01,
                                "high": 0.05})  # fmt: skip
    return found


def fake_maps(content: dict[str, Any], n: int = 24) -> dict[str, np.ndarray]:
    """A similarity map for every point: the further along, the more meaning counts."""
    done = [point for point in content["points"] if point["status"] == "done"]
    return {
        point["key"]: fake_similarity(content["languages"], n, 0.2 + 0.6 * i / len(done))
        for i, point in enumerate(done)
    }
