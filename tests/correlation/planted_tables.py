"""Tables of a series that never ran: alignment that grows, scores that follow it as far as planted."""

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

STEPS = ("1000", "2000", "4000", "8000", "16000", "32000")
TARGETS = ("ar", "es", "fr", "hi", "vi", "zh")


def written(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """Rows as a CSV file."""
    listed = list(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(listed[0]))
        writer.writeheader()
        writer.writerows(listed)
    return path


def alignment(seed: int = 0, steps=STEPS, targets=TARGETS) -> dict[tuple[str, str], float]:
    """By step and target: each checkpoint and each cell has its own part, of about the same size."""
    draws = np.random.default_rng(seed)
    table = draws.normal(0, 1, (len(steps), 1)) + draws.normal(0, 1, (len(steps), len(targets)))
    return {(step, code): float(table[i, j]) for i, step in enumerate(steps) for j, code in enumerate(targets)}


def plain_rows(values: Mapping[tuple[str, str], float], name: str, model: str = "tiny") -> list[dict[str, Any]]:
    """A table that is none of the project's."""
    return [{"model": model, "step": step, "language": code, name: v} for (step, code), v in values.items()]


def score_rows(
    values: Mapping[tuple[str, str], float], slope: float, noise: float = 0.3, seed: int = 1, source: str = "en"
) -> list[dict[str, Any]]:
    """transfer.csv: scores that follow alignment by a slope, three seeds that differ by a constant, one source."""
    draws = np.random.default_rng(seed)
    rows = []
    for (step, code), value in values.items():
        score = 0.5 + 0.05 * (slope * value + noise * draws.normal())
        rows += [transfer_row(step, code, score + shift, run) for run, shift in enumerate((-0.01, 0.0, 0.01))]
    for step in dict.fromkeys(step for step, _ in values):
        rows += [transfer_row(step, source, 0.8 + shift, run) for run, shift in enumerate((-0.01, 0.0, 0.01))]
    return rows


def transfer_row(step, language, score, seed=0, **other) -> dict[str, Any]:
    return {
        "model": "tiny", "step": step, "site": "hidden", "layer": "all", "task": "pos", "language": language,
        "metric": "accuracy", "score": score, "seed": seed, "source_score": 0.8 + 0.01 * (seed - 1), "method": "lora",
        "low": "", "high": "", "n": 100, "majority": 0.3, **other,
    }  # fmt: skip


def overlap_row(step, a, b, overlap, attribute="POS", layer=2, k=10, **other) -> dict[str, Any]:
    return {
        "model": "tiny", "step": step, "site": "hidden", "layer": layer, "attribute": attribute, "language_a": a,
        "language_b": b, "k": k, "overlap": overlap, "expected": k / 200, "p": 1, "p_holm": 1, "significant": "false",
        "excess": overlap - 0.1, **other,
    }  # fmt: skip


def track_file(folder: Path, steps=STEPS, flags: Mapping[str, str] | None = None, **fields: Any) -> Path:
    """track.json of a series: as much of it as a correlation reads."""
    points = [
        {
            "status": "done", "model": "tiny", "step": step, "x": float(step), "loss_mean": {"value": 3.0 - 0.1 * i},
            "loss": {code: {"nats_per_byte": 3.0 - 0.1 * i + 0.01 * j} for j, code in enumerate(TARGETS)},
            "flags": [{"kind": "loss", "message": flags[step]}] if flags and step in flags else [],
            "probing": {"nmi": 0.1 * i + 0.1, "unseen": ["de"], "cells": [
                {"language": code, "attribute": "POS", "layer": 2, "nmi": {"value": 0.1 * i + 0.02 * j}}
                for j, code in enumerate(TARGETS)
            ]},
        }
        for i, step in enumerate(steps)
    ]  # fmt: skip
    folder.mkdir(parents=True, exist_ok=True)
    stamped = {"format": "babelscope/track", "version": 1, "points": points, **fields}
    (folder / "track.json").write_text(json.dumps(stamped))
    return folder
