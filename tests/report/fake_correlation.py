"""A correlation and a forecast that never ran: what a page of them is made from, with planted slopes."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

STEPS = ("1000", "100000", "200000", "300000", "400000", "600000")
NAMES = {
    "ar": "Arabic", "es": "Spanish", "fr": "French", "hi": "Hindi", "ur": "Urdu", "vi": "Vietnamese", "zh": "Chinese",
}  # fmt: skip
MODELS = ("bloom-560m", "bloom-1b1")
SCORES = {"xnli": "XNLI accuracy", "pos": "POS F1"}
BROKEN = {"600000": "probes tell nothing (test NMI at most 0)"}
X, COVARIATE = "overlap@50", "nmi"


def fake_correlation(
    models: Sequence[str] = MODELS, scores: Sequence[str] = tuple(SCORES), codes: Sequence[str] = tuple(NAMES), *,
    slope: float = 0.0, broken: dict[str, str] | None = None, steps: Sequence[str] = STEPS, seed: int = 0,
) -> dict[str, Any]:  # fmt: skip
    """What a correlation of planted measures would hand to the page.

    Args:
        models: Names.
        scores: Keys of SCORES.
        codes: Languages.
        slope: Of score on measure within languages; between languages it is 1 in any case.
        broken: Flagged checkpoints with the reason; their measure and score are at chance.
        steps: Names of the checkpoints.
        seed: Of the noise.
    """
    broken = BROKEN if broken is None else broken
    draws = np.random.default_rng(seed)
    found = [_analysis(draws, model, score, steps, codes, slope, broken) for model in models for score in scores]
    records = [record for _, rows in found for record in rows]
    return {
        "command": "babelscope correlate --preset w24 --x selections.csv.gz --out runs/w24", "preset": "w24",
        "signature": {"short": "babelscope 0|correlation|seed 0", "long": "babelscope 0|correlation|seed 0|x overlap",
                      "fields": {"version": "0", "seed": "0"}},
        "versions": {"babelscope": "0", "numpy": np.__version__}, "seed": 0, "source": "en",
        "x_source": "selections.csv.gz", "y_source": "transfer_xnli.csv, transfer_pos.csv",
        "languages": ["en", *codes], "language_info": _named(codes),
        "models": list(models),
        "verdict": ["Cannot tell: within languages and given NMI, overlap and transfer go together by "
                    "−0.20 [−0.80, 0.60] (bloom-560m, XNLI accuracy)."],
        "answer": "cannot tell", "headline": [row for row in records if row["role"] == "headline"],
        "records": records,
        "warnings": [{"kind": "broken checkpoints", "message": "600000: probes tell nothing.", "count": 2}],
        "analyses": [analysis for analysis, _ in found],
    }  # fmt: skip


def _named(codes: Sequence[str]) -> dict[str, dict[str, str]]:
    return {code: {"name": NAMES.get(code, code)} for code in ("en", *codes)} | {"en": {"name": "English"}}


def _analysis(
    draws: np.random.Generator, model: str, score: str, steps: Sequence[str], codes: Sequence[str], slope: float,
    broken: dict[str, str],
) -> tuple[dict[str, Any], list[dict[str, Any]]]:  # fmt: skip
    order = np.array([float(step) if step.isdigit() else math.inf for step in steps])
    rise = 0.03 * np.log10(np.minimum(order, 1e6) / 1000)
    apart = 0.04 * np.linspace(-1, 1, len(codes))
    x = 0.06 + rise[:, None] + apart + 0.006 * draws.standard_normal((len(steps), len(codes)))
    y = 0.5 + 2 * apart + slope * (rise[:, None] + draws.normal(0, 0.002, x.shape)) + draws.normal(0, 0.02, x.shape)
    for place, step in enumerate(steps):
        if step in broken:
            x[place], y[place] = 0.05 + draws.normal(0, 0.004, len(codes)), 0.35 + draws.normal(0, 0.01, len(codes))
    kept = np.array([step not in broken for step in steps])
    within = [values - values[kept].mean(axis=0) for values in (x, y)]
    known = {"model": model, "x": X, "y": score}
    points = [
        {"step": step, "order": order[i] if math.isfinite(order[i]) else None, "flagged": broken.get(step, "")}
        for i, step in enumerate(steps)
    ]
    analysis = {
        **known, "x_label": "overlap of 50 neurons with English", "y_label": SCORES.get(score, score),
        "averages": {
            "points": [p | {"x": float(x[i].mean()), "y": float(y[i].mean())} for i, p in enumerate(points)],
            "fits": {"all": _fit(x.mean(axis=1), y.mean(axis=1)),
                     "kept": _fit(x[kept].mean(axis=1), y[kept].mean(axis=1))},
        },
        "pairs": {
            "points": [
                p | {"language": code, "x": float(x[i, j]), "y": float(y[i, j]),
                     "x_within": float(within[0][i, j]), "y_within": float(within[1][i, j])}
                for i, p in enumerate(points) for j, code in enumerate(codes)
            ],
            "lines": {code: _fit(x[kept, j], y[kept, j]) for j, code in enumerate(codes)},
            "common": _common(within[0][kept], within[1][kept]),
            "pooled": _fit(x[kept].ravel(), y[kept].ravel()),
        },
    }  # fmt: skip
    return analysis, _records(known, x, y, within, list(steps), list(broken))


def _fit(x: np.ndarray, y: np.ndarray) -> dict[str, float]:
    slope, intercept = np.polyfit(x, y, 1)
    return {"slope": float(slope), "intercept": float(intercept), "n": len(x)}


def _common(x: np.ndarray, y: np.ndarray) -> dict[str, float]:
    slope = float((x * y).sum() / (x * x).sum())
    return {"slope": slope, "low": slope - 0.6, "high": slope + 0.6}


def _records(
    known: dict[str, str], x: np.ndarray, y: np.ndarray, within: list[np.ndarray], steps: list[str], broken: list[str]
) -> list[dict[str, Any]]:
    kept = np.array([step not in broken for step in steps])
    early = np.array([step in broken or (step.isdigit() and int(step) < 100000) for step in steps])
    rows: list[dict[str, Any]] = []
    cell = "checkpoint_language"
    for chosen, kind in ((np.ones(len(steps), bool), "none"), (kept, "flagged"), (~early, "early")):
        left = [step for step, there in zip(steps, chosen, strict=True) if not there]
        means = (x[chosen].mean(axis=1), y[chosen].mean(axis=1))
        every, centred = ((one[chosen].ravel(), other[chosen].ravel()) for one, other in ((x, y), within))
        role = "as published" if kind == "none" else "sensitivity"
        best = "headline" if kind == "flagged" else "sensitivity"
        rows += [
            _record(known, "checkpoint", "pearson", means, role, left, kind),
            _record(known, cell, "pearson", every, role, left, kind),
            _record(known, cell, "pearson_within", centred, "sensitivity", left, kind),
            _record(known, cell, f"pearson_partial:{COVARIATE}", centred, best, left, kind),
            _record(known, cell, "mixed", centred, "sensitivity", left, kind),
            _loo(known, "checkpoint", "pearson", means, [s for s in steps if s not in left], left, kind),
        ]
    return rows


def _loo(
    known: dict[str, str], unit: str, method: str, pair: tuple[np.ndarray, np.ndarray], steps: list[str],
    left: list[str], kind: str,
) -> dict[str, Any]:  # fmt: skip
    without = {
        step: float(np.corrcoef(np.delete(pair[0], i), np.delete(pair[1], i))[0, 1]) for i, step in enumerate(steps)
    }
    found = _record(known, unit, f"{method}_leave_one_out", pair, "sensitivity", left, kind)
    return found | {"left_out": without, "low": min(without.values()), "high": max(without.values()), "p": None}


def _record(
    known: dict[str, str], unit: str, method: str, pair: tuple[np.ndarray, np.ndarray], role: str,
    excluded: list[str],
    exclusion: str,
) -> dict[str, Any]:  # fmt: skip
    r, n = float(np.corrcoef(*pair)[0, 1]), len(pair[0])
    reach = 1.96 / math.sqrt(max(n - 3, 1))
    low, high = math.tanh(math.atanh(r) - reach), math.tanh(math.atanh(r) + reach)
    p = math.erfc(abs(math.atanh(r)) / reach * 1.96 / math.sqrt(2))
    return {
        **known, "unit": unit, "method": method, "role": role, "r": r, "low": low, "high": high, "p": p,
        "p_holm": min(1.0, 2 * p) if role == "headline" else None, "n": n, "excluded": excluded,
        "interval": "Fisher z" if unit == "checkpoint" else "bootstrap of checkpoints and languages",
        "test": "permutation of checkpoints", "note": "", "exclusion": exclusion, "left_out": None,
    }  # fmt: skip


def fake_forecast(codes: Sequence[str] = tuple(NAMES), *, adds: str = "no", seed: int = 1) -> dict[str, Any]:
    """What a forecast would hand to the page.

    Args:
        codes: Target languages.
        adds: What the verdict says: yes, no, or cannot tell.
        seed: Of the noise.
    """
    draws = np.random.default_rng(seed)
    observed = 0.4 + 0.2 * draws.random(len(codes))
    noise = {"mean": 0.08, "baseline": 0.05, "alignment": 0.06, "both": 0.02 if adds == "yes" else 0.05}
    predicted = {name: observed + draws.normal(0, sd, len(codes)) for name, sd in noise.items()}
    predicted["mean"] = (observed.sum() - observed) / (len(codes) - 1)
    errors = {name: np.abs(values - observed) for name, values in predicted.items()}
    gain = errors["baseline"] - errors["both"]
    reach = 1.96 * gain.std(ddof=1) / math.sqrt(len(codes))
    centre = {"yes": reach + 0.02, "no": -0.2 * reach, "cannot tell": 0.2 * reach}[adds]
    spread = (errors["mean"] ** 2).sum()
    return {
        "command": "babelscope forecast --x overlap.csv --y transfer.csv --step 400000 --out runs/forecast",
        "signature": {"short": "babelscope 0|forecast", "long": "babelscope 0|forecast", "fields": {"version": "0"}},
        "versions": {"babelscope": "0"}, "model": "bloom-560m", "step": "400000", "source": "en",
        "languages": ["en", *codes], "language_info": _named(codes),
        "y": "xnli", "y_label": "XNLI accuracy",
        "features": ["overlap@50", "sads"], "baseline": ["log share", "same script"],
        "targets": [
            {"language": code, "observed": float(observed[i])}
            | {name: float(predicted[name][i]) for name in predicted}
            for i, code in enumerate(codes)
        ],
        "errors": {
            name: {"mae": float(e.mean()), "r2": float(1 - (e**2).sum() / spread)} for name, e in errors.items()
        },
        "difference": {"value": float(centre), "low": float(centre - reach), "high": float(centre + reach), "p": 0.41,
                       "way": "both", "than": "baseline", "test": "all 5,040 relabellings, one-sided"},
        "adds": adds, "verdict": ["Alignment adds nothing to share of the pre-training text and script here."],
        "warnings": [],
    }  # fmt: skip
