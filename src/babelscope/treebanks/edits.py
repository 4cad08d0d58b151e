"""The UniMorph values of one word in, the values after its language's own edits out.

The conversion of McCarthy et al. (2018) adjusts some languages' values to what their UniMorph dictionaries list. That
serves look-up, but makes languages less comparable: hence an option, off by default. Rules apply from top to
bottom, each to what the one before has left.
"""

from collections.abc import Set
from dataclasses import dataclass

__all__ = ["EDITS", "Edit", "edited"]


@dataclass(frozen=True)
class Edit:
    """One rule: the words it is for, and what it takes away and adds."""

    when: frozenset[str] = frozenset()
    """Values a word must have."""
    drop: frozenset[str] = frozenset()
    add: frozenset[str] = frozenset()
    unless: frozenset[str] = frozenset()
    """Values of which a word must have none."""
    alone: bool = False
    """Whether `when` must be all it has."""
    endings: tuple[str, ...] = ()
    """Endings of which the form must have one; any form where empty."""

    def fits(self, values: Set[str], form: str) -> bool:
        """Whether the rule is for this word."""
        has = values == self.when if self.alone else self.when <= values
        return has and not self.unless & values and (not self.endings or form.endswith(self.endings))


def _edit(
    when: str = "", drop: str = "", add: str = "", unless: str = "", *, alone: bool = False, endings: str = ""
) -> Edit:
    """A rule, from values separated by spaces."""
    sets = [frozenset(values.split()) for values in (when, drop, add, unless)]
    return Edit(*sets, alone=alone, endings=tuple(endings.split()))


_ROMANCE_VERB = (
    _edit("V", drop="FIN"),
    _edit("V PST", add="PFV"),
    _edit("V IPFV", add="PST"),
    _edit("V COND", drop="PRS"),
    _edit("V IMP", drop="PRS", add="POS"),
)

EDITS: dict[str, tuple[Edit, ...]] = {
    "ca": (
        _edit("V.PTCP", drop="V"),
        *_ROMANCE_VERB,
        _edit("V V.MSDR", drop="V V.MSDR", add="PRS V.PTCP", alone=True),
        _edit("IPFV SBJV", drop="IPFV"),
    ),
    "de": (
        _edit(drop="FEM FIN MASC NEUT"),
        _edit("V V.PTCP", drop="V", add="PST", alone=True),
    ),
    "en": (
        _edit(drop="FIN IND"),
        _edit("PRS V", drop="PRS", add="NFIN", alone=True),
        _edit("V V.MSDR", drop="V.MSDR", add="PRS V.PTCP", alone=True),
        _edit("V", drop="PASS"),
    ),
    "es": (
        _edit(drop="FIN"),
        _edit("V V.PTCP", drop="V"),
        _edit("V V.MSDR", drop="V V.MSDR", add="PRS V.CVB", alone=True),
        _edit("PST", add="PFV", unless="V.PTCP"),
        _edit("IND IPFV", add="PST"),
        _edit("IMP", add="POS"),
        _edit("IPFV SBJV", drop="IPFV", add="PST"),
    ),
    "fr": (
        _edit("V.PTCP", drop="FEM MASC PL SG V"),
        *_ROMANCE_VERB,
        _edit("V V.MSDR", drop="V V.MSDR", add="PRS V.CVB", alone=True),
    ),
    "pt": (
        _edit("V.PTCP", drop="V"),
        _edit("PASS V.PTCP", drop="PASS", add="PST"),
        _edit("V.PTCP", add="PST", unless="PRS"),
        _edit("PST V.PTCP", add="MASC SG", alone=True, endings="do to"),
        _edit("V V.MSDR", drop="V V.MSDR", add="PRS V.PTCP", alone=True),
        _edit("V", drop="FIN"),
        _edit("PST V", add="PFV", unless="IPFV"),
        _edit("IPFV V", add="PST"),
        _edit("3 IND PL V", add="PFV PST", alone=True, endings="ram"),
        _edit("V", drop="PASS"),
        _edit("PRF+PST V", drop="PRF+PST", add="PRF PST"),
    ),
    "ur": (
        _edit(drop="FEM MASC NEUT"),
        _edit("N SG", drop="3"),
        _edit("N PL", drop="3"),
        _edit("PROPN", drop="3"),
    ),
}
"""Rules by language; a language that is not here has the generic conversion only."""


def edited(language: str, values: frozenset[str], form: str = "") -> frozenset[str]:
    """The values after the edits of a language; unchanged where it has none.

    Args:
        language: BCP-47 code.
        values: All values of one word; alternatives are one of them, with slashes.
        form: The word, or its last letters: a few rules ask for an ending.
    """
    for edit in EDITS.get(language, ()):
        if edit.fits(values, form):
            values = (values - edit.drop) | edit.add
    return values
