"""CoNLL-U text in, plain rows out: a reader that shares nothing with the grammar or with the package's own."""

from dataclasses import dataclass, field
from functools import cache

from babelscope.treebanks.grammar import grammar_conllu

GENDERED = ("ar", "es", "fr", "hi", "pt")


@dataclass(eq=False)
class Row:
    form: str
    lemma: str
    upos: str
    feats: dict[str, str]
    head: int
    relation: str
    place: int
    below: list["Row"] = field(default_factory=list)

    def child(self, relation: str) -> "Row | None":
        return next((row for row in self.below if row.relation == relation), None)


@dataclass
class Sentence:
    id: str
    text: str
    rows: list[Row]
    written: list[tuple[str, bool]]
    """Surface words, and whether a space follows."""

    def head(self, row: Row) -> "Row | None":
        return self.rows[row.head - 1] if row.head else None


@cache
def sentences(language: str, count: int = 1500, seed: int = 11) -> list[Sentence]:
    return [_sentence(block) for block in grammar_conllu(language, sentences=count, seed=seed).strip().split("\n\n")]


def _sentence(block: str) -> Sentence:
    made = Sentence("", "", [], [])
    hidden = 0
    for line in block.split("\n"):
        if line.startswith("# sent_id = "):
            made.id = line.removeprefix("# sent_id = ")
        elif line.startswith("# text = "):
            made.text = line.removeprefix("# text = ")
        else:
            place, form, lemma, upos, _, feats, head, relation, _, misc = line.split("\t")
            if "-" in place:
                hidden = int(place.split("-")[1])
                made.written.append((form, misc != "SpaceAfter=No"))
                continue
            if int(place) > hidden:
                made.written.append((form, misc != "SpaceAfter=No"))
            pairs = dict(pair.split("=") for pair in feats.split("|")) if feats != "_" else {}
            made.rows.append(Row(form, lemma, upos, pairs, int(head), relation, int(place)))
    for row in made.rows:
        if row.head:
            made.rows[row.head - 1].below.append(row)
    return made
