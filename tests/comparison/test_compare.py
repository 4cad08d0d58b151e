"""Comparisons: nothing where there is nothing, planted differences found, intervals that hold what they promise."""

from dataclasses import replace

import numpy as np
import pytest
import torch

import babelscope as bs
from babelscope.activations import Activations
from babelscope.comparison import compare, corrected, paired, parse_gates, rule
from babelscope.comparison.compare import Comparison
from babelscope.comparison.run import Run
from babelscope.errors import BabelscopeError
from babelscope.scores import jackknife_interval
from comparison.synthetic_runs import meanings, model_of, run_of
from synthetic import cosine_map, pair_loop
from tiny_corpus import tiny_corpus
from tiny_models import tiny_model


def two(
    seed: int, n: int = 30, strength: tuple[float, float] = (0.5, 0.5), noise: float = 0.5, own: float = 0.7
) -> Comparison:
    """Two models of the same sentences, each with noise of its own."""
    sentences = [[*meanings(3, n, 16, s, seed, own), *meanings(3, n, 16, s, seed + 10**6, own)] for s in strength]
    a, b = (model_of(layers, noise, 2 * seed + place) for place, layers in enumerate(sentences))
    return compare(run_of(a, "a"), run_of(b, "b"))


@pytest.fixture(scope="module")
def scan():
    return bs.scan(tiny_model("bloom"), tiny_corpus())


def test_a_run_differs_from_itself_by_exactly_nothing(scan, tmp_path):
    folder = scan.save(tmp_path / "run", figures=False)
    for found in (compare(scan, scan), compare(folder, folder), compare(scan, folder)):
        everything = [found.lrds, found.sads, *found.gains.values(), *found.pairs.values()]
        everything += [one for layer in found.by_layer for one in (layer.lrds, layer.sads)]
        assert all((one.value, one.low, one.high, one.p) == (0, 0, 0, 1) for one in everything)
        assert all(one.outcome == "not distinguishable" for one in everything)
        assert found.regions.sklr.value == 0
        assert all(change.shared.jaccard == 1 for change in found.regions.by_language.values())
        assert [warning.kind for warning in found.warnings] == ["identical"]
        assert "not distinguishable" in found.verdict[0] and "not distinguishable" in found.verdict[1]


def test_the_other_way_round_every_difference_changes_its_sign():
    a, b = (run_of(model_of(meanings(3, 12, 8, s, 1), 0.3, 5)) for s in (0.2, 0.8))
    one, other = compare(a, b), compare(b, a)
    assert (one.sads.value, one.sads.low, one.sads.high) == pytest.approx(
        (-other.sads.value, -other.sads.high, -other.sads.low)
    )
    assert one.sads.p == pytest.approx(other.sads.p) and one.by_layer[0].lrds.value == -other.by_layer[0].lrds.value
    assert {one.sads.outcome, other.sads.outcome} == {"better", "worse"}


def test_meanings_are_matched_by_their_text_in_any_order():
    a, b = run_of(model_of(meanings(3, 10, 8, 0.5, 1), 0.3, 5)), run_of(model_of(meanings(3, 10, 8, 0.7, 1), 0.3, 6))
    order = np.random.default_rng(0).permutation(10)
    kept = b.replicates
    shuffled = replace(
        kept,
        ids=tuple(kept.ids[i] for i in order),
        texts=tuple(kept.texts[i] for i in order),
        lrds=kept.lrds[:, order],
        sads=kept.sads[:, order],
        pairs=kept.pairs[:, order],
    )
    straight, other = compare(a, b), compare(a, replace(b, replicates=shuffled))
    assert other.sads == straight.sads and other.lrds == straight.lrds and other.pairs == straight.pairs


def test_intervals_equal_those_of_really_leaving_meanings_out_of_both():
    """The slow twin: every pair of sentences, every meaning left out, of the whole model and of each layer."""
    n = 7
    sentences = [[*meanings(3, n, 6, s, 3), *meanings(3, n, 5, s, 4)] for s in (0.3, 0.9)]
    a, b = (model_of(layers, 0.4, place) for place, layers in enumerate(sentences))
    found = compare(run_of(a), run_of(b))
    levels = [(None, found), *((layer.layer, layer) for layer in found.by_layer)]
    for level, scores in levels:
        maps = [cosine_map(_only(model, level)) for model in (a, b)]
        left = np.array([[pair_loop(_without(cosines, i)) for i in range(n)] for cosines in maps])
        whole = np.array([pair_loop(cosines) for cosines in maps])
        for place, one in enumerate((scores.lrds, scores.sads)):
            value = whole[1, place] - whole[0, place]
            low, high = jackknife_interval(value, left[1, :, place] - left[0, :, place])
            assert (one.value, one.low, one.high) == pytest.approx((value, low, high), abs=1e-5)


def _only(activations: Activations, layer: int | None) -> Activations:
    return activations if layer is None else Activations(activations.languages, [activations.block(layer)])


