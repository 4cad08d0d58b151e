"""The text and the small model that benchmarks use: those beside the checkout, else the bundled ones."""

from pathlib import Path

from babelscope.corpus import ParallelCorpus, load_corpus
from babelscope.models import LanguageModel, load_model

SHARED = Path(__file__).resolve().parents[2] / "shared"
LANGUAGES = "ar,en,es,fr,hi,id,pt,vi,zh"


def held_out(n: int) -> ParallelCorpus:
    """News sentences the small models never saw, or the bundled corpus."""
    if (SHARED / "data" / "ntrex").is_dir():
        return load_corpus(SHARED / "data" / "ntrex", languages=LANGUAGES, n=n, offset=1597)
    return load_corpus("mini", languages=LANGUAGES, n=n)


def small_model() -> LanguageModel:
    """`bloom-s` where it is at hand, else the bundled `nano`."""
    folder = SHARED / "models" / "bloom-s" / "step03500"
    return load_model(folder, device="cpu") if folder.is_dir() else load_model("nano", device="cpu")
