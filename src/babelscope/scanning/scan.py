"""A model and a parallel corpus in, a Scan out: scores, regions and the similarity map, ready to save and show."""

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from jaxtyping import Float
from torch import Tensor

from babelscope.activations import Extraction, Progress, extract
from babelscope.corpus.parallel import CorpusWarning, ParallelCorpus
from babelscope.errors import BabelscopeError
from babelscope.languages import display_order
from babelscope.models.memory import is_out_of_memory
from babelscope.provenance import Signature, package_fields
from babelscope.regions import Regions, Size, choose_rule, find_regions
from babelscope.scanning.baseline import Baseline, untrained_baseline
from babelscope.scanning.options import ScanOptions
from babelscope.scores import Alignment, Permutations, Score, alignment, cosine_sums, paired_difference

if TYPE_CHECKING:
    from babelscope.models import LanguageModel

__all__ = ["LayerScores", "Scan", "scan"]


@dataclass(frozen=True)
class LayerScores:
    """What a scan says of one layer."""

    layer: int
    """From 1."""
    neurons: int
    lrds: Score
    sads: Score
    region_sizes: dict[str, Size]


@dataclass(frozen=True, eq=False)
class Scan:
    """Everything one scan found; made by `scan`."""

    corpus: ParallelCorpus
    """The sentences, languages in display order."""
    options: ScanOptions
    signature: Signature
    model_facts: dict[str, str]
    """Identity of the model: name, label, step, revision, hashes, dtype and so on."""
    whole: Alignment
    layers: tuple[Alignment, ...]
    regions: Regions
    cosines: Float[Tensor, "row row"] | None
    """Whole-model similarity map; rows are (language, sentence). None where it was not formed."""
    tokens: dict[str, int]
    """Tokens of each language's sentences."""
    warnings: tuple[CorpusWarning, ...]
    baseline_note: str
    timings: dict[str, float]
    """Seconds by stage."""

    @property
    def lrds(self) -> Score:
        """Same-language minus cross-language similarity, [-2, 2]; lower is more language-agnostic."""
        return self.whole.lrds

    @property
    def sads(self) -> Score:
        """Translations minus unrelated cross-language sentences, [-2, 2]; higher is more aligned by meaning."""
        return self.whole.sads

    @property
    def sklr(self) -> Size:
        """Neurons in all regions together."""
        assert self.regions.sklr is not None
        return self.regions.sklr

    @property
    def pairs(self) -> dict[tuple[str, str], Score]:
        """SADS of each pair of languages."""
        codes = self.corpus.languages
        return {(codes[a], codes[b]): score for (a, b), score in self.whole.pairs.items()}

    @property
    def by_layer(self) -> list[LayerScores]:
        """Scores and region sizes of each layer, first layer first."""
        return [
            LayerScores(
                index + 1,
                self.regions.neurons[index],
                layer.lrds,
                layer.sads,
                {language: sizes[index] for language, sizes in self.regions.layer_sizes.items()},
            )
            for index, layer in enumerate(self.layers)
        ]

    def summary(self) -> dict[str, Any]:
        """All numbers as plain JSON types: the content of summary.json."""
        from babelscope.scanning.summary import summarise

        return summarise(self)

    def save(self, folder: str | Path, command: str = "", figures: bool = True) -> Path:
        """Writes the run folder: manifest, summary, tables, regions, figures and report.

        Args:
            folder: Made if needed; files of an earlier run there are replaced.
            command: The command line to record as the way to repeat it.
            figures: Whether each figure is also written as a file of its own; the report holds them in any case.

        Raises:
            BabelscopeError: If the folder cannot be written to.
        """
        from babelscope.scanning.folder import save_scan

        return save_scan(self, Path(folder), command, figures)

    def report(self, path: str | Path) -> Path:
        """Writes the report alone, as one self-contained HTML file."""
        from babelscope.report import Material, write_report

        return write_report(Path(path), Material(self.summary(), self.corpus, self._similarity()), figures_href=None)

    def _similarity(self) -> Any:
        return None if self.cosines is None else self.cosines.numpy()

    def _repr_html_(self) -> str:
        from babelscope.report import scan_html

        return scan_html(self.summary(), self._similarity())

    def __repr__(self) -> str:
        return f"Scan(lrds={self.lrds}, sads={self.sads}, sklr={self.sklr.value}, {self.signature.short})"


