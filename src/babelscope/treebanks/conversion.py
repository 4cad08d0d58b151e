"""The tag and features of one word in, its UniMorph value per attribute out, or why an attribute has none."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from babelscope.treebanks.edits import edited
from babelscope.treebanks.schema import attribute_of, value_of

__all__ = ["Labels", "convert", "convert_multiword"]

_LAYER = re.compile(r"(\w+)\[(\w+)\]")
_NUMBER = {"Sing": "S", "Plur": "P", "Dual": "D"}
_PERSONS = ("1", "2", "3")
_ARGUMENT = {"erg": "ER", "abs": "AB", "dat": "DA"}
_VERB_FORMS = ("V.PTCP", "V.MSDR", "V.CVB", "V")


@dataclass(frozen=True)
class Labels:
    """What the annotation of one word says: each attribute it carries is in one of the first four fields."""

    values: Mapping[str, str]
    """Value by attribute."""
    conflicts: Mapping[str, tuple[str, ...]]
    """Attributes for which two or more values are given, with these."""
    disjunctions: frozenset[str]
    """Attributes for which alternatives are given."""
    shared: frozenset[str]
    """Attributes that several words of a multiword token carry."""
    unmapped: tuple[str, ...]
    """Items without a value in the schema."""

    @property
    def carried(self) -> frozenset[str]:
        """Attributes the word is annotated for, with or without a value."""
        return frozenset({*self.values, *self.conflicts, *self.disjunctions, *self.shared})


def convert(upos: str, features: str, language: str = "", ending: str = "") -> Labels:
    """UniMorph values of one word, by the generic mapping of McCarthy et al. (2018), with a precedence of our own.

    The original keeps all values of an attribute and leaves the choice to their order. Here verb forms win over V in
    the order V.PTCP, V.MSDR, V.CVB; any other pair of values of one attribute is a conflict. A word that gives
    alternatives for an attribute has no value of it, even where another item gives one.

    Args:
        upos: Universal part of speech; `_` for none.
        features: FEATS as CoNLL-U writes them, `Case=Acc,Dat|Number=Sing`; `_` for none.
        language: Apply this language's edits; the generic table alone where empty.
        ending: Last letters of the form, which a few edits ask for.
    """
    items: set[str] = set()
    alternatives: list[tuple[str, ...]] = []
    unmapped: list[str] = []
    pairs = {} if features == "_" else dict(part.split("=", 1) for part in features.split("|"))
    for name, given in {**({} if upos == "_" else {"UPOS": upos}), **pairs}.items():
        if _LAYER.fullmatch(name):
            continue
        values = [value_of(f"{name}={part}") for part in given.split(",")]
        known = tuple(value for value in values if value)
        if len(values) > 1 and known:
            alternatives.append(known)
        elif known:
            items.add(known[0])
        else:
            unmapped.append(given if name == "UPOS" else f"{name}={given}")
    _add_layers(pairs, items, alternatives, unmapped)
    if language:
        open_items = {"/".join((*values, "")) for values in alternatives}
        items = set(edited(language, frozenset(items | open_items), ending))
    return _assigned(items, alternatives, tuple(unmapped))


def convert_multiword(parts: Sequence[Labels]) -> Labels:
    """Values of a multiword token, for what exactly one of its words carries, as in the published protocol.

    Equal values of two words are left out as well, since they need not be one fact: in Spanish *dámelo* the singular
    is the verb's, the clitic's and the other clitic's.
    """
    carriers: dict[str, list[Labels]] = {}
    for labels in parts:
        for attribute in labels.carried:
            carriers.setdefault(attribute, []).append(labels)
    alone = {attribute: found[0] for attribute, found in carriers.items() if len(found) == 1}
    return Labels(
        values={name: labels.values[name] for name, labels in alone.items() if name in labels.values},
        conflicts={name: labels.conflicts[name] for name, labels in alone.items() if name in labels.conflicts},
        disjunctions=frozenset(name for name, labels in alone.items() if name in labels.disjunctions),
        shared=frozenset(carriers.keys() - alone.keys()),
        unmapped=tuple(item for labels in parts for item in labels.unmapped),
    )


def _add_layers(
    pairs: Mapping[str, str], items: set[str], alternatives: list[tuple[str, ...]], unmapped: list[str]
) -> None:
    """Adds the values of possessors (`Person[psor]=1` and `Number[psor]=Plur` are PSS1P) and of arguments."""
    layers: dict[str, dict[str, str]] = {}
    for name, given in pairs.items():
        if found := _LAYER.fullmatch(name):
            layers.setdefault(found[2], {})[found[1]] = given
    for layer, given in layers.items():
        prefix = "PSS" if layer == "psor" else f"ARG{_ARGUMENT[layer]}" if layer in _ARGUMENT else None
        person, number = given.get("Person", ""), given.get("Number", "")
        if prefix and ("," in person or "," in number):
            alternatives.append((prefix,))
        elif prefix == "PSS" and "None" in given.values():
            items.add("PSSD")
        elif prefix and (person in _PERSONS or number in _NUMBER):
            items.add(prefix + (person if person in _PERSONS else "") + _NUMBER.get(number, ""))
        else:
            unmapped.extend(f"{name}[{layer}]={value}" for name, value in given.items())


def _assigned(items: set[str], alternatives: list[tuple[str, ...]], unmapped: tuple[str, ...]) -> Labels:
    """The items by attribute."""
    found: dict[str, list[str]] = {}
    for item in sorted(items):
        if attribute := attribute_of(item):
            found.setdefault(attribute, []).append(item.removeprefix("ARG"))
    disjunct = frozenset(name for values in alternatives for value in values if (name := attribute_of(value)))
    values: dict[str, str] = {}
    conflicts: dict[str, tuple[str, ...]] = {}
    for attribute, given in found.items():
        if attribute in disjunct:
            continue
        if attribute == "POS" and all(value in _VERB_FORMS for value in given):
            values[attribute] = min(given, key=_VERB_FORMS.index)
        elif len(given) == 1:
            values[attribute] = given[0]
        else:
            conflicts[attribute] = tuple(given)
    return Labels(values, conflicts, disjunct, frozenset(), unmapped)
