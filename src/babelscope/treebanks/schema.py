"""Universal Dependencies items in (`Number=Plur`), UniMorph values and their attributes out (`PL`, Number)."""

from collections.abc import Iterable

from babelscope.errors import CorpusError, unknown_choice

__all__ = ["ATTRIBUTES", "ITEMS", "attribute_of", "resolve_attributes", "value_of"]

ATTRIBUTES = (
    "POS", "Number", "Gender", "Person", "Tense", "Aspect", "Mood", "Voice", "Finiteness", "Case", "Definiteness",
    "Possession", "Comparison", "Polarity", "Politeness", "Animacy", "Evidentiality", "Valency", "Argument Marking",
    "Aktionsart", "Deixis", "Information Structure", "Interrogativity", "Switch-Reference",
)  # fmt: skip
"""UniMorph's categories, the most often probed first; Universal Dependencies has nothing for the last five."""

_UNREACHED = ATTRIBUTES[-5:]

_TABLE: dict[str, dict[str, str]] = {
    "POS": {
        "UPOS": "NOUN:N PROPN:PROPN PRON:PRO VERB:V AUX:V ADJ:ADJ ADV:ADV ADP:ADP DET:DET NUM:NUM PART:PART "
        "INTJ:INTJ SCONJ:CONJ CCONJ:CONJ",
        "VerbForm": "Part:V.PTCP Sup:V.CVB Conv:V.CVB Gdv:V.CVB Ger:V.MSDR Vnoun:V.MSDR",
    },
    "Number": {"Number": "Sing:SG Plur:PL Dual:DU Tri:TRI Pauc:PAUC Grpl:GRPL Inv:INVN"},
    "Gender": {"Gender": "Masc:MASC Fem:FEM Neut:NEUT Com:FEM+MASC"},
    "Person": {"Person": "0:0 1:1 2:2 3:3 4:4"},
    "Tense": {"Tense": "Past:PST Pres:PRS Fut:FUT Pqp:PRF+PST"},
    "Aspect": {
        "Aspect": "Imp:IPFV Perf:PFV Prog:PROG Prosp:PROSP Hab:HAB Iter:ITER",
        "Tense": "Imp:IPFV",
    },
    "Mood": {"Mood": "Ind:IND Sub:SBJV Imp:IMP Jus:IMP Cnd:COND Pot:POT Opt:OPT Prp:PURP Adm:ADM"},
    "Voice": {"Voice": "Act:ACT Mid:MID Pass:PASS Antip:ANTIP Dir:DIR Inv:INV"},
    "Finiteness": {"VerbForm": "Fin:FIN Inf:NFIN"},
    "Case": {
        "Case": "Nom:NOM Acc:ACC Abs:ABS Erg:ERG Dat:DAT Gen:GEN Voc:VOC Ins:INS Com:COM Ben:BEN Par:PRT Loc:ESS "
        "Ess:FRML Tra:TRANS Abe:PRIV Cmp:COMPV Equ:EQTV Ine:ESS+IN Ill:ALL+IN Add:ALL+IN Ela:ABL+IN Ade:AT+ESS "
        "All:ALL+AT Abl:ABL+AT Sup:ESS+ON Sub:ALL+ON",
    },
    "Definiteness": {"Definite": "Def:DEF Ind:INDF Spec:SPEC"},
    "Possession": {"Definite": "Cons:PSSD"},
    "Comparison": {"Degree": "Cmp:CMPR Sup:RL Equ:EQT Abs:AB"},
    "Polarity": {"Polarity": "Pos:POS Neg:NEG"},
    "Politeness": {"Polite": "Infm:INFM Form:FORM Elev:ELEV Humb:HUMB"},
    "Animacy": {"Animacy": "Anim:ANIM Hum:HUM Inan:INAN Nhum:NHUM"},
    "Evidentiality": {"Evident": "Fh:FH Nfh:NFH", "Mood": "Qot:QUOT"},
    "Valency": {"Voice": "Rcp:RECP Cau:CAUS", "Reflex": "Yes:REFL"},
}

ITEMS: dict[str, str] = {
    f"{feature}={pair.split(':')[0]}": pair.split(":")[1]
    for rows in _TABLE.values()
    for feature, pairs in rows.items()
    for pair in pairs.split()
}
"""UniMorph value by Universal Dependencies item; the part of speech is the item `UPOS=NOUN`.

Compound values have their parts in alphabetical order: FEM+MASC, ESS+IN.
"""

_ATTRIBUTE: dict[str, str] = {
    pair.split(":")[1]: attribute
    for attribute, rows in _TABLE.items()
    for pairs in rows.values()
    for pair in pairs.split()
} | {"PRF": "Aspect"}


def value_of(item: str) -> str | None:
    """The UniMorph value of an item such as `Number=Plur` or `UPOS=NOUN`; None where the schema has none."""
    return ITEMS.get(item)


def attribute_of(value: str) -> str | None:
    """The attribute that a UniMorph value belongs to; None for a value outside the schema."""
    if value.startswith("PSS"):
        return "Possession"
    if value.startswith("ARG"):
        return "Argument Marking"
    return _ATTRIBUTE.get(value)


def resolve_attributes(names: Iterable[str]) -> tuple[str, ...]:
    """Attributes as this project spells them, letter case aside; "Part of Speech" is POS.

    Raises:
        CorpusError: If there is no such attribute, no treebank can have it, it is named twice, or none is named.
    """
    known = {name.casefold(): name for name in ATTRIBUTES} | {"part of speech": "POS"}
    found: list[str] = []
    for asked in names:
        name = known.get(asked.strip().casefold())
        if name is None:
            raise CorpusError(unknown_choice("attribute", asked, ATTRIBUTES[:-5]))
        if name in _UNREACHED:
            raise CorpusError(
                f"no Universal Dependencies feature expresses {name}; choose from: {', '.join(ATTRIBUTES[:-5])}"
            )
        if name in found:
            raise CorpusError(f"attribute {name!r} was asked for twice; name each attribute once")
        found.append(name)
    if not found:
        raise CorpusError(f"no attribute was named; choose from: {', '.join(ATTRIBUTES[:-5])}")
    return tuple(found)