def _without(cosines: np.ndarray, meaning: int) -> np.ndarray:
    return np.delete(np.delete(cosines, meaning, 1), meaning, 3)


def test_intervals_hold_the_truth_about_95_times_in_100_and_claims_stay_rare():
    """Two models alike in distribution: the true difference is 0 for every score, layer and pair."""
    found = [two(seed) for seed in range(300)]
    for name in ("lrds", "sads"):
        covered = np.mean([(one := getattr(comparison, name)).low <= 0 <= one.high for comparison in found])
        assert 0.91 < covered < 0.985, name
        wrong = [
            any(getattr(layer, name).outcome != "not distinguishable" for layer in comparison.by_layer)
            for comparison in found
        ]
        assert np.mean(wrong) < 0.08, name
    pairs = [any(one.outcome != "not distinguishable" for one in comparison.pairs.values()) for comparison in found]
    assert np.mean(pairs) < 0.08
    p = np.array([comparison.sads.p for comparison in found])
    assert 0.4 < p.mean() < 0.6 and 0.02 < (p < 0.05).mean() < 0.08


def test_where_languages_do_not_differ_at_all_the_interval_of_lrds_is_too_wide_rather_than_too_narrow():
    """Single sentences then say nothing of LRDS, only pairs do, and the jackknife counts their variance twice."""
    covered = [(one := two(seed, n=20, own=0.0).lrds).low <= 0 <= one.high for seed in range(60)]
    assert np.mean(covered) > 0.95


def test_a_planted_difference_is_found_in_its_direction():
    better = [two(seed, strength=(0.5, 0.8)).sads.outcome for seed in range(20)]
    assert better.count("better") == 20
    assert [two(seed, strength=(0.8, 0.5)).sads.outcome for seed in range(5)] == ["worse"] * 5


def test_languages_planted_apart_raise_lrds_and_that_is_worse():
    together, apart = (run_of(model_of(meanings(3, 30, 16, 0.5, 1, own), 0.3, 7)) for own in (0.2, 1.0))
    found = compare(together, apart)
    assert found.lrds.outcome == "worse" and found.lrds.value > 0
    assert "less language-agnostic" in found.verdict[1]


def test_a_difference_planted_in_one_layer_is_found_there_and_hardly_elsewhere():
    claims = []
    for seed in range(40):
        blocks = [
            [meanings(3, 40, 16, s if layer == 2 else 0.5, 4 * seed + layer, 0.7)[0] for layer in range(4)]
            for s in (0.5, 0.9)
        ]
        found = compare(*(run_of(model_of(layers, 0.3, 2 * seed + side)) for side, layers in enumerate(blocks)))
        claims.append([layer.sads.outcome for layer in found.by_layer])
    assert [row[2] for row in claims] == ["better"] * 40
    assert any("SADS is better in layer 3" in sentence for sentence in found.verdict)
    elsewhere = [any(row[place] != "not distinguishable" for place in (0, 1, 3)) for row in claims]
    assert np.mean(elsewhere) <= 0.15


def test_pairing_makes_the_interval_narrower_where_sentences_make_both_scores():
    for seed in range(10):
        found = two(seed, noise=0.3)
        for one, name in ((found.sads, "sads"), (found.lrds, "lrds")):
            ends = [run.summary[name] for run in (found.a, found.b)]
            unpaired = np.hypot(*[(end["high"] - end["low"]) / 2 for end in ends])
            assert (one.high - one.low) / 2 < 0.8 * unpaired


def test_a_difference_of_rounding_is_none():
    """The same model in batches of another size: every difference is tiny, systematic and means nothing."""
    run = run_of(model_of(meanings(3, 12, 8, 0.5, 1), 0.3, 5))
    moved = replace(run.replicates, sads=run.replicates.sads + 3e-8)
    summary = {**run.summary, "sads": {**run.summary["sads"], "value": run.summary["sads"]["value"] + 3e-8}}
    assert compare(run, replace(run, replicates=moved, summary=summary)).sads.outcome == "not distinguishable"


def test_gains_differ_as_scores_do_where_the_untrained_model_is_one(scan):
    other = bs.scan(tiny_model("bloom", seed=5), tiny_corpus())
    found = compare(scan, other)
    assert found.gains["sads"].value == pytest.approx(found.sads.value)
    assert found.gains["sads"].high == pytest.approx(found.sads.high)
    lean = bs.scan(tiny_model("bloom"), tiny_corpus(), baseline=False)
    without = compare(lean, scan)
    assert without.gains is None and "no untrained model was measured for A" in without.warnings[-1].message


