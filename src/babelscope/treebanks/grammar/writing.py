"""Meanings in, the text of a CoNLL-U treebank out."""

from itertools import islice

from babelscope.errors import CorpusError, unknown_choice
from babelscope.treebanks.grammar.arabic import Arabic
from babelscope.treebanks.grammar.chinese import Chinese
from babelscope.treebanks.grammar.english import English
from babelscope.treebanks.grammar.french import French
from babelscope.treebanks.grammar.grammar import Grammar
from babelscope.treebanks.grammar.hindi import Hindi
from babelscope.treebanks.grammar.indonesian import Indonesian
from babelscope.treebanks.grammar.portuguese import Portuguese
from babelscope.treebanks.grammar.sampling import meanings
from babelscope.treebanks.grammar.spanish import Spanish
from babelscope.treebanks.grammar.tokens import conllu_lines, surface
from babelscope.treebanks.grammar.vietnamese import Vietnamese

__all__ = ["GRAMMARS", "LANGUAGES", "grammar_conllu"]

GRAMMARS: dict[str, type[Grammar]] = {
    "ar": Arabic,
    "en": English,
    "es": Spanish,
    "fr": French,
    "hi": Hindi,
    "id": Indonesian,
    "pt": Portuguese,
    "vi": Vietnamese,
    "zh": Chinese,
}
LANGUAGES = tuple(GRAMMARS)


def grammar_conllu(language: str, *, sentences: int = 600, seed: int = 0) -> str:
    """A treebank of made-up sentences with the morphology they were made from.

    The sentence `grammar-<seed>-<i>` says the same in every language, and the first n sentences are the same however
    many are asked for.

    Args:
        language: One of `LANGUAGES`.
        sentences: How many.
        seed: Which sentences.

    Returns:
        CoNLL-U, with `# sent_id` and `# text` lines.

    Raises:
        CorpusError: If the grammar does not speak `language` or fewer than one sentence is asked for.
    """
    if language not in GRAMMARS:
        raise CorpusError(unknown_choice("language of the bundled grammar", language, LANGUAGES))
    if sentences < 1:
        raise CorpusError(f"the bundled grammar was asked for {sentences} sentences; expected at least 1")
    grammar = GRAMMARS[language]()
    blocks = []
    for number, meaning in enumerate(islice(meanings(seed), sentences), start=1):
        tokens = grammar.sentence(meaning)
        head = [f"# sent_id = grammar-{seed}-{number:05d}", f"# text = {surface(tokens)}"]
        blocks.append("\n".join([*head, *conllu_lines(tokens)]) + "\n")
    return "\n".join(blocks) + "\n"
