"""Windows score what they promise: each token once (rolling), or all but the first of each segment (paper)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from babelscope.errors import BabelscopeError
from babelscope.evaluation.windows import plan_windows

LENGTHS = st.integers(2, 400)
SEGMENTS = st.integers(3, 70)


def scored(window):
    return list(range(window.stop - window.scored, window.stop))


@given(LENGTHS, SEGMENTS, st.booleans())
def test_rolling_scores_every_token_once_within_the_segment(tokens, segment, bos):
    windows = plan_windows(tokens, segment, "rolling", bos)
    assert [token for window in windows for token in scored(window)] == list(range(tokens))
    for window in windows:
        read = window.stop - window.start - 1 + window.prefix
        assert read <= segment and (read == segment or len(windows) == 1)
        assert window.start >= 0 and window.scored >= 1


@given(LENGTHS, SEGMENTS, st.booleans())
def test_paper_leaves_out_first_tokens_and_the_last_partial_segment(tokens, segment, bos):
    windows = plan_windows(tokens, segment, "paper", bos)
    width = segment - bos
    assert len(windows) == max(1, tokens // width)
    for k, window in enumerate(windows):
        assert window.start == k * width and scored(window) == list(range(window.start + 1, window.stop))
        assert window.prefix is bos


@given(LENGTHS, SEGMENTS)
def test_rolling_is_what_lm_eval_does(tokens, segment):
    utils = pytest.importorskip("lm_eval.utils")
    stream = list(range(1, tokens + 1))
    theirs = list(utils.get_rolling_token_windows(stream, 0, segment, 1))
    ours = plan_windows(tokens, segment)
    assert len(theirs) == len(ours)
    for (read, predicted), window in zip(theirs, ours, strict=True):
        whole = [0] * window.prefix + stream[window.start : window.stop]
        assert whole[:-1] == list(read) and whole[-window.scored :] == list(predicted)


def test_what_cannot_be_cut_is_refused():
    with pytest.raises(BabelscopeError, match="at least 2 tokens, got 1"):
        plan_windows(1, 8)
    with pytest.raises(BabelscopeError, match="a segment needs at least 2 tokens, got --segment 1"):
        plan_windows(9, 1)
    with pytest.raises(BabelscopeError, match="at least 3 tokens"):
        plan_windows(9, 2, bos=True)
    with pytest.raises(BabelscopeError, match="unknown windows 'roling'.*rolling"):
        plan_windows(9, 4, "roling")  # type: ignore[arg-type]
