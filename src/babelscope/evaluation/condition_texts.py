"""Prompts and a condition in, what a model writes under it out; what a killed run finished is not run again."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from babelscope.evaluation.conditions import Condition, Intervention
from babelscope.evaluation.continuation import Continuation, Continuer
from babelscope.evaluation.parts import Parts
from babelscope.provenance import text_hash, versions

__all__ = ["ConditionTexts", "Progress"]

Progress = Callable[[str, int, int], None]


class ConditionTexts:
    """Continues prompts under one condition after the other.

    Under `none` all prompts are continued; under a region, and under its control, those in its language.
    """

    def __init__(
        self, continuer: Continuer, intervention: Intervention, folder: Path | None, progress: Progress | None
    ) -> None:
        """Prepares the keys under which results are stored.

        Args:
            continuer: The model and its prompts.
            intervention: What is done to a condition's neurons.
            folder: Where results are kept; nowhere if None.
            progress: Called as progress(what, done, total), counting continuations.
        """
        self._continuer = continuer
        self._intervention = intervention
        self._parts = Parts(folder)
        self._progress = progress
        self._done = 0
        model = continuer.model
        self._identity = text_hash(
            model.identity,
            repr(continuer.decoding),
            repr(sorted(versions(("babelscope", "torch", "transformers")).items())),
        )
        self.timings: dict[str, float] = {}
        """Seconds by condition, of those that were not stored."""
        self.keys: dict[str, str] = {}
        """A hash by condition and language over everything the texts depend on."""

    def run(self, condition: Condition) -> dict[int, Continuation]:
        """Continuations by the number of their prompt."""
        prompts = self._continuer.prompts
        rows: dict[str, list[int]] = {}
        for i, prompt in enumerate(prompts):
            if condition.deactivated in ("", prompt.language):
                rows.setdefault(prompt.language, []).append(i)
        keys = {code: self._key(condition, own) for code, own in rows.items()}
        self.keys |= {f"{condition.key} {code}": key for code, key in keys.items()}
        found: dict[int, Continuation] = {}
        for code, stored in self._parts.found(condition.key, keys).items():
            found |= dict(zip(rows[code], map(_read, stored), strict=True))
        self._count(len(found))
        todo = [i for own in rows.values() for i in own if i not in found]
        if todo:
            started = time.perf_counter()
            with self._intervention.apply(self._continuer.model, condition):
                state = str(condition) if condition.mask is not None else ""
                found |= dict(zip(todo, self._continuer.run(todo, state, self._count), strict=True))
            self.timings[condition.key] = round(time.perf_counter() - started, 3)
            fresh = {code: (keys[code], [_plain(found[i]) for i in own]) for code, own in rows.items()}
            self._parts.write(condition.key, fresh)
        return found

    def _count(self, more: int) -> None:
        self._done += more
        if self._progress is not None and more:
            self._progress("continuations", self._done, 3 * len(self._continuer.prompts))

    def _key(self, condition: Condition, rows: Sequence[int]) -> str:
        texts = (self._continuer.prompts[i].text for i in rows)
        return text_hash(self._identity, self._intervention.key(condition), *texts)


def _plain(one: Continuation) -> dict[str, Any]:
    return {"ids": list(one.ids), "text": one.text, "malformed": one.malformed, "ended": one.ended}


def _read(stored: dict[str, Any]) -> Continuation:
    return Continuation(tuple(stored["ids"]), stored["text"], stored["malformed"], stored["ended"])
