"""A small grammar written for this project: parallel sentences with gold morphology in nine languages."""

from babelscope.treebanks.grammar.lexicon import lexicon
from babelscope.treebanks.grammar.writing import LANGUAGES, grammar_conllu

__all__ = ["LANGUAGES", "grammar_conllu", "lexicon"]