def test_models_of_different_families_are_compared_as_a_whole(scan):
    other = bs.scan(tiny_model("llama"), tiny_corpus())
    found = compare(scan, other)
    assert found.sads.low is not None and len(found.pairs) == len(scan.pairs)
    left = other.sads.replicates - other.sads.baseline.replicates
    left -= scan.sads.replicates - scan.sads.baseline.replicates
    expected = jackknife_interval(other.sads.gain.value - scan.sads.gain.value, left)
    assert (found.gains["sads"].low, found.gains["sads"].high) == pytest.approx(expected)


def test_layers_are_compared_by_number_only_where_both_have_as_many():
    a = run_of(model_of(meanings(3, 8, 8, 0.5, 1), 0.3, 5))
    b = run_of(model_of([*meanings(3, 8, 8, 0.5, 1), *meanings(3, 8, 8, 0.5, 2)], 0.3, 5))
    found = compare(a, b)
    assert found.by_layer == () and found.sads.low is not None
    assert [warning.kind for warning in found.warnings] == ["layers", "regions"]
    assert "A has 1 of them, B 2" in found.warnings[0].message


def test_two_sentences_have_no_interval_and_the_verdict_says_so():
    tiny = bs.scan(tiny_model("bloom"), tiny_corpus().select(2))
    found = compare(tiny, tiny)
    assert found.sads.low is None and found.sads.p is None and found.sads.outcome == "no interval"
    assert all(one.outcome == "no interval" for one in found.pairs.values())
    assert "Too few sentences" in found.verdict[0]


def test_losses_of_points_are_compared_unpaired_and_only_on_the_same_text():
    def point(value: float, size: int = 100) -> Run:
        run = run_of(model_of(meanings(3, 8, 8, 0.5, 1), 0.3, 5))
        each = {"l0": {"nats_per_byte": value, "low": value - 0.3, "high": value + 0.3, "bytes": size}}
        return replace(
            run, loss={"mean": {"value": value, "low": value - 0.3, "high": value + 0.3}, "languages": each}
        )

    found = compare(point(3.0), point(2.0))
    assert found.loss["all"].value == -1 and found.loss["all"].outcome == "better"
    assert found.loss["l0"].high == pytest.approx(-1 + np.hypot(0.3, 0.3))
    assert found.loss["l0"].p_holm == found.loss["all"].p < 0.001 and found.loss["all"].p_holm is None
    edge = compare(point(3.0), point(3.0 - np.hypot(0.3, 0.3))).loss["all"]
    assert edge.p == pytest.approx(0.05) and edge.high == pytest.approx(0)
    assert any("B is better at predicting held-out text" in sentence for sentence in found.verdict)
    assert compare(point(3.0), point(2.8)).loss["all"].outcome == "not distinguishable"
    odd = compare(point(3.0), point(2.0, 101))
    assert odd.loss is None and "different texts" in odd.warnings[-1].message
    broken = point(2.0)
    broken.loss["languages"]["l0"] |= dict.fromkeys(("nats_per_byte", "low", "high"))
    broken.loss["mean"] |= dict.fromkeys(("value", "low", "high"))
    assert "that of B is not a number in l0" in (found := compare(point(3.0), broken)).warnings[-1].message
    with pytest.raises(BabelscopeError, match="loss: B's held-out loss is not a number"):
        rule(found, parse_gates(["loss=9"], "above"))


def test_holm_is_the_textbooks():
    """By hand: 0.01 · 4, 0.02 · 3, 0.03 · 2, and the last no smaller than the one before it."""
    base = paired(0.0, 1.0, None, None, "higher")
    family = [replace(base, p=p, low=0.5, high=1.5) for p in (0.04, 0.01, 0.03, 0.02)]
    assert [one.p_holm for one in corrected(family)] == pytest.approx([0.06, 0.04, 0.06, 0.06])
    assert [one.outcome for one in corrected(family)] == ["not distinguishable", "better"] + [
        "not distinguishable"
    ] * 2
    mixed = corrected([base, replace(base, p=0.02)])
    assert mixed[0].p_holm is None and mixed[1].p_holm == 0.02
    assert [one.p_holm for one in corrected([replace(base, p=0.9), replace(base, p=0.8)])] == [1.0, 1.0]


def test_the_summary_holds_every_number_in_plain_types(scan):
    import json

    other = bs.scan(tiny_model("bloom", seed=5), tiny_corpus())
    content = json.loads(json.dumps(compare(scan, other).summary(), allow_nan=False))
    assert content["sads"]["value"] == content["sads"]["b"] - content["sads"]["a"]
    assert content["by_layer"][1]["lrds"]["p_holm"] >= content["by_layer"][1]["lrds"]["p"]
    assert len(content["pairs"]) == 10 and content["b"]["signature"]["fields"] == other.signature.as_dict()
    assert set(content["regions"]["by_language"]) == set(scan.corpus.languages)


def test_nothing_random_is_drawn():
    state = torch.random.get_rng_state()
    found = [two(3).summary() for _ in range(2)]
    assert found[0] == found[1] and torch.equal(torch.random.get_rng_state(), state)
