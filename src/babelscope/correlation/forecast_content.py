"""One checkpoint's alignment and scores in, the content of a forecast's page out."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from babelscope.correlation.content import described
from babelscope.correlation.forecasting import LEAST_LANGUAGES, WAYS, Forecast, forecast
from babelscope.correlation.measured import Checkpoint, Measured
from babelscope.correlation.options import CorrelationOptions
from babelscope.correlation.shares import Shares, log_shares, same_script
from babelscope.provenance import Signature, text_hash, versions
from babelscope.report.numbers import fixed, interval, join, p_value, plural, significant

__all__ = ["Asked", "forecast_content"]

_WAYS = {
    "mean": "the mean of the other languages",
    "baseline": "the baseline",
    "alignment": "alignment alone",
    "both": "baseline and alignment",
}


@dataclass(frozen=True, eq=False)
class Asked:
    """One checkpoint's alignment measures and scores."""

    place: Checkpoint
    outcome_step: str
    features: list[Measured]
    y: Measured
    warnings: list[dict[str, str]]


def forecast_content(
    asked: Asked, shares: Shares | None, options: CorrelationOptions, preset: str | None
) -> dict[str, Any]:
    """Everything a page says, in plain JSON types.

    Args:
        asked: Measures and score.
        shares: Of the pre-training text, where they are known.
        options: What was asked for.
        preset: Whose tables these are, if any.

    Raises:
        BabelscopeError: If fewer than 5 languages are left, or nothing varies.
    """
    model, step = asked.place
    observed = asked.y.by_language[model, asked.outcome_step]
    every = [code for code in asked.y.languages if code in observed and code != options.source]
    features, unused = _enough(asked, every)
    codes, warnings = _targets(asked, features, every, shares, options.source)
    alignment = np.array([[one.by_language[asked.place][code] for one in features] for code in codes])
    baseline, names = _baseline(codes, shares, options)
    found = forecast(
        alignment,
        tuple(_label(one) for one in features),
        baseline,
        np.array([observed[code] for code in codes]),
        tuple(codes),
        options.seed,
        baseline_names=names,
    )
    shown = [code for code in (*asked.y.languages, *codes) if code == options.source or code in codes]
    return {
        "model": model,
        "step": step,
        "of": asked.outcome_step,
        "source": options.source,
        "preset": preset,
        "seed": options.seed,
        "options": asdict(options),
        "languages": list(dict.fromkeys(shown)),
        "language_info": described([options.source, *codes]),
        "x_source": ", ".join(dict.fromkeys(one.source for one in features)),
        "y_source": asked.y.source,
        "shares_source": shares[1] if shares else "",
        "y": asked.y.name,
        "y_label": asked.y.name + (f" at step {asked.outcome_step}" if asked.outcome_step != step else ""),
        "features": list(found.features),
        "meanings": [one.meaning for one in features],
        "baseline": list(found.baseline),
        **_numbers(found),
        "verdict": _verdict(found, asked.y.name, model, step),
        "warnings": [
            *asked.warnings,
            *unused,
            *warnings,
            *([{"kind": "measures", "message": found.note}] if found.note else []),
        ],
        "signature": _signature(asked, shares, options).spelled(),
        "versions": dict(versions(("babelscope", "numpy", "scipy"))),
    }


def _verdict(found: Forecast, score: str, model: str, step: str) -> list[str]:
    """Whether alignment helps to tell which languages transfer well; then every error."""
    answer = {
        "yes": "Alignment helps to forecast",
        "no": "Alignment adds nothing to a forecast of",
        "cannot tell": "Whether alignment helps to forecast cannot be told:",
    }[found.adds]
    gain = found.gain
    than = join(list(found.baseline)) if gain.than == "baseline" else _WAYS["mean"]
    fall = {"value": gain.value, "low": gain.low, "high": gain.high}
    if gain.value < 0:
        fall = {
            name: None if ends is None else -ends
            for name, ends in zip(fall, (gain.value, gain.high, gain.low), strict=True)
        }
    change = f"{'falls' if gain.value >= 0 else 'rises'} by {interval(fall)}"
    where = f"{score} of a language at step {step} of {model}"
    said = (
        f"{answer} {where}. Added to {than}, the mean absolute error {change} ({p_value(gain.p)}, "
        f"{plural(len(found.languages), 'language')}, each predicted from the others)."
    )
    errors = "; ".join(
        f"{_WAYS[way]} {significant(mae)} (R² {fixed(found.r2[way], 2)})" for way, mae in found.mae.items()
    )
    best = min(found.mae, key=lambda way: found.mae[way])
    return [said, f"Mean absolute error by {errors}.", f"The best forecast is {_WAYS[best]}."]


