"""A model, its regions and text in; each language's loss under nothing, every region and every control out."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float

from babelscope.activations import Progress
from babelscope.corpus.parallel import CorpusWarning
from babelscope.corpus.streams import TextStreams
from babelscope.evaluation.conditions import Condition, Intervention
from babelscope.evaluation.matrix import Matrix, matrix
from babelscope.evaluation.options import AblationOptions
from babelscope.evaluation.parts import Parts
from babelscope.evaluation.perplexity import Losses, Scorer
from babelscope.evaluation.setup import set_up
from babelscope.interventions import NeuronStatistics
from babelscope.provenance import Signature, package_fields, text_hash
from babelscope.regions import Regions

if TYPE_CHECKING:
    from babelscope.models import LanguageModel

__all__ = ["Ablation", "ablate"]


@dataclass(frozen=True, eq=False)
class Ablation:
    """Everything one ablation measured; made by `ablate`."""

    languages: tuple[str, ...]
    """Evaluated languages, in display order."""
    deactivated: tuple[str, ...]
    """Languages whose regions were deactivated, in display order."""
    conditions: tuple[Condition, ...]
    losses: dict[str, dict[str, Losses]]
    """By condition's key, then language."""
    options: AblationOptions
    segment: int
    """Longest input, tokens."""
    text: TextStreams
    signature: Signature
    regions_source: dict[str, str]
    warnings: tuple[CorpusWarning, ...]
    """What a reader should know of the text before believing the numbers."""
    timings: dict[str, float]
    """Seconds by stage; nothing for conditions that were read from an earlier run."""

    def nll(self, language: str, conditions: Sequence[Condition]) -> Float[np.ndarray, "condition segment"]:
        """Losses of a language's segments under some conditions, nats."""
        return np.stack([self.losses[condition.key][language].nll for condition in conditions])

    @cached_property
    def matrices(self) -> dict[float, Matrix]:
        """The perplexity matrix by dose, the whole regions' among them."""
        doses = {condition.dose for condition in self.conditions if condition.mask is not None}
        return {dose: matrix(self, dose) for dose in sorted(doses)}

    def summary(self) -> dict[str, Any]:
        """All numbers as plain JSON types: the content of ablation.json."""
        from babelscope.evaluation.ablation_content import ablation_content

        return ablation_content(self)

    def save(
        self, folder: str | Path, command: str = "", base: str | Path | None = None, figures: bool = True
    ) -> Path:
        """Writes ablation.json, ablation.csv and selectivity.csv, and the report with what else the folder holds.

        Args:
            folder: Made if needed; the folder of the scan itself is a good place.
            command: The command line to record as the way to repeat it.
            base: Run folder of the scan, for the report, where `folder` is another.
            figures: Whether each figure is also written as a file of its own.
        """
        from babelscope.evaluation.ablation_content import ablation_rows, selectivity_rows
        from babelscope.run_folder import write_piece

        content = {**self.summary(), "command": command}
        tables = {"ablation": ablation_rows(self), "selectivity": selectivity_rows(self, content)}
        return write_piece(Path(folder), "ablation", content, tables, base, figures)

    def __repr__(self) -> str:
        return f"Ablation({len(self.languages)} languages, {len(self.conditions)} conditions, {self.signature.short})"


