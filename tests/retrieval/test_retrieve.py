from dataclasses import replace

import numpy as np
import pytest
import torch

from babelscope.activations import sentence_vectors
from babelscope.corpus.parallel import CorpusSource, ParallelCorpus
from babelscope.errors import BabelscopeError
from babelscope.retrieval import RetrievalOptions, retrieve
from babelscope.retrieval import run as module
from babelscope.retrieval.content import _best
from babelscope.retrieval.level import measure_level
from babelscope.storage import read_json
from babelscope.tables import read_csv
from report.fake_retrieval import fake_retrieval
from tiny_corpus import tiny_corpus
from tiny_models import tiny_model

CORPUS = tiny_corpus(("en", "fr", "zh"))
BOTH = RetrievalOptions(poolings=("mean", "last"))


def test_levels_are_those_of_the_vectors_in_the_order_of_kin():
    model = tiny_model("bloom")
    found = retrieve(model, CORPUS, options=BOTH)
    assert found.corpus.languages == ("en", "fr", "zh") and found.layers == (0, 1, 2)
    assert [(level["pooling"], level["layer"]) for level in found.levels] == [
        (pooling, layer) for pooling in ("mean", "last") for layer in range(3)
    ]
    vectors = sentence_vectors(model, CORPUS, poolings=("mean", "last"))
    level = measure_level(vectors.layer("last", 1), [(0, 1), (0, 2), (1, 2)])
    assert {name: found.levels[4][name] for name in level} == level
    other = retrieve(model, CORPUS.reorder(("zh", "en", "fr")), options=BOTH)
    assert other.signature == found.signature
    assert other.levels[4]["all"] == pytest.approx(found.levels[4]["all"], abs=1e-5)


def test_batches_change_nothing():
    model = tiny_model("llama")
    one = retrieve(model, CORPUS, options=replace(BOTH, batch_tokens=1))
    other = retrieve(model, CORPUS, options=replace(BOTH, batch_tokens=4096))
    for a, b in zip(one.levels, other.levels, strict=True):
        for name, value in a["all"].items():
            assert value == pytest.approx(
                b["all"][name], abs=0.02 if "accuracy" in name or name == "mutual" else 1e-4
            )


def test_white_space_around_sentences_is_not_read():
    loose = replace(CORPUS, sentences=tuple(tuple(f" {text}\n" for text in column) for column in CORPUS.sentences))
    model = tiny_model("bloom")
    found = retrieve(model, loose, options=BOTH)
    assert [one["all"] for one in found.levels] == [
        one["all"] for one in retrieve(model, CORPUS, options=BOTH).levels
    ]


def test_one_text_in_two_languages_is_found_everywhere_but_where_sentences_end_alike():
    text = tuple(f"number {i} of many." for i in range(12))
    corpus = ParallelCorpus("same", ("en", "fr"), (text, text), tuple(map(str, range(12))), CorpusSource("test"))
    found = retrieve(tiny_model("bloom"), corpus, options=BOTH).summary()
    levels = {(level["pooling"], level["layer"]): level for level in found["levels"]}
    for place, level in levels.items():
        assert level["all"]["accuracy"] == (0 if place == ("last", 0) else 1), place
        assert level["all"]["cosine"] == pytest.approx(1, abs=1e-5)
    assert levels["last", 0]["undirected"] == 1 and levels["mean", 0]["undirected"] == 0
    (warning,) = [one for one in found["warnings"] if one["kind"] == "no direction"]
    assert warning["message"].endswith("layer 0 (last token): 100\u202f%")


def test_shuffled_translations_are_found_by_chance():
    found = fake_retrieval(["en", "fr", "ar", "zh"], shares=(0.0, 0.0), n=150)
    assert found["best"]["mean"]["accuracy"] < 0.02 and found["chance"] == pytest.approx(1 / 150)
    assert "In no layer do translations clearly find each other" in found["verdict"][0] and len(found["verdict"]) == 1


