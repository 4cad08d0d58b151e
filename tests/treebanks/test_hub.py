"""Treebanks as datasets: real local ones in both layouts hold what their CoNLL-U file holds."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from babelscope.errors import CorpusError
from babelscope.treebanks import Treebank, load_treebanks
from babelscope.treebanks.hub_rows import sentences_of_table
from babelscope.treebanks.reading import sentences_of
from babelscope.treebanks.sentences import tag
from shared_files import shared

datasets = pytest.importorskip("datasets")
conllu = pytest.importorskip("conllu")

TAGS = (
    "NOUN", "PUNCT", "ADP", "NUM", "SYM", "SCONJ", "ADJ", "PART", "DET", "CCONJ", "PROPN", "PRON", "X", "_", "ADV",
    "INTJ", "VERB", "AUX",
)  # fmt: skip

FRENCH = """# sent_id = fr1
# text = Du pain au lait, vu du toit.
1-2\tDu\t_\t_\t_\t_\t_\t_\t_\t_
1\tDe\tde\tADP\t_\t_\t3\tcase\t_\t_
2\tle\tle\tDET\t_\tDefinite=Def|Gender=Masc|Number=Sing\t3\tdet\t_\t_
3\tpain\tpain\tNOUN\t_\tGender=Masc|Number=Sing\t0\troot\t_\t_
4-5\tau\t_\t_\t_\t_\t_\t_\t_\t_
4\tà\tà\tADP\t_\t_\t6\tcase\t_\t_
5\tle\tle\tDET\t_\tDefinite=Def|Gender=Masc|Number=Sing\t6\tdet\t_\t_
6\tlait\tlait\tNOUN\t_\tGender=Masc|Number=Sing\t3\tnmod\t_\tSpaceAfter=No
7\t,\t,\tPUNCT\t_\t_\t3\tpunct\t_\t_
8\tvu\tvoir\tVERB\t_\tGender=Masc|Number=Sing|VerbForm=Part\t3\tacl\t_\t_
8.1\tété\têtre\tAUX\t_\tVerbForm=Part\t_\t_\t3:aux\t_
9-10\tdu\t_\t_\t_\t_\t_\t_\t_\t_
9\tde\tde\tADP\t_\t_\t11\tcase\t_\t_
10\tle\tle\tDET\t_\t_\t11\tdet\t_\t_
11\ttoit\t_\tNOUN\t_\tGender=Masc|Number=Sing\t8\tobl\t_\tSpaceAfter=No
12\t.\t.\tPUNCT\t_\t_\t3\tpunct\t_\t_

# sent_id = fr2
# text = Rien
1\tRien\trien\tPRON\t_\tPolarity=Neg\t0\troot\t_\t_

