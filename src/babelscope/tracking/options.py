"""The choices of one track, checked together before any work starts, and saved with its results."""

from dataclasses import dataclass, field
from typing import Literal, get_args

from babelscope.errors import BabelscopeError, unknown_choice
from babelscope.evaluation.options import AblationOptions
from babelscope.probing import ProbeOptions
from babelscope.retrieval import RetrievalOptions
from babelscope.scanning import ScanOptions
from babelscope.transfer import TransferOptions

__all__ = ["STAGES", "Stage", "TrackOptions"]

Stage = Literal["scan", "ablate", "evaluate", "retrieve", "probe", "transfer"]
STAGES: tuple[Stage, ...] = get_args(Stage)
"""What can be measured at each checkpoint, in the order in which it is."""


@dataclass(frozen=True)
class TrackOptions:
    """What can be chosen about a track, apart from the series and the texts."""

    stages: tuple[Stage, ...] = ("scan",)
    """What is measured at each checkpoint; a scan always is."""
    scan: ScanOptions = field(default_factory=ScanOptions)
    ablation: AblationOptions = field(default_factory=AblationOptions)
    """Of the stage `ablate`; its `segment` also cuts the text of the held-out loss."""
    tasks: tuple[str, ...] = ("xlc_mini",)
    """Of the stage `evaluate`."""
    probing: ProbeOptions = field(default_factory=ProbeOptions)
    """Of the stage `probe`."""
    retrieval: RetrievalOptions = field(default_factory=RetrievalOptions)
    """Of the stage `retrieve`."""
    transfer: TransferOptions = field(default_factory=TransferOptions)
    """Of the stage `transfer`."""
    limit: int | None = None
    """Documents per task; all by default."""
    shards: int = 1
    """Parts that the forward pass over the corpus is cut into, each a task of its own."""
    evict: bool = False
    """Whether checkpoints from the hub are removed once measured: one in use and one on its way lie on disk."""
    include_flagged: bool = False
    """Whether points that hygiene flags take part in trends."""

    def __post_init__(self) -> None:
        for stage in self.stages:
            if stage not in STAGES:
                raise BabelscopeError(unknown_choice("stage", stage, STAGES))
        if self.shards < 1:
            raise BabelscopeError(f"a scan has at least 1 shard, got --shards {self.shards}")
        if self.limit is not None and self.limit < 1:
            raise BabelscopeError(f"the number of documents per task is 1 or more, got --limit {self.limit}")
        if "evaluate" in self.stages and not self.tasks:
            raise BabelscopeError("the stage evaluate needs tasks, got none; name some with --tasks")
        ordered = tuple(stage for stage in STAGES if stage == "scan" or stage in self.stages)
        object.__setattr__(self, "stages", ordered)