def test_a_run_writes_its_table_and_everything_agrees(tmp_path):
    told = []
    found = retrieve(
        tiny_model("bloom"), CORPUS, options=BOTH, folder=tmp_path / "parts", progress=lambda *a: told.append(a)
    )
    assert told[-1] == ("layers", 6, 6) and ("sentences", 24, 24) in told
    out = found.save(tmp_path / "run", "babelscope retrieve ...", figures=False)
    content, rows = read_json(out / "retrieval.json", "retrieval"), read_csv(out / "retrieval.csv", "retrieval")
    assert len(rows) == 6 * (1 + 3 + 6) and content["command"] == "babelscope retrieve ..."
    for level in content["levels"]:
        own = [row for row in rows if (row["pooling"], row["layer"]) == (level["pooling"], str(level["layer"]))]
        by_pair = {(row["language"], row["language_b"]): row for row in own}
        assert by_pair["all", "all"]["margin_low"] == level["all"]["margin_low"]
        for code, numbers in level["languages"].items():
            pairs = [row for pair, row in by_pair.items() if pair[0] == code and pair[1] != "all"]
            assert by_pair[code, "all"]["accuracy"] == numbers["accuracy"]
            assert np.mean([row["accuracy"] for row in pairs]) == pytest.approx(numbers["accuracy"])
            assert {row["chance"] for row in pairs} == {0.125} and {row["n"] for row in pairs} == {8}
    best = content["best"]["last"]["layer"]
    row = next(
        r
        for r in rows
        if (r["pooling"], r["layer"], r["language"], r["language_b"]) == ("last", str(best), "zh", "en")
    )
    codes = content["languages"]
    assert content["pairs"]["last"]["accuracy"][codes.index("zh")][codes.index("en")] == row["accuracy"]
    assert "retrieval" in (out / "report.html").read_text(encoding="utf-8")


def test_a_finished_run_asks_the_model_nothing_and_a_killed_one_goes_on(tmp_path, monkeypatch):
    model = tiny_model("bloom")
    made = []

    def killed(vectors, pairs):
        if len(made) == 4:
            raise KeyboardInterrupt
        made.append(1)
        return measure_level(vectors, pairs)

    monkeypatch.setattr(module, "measure_level", killed)
    with pytest.raises(KeyboardInterrupt):
        retrieve(model, CORPUS, options=BOTH, folder=tmp_path)
    monkeypatch.setattr(module, "measure_level", lambda *a: made.append(1) or measure_level(*a))
    found = retrieve(model, CORPUS, options=BOTH, folder=tmp_path)
    assert len(made) == 6
    monkeypatch.setattr(module, "sentence_vectors", None)
    again = retrieve(model, CORPUS, options=BOTH, folder=tmp_path)
    assert again.levels == found.levels and again.summary()["verdict"] == found.summary()["verdict"]
    for change in ({"pivot": "en"}, {"site": "mlp"}):
        with pytest.raises(TypeError):
            retrieve(model, CORPUS, options=replace(BOTH, **change), folder=tmp_path)


def test_large_vectors_go_to_files_which_are_gone_at_the_end(tmp_path, monkeypatch):
    model, seen = tiny_model("bloom"), []
    monkeypatch.setattr(module, "RESUMABLE_BYTES", 1)
    plain = module.sentence_vectors
    monkeypatch.setattr(module, "sentence_vectors", lambda *a, **k: seen.append(k["folder"]) or plain(*a, **k))
    found = retrieve(model, CORPUS, folder=tmp_path)
    assert seen == [tmp_path / "vectors"] and not seen[0].exists()
    assert found.levels == retrieve(model, CORPUS).levels


def test_with_a_pivot_only_its_pairs_are_compared():
    found = retrieve(tiny_model("bloom"), CORPUS, options=RetrievalOptions(pivot="fr", site="mlp"))
    pairs = {
        (row["language"], row["language_b"])
        for row in found.rows
        if "all" not in (row["language"], row["language_b"])
    }
    assert pairs == {("en", "fr"), ("fr", "en"), ("zh", "fr"), ("fr", "zh")} and found.layers == (1, 2)
    content = found.summary()
    assert content["pairs_measured"] == 2 and content["best"]["mean"]["gain"] is None
    assert not any("embeddings" in sentence for sentence in content["verdict"])