def _numbers(found: Forecast) -> dict[str, Any]:
    targets = [
        {
            "language": code,
            "observed": float(found.observed[place]),
            **{way: float(found.predicted[way][place]) if way in found.predicted else None for way in WAYS},
        }
        for place, code in enumerate(found.languages)
    ]
    gains = [asdict(one) for one in (found.gain, *found.gains)]
    return {
        "targets": targets,
        "errors": {way: {"mae": found.mae[way], "r2": found.r2[way]} for way in WAYS if way in found.mae},
        "difference": gains[0],
        "gains": gains,
        "adds": found.adds,
    }


def _enough(asked: Asked, every: Sequence[str]) -> tuple[list[Measured], list[dict[str, str]]]:
    """The measures, without those of the fewest languages as long as too few languages have all of them."""
    kept, lost = list(asked.features), []
    while len(kept) > 1 and len(_with_all(asked, kept, every)) < LEAST_LANGUAGES:
        fewest = min(kept, key=lambda one: len(_with_all(asked, [one], every)))
        kept.remove(fewest)
        number = plural(len(_with_all(asked, [fewest], every)), "target language")
        lost.append({"kind": "measures", "message": f"{_label(fewest)} is known of {number} only, so not used"})
    return kept, lost


def _with_all(asked: Asked, features: Sequence[Measured], codes: Sequence[str]) -> list[str]:
    return [code for code in codes if all(code in one.by_language[asked.place] for one in features)]


def _targets(
    asked: Asked, features: Sequence[Measured], every: Sequence[str], shares: Shares | None, source: str
) -> tuple[list[str], list[dict[str, str]]]:
    """Languages with a score, every alignment measure and, where shares are given, a share; the others named."""
    aligned = _with_all(asked, features, every)
    kept = [code for code in aligned if shares is None or code in shares[0]]
    measured = _with_all(asked, features, features[0].languages)
    reasons = (
        ("no score", [code for code in measured if code not in {*every, source}]),
        ("no alignment with the source language", [code for code in every if code not in aligned]),
        ("no share of the pre-training text", [code for code in aligned if code not in kept]),
    )
    return kept, [
        {"kind": "languages", "message": f"left out, {reason}: {join(lost)}"} for reason, lost in reasons if lost
    ]


def _baseline(
    codes: Sequence[str], shares: Shares | None, options: CorrelationOptions
) -> tuple[np.ndarray, tuple[str, ...]]:
    scripts = [same_script(code, options.source) for code in codes]
    if shares is None:
        return np.array([scripts]).T, (f"script of {options.source}",)
    columns = [log_shares(shares[0], list(codes)), scripts]
    return np.array(columns).T, ("log share", f"script of {options.source}")


def _label(one: Measured) -> str:
    return f"{one.name} {one.between}".rstrip()


def _signature(asked: Asked, shares: Shares | None, options: CorrelationOptions) -> Signature:
    found = versions(("babelscope", "numpy", "scipy"))
    told = sorted(shares[0].items()) if shares else []
    return Signature.of(
        model=asked.place[0],
        step=asked.place[1],
        of=asked.outcome_step,
        x="; ".join(_label(one) for one in asked.features),
        x_hash=",".join(one.hash for one in asked.features),
        y=asked.y.name,
        y_hash=asked.y.hash,
        shares=text_hash(*(f"{code}={value}" for code, value in told)) if told else "none",
        source=options.source,
        seed=options.seed,
        version=found["babelscope"],
        numpy=found["numpy"],
        scipy=found["scipy"],
    )
