from hypothesis import given
from hypothesis import strategies as st

from babelscope.transfer.batches import LengthBatches


@given(st.lists(st.integers(1, 50), min_size=1, max_size=90), st.integers(1, 9), st.integers(0, 3))
def test_every_example_is_in_one_batch_of_each_pass(lengths, size, seed):
    batches = LengthBatches(lengths, size, seed)
    for _ in range(2):
        found = list(batches)
        assert sorted(row for batch in found for row in batch) == list(range(len(lengths)))
        assert len(found) == len(batches) and all(len(batch) <= size for batch in found)


def test_order_is_drawn_anew_in_every_pass_and_by_the_seed():
    lengths = list(range(64))
    batches = LengthBatches(lengths, 8, 0)
    first, second = list(batches), list(batches)
    assert first != second
    assert first == list(LengthBatches(lengths, 8, 0)) != list(LengthBatches(lengths, 8, 1))


def test_batches_are_of_like_length():
    lengths = [row % 64 for row in range(64)]
    spread = [max(batch) - min(batch) for batch in LengthBatches(lengths, 8, 0)]
    assert max(spread) == 7