def test_the_signature_tells_choices_apart():
    found = retrieve(tiny_model("bloom"), CORPUS)
    signatures = {
        replace(found, options=replace(found.options, **change)).signature.long
        for change in ({}, {"poolings": ("last",)}, {"site": "gate"}, {"pivot": "en"}, {"batch_tokens": 8})
    }
    assert len(signatures) == 4, "a batch changes nothing"


def test_the_verdict_says_whether_the_layers_know_more_than_the_embeddings():
    more = fake_retrieval(shares=(0.2, 0.7), n=60)
    assert "percentage points more than the embeddings (layer 0," in more["verdict"][1]
    assert more["best"]["mean"]["layer"] == 1 and more["best"]["mean"]["gain"]["low"] > 0
    alike = fake_retrieval(shares=(0.5, 0.5), n=60)
    assert "not clearly more (difference" in alike["verdict"][1]
    assert alike["best"]["mean"]["gain"]["low"] <= 0 <= alike["best"]["mean"]["gain"]["high"]


def test_the_best_of_many_equal_layers_does_not_seem_better_than_one():
    """Every layer is the same in truth: the best of twenty looks better, chosen on other sentences it does not."""
    gains, tops = [], []
    for seed in range(5):
        draw = torch.Generator().manual_seed(seed)
        hits = (torch.rand(20, 200, generator=draw) < 0.3).double()
        levels = [
            {"layer": layer, "by_sentence": row.tolist(), "all": {"accuracy": float(row.mean())} | dict.fromkeys(
                ("accuracy_low", "accuracy_high"), 0.0)}
            for layer, row in enumerate(hits)
        ]  # fmt: skip
        best = _best(levels)
        tops.append(best["accuracy"] - 0.3)
        gains.append(best["chosen_apart"]["value"] - 0.3)
    assert np.mean(tops) > 0.04 and abs(np.mean(gains)) < 0.03


@pytest.mark.parametrize(
    "choices, message",
    [
        ({"poolings": ("middle",)}, "unknown pooling 'middle'"),
        ({"poolings": ()}, "each pooling once, mean or last or both, got none"),
        ({"poolings": ("mean", "mean")}, "each pooling once"),
        ({"site": "attention"}, "unknown site 'attention'"),
        ({"pivot": "xx9"}, "unknown language 'xx9'"),
        ({"batch_tokens": 0}, "got --batch-tokens 0"),
    ],
)
def test_what_cannot_be_chosen_is_one_line(choices, message):
    with pytest.raises(BabelscopeError, match=message) as caught:
        RetrievalOptions(**choices)
    assert "\n" not in str(caught.value)


def test_a_pivot_that_is_not_there_is_one_line():
    with pytest.raises(BabelscopeError, match="got 'sw' in --pivot; the corpus has en, fr, zh"):
        retrieve(tiny_model("bloom"), CORPUS, options=RetrievalOptions(pivot="swh"))


def test_text_beyond_the_context_is_cut_and_said():
    long = tuple(text * 20 for text in CORPUS["en"])
    corpus = replace(CORPUS, sentences=(long, *CORPUS.sentences[1:]))
    found = retrieve(tiny_model("gpt2"), corpus).summary()
    assert [one["kind"] for one in found["warnings"]] == ["truncated"]


def test_code_is_a_language_of_a_table(tmp_path):
    from babelscope.corpus import load_corpus

    rows = [f"add {i} to x\tx = x + {i}" for i in range(12)]
    (tmp_path / "pairs.tsv").write_text("\n".join(["text\tcode", *rows]) + "\n", encoding="utf-8")
    columns = {"en": "text", "art-x-code": "code"}
    corpus = load_corpus(tmp_path / "pairs.tsv", columns=columns)
    found = retrieve(tiny_model("bloom"), corpus).summary()
    assert set(found["languages"]) == {"en", "art-x-code"} and len(found["verdict"]) >= 1
