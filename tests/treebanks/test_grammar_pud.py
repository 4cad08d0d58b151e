"""The grammar's words against the PUD treebanks, where both know a form."""

from collections import Counter, defaultdict

import pytest

from shared_files import shared
from treebanks.grammar_lines import sentences

LANGUAGES = ("ar", "en", "es", "fr", "hi", "id", "pt", "zh")
# Right, though PUD has them otherwise: it tags possessives as pronouns, compound adverbials as their parts, and has
# the noun, the name or the preposition where the grammar has the verb (fall, rio, acordo, caminho, sonho, verão).
LEAST_SHARED = {"ar": 0.83, "en": 0.9, "es": 0.9, "fr": 0.97, "hi": 0.97, "id": 0.97, "pt": 0.9, "zh": 0.93}


def readings(language: str) -> dict[str, Counter]:
    found: dict[str, Counter] = defaultdict(Counter)
    for line in shared("data", "pud", f"{language}.conllu").read_text(encoding="utf-8").splitlines():
        columns = line.split("\t")
        if len(columns) == 10 and columns[0].isdigit():
            pairs = dict(pair.split("=") for pair in columns[5].split("|")) if columns[5] != "_" else {}
            found[columns[1].lower()][columns[3], pairs.get("Gender"), pairs.get("Number")] += 1
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_parts_of_speech_are_known_to_pud(language):
    theirs = readings(language)
    ours = {(row.form.lower(), row.upos) for sentence in sentences(language) for row in sentence.rows}
    common = [(form, upos) for form, upos in ours if sum(theirs[form].values()) > 1]
    same = {"AUX": "VERB"}
    known = [
        any(same.get(upos, upos) == same.get(other, other) for other, _, _ in theirs[form]) for form, upos in common
    ]
    assert len(common) > 60 and sum(known) / len(common) >= LEAST_SHARED[language]


@pytest.mark.parametrize("language", ["ar", "es", "fr", "hi", "pt"])
@pytest.mark.parametrize("feature", [1, 2])
def test_genders_and_numbers_of_nouns_are_those_of_pud(language, feature):
    theirs = readings(language)
    name = ("", "Gender", "Number")[feature]
    wrong, checked = set(), 0
    for sentence in sentences(language):
        for row in sentence.rows:
            counts: Counter = Counter()
            for reading, times in theirs[row.form.lower()].items():
                if reading[0] == "NOUN" and reading[feature]:
                    counts[reading[feature]] += times
            if row.upos == "NOUN" and sum(counts.values()) > 1:
                checked += 1
                if counts[row.feats[name]] == 0:
                    wrong.add((row.form, row.feats[name], tuple(counts)))
    # In a small treebank a Hindi noun with one form for both numbers occurs in one of them; PUD's caixa is masculine.
    allowed = 1 if name == "Gender" else 12 if language == "hi" else 0
    assert checked > 300 and len(wrong) <= allowed, wrong
