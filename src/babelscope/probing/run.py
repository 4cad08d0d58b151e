"""A model and treebanks in, which neurons tell which attribute of a word in which language out."""

import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babelscope.activations import Progress, WordPieces, word_pieces, word_vectors
from babelscope.errors import BabelscopeError, unknown_choice
from babelscope.evaluation.parts import Parts
from babelscope.languages import display_order
from babelscope.probing.cell_key import cell_key
from babelscope.probing.cells import probe_cells
from babelscope.probing.options import ProbeOptions
from babelscope.probing.problems import Problems, build_problems
from babelscope.probing.splits import LemmaSplit, split_lemmas
from babelscope.provenance import Signature, package_fields
from babelscope.timing import timed

if TYPE_CHECKING:
    from babelscope.models import LanguageModel
    from babelscope.probing.overlap import Overlaps
    from babelscope.treebanks import Treebank

__all__ = ["Probing", "probe"]

WORDS = "words"
"""Folder of the word vectors while a probing runs."""
_SIGNED = (
    "site", "pooling", "glued", "probe", "covariance", "standardise", "criterion", "values", "minimum", "edits",
    "seeds", "controls",
)  # fmt: skip
"""Choices that a signature names as they are."""


@dataclass(frozen=True, eq=False)
class Probing:
    """What probes of one model found; made by `probe`."""

    cells: tuple[dict[str, Any], ...]
    """One per attribute, layer and language: what its probes tell, and each probe's selection."""
    problems: Problems
    treebanks: "Mapping[str, Treebank]"
    splits: Mapping[str, LemmaSplit]
    options: ProbeOptions
    layers: tuple[int, ...]
    model_fields: Mapping[str, str]
    dropped: Mapping[str, Mapping[str, int]]
    """By language, words without a vector by reason."""
    shared_words: Mapping[str, int]
    """By language, words of which a token covers part of another word too."""
    timings: Mapping[str, float] = field(default_factory=dict)

    @property
    def signature(self) -> Signature:
        """Everything these numbers depend on."""
        options = self.options
        return Signature.of(
            **self.model_fields,
            treebanks=",".join(f"{code}:{bank.hash}" for code, bank in self.treebanks.items()),
            splits=",".join(f"{code}:{split.hash}" for code, split in self.splits.items()),
            languages=",".join(self.treebanks),
            attributes=",".join(options.attributes),
            layers=",".join(map(str, self.layers)),
            **{name: getattr(options, name) for name in _SIGNED},
            k=",".join(map(str, options.sizes(max(cell["neurons"] for cell in self.cells)))),
            seed=options.split_seed,
            **package_fields(),
        )

    @cached_property
    def overlaps(self) -> "Overlaps | None":
        """What languages share of the selections; None where no attribute was probed in two languages."""
        from babelscope.probing.content import overlaps_of

        return overlaps_of(self)

    def summary(self) -> dict[str, Any]:
        """All numbers as plain JSON types: the content of probing.json."""
        from babelscope.probing.content import summarise_probing

        return summarise_probing(self)

    def save(self, folder: str | Path, command: str = "", figures: bool = True) -> Path:
        """Writes probing.json, its tables, and the report of everything the folder holds.

        Args:
            folder: Made if needed; the run folder of the model's scan is a good place.
            command: The command line to record as the way to repeat it.
            figures: Whether each figure is also written as a file of its own.
        """
        from babelscope.probing.rows import information_rows, selection_rows
        from babelscope.run_folder import write_piece

        content = {**self.summary(), "command": command}
        tables = {
            "selections": selection_rows(content, self.cells),
            "information": information_rows(content, self.cells),
            "overlap": [] if self.overlaps is None else self.overlaps.rows(),
        }
        return write_piece(Path(folder), "probing", content, tables, figures=figures)

    def __repr__(self) -> str:
        return f"Probing({self.model_fields['model']}, {len(self.cells)} cells, layers {self.layers})"


