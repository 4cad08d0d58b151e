"""What lm-eval logged of one task in, right and wrong by document with the log-likelihoods behind them out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from babelscope.errors import BabelscopeError

__all__ = ["Answers"]


@dataclass(frozen=True)
class Answers:
    """One task under one condition, document by document."""

    ids: tuple[str, ...]
    correct: tuple[int, ...]
    """1 where the choice of the highest log-likelihood is right."""
    correct_norm: tuple[int, ...]
    """The same with log-likelihoods per character; empty where the task does not measure it."""
    chance: tuple[float, ...]
    """Right choices over choices."""
    loglikelihoods: tuple[tuple[float, ...], ...]
    """One per choice, in nats."""
    alone: tuple[tuple[float, ...], ...] = ()
    """The same of the choices without the text before them; empty where the task does not measure it."""
    correct_alone: tuple[int, ...] = ()
    """1 where the choices alone already favour the right one."""

    @classmethod
    def of(cls, samples: Sequence[Mapping[str, Any]], task: str, state: str) -> "Answers":
        """Takes what lm-eval logged, in the order of the documents.

        Args:
            samples: One per document and filter; the first filter's are taken.
            task: What to call the task in errors.
            state: What to call the model's condition in errors.

        Raises:
            BabelscopeError: If a log-likelihood is not a number.
        """
        first = samples[0]["filter"]
        ordered = sorted((s for s in samples if s["filter"] == first), key=lambda sample: sample["doc_id"])
        weighed = [tuple(float(answer[0]) for answer in sample["filtered_resps"]) for sample in ordered]
        choices = [_choices(sample) for sample in ordered]
        for sample, values in zip(ordered, weighed, strict=True):
            if not np.isfinite(values).all():
                raise BabelscopeError(
                    f"the log-likelihoods of {task}, document {_id(sample)}, are not finite with {state}; "
                    "use --dtype float32, or a checkpoint that is not broken"
                )
        return cls(
            _ids(ordered),
            tuple(int(sample["acc"]) for sample in ordered),
            tuple(int(sample["acc_norm"]) for sample in ordered if "acc_norm" in sample),
            tuple(_targets(sample) / count for sample, count in zip(ordered, choices, strict=True)),
            tuple(values[:count] for values, count in zip(weighed, choices, strict=True)),
            *_alone(ordered, [values[count:] for values, count in zip(weighed, choices, strict=True)]),
        )

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Answers":
        """The inverse of `as_dict`."""
        lists = {name: tuple(content[name]) for name in cls.__dataclass_fields__}
        return cls(**{**lists, **{name: tuple(map(tuple, content[name])) for name in ("loglikelihoods", "alone")}})


def _ids(samples: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The documents' own ids; their numbers where those do not tell them apart."""
    own = tuple(_id(sample) for sample in samples)
    return own if len(set(own)) == len(own) else tuple(str(sample["doc_id"]) for sample in samples)


def _id(sample: Mapping[str, Any]) -> str:
    return str(sample["doc"].get("id", sample["doc_id"]))


def _choices(sample: Mapping[str, Any]) -> int:
    """How many; where mutual information is measured, each is weighed again without the text."""
    return len(sample["arguments"]) // (2 if "acc_mutual_info" in sample else 1)


def _targets(sample: Mapping[str, Any]) -> int:
    return len(set(sample["target"])) if isinstance(sample["target"], list) else 1


def _alone(samples: Sequence[Mapping[str, Any]], weighed: Sequence[tuple[float, ...]]) -> tuple[tuple[Any, ...], ...]:
    """Log-likelihoods of the bare choices, and whether they favour the right one."""
    if not all(weighed) or not all(isinstance(sample["target"], int) for sample in samples):
        return (), ()
    right = tuple(int(np.argmax(v) == sample["target"]) for v, sample in zip(weighed, samples, strict=True))
    return tuple(weighed), right
