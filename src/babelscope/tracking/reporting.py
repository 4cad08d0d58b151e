"""Point records in, told to TensorBoard, Weights & Biases, MLflow or trackio, each point once."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from babelscope.errors import BabelscopeError, unknown_choice
from babelscope.tracking.ledger import Ledger
from babelscope.tracking.trackers import MLflow, TensorBoard, Tracker, Trackio, WeightsAndBiases

__all__ = ["REPORTERS", "Reporting", "point_values", "reporting"]

REPORTERS: dict[str, Callable[[Path, str, str | None], Tracker]] = {
    "tensorboard": TensorBoard,
    "wandb": WeightsAndBiases,
    "mlflow": MLflow,
    "trackio": Trackio,
}
"""Trackers by name; each is made with the folder of the series, its name, and what the tracker called it before."""


class Reporting:
    """Sends every point of a series to some trackers; called with a point record.

    What was sent is written down in the folder, so that a resumed run sends nothing twice: only a run that is stopped
    between the two can, and then TensorBoard and trackio show the same value twice at the same step, while Weights &
    Biases and MLflow keep it as one more entry of the same step of the same run. A point measured anew with other
    numbers is sent anew.

    Args:
        names: Of `REPORTERS`.
        folder: Of the series.
        run: What the series is called in the tracker.

    Raises:
        MissingExtraError: If a tracker's package is not installed.
        BabelscopeError: If there is no such tracker, or it cannot be started.
    """

    def __init__(self, names: Sequence[str], folder: Path, run: str) -> None:
        for name in names:
            if name not in REPORTERS:
                raise BabelscopeError(unknown_choice("tracker in --report-to", name, REPORTERS))
        self.failures: list[str] = []
        """One line for each tracker that did not take something."""
        self._trackers: dict[str, tuple[Tracker, Ledger]] = {}
        self._unsent: dict[str, dict[int, dict[str, float]]] = {}
        for name in dict.fromkeys(names):
            ledger = Ledger(folder / "reported" / f"{name}.json")
            try:
                tracker = REPORTERS[name](folder, run, ledger.run)
            except BabelscopeError:
                self.close()
                raise
            except Exception as error:
                self.close()
                raise BabelscopeError(f"cannot start {name} ({_reason(error)}); see its own set-up") from error
            self._trackers[name] = (tracker, ledger)
            ledger.begin(tracker.run)

    def __call__(self, point: Mapping[str, Any]) -> None:
        """Sends one point, unless it failed or was sent before."""
        values = point_values(point)
        if point.get("x") is not None and values:
            self.log(int(point["x"]), values)

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Sends numbers of one step to every tracker that has not had them.

        A tracker that cannot take them is told again with the next point: hours of measuring do not end because a
        server is away. What is still unsent at the end is in `failures`, and is sent when the run is resumed.
        """
        for name, (tracker, ledger) in self._trackers.items():
            if not ledger.has(step, values):
                self._unsent.setdefault(name, {})[step] = dict(values)
            self._send(name, tracker, ledger)

    def _send(self, name: str, tracker: Tracker, ledger: Ledger) -> None:
        unsent = self._unsent.get(name, {})
        for step, values in list(unsent.items()):
            try:
                tracker.log(step, values)
            except Exception as error:
                line = f"{name} did not take step {step} ({_reason(error)}); run the same command again to send it"
                if line not in self.failures:
                    self.failures.append(line)
                return
            ledger.add(step, values)
            del unsent[step]
        self.failures = [line for line in self.failures if not line.startswith(f"{name} ")]

    def close(self) -> None:
        """Lets every tracker finish."""
        for name, (tracker, ledger) in self._trackers.items():
            self._send(name, tracker, ledger)
            try:
                tracker.close()
            except Exception as error:
                self.failures.append(f"{name} did not finish ({_reason(error)})")
        self._trackers = {}

    def __enter__(self) -> "Reporting":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def reporting(names: str | Sequence[str] | None, folder: str | Path, run: str) -> Iterator[Reporting]:
    """A `Reporting` for as long as a block runs; without names, one that sends nothing.

    Args:
        names: As `--report-to` has them: one, or several with commas.
        folder: Of the series.
        run: What the series is called in the tracker.
    """
    parts = names.split(",") if isinstance(names, str) else names or ()
    with Reporting([part.strip() for part in parts if part.strip()], Path(folder), run) as found:
        yield found


def point_values(point: Mapping[str, Any]) -> dict[str, float]:
    """The numbers of a point record under the names they have in a tracker; nothing of a point that failed.

    `babelscope/lrds`, `sads`, `sklr`, `loss` (nats per byte, mean over languages), `loss/CODE`, `region_size/CODE`,
    `selectivity`, and `accuracy/TASK` where these were measured.
    """
    if point.get("status") != "done":
        return {}
    found: dict[str, Any] = {name: (point.get(name) or {}).get("value") for name in ("lrds", "sads", "sklr")}
    found["loss"] = (point.get("loss_mean") or {}).get("value")
    for language, loss in (point.get("loss") or {}).items():
        found[f"loss/{language}"] = loss.get("nats_per_byte")
    for language, region in (point.get("regions") or {}).items():
        found[f"region_size/{language}"] = region.get("size")
    found["selectivity"] = ((point.get("ablation") or {}).get("selectivity") or {}).get("value")
    for result in point.get("evaluation") or ():
        found[f"accuracy/{result['task']}"] = result.get("accuracy")
    return {f"babelscope/{name}": float(value) for name, value in found.items() if value is not None}


def _reason(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:200]}" if text else type(error).__name__
