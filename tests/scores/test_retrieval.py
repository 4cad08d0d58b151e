import numpy as np
import pytest
import torch

from babelscope.scores import retrieval as module
from babelscope.scores.retrieval import centred, closeness, neighbours, unit_vectors

EVERY = [(0, 1), (0, 2), (1, 2)]


def drawn(languages: int = 3, n: int = 17, width: int = 8, share: float = 0.5, seed: int = 0) -> torch.Tensor:
    draw = torch.Generator().manual_seed(seed)
    meaning = torch.randn(n, width, generator=draw)
    offset = 3 * torch.randn(languages, 1, width, generator=draw)
    return share * meaning + (1 - share) * torch.randn(languages, n, width, generator=draw) + offset


def slow_cosines(vectors: np.ndarray) -> np.ndarray:
    """(language, language, sentence, sentence), one by one in float64."""
    languages, n, _ = vectors.shape
    found = np.empty((languages, languages, n, n))
    for a, b, i, j in np.ndindex(found.shape):
        x, y = vectors[a, i], vectors[b, j]
        found[a, b, i, j] = x @ y / np.sqrt((x @ x) * (y @ y))
    return found


def slow_margin(cosines: np.ndarray) -> np.ndarray:
    off = ~np.eye(cosines.shape[-1], dtype=bool)
    return np.diagonal(cosines, axis1=2, axis2=3).mean(-1) - cosines[..., off].mean(-1)


@pytest.mark.parametrize("kind", [unit_vectors, centred])
def test_closeness_is_the_loop_over_all_pairs_of_sentences(kind):
    vectors = drawn()
    array = vectors.double().numpy()
    if kind is centred:
        array = array - array.mean(1, keepdims=True)
    cosines, found = slow_cosines(array), closeness(kind(vectors))
    np.testing.assert_allclose(found.cosine, np.diagonal(cosines, axis1=2, axis2=3).mean(-1), atol=1e-6)
    np.testing.assert_allclose(found.margin, slow_margin(cosines), atol=1e-6)
    np.testing.assert_allclose(found.margin, found.margin.T, atol=1e-6)


@pytest.mark.parametrize("kind", [unit_vectors, centred])
@pytest.mark.parametrize("rows", [4, 1024])
def test_neighbours_are_those_of_the_whole_map(kind, rows, monkeypatch):
    monkeypatch.setattr(module, "ROWS", rows)
    vectors = drawn(n=23)
    array = vectors.double().numpy()
    if kind is centred:
        array = array - array.mean(1, keepdims=True)
    cosines, found = slow_cosines(array), neighbours(kind(vectors), EVERY)
    for a, b in EVERY:
        for i in range(23):
            assert found[a, b, i] == (cosines[a, b, i].argmax() == i)
            assert found[b, a, i] == (cosines[a, b, :, i].argmax() == i)
    assert not found[0, 0].any() and 0 < found[[0, 1], [1, 2]].mean() < 1


def test_left_out_margins_of_raw_vectors_are_those_of_the_rest():
    vectors = drawn()
    found = closeness(unit_vectors(vectors)).left_out
    for i in range(vectors.shape[1]):
        rest = closeness(unit_vectors(torch.cat([vectors[:, :i], vectors[:, i + 1 :]], dim=1)))
        np.testing.assert_allclose(found[i], rest.margin, atol=1e-6)


def test_left_out_margins_of_centred_vectors_follow_the_mean():
    vectors = drawn(n=120, width=4, share=0.7)
    # A language with a heavy tail, whose mean one sentence moves far.
    vectors[0] *= 1 + 4 * torch.rand(120, 1, generator=torch.Generator().manual_seed(1)) ** 8
    found = closeness(centred(vectors)).left_out
    exact = np.stack(
        [
            closeness(centred(torch.cat([vectors[:, :i], vectors[:, i + 1 :]], dim=1))).margin
            for i in range(vectors.shape[1])
        ]
    )
    for a, b in EVERY:
        assert np.corrcoef(found[:, a, b], exact[:, a, b])[0, 1] > 0.999
        assert found[:, a, b].std() == pytest.approx(exact[:, a, b].std(), rel=0.04)


def test_a_rotation_of_one_meaning_is_found_everywhere_and_a_shuffle_by_chance():
    draw = torch.Generator().manual_seed(0)
    meaning = torch.randn(400, 16, generator=draw)
    rotation = torch.linalg.qr(torch.randn(16, 16, generator=draw))[0]
    same = torch.stack([meaning, 5 * meaning + 2, meaning - 1])
    turned = same @ rotation
    for vectors in (same, turned):
        units = centred(vectors)
        assert all(neighbours(units, EVERY)[a, b].all() for a, b in EVERY)
        np.testing.assert_allclose(closeness(units).cosine, 1, atol=1e-5)
    order = torch.stack([torch.randperm(400, generator=draw) for _ in range(3)])
    units = centred(torch.stack([meaning[one] for one in order]))
    hits = [neighbours(units, EVERY)[a, b].mean() for a, b in [*EVERY, (1, 0), (2, 0), (2, 1)]]
    assert np.mean(hits) < 0.012, "chance is 1 / 400"
    assert abs(closeness(units).margin[0, 1]) < 0.05


def test_nothing_depends_on_length_or_on_a_common_turn():
    vectors = drawn()
    lengths = 0.1 + 9 * torch.rand(*vectors.shape[:2], 1, generator=torch.Generator().manual_seed(2))
    turn = torch.linalg.qr(torch.randn(8, 8, generator=torch.Generator().manual_seed(3)))[0]
    base = unit_vectors(vectors)
    for other in (unit_vectors(vectors * lengths), unit_vectors(vectors @ turn)):
        np.testing.assert_allclose(closeness(other).margin, closeness(base).margin, atol=1e-5)
        assert (neighbours(other, EVERY) == neighbours(base, EVERY)).all()
    moved = centred(vectors + torch.tensor([3.0, 0.0, -9.0])[:, None, None])
    np.testing.assert_allclose(closeness(moved).margin, closeness(centred(vectors)).margin, atol=1e-4)


def test_a_tie_is_a_miss():
    vectors = drawn(languages=1).repeat(2, 1, 1)
    assert neighbours(unit_vectors(vectors), [(0, 1)])[0, 1].all()
    vectors[1, 1] = vectors[1, 0]
    found = neighbours(unit_vectors(vectors), [(0, 1)])
    assert not found[0, 1, :2].any(), "two sentences of the other language are equally near"


def test_vectors_that_equal_their_mean_have_no_direction_and_find_nothing():
    vectors = drawn(languages=2, share=1.0)
    vectors[1] = 0.1 + vectors[1, :1]
    units = centred(vectors)
    assert units.directed[0].all() and not units.directed[1].any() and (units.vectors[1] == 0).all()
    assert not neighbours(units, [(0, 1)]).any()
    found = closeness(units)
    assert found.cosine[0, 1] == 0 and np.isfinite(found.left_out).all()


def test_two_sentences_have_no_replicates():
    assert np.isnan(closeness(centred(drawn(n=2))).left_out).all()
