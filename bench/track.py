"""A track against what it saves and survives: k separate scans, and `kill -9` at random moments."""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from safetensors.numpy import load_file

from corpus_of import SHARED

KILLS = 20


def series() -> list[str]:
    """Checkpoints of `bloom-s` where they are at hand, else of the bundled series."""
    folder = SHARED / "models" / "bloom-s"
    return sorted(str(path) for path in folder.iterdir()) if folder.is_dir() else ["nano"]


def text() -> list[str]:
    """News sentences the small models never saw, or the bundled corpus."""
    folder = SHARED / "data" / "ntrex"
    languages = ["--langs", "ar,en,es,fr,hi,id,pt,vi,zh"]
    return ["--corpus", str(folder), *languages, "--offset", "1597"] if folder.is_dir() else ["--corpus", "mini"]


def babelscope(*arguments: str, cache: Path) -> subprocess.Popen[bytes]:
    """A command of its own process group, so that all of it can be killed at once; its cache is its own."""
    environment = os.environ | {"BABELSCOPE_CACHE": str(cache), "HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-c", "from babelscope.cli import run; run()", *arguments]
    return subprocess.Popen(
        command, env=environment, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


def finish(process: subprocess.Popen[bytes]) -> None:
    _, errors = process.communicate()
    if process.returncode:
        raise SystemExit(f"exit code {process.returncode}: {errors.decode()[-600:]}")


def seconds(*commands: list[str], cache: Path) -> float:
    started = time.perf_counter()
    for arguments in commands:
        finish(babelscope(*arguments, cache=cache))
    return time.perf_counter() - started


def against_scans(work: Path, n: int) -> None:
    """One command over the series against one `scan` for each of its checkpoints, both from an empty cache."""
    names = series()
    size = [*text(), "-n", str(n), "--segment", "128"]
    whole = seconds(["track", *names, *size, "--no-point-zero", "--out", str(work / "track")], cache=work / "a")
    scans = [
        ["scan", name, *text(), "-n", str(n), "--out", str(work / f"scan{i}")]
        for i, name in enumerate(names if len(names) > 1 else names * 8)
    ]
    apart = seconds(*scans, cache=work / "b")
    print(
        f"track of {len(scans)} checkpoints {whole:.1f} s, as many separate scans {apart:.1f} s: {whole / apart:.2f}"
    )


def tables(folder: Path) -> dict[str, bytes]:
    """What must not depend on how often a run was killed: every table, mask and replicate of the series."""
    texts = [*folder.glob("track.csv"), *folder.glob("points/*/scores.csv")]
    found = {str(path.relative_to(folder)): path.read_bytes() for path in texts}
    for path in folder.glob("points/*/*.safetensors"):
        # Their headers list their entries in any order.
        arrays = load_file(path)
        found |= {f"{path.relative_to(folder)}:{name}": array.tobytes() for name, array in arrays.items()}
    return found


def finished_stages(folder: Path) -> dict[str, float]:
    """When each finished stage was stored: work that is done again would change it."""
    return {str(path): path.stat().st_mtime for path in folder.glob("points/*/stages/*.json")}


def killed(work: Path, n: int, kills: int, seed: int) -> None:
    """Runs killed at random moments, then run to the end: equal tables, no finished stage done twice."""
    names = series()
    # Few checkpoints and languages: kills fall into all of what a point goes through all the same.
    few = [*(names[-2:] if len(names) > 1 else names), *text(), "--langs", "en,fr,zh,ar"]
    arguments = ["track", *few, "-n", str(n), "--segment", "128"]
    cache, draw = work / "cache", random.Random(seed)
    length = seconds([*arguments, "--out", str(work / "whole")], cache=cache)
    expected = tables(work / "whole")
    same, repeated, survived, done = 0, 0, 0, 0
    while done < kills:
        out = work / f"killed{done}"
        moment = draw.uniform(0.1, 0.98) * length
        process = babelscope(*arguments, "--out", str(out), cache=cache)
        try:
            process.wait(moment)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        else:
            # It was faster than the first one, so the moment did not come.
            length *= 0.8
            shutil.rmtree(out)
            continue
        done += 1
        before = finished_stages(out)
        survived += len(before)
        seconds([*arguments, "--out", str(out)], cache=cache)
        after = finished_stages(out)
        repeated += sum(after[name] != moment for name, moment in before.items())
        same += tables(out) == expected
    print(
        f"killed at {kills} random moments of {length:.0f} s: {same} of {kills} with identical tables; "
        f"{survived} finished stages found again, {repeated} of them repeated"
    )
    manifests = [json.loads(path.read_text()) for path in work.glob("killed*/manifest.json")]
    print(f"{len(manifests)} manifests written, each after everything it lists")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-n", type=int, default=100, help="sentences per language of the comparison with scans")
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        against_scans(Path(folder), options.n)
    with tempfile.TemporaryDirectory() as folder:
        killed(Path(folder), 12, options.kills, options.seed)


if __name__ == "__main__":
    main()
