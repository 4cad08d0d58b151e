"""Jobs in threads against the same jobs one after another."""

import threading
import time

import pytest
import torch

from babelscope.probing.side_by_side import side_by_side


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_results_come_in_order_whatever_takes_longest(two_threads):
    jobs = [lambda i=i: (time.sleep(0.02 * (3 - i)), i)[1] for i in range(4)]
    assert list(side_by_side(jobs)) == list(side_by_side(jobs, threads=1)) == [0, 1, 2, 3]
    assert list(side_by_side([])) == []


def test_jobs_meet_and_each_has_one_thread_of_torch(two_threads):
    meeting = threading.Barrier(2, timeout=10)

    def job() -> int:
        meeting.wait()
        return torch.get_num_threads()

    assert list(side_by_side([job, job])) == [1, 1]
    assert torch.get_num_threads() == 2


def test_a_failure_is_raised_and_leaves_torch_as_it_was(two_threads):
    def fail() -> int:
        raise ValueError("no such neuron")

    with pytest.raises(ValueError, match="no such neuron"):
        list(side_by_side([lambda: 1, fail, lambda: 2]))
    assert torch.get_num_threads() == 2
