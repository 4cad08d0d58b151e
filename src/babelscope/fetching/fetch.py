"""A checkpoint in, files that load without waiting out: fetched while another one computes, removed once measured."""

import threading
from concurrent.futures import Future
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING

from babelscope.errors import ModelError
from babelscope.fetching.download import cached_commit, check_room, download, fits, is_cached, missing_bytes
from babelscope.fetching.fetched_folders import FetchedFolders
from babelscope.fetching.page_cache import read_ahead
from babelscope.models import ModelRef
from babelscope.models.bundled import BUNDLED
from babelscope.series.checkpoints import Checkpoint
from babelscope.series.hub import HubFiles, files_of

if TYPE_CHECKING:
    from babelscope.models import LanguageModel

__all__ = ["FetchedRef", "Fetcher"]

_Place = tuple[str, str | None]


@dataclass(frozen=True)
class FetchedRef(ModelRef):
    """A model whose files lie on this machine: `name` may be the folder they were fetched to."""

    commit: str | None = None
    """Commit on the hub, recorded as the revision of the loaded model; None of a local folder."""

    def load(self) -> "LanguageModel":
        """Loads the model, under the commit it was fetched at."""
        model = ModelRef.load(self)
        return model if self.commit is None else replace(model, revision=self.commit)


@dataclass
class _Held:
    """One checkpoint in use: for whom, and what was fetched for it."""

    keys: set[str] = field(default_factory=set)
    """Points that use it: the untrained model is made from the configuration of another point."""
    future: "Future[FetchedRef]" = field(default_factory=Future)
    begun: bool = False
    ended: bool = False
    wanted: threading.Event = field(default_factory=threading.Event)
    """Set once somebody waits for it, or nobody will any more."""
    folder: Path | None = None


