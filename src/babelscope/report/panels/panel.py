"""What a panel is: a heading, and a function from what was measured to plain facts for its template."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from babelscope.corpus.parallel import ParallelCorpus

__all__ = ["Facts", "Material", "Panel"]

Facts = dict[str, Any]
"""`figures`: drawings in order. `reason`: why there is nothing to show, in place of everything else."""


@dataclass(frozen=True)
class Material:
    """Everything a report is made from."""

    summary: dict[str, Any]
    """The content of summary.json."""
    corpus: ParallelCorpus | None = None
    """The sentences, where they are at hand."""
    similarity: Float[np.ndarray, "row row"] | None = None
    """Whole-model cosines; rows are (language, sentence) in the summary's and the corpus' order."""


@dataclass(frozen=True)
class Panel:
    """One section of the page; its template is NAME.html.j2 beside its module."""

    name: str
    """Anchor and template."""
    heading: str
    """What the section is about."""
    facts: Callable[[Material], Facts]
    """Picks and words the facts; computes no statistics."""
