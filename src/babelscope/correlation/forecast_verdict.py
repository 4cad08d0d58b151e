"""Predictions and their errors in, a few sentences out: does alignment help to tell which languages transfer well?"""

from babelscope.correlation.forecasting import Forecast
from babelscope.report.numbers import fixed, interval, join, p_value, plural, significant

__all__ = ["forecast_verdict"]


_WAYS = {
    "mean": "the mean of the other languages",
    "baseline": "the baseline",
    "alignment": "alignment alone",
    "both": "baseline and alignment",
}


def forecast_verdict(found: Forecast, score: str, model: str, step: str) -> list[str]:
    """Whether alignment helps to tell which languages transfer well; then every error.

    Args:
        found: Predictions and errors.
        score: Name of the score.
        model: Whose checkpoint.
        step: Which.
    """
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
