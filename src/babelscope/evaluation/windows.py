"""The length of a token stream in, the windows it is scored in out: which tokens are read, which are scored."""

from dataclasses import dataclass
from typing import Literal, get_args

from babelscope.errors import BabelscopeError, unknown_choice

__all__ = ["WINDOWS", "Window", "Windows", "plan_windows"]

Windows = Literal["rolling", "paper"]
"""`rolling`: every token is scored once. `paper`: segments cut apart, the first token of each unscored."""
WINDOWS: tuple[str, ...] = get_args(Windows)


@dataclass(frozen=True)
class Window:
    """A piece of a stream: tokens [start, stop) are predicted, each from those before it in the window."""

    start: int
    """First token of the stream that the window holds."""
    stop: int
    """One past its last token, which is predicted and not read."""
    scored: int
    """How many of its last tokens are scored."""
    prefix: bool
    """Whether a prefix token stands before `start`."""

    @property
    def read(self) -> int:
        """Tokens that are read: the prefix, and all of the window but its last."""
        return self.stop - self.start - 1 + self.prefix


def plan_windows(tokens: int, segment: int, windows: Windows = "rolling", bos: bool = False) -> list[Window]:
    """Cuts a stream into windows [METHODS 4].

    `rolling` is what lm-eval's `loglikelihood_rolling` does with one token of context: the first window reads a
    prefix and predicts `segment` tokens; each later one reads the token before it and predicts the next `segment`;
    the last reaches back so that it is as long as the others, and scores only what is left.

    `paper` is the release of [Z25]: segments of `segment` tokens without prefix, each segment's first token
    unscored, the last partial segment dropped unless it is the only one.

    A model that breaks without BOS reads one at the start of every window; the window then holds a token less.

    Args:
        tokens: Length of the stream.
        segment: Longest input of one forward pass.
        windows: Which of the two.
        bos: Whether every window starts with BOS.

    Raises:
        BabelscopeError: If the stream has fewer than two tokens, or the segment is too short.
    """
    if windows not in WINDOWS:
        raise BabelscopeError(unknown_choice("windows", windows, WINDOWS))
    least = 3 if bos else 2
    if segment < least:
        raise BabelscopeError(f"a segment needs at least {least} tokens, got --segment {segment}")
    if tokens < 2:
        raise BabelscopeError(f"a perplexity needs a text of at least 2 tokens, got {tokens}")
    return _rolling(tokens, segment, bos) if windows == "rolling" else _paper(tokens, segment - bos, bos)


def _rolling(tokens: int, segment: int, bos: bool) -> list[Window]:
    stop = min(segment, tokens)
    found = [Window(0, stop, stop, True)]
    while stop < tokens:
        scored = min(segment - bos, tokens - stop)
        stop += scored
        # Without BOS the window's first token is only read, so it holds one more than it reads.
        found.append(Window(stop - segment - (not bos), stop, scored, bos))
    return found


def _paper(tokens: int, segment: int, bos: bool) -> list[Window]:
    starts = range(0, tokens - segment + 1, segment) if tokens >= segment else [0]
    return [Window(start, min(start + segment, tokens), min(segment, tokens - start) - 1, bos) for start in starts]
