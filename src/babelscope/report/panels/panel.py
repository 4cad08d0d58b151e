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
    ablation: dict[str, Any] | None = None
    """The content of ablation.json."""
    generation: dict[str, Any] | None = None
    """The content of generation.json."""
    evaluation: dict[str, Any] | None = None
    """The content of evaluation.json."""
    probing: dict[str, Any] | None = None
    """The content of probing.json."""
    retrieval: dict[str, Any] | None = None
    """The content of retrieval.json."""
    transfer: dict[str, Any] | None = None
    """The content of transfer.json."""
    series: tuple[str, str] | None = None
    """Address and name of the page of the series that this checkpoint is a point of."""

    @property
    def pieces(self) -> dict[str, dict[str, Any]]:
        """What was measured beside the scan, by the name of its section, in the order of the page."""
        found = {
            "interventions": self.ablation,
            "generation": self.generation,
            "cloze": self.evaluation,
            "parallel sentences": self.retrieval,
            "probing": self.probing,
            "transfer": self.transfer,
        }
        return {name: content for name, content in found.items() if content is not None}

    @property
    def languages(self) -> list[str]:
        """All languages of the page, the scan's first."""
        named = [code for piece in self.pieces.values() for code in piece.get("languages") or []]
        named += (self.probing or {}).get("unseen") or []
        return list(dict.fromkeys([*self.summary["languages"], *named]))

    @property
    def scanned(self) -> bool:
        """Whether the summary is a scan's, rather than the little a report needs to name its subject."""
        return "lrds" in self.summary


@dataclass(frozen=True)
class Panel:
    """One section of the page; its template is NAME.html.j2 beside its module."""

    name: str
    """Anchor and template."""
    heading: str
    """What the section is about."""
    facts: Callable[[Material], Facts]
    """Picks and words the facts; computes no statistics."""
    of_scan: bool = True
    """Whether it shows what a scan measures."""

    def show(self, material: Material) -> Facts:
        """The facts, or why there are none where the report is of a run without a scan."""
        if self.of_scan and not material.scanned:
            return {"figures": [], "reason": "Not measured in this run; `babelscope scan MODEL` fills this section."}
        return self.facts(material)
