"""Command-line options that several commands share, and what they load."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from babelscope.errors import BabelscopeError

if TYPE_CHECKING:
    from babelscope.activations import Progress
    from babelscope.corpus import ParallelCorpus
    from babelscope.interventions import NeuronStatistics
    from babelscope.models import LanguageModel
    from babelscope.regions import Regions as Found

Corpus = Annotated[str, typer.Option(help="A name from `babelscope corpora`, a folder, a table, or hf:OWNER/NAME.")]
Langs = Annotated[str | None, typer.Option(help="Languages, such as en,fr,zh; any common spelling of the codes.")]
Number = Annotated[int | None, typer.Option("-n", help="Sentences per language; by default 100, or all if fewer.")]
Offset = Annotated[int, typer.Option(help="Sentences to skip first.")]
Columns = Annotated[str | None, typer.Option(help="Columns of a table or dataset, such as en=english,fr=french.")]
Split = Annotated[str | None, typer.Option(help="Part of a hub dataset.")]
Regions = Annotated[Path, typer.Option(help="Run folder of a scan, or a regions.safetensors.")]
Mode = Annotated[str, typer.Option(help="What is done to the neurons: zero, mean, scale or noise.")]
Factor = Annotated[float | None, typer.Option(help="Of scale (0.5 by default) and noise (1 by default).")]
OtherModel = Annotated[
    bool, typer.Option("--other-model", help="Allow regions found in a model of another name, such as an ancestor.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what it would cost, and stop.")]
Attributes = Annotated[str, typer.Option(help="What probes tell of a word: POS, Number, Gender, Tense, ...")]
Layers = Annotated[
    str | None, typer.Option(help="Layers to probe, such as 3,6; by default half and two thirds of the way up.")
]
Treebanks = Annotated[
    str, typer.Option(help="A folder of <lang>.conllu or UD_*, a .conllu file, grammar, or hf:OWNER/NAME:CONFIG.")
]
Unseen = Annotated[
    str | None, typer.Option(help="Languages the model never saw, such as de: probed, but in no mean.")
]
Seeds = Annotated[int, typer.Option(help="Probes per language, attribute and layer; fine-tunings per method.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON instead of tables.")]

DEFAULT_SENTENCES = 100


def read_corpus(
    source: str,
    langs: str | None,
    n: int | None,
    offset: int = 0,
    seed: int | None = None,
    columns: str | None = None,
    split: str | None = None,
) -> "ParallelCorpus":
    """The corpus a command line names; without -n, the first 100 sentences or all if there are fewer."""
    from babelscope.corpus import load_corpus

    return load_corpus(
        source,
        languages=langs,
        n=n,
        at_most=DEFAULT_SENTENCES,
        offset=offset,
        seed=seed,
        columns=mapping(columns),
        split=split,
    )


def mapping(
    text: str | None, key: str = "LANG", each: str = "language", example: str = "en=english,fr=french"
) -> dict[str, str] | None:
    """Columns by what they hold, from LANG=COLUMN,LANG=COLUMN; None if the option was not given.

    Args:
        text: As given.
        key: What stands before the sign of equality, for messages.
        each: The same in a sentence.
        example: One that is right.
    """
    if not text:
        return None
    found: dict[str, str] = {}
    for part in text.split(","):
        what, separator, column = part.strip().partition("=")
        if not separator or not what or not column:
            raise BabelscopeError(f"got {part!r} in --columns, expected {key}=COLUMN, such as --columns {example}")
        if what in found:
            raise BabelscopeError(f"got {text!r} in --columns: {what} given twice; expected one column per {each}")
        found[what] = column
    return found


def remote_languages(text: str, regions: "Found") -> list[str] | None:
    """The regions' languages, where reading all of a source would mean fetching them; None where it lies here."""
    return None if text == "mini" or Path(text).exists() else list(regions)


def names(text: str) -> tuple[str, ...]:
    """Names separated by commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def numbers(text: str, option: str) -> tuple[float, ...]:
    """Numbers separated by commas."""
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise BabelscopeError(f"got {text!r} in {option}, expected numbers such as 0.25,0.5,0.75") from error


def integers(text: str | None, option: str) -> tuple[int, ...] | None:
    """Whole numbers separated by commas; None if the option was not given."""
    if text is None:
        return None
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise BabelscopeError(f"got {text!r} in {option}, expected whole numbers such as 3,6") from error


def language_codes(text: str | None) -> tuple[str, ...]:
    """Languages separated by commas, in the spelling used throughout."""
    from babelscope.languages import canonical

    return tuple(canonical(code) for code in names(text or ""))


def statistics_for(
    mode: str, model: "LanguageModel", regions: "Found", run: Path, progress: "Progress"
) -> "NeuronStatistics | None":
    """What the modes mean and noise need, over the sentences that the regions were found on; None for the others."""
    if mode not in ("mean", "noise"):
        return None
    from babelscope.interventions import neuron_statistics
    from babelscope.run_folder import read_corpus

    folder = run if run.is_dir() else run.parent
    corpus = read_corpus(folder)
    if corpus is None:
        raise BabelscopeError(
            f"mode {mode} needs the sentences the regions were found on, and {folder} has no corpus.json; "
            "scan again, or use --mode zero"
        )
    return neuron_statistics(model, corpus, site=regions.site, progress=progress)  # type: ignore[arg-type]
