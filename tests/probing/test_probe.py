"""Probing as a whole: planted neurons are found and shared, nothing is found in nothing, and a killed run goes on."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from babelscope.errors import BabelscopeError
from babelscope.models import wrap_model
from babelscope.probing import ProbeOptions, probe
from babelscope.probing.cell_key import cell_key
from babelscope.probing.cells import _together, probe_cells
from babelscope.probing.content import overlaps_of
from babelscope.probing.overlap import read_selections
from babelscope.probing.problems import build_problems
from babelscope.probing.run import Probing
from babelscope.probing.splits import PARTS, split_lemmas
from babelscope.probing.training import TrainingOptions, train_probes
from babelscope.tables import read_csv
from tiny_models import tiny_model, tiny_network, tiny_tokenizer
from tiny_treebank import drawn_treebank

NEURONS = 64
OPTIONS = ProbeOptions(("Number",), ks=(3,), seeds=2, minimum=10)


def bank(language, words=6):
    return drawn_treebank(language, "Number", {"SG": 60, "PL": 60}, words)


def planted(problem, neurons, rng, strength=1.5):
    """Noise, in which some neurons follow the value."""
    rows = sum(problem.n.values())
    vectors = rng.normal(size=(rows, NEURONS)).astype(np.float32)
    for part in (problem.train, problem.dev, problem.test):
        vectors[np.ix_(part.rows, neurons)] += strength * (2 * part.labels[:, None] - 1)
    return vectors


def posed(languages, options=OPTIONS):
    banks = {code: bank(code) for code in languages}
    splits = {code: split_lemmas(one) for code, one in banks.items()}
    problems = build_problems(banks, splits, options.attributes, minimum=10, seeds=range(options.seeds))
    return banks, splits, problems


def probed(neurons_by_language, options=OPTIONS, strength=1.5):
    """A Probing whose word vectors are made here instead of read from a model."""
    banks, splits, problems = posed(neurons_by_language, options)
    rng = np.random.default_rng(0)
    cells = []
    for code, neurons in neurons_by_language.items():
        own = problems.of(code)
        vectors = planted(own[0], neurons, rng, strength)
        cells += probe_cells(vectors, own, 1, options).values()
    fields = {"model": "made", "step": "0"}
    return Probing(tuple(cells), problems, banks, splits, options, (1,), fields, dict.fromkeys(banks, {}), {})


@pytest.mark.parametrize("family", ["uniform_size", "half_mask", "poisson", "gaussian"])
def test_planted_neurons_are_selected_first_and_shared(family):
    same = probed({"en": [5, 20, 41], "fr": [5, 20, 41]}, replace(OPTIONS, probe=family))
    for cell in same.cells:
        assert all(set(run["neuron"]) == {5, 20, 41} for run in cell["runs"] if run["labels"] == "true")
        assert cell["nmi"]["3"]["low"] > 0.5 and cell["accuracy"]["3"]["value"] > 0.95
        assert cell["control"]["nmi"]["3"] < 0.1
    (row,) = overlaps_of(same).rows()
    assert row["overlap"] == 1 and row["p"] < 1e-4 and row["expected"] == 3 / NEURONS
    apart = probed({"en": [5, 20, 41], "fr": [6, 21, 42]}, replace(OPTIONS, probe=family))
    (row,) = overlaps_of(apart).rows()
    assert row["overlap"] == 0 and row["p"] == 1


@pytest.mark.parametrize("family", ["uniform_size", "gaussian"])
def test_vectors_that_know_nothing_tell_nothing(family):
    options = replace(OPTIONS, probe=family, ks=(16,))
    none = probed({"en": [], "fr": [], "hi": []}, options)
    for cell in none.cells:
        assert cell["nmi"]["16"]["low"] < 0.02 and abs(cell["accuracy"]["16"]["value"] - 0.5) < 0.15
        best = [run["dev_score"][-1] for run in cell["runs"] if run["labels"] == "true"]
        assert max(best) > cell["nmi"]["16"]["value"], "the dev words, which chose, flatter the selection"
    assert not any(row["significant"] == "true" for row in overlaps_of(none).rows())
    assert any("0 of 3 languages" in sentence for sentence in none.summary()["verdict"])


def test_seeds_differ_in_training_words_and_agree_on_test_words():
    cell = probed({"en": [5, 20], "fr": [5]}, strength=0.3).cells[0]
    runs = [run for run in cell["runs"] if run["labels"] == "true"]
    assert runs[0]["nmi"] != runs[1]["nmi"] and runs[0]["entropy_bits"] == runs[1]["entropy_bits"]
    mean = np.mean([run["nmi"][-1] for run in runs])
    assert cell["nmi"]["3"]["value"] == pytest.approx(mean) and cell["curve"][-1]["nmi"] == pytest.approx(mean)


def test_probes_learn_from_their_own_training_words_and_stop_by_whole_lemmas(monkeypatch):
    seen = []
    monkeypatch.setattr(
        "babelscope.probing.cells.train_probes",
        lambda tasks, *a, **k: seen.extend(tasks) or train_probes(tasks, *a, **k),
    )
    _, _, problems = posed(["en"])
    (problem,) = problems.problems
    probe_cells(planted(problem, [5], np.random.default_rng(0)), [problem], 1, OPTIONS)
    assert [task.seed for task in seen] == [0, 1, 0]
    for task in seen:
        own = problem.resample(task.seed).train
        assert np.array_equal(task.rows, own.rows) and np.array_equal(task.groups, own.lemmas)
        assert np.array_equal(task.reference, problem.train.rows)
    assert np.array_equal(seen[0].labels, problem.resample(0).train.labels)
    assert np.mean(seen[2].labels == seen[0].labels) < 0.7, "the control's labels are shuffled"


def test_selections_that_run_together_fit_in_memory(monkeypatch):
    monkeypatch.setattr(torch, "get_num_threads", lambda: 64)
    gaussian = replace(OPTIONS, probe="gaussian")
    assert _together(2048, 16, OPTIONS, "cpu") == 64 and _together(64, 2, gaussian, "cpu") == 64
    assert (
        _together(2048, 16, gaussian, "cpu") * 16 * 2048**2 * 8 <= 2**32
        and _together(2**14, 16, gaussian, "cpu") == 1
    )
    assert _together(2048, 16, OPTIONS, "cuda") == 1, "a GPU's memory is smaller, and its threads are its own"


def test_every_shuffled_probe_takes_part_in_the_control():
    cell = probed({"en": [5]}, replace(OPTIONS, controls=2)).cells[0]
    runs = [run for run in cell["runs"] if run["labels"] == "shuffled"]
    assert [run["seed"] for run in runs] == [0, 1] and cell["control"]["seeds"] == 2
    for name in ("nmi", "accuracy"):
        assert cell["control"][name]["3"] == pytest.approx(np.mean([run[name][2] for run in runs]))
    assert cell["curve"][0]["control_nmi"] == pytest.approx(np.mean([run["nmi"][0] for run in runs]))


def test_without_controls_there_is_no_control():
    found = probed({"en": [5], "fr": [5]}, replace(OPTIONS, controls=0, seeds=1))
    assert all(cell["control"] is None and cell["curve"][0]["control_nmi"] is None for cell in found.cells)
    assert not any("shuffled" in sentence for sentence in found.summary()["verdict"])


def test_all_neurons_of_a_layer_can_be_selected_and_saved(measured, tmp_path):
    banks, options, parts = measured
    options = replace(options, layers=(1,), ks=(16,), seeds=1)
    found = probe(tiny_model("bloom"), banks, options=options, folder=parts)
    assert all(run["runner_up"][-1] is None for cell in found.cells for run in cell["runs"])
    out = found.save(tmp_path / "run", figures=False)
    assert [row["runner_up"] for row in read_csv(out / "information.csv", "information") if row["rank"] == 16] == [
        None
    ] * 6


@pytest.mark.parametrize(
    "change",
    [
        {"site": "mlp"},
        {"site": "gate", "layers": (2,)},
        {"pooling": "last", "layers": (0,)},
        {"glued": True},
        {"values": "own"},
        {"probe": "gaussian", "controls": 2},
        {"criterion": "accuracy", "seeds": 1},
        {"standardise": False, "probe": "half_mask"},
    ],
)
def test_every_choice_runs_to_the_verdict(change, measured):
    banks, options, parts = measured
    options = replace(options, **{"layers": (1,), "seeds": 2, "unseen": (), **change})
    model = tiny_model("bloom")
    if "site" in change:
        model = wrap_model(tiny_network("llama").to(torch.bfloat16), tiny_tokenizer(), name="half")
        assert model.dtype == "bfloat16"
    found = probe(model, {code: banks[code] for code in ("en", "fr")}, options=options, folder=parts)
    content = found.summary()
    assert len(found.cells) == 2 and len(content["verdict"]) > 1
    assert all(np.isfinite(cell["nmi"]["5"]["value"]) for cell in content["cells"])


@pytest.fixture
def measured(tmp_path):
    banks = {code: bank(code) for code in ("en", "fr", "de")}
    options = replace(OPTIONS, layers=(0, 1), ks=(2, 5), unseen=("de",))
    return banks, options, tmp_path / "parts"


def test_a_run_writes_its_tables_and_everything_agrees(measured, tmp_path):
    banks, options, parts = measured
    told = []
    found = probe(tiny_model("bloom"), banks, options=options, folder=parts, progress=lambda *a: told.append(a))
    out = found.save(tmp_path / "run", "babelscope probe ...", figures=False)
    assert told[-1] == ("probes", 18, 18) and told[0][0] == "words"
    cells_done = [done for what, done, _ in told if what == "probes"]
    assert cells_done == sorted(cells_done)
    content = json.loads((out / "probing.json").read_text(encoding="utf-8"))
    assert {(cell["language"], cell["layer"]) for cell in content["cells"]} == {
        (code, layer) for code in banks for layer in (0, 1)
    }
    selected = read_csv(out / "selections.csv", "selections")
    assert len(selected) == 3 * 2 * 2 * 5
    for cell in found.cells:
        run = cell["runs"][1]
        rows = [
            row
            for row in selected
            if (row["language"], row["layer"], row["seed"]) == (cell["language"], str(cell["layer"]), 1)
        ]
        assert [row["neuron"] for row in rows] == run["neuron"] and [row["rank"] for row in rows] == [1, 2, 3, 4, 5]
        assert [row["test_nmi"] for row in rows] == run["nmi"]
    assert len(read_selections(out / "selections.csv").groups) == 2
    overlaps = read_csv(out / "overlap.csv", "overlap")
    assert {row["k"] for row in overlaps} == {2, 5} and all(row["expected"] == row["k"] / 16 for row in overlaps)
    group = content["overlap"]["groups"][0]["by_k"][0]
    assert group["attributes"][0]["languages"] == ["en", "fr"], "German, which the model never saw, is in no mean"
    information = read_csv(out / "information.csv", "information")
    controls = [row for row in information if row["labels"] == "shuffled"]
    assert len(controls) == 3 * 2 * (5 + 1) and {row["seed"] for row in controls} == {0}
    assert not (parts / "words").exists(), "word vectors are large and done with"


def test_a_killed_run_goes_on_where_it_stopped(measured, monkeypatch):
    banks, options, parts = measured
    model = tiny_model("bloom")
    whole = probe(model, banks, options=options)
    done = []

    def killed(vectors, problems, layer, *rest, **more):
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append((problems[0].language, layer))
        return probe_cells(vectors, problems, layer, *rest, **more)

    monkeypatch.setattr("babelscope.probing.run.probe_cells", killed)
    with pytest.raises(KeyboardInterrupt):
        probe(model, banks, options=options, folder=parts)
    first, done[:] = list(done), []
    again = probe(model, banks, options=options, folder=parts)
    assert not set(first) & set(done) and len(first) + len(done) == 6
    assert [cell["runs"] for cell in again.cells] == [cell["runs"] for cell in whole.cells]


def test_a_finished_run_asks_the_model_nothing_and_says_the_same(measured, monkeypatch):
    banks, options, parts = measured
    model = tiny_model("bloom")
    whole = probe(model, banks, options=options, folder=parts)
    monkeypatch.setattr("babelscope.probing.run.word_vectors", None)
    monkeypatch.setattr("babelscope.probing.run.probe_cells", None)
    told = []
    again = probe(model, banks, options=options, folder=parts, progress=lambda *a: told.append(a))
    assert again.cells == whole.cells and again.shared_words == whole.shared_words
    assert told[-1] == ("probes", 18, 18)


def test_vectors_of_one_language_at_a_time_are_kept(measured, monkeypatch):
    banks, options, parts = measured
    kept = []

    def watched(vectors, problems, *rest, **more):
        kept.append((problems[0].language, sorted(path.name for path in (parts / "words").iterdir())))
        return probe_cells(vectors, problems, *rest, **more)

    monkeypatch.setattr("babelscope.probing.run.probe_cells", watched)
    probe(tiny_model("bloom"), banks, options=options, folder=parts)
    assert len(kept) == 6 and all(names == [code] for code, names in kept)


def test_a_key_is_of_words_and_choices_and_not_of_what_else_is_probed():
    _, _, problems = posed(["en"])
    (problem,), words, model = problems.problems, problems.words["en"], tiny_model("bloom")
    key = cell_key(model, problem, words, 1, OPTIONS)
    shifted = replace(
        problem,
        **{name: replace(part, rows=part.rows + 2) for name in PARTS if (part := getattr(problem, name))},
    )
    more = np.concatenate([[[90, 0], [91, 0]], words])
    assert cell_key(model, shifted, more, 1, OPTIONS) == key, "another attribute may need other words too"
    assert cell_key(model, problem, more[: len(words)], 1, OPTIONS) != key
    assert cell_key(model, problem, words, 2, OPTIONS) != key
    same = {"layers": (1, 2), "unseen": ("de",), "batch_tokens": 64, "attributes": ("Number", "Gender")}
    for name, value in same.items():
        assert cell_key(model, problem, words, 1, replace(OPTIONS, **{name: value})) == key, name
    other = {
        "site": "mlp", "pooling": "last", "glued": True, "probe": "gaussian", "covariance": "map", "seeds": 3,
        "standardise": False, "criterion": "accuracy", "ks": (4,), "controls": 2,
    }  # fmt: skip
    for name, value in other.items():
        assert cell_key(model, problem, words, 1, replace(OPTIONS, **{name: value})) != key, name


def test_a_key_follows_how_probes_are_trained(monkeypatch):
    _, _, problems = posed(["en"])
    arguments = (tiny_model("bloom"), problems.problems[0], problems.words["en"], 1, OPTIONS)
    key = cell_key(*arguments)
    monkeypatch.setattr("babelscope.probing.cell_key.training_options", lambda options: TrainingOptions(steps=7))
    assert cell_key(*arguments) != key


def test_the_signature_tells_choices_apart():
    found = probed({"en": [5]})
    signatures = {found.signature.long}
    for change in ({"covariance": "map"}, {"controls": 2}, {"ks": (2,)}, {"edits": True}, {"seeds": 3}):
        signatures.add(replace(found, options=replace(OPTIONS, **change)).signature.long)
    assert len(signatures) == 6


def test_other_choices_are_measured_again(measured, monkeypatch):
    banks, options, parts = measured
    model, options = tiny_model("bloom"), replace(options, layers=(1,))
    probe(model, banks, options=options, folder=parts)
    again = []
    monkeypatch.setattr(
        "babelscope.probing.run.probe_cells", lambda *a, **k: again.append(a[2]) or probe_cells(*a, **k)
    )
    probe(model, banks, options=options, folder=parts)
    assert not again
    probe(model, banks, options=replace(options, layers=(0, 1)), folder=parts)
    assert again == [0, 0, 0], "a layer more costs that layer alone"
    again.clear()
    probe(model, banks, options=replace(options, criterion="accuracy"), folder=parts)
    assert again == [1, 1, 1]


def test_what_cannot_be_probed_is_one_line(measured):
    banks, options, _ = measured
    model = tiny_model("bloom")
    for change, message in (
        ({"attributes": ("Number", "Numbr")}, "unknown attribute 'Numbr'"),
        ({"unseen": ("sw",)}, "got 'sw' in --unseen"),
        ({"ks": (40,)}, "cannot select 40 of 16 neurons"),
        ({"layers": (9,)}, "got layer 9"),
        ({"minimum": 500}, "nothing to probe: .*Number: no value has 500 words"),
    ):
        with pytest.raises(BabelscopeError, match=message) as caught:
            probe(model, banks, options=replace(options, **change))
        assert "\n" not in str(caught.value)


def test_broken_vectors_name_layer_and_word(measured):
    banks, options, _ = measured
    model = tiny_model("bloom", seed=3)
    with torch.no_grad():
        next(model.model.parameters()).fill_(float("nan"))
    with pytest.raises(BabelscopeError, match="NaN or infinite in layer"):
        probe(model, banks, options=options)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"probe": "svm"}, "unknown probe 'svm'"),
        ({"seeds": 0}, "at least 1 seed"),
        ({"controls": 4}, "0 to 3"),
        ({"ks": (0,)}, "1 neuron or more"),
        ({"attributes": ()}, "needs attributes"),
        ({"attributes": ("POS", "Number", "POS")}, "'POS' was asked for twice"),
        ({"minimum": 1}, "at least 2 words"),
    ],
)
def test_wrong_choices_are_refused_before_any_work(choice, message):
    with pytest.raises(BabelscopeError, match=message):
        ProbeOptions(**choice)
