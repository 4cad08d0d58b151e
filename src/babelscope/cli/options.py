"""Command-line options that several commands share, and what they load."""

from typing import TYPE_CHECKING, Annotated

import typer

from babelscope.errors import BabelscopeError

if TYPE_CHECKING:
    from babelscope.corpus import ParallelCorpus

Model = Annotated[str, typer.Argument(help="Hub id, or folder of a checkpoint. `nano` is the bundled series.")]
Revision = Annotated[str | None, typer.Option(help="Branch, tag or commit of the model on the hub.")]
Tokenizer = Annotated[str | None, typer.Option(help="Tokenizer, where the checkpoint brings none of its own.")]
Dtype = Annotated[str, typer.Option(help="auto, float32, bfloat16 or float16.")]
Device = Annotated[str | None, typer.Option(help="cpu, cuda, cuda:1, mps; the best there is by default.")]
DeviceMap = Annotated[str | None, typer.Option(help="`auto` spreads a large model over several devices.")]
SpecialTokens = Annotated[str, typer.Option(help="row (as the architecture needs), none or bos.")]
TrustRemoteCode = Annotated[
    bool, typer.Option("--trust-remote-code", help="Let code from the model's repository run; recorded.")
]
Corpus = Annotated[str, typer.Option(help="A name from `babelscope corpora`, a folder, a table, or hf:OWNER/NAME.")]
Langs = Annotated[str | None, typer.Option(help="Languages, such as en,fr,zh; any common spelling of the codes.")]
Number = Annotated[int | None, typer.Option("-n", help="Sentences per language; by default 100, or all if fewer.")]
Offset = Annotated[int, typer.Option(help="Sentences to skip first.")]
Columns = Annotated[str | None, typer.Option(help="Columns of a table or dataset, such as en=english,fr=french.")]
Split = Annotated[str | None, typer.Option(help="Part of a hub dataset.")]
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
        columns=_mapping(columns) if columns else None,
        split=split,
    )


def _mapping(text: str) -> dict[str, str]:
    mapping: dict[str, str] = {}
    for language, column in map(_pair, text.split(",")):
        if language in mapping:
            raise BabelscopeError(
                f"got {text!r} in --columns: {language} given twice; expected one column per language"
            )
        mapping[language] = column
    return mapping


def _pair(text: str) -> tuple[str, str]:
    language, separator, column = text.strip().partition("=")
    if not separator or not language or not column:
        raise BabelscopeError(
            f"got {text!r} in --columns, expected LANG=COLUMN, such as --columns en=english,fr=french"
        )
    return language, column
