"""An address in, a checked connection to a Ray cluster out: the one that runs there, or one of its own here."""

import os
import secrets
import socket
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babelscope.engines.task import one_line
from babelscope.errors import BabelscopeError, MissingExtraError
from babelscope.provenance import versions
from babelscope.storage import check_writable

__all__ = ["Need", "cluster", "room"]

AUTO, CLIENT = "auto", "ray://"
REACH_SECONDS, CHECK_SECONDS, APPEAR_SECONDS = 5, 120, 5
STORE_BYTES = 256 * 2**20
"""Shared memory of a cluster of our own: results are small, vectors travel through files."""
PACKAGES = ("babelscope", "torch", "transformers")
"""What has to be of one version everywhere, because numbers depend on it."""

SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    # What dies is told of in outcomes; Ray would also print it to stdout, which belongs to results.
    "RAY_DEDUP_LOGS_SKIP_REGEX": ".*",
    # A task that occupies no GPU sees none.
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "1",
}


@dataclass(frozen=True)
class Need:
    """What one task occupies while it runs."""

    threads: int
    gpus: float

    def __str__(self) -> str:
        return f"{self.threads} CPUs" + (f" and {self.gpus:g} GPUs" if self.gpus else "")


@contextmanager
def cluster(address: str | None, workers: int | None, need: Need, folder: Path | None) -> Iterator[Any]:
    """Yields the module `ray`, connected; disconnects, and ends what it started, when the block ends.

    A connection this process already has is used as it is and left open.

    Args:
        address: Of a running cluster: `auto`, `host:port` or `ray://host:port`. None starts one on this machine.
        workers: Tasks at a time on a cluster started here; by default as many as there are cores for.
        need: What one task occupies.
        folder: Where tasks write: every machine must see it under this path.

    Raises:
        MissingExtraError: If Ray is not installed.
        BabelscopeError: If the cluster cannot be reached, has no room for a task, runs other versions, or has a
            machine that does not see the folder.
    """
    ray = _import(address)
    ours = not ray.is_initialized()
    try:
        # Ray warns of its own coming changes, and of processes it leaves to end by themselves.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            if ours:
                _connect(ray, address, workers, need)
            _check(ray, need, folder)
        yield ray
    finally:
        if ours:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ray.shutdown()


def room(ray: Any, need: Need) -> int:
    """How many tasks fit on the cluster as it is now, were nothing else running."""
    return sum(_fitting(node, need) for node in _nodes(ray))


def _import(address: str | None) -> Any:
    # Somebody else's cluster is up or it is not; one of our own takes its time to come up.
    patience = {} if address is None else {"RAY_NUM_REDIS_GET_RETRIES": "2"}
    for name, value in (SETTINGS | patience).items():
        os.environ.setdefault(name, value)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import ray
    except ImportError as error:
        raise MissingExtraError("ray", "ray", "--engine ray") from error
    return ray


