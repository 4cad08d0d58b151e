"""Selectivity: found where planted, absent where random, its interval right about as often as it says."""

from itertools import permutations

import numpy as np
import pytest

from babelscope.evaluation.bootstrap import resampled_means
from babelscope.evaluation.selectivity import Increases, contrast, selectivities

NAMES = ("ar", "en", "es", "fr", "hi", "id", "pt", "vi", "zh")


def experiment(languages=9, controls=1, effect=0.0, seed=0, noise=0.0, resamples=200):
    """Sets of random neurons, whose cost to a language is a sum over neurons; regions may cost their own more."""
    generator = np.random.default_rng(seed)
    neurons = 400
    cost = generator.gamma(0.3, 0.02, size=(languages, neurons))
    sizes = generator.integers(10, 40, size=languages)

    def drawn(size):
        return cost[:, generator.choice(neurons, size, replace=False)].sum(1)

    def drawn_times(size, times):
        return np.stack([drawn(size) for _ in range(times)], 1) if times else np.empty((languages, 0))

    region = np.stack([drawn(size) for size in sizes], axis=1) + effect * np.eye(languages)
    control = np.stack([drawn_times(size, controls) for size in sizes], axis=1)
    mean = control.mean(2) if controls else np.zeros(region.shape)
    shake = noise * generator.normal(size=(resamples, *region.shape))
    shake_control = noise * generator.normal(size=(resamples, *region.shape)) / np.sqrt(max(1, controls))
    return Increases(
        region=np.concatenate([region[None], region + shake]),
        control_mean=np.concatenate([mean[None], mean + shake_control]),
        control=control,
        own=np.arange(languages),
        sizes=sizes,
        names=NAMES[:languages],
    )


def test_it_is_the_difference_of_contrasts():
    found = experiment(4, controls=3, effect=0.2)
    overall, by_language, _ = selectivities(found)
    for k, name in enumerate(found.names):
        region, control = found.region[0], found.control
        others = [b for b in range(4) if b != k]
        own = region[k, k] - np.mean([region[b, k] for b in others])
        under = np.mean([control[k, k, c] - np.mean([control[b, k, c] for b in others]) for c in range(3)])
        one = by_language[name]
        assert one.value == pytest.approx(own - under) and one.control == pytest.approx(under)
        assert one.own == pytest.approx(region[k, k])
        assert one.others == pytest.approx(np.mean([region[b, k] for b in others]))
    assert overall.value == pytest.approx(np.mean([one.value for one in by_language.values()]))


def test_planted_selectivity_is_found():
    overall, by_language, _ = selectivities(experiment(effect=0.5, noise=0.01))
    assert overall.low > 0.3 and overall.p == pytest.approx(1e-4)
    assert all(one.low > 0 and one.low < one.value < one.high for one in by_language.values())


@pytest.mark.parametrize("controls", [1, 3])
def test_random_sets_cover_zero_as_often_as_promised(controls):
    runs = 150
    covered = overall_covered = 0
    p_values = []
    for seed in range(runs):
        overall, by_language, _ = selectivities(experiment(controls=controls, seed=seed, noise=0.01), 999, seed)
        covered += sum(one.low <= 0 <= one.high for one in by_language.values())
        overall_covered += overall.low <= 0 <= overall.high
        p_values.append(overall.p)
    # 95 % of 150 is 142.5 with a standard deviation of 2.7; languages of a run share their cost table.
    assert 0.90 <= covered / (9 * runs) <= 0.99
    assert 0.90 <= overall_covered / runs <= 1.0
    assert abs(np.mean(p_values) - 0.5) < 0.1 and np.mean(np.array(p_values) <= 0.05) < 0.12


def test_relabelling_lists_all_where_it_can():
    found = experiment(4, controls=2, effect=0.05, seed=3)
    overall, _, test = selectivities(found)
    beyond = contrast(found.region, 1)[0] - contrast(found.control_mean, 1)[0]
    # A region given to another language counts as if it had that language's own region's size.
    scaled = beyond * np.sqrt(found.sizes[:, None] / found.sizes[None, :])
    means = [np.mean([scaled[a, label[a]] for a in range(4)]) for label in permutations(range(4))]
    assert test.exact and test.relabellings == 24 and test.floor == pytest.approx(1 / 24)
    assert overall.p == pytest.approx(np.mean(np.array(means) >= means[0] - 1e-12))


