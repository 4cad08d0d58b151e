"""What every task of one track must know, as plain values that can be sent elsewhere, and where its results lie."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from babelscope.corpus import ParallelCorpus
from babelscope.corpus.streams import TextStreams
from babelscope.evaluation.parts import Parts
from babelscope.provenance import package_fields, text_hash
from babelscope.run_folder import POINTS
from babelscope.series import Checkpoint
from babelscope.tracking.intact import is_whole
from babelscope.tracking.options import Stage, TrackOptions
from babelscope.transfer import TransferTask
from babelscope.treebanks import Treebank

__all__ = ["Job"]


@dataclass(frozen=True)
class Job:
    """One track: the texts, the choices and the folder that all its tasks share."""

    corpus: ParallelCorpus
    heldout: TextStreams
    """Text of the held-out loss and of ablations."""
    options: TrackOptions
    folder: Path
    """Of the whole series; seen by every task, wherever it runs."""
    command: str = ""
    treebanks: Mapping[str, Treebank] = field(default_factory=dict)
    """Of the stage `probe`, by language."""
    task: TransferTask | None = None
    """Of the stage `transfer`."""

    def home(self, checkpoint: Checkpoint) -> Path:
        """The run folder of one checkpoint."""
        return self.folder / POINTS / checkpoint.key

    def key(self, checkpoint: Checkpoint, stage: Stage) -> str:
        """Hash over everything the numbers of a stage depend on; results under another key are measured again."""
        options, ref = self.options, checkpoint.ref
        parts = [
            *(f"{value}" for value in (ref.name, ref.revision, ref.tokenizer, ref.dtype, ref.special_tokens)),
            *(f"{value}" for value in (ref.device, ref.device_map, ref.trust_remote_code)),
            _contents(ref.name, _READ),
            _contents(ref.tokenizer or "", _TOKENIZER),
            *(f"{value}" for value in (checkpoint.label, checkpoint.step, checkpoint.made)),
            self.corpus.hash,
            ",".join(self.corpus.languages),
            self.heldout.hash,
            repr(options.scan),
            f"{options.shards}",
            *package_fields().values(),
        ]
        if stage == "scan":
            parts.append(f"{options.ablation.segment}")
        if stage == "ablate":
            parts.append(repr(options.ablation))
        if stage == "evaluate":
            parts += [*options.tasks, f"{options.limit}"]
        if stage == "probe":
            parts += [repr(options.probing), *(bank.hash for bank in self.treebanks.values())]
        if stage == "retrieve":
            parts.append(repr(options.retrieval))
        if stage == "transfer" and self.task is not None:
            parts += [repr(options.transfer), self.task.hash]
        return text_hash(stage, *parts)

    def found(self, checkpoint: Checkpoint, stage: Stage) -> Any:
        """What a finished stage measured; None if it was not measured, or with other choices or weights."""
        return self._parts(checkpoint).found(stage, {stage: self.key(checkpoint, stage)}).get(stage)

    def store(self, checkpoint: Checkpoint, stage: Stage, record: Any) -> None:
        """Marks a stage as finished: written last, once everything else of it is on disk."""
        self._parts(checkpoint).write(stage, {stage: (self.key(checkpoint, stage), record)})

    def todo(self, checkpoint: Checkpoint) -> list[Stage]:
        """Stages that have to be done, or done again because a file of theirs is gone or damaged, in order.

        Reads every file of the point, which may be gigabytes: ask once.
        """
        home = self.home(checkpoint)
        return [
            stage
            for stage in self.options.stages
            if self.found(checkpoint, stage) is None or not is_whole(home, _PIECES.get(stage))
        ]

    def _parts(self, checkpoint: Checkpoint) -> Parts:
        return Parts(self.home(checkpoint) / "stages")


_PIECES: dict[Stage, str] = {
    "ablate": "ablation",
    "evaluate": "evaluation",
    "retrieve": "retrieval",
    "probe": "probing",
    "transfer": "transfer",
}
"""What a stage is called in the manifest of a run folder; the scan is what the rest of it lists."""

# Logs and results that a training writes beside its checkpoints do not make them other checkpoints.
_READ = re.compile(r"(config|generation_config)\.json|.*\.(safetensors|bin|py|index\.json)")
_TOKENIZER = re.compile(r"(tokenizer|special_tokens|added_tokens|vocab|merges|spiece|sentencepiece|chat_template).*")


def _contents(place: str, read: re.Pattern[str]) -> str:
    """Names, sizes and times of the files in a local folder: weights that were written anew are measured anew."""
    folder = Path(place)
    if not place or not folder.is_dir():
        return ""
    names = (read, _TOKENIZER)
    files = sorted(path for path in folder.iterdir() if any(name.fullmatch(path.name) for name in names))
    return "|".join(f"{path.name}:{path.stat().st_size}:{path.stat().st_mtime_ns}" for path in files)
