"""A tiny series on disk and what tests of tracking share: quick choices, an engine that tells, pages not drawn."""

from pathlib import Path

from babelscope.engines import LocalEngine
from babelscope.evaluation import AblationOptions
from babelscope.models import ModelRef
from babelscope.scanning import ScanOptions
from babelscope.storage import write_text
from babelscope.tracking import TrackOptions
from tiny_models import save_tiny

SCAN = ScanOptions(share=0.1, draws=20, region_draws=20)
OPTIONS = TrackOptions(scan=SCAN, ablation=AblationOptions(segment=32, resamples=200, relabellings=999))
BOTH = TrackOptions(("scan", "ablate"), SCAN, OPTIONS.ablation)
BASE = ModelRef("", device="cpu")


def save_steps(folder: Path, steps: tuple[int, ...] = (10, 20, 40)) -> Path:
    """Steps of one model whose weights differ."""
    for seed, step in enumerate(steps):
        save_tiny("bloom", folder / f"step{step:05d}", seed)
    return folder


def draw_no_pages(monkeypatch) -> None:
    """Drawing a page for every point takes most of the time, and is tested elsewhere."""
    for place in ("report.write_report", "run_folder.write_report", "tracking.folder.write_series_report"):
        monkeypatch.setattr(f"babelscope.{place}", lambda path, *_: write_text(path, "page"))
    monkeypatch.setattr("babelscope.tracking.folder.write_series_figures", lambda *_: [])


class Counting(LocalEngine):
    """Notes which tasks it was given, and stops after some of them as Ctrl-C would."""

    def __init__(self, stop_after=None):
        super().__init__()
        self.keys, self.stop_after = [], stop_after

    def run(self, tasks, on_outcome):
        """As LocalEngine.run."""

        def told(outcome):
            on_outcome(outcome)
            self.keys.append(outcome.key)
            if len(self.keys) == self.stop_after:
                raise KeyboardInterrupt

        super().run(tasks, told)
