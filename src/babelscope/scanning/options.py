"""The choices of one scan, checked together before any work starts, and saved with the run."""

from dataclasses import dataclass
from typing import Literal

from babelscope.errors import BabelscopeError, unknown_choice

__all__ = ["ScanOptions"]


@dataclass(frozen=True)
class ScanOptions:
    """What can be chosen about a scan, apart from the model and the corpus."""

    site: Literal["mlp", "gate"] = "mlp"
    """Where activations are read."""
    threshold: float | None = None
    """Smallest z-score of a region's neurons, exclusive; 2 by default, where languages are enough."""
    share: float | None = None
    """Fraction of neurons each region gets, instead of a threshold."""
    keep_map: bool | None = None
    """Whether to form the full similarity map; by default up to MAP_ROWS sentence vectors."""
    baseline: bool = True
    """Whether to measure the untrained model too."""
    seed: int = 0
    """Of the nulls and of the untrained model."""
    draws: int = 200
    """Draws of the nulls of LRDS and SADS."""
    region_draws: int = 20
    """Draws of the null of region sizes."""
    batch_tokens: int | None = None
    """Padded tokens per batch; chosen by device if not given."""

    MAP_ROWS = 2000
    LARGEST_MAP = 20000

    def __post_init__(self) -> None:
        if self.site not in ("mlp", "gate"):
            raise BabelscopeError(unknown_choice("site", self.site, ("mlp", "gate")))
        if self.batch_tokens is not None and self.batch_tokens < 1:
            raise BabelscopeError(f"a batch needs at least 1 token, got --batch-tokens {self.batch_tokens}")
        if self.draws < 20 or self.region_draws < 20:
            raise BabelscopeError(f"a null needs at least 20 draws, got {min(self.draws, self.region_draws)}")
        if self.seed < 0:
            raise BabelscopeError(f"a seed is 0 or more, got {self.seed}")

    def wants_map(self, rows: int) -> bool:
        """Whether the full map is formed for this many sentence vectors.

        Raises:
            BabelscopeError: If it was asked for and would not fit.
        """
        if self.keep_map and rows > self.LARGEST_MAP:
            raise BabelscopeError(
                f"a map of {rows:,} x {rows:,} cosines is too large to form (at most {self.LARGEST_MAP:,} rows); "
                "use --no-map, fewer languages or a smaller -n"
            )
        return rows <= self.MAP_ROWS if self.keep_map is None else self.keep_map
