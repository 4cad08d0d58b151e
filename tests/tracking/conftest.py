import pytest

from tiny_corpus import tiny_corpus
from tiny_series import draw_no_pages, save_steps


@pytest.fixture(scope="session")
def corpus():
    return tiny_corpus()


@pytest.fixture
def checkpoints(tmp_path):
    """Three steps of one model whose weights differ."""
    return save_steps(tmp_path / "tiny")


@pytest.fixture
def without_pages(monkeypatch):
    draw_no_pages(monkeypatch)