"""


def older(text: str) -> dict[str, list[Any]]:
    """The table that the older loader makes: multiword tokens in the lists, features as spelt dictionaries."""
    rows = conllu.parse(text)
    return {
        "idx": [tokens.metadata["sent_id"] for tokens in rows],
        "text": [tokens.metadata["text"] for tokens in rows],
        "tokens": [[token["form"] for token in tokens] for tokens in rows],
        "lemmas": [[token["lemma"] for token in tokens] for tokens in rows],
        "upos": [[token["upos"] for token in tokens] for tokens in rows],
        "feats": [[str(token["feats"]) for token in tokens] for tokens in rows],
        "head": [[str(token["head"]) for token in tokens] for tokens in rows],
        "misc": [[str(token["misc"]) for token in tokens] for tokens in rows],
    }


def newer(text: str) -> dict[str, list[Any]]:
    """The table with words only and the column `mwt`."""
    table: dict[str, list[Any]] = {
        name: [] for name in ("sent_id", "text", "tokens", "lemmas", "upos", "feats", "mwt")
    }
    for tokens in conllu.parse(text):
        single = [token for token in tokens if isinstance(token["id"], int)]
        table["sent_id"].append(tokens.metadata["sent_id"])
        table["text"].append(tokens.metadata["text"])
        table["tokens"].append([token["form"] for token in single])
        table["lemmas"].append([token["lemma"] for token in single])
        table["upos"].append([token["upos"] for token in single])
        table["feats"].append(["|".join(f"{k}={v}" for k, v in (t["feats"] or {}).items()) or "_" for t in single])
        ranges = [token for token in tokens if isinstance(token["id"], tuple) and token["id"][1] == "-"]
        table["mwt"].append([{"id": f"{t['id'][0]}-{t['id'][2]}", "form": t["form"]} for t in ranges])
    return table


def alike(one: Treebank, other: Treebank) -> None:
    """Both have the same sentences, and counted the same."""
    assert one.sentences == other.sentences
    assert one.report.attributes == other.report.attributes
    assert one.report.lemmaless_words == other.report.lemmaless_words


@pytest.fixture
def local(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, dict[str, list[Any]]]], None]:
    """Makes the folder `owner/name` a dataset of Parquet files, with a configuration per treebank as the hub has."""

    def make(tables: dict[str, dict[str, list[Any]]]) -> None:
        labels = datasets.List(datasets.ClassLabel(names=TAGS))
        configs = []
        for name, table in tables.items():
            data = datasets.Dataset.from_dict(table)
            data = data.cast_column("upos", labels)
            several = len(data) > 1
            parts = {"train": data.select([0]), "test": data.select([1])} if several else {"test": data}
            for split, rows in parts.items():
                path = tmp_path / "owner" / "name" / name / f"{split}.parquet"
                path.parent.mkdir(parents=True, exist_ok=True)
                rows.to_parquet(str(path))
            files = "".join(f"\n  - split: {split}\n    path: {name}/{split}.parquet" for split in parts)
            configs.append(f"\n- config_name: {name}\n  data_files:{files}")
        card = "---\nconfigs:" + "".join(configs) + "\n---\n"
        (tmp_path / "owner" / "name" / "README.md").write_text(card, encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))

    return make


@pytest.mark.parametrize("layout", [older, newer])
def test_a_dataset_holds_what_its_file_holds(
    tmp_path: Path, local: Callable[[Any], None], layout: Callable[[str], dict[str, list[Any]]]
) -> None:
    local({"fr_gsd": layout(FRENCH), "fr_pud": layout(FRENCH), "en_ewt": layout(FRENCH)})
    (tmp_path / "fr.conllu").write_text(FRENCH, encoding="utf-8")
    expected = load_treebanks(tmp_path / "fr.conllu")["fr"]
    assert [word.form for word in expected.sentences[0].words] == "Du pain au lait , vu du toit .".split()
    made = load_treebanks("hf:owner/name:fr_gsd")
    assert list(made) == ["fr"]
    alike(made["fr"], expected)
    assert made["fr"].hash == expected.hash
    assert made["fr"].name == "fr_gsd"
    assert (made["fr"].source.location, made["fr"].source.split) == ("hf:owner/name:fr_gsd", "train+test")
    assert list(load_treebanks("hf:owner/name:fr_gsd,en_ewt", ["en"])) == ["en"]


def test_each_treebank_has_its_own_splits_and_the_revision_asked_for(local: Callable[[Any], None]) -> None:
    one = {column: cells[:1] for column, cells in older(FRENCH).items()}
    local({"fr_gsd": older(FRENCH), "en_pud": one})
    made = load_treebanks("hf:owner/name:fr_gsd,en_pud@old", revision="new")
    assert {language: bank.source.split for language, bank in made.items()} == {"fr": "train+test", "en": "test"}
    assert made["fr"].source.revision == "new"
    assert load_treebanks("hf:owner/name:fr_gsd@old")["fr"].source.revision == "old"


@pytest.mark.parametrize("language", ["pt", "fr", "en"])
@pytest.mark.parametrize("layout", [older, newer])
def test_the_words_of_real_multiword_tokens_are_found(
    language: str, layout: Callable[[str], dict[str, list[Any]]]
) -> None:
    path = shared("data", "pud", f"{language}.conllu")
    text = "\n\n".join(path.read_text(encoding="utf-8").split("\n\n")[:300]) + "\n\n"
    expected, report = tag(sentences_of(text, "x"))
    made, counted = tag(sentences_of_table(layout(text), "x"))
    assert made == expected
    assert counted.attributes == report.attributes
    assert not counted.sentences_left_out


def test_requests_that_cannot_be_met(local: Callable[[Any], None]) -> None:
    local({"fr_gsd": older(FRENCH), "fr_pud": older(FRENCH), "en_ewt": older(FRENCH)})
    with pytest.raises(CorpusError, match=r"name the languages, or some of them: hf:owner/name:fr_gsd,en_ewt"):
        load_treebanks("hf:owner/name")
    with pytest.raises(CorpusError, match=r"has 2 treebanks of French \(fr_gsd, fr_pud\); name one of them"):
        load_treebanks("hf:owner/name", ["fr"])
    assert list(load_treebanks("hf:owner/name", ["en"])) == ["en"]
    with pytest.raises(CorpusError, match=r"owner/name has no 'hi' \(Hindi\); it has en, fr"):
        load_treebanks("hf:owner/name", ["hi"])
    with pytest.raises(CorpusError, match="cannot tell the language of 'gsd'"):
        load_treebanks("hf:owner/name:gsd")
    with pytest.raises(CorpusError, match="cannot read 'hf:owner/name:'; expected hf:OWNER/NAME:fr_gsd"):
        load_treebanks("hf:owner/name:")
    with pytest.raises(CorpusError, match="owner/name"):
        load_treebanks("hf:owner/name:fr_nowhere")


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"text": ["a"]}, "x has no column 'tokens'; expected those of a treebank"),
        ({"tokens": [["a", " "]], "upos": [["X", "X"]]}, "x, row 1: a token is empty"),
        ({"tokens": [["a"]], "upos": [["X", "X"]]}, "x, row 1: the lists have 1, 1, 2, 1, 1 items"),
        ({"tokens": [["a"]], "upos": [["X"]], "feats": [["{'Number'"]]}, "row 1: cannot read the features"),
        ({"tokens": [["a"]], "upos": [["X"]], "feats": [["Number"]]}, "row 1: cannot read the features 'Number'"),
        ({"tokens": [["a"]], "upos": [["X"]], "mwt": [[{"id": "1-2", "form": "b"}]]}, "'1-2' is no range of its 1"),
        (
            {"tokens": [list("abc")], "upos": [list("XXX")], "mwt": [[{"id": "1-2"}, {"id": "2-3"}]]},
            "'2-3' is no range of its 3",
        ),
    ],
)  # fmt: skip
def test_malformed_tables_are_one_clear_line(table: dict[str, list[Any]], says: str) -> None:
    with pytest.raises(CorpusError, match=says):
        sentences_of_table(table, "x")


def test_a_multiword_token_that_the_text_does_not_show_leaves_its_sentence_out() -> None:
    table = older(FRENCH)
    table["text"][0] = "Something else"
    made, report = tag(sentences_of_table(table, "x"))
    assert [sentence.id for sentence in made] == ["fr2"]
    assert report.sentences_left_out == {"the text does not show which words a multiword token has": 1}


def test_a_multiword_token_holds_no_other_one() -> None:
    table = older(FRENCH)
    table["text"][0] = "Du"
    assert sentences_of_table(table, "x")[0].words == ()


def test_a_multiword_token_may_have_many_words() -> None:
    forms = ["dimmelocosì", "di", "mi", "me", "lo", "co", "sì"]
    heads = [None, *"012345"]
    table = {"text": [forms[0]], "tokens": [forms], "upos": [["_", *"XXXXXX"]], "head": [heads]}
    (sentence,) = sentences_of_table(table, "x")
    assert [len(word.parts) for word in sentence.words] == [6]


def test_features_may_be_dictionaries() -> None:
    table = {"tokens": [["a"]], "upos": [["NOUN"]], "feats": [[{"Number": "Sing", "Case": None}]]}
    made, _ = tag(sentences_of_table(table, "x"))
    assert made[0].words[0].features == {"POS": "N", "Number": "SG"}
