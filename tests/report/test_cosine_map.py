import base64

import numpy as np
import pytest

from babelscope.report.cosine_map import cosine_map, overview
from report.fake_summary import fake_similarity

LANGUAGES = ["ar", "en", "fr", "zh"]


def test_bytes_give_back_every_cosine_to_half_a_step() -> None:
    similarity = fake_similarity(LANGUAGES, 10)
    text, floor, ceiling = cosine_map(similarity, 4, 10).quantised()
    levels = np.frombuffer(base64.b64decode(text), dtype=np.uint8)
    rows, columns = np.tril_indices(40)
    assert len(levels) == 40 * 41 / 2
    step = (ceiling - floor) / 255
    assert np.abs(floor + step * levels - similarity[rows, columns]).max() <= step / 2 + 1e-6


def test_too_many_rows_keep_the_same_evenly_spaced_sentences_of_every_language() -> None:
    similarity = fake_similarity(LANGUAGES, 30)
    found = cosine_map(similarity, 4, 30, most_rows=40)
    assert (found.n, found.of) == (10, 30)
    assert found.kept[0] == 0 and found.kept[-1] == 29
    assert sorted(set(found.kept)) == list(found.kept)
    a, b, i, j = 1, 3, 4, 7
    assert found.matrix[a * 10 + i, b * 10 + j] == similarity[a * 30 + found.kept[i], b * 30 + found.kept[j]]


def test_translation_diagonals_survive_a_picture_smaller_than_the_map() -> None:
    n, count = 100, 4
    similarity = np.zeros((count * n, count * n), dtype=np.float32)
    for a in range(count):
        for b in range(count):
            similarity[a * n : (a + 1) * n, b * n : (b + 1) * n] = np.eye(n)
    pixels = 100
    image = overview(cosine_map(similarity, count, n), pixels)
    block = image[25:50, 50:75]
    assert (block.max(axis=0) == 1).all() and (block.max(axis=1) == 1).all()
    assert block.mean() < 0.2


def test_the_scale_spans_what_lies_between_languages() -> None:
    found = cosine_map(fake_similarity(n=24), 9, 24)
    assert -1 <= found.low < found.high <= 1


def test_a_matrix_of_the_wrong_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"must be 40 × 40 \(4 languages × 10 sentences\), got 39 × 40"):
        cosine_map(np.zeros((39, 40), dtype=np.float32), 4, 10)


def test_constant_similarity_can_still_be_drawn() -> None:
    found = cosine_map(np.ones((40, 40), dtype=np.float32), 4, 10)
    assert found.high > found.low
    assert found.quantised()[2] > found.quantised()[1]