class Fetcher:
    """Brings checkpoints to this machine in the background, and takes them away again where that is asked for.

    `start` says that a checkpoint comes next, `get` waits for it, `release` ends its use; all may be called from any
    thread. Files from the hub go into its shared cache, where they stay, or with `evict` into a folder of their own,
    which `release` removes: then at most the checkpoint in use and the one being fetched lie on disk. What the shared
    cache already holds is used from there. Nothing is ever removed that was not fetched by this class.

    Args:
        folder: Where checkpoints are fetched to with `evict`; not touched otherwise.
        evict: Whether checkpoints are removed once released.
        read_ahead_bytes: Of a local checkpoint, how much is read ahead at most.
    """

    def __init__(self, folder: str | Path, *, evict: bool = False, read_ahead_bytes: int = 32 << 30) -> None:
        self.evict = evict
        self._folders = FetchedFolders(Path(folder))
        self._read_ahead = read_ahead_bytes
        self._held: dict[_Place, _Held] = {}
        self._change = threading.Condition()

    def start(self, checkpoint: Checkpoint) -> None:
        """Begins to fetch a checkpoint, and returns at once; failures are told by `get`."""
        with self._change:
            self._hold(checkpoint)

    def get(self, checkpoint: Checkpoint) -> FetchedRef:
        """Where to load a checkpoint from; waits until it is there.

        Raises:
            ModelError: If there is no such repository or revision, it is gated, or the hub is out of reach.
            StorageError: If it does not fit on the disk.
        """
        with self._change:
            held = self._hold(checkpoint)
            held.wanted.set()
            self._change.notify_all()
        try:
            return held.future.result()
        except BaseException:
            # A failure is told once: asked for again, it is tried again.
            self.release(checkpoint)
            raise

    def release(self, checkpoint: Checkpoint) -> None:
        """Ends the use of a checkpoint: with `evict`, removes what was fetched for it."""
        place = _place(checkpoint.ref)
        with self._change:
            held = self._held.get(place)
            if held is None:
                return
            held.keys.discard(checkpoint.key)
            if not held.keys:
                held.wanted.set()
                self._change.notify_all()
                if held.ended:
                    self._drop(place, held)

    def close(self) -> None:
        """Ends the use of all checkpoints, and removes what a run that was stopped has left behind."""
        with self._change:
            for place, held in list(self._held.items()):
                held.keys.clear()
                held.wanted.set()
                if held.ended:
                    self._drop(place, held)
            self._change.notify_all()
            if self.evict:
                self._folders.tidy()

    def __enter__(self) -> "Fetcher":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _hold(self, checkpoint: Checkpoint) -> _Held:
        held = self._held.setdefault(_place(checkpoint.ref), _Held())
        held.keys.add(checkpoint.key)
        if not held.begun:
            held.begun = True
            # A daemon: Ctrl-C must not wait for a download.
            threading.Thread(target=self._run, args=(checkpoint, held), name="fetch", daemon=True).start()
        return held

    def _run(self, checkpoint: Checkpoint, held: _Held) -> None:
        outcome: FetchedRef | BaseException
        try:
            outcome = self._fetched(checkpoint, held)
        except BaseException as error:
            outcome = error
        with self._change:
            held.ended = True
            if not held.keys:
                # Released while it was on its way.
                self._drop(_place(checkpoint.ref), held)
            self._change.notify_all()
        if isinstance(outcome, BaseException):
            held.future.set_exception(outcome)
        else:
            held.future.set_result(outcome)

    def _drop(self, place: _Place, held: _Held) -> None:
        if self._held.get(place) is held:
            del self._held[place]
        if held.folder is not None:
            self._folders.remove(held.folder)
            held.folder = None
        self._change.notify_all()

    def _fetched(self, checkpoint: Checkpoint, held: _Held) -> FetchedRef:
        ref = checkpoint.ref
        if ref.name == BUNDLED:
            return _placed(ref, ref.name, ref.revision, None)
        if Path(ref.name).exists():
            if Path(ref.name).is_dir():
                # Only read, never loaded, in this thread: from_pretrained changes torch's default dtype for the whole
                # process, which a forward pass that runs beside it would notice.
                read_ahead(Path(ref.name), self._read_ahead, held.wanted)
            return _placed(ref, ref.name, ref.revision, None)
        try:
            files = files_of(ref.name, ref.revision, code=ref.trust_remote_code)
        except ModelError:
            commit = cached_commit(ref)
            if commit is None:
                raise
            return _placed(ref, ref.name, commit, commit)
        if not self.evict or is_cached(ref, files):
            check_room(files, missing_bytes(ref, files), _shared_cache(), "use --evict, or move it with HF_HOME")
            commit = download(ref, files, None)
            return _placed(ref, ref.name, commit, commit)
        folder = self._claim(checkpoint, files, held)
        return _placed(ref, str(folder), None, download(ref, files, folder))

    def _claim(self, checkpoint: Checkpoint, files: HubFiles, held: _Held) -> Path:
        """A folder for a checkpoint, once at most one other lies on disk and this fits beside it.

        Somebody who waits for a checkpoint does not wait for others to go: they may never go.
        """
        home = self._folders.folder
        with self._change:
            while not held.wanted.is_set():
                others = sum(other.folder is not None for other in self._held.values())
                if self._is_next(held) and others < 2 and (not others or fits(files.bytes, home)):
                    break
                self._change.wait()
            if not held.keys:
                raise ModelError(f"{checkpoint.key} is no longer wanted")
            held.folder = self._folders.claim(checkpoint.key, files.name, files.commit)
            self._change.notify_all()
            check_room(files, files.bytes, home, "give another --out")
            return held.folder

    def _is_next(self, held: _Held) -> bool:
        """Whether all that were started earlier have their place: what is used first is fetched first."""
        for other in self._held.values():
            if other is held:
                return True
            if other.folder is None and not other.ended:
                return False
        return True


def _place(ref: ModelRef) -> _Place:
    return ref.name, ref.revision


def _placed(ref: ModelRef, name: str, revision: str | None, commit: str | None) -> FetchedRef:
    values = {given.name: getattr(ref, given.name) for given in fields(ModelRef)}
    return FetchedRef(**values | {"name": name, "revision": revision}, commit=commit)


def _shared_cache() -> Path:
    from huggingface_hub.constants import HF_HUB_CACHE

    return Path(HF_HUB_CACHE)
