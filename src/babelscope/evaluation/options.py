"""The choices of one ablation, checked together before any work starts, and saved with its results."""

from dataclasses import dataclass

from babelscope.errors import BabelscopeError, unknown_choice
from babelscope.evaluation.windows import WINDOWS, Windows
from babelscope.interventions import MODES, Mode

__all__ = ["AblationOptions"]


@dataclass(frozen=True)
class AblationOptions:
    """What can be chosen about an ablation, apart from model, regions and text."""

    windows: Windows = "rolling"
    """How a stream is cut: every token scored once, or the paper's separate segments."""
    segment: int | None = None
    """Longest input in tokens; by default 512, or the model's context if that is smaller."""
    controls: int = 1
    """Random sets of neurons per region (and dose), with as many in every layer."""
    doses: tuple[float, ...] = ()
    """Fractions of each region to deactivate too, its neurons ranked by z."""
    mode: Mode = "zero"
    """What is done to the neurons."""
    factor: float | None = None
    """Of the modes scale and noise."""
    seed: int = 0
    """Of controls, resampling, relabelling and noise."""
    resamples: int = 2000
    """Draws of the paired bootstrap over segments."""
    relabellings: int = 9999
    """Draws of the test of overall selectivity, where not all can be listed."""
    batch_tokens: int | None = None
    """Tokens per batch; chosen by device if not given."""

    def __post_init__(self) -> None:
        if self.windows not in WINDOWS:
            raise BabelscopeError(unknown_choice("windows", self.windows, WINDOWS))
        if self.mode not in MODES:
            raise BabelscopeError(unknown_choice("mode", self.mode, MODES))
        if self.segment is not None and self.segment < 2:
            raise BabelscopeError(f"a segment needs at least 2 tokens, got --segment {self.segment}")
        if self.controls < 0:
            raise BabelscopeError(f"the number of controls is 0 or more, got {self.controls}")
        if self.seed < 0:
            raise BabelscopeError(f"a seed is 0 or more, got {self.seed}")
        wrong = [dose for dose in self.doses if not 0 < dose <= 1]
        if wrong:
            raise BabelscopeError(f"a dose is a fraction of a region, above 0 and at most 1; got {wrong[0]:g}")
        if self.resamples < 200 or self.relabellings < 999:
            raise BabelscopeError(
                f"an interval needs at least 200 resamples and a p 999 relabellings, got {self.resamples} and "
                f"{self.relabellings}"
            )
        if self.batch_tokens is not None and self.batch_tokens < 1:
            raise BabelscopeError(f"a batch needs at least 1 token, got --batch-tokens {self.batch_tokens}")
