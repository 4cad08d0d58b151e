"""Places of x and y in, their correlations out: the public call of this package."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from babelscope.correlation.arranging import FINISHED, POOLED, Arranged, arrange
from babelscope.correlation.background import background_of, background_of_sheets, joined
from babelscope.correlation.correlating import correlated
from babelscope.correlation.matching import unmatched
from babelscope.correlation.measured import Measured
from babelscope.correlation.measures import kinds_for, measure_of
from babelscope.correlation.options import CorrelationOptions
from babelscope.correlation.outcomes import OUTCOME_KINDS, outcomes_of
from babelscope.correlation.published import published_w24
from babelscope.correlation.reading import Place, places_of, sheets_in
from babelscope.correlation.records import Record, Role, with_holm
from babelscope.correlation.roles import PLAIN, as_published, with_headline
from babelscope.correlation.saving import check_folder, correlation_rows, save_correlation
from babelscope.correlation.summary import Read, summary
from babelscope.errors import BabelscopeError, unknown_choice

__all__ = ["PRESETS", "Correlation", "correlate"]

PRESETS = ("w24",)
EARLY = 100_000
"""Steps before which alignment and scores still grow together [METHODS f.5]."""


@dataclass(frozen=True, eq=False)
class Correlation:
    """How an alignment measure goes with scores, in both units and in every way of asking."""

    records: tuple[Record, ...] = field(repr=False)
    content: dict[str, Any] = field(repr=False)
    """Plain JSON types: `verdict`, `answer`, `headline`, `records`, `analyses` (points and lines), `warnings`."""

    @property
    def verdict(self) -> list[str]:
        """The answer in a sentence, then what it rests on."""
        return list(self.content["verdict"])

    def rows(self) -> list[dict[str, Any]]:
        """Rows of correlation.csv."""
        return correlation_rows(self.records)

    def save(self, folder: Place, command: str = "", *, figures: bool = True) -> dict[str, Any]:
        """Writes correlation.json (a list of records), correlation.csv, correlation_summary.json and report.html.

        Args:
            folder: Made if needed.
            command: The command line, for the page.
            figures: Whether figures also become files of their own, which takes most of the time.

        Returns:
            The content as stored.

        Raises:
            BabelscopeError: If the folder cannot be written to or holds another command's results.
        """
        folder = Path(folder)
        check_folder(folder, "correlation")
        return save_correlation(folder, {**self.content, "command": command}, self.records, figures)


def correlate(
    x: Place | Sequence[Place],
    y: Place | Sequence[Place] | None = None,
    options: CorrelationOptions | None = None,
    *,
    preset: str | None = None,
    covariates: Place | Sequence[Place] = (),
) -> Correlation:
    """Correlates an alignment measure with scores over checkpoints, and over checkpoints and languages.

    The headline is fixed beforehand: within languages, across checkpoints, flagged checkpoints left out, given what
    probes know and held-out loss where they are at hand [METHODS 6i]. All else is shown beside it.

    Args:
        x: Tables or folders that hold the alignment measure: overlap.csv, scores.csv, retrieval.csv, track.csv, any
            table with model, step, language and values, or the folder of a series.
        y: Those that hold the scores: transfer.csv, evaluation.csv, track.csv or any such table. By default x.
        options: Which measure and score, and which checkpoints count.
        preset: `w24` reads the tables published with [W24] as x and makes the paper's choices.
        covariates: Further folders of series that know flags, held-out loss and what probes tell of the checkpoints.

    Raises:
        BabelscopeError: If a table cannot be read or lacks what is asked for, if x and y have no checkpoint or no
            language in common, fewer than 3 checkpoints, or do not vary.
    """
    options = options or CorrelationOptions()
    if preset is not None and preset not in PRESETS:
        raise BabelscopeError(unknown_choice("preset", preset, PRESETS))
    if preset is None and y is None and not all(Path(one).is_dir() for one in places_of(x)):
        raise BabelscopeError("no scores are given; add --y, a transfer.csv or the folder of a series that has one")
    if preset is not None:
        options = replace(options, since=options.since or EARLY)
    read = _published(x, y, options) if preset else _given(x, y, options, covariates)
    found: list[tuple[Arranged, list[Record]]] = []
    for score in read.y:
        found += _of_score(read, score, options)
    records = with_holm([record for _, of in found for record in of])
    return Correlation(tuple(records), summary(read, found, records, options))


def _given(
    x: Place | Sequence[Place],
    y: Place | Sequence[Place] | None,
    options: CorrelationOptions,
    covariates: Place | Sequence[Place],
) -> Read:
    of_x, of_y = places_of(x), places_of(y) or places_of(x)
    outcome_sheets = sheets_in(of_y, OUTCOME_KINDS, "the scores (y)")
    outcomes = outcomes_of(outcome_sheets, options)
    sheets = sheets_in(of_x, kinds_for(options.measure), "the alignment measure (x)")
    wanted = {place for one in outcomes for place in one.checkpoints}
    background = joined([background_of([*of_x, *of_y], places_of(covariates)), background_of_sheets(sheets)])
    cut = [sheet.about(wanted) for sheet in sheets]
    measure = measure_of(cut if any(map(len, cut)) else sheets, options, background.unseen)
    return Read(measure, outcomes, background.without(_asked(options)), [])


def _asked(options: CorrelationOptions) -> set[str]:
    """Covariates that are correlated themselves."""
    names = [options.measure or "", *(options.metric or "").split(",")]
    return {name.strip().partition(":")[0] for name in names}


def _published(x: Place | Sequence[Place], y: Place | Sequence[Place] | None, options: CorrelationOptions) -> Read:
    places = places_of(x)
    if len(places) != 1:
        raise BabelscopeError(f"got {len(places)} places for x, expected one with --preset w24: the published tables")
    found = published_w24(places[0], places_of(y), options)
    return Read(found.x, found.y, found.background, found.warnings, "w24")


def _of_score(read: Read, score: Measured, options: CorrelationOptions) -> list[tuple[Arranged, list[Record]]]:
    """Every model's correlations with one score; with the preset those of the paper are among them.

    A model that cannot be correlated is passed over with a warning where others can be.
    """
    read.warnings.extend(one for one in unmatched(read.x, score, options) if one not in read.warnings)
    paper = read.preset == "w24"
    every = arrange(read.x, score, read.background, options, with_source=paper)
    found: list[tuple[Arranged, list[Record]]] = []
    refused: list[BabelscopeError] = []
    for one in every:
        try:
            found.append(_of_model(one, options, paper))
        except BabelscopeError as error:
            refused.append(error)
    if not found or all(one.model == POOLED for one, _ in found):
        raise refused[0]
    read.warnings.extend({"kind": "left out", "message": str(error)} for error in refused)
    return found


def _of_model(one: Arranged, options: CorrelationOptions, paper: bool) -> tuple[Arranged, list[Record]]:
    if not paper:
        return one, _records(one, options)
    used, whole = one.without(FINISHED), []
    if one.model == POOLED:
        return used, _records(used, options)
    if one.pairs is not None and one.has(FINISHED):
        x, y = one.x.name, one.y.name
        whole = correlated(one.pairs, x=x, y=y, methods=PLAIN, exclusions=("none",), seed=options.seed)
    return used, as_published(_records(used, options), whole)


def _records(one: Arranged, options: CorrelationOptions) -> list[Record]:
    """In either unit; of all models together for comparison only."""
    role: Role | None = "sensitivity" if one.model == POOLED else None
    x, y = one.x.name, one.y.name
    found: list[Record] = []
    for data in (one.averages, one.pairs):
        if data is not None:
            found += correlated(data, x=x, y=y, since=options.since, role=role, seed=options.seed)
    if not found:
        raise BabelscopeError(f"{one.model}: {x} and {y} have no checkpoint with a value of both")
    return found if role or one.pairs is not None else with_headline(found)
