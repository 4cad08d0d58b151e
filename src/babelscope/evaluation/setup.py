"""A model, regions and text in, an ablation ready to run and what it would cost out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babelscope.corpus.parallel import CorpusWarning
from babelscope.corpus.streams import TextStreams, load_streams
from babelscope.errors import CorpusError
from babelscope.evaluation.conditions import Condition, plan_conditions
from babelscope.evaluation.options import AblationOptions
from babelscope.evaluation.perplexity import Scorer
from babelscope.languages import display_order
from babelscope.regions import Regions

if TYPE_CHECKING:
    from babelscope.models import LanguageModel

__all__ = ["FEW_SEGMENTS", "Forecast", "Setup", "forecast", "set_up"]

FEW_SEGMENTS = 30


@dataclass(frozen=True, eq=False)
class Setup:
    """Everything an ablation needs before its first forward pass."""

    options: AblationOptions
    streams: TextStreams
    """Of the evaluated languages, in display order."""
    deactivated: tuple[str, ...]
    """Those of them whose regions are deactivated."""
    conditions: tuple[Condition, ...]
    scorer: Scorer
    warnings: tuple[CorpusWarning, ...]


@dataclass(frozen=True)
class Forecast:
    """What an ablation would cost, before it is paid for."""

    conditions: int
    """None, regions and controls, at every dose."""
    languages: int
    segments: int
    """Of one condition."""
    tokens: dict[str, int]
    """Scored tokens of one condition, by language."""
    seconds_per_condition: float
    """Estimated from one timed batch."""
    seconds: float


def set_up(
    model: "LanguageModel",
    regions: Regions,
    text: TextStreams | str | Path | Mapping[str, str],
    *,
    languages: Sequence[str] | None = None,
    options: AblationOptions | None = None,
    other_model: bool = False,
    **choices: Any,
) -> Setup:
    """Checks the input of an ablation and cuts its text; arguments as for `ablate`."""
    options = replace(options or AblationOptions(), **choices)
    streams = text if isinstance(text, TextStreams) else load_streams(text)
    regions.check(model, other_model)
    chosen = _languages(regions, streams, languages)
    streams = streams.select(chosen)
    deactivated = tuple(language for language in chosen if language in regions.masks)
    if not deactivated:
        raise CorpusError(
            f"there are regions of {', '.join(regions)}, but of none of {', '.join(chosen)}; scan those"
        )
    conditions = plan_conditions(
        regions, deactivated, controls=options.controls, seed=options.seed, doses=(*options.doses, 1.0)
    )
    scorer = Scorer(
        model, streams.texts, windows=options.windows, segment=options.segment, budget=options.batch_tokens
    )
    warnings = tuple(_warnings(scorer, streams, regions))
    return Setup(options, streams, deactivated, tuple(conditions), scorer, warnings)


def forecast(setup: Setup) -> Forecast:
    """What an ablation would cost, its time extrapolated from one batch that is run and thrown away."""
    scorer = setup.scorer
    seconds = scorer.seconds()
    return Forecast(
        conditions=len(setup.conditions),
        languages=len(scorer.streams),
        segments=scorer.segments,
        tokens={language: int(stream.tokens.sum()) for language, stream in scorer.streams.items()},
        seconds_per_condition=seconds,
        seconds=seconds * len(setup.conditions),
    )


def _languages(regions: Regions, streams: TextStreams, asked: Sequence[str] | None) -> tuple[str, ...]:
    if asked is None:
        chosen = [language for language in regions if language in streams.texts]
        if not chosen:
            raise CorpusError(
                f"{streams.name} has text in {', '.join(streams.texts)}, the regions are of {', '.join(regions)}: "
                "no language is in both; give other text"
            )
    else:
        chosen = list(dict.fromkeys(asked))
        absent = [language for language in chosen if language not in streams.texts]
        if absent:
            raise CorpusError(
                f"{streams.name} has no text in {', '.join(absent)}; it has text in {', '.join(streams.texts)}"
            )
    return tuple(display_order(chosen))


def _warnings(scorer: Scorer, streams: TextStreams, regions: Regions) -> list[CorpusWarning]:
    found = []
    few = {code: len(stream.windows) for code, stream in scorer.streams.items() if len(stream.windows) < FEW_SEGMENTS}
    if few:
        counts = ", ".join(f"{code} {count}" for code, count in few.items())
        message = (
            f"fewer than {FEW_SEGMENTS} segments in {counts}: their intervals are weak; give more text or a smaller "
            "--segment"
        )
        found.append(CorpusWarning("few segments", message, len(few)))
    if streams.kind == "parallel" and regions.source.get("corpus") == streams.name:
        message = f"the regions were found on {streams.name} too; text they have not seen is a harder test"
        found.append(CorpusWarning("same text", message, len(streams)))
    if scorer.head is None:
        message = "what this model does to its logits is not known, so they are formed whole, segment by segment"
        found.append(CorpusWarning("slow logits", message, scorer.segments))
    return found
