import pytest

from babelscope import languages
from babelscope.corpus.entries import CORPORA
from babelscope.errors import CorpusError

SPELLINGS = {
    "en": "en EN eng eng_Latn En-Latn eng_latn",
    "zh": "zh zho cmn chi zho_Hans cmn_Hans zh-CN zh_Hans_CN",
    "zh-Hant": "zh-TW zho_Hant cmn_Hant zh-Hant-TW",
    "zh-Hant-HK": "zh-HK zho_Hant_HK",
    "ar": "ar ara arb arb_Arab",
    "ar-Latn": "arb_Latn",
    "arz": "arz arz_Arab",
    "en-GB": "eng-GB_Latn en-gb",
    "en-US": "eng-US en_US",
    "pt-BR": "por-BR_Latn",
    "sr": "srp_Cyrl",
    "sr-Latn": "srp_Latn",
    "ko": "kor_Hang kor_Kore",
    "fa": "fas pes_Arab",
    "sw": "swa swh_Latn",
    "tw": "twi_Latn",
    "ak": "aka",
    "nb": "nob",
    "ckb": "ckb_Arab",
    "ku": "kmr_Latn",
    "yue": "yue_Hant",
    "acq": "acq_Arab",
    "ca-x-vale1252": "cat_Latn_vale1252",
}


@pytest.mark.parametrize(("code", "spelling"), [(code, s) for code, row in SPELLINGS.items() for s in row.split()])
def test_every_spelling_leads_to_one_code(code: str, spelling: str) -> None:
    assert languages.canonical(spelling) == code


@pytest.mark.parametrize("name", CORPORA)
def test_canonical_codes_are_fixed_points_and_unique_within_a_corpus(name: str) -> None:
    spellings = CORPORA[name].languages
    codes = [languages.canonical(spelling) for spelling in spellings]
    assert [languages.canonical(code) for code in codes] == codes
    assert len(set(codes)) == len(codes)
    assert set(CORPORA[name].defaults) <= set(codes)


@pytest.mark.parametrize("code", ["", "xx", "e", "toolong", "und", "mul", "zh-Klingon", "text", "en--", "../en"])
def test_what_is_no_language_is_refused(code: str) -> None:
    with pytest.raises(CorpusError, match="unknown language .*use a BCP-47 or ISO 639 code"):
        languages.canonical(code)


def test_the_nearest_language_is_named() -> None:
    with pytest.raises(CorpusError, match=r"did you mean 'fr' \(French\)"):
        languages.canonical("frnch")
    with pytest.raises(CorpusError, match="did you mean 'es'"):
        languages.canonical("español")


@pytest.mark.parametrize(
    ("code", "name", "script", "direction", "family"),
    [
        ("en", "English", "Latn", "ltr", "Indo-European/Germanic"),
        ("arb_Arab", "Arabic", "Arab", "rtl", "Afro-Asiatic/Semitic"),
        ("acq", "Ta'izzi-Adeni Arabic", "Arab", "rtl", "Afro-Asiatic/Semitic"),
        ("arb_Latn", "Arabic (Latin)", "Latn", "ltr", "Afro-Asiatic/Semitic"),
        ("zh-TW", "Chinese (Traditional)", "Hant", "ltr", "Sino-Tibetan/Sinitic"),
        ("zh-HK", "Chinese (Traditional, Hong Kong SAR China)", "Hant", "ltr", "Sino-Tibetan/Sinitic"),
        ("ja", "Japanese", "Jpan", "ltr", "Japonic/Japanese"),
        ("ko", "Korean", "Kore", "ltr", "Koreanic/Korean"),
        ("ur", "Urdu", "Arab", "rtl", "Indo-European/Indo-Aryan"),
        ("div", "Divehi", "Thaa", "rtl", "other"),
        ("tlh", "Klingon", "Latn", "ltr", "other"),
    ],
)
def test_facts(code: str, name: str, script: str, direction: str, family: str) -> None:
    got = (languages.name(code), languages.script(code), languages.direction(code), languages.family(code))
    assert got == (name, script, direction, family)


def test_no_language_is_in_two_families() -> None:
    codes = [code for row in languages._FAMILIES.values() for code in row.split()]
    assert len(set(codes)) == len(codes)
    assert [languages.canonical(code) for code in codes] == codes


def test_names_are_read_back() -> None:
    assert [languages.from_name(name) for name in ("French", "FRENCH", "español", "中文")] == ["fr", "fr", "es", "zh"]
    for near_miss in ("metadata", "Index", "Dothraki Vulgaris", ""):
        with pytest.raises(CorpusError, match=f"no language is called {near_miss!r}"):
            languages.from_name(near_miss)


def test_display_order_keeps_kin_together_whatever_the_input_order() -> None:
    codes = ["zh", "pt", "tlh", "hi", "ar", "fr", "de", "vi", "id", "en", "es", "he"]
    order = languages.display_order(codes)
    assert order == languages.display_order(reversed(codes)) == languages.display_order([*codes, "eng_Latn"])
    assert order[-1] == "tlh"
    families = [languages.family(code) for code in order]
    assert all(
        families.index(f) + families.count(f) - 1 == len(families) - 1 - families[::-1].index(f) for f in families
    )


def test_resolve_matches_codes_to_a_corpus_own_spellings_in_the_order_asked_for() -> None:
    there = ["eng_Latn", "fra_Latn", "zho_Hans", "zho_Hant", "README", "domain"]
    assert languages.resolve(["zh-TW", "fr", "en"], there) == {
        "zh-Hant": "zho_Hant",
        "fr": "fra_Latn",
        "en": "eng_Latn",
    }
    assert languages.resolve(["eng"], ["eng_Latn", "en"]) == {"en": "en"}
    assert languages.resolve(["eng_Latn"], ["eng_Latn", "en"]) == {"en": "eng_Latn"}


def test_resolve_says_what_is_missing_and_what_there_is() -> None:
    with pytest.raises(CorpusError, match=r"the corpus has no 'de' \(German\); it has en, fr"):
        languages.resolve(["en", "de"], ["eng_Latn", "fra_Latn", "README"])
    with pytest.raises(CorpusError, match=r"it has no languages"):
        languages.resolve(["en"], ["README"])
    with pytest.raises(CorpusError, match=r"'en' \(English\) was asked for twice"):
        languages.resolve(["en", "eng"], ["en"])


def test_what_is_no_language_goes_by_its_own_name():
    assert languages.canonical("art-x-code") == "art-x-code"
    assert languages.name("art-x-code") == "code"
