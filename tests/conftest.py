"""Shape annotations are checked while tests run; every test has its own cache; no test may reach the network."""

import os
import tempfile

# Also for fixtures that outlive one test: nothing may read or fill the user's own cache.
_CACHE = tempfile.TemporaryDirectory()
os.environ["BABELSCOPE_CACHE"] = _CACHE.name

# Before the package is imported: annotations of arrays are checked at run time, under test only.
from jaxtyping import install_import_hook  # noqa: E402

_PURE = [
    "scores",
    "regions.zscore",
    "regions.overlap",
    "activations.store",
    "activations.batching",
    "activations.pooling",
    "activations.word_means",
    "evaluation.bootstrap",
    "evaluation.selectivity",
    "comparison.difference",
    "correlation.coefficients",
    "correlation.relabelling",
    "correlation.intervals",
    "correlation.ridge",
    "dynamics.curves",
    "dynamics.trends",
    "dynamics.change_points",
    "dynamics.lifelines",
    "retrieval.level",
    "transfer.metrics",
    "transfer.resampling",
    "transfer.scoring",
    "probing.splits",
    "probing.problem",
    "probing.word_table",
    "probing.overlap.bootstrap",
    "probing.overlap.sharing",
]
_hook = install_import_hook([f"babelscope.{name}" for name in _PURE], "beartype.beartype")
_hook.__enter__()

import pytest  # noqa: E402

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_PROGRESS_BARS"] = "1"
os.environ["TOKENIZERS_PARALLELISM"] = "false"


@pytest.fixture(autouse=True)
def private_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BABELSCOPE_CACHE", str(tmp_path_factory.mktemp("cache")))
