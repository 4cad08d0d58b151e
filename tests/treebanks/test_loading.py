"""Folders, files and languages: what is read, what is pooled, what is refused."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from babelscope.errors import CorpusError
from babelscope.treebanks import load_treebanks
from babelscope.treebanks.files import language_of


def sentence(key: str, form: str = "word", features: str = "Number=Sing", upos: str = "NOUN") -> str:
    return f"# sent_id = {key}\n# text = {form}\n1\t{form}\t{form}\t{upos}\t_\t{features}\t0\troot\t_\t_\n\n"


def folder(path: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text(text, encoding="utf-8")
    return path


def test_a_folder_of_languages(tmp_path: Path) -> None:
    folder(tmp_path / "tiny", {"fra.conllu": sentence("a", "mot"), "en.conllu": sentence("a"), "notes.conllu": "x"})
    made = load_treebanks(tmp_path / "tiny")
    assert list(made) == ["en", "fr"]
    assert (made["fr"].language, made["fr"].name, made["fr"].sentences[0].text) == ("fr", "tiny", "mot")
    assert list(load_treebanks(str(tmp_path / "tiny"), ["fr", "en"])) == ["fr", "en"], "in the order asked for"
    assert made["fr"].source.location == str(tmp_path / "tiny")


def test_the_parts_of_a_treebank_are_pooled(tmp_path: Path) -> None:
    folder(
        tmp_path,
        {
            "UD_French-GSD/fr_gsd-ud-test.conllu": sentence("te"),
            "UD_French-GSD/fr_gsd-ud-dev.conllu": sentence("de"),
            "UD_French-GSD/fr_gsd-ud-train-b.conllu": sentence("tb"),
            "UD_French-GSD/fr_gsd-ud-train-a.conllu": sentence("ta"),
            "UD_French-GSD/README.md": "# Summary\n\nLicense: CC BY-SA 4.0\n",
            "UD_Basque-BDT/eu_bdt-ud-test.conllu": sentence("eu"),
        },
    )
    made = load_treebanks(tmp_path)
    assert list(made) == ["fr", "eu"]
    assert [one.id for one in made["fr"].sentences] == ["ta", "tb", "de", "te"]
    assert (made["fr"].name, made["fr"].source.licence) == ("UD_French-GSD", "CC BY-SA 4.0")
    assert made["eu"].source.licence == "unknown"
    alone = load_treebanks(tmp_path / "UD_French-GSD")["fr"]
    assert (alone.name, alone.hash) == ("UD_French-GSD", made["fr"].hash)


def test_two_treebanks_of_one_language_are_refused_only_if_it_is_asked_for(tmp_path: Path) -> None:
    files = {f"UD_French-{name}/fr_{name.lower()}-ud-test.conllu": sentence("a") for name in ("GSD", "PUD")}
    folder(tmp_path, {**files, "en.conllu": sentence("a")})
    with pytest.raises(CorpusError, match=r"holds 2 treebanks of French \(UD_French-GSD, UD_French-PUD\); keep one"):
        load_treebanks(tmp_path)
    assert list(load_treebanks(tmp_path, ["en"])) == ["en"]


def test_a_single_file(tmp_path: Path) -> None:
    folder(tmp_path, {"vi.conllu": sentence("a"), "data.conllu": sentence("a")})
    assert list(load_treebanks(tmp_path / "vi.conllu")) == ["vi"]
    assert list(load_treebanks(tmp_path / "data.conllu", ["vie"])) == ["vi"]
    with pytest.raises(CorpusError, match=r"cannot tell the language of .*data\.conllu; name it with --langs"):
        load_treebanks(tmp_path / "data.conllu")
    with pytest.raises(CorpusError, match="is one file, got 2 languages"):
        load_treebanks(tmp_path / "vi.conllu", ["vi", "en"])


@pytest.mark.parametrize(
    ("stem", "language"),
    [
        ("fr", "fr"), ("zh-Hant", "zh-Hant"), ("fr_gsd", "fr"), ("en_pud-ud-test", "en"), ("fr-ud-train", "fr"),
        ("de_hdt-ud-train-a-1", "de"), ("no_bokmaal", "no"), ("train", None), ("xxq", None),
    ],
)  # fmt: skip
def test_files_are_named_after_languages(stem: str, language: str | None) -> None:
    assert language_of(stem) == language


def test_the_hash_knows_texts_lemmas_places_and_values_but_not_names(tmp_path: Path) -> None:
    folder(tmp_path / "one", {"en.conllu": sentence("a") + sentence("b", "cat")})
    folder(tmp_path / "same", {"eng.conllu": sentence("c") + sentence("d", "cat")})
    base = load_treebanks(tmp_path / "one")["en"].hash
    assert load_treebanks(tmp_path / "same")["en"].hash == base
    assert len(base) == 16
    others = {
        "text": sentence("a") + sentence("b", "dog"),
        "value": sentence("a", features="Number=Plur") + sentence("b", "cat"),
        "lemma": sentence("a").replace("\tword\tNOUN", "\twords\tNOUN") + sentence("b", "cat"),
        "order": sentence("b", "cat") + sentence("a"),
    }
    hashes = {
        name: load_treebanks(folder(tmp_path / name, {"en.conllu": text}))["en"].hash for name, text in others.items()
    }
    assert len({base, *hashes.values()}) == 5
    assert load_treebanks(tmp_path / "one", n=1)["en"].hash != base
    folder(tmp_path / "language", {"fr.conllu": sentence("a") + sentence("b", "cat")})
    assert load_treebanks(tmp_path / "language")["fr"].hash != base


def test_a_treebank_is_called_after_its_folder_from_wherever_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank = folder(tmp_path / "UD_French-GSD", {"fr_gsd-ud-test.conllu": sentence("a")})
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "fr.conllu").symlink_to(bank / "fr_gsd-ud-test.conllu")
    assert load_treebanks(tmp_path / "links")["fr"].name == "UD_French-GSD"
    monkeypatch.chdir(bank)
    assert load_treebanks(".")["fr"].name == "UD_French-GSD"


def test_edits_and_n(tmp_path: Path) -> None:
    lines = sentence("a", "lu", "Gender=Masc|VerbForm=Part", "VERB") + sentence("b", "mot")
    folder(tmp_path, {"fr.conllu": lines})
    assert load_treebanks(tmp_path)["fr"].sentences[0].words[0].features == {"POS": "V.PTCP", "Gender": "MASC"}
    edited = load_treebanks(tmp_path, edits=True, n=1)["fr"]
    assert (edited.report.edited, edited.report.as_dict()["edited"]) == (True, True)
    assert edited.sentences[0].words[0].features == {"POS": "V.PTCP"}
    assert (len(edited.sentences), edited.report.sentences) == (1, 1)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (sentence("a").replace("\t_\t_\n", "\n"), r"en\.conllu, line 3: not CoNLL-U, got 8 columns"),
        (sentence("a", features="Number"), r"en\.conllu, line 3: 'word' has malformed features, got 'Number';"),
        (sentence("a", features="Number=Sing|Number=Plur"), r"line 3: .*expected each feature once"),
        (sentence("a") + sentence("b").replace("\n1\t", "\n2\t"), r"line 7: .*got id 2 where word 1 was due"),
        (sentence("a", " "), r"en\.conllu, line 3: the word has no form"),
        ("", r"en\.conllu is empty"),
        ("# text = only a comment\n\n", r"/tiny: tiny \(en\) has no sentence that can be used \(it is empty\)"),
        (sentence("a", "_").replace("1\t_", "1\t_\t_\tX\t_\t_\t0\t_\t_\t_\n2\t_"), r"used \(1: every form"),
    ],
)  # fmt: skip
def test_bad_files_are_one_clear_line(tmp_path: Path, text: str, says: str) -> None:
    folder(tmp_path / "tiny", {"en.conllu": text})
    with pytest.raises(CorpusError, match=says) as caught:
        load_treebanks(tmp_path / "tiny")
    assert "\n" not in str(caught.value)


def test_bad_requests_are_one_clear_line(tmp_path: Path) -> None:
    folder(tmp_path, {"en.conllu": sentence("a")})
    with pytest.raises(CorpusError, match=r"has no 'fr' \(French\); it has en"):
        load_treebanks(tmp_path, ["fr"])
    with pytest.raises(CorpusError, match="unknown language 'xxq'"):
        load_treebanks(tmp_path, ["xxq"])
    with pytest.raises(CorpusError, match="no language was named"):
        load_treebanks(tmp_path, [])
    with pytest.raises(CorpusError, match="no folder or file .*nowhere; expected a folder of <lang>.conllu"):
        load_treebanks(tmp_path / "nowhere")
    with pytest.raises(CorpusError, match="holds no treebanks"):
        load_treebanks(folder(tmp_path / "empty", {"notes.txt": "x"}))
    with pytest.raises(CorpusError, match="which has no --revision"):
        load_treebanks(tmp_path, revision="main")
    for n in (0, -1, 2.5):
        with pytest.raises(CorpusError):
            load_treebanks(tmp_path, n=n)  # pyright: ignore[reportArgumentType]


def test_what_is_packed_is_said_to_be(tmp_path: Path) -> None:
    packed = folder(tmp_path, {"en.conllu.gz": "x"}) / "en.conllu.gz"
    with pytest.raises(CorpusError, match=r"en\.conllu\.gz is compressed; unpack it"):
        load_treebanks(packed)
    with pytest.raises(CorpusError, match=r"is compressed; unpack it"):
        load_treebanks(packed, ["en"])
    with pytest.raises(CorpusError, match=r"holds no treebanks; .*, unpacked, got en\.conllu\.gz$"):
        load_treebanks(tmp_path)


def test_a_folder_called_like_a_treebank_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "fr.conllu").mkdir()
    (tmp_path / "README").mkdir()
    with pytest.raises(CorpusError, match="holds no treebanks"):
        load_treebanks(tmp_path)
    assert list(load_treebanks(folder(tmp_path, {"en.conllu": sentence("a")}))) == ["en"]


def test_the_bundled_grammar_is_a_treebank_of_each_of_its_languages() -> None:
    made = load_treebanks("grammar", ["en", "fra"], n=40)
    assert list(made) == ["en", "fr"]
    assert [one.id for one in made["en"].sentences] == [one.id for one in made["fr"].sentences]
    for bank in made.values():
        assert (bank.name, bank.source.location, len(bank.sentences)) == ("grammar", "bundled", 40)
        assert (bank.report.texts_rebuilt, bank.report.sentences_left_out, bank.report.conflicting) == (0, {}, {})
    with pytest.raises(CorpusError, match=r"the grammar has no 'sw' \(Swahili\)"):
        load_treebanks("grammar", ["sw"])