def _connect(ray: Any, address: str | None, workers: int | None, need: Need) -> None:
    quiet = {"log_to_driver": False, "logging_level": "error"}
    if address is None:
        count = workers or max(1, _cores() // need.threads)
        ours = {"num_cpus": count * need.threads, "num_gpus": None if need.gpus else 0, "include_dashboard": False}
        try:
            ray.init(address="local", object_store_memory=STORE_BYTES, **ours, **quiet)
        except Exception as error:
            raise BabelscopeError(
                f"cannot start a Ray cluster on this machine ({one_line(error)}); use --engine local"
            ) from error
        return
    target = os.environ.get("RAY_ADDRESS") or AUTO if address == AUTO else address
    if target != AUTO:
        _reach(target)
    try:
        ray.init(address=target, **quiet)
    except Exception as error:
        # Among much else: other versions of Python or Ray there, no token, or a wrong one.
        raise BabelscopeError(
            f"cannot use a Ray cluster at {address!r} ({one_line(error)}); start one with `ray start --head`, give "
            "its host:port (export RAY_AUTH_MODE=token if it asks for a token), or leave --address out"
        ) from error


def _cores() -> int:
    # A batch system grants fewer cores than the machine has.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _reach(address: str) -> None:
    """Tries the port first: Ray itself keeps trying for minutes."""
    host, _, port = address.removeprefix(CLIENT).rpartition(":")
    if not host or not port.isdigit():
        raise BabelscopeError(
            f"{address!r} is no address of a Ray cluster; expected auto, host:port or ray://host:port"
        )
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=REACH_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise BabelscopeError(
            f"no Ray cluster answers at {address} ({getattr(error, 'strerror', None) or error}); expected the "
            "address `ray start --head` printed; leave --address out to start a cluster on this machine"
        ) from error


def _nodes(ray: Any) -> list[dict[str, Any]]:
    return [node for node in ray.nodes() if node["Alive"]]


def _fitting(node: dict[str, Any], need: Need) -> int:
    has = node["Resources"]
    by_threads = int(has.get("CPU", 0) // need.threads)
    return by_threads if not need.gpus else min(by_threads, int(has.get("GPU", 0) / need.gpus + 1e-9))


def _check(ray: Any, need: Need, folder: Path | None) -> None:
    """Asks every machine that can run a task for its versions, and to read and write the folder."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    nodes = [node for node in _nodes(ray) if _fitting(node, need)]
    if not nodes:
        largest = max((dict(node["Resources"]) for node in _nodes(ray)), key=lambda has: has.get("CPU", 0))
        raise BabelscopeError(
            f"no machine of the Ray cluster has {need} for a task; the largest has {largest.get('CPU', 0):g} CPUs "
            f"and {largest.get('GPU', 0):g} GPUs; ask for fewer --threads or --gpus"
        )
    with _marker(folder) as (place, token):
        ask = ray.remote(num_cpus=0, max_retries=1)(_look)
        asked = {
            node["NodeManagerAddress"]: ask.options(
                scheduling_strategy=NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
            ).remote(place, token, node["NodeID"])
            for node in nodes
        }
        for machine, answer in asked.items():
            _judge(ray, machine, answer, folder)
        if folder is not None:
            _await_markers(folder, {node["NodeID"]: node["NodeManagerAddress"] for node in nodes}, token)


def _judge(ray: Any, machine: str, answer: Any, folder: Path | None) -> None:
    try:
        found, problem = ray.get(answer, timeout=CHECK_SECONDS)
    except ray.exceptions.RayError as error:
        cause = getattr(error, "cause", None) or error
        raise BabelscopeError(
            f"machine {machine} of the Ray cluster cannot run babelscope ({one_line(cause)}); "
            "install the same version there"
        ) from error
    here = dict(versions(PACKAGES))
    if found != here:
        name = next(name for name in here if found.get(name) != here[name])
        raise BabelscopeError(
            f"machine {machine} of the Ray cluster has {name} {found.get(name, 'missing')}, this one {here[name]}; "
            "install the same versions everywhere, for numbers depend on them"
        )
    if problem:
        raise BabelscopeError(_unshared(machine, folder, problem))


def _unshared(machine: str, folder: Path | None, problem: str) -> str:
    return (
        f"machine {machine} of the Ray cluster does not share the folder {folder} ({problem}); "
        "give an --out on a file system that every machine mounts under the same path"
    )


def _look(place: str | None, token: str, node: str) -> tuple[dict[str, str], str]:
    """Runs on a machine: its versions, and what keeps it from sharing the folder, if anything."""
    found = dict(versions(PACKAGES))
    if place is None:
        return found, ""
    marker = Path(place)
    try:
        if marker.read_text() != token:
            return found, "it sees another file there"
        marker.with_name(f"{marker.name}-{node}").write_text(token)
    except OSError as error:
        return found, error.strerror or str(error)
    return found, ""


@contextmanager
def _marker(folder: Path | None) -> Iterator[tuple[str | None, str]]:
    token = secrets.token_hex(8)
    if folder is None:
        yield None, token
        return
    check_writable(folder)
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    marker = folder.absolute() / f".shared-{token}"
    marker.write_text(token)
    try:
        yield str(marker), token
    finally:
        for path in folder.glob(f"{marker.name}*"):
            path.unlink(missing_ok=True)
        if made and not any(folder.iterdir()):
            folder.rmdir()


def _await_markers(folder: Path, machines: dict[str, str], token: str) -> None:
    until = time.monotonic() + APPEAR_SECONDS
    for node, machine in machines.items():
        # Network file systems show what others wrote a moment later.
        while not (folder / f".shared-{token}-{node}").exists():
            if time.monotonic() > until:
                raise BabelscopeError(_unshared(machine, folder, "what it writes there does not arrive"))
            time.sleep(0.2)
