"""One small class for each tracker of training runs: a step and numbers in, its own calls out."""

import hashlib
import importlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from babelscope.errors import MissingExtraError

__all__ = ["MLflow", "TensorBoard", "Tracker", "Trackio", "WeightsAndBiases"]

PROJECT = "babelscope"
"""What runs are filed under, unless the tracker's own environment says otherwise."""


class Tracker(Protocol):
    """What takes the numbers of a point."""

    run: str | None
    """What the tracker calls the run, to go on with it when a track is resumed."""

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Sends the numbers of one step."""
        ...

    def close(self) -> None:
        """Waits until everything is sent."""
        ...


class TensorBoard:
    """Event files below the folder of the series; points may come in any order."""

    def __init__(self, folder: Path, run: str, earlier: str | None) -> None:
        _needed("tensorboard", "tensorboard")
        from torch.utils.tensorboard import SummaryWriter

        home = folder / "tensorboard"
        # Where the files were deleted, everything is to be written again.
        known = earlier is not None and any(home.glob("events.out*"))
        self.run: str | None = earlier if known else secrets.token_hex(4)
        self._writer = SummaryWriter(str(home))

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Writes the numbers and makes sure that they are on disk."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, global_step=step)
        self._writer.flush()

    def close(self) -> None:
        """Closes the event file."""
        self._writer.close()


class WeightsAndBiases:
    """One run, under an id that is its folder's: a resumed track goes on with the same run.

    The step is a metric of its own, `babelscope/step`: the server drops what is sent for an earlier step than the
    last, and points may come in any order.
    """

    def __init__(self, folder: Path, run: str, earlier: str | None) -> None:
        wandb = _needed("wandb", "wandb")
        self.run: str | None = earlier or hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
        project = os.environ.get("WANDB_PROJECT") or PROJECT
        self._run = wandb.init(project=project, name=run, id=self.run, resume="allow", dir=str(folder.resolve()))
        self._run.define_metric("babelscope/step")
        self._run.define_metric("babelscope/*", step_metric="babelscope/step")

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Sends the numbers with their step beside them."""
        self._run.log({**values, "babelscope/step": step})

    def close(self) -> None:
        """Waits until the server has everything."""
        self._run.finish()


class MLflow:
    """One run in the experiment that its environment names; a resumed track goes on with the same run."""

    def __init__(self, folder: Path, run: str, earlier: str | None) -> None:
        mlflow = _needed("mlflow", "mlflow")
        self._client = mlflow.MlflowClient()
        known = earlier if earlier is not None and self._resumes(earlier) else None
        self.run: str | None = known or self._create(run)

    def _resumes(self, run: str) -> bool:
        try:
            self._client.update_run(run, status="RUNNING")
        except Exception:
            # Deleted, or of another server: a new run is made, and a server out of reach says so there.
            return False
        return True

    def _create(self, name: str) -> str:
        experiment = os.environ.get("MLFLOW_EXPERIMENT_ID")
        if experiment is None:
            title = os.environ.get("MLFLOW_EXPERIMENT_NAME") or PROJECT
            found = self._client.get_experiment_by_name(title)
            experiment = found.experiment_id if found is not None else self._client.create_experiment(title)
        return self._client.create_run(experiment, run_name=name).info.run_id

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Sends the numbers one by one, in calls that wait for the server."""
        for name, value in values.items():
            self._client.log_metric(self.run, name, value, step=step)

    def close(self) -> None:
        """Marks the run as finished."""
        self._client.set_terminated(self.run)


class Trackio:
    """One run by name; a resumed track goes on with it."""

    def __init__(self, folder: Path, run: str, earlier: str | None) -> None:
        trackio = _needed("trackio", "trackio")
        # Two series may have one name, and a run of that name would be taken for this one.
        place = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:8]
        self.run: str | None = earlier or f"{run}-{place}"
        project = os.environ.get("TRACKIO_PROJECT") or PROJECT
        self._run = trackio.init(project=project, name=self.run, resume="allow")

    def log(self, step: int, values: Mapping[str, float]) -> None:
        """Sends the numbers."""
        self._run.log(dict(values), step=step)

    def close(self) -> None:
        """Waits until everything is stored."""
        self._run.finish()


def _needed(module: str, extra: str) -> Any:
    """The package of a tracker.

    Raises:
        MissingExtraError: If it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtraError(module, extra, f"--report-to {module}") from error
