"""The forecast: nothing of the predicted language is seen, planted relations are found, and nothing is not."""

import numpy as np
import pytest

from babelscope.correlation.forecasting import forecast
from babelscope.correlation.ridge import PENALTIES, left_out_means, left_out_predictions
from babelscope.errors import BabelscopeError

LANGUAGES = tuple("abcdefghij")


def planted(seed=0, slope=1.0, share=0.0, size=10):
    """Two measures, the first of which tells the score; and a share that may tell it too."""
    generator = np.random.default_rng(seed)
    features, baseline = generator.normal(size=(size, 2)), generator.normal(size=(size, 1))
    y = slope * features[:, 0] + share * baseline[:, 0] + 0.3 * generator.normal(size=size)
    return features, ("margin", "accuracy"), baseline, y, LANGUAGES[:size]


def test_predictions_are_those_of_scikit_learn():
    linear_model = pytest.importorskip("sklearn.linear_model")
    features, _, baseline, y, _ = planted(share=0.5)
    x = np.hstack([features, baseline])
    expected = []
    for row in range(len(y)):
        others = np.arange(len(y)) != row
        mean, spread = x[others].mean(0), x[others].std(0)
        ridge = linear_model.RidgeCV(alphas=PENALTIES).fit((x[others] - mean) / spread, y[others])
        expected.append(ridge.predict((x[[row]] - mean) / spread)[0])
    np.testing.assert_allclose(left_out_predictions(x[None], y)[0], expected, atol=1e-8)


def test_a_language_predicts_nothing_of_itself():
    features, _, _, y, _ = planted()
    changed = y.copy()
    changed[3] += 100
    assert left_out_predictions(features[None], y)[0, 3] == left_out_predictions(features[None], changed)[0, 3]
    assert left_out_means(y)[3] == pytest.approx(left_out_means(changed)[3])


def test_units_and_order_of_measures_do_not_matter():
    features, _, _, y, _ = planted()
    found = left_out_predictions(features[None], y)
    np.testing.assert_allclose(left_out_predictions(1e4 * features[None, :, ::-1] + 9, y), found, atol=1e-8)
    np.testing.assert_allclose(left_out_predictions(features[None], 5 * y + 2), 5 * found + 2, atol=1e-8)


def test_what_says_nothing_predicts_almost_the_mean():
    y = np.random.default_rng(1).normal(size=10)
    np.testing.assert_allclose(left_out_predictions(np.ones((1, 10, 2)), y)[0], left_out_means(y))


def test_alignment_that_tells_the_score_adds_to_the_baseline():
    found = forecast(*planted(slope=1.0, size=10), baseline_names=("share",), draws=999)
    assert found.adds == "yes" and found.gain.low > 0 and found.gain.p < 0.01
    assert (found.gain.way, found.gain.than) == ("both", "baseline")
    assert found.gain.value == pytest.approx(found.mae["baseline"] - found.mae["both"])
    assert found.r2["both"] > 0.6 and found.r2["mean"] == 0
    errors = np.abs(found.observed - found.predicted["alignment"])
    assert found.mae["alignment"] == pytest.approx(errors.mean())
    assert [(one.way, one.than) for one in found.gains] == [("alignment", "mean"), ("baseline", "mean")]


def test_what_the_baseline_knows_already_adds_nothing():
    features, names, baseline, y, languages = planted(slope=0.0, share=1.0)
    copied = np.column_stack([baseline[:, 0] * 2 + 1, features[:, 1]])
    found = forecast(copied, names, baseline, y, languages, draws=199)
    assert found.adds != "yes" and found.gain.p > 0.05
    assert found.r2["alignment"] > 0.5


def test_without_a_relation_p_is_as_uniform_as_it_must_be():
    p, claims = [], []
    for seed in range(60):
        features, names, _, y, languages = planted(seed, slope=0.0, size=6)
        found = forecast(features, names, np.empty((6, 0)), y, languages)
        p.append(found.gain.p)
        claims.append(found.adds)
    assert np.mean(np.array(p) <= 0.1) < 0.22
    assert np.mean(p) == pytest.approx(0.5, abs=0.12)
    assert claims.count("yes") <= 4 and claims.count("no") > 20


def test_without_a_baseline_the_mean_is_what_to_beat():
    features, names, _, y, languages = planted(size=7)
    found = forecast(features, names, np.empty((7, 0)), y, languages)
    assert set(found.predicted) == {"mean", "alignment"} and found.gains == ()
    assert (found.gain.way, found.gain.than) == ("alignment", "mean") and "all 5,040 relabellings" in found.gain.test


def test_measures_that_are_the_same_everywhere_are_named():
    features, names, baseline, y, languages = planted()
    features[:, 1], baseline[:, 0] = 0.5, 1
    found = forecast(features, names, baseline, y, languages, baseline_names=("share",), draws=99)
    assert found.features == ("margin",) and found.baseline == () and "accuracy and share" in found.note


def test_the_seed_decides_the_relabellings():
    given = planted(slope=0.2)
    assert forecast(*given, seed=1, draws=199).gain == forecast(*given, seed=1, draws=199).gain
    assert forecast(*given, seed=1, draws=199).gain.p != forecast(*given, seed=2, draws=199).gain.p


def without(features, names, baseline, y, languages):
    return features, names, baseline, np.where(np.arange(10) == 2, np.nan, y), languages


@pytest.mark.parametrize(
    "change, words",
    [
        (
            lambda f, n, b, y, c: (f[:4], n, b[:4], y[:4], c[:4]),
            r"4 target languages .* \(a, b, c and d\).* 5 or more",
        ),
        (without, "no value of a measure, a share or the score in c;"),
        (lambda f, n, b, y, c: (f, n, b, y * 0 + 0.25, c), "the score is 0.25 in every target language"),
        (lambda f, n, b, y, c: (f * 0, n, b, y, c), "margin and accuracy: the same in every target language"),
    ],
)
def test_what_cannot_be_forecast_is_refused(change, words):
    with pytest.raises(BabelscopeError, match=words):
        forecast(*change(*planted()))
