"""Tests of what is said of families of p values."""

import numpy as np

from babelscope.scores import holm


def test_holm_rejects_what_his_stepwise_test_rejects():
    generator = np.random.default_rng(4)
    for _ in range(200):
        p = generator.uniform(size=generator.integers(1, 8)) ** 3
        rejected, order = set(), np.argsort(p)
        for step, index in enumerate(order):
            if p[index] > 0.05 / (len(p) - step):
                break
            rejected.add(int(index))
        assert rejected == {i for i, one in enumerate(holm(p.tolist())) if one <= 0.05}