def scan(
    model: "LanguageModel",
    corpus: ParallelCorpus,
    *,
    options: ScanOptions | None = None,
    folder: Path | None = None,
    progress: Progress | None = None,
    extraction: Extraction | None = None,
    **choices: Any,
) -> Scan:
    """Measures how far the languages of a model share one space of meaning, and which neurons keep them apart.

    Args:
        model: From `load_model` or `wrap_model`.
        corpus: From `load_corpus`.
        options: All choices at once.
        folder: Keep sentence vectors in files here rather than in memory; an interrupted scan continues from them.
        progress: Called as progress(what, done, total).
        extraction: The model's activations at the site of the options, where they were measured before (in shards);
            its languages are in display order.
        **choices: Single fields of `ScanOptions`, such as `threshold=1.5` or `baseline=False`.

    Raises:
        BabelscopeError: If the input cannot be measured; the message says what to change.
    """
    if isinstance(model, str) or isinstance(corpus, str):
        raise BabelscopeError("scan takes a loaded model and corpus; use load_model(...) and load_corpus(...) first")
    options = replace(options or ScanOptions(), **choices)
    rule = choose_rule(len(corpus.languages), options.threshold, options.share)
    keep_map = options.wants_map(len(corpus.languages) * corpus.n)
    corpus = corpus.reorder(display_order(corpus.languages))
    timings: dict[str, float] = {}
    clock = _Clock(timings)
    if extraction is None:
        extraction = extract(
            model, corpus, site=options.site, budget=options.batch_tokens, folder=folder, progress=progress
        )
    _check_fits(extraction, model, corpus)
    clock.lap("capture")
    # Whenever it was measured.
    timings["capture"] = round(extraction.seconds, 3)
    activations, norms = extraction.activations, extraction.squared_norms
    permutations = Permutations.draw(len(corpus.languages), corpus.n, keep_map, options.draws, options.seed)
    levels: list[Alignment] = []
    cosines = None
    for sums in cosine_sums(activations, norms, permutations, keep_map):
        levels.append(alignment(sums, permutations))
        cosines = sums.cosines
        if progress is not None:
            progress("scores", len(levels), activations.n_layers + 1)
    clock.lap("scores")
    found = find_regions(activations, norms, rule, draws=options.region_draws, seed=options.seed)
    clock.lap("regions")
    tokens, warnings = extraction.tokens, (*corpus.warnings, *extraction.warnings)
    # The twin's vectors take as much memory as these.
    del extraction, activations
    baseline, note = _baseline(model, corpus, options, progress, folder)
    clock.lap("baseline")
    facts = _facts(model)
    signature = _signature(model, corpus, options, str(rule), keep_map)
    found = replace(found, source=signature.as_dict())
    signed = [_finish(level, baseline, signature.long) for level in levels]
    return Scan(
        corpus=corpus,
        options=options,
        signature=signature,
        model_facts=facts,
        whole=signed[-1],
        layers=tuple(signed[:-1]),
        regions=found,
        cosines=cosines,
        tokens=tokens,
        warnings=warnings,
        baseline_note=note,
        timings=timings,
    )


def _check_fits(extraction: Extraction, model: "LanguageModel", corpus: ParallelCorpus) -> None:
    found = extraction.activations
    got = (found.languages, found.sentences, found.neurons)
    expected = (corpus.languages, corpus.n, tuple(model.neurons))
    for what, one, other in zip(("languages", "sentences", "neurons per layer"), got, expected, strict=True):
        if one != other:
            raise BabelscopeError(
                f"the extraction has {what} {one}, this model and corpus {other}; extract from "
                "corpus.reorder(display_order(corpus.languages)) with the same model"
            )


class _Clock:
    def __init__(self, laps: dict[str, float]) -> None:
        self._laps = laps
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self._laps[name] = round(now - self._last, 3)
        self._last = now


def _baseline(
    model: "LanguageModel",
    corpus: ParallelCorpus,
    options: ScanOptions,
    progress: Progress | None,
    folder: Path | None,
) -> tuple[Baseline | None, str]:
    """The untrained model's scores; where it cannot be measured the scan goes on without, and says why."""
    if not options.baseline:
        return None, "Not measured (--no-baseline)."
    try:
        apart = None if folder is None else folder / "untrained"
        baseline = untrained_baseline(model, corpus, options, progress, apart)
    except BabelscopeError as error:
        return None, f"Not measured: {error}."
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        return None, "Not measured: the untrained model does not fit in memory beside the trained one."
    origin = "read from the cache" if baseline.cached else "measured in this run"
    return baseline, f"Same architecture and tokenizer, weights drawn anew with seed {options.seed}; {origin}."


def _finish(level: Alignment, baseline: Baseline | None, signature: str) -> Alignment:
    lrds, sads = level.lrds.signed(signature), level.sads.signed(signature)
    if baseline is not None:
        base_lrds, base_sads = baseline.lrds[level.layer], baseline.sads[level.layer]
        lrds = lrds.with_baseline(base_lrds, paired_difference(lrds, base_lrds))
        sads = sads.with_baseline(base_sads, paired_difference(sads, base_sads))
    pairs = {pair: score.signed(signature) for pair, score in level.pairs.items()}
    return replace(level, lrds=lrds, sads=sads, pairs=pairs)


def _facts(model: "LanguageModel") -> dict[str, str]:
    return {
        "name": model.name,
        "label": model.label,
        "step": model.step,
        "revision": model.revision,
        "model_type": model.architecture.model_type,
        "weights_hash": model.weights_hash,
        "config_hash": model.config_hash,
        "tokenizer_hash": model.tokenizer_hash,
        "dtype": model.dtype,
        "device": str(model.device),
        "attention": model.attention,
        "special_tokens": model.special_tokens,
        "remote_code": str(model.remote_code).lower(),
        "threads": str(torch.get_num_threads()),
    }


def _signature(
    model: "LanguageModel", corpus: ParallelCorpus, options: ScanOptions, rule: str, keep_map: bool
) -> Signature:
    return Signature.of(
        **model.signature_fields,
        corpus=corpus.name,
        corpus_hash=corpus.hash,
        languages=",".join(corpus.languages),
        n=corpus.n,
        site=options.site,
        pooling="mean",
        regions=rule,
        draws=options.draws,
        region_draws=options.region_draws,
        map=str(keep_map).lower(),
        seed=options.seed,
        **package_fields(),
    )
