"""Alignment at one checkpoint in, which languages should transfer well out: the public call of the forecast."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from babelscope.correlation.background import background_of
from babelscope.correlation.forecast_content import Asked, forecast_content
from babelscope.correlation.forecasting import WAYS
from babelscope.correlation.measured import Measured, place_order
from babelscope.correlation.measures import KINDS, kinds_for, measure_of
from babelscope.correlation.options import CorrelationOptions
from babelscope.correlation.outcomes import OUTCOME_KINDS, outcomes_of
from babelscope.correlation.published import published_w24
from babelscope.correlation.reading import OTHER, Place, places_of, sheets_in
from babelscope.correlation.saving import check_folder, save_forecast
from babelscope.correlation.shares import read_shares
from babelscope.errors import BabelscopeError, unknown_choice
from babelscope.report.numbers import join

__all__ = ["TransferForecast", "forecast_transfer"]


@dataclass(frozen=True, eq=False)
class TransferForecast:
    """How well the score of each language is predicted from the other languages."""

    content: dict[str, Any] = field(repr=False)
    """Plain JSON types: `targets`, `errors`, `difference`, `adds`, `verdict`, `warnings`."""

    @property
    def verdict(self) -> list[str]:
        """Whether alignment adds anything, in a sentence, then what it rests on."""
        return list(self.content["verdict"])

    def rows(self) -> list[dict[str, Any]]:
        """Rows of forecast.csv."""
        place = {name: self.content[name] for name in ("model", "step")}
        return [
            {
                **place,
                "language": one["language"],
                "observed": one["observed"],
                **{f"by_{name}": one[name] for name in WAYS},
            }
            for one in self.content["targets"]
        ]

    def save(self, folder: Place, command: str = "", *, figures: bool = True) -> dict[str, Any]:
        """Writes forecast.csv, forecast.json and report.html.

        Args:
            folder: Made if needed.
            command: The command line, for the page.
            figures: Whether figures also become files of their own.

        Returns:
            The content as stored.

        Raises:
            BabelscopeError: If the folder cannot be written to or holds another command's results.
        """
        folder = Path(folder)
        check_folder(folder, "forecast")
        return save_forecast(folder, {**self.content, "command": command}, self.rows(), figures)


def forecast_transfer(
    x: Place | Sequence[Place],
    y: Place | Sequence[Place] | None = None,
    options: CorrelationOptions | None = None,
    *,
    step: str,
    of: str | None = None,
    shares: str | None = None,
    preset: str | None = None,
) -> TransferForecast:
    """Predicts which languages transfer well from one checkpoint's alignment, which needs no labels of theirs.

    Each language is predicted from all others by a ridge regression, and the errors are held against those of the
    share of pre-training text and the script, and of the mean of the others.

    Args:
        x: Tables or folders that hold alignment measures; each kind of table there gives one.
        y: Those that hold the scores; by default x.
        options: As of `correlate`; a `measure` may name several, joined by commas.
        step: The checkpoint whose alignment is used.
        of: The checkpoint whose scores are predicted; by default the same.
        shares: Of the languages in the pre-training text: `en=30,fr=13` in percent, a table with language and share,
            or `bloom`. Without, the baseline is the script alone.
        preset: `w24` reads the tables published with [W24].

    Raises:
        BabelscopeError: If a table cannot be read, the checkpoint is in none, or fewer than 5 languages are left.
    """
    options = options or CorrelationOptions()
    if preset not in (None, "w24"):
        raise BabelscopeError(unknown_choice("preset", str(preset), ("w24",)))
    known = read_shares(shares) if shares else None
    features, outcomes = _published(x, y, options) if preset else _given(x, y, options)
    if len(outcomes) > 1:
        names = ", ".join(one.name for one in outcomes)
        raise BabelscopeError(
            f"y holds several scores ({names}); a forecast is of one: choose it with --task or --metric"
        )
    asked = _at(features, outcomes[0], options, step, of or step)
    return TransferForecast(forecast_content(asked, known, options, preset))


def _given(
    x: Place | Sequence[Place], y: Place | Sequence[Place] | None, options: CorrelationOptions
) -> tuple[list[Measured], list[Measured]]:
    outcomes = outcomes_of(sheets_in(places_of(y) or places_of(x), OUTCOME_KINDS, "the scores (y)"), options)
    unseen = background_of(places_of(x)).unseen
    measures = [part.strip() for part in (options.measure or "").split(",") if part.strip()]
    found: list[Measured] = []
    for place in places_of(x):
        for kinds in [kinds_for(name) for name in measures] or _kinds_in(place):
            sheets = sheets_in([place], kinds, "the alignment measures (x)")
            for name in measures or [None]:
                if name is None or sheets[0].kind in kinds_for(name):
                    one = measure_of(sheets, replace(options, measure=name), unseen)
                    found += [one] if one.by_language and one.name not in {had.name for had in found} else []
    if not found:
        raise BabelscopeError("no alignment measure of x tells languages apart, which a forecast needs")
    return found, outcomes


def _kinds_in(place: Path) -> list[tuple[str, ...]]:
    """The kinds of tables that a folder has, one by one; a file has its own."""
    if not place.is_dir():
        return [KINDS]
    found = []
    for kind in KINDS:
        if kind in (OTHER, "track"):
            continue
        there = [*place.glob(f"{kind}.csv*"), *place.glob(f"points/*/{kind}.csv")]
        found += [(kind,)] if there else []
    return found or [KINDS]


def _published(
    x: Place | Sequence[Place], y: Place | Sequence[Place] | None, options: CorrelationOptions
) -> tuple[list[Measured], list[Measured]]:
    found = [published_w24(place, places_of(y), options) for place in places_of(x)]
    return [one.x for one in found], list(found[0].y)


def _at(
    features: Sequence[Measured], y: Measured, options: CorrelationOptions, step: str, outcome_step: str
) -> Asked:
    """One model's checkpoint: the one asked for, or the only one that everything has at these steps."""
    models = [
        model
        for model, at in sorted({place for one in features for place in one.by_language}, key=place_order)
        if at == step and (model, outcome_step) in y.by_language
    ]
    models = [model for model in dict.fromkeys(models) if options.model in (None, model)]
    if not models:
        there = sorted(
            {at for one in features for _, at in one.by_language} & {at for _, at in y.by_language}, key=_step
        )
        raise BabelscopeError(
            f"x and y have no model with alignment at step {step} and a score at step {outcome_step}; steps of both: "
            f"{join(there) or 'none'}"
        )
    if len(models) > 1:
        raise BabelscopeError(
            f"step {step} is there for {join(models)}; a forecast is of one: choose it with --model"
        )
    place = (models[0], step)
    kept = [one for one in features if place in one.by_language]
    for one in kept:
        if one.by_language[place] == y.by_language[models[0], outcome_step]:
            raise BabelscopeError(
                f"x and y are the same numbers ({one.name} of {one.source}); give alignment as x and scores as y"
            )
    lost = [one.name for one in features if place not in one.by_language]
    message = f"{join(lost)} not measured at step {step}, so not used"
    return Asked(place, outcome_step, kept, y, [{"kind": "measures", "message": message}] if lost else [])


def _step(step: str) -> Any:
    return place_order(("", step))