def ablate(
    model: "LanguageModel",
    regions: Regions,
    text: TextStreams | str | Path | Mapping[str, str],
    *,
    languages: Sequence[str] | None = None,
    options: AblationOptions | None = None,
    statistics: NeuronStatistics | None = None,
    folder: Path | None = None,
    progress: Progress | None = None,
    other_model: bool = False,
    **choices: Any,
) -> Ablation:
    """Perplexity of every language under every region's deactivation, beside nothing and random controls [Z25 4.3].

    Args:
        model: From `load_model` or `wrap_model`.
        regions: Of this model, or of another checkpoint of its series.
        text: Streams of text, or what `load_streams` takes.
        languages: Which to evaluate and deactivate; by default all that have text and a region.
        options: All choices at once.
        statistics: Of the neurons, for the modes mean and noise.
        folder: Keep finished conditions here; an interrupted run continues from them.
        progress: Called as progress(what, done, total), counting segments.
        other_model: Allow regions found in a model of another name.
        **choices: Single fields of `AblationOptions`, such as `controls=5`.

    Raises:
        BabelscopeError: If the input cannot be measured; the message says what to change.
        ModelError: If logits are NaN, or the regions are another model's.
    """
    started = time.perf_counter()
    setup = set_up(model, regions, text, languages=languages, options=options, other_model=other_model, **choices)
    options, scorer = setup.options, setup.scorer
    how = Intervention(options.mode, regions.site, options.factor, statistics, options.seed)  # type: ignore[arg-type]
    signature = _signature(model, setup.streams, regions, options, scorer, statistics)
    # Noise is drawn batch by batch, so that it depends on their size too.
    batches = scorer.budget if options.mode == "noise" else ""
    identity = text_hash(model.identity, str(batches), *package_fields().values())
    prepared = time.perf_counter()
    losses = _score_all(scorer, setup.conditions, how, identity, folder, progress)
    timings = {"prepare": prepared - started, "score": time.perf_counter() - prepared}
    return Ablation(
        languages=setup.streams.languages,
        deactivated=setup.deactivated,
        conditions=setup.conditions,
        losses=losses,
        options=options,
        segment=scorer.segment,
        text=setup.streams,
        signature=signature,
        regions_source=dict(regions.source),
        warnings=setup.warnings,
        timings={stage: round(seconds, 3) for stage, seconds in timings.items()},
    )


def _score_all(
    scorer: Scorer,
    conditions: Sequence[Condition],
    how: Intervention,
    identity: str,
    folder: Path | None,
    progress: Progress | None,
) -> dict[str, dict[str, Losses]]:
    """Losses by condition and language; each finished condition is stored before the next one starts."""
    parts = Parts(folder)
    # Before any block: under noise, the two passes that look for it would differ and take draws from the seed.
    _ = scorer.head
    texts = {language: scorer.key(language) for language in scorer.streams}
    total, done = scorer.segments * len(conditions), 0

    def advance(windows: int) -> None:
        nonlocal done
        done += windows
        if progress is not None:
            progress("segments", done, total)

    found: dict[str, dict[str, Losses]] = {}
    for condition in conditions:
        under = how.key(condition)
        keys = {language: text_hash(identity, under, text) for language, text in texts.items()}
        stored = parts.found(condition.key, keys)
        losses = {language: scorer.stored(language, nll) for language, nll in stored.items()}
        advance(sum(len(nll) for nll in stored.values()))
        todo = [language for language in keys if language not in stored]
        for language in todo:
            # A block each: noise starts from its seed, whatever an earlier run has finished.
            with how.apply(scorer.model, condition):
                losses[language] = scorer.score(language, str(condition), advance)
        parts.write(condition.key, {code: (keys[code], losses[code].nll.tolist()) for code in todo})
        found[condition.key] = losses
    return found


def _signature(
    model: "LanguageModel",
    streams: TextStreams,
    regions: Regions,
    options: AblationOptions,
    scorer: Scorer,
    statistics: NeuronStatistics | None,
) -> Signature:
    return Signature.of(
        **model.signature_fields,
        text=streams.name,
        text_hash=streams.hash,
        languages=",".join(streams.languages),
        windows=options.windows,
        segment=scorer.segment,
        regions=regions.hash,
        regions_of=f"{regions.source.get('model', '')}@{regions.source.get('step', '')}",
        site=regions.site,
        mode=options.mode,
        factor="" if options.factor is None else options.factor,
        statistics="" if statistics is None else statistics.hash,
        controls=options.controls,
        doses=",".join(f"{dose:g}" for dose in options.doses),
        resamples=options.resamples,
        relabellings=options.relabellings,
        seed=options.seed,
        **package_fields(),
    )
