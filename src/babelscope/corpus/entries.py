"""The named corpora as data: where each one is, at which revision, under which licence, and how it is laid out."""

from dataclasses import dataclass
from typing import Literal, TypedDict

from babelscope.corpus.spellings import BIBLENLP, FLORES, MINI, NTREX
from babelscope.languages import canonical, display_order

__all__ = ["CORPORA", "CorpusEntry", "CorpusRow", "describe_corpora"]

Layout = Literal["bundled", "config_per_language", "column_per_language", "pair_configs"]


@dataclass(frozen=True)
class CorpusEntry:
    """One corpus that can be named on the command line."""

    name: str
    """What to type after --corpus."""
    title: str
    """What it is, in a few words."""
    licence: str
    """SPDX identifier or the publisher's words."""
    page: str
    """Where to read about it, and to accept its terms if it is gated."""
    how: str
    """What a user has to do to get it."""
    layout: Layout
    """How its parts hold the languages."""
    spelling: str
    """How it spells languages."""
    languages: tuple[str, ...]
    """Its spellings, as far as they are known here; others are looked up on the hub."""
    defaults: tuple[str, ...]
    """Languages read when none are asked for."""
    sentences: int | None = None
    """Sentences per language in the default split; None where it depends on the languages."""
    repository: str = ""
    """Dataset on the Hugging Face hub."""
    revision: str = ""
    """What is read unless another revision is asked for."""
    pinned: Literal["commit", "branch", ""] = ""
    """Whether `revision` is a commit, which cannot change, or a branch."""
    gated: bool = False
    """Whether its terms must be accepted first."""
    split: str = ""
    """Part read by default."""
    text_column: str = "text"
    """Column with the sentence, where each language is a configuration."""
    id_column: str = ""
    """Column with the sentence's id; empty if the order of rows aligns them."""
    pivot: str = ""
    """The language, as the corpus spells it, that every pair has, where pairs are configurations."""


class CorpusRow(TypedDict):
    """One line of `babelscope corpora`."""

    name: str
    title: str
    languages: list[str]
    default_languages: list[str]
    sentences: int | None
    licence: str
    gated: bool
    location: str
    revision: str
    pinned: str
    page: str
    how: str


_NINE = ("ar", "en", "es", "fr", "hi", "id", "pt", "vi", "zh")

CORPORA: dict[str, CorpusEntry] = {
    "mini": CorpusEntry(
        name="mini",
        title="100 everyday sentences written for this project",
        licence="CC0-1.0",
        page="",
        how="bundled: works offline",
        layout="bundled",
        spelling="BCP-47 (en, zh)",
        languages=MINI,
        defaults=_NINE,
        sentences=100,
    ),
    "ntrex": CorpusEntry(
        name="ntrex",
        title="NTREX-128: news sentences translated from English",
        licence="CC-BY-SA-4.0",
        page="https://huggingface.co/datasets/davidstap/NTREX",
        how="downloaded on use: pip install 'babelscope[hub]'",
        layout="config_per_language",
        spelling="ISO 639-3 and script (eng_Latn), region after the language (eng-GB_Latn)",
        languages=NTREX,
        defaults=_NINE,
        sentences=1997,
        repository="davidstap/NTREX",
        revision="fd20d54141b6da952d5c68a2989472892489da0f",
        pinned="commit",
        split="test",
    ),
    "flores": CorpusEntry(
        name="flores",
        title="FLORES+: Wikinews, Wikijunior and Wikivoyage sentences translated from English",
        licence="CC-BY-SA-4.0",
        page="https://huggingface.co/datasets/openlanguagedata/flores_plus",
        how="gated: accept the terms on its page, set HF_TOKEN, pip install 'babelscope[hub]'",
        layout="config_per_language",
        spelling="ISO 639-3 and script (eng_Latn, cmn_Hans)",
        languages=FLORES,
        defaults=_NINE,
        sentences=1012,
        repository="openlanguagedata/flores_plus",
        revision="5fec6c13f9e5a4db2f745d4ec0d7c9721ddc4f06",
        pinned="commit",
        gated=True,
        split="devtest",
        id_column="id",
    ),
    "bible": CorpusEntry(
        name="bible",
        title="BibleNLP: Bible verses, each language paired with English",
        licence="CC-BY-4.0 and other, by translation",
        page="https://huggingface.co/datasets/davidstap/biblenlp-corpus-mmteb",
        how="downloaded on use: pip install 'babelscope[hub]'; verses are those all chosen languages share",
        layout="pair_configs",
        spelling="ISO 639-3 (eng, cmn)",
        languages=BIBLENLP,
        defaults=_NINE,
        repository="davidstap/biblenlp-corpus-mmteb",
        revision="264a18480c529d9e922483839b4b9758e690b762",
        pinned="commit",
        split="train+validation+test",
        pivot="eng",
    ),
}


def describe_corpora() -> list[CorpusRow]:
    """What can be measured on: one row per named corpus, in the order of CORPORA."""
    return [
        CorpusRow(
            name=entry.name,
            title=entry.title,
            languages=list(display_order(canonical(spelling) for spelling in entry.languages)),
            default_languages=list(entry.defaults),
            sentences=entry.sentences,
            licence=entry.licence,
            gated=entry.gated,
            location=f"hf:{entry.repository}" if entry.repository else "bundled",
            revision=entry.revision,
            pinned=entry.pinned,
            page=entry.page,
            how=entry.how,
        )
        for entry in CORPORA.values()
    ]
