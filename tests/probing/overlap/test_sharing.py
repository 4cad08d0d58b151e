"""How many neurons selections share: equal to a double loop over sets."""

from itertools import product

import numpy as np
import pytest

from babelscope.probing.overlap import selections_of_rows
from babelscope.probing.overlap.sharing import agreement, sharing
from probing.overlap.planted import random_cells, rows_of

NEURONS, DEPTH = 40, 12


@pytest.fixture(scope="module")
def cells():
    found = random_cells(("ar", "en", "fr"), ("Gender", "Number", "POS"), NEURONS, DEPTH, seeds=3)
    del found["en", "Gender"]
    found["fr", "POS"] = found["fr", "POS"][:2]
    return found


@pytest.fixture(scope="module")
def group(cells):
    return selections_of_rows(rows_of(cells)).groups[0]


def test_it_equals_a_loop_over_sets(cells, group):
    places = list(product(group.languages, group.attributes))
    for k, found in sharing(group, NEURONS, (1, 5, 12)).items():
        for one, other in product(places, places):
            place = _index(group, *one) + _index(group, *other)
            both = list(zip(cells.get(one, []), cells.get(other, []), strict=False))
            assert found.seeds[place] == len(both)
            assert found.counts[place] == sum(len({*x[:k]} & {*y[:k]}) for x, y in both)
            overlap = found.counts[place] / k / len(both) if both else np.nan
            assert found.overlap[place] == pytest.approx(overlap, nan_ok=True)
            by_depth = [len({*x[:d]} & {*y[:d]}) / d for x, y in both for d in range(1, k + 1)]
            assert found.weighted[place] == pytest.approx(np.mean(by_depth) if both else np.nan, nan_ok=True)


def _index(group, language, attribute):
    return group.languages.index(language), group.attributes.index(attribute)


def test_names_of_neurons_say_nothing(cells, group):
    new = np.random.default_rng(3).permutation(NEURONS)
    renamed = {place: [[int(new[n]) for n in picks] for picks in seeds] for place, seeds in cells.items()}
    other = sharing(selections_of_rows(rows_of(renamed)).groups[0], NEURONS, (5,))[5]
    same = sharing(group, NEURONS, (5,))[5]
    assert np.array_equal(other.counts, same.counts)
    assert np.allclose(other.weighted, same.weighted, equal_nan=True)


def test_early_ranks_weigh_more():
    start = {("en", "POS"): [[0, 1, 2, 3]], ("fr", "POS"): [[0, 11, 12, 13]], ("es", "POS"): [[21, 22, 23, 0]]}
    group = selections_of_rows(rows_of(start)).groups[0]
    found = sharing(group, NEURONS, (4,))[4]
    en, fr, es = (group.languages.index(code) for code in ("en", "fr", "es"))
    assert found.counts[en, 0, fr, 0] == found.counts[en, 0, es, 0] == 1
    assert found.weighted[en, 0, fr, 0] == pytest.approx((1 + 1 / 2 + 1 / 3 + 1 / 4) / 4)
    assert found.weighted[en, 0, es, 0] == pytest.approx(1 / 16)


def test_agreement_of_runs():
    picks = np.array([[0, 1, 2, 3], [3, 2, 1, 0], [0, 1, 8, 9], [-1, -1, -1, -1]])
    found = agreement(picks, 10, 2)
    assert found[0, 2] == 1.0 and found[0, 1] == 0.0 and np.isnan(found[3]).all()
    assert agreement(picks, 10, 4)[0, 1] == 1.0
