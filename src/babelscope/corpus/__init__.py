"""Parallel text in many languages: readers, named corpora and the guard that warns about suspicious text."""

from babelscope.corpus.bible import read_bible_folder
from babelscope.corpus.conllu import read_conllu_folder
from babelscope.corpus.entries import CORPORA, CorpusEntry, CorpusRow, describe_corpora
from babelscope.corpus.guard import inspect
from babelscope.corpus.hub import read_hub_dataset, read_hub_entry
from babelscope.corpus.loading import load_corpus
from babelscope.corpus.monolingual import MONOLINGUAL, MonolingualEntry
from babelscope.corpus.parallel import CorpusSource, CorpusWarning, ParallelCorpus
from babelscope.corpus.streams import TextStreams, load_streams
from babelscope.corpus.table import read_table
from babelscope.corpus.text_folder import read_text_folder

__all__ = [
    "CORPORA",
    "CorpusEntry",
    "CorpusRow",
    "CorpusSource",
    "CorpusWarning",
    "MONOLINGUAL",
    "MonolingualEntry",
    "ParallelCorpus",
    "TextStreams",
    "describe_corpora",
    "inspect",
    "load_corpus",
    "load_streams",
    "read_bible_folder",
    "read_conllu_folder",
    "read_hub_dataset",
    "read_hub_entry",
    "read_table",
    "read_text_folder",
]
