"""Series that are released on the hub, as data: a name in, what can be measured, and how it is called there, out."""

import re
from dataclasses import dataclass
from typing import Any

from babelscope.series.checkpoints import Order

__all__ = ["PRESETS", "Listed", "Preset", "Release", "releases_of"]


@dataclass(frozen=True)
class Release:
    """One released checkpoint."""

    repository: str
    revision: str | None = None
    step: str = "main"
    """Training step; "main" in a series of sizes."""
    parameters: int | None = None


@dataclass(frozen=True)
class Listed:
    """Checkpoints whose revisions are asked from the hub when they are needed: too many to write down."""

    repository: str
    pattern: str
    """What a whole revision looks like; its first group is the training step."""


@dataclass(frozen=True)
class Preset:
    """One series that a name stands for."""

    summary: str
    """What it is, in one line for a list."""
    order: Order
    releases: tuple[Release, ...] | Listed
    source: str
    """Where these facts are published."""
    tokenizer: str | None = None
    """Hub id, where the repositories bring no tokenizer of their own."""
    steps: str | None = None
    """What is measured unless --steps says otherwise; None is everything."""

    @property
    def gated(self) -> bool:
        """Whether its terms have to be accepted on the hub first."""
        return "gated" in self.summary


def _bloom(size: str, steps: str, last: int, **notes: Any) -> Preset:
    """Intermediate checkpoints of a BLOOM, and the final model as the last point."""
    known = [
        Release(f"bigscience/bloom-{size}-intermediate", f"global_step{step}", step) for step in steps.split()
    ] + [Release(f"bigscience/bloom-{size}", None, str(last))]
    return Preset(
        summary=f"BLOOM-{size} over its training: {len(known) - 1} intermediate checkpoints and the final model",
        order="training",
        releases=tuple(known),
        # The intermediate repositories hold no tokenizer.
        tokenizer="bigscience/bloom",
        **notes,
    )


# Steps of the small ones are of 256 sequences, of the larger ones of 512: hence twice as many steps in those.
_HUNDREDS = "1000 10000 100000 200000 300000 400000 500000 600000"
_FIFTIES = "1000 10000 50000 100000 150000 200000 250000 300000"
_BLOOM = {
    "bloom-560m": _bloom(
        "560m",
        _HUNDREDS,
        659500,
        source="huggingface.co/bigscience/bloom-560m-intermediate (branches), -optimizer-states (final step)",
    ),
    "bloom-1b1": _bloom(
        "1b1",
        _HUNDREDS,
        660750,
        source="huggingface.co/bigscience/bloom-1b1-intermediate (card), -optimizer-states (final step)",
    ),
    "bloom-1b7": _bloom(
        "1b7",
        _FIFTIES,
        340500,
        source="huggingface.co/bigscience/bloom-1b7-intermediate (branches), -optimizer-states (final step)",
    ),
    "bloom-3b": _bloom(
        "3b",
        _FIFTIES,
        337250,
        source="huggingface.co/bigscience/bloom-3b-intermediate (branches), -optimizer-states (final step)",
    ),
    "bloom-7b1": _bloom(
        "7b1",
        _FIFTIES,
        337500,
        source="huggingface.co/bigscience/bloom-7b1-intermediate (card), -optimizer-states (final step)",
    ),
}

_PYTHIA_SIZES = {
    "70m": 70_426_624,
    "160m": 162_322_944,
    "410m": 405_334_016,
    "1b": 1_011_781_632,
    "1.4b": 1_414_647_808,
    "2.8b": 2_775_208_960,
    "6.9b": 6_857_302_016,
    "12b": 11_846_072_320,
}
_PYTHIA_STEPS = (0, *(2**power for power in range(10)), *range(1000, 144_000, 1000))
_PYTHIA_CARD = "huggingface.co/EleutherAI/pythia-70m (card): step0, step{1,2,4,...,512}, step1000 to step143000"


def _pythia(size: str) -> Preset:
    """All of the 154 published checkpoints, of which log-spaced ones are measured by default."""
    name = f"EleutherAI/pythia-{size}"
    return Preset(
        summary=f"Pythia-{size} over its training: 20 of its 154 checkpoints, log-spaced (--steps : is all)",
        order="training",
        releases=tuple(Release(name, f"step{step}", str(step)) for step in _PYTHIA_STEPS),
        source=_PYTHIA_CARD,
        steps="log:20",
    )


