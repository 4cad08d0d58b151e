"""The hub's readers against stand-ins for `datasets.load_dataset`, real local datasets, and each way to fail."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from babelscope.corpus.entries import CORPORA
from babelscope.corpus.hub import read_hub_dataset, read_hub_entry
from babelscope.errors import CorpusError, MissingExtraError

datasets = pytest.importorskip("datasets")

Tables = dict[str | None, dict[str, list[Any]]]


class Hub:
    """Stands in for the hub: tables by configuration, and a record of what was asked for."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.asked: list[tuple[str, str | None, str | None, str | None, str | None]] = []

    def load_dataset(
        self, path: str, name: str | None = None, *, split: str | None, revision: str | None, token: str | None
    ) -> Any:
        self.asked.append((path, name, split, revision, token))
        if name not in self.tables:
            raise ValueError(f"BuilderConfig '{name}' not found. Available: {list(self.tables)}")
        data = datasets.Dataset.from_dict(self.tables[name])
        return data if split else datasets.DatasetDict({"test": data})


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Callable[[Tables], Hub]:
    def make(tables: Tables) -> Hub:
        stand_in = Hub(tables)
        monkeypatch.setattr(datasets, "load_dataset", stand_in.load_dataset)
        monkeypatch.setattr(datasets, "get_dataset_config_names", lambda *_, **__: [name for name in tables if name])
        return stand_in

    return make


