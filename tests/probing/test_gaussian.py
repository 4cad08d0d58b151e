"""Gaussian probes: the published formulas, exact marginals, and what must not change the answer."""

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from babelscope.errors import BabelscopeError
from babelscope.probing.gaussian import fit_gaussian

K, D = 3, 5
ESTIMATES = ["map", "postmean", "ledoit-wolf"]


@pytest.fixture(scope="module")
def words() -> tuple[np.ndarray, np.ndarray]:
    """Three values with their own means and full covariances, 60, 90 and 150 words."""
    generator = np.random.default_rng(0)
    labels = np.repeat(np.arange(K), [60, 90, 150])
    roots = generator.normal(size=(K, D, D))
    noise = generator.normal(size=(len(labels), D))
    return np.einsum("nij,nj->ni", roots[labels], noise) + 2 * generator.normal(size=(K, D))[labels], labels


def scatter(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    mean = vectors.mean(0)
    return mean, sum((np.outer(x - mean, x - mean) for x in vectors), np.zeros((D, D)))


def test_map_and_posterior_mean_follow_the_inverse_wishart_posterior(words) -> None:
    vectors, labels = words
    for value in range(K):
        mine = vectors[labels == value]
        n, (mean, total) = len(mine), scatter(mine)
        posterior_scale = np.diag(np.diag(total / n)) + total
        freedom = (D + 2) + n
        for cov, covariance in (
            ("map", posterior_scale / (freedom + D + 2)),
            ("postmean", posterior_scale / (freedom - D - 1)),
        ):
            probe = fit_gaussian(vectors, labels, K, cov)
            np.testing.assert_allclose(probe.means[value], mean, atol=1e-12)
            np.testing.assert_allclose(probe.covariances[value], covariance, atol=1e-10)


def test_ledoit_wolf_is_the_shrinkage_of_its_definition(words) -> None:
    vectors, labels = words
    mine = vectors[labels == 0]
    centred = mine - mine.mean(0)
    n = len(mine)
    empirical = centred.T @ centred / n
    level = np.trace(empirical) / D
    to_target = ((empirical - level * np.eye(D)) ** 2).sum()
    to_truth = sum(((np.outer(x, x) - empirical) ** 2).sum() for x in centred) / n**2
    share = min(to_truth, to_target) / to_target
    assert 0 < share < 1
    found = fit_gaussian(vectors, labels, K, "ledoit-wolf").covariances[0]
    np.testing.assert_allclose(found, (1 - share) * empirical + share * level * np.eye(D), atol=1e-12)


def test_ledoit_wolf_equals_scikit_learn(words) -> None:
    covariance = pytest.importorskip("sklearn.covariance", reason="needs scikit-learn to compare with")
    vectors, labels = words
    found = fit_gaussian(vectors, labels, K, "ledoit-wolf").covariances
    for value in range(K):
        expected = covariance.LedoitWolf().fit(vectors[labels == value]).covariance_
        np.testing.assert_allclose(found[value], expected, atol=1e-12)


@pytest.mark.parametrize("subset", [None, [3], [4, 0, 2]])
def test_log_probabilities_are_bayes_rule_on_the_marginal(words, subset) -> None:
    vectors, labels = words
    probe = fit_gaussian(vectors, labels, K)
    chosen = list(range(D)) if subset is None else subset
    joint = np.stack(
        [
            np.log((labels == value).mean())
            + multivariate_normal(
                probe.means[value].numpy()[chosen], probe.covariances[value].numpy()[np.ix_(chosen, chosen)]
            ).logpdf(vectors[:, chosen])
            for value in range(K)
        ],
        axis=1,
    )
    expected = joint - np.logaddexp.reduce(joint, axis=1, keepdims=True)
    found = probe.log_probabilities(torch.from_numpy(vectors), subset)
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_an_empty_subset_leaves_the_prior(words) -> None:
    vectors, labels = words
    found = fit_gaussian(vectors, labels, K).log_probabilities(torch.from_numpy(vectors[:7]), [])
    np.testing.assert_allclose(found.exp(), np.tile([0.2, 0.3, 0.5], (7, 1)), atol=1e-12)


@pytest.mark.parametrize("cov", ["map", "postmean"])
def test_units_and_origin_of_the_neurons_do_not_matter(words, cov) -> None:
    vectors, labels = words
    moved = vectors * np.array([1e-3, 1, 5, 100, 0.1]) + np.array([0, 1e3, -7, 0.5, 2])
    before = fit_gaussian(vectors, labels, K, cov).log_probabilities(torch.from_numpy(vectors))
    after = fit_gaussian(moved, labels, K, cov).log_probabilities(torch.from_numpy(moved))
    torch.testing.assert_close(after, before, atol=1e-6, rtol=0)


def test_the_map_is_too_sure_of_itself_where_words_are_few() -> None:
    """Labels say nothing here, so that the prior is best; the map divides by the full D even for three neurons."""
    generator = np.random.default_rng(3)
    train, test = generator.normal(size=(2, 160, 60))
    labels = np.arange(160) % 2
    loss = {}
    for cov in ("map", "postmean"):
        found = fit_gaussian(train, labels, 2, cov).log_probabilities(torch.from_numpy(test), [0, 1, 2])
        loss[cov] = -found[np.arange(160), labels].mean().item()
    assert np.log(2) - 0.01 < loss["postmean"] < loss["map"] - 0.03


@pytest.mark.parametrize("cov", ESTIMATES)
def test_fewer_words_than_neurons_and_constant_neurons_still_give_distributions(cov) -> None:
    generator = np.random.default_rng(1)
    vectors = generator.normal(size=(24, 40)).astype(np.float32)
    labels = np.arange(24) % 2
    vectors[:, 3] = 7.0
    vectors[labels == 1, 4] = -2.0
    probe = fit_gaussian(vectors, labels, 2, cov)
    assert torch.linalg.eigvalsh(probe.covariances).min() > 0
    assert torch.isfinite(probe.log_probabilities(torch.from_numpy(vectors))).all()


def test_diagonal_covariances_make_a_naive_bayes(words) -> None:
    vectors, labels = words
    probe = fit_gaussian(vectors, labels, K, diagonal=True)
    inputs = torch.from_numpy(vectors)
    by_neuron = sum(probe.log_probabilities(inputs, [d]) - probe.log_prior for d in range(D)) + probe.log_prior
    torch.testing.assert_close(probe.log_probabilities(inputs), torch.log_softmax(by_neuron, 1))


@pytest.mark.parametrize("cov", ESTIMATES)
def test_planted_values_are_told_apart_and_shuffled_ones_are_not(words, cov) -> None:
    vectors, labels = words
    generator = np.random.default_rng(2)
    chosen = generator.permutation(len(labels))
    train, test = chosen[:200], chosen[200:]
    inputs = torch.from_numpy(vectors[test])
    right = fit_gaussian(vectors[train], labels[train], K, cov).log_probabilities(inputs).argmax(1).numpy()
    shuffled = generator.permutation(labels[train])
    wrong = fit_gaussian(vectors[train], shuffled, K, cov).log_probabilities(inputs).argmax(1).numpy()
    assert (right == labels[test]).mean() > 0.8
    assert (wrong == labels[test]).mean() < 0.65


def test_bad_input_is_one_line(words) -> None:
    vectors, labels = words
    with pytest.raises(BabelscopeError, match="unknown covariance 'mapp'; did you mean 'map'"):
        fit_gaussian(vectors, labels, K, "mapp")  # type: ignore[arg-type]
    with pytest.raises(BabelscopeError, match=r"words of each of the 4 values, got \[60, 90, 150, 0\]"):
        fit_gaussian(vectors, labels, 4)
    broken = vectors.copy()
    broken[5, 2] = np.nan
    with pytest.raises(BabelscopeError, match="NaN or infinite"):
        fit_gaussian(broken, labels, K)
