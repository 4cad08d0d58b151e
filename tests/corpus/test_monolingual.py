"""Documents of hub datasets against the real library on local Parquet files, and each way to fail."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from babelscope.corpus import MONOLINGUAL, CorpusSource, load_streams
from babelscope.errors import CorpusError, MissingExtraError
from babelscope.languages import canonical, display_order

datasets = pytest.importorskip("datasets")

Tables = dict[str | None, dict[str, list[Any]]]


class Hub:
    """Stands in for the hub: the real library reads Parquet files, one split each, by configuration."""

    def __init__(self, root: Path, tables: Tables, split: str) -> None:
        self.asked: list[tuple[str, str | None, str | None, str | None, str | None]] = []
        self._cache = str(root / "cache")
        self._load = datasets.load_dataset
        self._files: dict[str | None, dict[str, str]] = {}
        for config, cells in tables.items():
            path = root / f"{config}.parquet"
            datasets.Dataset.from_dict(cells).to_parquet(str(path))
            self._files[config] = {split: str(path)}

    def load_dataset(
        self, path: str, name: str | None = None, *, split: str | None, revision: str | None, token: str | None
    ) -> Any:
        self.asked.append((path, name, split, revision, token))
        if name not in self._files:
            raise ValueError(f"BuilderConfig '{name}' not found. Available: {list(self._files)}")
        return self._load("parquet", data_files=self._files[name], split=split, cache_dir=self._cache)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Hub]:
    def make(tables: Tables, split: str = "validation") -> Hub:
        stand_in = Hub(tmp_path, tables, split)
        monkeypatch.setattr(datasets, "load_dataset", stand_in.load_dataset)
        return stand_in

    return make


def test_xlsum_is_the_validation_articles_of_each_language(hub: Callable[..., Hub]) -> None:
    stand_in = hub(
        {
            "english": {"id": ["x"] * 3, "text": ["One.\n\nMore.", "Two.", "Three."]},
            "chinese_simplified": {"id": ["x"], "text": ["一。"]},
            "french": {"text": ["Un."]},
        }
    )
    made = load_streams("xlsum", "zh,eng", documents=2, token="t")
    assert made.texts == {"en": "One.\n\nMore.\n\nTwo.", "zh": "一。"}
    names = ("chinese_simplified", "english")
    assert stand_in.asked == [("csebuetnlp/xlsum", name, "validation[0:2]", None, "t") for name in names]
    assert (made.name, made.kind) == ("xlsum", "dataset")
    assert made.source == CorpusSource("hf:csebuetnlp/xlsum", "", "CC-BY-NC-SA-4.0", "validation[0:2]")
    assert load_streams("xlsum", ["en"], documents=1, offset=1)["en"] == "Two."


def test_xlsum_reads_its_nine_languages_and_500_articles_by_default(hub: Callable[..., Hub]) -> None:
    entry = MONOLINGUAL["xlsum"]
    hub({entry.configurations[code]: {"text": [f"{code} {i}" for i in range(501)]} for code in entry.defaults})
    made = load_streams("xlsum")
    assert made.languages == display_order(entry.defaults) and len(made) == 9
    assert all(text.endswith(f"{code} 499") for code, text in made.items())


def test_the_table_of_xlsum_is_whole() -> None:
    known = MONOLINGUAL["xlsum"].configurations
    assert len(known) == len(set(known.values())) == 45
    assert [canonical(code) for code in known] == list(known)
    with pytest.raises(CorpusError, match=r"text 'xlsum' has no 'de' \(German\); it has am, ar, az"):
        load_streams("xlsum", "de")


@pytest.mark.parametrize(("split", "read"), [(None, "validation"), ("test[:2]", "test"), ("train+test", "train")])
def test_a_loader_script_is_read_from_the_hubs_conversion(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, split: str | None, read: str
) -> None:
    """The conversion is a branch of folders CONFIG/SPLIT without a list of configurations, as this local one."""
    real, asked = datasets.load_dataset, []
    for config in ("english", "french"):
        for part in ("train", "validation", "test"):
            folder = tmp_path / "branch" / config / part
            folder.mkdir(parents=True)
            cells = {"text": [f"{config} {part} {i}" for i in range(3)]}
            datasets.Dataset.from_dict(cells).to_parquet(str(folder / "0000.parquet"))

    def load_dataset(path: str, *name: str | None, revision: str | None, token: None, **arguments: Any) -> Any:
        asked.append((path, revision))
        if revision is None:
            raise RuntimeError("Dataset scripts are no longer supported, but found xlsum.py")
        return real(str(tmp_path / "branch"), *name, cache_dir=str(tmp_path / "cache"), **arguments)

    monkeypatch.setattr(datasets, "load_dataset", load_dataset)
    made = load_streams("xlsum", "en,fr", documents=2, split=split)
    assert made.texts == {"en": f"english {read} 0\n\nenglish {read} 1", "fr": f"french {read} 0\n\nfrench {read} 1"}
    assert made.source.revision == "refs/convert/parquet"
    assert asked == [("csebuetnlp/xlsum", None)] + 2 * [("csebuetnlp/xlsum", "refs/convert/parquet")]


def test_any_dataset_with_a_column_per_language(hub: Callable[..., Hub]) -> None:
    stand_in = hub(
        {
            "all": {"text_en": ["a", None, " ", "d", "e"], "text_fr": ["A", "B", "C", "D", "E"]},
            "german": {"text": ["x"], "inner": [{"t": "y"}], "n": [1]},
        },
        "train",
    )
    columns = {"en": "text_en", "fra": "text_fr", "de": "german:text"}
    made = load_streams("hf:o/name:all@abc", columns=columns, documents=4)
    assert made.texts == {"de": "x", "en": "a\n\nd", "fr": "A\n\nB\n\nC\n\nD"}
    assert stand_in.asked == [("o/name", "all", None, "abc", None), ("o/name", "german", "train", "abc", None)]
    assert (made.name, made.source) == ("name", CorpusSource("hf:o/name", "abc", "unknown", "(train)[0:4]"))
    cut = load_streams("hf:o/name:all", "fr", columns=columns, documents=2, offset=1, split="train[1:]")
    assert (cut["fr"], cut.source.split) == ("C\n\nD", "(train[1:])[1:3]")
    assert load_streams("hf:o/name", columns={"de": "german:inner.t"})["de"] == "y"
    with pytest.raises(CorpusError, match="the column map has no 'es'"):
        load_streams("hf:o/name:all", "es", columns=columns)
    with pytest.raises(CorpusError, match=r"o/name \(german\) has no column 'nope'; its columns are text, inner"):
        load_streams("hf:o/name", columns={"de": "german:nope"})
    with pytest.raises(CorpusError, match="column 'n' holds int '1'; expected text"):
        load_streams("hf:o/name", columns={"de": "german:n"})
    with pytest.raises(CorpusError, match="the text of 'de' is empty"):
        load_streams("hf:o/name", columns={"de": "german:text"}, offset=1)


def test_a_dataset_without_columns_is_a_parallel_corpus(hub: Callable[..., Hub]) -> None:
    hub({None: {"en": ["a cat", "", "a dog"], "fr": ["un chat", "x y", "un chien"]}}, "test")
    made = load_streams("hf:o/n")
    assert (made["fr"], made.kind) == ("un chat\n\nun chien", "parallel")
    assert load_streams("hf:o/n", columns={"fr": "fr"})["fr"] == "un chat\n\nx y\n\nun chien"


@pytest.mark.parametrize(
    ("source", "arguments", "says"),
    [
        ("hf:a b/c", {"columns": {"en": "text"}}, "expected hf:OWNER/NAME"),
        ("xlsum", {"columns": {"en": "text"}}, "text 'xlsum' has no columns to map"),
        ("xlsum", {"n": 5}, "counted in documents, got n=5 sentences"),
    ],
)
def test_what_does_not_fit_documents(source: str, arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(CorpusError, match=says):
        load_streams(source, **arguments)


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "datasets", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'babelscope\[hub\]'"):
        load_streams("xlsum")