def test_sensitive_languages_with_large_random_sets_do_not_look_matched():
    """Unscaled, P(p <= .05) is above .1 here: random contrasts are larger where set and sensitivity are."""
    p_values = []
    for seed in range(300):
        generator = np.random.default_rng(seed)
        sizes, sensitivity = np.array([10, 20, 40, 80, 160, 320]), np.array([1, 2, 4, 8, 16, 32])
        spread = np.sqrt(sizes) * sensitivity[:, None]
        region, control = (generator.normal(size=(6, 6)) * spread for _ in range(2))
        found = Increases(
            region=np.stack([region] * 3),
            control_mean=np.stack([control] * 3),
            control=control[:, :, None],
            own=np.arange(6),
            sizes=sizes,
            names=NAMES[:6],
        )
        p_values.append(selectivities(found)[0].p)
    # 5 % of 300 is 15 with a standard deviation of 3.8.
    assert 0.01 <= np.mean(np.array(p_values) <= 0.05) <= 0.085


def test_drawn_relabellings_agree_with_all_of_them():
    found = experiment(8, effect=0.02, seed=5)
    exact, _, test = selectivities(found)
    assert test.exact and test.relabellings == 40320
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("babelscope.evaluation.selectivity.MOST_EXACT", 10)
        drawn, _, test = selectivities(found, 9999)
    assert not test.exact and test.floor == pytest.approx(1e-4)
    assert drawn.p == pytest.approx(exact.p, abs=0.02)


def test_a_language_has_a_p_only_from_99_controls():
    _, few, _ = selectivities(experiment(3, controls=98))
    assert all(one.p is None and "needs 99 controls" in one.p_note for one in few.values())
    _, many, _ = selectivities(experiment(3, controls=99, effect=1.0))
    assert all(one.p == pytest.approx(0.01) and not one.p_note for one in many.values())
    _, none, _ = selectivities(experiment(3, controls=199, seed=1))
    assert all(0.005 <= one.p <= 1 for one in none.values())


def test_a_region_equal_to_its_controls_is_not_above_them():
    # All of a layer, say: every set of that size is the region, and rounding must not rank them.
    for seed in range(20):
        whole = experiment(9, controls=99, seed=seed)
        region = np.ascontiguousarray(whole.region[:, :, :1])
        control = np.repeat(region[0][:, :, None], 99, axis=2)
        found = Increases(region, region, control, whole.own[:1], whole.sizes[:1], whole.names[:1])
        assert selectivities(found)[1]["ar"].p == 1


def test_a_text_of_one_segment_does_not_tell_how_texts_vary():
    tokens = np.array([30])
    assert np.isnan(resampled_means(np.ones((2, 1)), tokens, 200, (0,))).all()


def test_too_little_to_compare_gives_none_and_two_languages_give_a_wide_interval():
    assert selectivities(experiment(3, controls=0)) is None
    assert selectivities(experiment(1, controls=2)) is None
    overall, _, test = selectivities(experiment(2, controls=1, noise=0.01))
    assert overall.low is not None and test.floor == 0.5


def test_resampling_is_paired_over_conditions_and_centred():
    generator = np.random.default_rng(0)
    tokens = generator.integers(20, 40, size=60)
    nll = tokens * generator.normal(5, 1, size=60)
    draws = resampled_means(np.stack([nll, nll + 0.1 * tokens]), tokens, 4000, (0,))
    # A constant cost per token is the same in every resampled text: pairing takes all other noise out.
    np.testing.assert_allclose(draws[:, 1] - draws[:, 0], 0.1)
    mean = nll.sum() / tokens.sum()
    spread = np.std(nll / tokens) / np.sqrt(60)
    assert draws[:, 0].mean() == pytest.approx(mean, abs=0.02)
    assert draws[:, 0].std() == pytest.approx(spread, rel=0.25)


def test_few_segments_vary_as_much_as_they_should():
    nll = np.array([3.0, 5.0, 4.0, 9.0])
    draws = resampled_means(nll[None], np.ones(4, dtype=int), 40_000, (0,))
    assert draws.std() == pytest.approx(nll.std(ddof=1) / 2, rel=0.02)
