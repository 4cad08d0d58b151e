"""The whole chain against an independent slow implementation, on models and lines it names."""

import json

import numpy as np
import pytest

from babelscope.activations import extract
from babelscope.corpus import ParallelCorpus
from babelscope.corpus.parallel import CorpusSource
from babelscope.models import load_model
from babelscope.regions import choose_rule, find_regions
from babelscope.scores import Permutations, alignment, cosine_sums
from shared_files import shared


@pytest.mark.parametrize("step", ["step00064", "step01000", "step03500"])
def test_reference_figures_are_met(step):
    """LRDS, SADS and region sizes of an independent slow implementation."""
    reference = json.loads(shared("reference", f"scan-bloom-s-{step}.json").read_text())
    languages = list(reference["region_sizes"])
    columns = {code: shared(reference["corpus"], f"{code}.txt").read_text().splitlines() for code in languages}
    text = ParallelCorpus.from_columns("ntrex", columns, CorpusSource("ntrex")).select(
        reference["n"], reference["offset"]
    )
    found = extract(load_model(shared(reference["model"]), device="cpu"), text)
    permutations = Permutations.draw(len(languages), text.n, True, draws=20)
    levels = [
        alignment(sums, permutations)
        for sums in cosine_sums(found.activations, found.squared_norms, permutations, True)
    ]
    assert levels[-1].lrds.value == pytest.approx(reference["lrds"], abs=1e-5)
    assert levels[-1].sads.value == pytest.approx(reference["sads"], abs=1e-5)
    for level, layer in zip(levels, reference["layers"], strict=False):
        assert level.lrds.value == pytest.approx(layer["lrds"], abs=1e-5)
        assert level.sads.value == pytest.approx(layer["sads"], abs=1e-5)
    regions = find_regions(
        found.activations, found.squared_norms, choose_rule(len(languages), reference["threshold"])
    )
    assert {code: mask.size for code, mask in regions.items()} == reference["region_sizes"]
    assert {code: list(mask.by_layer) for code, mask in regions.items()} == reference["region_layers"]
    assert np.isclose(regions.sklr.value, reference["sklr"])
