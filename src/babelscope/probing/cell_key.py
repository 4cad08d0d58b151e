"""A cell of a probing in, a hash over everything its numbers depend on out: what stored cells are found by."""

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Int

from babelscope.probing.cells import training_options
from babelscope.probing.options import ProbeOptions
from babelscope.probing.problem import Problem
from babelscope.provenance import package_fields, text_hash

if TYPE_CHECKING:
    from babelscope.models import LanguageModel

__all__ = ["cell_key"]


def cell_key(
    model: "LanguageModel",
    problem: Problem,
    words: Int[np.ndarray, "word 2"],
    layer: int,
    options: ProbeOptions,
) -> str:
    """16 hex digits; a cell that is stored under others is probed again.

    Not over which other layers, attributes and languages there are, but as far as they decide the values: one more of
    them costs no more than itself.

    Args:
        model: Whose vectors are probed.
        problem: The words of the cell and their values.
        words: Sentence and word within it of the rows of the language's vectors.
        layer: Which one.
        options: All choices.
    """
    labelled = b"".join(
        np.ascontiguousarray(column).tobytes()
        for part in (problem.train, problem.dev, problem.test)
        for column in (words[part.rows], part.labels, part.lemmas)
    )
    choices = replace(options, layers=None, attributes=("POS",), unseen=(), batch_tokens=None)
    training = "" if options.probe == "gaussian" else repr(training_options(options))
    return text_hash(
        model.identity, problem.split.treebank_hash, problem.split.hash, problem.attribute, ",".join(problem.values),
        hashlib.sha256(labelled).hexdigest(), str(layer), repr(choices), training, *package_fields().values(),
    )  # fmt: skip
