"""The bundled grammar as a treebank: well-formed, parallel, the same everywhere, and about the same things."""

import os
import re
import subprocess
import sys
from itertools import islice

import pytest

from babelscope.errors import CorpusError
from babelscope.treebanks.grammar import LANGUAGES, grammar_conllu, lexicon
from babelscope.treebanks.grammar.lexicon import concepts
from babelscope.treebanks.grammar.meaning import Name, NounPhrase
from babelscope.treebanks.grammar.sampling import meanings
from treebanks.grammar_lines import sentences

OPEN = {"nouns": 60, "verbs": 40, "adjectives": 30, "adverbs": 10, "names": 10}


def test_it_speaks_the_nine_languages_of_mini():
    assert LANGUAGES == ("ar", "en", "es", "fr", "hi", "id", "pt", "vi", "zh")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_a_word_for_every_concept(language):
    table = lexicon(language)
    for section, least in OPEN.items():
        assert set(table[section]) == set(concepts()[section]), section
        assert len({entry.word for entry in table[section].values()}) >= least
    numbers = list(table["numbers"])
    assert numbers == [str(count) for count in range(3 if language == "ar" else 2, 11)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_text_is_what_the_tokens_spell(language):
    for sentence in sentences(language):
        spelled = "".join(form + " " * space for form, space in sentence.written).rstrip()
        assert sentence.text == spelled
        assert not re.search(r"\s\s|\s[.,।。،]|_", sentence.text)
        assert sentence.text[-1] in ".।。"
        assert sentence.text[0] == sentence.text[0].upper()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_one_tree(language):
    for sentence in sentences(language):
        roots = [row for row in sentence.rows if row.relation == "root"]
        assert len(roots) == 1 and roots[0].head == 0 and roots[0].upos != "PUNCT", sentence.text
        for row in sentence.rows:
            seen, above = {row.place}, row.head
            while above:
                assert above not in seen, sentence.text
                seen.add(above)
                above = sentence.rows[above - 1].head
            assert (row.upos == "PUNCT") == (row.relation == "punct"), sentence.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_of_one_id_name_the_same_things(language):
    english, own = lexicon("en"), lexicon(language)
    for section, upos in (("nouns", {"NOUN"}), ("names", {"PROPN"})):
        concept = {entry.word: name for name, entry in english[section].items()}
        for one, other in zip(sentences("en"), sentences(language), strict=True):
            assert one.id == other.id
            meant = {concept[row.lemma] for row in one.rows if row.upos in upos and row.lemma in concept}
            said = {row.lemma for row in other.rows if row.upos in upos}
            missing = [name for name in meant if own[section][name].word not in said]
            assert not missing, (missing, one.text, other.text)


@pytest.mark.parametrize("language", ["ar", "hi", "zh"])
def test_no_latin_letters_where_the_script_is_another(language):
    assert not re.search("[A-Za-z]", " ".join(sentence.text for sentence in sentences(language)))


@pytest.mark.parametrize("language", ["en", "vi"])
def test_fewer_sentences_are_the_first_of_more(language):
    assert grammar_conllu(language, sentences=40).startswith(grammar_conllu(language, sentences=15))
    assert grammar_conllu(language, sentences=15, seed=1)[40:] != grammar_conllu(language, sentences=15)[40:]


def test_no_sentence_is_repeated():
    texts = [sentence.text for sentence in sentences("hi")]
    assert len(set(texts)) > 0.99 * len(texts)


def test_it_is_the_same_whatever_order_python_keeps_sets_in():
    program = (
        "from babelscope.treebanks.grammar import grammar_conllu; import hashlib;"
        "print(hashlib.sha256(grammar_conllu('fr', sentences=200).encode()).hexdigest())"
    )
    prints = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(prints) == 1


def test_every_noun_verb_and_adjective_comes_up():
    said = {row.lemma for sentence in sentences("es") for row in sentence.rows}
    for section in ("nouns", "verbs", "adjectives", "names"):
        assert not {entry.word for entry in lexicon("es")[section].values()} - said


def test_things_happen_to_what_they_can_happen_to():
    verbs = {lexicon("en")["verbs"][concept].word: entry for concept, entry in concepts()["verbs"].items()}
    nouns = {
        lexicon("en")["nouns"][concept].word: entry.word.split() for concept, entry in concepts()["nouns"].items()
    }
    pairs = 0
    for sentence in sentences("en"):
        for row in sentence.rows:
            thing = row.child("obj")
            if thing is not None and row.lemma in verbs:
                allowed = verbs[row.lemma].part(2).split()
                allowed += ["kin"] * ("person" in allowed)
                assert set(allowed) & set(nouns[thing.lemma]), sentence.text
                pairs += 1
    assert pairs > 500


def test_nobody_is_named_as_the_owner_of_what_he_himself_acts_on():
    clauses = [
        clause for meaning in islice(meanings(3), 20000) for clause in (meaning.main, meaning.second) if clause
    ]
    owned = [(one.subject, one.object.owner) for one in clauses if isinstance(one.object, NounPhrase)]
    named = (NounPhrase, Name)
    pairs = [(a.concept, b.concept) for a, b in owned if isinstance(a, named) and isinstance(b, named)]
    assert len(pairs) > 100 and all(subject != owner for subject, owner in pairs)


def test_an_unknown_language_is_one_line():
    for ask in (grammar_conllu, lexicon):
        with pytest.raises(
            CorpusError, match="unknown language of the bundled grammar 'de'; .*choose from: ar, en, es"
        ):
            ask("de")
    with pytest.raises(CorpusError, match="0 sentences; expected at least 1"):
        grammar_conllu("en", sentences=0)