def probe(
    model: "LanguageModel",
    treebanks: "Mapping[str, Treebank]",
    *,
    options: ProbeOptions | None = None,
    folder: Path | None = None,
    progress: Progress | None = None,
) -> Probing:
    """Trains probes of every attribute in every language and layer, and selects the neurons that tell most.

    Args:
        model: From `load_model` or `wrap_model`.
        treebanks: By language, from `load_treebanks`.
        options: Which probes, layers and attributes.
        folder: Where word vectors and finished cells are kept while this runs, and found again by a run that goes on.
        progress: Called with what is done, how much, and of how much.

    Raises:
        BabelscopeError: If there is nothing to probe: no attribute has enough words anywhere, or a layer, size or
            word vector is not there.
    """
    options = options or ProbeOptions()
    layers = options.layers_of(model.n_layers)
    banks = {code: treebanks[code] for code in display_order(treebanks)}
    _check_choices(banks, options)
    timings: dict[str, float] = {}
    with timed(timings, "problems"):
        splits = {code: split_lemmas(bank, seed=options.split_seed) for code, bank in banks.items()}
        pieces = {code: word_pieces(model, bank, glued=options.glued) for code, bank in banks.items()}
        without = {code: found.without_vectors() for code, found in pieces.items()}
        problems = build_problems(
            banks, splits, options.attributes, values=options.values, minimum=options.minimum,
            seeds=range(options.seeds), unusable=without,
        )  # fmt: skip
    if not problems.problems:
        reasons = [f"{one['language']} {one['attribute']}: {one['reason']}" for one in problems.infeasible]
        raise BabelscopeError(
            f"nothing to probe: {'; '.join(reasons[:3])}{'; ...' if len(reasons) > 3 else ''}. Expected two values "
            f"with {options.minimum} words each in train, dev and test; give more sentences, or a smaller --minimum"
        )
    parts = Parts(folder)
    cells: list[dict[str, Any]] = []
    told = _Told(progress, options, len(problems.problems) * len(layers))
    for code in problems.words:
        cells += _language(model, banks[code], pieces[code], problems, layers, options, folder, parts, timings, told)
    if folder is not None:
        shutil.rmtree(folder / WORDS, ignore_errors=True)
    order = {attribute: place for place, attribute in enumerate(options.attributes)}
    cells.sort(key=lambda cell: (cell["layer"], order[cell["attribute"]]))
    return Probing(
        cells=tuple(cells),
        problems=problems,
        treebanks=banks,
        splits=splits,
        options=options,
        layers=layers,
        model_fields=model.signature_fields,
        dropped={code: dict(Counter(found.values())) for code, found in without.items()},
        shared_words={code: pieces[code].sharing(words) for code, words in problems.words.items()},
        timings={name: round(seconds, 3) for name, seconds in timings.items()},
    )


def _check_choices(banks: "Mapping[str, Treebank]", options: ProbeOptions) -> None:
    words = (word for bank in banks.values() for sentence in bank.sentences for word in sentence.words)
    known = sorted({attribute for word in words for attribute in word.features})
    for attribute in options.attributes:
        if attribute not in known:
            raise BabelscopeError(unknown_choice("attribute", attribute, known))
    for code in options.unseen:
        if code not in banks:
            raise BabelscopeError(f"got {code!r} in --unseen; the treebanks are of {', '.join(banks)}")


class _Told:
    """How many cells are done, with the probes of the one under way counted in."""

    def __init__(self, progress: Progress | None, options: ProbeOptions, cells: int) -> None:
        self.progress = progress
        self._per_cell = options.seeds + options.controls
        self._total = cells * self._per_cell
        self._done = 0

    def within(self, done: int) -> None:
        """So many probes of the present group are done."""
        if self.progress is not None:
            self.progress("probes", self._done + done, self._total)

    def group(self, cells: int) -> None:
        """A group of cells is done."""
        self._done += cells * self._per_cell
        self.within(0)


def _language(
    model: "LanguageModel",
    bank: "Treebank",
    pieces: WordPieces,
    problems: Problems,
    layers: Sequence[int],
    options: ProbeOptions,
    folder: Path | None,
    parts: Parts,
    timings: dict[str, float],
    told: _Told,
) -> list[dict[str, Any]]:
    """Every cell of one language; its words are read by the model only if some cell is not stored yet."""
    code, own = bank.language, problems.of(bank.language)
    home = None if folder is None else folder / WORDS / code
    keys = {
        layer: {problem.attribute: cell_key(model, problem, problems.words[code], layer, options) for problem in own}
        for layer in layers
    }
    found = {layer: parts.found(f"{code}-{layer}", keys[layer]) for layer in layers}
    if any(len(cells) < len(own) for cells in found.values()):
        with timed(timings, "words"):
            vectors = word_vectors(
                model, bank, layers, site=options.site, pooling=options.pooling, glued=options.glued,
                pieces=pieces, wanted=problems.wanted[code], folder=home, budget=options.batch_tokens,
                progress=told.progress,
            )  # fmt: skip
        for layer in layers:
            todo = [problem for problem in own if problem.attribute not in found[layer]]
            if todo:
                with timed(timings, "probes"):
                    made = probe_cells(
                        vectors.layer(layer), todo, layer, options, device=model.device, progress=told.within
                    )
                parts.write(
                    f"{code}-{layer}", {attribute: (keys[layer][attribute], cell) for attribute, cell in made.items()}
                )
                found[layer] |= made
            told.group(len(own))
        if home is not None:
            # All layers of a large model are gigabytes in every language: they go before the next are written.
            shutil.rmtree(home, ignore_errors=True)
    else:
        told.group(len(own) * len(layers))
    return [found[layer][problem.attribute] for layer in layers for problem in own]
