"""Functions for the engines' tests: other processes import them by name."""

import errno
import os
import time
from pathlib import Path

from babelscope.errors import ModelError, StorageError


def add(*numbers):
    return sum(numbers)


def note(folder, name):
    """Leaves a mark that it ran, and when."""
    (Path(folder) / name).write_text(str(time.monotonic()))
    return name


def refuse(text):
    raise ModelError(text)


def stumble():
    raise RuntimeError("first line\nsecond line")


def fill_disk():
    raise StorageError("cannot write /somewhere: No space left on device")


def fill_disk_plainly():
    raise OSError(errno.ENOSPC, "No space left on device")


def threads():
    import torch

    return torch.get_num_threads()


def whereabouts():
    import babelscope

    return os.getpid(), str(Path.cwd()), babelscope.__file__, os.environ.get("BABELSCOPE_CACHE")


def wait_to_be_killed(folder):
    """The first time: leaves its process id and waits; later: says so."""
    path = Path(folder) / "pid"
    if path.exists():
        return f"again, after {path.read_text()}"
    path.with_suffix(".new").write_text(str(os.getpid()))
    path.with_suffix(".new").rename(path)
    time.sleep(120)
    return "never killed"


def die():
    os._exit(1)


def unsendable():
    import threading

    return threading.Lock()


def sleep_in(folder, seconds):
    (Path(folder) / "begun").write_text("")
    time.sleep(seconds)
    (Path(folder) / "ended").write_text("")


def measure_shard(corpus, shard, folder):
    """One shard of the bundled model, as a stage of a track does it; tells the process."""
    from babelscope.activations import extract_shard
    from babelscope.models import load_model

    extract_shard(load_model("nano", device="cpu"), corpus, shard, Path(folder))
    return os.getpid()


def join_shards(corpus, count, folder):
    """The whole model's scores from shards; tells how many sentences it had to measure itself."""
    from babelscope.activations import extract_in_shards
    from babelscope.models import load_model
    from babelscope.scanning import scan

    model = load_model("nano", device="cpu")
    seen = []
    model.backbone.register_forward_pre_hook(
        lambda module, inputs, kw: seen.append(len(kw["input_ids"])), with_kwargs=True
    )
    extraction = extract_in_shards(model, corpus, count, Path(folder))
    found = scan(model, corpus, extraction=extraction, share=0.05, baseline=False)
    return found.lrds.value, found.sads.value, found.regions.hash, sum(seen)