def raising(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(datasets, "load_dataset", fail)
    monkeypatch.setattr(datasets, "get_dataset_config_names", fail)


def test_a_configuration_per_language_loads_only_those_asked_for(hub: Callable[[Tables], Hub]) -> None:
    tables: Tables = {
        "eng_Latn": {"text": ["a", "", "c"]},
        "fra_Latn": {"text": ["A", "B", "C"]},
        "deu_Latn": {"text": ["x"]},
    }
    stand_in = hub(tables)
    made = read_hub_entry(CORPORA["ntrex"], ["fr", "en"], token="t")
    pin = CORPORA["ntrex"].revision
    assert stand_in.asked == [("davidstap/NTREX", name, "test", pin, "t") for name in ("fra_Latn", "eng_Latn")]
    assert made.languages == ("fr", "en")
    assert (made["fr"], made.ids, made.dropped) == (("A", "C"), ("1", "3"), 1)
    assert (made.source.location, made.source.revision) == ("hf:davidstap/NTREX", pin)
    assert (made.source.licence, made.source.split) == ("CC-BY-SA-4.0", "test")


def test_rows_with_ids_align_by_id(hub: Callable[[Tables], Hub]) -> None:
    hub(
        {
            "eng_Latn": {"id": [1, 2, 3], "text": ["a", "b", "c"]},
            "cmn_Hans": {"id": [3, 1, 9], "text": ["丙", "甲", "壬"]},
        }
    )
    made = read_hub_entry(CORPORA["flores"], ["zho_Hans", "en"], split="dev")
    assert (made.ids, made["en"], made["zh"]) == (("3", "1"), ("c", "a"), ("丙", "甲"))
    assert (made.dropped, made.source.split) == (2, "dev")


def test_rows_with_a_repeated_id_cannot_be_aligned(hub: Callable[[Tables], Hub]) -> None:
    hub({"eng_Latn": {"id": [1, 1], "text": ["a", "b"]}, "fra_Latn": {"id": [1, 2], "text": ["a", "b"]}})
    with pytest.raises(CorpusError, match="id '1' occurs twice"):
        read_hub_entry(CORPORA["flores"], ["en", "fr"])


def test_pairs_are_joined_on_the_pivot_sentence(hub: Callable[[Tables], Hub]) -> None:
    french = ["Dieu dit", "Lumière", "Et", "Et puis", "Jour"]
    spanish = ["Día", "Luz", "Noche", "Dios dijo", "Y"]
    stand_in = hub(
        {
            "eng-fra": {"eng": ["God said", "Light", "And", "And", "Day"], "fra": french},
            "eng-spa": {"eng": ["Day", "Light", "Night", "God said", "And"], "spa": spanish},
        }
    )
    made = read_hub_entry(CORPORA["bible"], ["es", "en", "fr"])
    assert made.languages == ("es", "en", "fr")
    rows = set(zip(*made.sentences, strict=True))
    assert rows == {("Día", "Day", "Jour"), ("Luz", "Light", "Lumière"), ("Dios dijo", "God said", "Dieu dit")}
    assert made.dropped == 2
    assert [name for _, name, *_ in stand_in.asked] == ["eng-spa", "eng-fra"]
    assert stand_in.asked[0][2] == "train+validation+test"
    assert read_hub_entry(CORPORA["bible"], ["es", "fr"])["fr"] == made["fr"]


def test_a_language_that_is_not_in_the_table_is_looked_up_on_the_hub(hub: Callable[[Tables], Hub]) -> None:
    rows = {"id": [1, 2], "text": ["a", "b"]}
    hub({"eng_Latn": rows, "ekk_Latn": rows, "cat_Latn_vale1252": rows})
    assert read_hub_entry(CORPORA["flores"], ["en", "et", "cat_Latn_vale1252"]).languages == (
        "en",
        "et",
        "ca-x-vale1252",
    )
    with pytest.raises(CorpusError, match=r"flores has no 'tlh' \(Klingon\); it has .*en"):
        read_hub_entry(CORPORA["flores"], ["en", "tlh"])


def test_any_dataset_with_columns_named_after_languages(hub: Callable[[Tables], Hub]) -> None:
    stand_in = hub(
        {
            None: {
                "id": ["x", "y"],
                "eng_Latn": ["a cat", "a dog"],
                "fra_Latn": ["un chat", "un chien"],
                "note": ["-", "-"],
            }
        }
    )
    made = read_hub_dataset("hf:owner/name@abc123")
    assert (made.name, made.languages, made.ids) == ("name", ("en", "fr"), ("x", "y"))
    assert stand_in.asked == [("owner/name", None, None, "abc123", None)]
    assert (made.source.revision, made.source.split) == ("abc123", "test")


def test_any_dataset_with_a_column_map(hub: Callable[[Tables], Hub]) -> None:
    pairs = [{"en": "a", "fr": "A"}, {"en": "b", "fr": "B"}]
    hub(
        {
            "all": {"id": [1, 2], "translation": pairs, "src.en": ["c", "d"]},
            "de": {"text": ["x", "y"]},
            None: {"fr": ["u v"]},
        }
    )
    dotted = read_hub_dataset("hf:o/n:all", columns={"en": "translation.en", "fr": "translation.fr"})
    assert (dotted["en"], dotted["fr"], dotted.ids) == (("a", "b"), ("A", "B"), ("1", "2"))
    assert read_hub_dataset("hf:o/n:all", columns={"en": "src.en", "de": "de:text"}).sentences == (
        ("c", "d"),
        ("x", "y"),
    )
    with pytest.raises(CorpusError, match="has no column 'nope'; its columns are id, translation"):
        read_hub_dataset("hf:o/n:all", columns={"en": "nope", "fr": "translation.fr"})
    with pytest.raises(CorpusError, match="not every row of column 'translation' has a field 'xx'"):
        read_hub_dataset("hf:o/n:all", columns={"en": "translation.xx", "fr": "translation.fr"})
    with pytest.raises(CorpusError, match="the column map has no 'es'"):
        read_hub_dataset("hf:o/n:all", ["en", "es"], {"en": "src.en", "de": "de:text"})


def test_a_translation_column_is_opened(hub: Callable[[Tables], Hub]) -> None:
    hub({"en-fr": {"translation": [{"en": "a cat", "fr": "un chat"}, {"en": "a dog", "fr": "un chien"}]}})
    assert read_hub_dataset("hf:o/n:en-fr").languages == ("en", "fr")


def test_a_loader_script_is_read_from_the_hubs_conversion(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def load_dataset(
        path: str, name: str | None, *, split: str | None, revision: str | None, token: str | None
    ) -> Any:
        asked.append(revision)
        if revision != "refs/convert/parquet":
            raise RuntimeError(f"Dataset scripts are no longer supported, but found {path}.py")
        return datasets.Dataset.from_dict({"en": ["a cat", "a dog"], "fr": ["un chat", "un chien"]})

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    made = read_hub_dataset("hf:o/n", split="train")
    assert asked == [None, "refs/convert/parquet"]
    assert made.source.revision == "refs/convert/parquet"
    with pytest.raises(CorpusError, match="loader script, which is never run; use --revision refs/convert"):
        read_hub_dataset("hf:o/n@abc", split="train")


def test_real_local_datasets(tmp_path: Path) -> None:
    """The same code through the real library: a folder with a Parquet file is a dataset too."""
    path = tmp_path / "test.parquet"
    cells = {"en": ["a cat", None, "a dog"], "fr": ["un chat", "x", "un chien"]}
    datasets.Dataset.from_dict(cells).to_parquet(str(path))
    data = datasets.load_dataset("parquet", data_files={"test": str(path)}, cache_dir=str(tmp_path / "cache"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(datasets, "load_dataset", lambda *_, split=None, **__: data[split] if split else data)
        made = read_hub_dataset("hf:o/n")
    assert (made.n, made.dropped, made.source.split) == (2, 1, "test")


def test_a_split_must_be_chosen_where_there_are_several(monkeypatch: pytest.MonkeyPatch) -> None:
    data = datasets.DatasetDict(dict.fromkeys(("dev", "test"), datasets.Dataset.from_dict({"en": ["a"]})))
    monkeypatch.setattr(datasets, "load_dataset", lambda *_, **__: data)
    with pytest.raises(CorpusError, match="has splits dev, test; choose one with --split"):
        read_hub_dataset("hf:o/n")


def hub_error(kind: str) -> Exception:
    """An error of huggingface_hub as it is raised, whatever HTTP library that version uses."""
    import huggingface_hub.errors as errors

    made = getattr(errors, kind).__new__(getattr(errors, kind))
    made.args = (f"403 Client Error. {kind}",)
    made.response = made.server_message = made.request_id = None
    return made


GATED = r"flores_plus \(eng_Latn\) is gated; accept its terms at \S+/datasets/openlanguagedata/flores_plus, "
ABSENT = datasets.exceptions.DatasetNotFoundError


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (ABSENT("Dataset 'x' is a gated dataset on the Hub. Ask for access."), GATED),
        (hub_error("GatedRepoError"), GATED + "then set HF_TOKEN"),
        (ConnectionError("Couldn't reach 'x' on the Hub (ConnectError)"), "cannot reach the hub .*--corpus mini"),
        (hub_error("OfflineModeIsEnabled"), "cannot reach the hub .*HF_HUB_OFFLINE"),
        (TimeoutError("timed out"), "cannot reach the hub"),
        (ABSENT("Dataset 'x' doesn't exist on the Hub"), "no dataset .* or it is private"),
        (hub_error("RevisionNotFoundError"), "has no revision '5fec6c13"),
        (ABSENT("Revision 'q' doesn't exist for dataset 'x'"), "has no revision"),
        (ValueError('Unknown split "x". Should be one of [dev].'), r"one of \[dev\]. Choose one with --split"),
        (ValueError("BuilderConfig 'eng_Latn' not found. Available: [all]"), r"Available: \[all\]; name one as hf:"),
        (OSError(28, "No space left on device"), "cannot read .*No space left on device"),
        (datasets.exceptions.DatasetGenerationError("broken\nfile"), "DatasetGenerationError: broken file"),
    ],
)  # fmt: skip
def test_every_failure_is_one_clear_line(monkeypatch: pytest.MonkeyPatch, error: Exception, says: str) -> None:
    raising(monkeypatch, error)
    with pytest.raises(CorpusError, match=says) as caught:
        read_hub_entry(CORPORA["flores"], ["en", "fr"])
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is error


def test_a_missing_column_lists_those_there_are(hub: Callable[[Tables], Hub]) -> None:
    hub({"eng_Latn": {"sentence": ["a", "b"]}})
    with pytest.raises(CorpusError, match=r"NTREX \(eng_Latn\) has no column 'text'; its columns are sentence"):
        read_hub_entry(CORPORA["ntrex"], ["en", "fr"])


@pytest.mark.parametrize("source", ["hf:", "hf:a b/c", "hf:a/b/c", "hf:../../etc", "hf:a/b@", "hf:https://x/y"])
def test_misspelt_sources(source: str) -> None:
    with pytest.raises(CorpusError, match="expected hf:OWNER/NAME"):
        read_hub_dataset(source)


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "datasets", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'babelscope\[hub\]'"):
        read_hub_entry(CORPORA["ntrex"], ["en", "fr"])
