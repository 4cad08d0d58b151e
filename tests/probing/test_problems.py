"""Problems have words enough of every value in every part and seed; what cannot be posed is listed, and why."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from babelscope.activations import word_vectors
from babelscope.errors import BabelscopeError
from babelscope.probing.problems import build_problems, incomparable_pairs
from babelscope.probing.splits import PARTS, split_lemmas
from babelscope.probing.values import shared_values
from babelscope.probing.word_table import _quotas
from babelscope.treebanks import load_treebanks
from shared_files import shared
from tiny_models import tiny_model
from tiny_treebank import drawn_treebank, sentence, tiny_treebank, treebank

SETTINGS = {"minimum": 4, "caps": (1000, 1000, 1000)}


def posed(lemmas_by_language, attribute="Number", **options):
    banks = {name: drawn_treebank(name, attribute, lemmas) for name, lemmas in lemmas_by_language.items()}
    splits = {name: split_lemmas(bank) for name, bank in banks.items()}
    return banks, splits, build_problems(banks, splits, [attribute], **{**SETTINGS, **options})


def words_of(problem, found, bank, part):
    places = found.words[problem.language][getattr(problem, part).rows]
    return [bank.sentences[s].words[w] for s, w in places]


def test_rows_labels_and_lemmas_are_those_of_the_words():
    banks, splits, found = posed({"en": {"SG": 60, "PL": 50, "DU": 40}})
    (problem,) = found.problems
    assert problem.values == ("DU", "PL", "SG") and problem.n["train"] == 480 and problem.lemmas["train"] == 120
    seen = set()
    for part in PARTS:
        words = words_of(problem, found, banks["en"], part)
        own = getattr(problem, part)
        assert [problem.values[label] for label in own.labels] == [word.features["Number"] for word in words]
        assert [splits["en"].lemmas[lemma] for lemma in own.lemmas] == [word.lemma for word in words]
        assert {splits["en"][word.lemma] for word in words} == {part}
        assert len(set(own.rows.tolist())) == len(own) == problem.n[part]
        assert sum(problem.counts[part].values()) == len(own)
        seen |= set(own.rows.tolist())
    assert seen == set(range(len(found.words["en"])))


def test_one_set_of_vectors_serves_every_problem():
    """`wanted` names the rows of `words`: the words of all attributes, each once, in the order of the treebank."""
    marks = [f"n{i}|n{i}|POS:N,Number:{'SG' if i % 3 else 'PL'} v{i}|v{i}|POS:V x{i}|x{i}|" for i in range(60)]
    bank = treebank("en", [sentence(mark, str(i)) for i, mark in enumerate(marks)])
    split = split_lemmas(bank)
    found = build_problems({"en": bank}, {"en": split}, ["POS", "Number"], minimum=1, caps=(40, 40, 40))
    assert [problem.attribute for problem in found.problems] == ["POS", "Number"]
    vectors = word_vectors(tiny_model("bloom"), bank, [1], wanted=found.wanted["en"])
    assert np.array_equal(vectors.rows, found.words["en"])
    assert not any(w == 2 for _, w in found.words["en"])
    whole = {tuple(row): v for row, v in zip(*_all(bank), strict=True)}
    for problem in found.problems:
        for part in (problem.train, problem.dev, problem.test):
            for row in part.rows:
                np.testing.assert_allclose(vectors.layer(1)[row], whole[tuple(vectors.rows[row])], atol=1e-5)


def _all(bank):
    every = word_vectors(tiny_model("bloom"), bank, [1])
    return every.rows.tolist(), every.layer(1)


def test_a_resample_drops_training_words_of_a_tenth_of_the_lemmas_and_nothing_else():
    _, splits, found = posed({"en": {"SG": 60, "PL": 50}}, seeds=(0, 1, 2))
    (problem,) = found.problems
    trains = set()
    for seed in range(3):
        own = problem.resample(seed)
        assert own.dev is problem.dev and own.test is problem.test and own.values == problem.values
        assert own.lemmas["train"] == round(0.9 * problem.lemmas["train"])
        kept = set(own.train.lemmas.tolist())
        assert [lemma for lemma in problem.train.lemmas if lemma in kept] == own.train.lemmas.tolist()
        assert set(own.train.rows.tolist()) < set(problem.train.rows.tolist())
        trains.add(own.train.rows.tobytes())
    assert len(trains) == 3


def test_a_value_is_kept_only_with_enough_words_in_every_part_and_seed():
    banks = {"en": drawn_treebank("en", "Number", {"SG": 60, "PL": 60, "DU": 60})}
    splits = {"en": split_lemmas(banks["en"])}
    options = {"caps": (10**4,) * 3, "seeds": (0, 1, 2)}
    largest = build_problems(banks, splits, ["Number"], minimum=1, **options).problems[0]
    least = {
        value: min(
            [largest.counts["dev"][value], largest.counts["test"][value]]
            + [largest.resample(seed).counts["train"][value] for seed in (0, 1, 2)]
        )
        for value in largest.values
    }
    for minimum in range(1, max(least.values()) + 2):
        found = build_problems(banks, splits, ["Number"], minimum=minimum, **options)
        kept = tuple(sorted(value for value, count in least.items() if count >= minimum))
        if len(kept) >= 2:
            assert found.problems[0].values == kept
            for seed in (0, 1, 2):
                counts = found.problems[0].resample(seed).counts
                assert all(count >= minimum for part in PARTS for count in counts[part].values())
        else:
            assert not found.problems and len(found.infeasible) == 1


def test_the_seeds_that_will_be_trained_decide():
    """A value some of whose few training lemmas a seed leaves out has fewer words then."""
    banks = {"en": drawn_treebank("en", "Number", {"SG": 200, "PL": 60})}
    splits = {"en": split_lemmas(banks["en"], shares=(0.2, 0.4, 0.4))}
    options = {"caps": (10**4,) * 3}
    (largest,) = build_problems(banks, splits, ["Number"], minimum=1, **options).problems
    left = [largest.resample(seed).counts["train"]["PL"] for seed in range(30)]
    poor, rich = int(np.argmin(left)), int(np.argmax(left))
    assert left[poor] < left[rich] <= min(largest.counts["dev"]["PL"], largest.counts["test"]["PL"])
    posable = {
        seeds: build_problems(banks, splits, ["Number"], minimum=left[rich], seeds=seeds, **options)
        for seeds in ((rich,), (poor,), (rich, poor))
    }
    assert posable[rich,].problems and not posable[poor,].problems
    reason = f"only SG has {left[rich]} words in every part (PL: train {left[poor]})"
    assert posable[rich, poor].infeasible[0]["reason"] == reason


def test_infeasible_problems_say_why():
    banks = {
        "en": drawn_treebank("en", "Number", {"SG": 60, "PL": 2}, words=30),
        "fr": drawn_treebank("fr", "Number", {"SG": 60, "PL": 60}),
        "zh": drawn_treebank("zh", "Number", {"PL": 50}),
        "vi": drawn_treebank("vi", "POS", {"N": 20}),
        "hi": drawn_treebank("hi", "Number", {value: 1 for value in ("DU", "SG", "PL", "TRI", "PAUC")} | {"X": 30}),
    }
    splits = {name: split_lemmas(bank) for name, bank in banks.items()}
    found = build_problems(banks, splits, ["Number"], **SETTINGS)
    reasons = {row["language"]: row["reason"] for row in found.infeasible}
    assert [problem.language for problem in found.problems] == ["fr"]
    assert reasons["zh"] == "one value only, PL" and reasons["vi"] == "attribute absent"
    assert reasons["en"].startswith("only SG has 4 words in every part (PL: ")
    assert reasons["hi"].startswith("only X has 4 words in every part (DU: ") and "and 1 more value" in reasons["hi"]
    assert all(set(row) == {"language", "attribute", "reason"} for row in found.infeasible)
    assert set(found.words) == {"fr"}


def test_words_without_a_vector_are_in_no_problem():
    banks, splits, found = posed({"en": {"SG": 60, "PL": 60}})
    lost = {tuple(place) for place in found.words["en"][::2].tolist()}
    fewer = build_problems(banks, splits, ["Number"], unusable={"en": lost}, **SETTINGS)
    assert not lost & {tuple(place) for place in fewer.words["en"].tolist()}
    assert len(fewer.words["en"]) == len(found.words["en"]) - len(lost)
    none = {tuple(place) for place in found.words["en"].tolist()}
    nothing = build_problems(banks, splits, ["Number"], unusable={"en": none}, **SETTINGS)
    assert nothing.infeasible[0]["reason"] == f"none of its {len(none)} words has a vector"


def test_shared_values_are_those_of_all_languages_and_own_ones_are_not():
    lemmas = {"en": {"A": 50, "B": 50, "C": 50}, "fr": {"A": 50, "B": 50}, "hi": {"A": 50, "B": 50, "D": 50}}
    _, _, found = posed(lemmas)
    assert {problem.values for problem in found.problems} == {("A", "B")} and len(found.problems) == 3
    assert all(problem.train.labels.max() == 1 for problem in found.problems)
    assert found.given_up == [
        {"attribute": "Number", "value": "C", "languages": ["fr", "hi"]},
        {"attribute": "Number", "value": "D", "languages": ["en", "fr"]},
    ]
    assert incomparable_pairs(found.problems) == [] and found.incomparable == []
    _, _, own = posed(lemmas, values="own")
    assert [problem.values for problem in own.problems] == [("A", "B", "C"), ("A", "B"), ("A", "B", "D")]
    pairs = [(row["language_a"], row["language_b"]) for row in incomparable_pairs(own.problems)]
    assert pairs == [("en", "fr"), ("en", "hi"), ("fr", "hi")] and own.given_up == []


def test_a_language_that_would_leave_fewer_than_two_values_is_taken_out():
    lemmas = {"en": {"A": 50, "B": 50}, "fr": {"B": 50, "C": 50}, "hi": {"A": 50, "B": 50}}
    for order in itertools.permutations(lemmas):
        _, _, found = posed({name: lemmas[name] for name in order})
        assert {problem.language for problem in found.problems} == {"en", "hi"}
        assert {problem.values for problem in found.problems} == {("A", "B")}
        (row,) = found.incomparable
        assert row["language"] == "fr" and row["reason"].startswith("keeps B, C; fewer than two of these are shared")


@given(
    st.dictionaries(
        st.sampled_from(["ar", "en", "fr", "hi", "zh"]),
        st.sets(st.sampled_from("ABCDE"), min_size=2).map(lambda found: tuple(sorted(found))),
        min_size=1,
    )
)
@settings(deadline=None)
def test_as_many_languages_stay_as_can(own):
    """The slow twin tries every set of languages."""
    counts = {name: {v: {"train": 9, "dev": 9, "test": 9 + ord(v)} for v in kept} for name, kept in own.items()}
    values, out = shared_values(own, counts)
    stay = [name for name in own if name not in out]
    assert len(values) >= 2 and set(values) == set.intersection(*(set(own[name]) for name in stay))
    most = max(
        len(chosen)
        for size in range(1, len(own) + 1)
        for chosen in itertools.combinations(own, size)
        if len(set.intersection(*(set(own[name]) for name in chosen))) >= 2
    )
    assert len(stay) == most
    turned = dict(reversed(list(own.items())))
    assert shared_values(turned, counts)[0] == values


def test_caps_sample_every_value_by_its_share():
    banks = {"en": drawn_treebank("en", "Number", {"SG": 300, "PL": 100, "DU": 40})}
    splits = {"en": split_lemmas(banks["en"])}
    options = {"minimum": 2, "caps": (200, 60, 60)}
    found = build_problems(banks, splits, ["Number"], **options)
    (problem,) = found.problems
    assert problem.n == {"train": 200, "dev": 60, "test": 60}
    counts = problem.counts["train"]
    assert 2.4 < counts["SG"] / counts["PL"] < 3.6 and counts["DU"] >= 4
    again = build_problems(banks, splits, ["Number"], **options).problems[0]
    assert np.array_equal(again.train.rows, problem.train.rows)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=6), st.integers(0, 120), st.integers(0, 10))
def test_quotas_reach_the_cap_and_spare_the_rare(counts, cap, floor):
    quotas = _quotas(counts, cap, floor)
    least = [min(count, floor) for count in counts]
    assert all(low <= quota <= count for low, quota, count in zip(least, quotas, counts, strict=True))
    assert sum(quotas) == max(min(cap, sum(counts)), sum(least) if sum(counts) > cap else 0)
    ranked = sorted(zip(counts, quotas, strict=True))
    assert all(small[1] <= large[1] + 1 for small, large in itertools.pairwise(ranked))


def test_the_majority_baseline_answers_what_training_has_most():
    _, _, found = posed({"en": {"SG": 90, "PL": 30}})
    (problem,) = found.problems
    assert problem.majority == problem.counts["test"]["SG"] / problem.n["test"]


@pytest.mark.parametrize(
    "options, message",
    [
        ({"values": "all"}, "unknown choice of values 'all'.*own, shared"),
        ({"minimum": 0}, "minimum of at least 1"),
        ({"minimum": 600}, "caps of twice the minimum"),
    ],
)
def test_choices_that_make_no_sense_are_refused(options, message):
    with pytest.raises(BabelscopeError, match=message):
        posed({"en": {"SG": 60, "PL": 60}}, **options)


def test_a_split_of_another_treebank_is_refused():
    bank = tiny_treebank("en")
    with pytest.raises(BabelscopeError, match="no split of lemmas was given for en; got none"):
        build_problems({"en": bank}, {}, ["POS"])
    with pytest.raises(BabelscopeError, match="does not fit tiny-en"):
        build_problems({"en": bank}, {"en": split_lemmas(drawn_treebank("en", "POS", {"N": 20}))}, ["POS"])


def test_real_treebanks_have_the_problems_their_morphology_allows():
    banks = load_treebanks(str(shared("data", "pud")), ["fr", "pt", "zh"])
    splits = {name: split_lemmas(bank) for name, bank in banks.items()}
    found = build_problems(banks, splits, ["POS", "Number", "Gender"], seeds=(0, 1, 2))
    cells = {(problem.language, problem.attribute): problem for problem in found.problems}
    assert set(cells) == {("fr", "POS"), ("pt", "POS"), ("zh", "POS")} | set(
        itertools.product(("fr", "pt"), ("Number", "Gender"))
    )
    assert cells["fr", "Number"].values == ("PL", "SG") and cells["pt", "Gender"].values == ("FEM", "MASC")
    assert {"ADJ", "N", "V"} <= set(cells["zh", "POS"].values)
    for problem in found.problems:
        assert min(count for own in problem.resample(2).counts.values() for count in own.values()) >= 20
    assert {"language": "zh", "attribute": "Gender", "reason": "attribute absent"} in found.infeasible