def _olmo(name: str, repository: str, pattern: str = r"step(\d+)-tokens\d+B") -> Preset:
    return Preset(
        summary=f"{name} over its pretraining: 20 of its checkpoints, log-spaced (--steps : is all)",
        order="training",
        releases=Listed(repository, pattern),
        source=f"huggingface.co/{repository} (card: revisions are stepXXX-tokensYYYB), listed when they are needed",
        steps="log:20",
    )


# Of the second stage there are several runs, whose steps start over: the first stage is the series.
_STAGE_1 = r"(?:stage1-)?step(\d+)-tokens\d+B"


def _sizes(summary: str, source: str, parameters: dict[str, int | None], **notes: Any) -> Preset:
    releases = tuple(Release(name, parameters=count) for name, count in parameters.items())
    return Preset(summary=summary, order="scale", releases=releases, source=source, **notes)


PRESETS: dict[str, Preset] = {
    **_BLOOM,
    "bloom-sizes": _sizes(
        "The BLOOM family by size, 560m to 7b1 (the 176b has its own name: bigscience/bloom)",
        "huggingface.co/bigscience/bloom-560m to bloom-7b1 (cards)",
        {
            "bigscience/bloom-560m": 559_214_592,
            "bigscience/bloom-1b1": 1_065_314_304,
            "bigscience/bloom-1b7": 1_722_408_960,
            "bigscience/bloom-3b": 3_002_557_440,
            "bigscience/bloom-7b1": 7_069_016_064,
        },
    ),
    "llama-2-sizes": _sizes(
        "The LLaMA-2 family by size, 7b to 70b (gated: accept Meta's terms on the hub first)",
        "huggingface.co/meta-llama/Llama-2-7b-hf, Llama-2-13b-hf, Llama-2-70b-hf",
        {
            "meta-llama/Llama-2-7b-hf": 6_738_415_616,
            "meta-llama/Llama-2-13b-hf": 13_015_864_320,
            "meta-llama/Llama-2-70b-hf": 68_976_648_192,
        },
    ),
    **{f"pythia-{size}": _pythia(size) for size in _PYTHIA_SIZES},
    "pythia-sizes": _sizes(
        "The Pythia family by size, 70m to 12b",
        "huggingface.co/EleutherAI/pythia-70m (card: total parameters)",
        {f"EleutherAI/pythia-{size}": count for size, count in _PYTHIA_SIZES.items()},
    ),
    "olmo-1b": _olmo("OLMo 1B", "allenai/OLMo-1B-hf"),
    "olmo-7b": _olmo("OLMo 7B", "allenai/OLMo-7B-hf"),
    "olmo-2-1b": _olmo("OLMo 2 1B", "allenai/OLMo-2-0425-1B", _STAGE_1),
    "olmo-2-7b": _olmo("OLMo 2 7B", "allenai/OLMo-2-1124-7B", _STAGE_1),
    "olmo-2-13b": _olmo("OLMo 2 13B", "allenai/OLMo-2-1124-13B", _STAGE_1),
    "olmo-2-32b": _olmo("OLMo 2 32B", "allenai/OLMo-2-0325-32B", _STAGE_1),
    "olmo-2-sizes": _sizes(
        "The OLMo 2 family by size, 1B to 32B",
        "huggingface.co/allenai/OLMo-2-0425-1B, OLMo-2-1124-7B, OLMo-2-1124-13B, OLMo-2-0325-32B",
        {
            "allenai/OLMo-2-0425-1B": None,
            "allenai/OLMo-2-1124-7B": None,
            "allenai/OLMo-2-1124-13B": None,
            "allenai/OLMo-2-0325-32B": None,
        },
    ),
}
"""Series by name: what `babelscope track NAME` stands for."""


def releases_of(preset: Preset) -> tuple[Release, ...]:
    """The checkpoints of a preset, asked from the hub where they are not written down.

    Raises:
        ModelError: If the hub cannot be asked.
    """
    if not isinstance(preset.releases, Listed):
        return preset.releases
    from babelscope.series.hub import matching_revisions

    pattern = re.compile(preset.releases.pattern)
    repository = preset.releases.repository
    steps: dict[str, str] = {}
    # The last name of a step wins: of `step150-...` and `stage1-step150-...`, the shorter one.
    for revision in matching_revisions(repository, pattern):
        found = pattern.fullmatch(revision)
        if found:
            steps[str(int(found[1]))] = revision
    return tuple(Release(repository, revision, step) for step, revision in steps.items())
