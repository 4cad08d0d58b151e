"""A language in any spelling in, its BCP-47 code out, and its name, script, direction, family and place."""

import difflib
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Literal

from babelscope.errors import CorpusError

__all__ = ["canonical", "describe", "direction", "display_order", "family", "from_name", "name", "resolve", "script"]

_NOT_A_LANGUAGE = frozenset({"und", "mul", "mis", "zxx", "qaa"})
_KEPT_APART = frozenset({"tw", "pnb"})
_RIGHT_TO_LEFT = frozenset({"Adlm", "Arab", "Aran", "Hebr", "Mand", "Mend", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa"})
_ARTIFICIAL = "art-x-"
"""Of what is compared with languages without being one, such as program code."""
_FAMILIES: dict[str, str] = {
    "Afro-Asiatic/Berber": "kab shi zgh",
    "Afro-Asiatic/Chadic": "ha",
    "Afro-Asiatic/Cushitic": "om so",
    "Afro-Asiatic/Semitic": "am apc ar arz ary he mt ti",
    "Austroasiatic/Khmer": "km",
    "Austroasiatic/Vietic": "vi",
    "Austronesian/Malayo-Polynesian": "ceb fil haw id jv mg mi ms su",
    "Dravidian/South": "kn ml ta te",
    "Indo-European/Albanian": "sq",
    "Indo-European/Armenian": "hy",
    "Indo-European/Baltic": "lt lv",
    "Indo-European/Celtic": "br cy ga gd",
    "Indo-European/Germanic": "af da de en is lb nb nl nn no sv yi",
    "Indo-European/Hellenic": "el",
    "Indo-European/Indo-Aryan": "as bn gu hi mr ne or pa sa sd si ur",
    "Indo-European/Iranian": "ckb fa ku ps tg",
    "Indo-European/Romance": "ca es fr gl it la oc pt ro",
    "Indo-European/Slavic": "be bg bs cs hr mk pl ru sk sl sr uk",
    "Japonic/Japanese": "ja",
    "Kartvelian/Georgian": "ka",
    "Koreanic/Korean": "ko",
    "Kra-Dai/Tai": "lo th",
    "Language isolate/Basque": "eu",
    "Mongolic/Mongolian": "mn",
    "Niger-Congo/Atlantic": "ff wo",
    "Niger-Congo/Bantu": "ln lg ny rw sn st sw tn ts xh zu",
    "Niger-Congo/Volta-Niger": "ak ig tw yo",
    "Sino-Tibetan/Sinitic": "wuu yue zh",
    "Sino-Tibetan/Tibeto-Burman": "bo my",
    "Turkic/Common Turkic": "az ba kk ky tk tr tt ug uz",
    "Uralic/Finno-Ugric": "et fi hu",
}
_FAMILY: dict[str, str] = {code: branch for branch, codes in _FAMILIES.items() for code in codes.split()}


def canonical(code: str) -> str:
    """The BCP-47 code of a language, however a corpus spells it.

    `eng_Latn`, `eng` and `EN` are `en`; `arb` is `ar` and `cmn` is `zh`, but dialects such as `arz` stay apart. The
    script is left out where it is the language's usual one (`zho_Hans` is `zh`, `zh-TW` is `zh-Hant`), the region is
    kept (`eng-GB_Latn` is `en-GB`), and a Glottolog code becomes a private subtag (`cat_Latn_vale1252` is
    `ca-x-vale1252`).

    Args:
        code: BCP-47, ISO 639-1, -2 or -3, or one of the underscored forms of FLORES and NTREX, in any case.

    Raises:
        CorpusError: If no such language is registered; names the nearest one.
    """
    if not isinstance(code, str):
        raise CorpusError(f"a language must be a code such as 'en' or 'zh-Hant', got {code!r}")
    found = _canonical(code.strip())
    if found is None:
        raise CorpusError(
            f"unknown language {code!r}; {_nearest(code)}use a BCP-47 or ISO 639 code such as en, zh-Hant or eng_Latn"
        )
    return found


@lru_cache(maxsize=4096)
def _canonical(code: str) -> str | None:
    """The code, or None if it is not one of a language."""
    import langcodes

    public, _, dialect = code.replace("_", "-").partition("-x-")
    parts = public.split("-")
    if not re.fullmatch(r"[A-Za-z]{2,3}", parts[0]):
        return None
    tag, glottocode = _ordered(parts)
    dialect = (dialect or glottocode).lower()
    if dialect and not re.fullmatch(r"[a-z0-9]{1,8}(-[a-z0-9]{1,8})*", dialect):
        return None
    try:
        language = langcodes.Language.get(tag)
    except ValueError:
        return None
    if not language.is_valid() or not language.language or language.language in _NOT_A_LANGUAGE:
        return None
    base = language.language
    if base not in _KEPT_APART:
        base = langcodes.standardize_tag(base, macro=True)
    written, region = language.script, language.territory
    if base == "zh" and region and not written:
        written = langcodes.Language.make(language=base, territory=region).maximize().script
    if base == "zh" and region == langcodes.Language.make(language=base, script=written).maximize().territory:
        region = None
    if written == _usual_script(base) or (base, written) == ("ko", "Hang"):
        written = None
    subtags = [base, written, region, *(language.variants or ()), *(("x", dialect) if dialect else ())]
    return "-".join(subtag for subtag in subtags if subtag)


def _ordered(parts: list[str]) -> tuple[str, str]:
    """The subtags in BCP-47's order (NTREX puts the region first), and a Glottolog code if there is one."""
    rest = [part for part in parts[1:] if not re.fullmatch(r"[A-Za-z]{4}\d{4}", part)]
    dialect = next((part for part in parts[1:] if part not in rest), "")
    scripts = [part for part in rest if re.fullmatch(r"[A-Za-z]{4}", part)]
    return "-".join([parts[0], *scripts, *(part for part in rest if part not in scripts)]), dialect


def _usual_script(language: str) -> str:
    """ISO 15924 code of the script a language is mostly written in."""
    import langcodes
    from langcodes.data_dicts import MACROLANGUAGES

    likely = langcodes.Language.get(language).maximize()
    if likely.territory == "US" and language in MACROLANGUAGES:
        # "in the US" is what the library answers for a language it has no record of: ask for its macrolanguage's
        likely = langcodes.Language.get(MACROLANGUAGES[language]).maximize()
    return likely.script or "Zyyy"


def _nearest(code: str) -> str:
    """A suggestion: a known code or English name that looks like what was given, or nothing."""
    import langcodes

    try:
        found = _canonical(langcodes.find(code).to_tag())
    except LookupError:
        found = None
    if found is None:
        names = {known: known for known in _FAMILY} | {name(known).lower(): known for known in _FAMILY}
        near = difflib.get_close_matches(code.lower(), names, n=1, cutoff=0.7)
        found = names[near[0]] if near else None
    return f"did you mean {found!r} ({name(found)})? " if found else ""


def from_name(text: str) -> str:
    """The code of a language given by its name, in whatever language ("French", "español", "中文").

    Raises:
        CorpusError: If no language has exactly that name, letter case aside.
    """
    import langcodes
    from language_data.names import code_to_names

    try:
        found = langcodes.find(text)
    except LookupError:
        found = None
    # the library's search also takes near misses: it reads "metadata" as Meta', a language of Cameroon
    names = code_to_names(found.language).values() if found else ()
    if found is None or text.casefold() not in {known.casefold() for known in names}:
        raise CorpusError(f"no language is called {text!r}; expected a name such as 'French' or 'Swahili'")
    return canonical(found.to_tag())


def name(code: str) -> str:
    """English name of a language: "French", "Chinese (Traditional)"; what is none is called as it is: art-x-code."""
    import langcodes

    found = canonical(code)
    if found.startswith(_ARTIFICIAL):
        return found.removeprefix(_ARTIFICIAL)
    return langcodes.Language.get(found).display_name()


def script(code: str) -> str:
    """ISO 15924 code of the script a language is expected in: Latn, Arab, Hans, Jpan."""
    import langcodes

    language = langcodes.Language.get(canonical(code))
    return language.script or _usual_script(
        language.to_tag() if language.language == "zh" else language.language or ""
    )


def direction(code: str) -> Literal["ltr", "rtl"]:
    """Direction in which a language is written."""
    return "rtl" if script(code) in _RIGHT_TO_LEFT else "ltr"


def family(code: str) -> str:
    """Family and branch, "Indo-European/Romance"; "other" for a language that is not in the table.

    The part before the slash is the family; languages with an equal string are next of kin.
    """
    from langcodes.data_dicts import MACROLANGUAGES

    language = canonical(code).split("-")[0]
    return _FAMILY.get(language) or _FAMILY.get(MACROLANGUAGES.get(language, ""), "other")


def describe(code: str) -> dict[str, str]:
    """Name, script, direction and family of a language, as reports need them."""
    return {"name": name(code), "script": script(code), "direction": direction(code), "family": family(code)}


def display_order(codes: Iterable[str]) -> tuple[str, ...]:
    """Languages as every figure orders them: by family, then branch, then script, then code; "other" last."""

    def place(code: str) -> tuple[bool, str, str, str]:
        kin = family(code)
        return kin == "other", kin, script(code), code

    return tuple(sorted({canonical(code) for code in codes}, key=place))


def resolve(wanted: Sequence[str], available: Iterable[str], where: str = "the corpus") -> dict[str, str]:
    """Matches the languages a user asks for to a corpus' own spellings of them.

    A spelling asked for literally wins; where two spellings mean one language, the shorter one is taken. Spellings
    that are not languages are passed over.

    Args:
        wanted: The user's codes.
        available: The corpus' spellings.
        where: What to call the corpus in errors.

    Returns:
        The corpus' spelling by canonical code, in the order asked for.

    Raises:
        CorpusError: If a language is unknown, asked for twice, or not there; lists what is.
    """
    spellings = sorted(available, key=lambda spelling: (len(spelling), spelling))
    known: dict[str, str] = {}
    for spelling in spellings:
        code = _canonical(spelling)
        if code is not None:
            known.setdefault(code, spelling)
    found: dict[str, str] = {}
    for asked in wanted:
        code = canonical(asked)
        if code in found:
            raise CorpusError(f"language {code!r} ({name(code)}) was asked for twice; name each language once")
        if asked not in spellings and code not in known:
            there = ", ".join(sorted(known)) or "no languages"
            raise CorpusError(f"{where} has no {code!r} ({name(code)}); it has {there}")
        found[code] = asked if asked in spellings else known[code]
    return found
