"""Words with heads in, the token lines of one CoNLL-U sentence out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

__all__ = ["Phrase", "Token", "conllu_lines", "fixed", "surface"]


@dataclass(eq=False)
class Token:
    """A syntactic word. Its head is another token of the sentence, or nothing for the root.

    Attributes:
        form: As it is written.
        lemma: As a dictionary lists it.
        upos: Universal part of speech.
        features: Universal features by name.
        relation: To `head`.
        head: What it depends on.
        space: Whether a space follows.
        fused: The spelling of this word and the next one together, where they are written as one (`du`).
    """

    form: str
    lemma: str
    upos: str
    features: dict[str, str] = field(default_factory=dict)
    relation: str = "root"
    head: "Token | None" = None
    space: bool = True
    fused: str = ""

    def under(self, head: "Token", relation: str) -> "Token":
        """This token, hung below `head`."""
        self.head, self.relation = head, relation
        return self


@dataclass(eq=False)
class Phrase:
    """Tokens in their order, and the one that stands for all of them."""

    tokens: list[Token]
    head: Token

    def under(self, head: Token, relation: str) -> "Phrase":
        """This phrase, hung below `head`."""
        self.head.under(head, relation)
        return self


def fixed(pattern: str) -> Phrase:
    """A phrase that never changes, from `form|lemma|UPOS|Feature=Value;...|relation` items joined by spaces.

    An underscore in a form or a lemma is a space within the word. The item without a relation is the head.
    """
    tokens = []
    for item in pattern.split():
        form, lemma, upos, features, relation = (item.split("|") + [""] * 4)[:5]
        form = form.replace("_", " ")
        pairs = dict(pair.split("=") for pair in features.replace(":", "=").split(";") if pair)
        tokens.append(Token(form.rstrip("+"), lemma.replace("_", " ") or form, upos, pairs, relation))
        tokens[-1].space = not form.endswith("+")
    head = next(token for token in tokens if not token.relation)
    for token in tokens:
        if token is not head:
            token.head = head
    return Phrase(tokens, head)


def surface(tokens: Sequence[Token]) -> str:
    """The sentence as it is written."""
    return "".join(form + " " * space for form, space, _, _ in _written(tokens)).rstrip()


def conllu_lines(tokens: Sequence[Token]) -> Iterable[str]:
    """The ten columns of every token, with a range line before each pair that is written as one word."""
    place = {id(token): number for number, token in enumerate(tokens, start=1)}
    for form, space, first, last in _written(tokens):
        misc = "_" if space else "SpaceAfter=No"
        if first != last:
            yield _columns(f"{first + 1}-{last + 1}", form, "_", "_", "_", "_", "_", misc)
            misc = "_"
        for token in tokens[first : last + 1]:
            features = "|".join(
                f"{k}={v}" for k, v in sorted(token.features.items(), key=lambda pair: pair[0].lower())
            )
            head = str(place[id(token.head)]) if token.head else "0"
            number = str(place[id(token)])
            yield _columns(number, token.form, token.lemma, token.upos, features or "_", head, token.relation, misc)


def _columns(
    number: str, form: str, lemma: str, upos: str, features: str, head: str, relation: str, misc: str
) -> str:
    return "\t".join((number, form, lemma, upos, "_", features, head, relation, "_", misc))


def _written(tokens: Sequence[Token]) -> Iterable[tuple[str, bool, int, int]]:
    """Each written word: its form, whether a space follows, and the places of its first and last token."""
    place = 0
    while place < len(tokens):
        last = place + bool(tokens[place].fused)
        yield tokens[place].fused or tokens[place].form, tokens[last].space, place, last
        place = last + 1
