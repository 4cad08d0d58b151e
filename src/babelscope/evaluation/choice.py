"""A model, tasks and conditions in; accuracy per task and condition, beside chance and matched controls, out."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babelscope.errors import BabelscopeError
from babelscope.evaluation.answers import Answers
from babelscope.evaluation.conditions import Condition, Intervention
from babelscope.evaluation.harness import fingerprint, load_tasks, run_tasks
from babelscope.evaluation.parts import Parts
from babelscope.languages import canonical
from babelscope.provenance import text_hash, versions

if TYPE_CHECKING:
    from babelscope.models import LanguageModel

__all__ = ["Evaluation", "TaskFacts", "evaluate"]

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class TaskFacts:
    """What is known of a task before it is asked."""

    name: str
    language: str
    """Of the text that is read; empty where the task does not say."""
    family: str
    """The name without the language: tasks of one family ask the same documents in several languages."""
    fingerprint: str
    """Hash over prompts, documents and settings."""


@dataclass(frozen=True)
class Evaluation:
    """Everything that was asked and answered."""

    tasks: tuple[TaskFacts, ...]
    conditions: tuple[Condition, ...]
    answers: Mapping[str, Mapping[str, Answers]]
    """By condition's key, then task."""
    cut: int
    """Prompts that exceeded the context and lost their beginning, over one condition."""
    intervention: Intervention
    limit: int | None
    seed: int
    timings: Mapping[str, float]
    """Seconds by condition, of those that were not found stored."""
    model_fields: Mapping[str, str]
    """What a signature says of the model."""
    regions_source: Mapping[str, Any]
    """What the regions were found on; empty without any."""

    def summary(self) -> dict[str, Any]:
        """Everything as plain JSON types: the content of evaluation.json."""
        from babelscope.evaluation.choice_summary import summarise_evaluation

        return summarise_evaluation(self)

    def save(
        self, folder: str | Path, command: str = "", base: str | Path | None = None, figures: bool = True
    ) -> Path:
        """Writes evaluation.json, evaluation.csv, and the report of everything the folder holds.

        Args:
            folder: Made if needed; the folder of the scan itself is a good place.
            command: The command line to record as the way to repeat it.
            base: Run folder of the scan, for the report, where `folder` is another.
            figures: Whether each figure is also written as a file of its own.
        """
        from babelscope.evaluation.choice_summary import evaluation_rows
        from babelscope.run_folder import write_piece

        content = {**self.summary(), "command": command}
        tables = {"evaluation": evaluation_rows(content)}
        return write_piece(Path(folder), "evaluation", content, tables, base, figures)


def evaluate(
    model: "LanguageModel",
    tasks: Sequence[str],
    conditions: Sequence[Condition] = (Condition("none"),),
    intervention: Intervention | None = None,
    *,
    data: Path | None = None,
    limit: int | None = None,
    seed: int = 0,
    batch: int | None = None,
    folder: Path | None = None,
    progress: Progress | None = None,
    regions_source: Mapping[str, Any] | None = None,
) -> Evaluation:
    """Asks every task under every condition; the intervention is active while lm-eval runs the model.

    Args:
        model: From `load_model` or `wrap_model`.
        tasks: Names of tasks, groups or tags: ours or lm-eval's.
        conditions: From `named_conditions` or `plan_conditions`; the first must be `none`.
        intervention: What happens to the neurons; zeroed by default.
        data: Folder for the tasks that are read from files.
        limit: Documents per task; all by default.
        seed: Of tasks that draw examples.
        batch: Prompts at a time.
        folder: Where finished conditions are kept, and found again.
        progress: Called with what is done, how much, and of how much.
        regions_source: What the regions were found on, to be recorded.

    Raises:
        MissingExtraError: If lm-eval is not installed.
        BabelscopeError: If a task is unknown or its data cannot be had, or a log-likelihood is not finite.
    """
    if limit is not None and limit < 1:
        raise BabelscopeError(f"the number of documents per task is 1 or more, got --limit {limit}")
    if not conditions or conditions[0].kind != "none":
        raise BabelscopeError("the first condition must be none, which the others are compared with")
    intervention = intervention or Intervention()
    loaded = load_tasks(tasks, data)
    facts = tuple(_facts(name, task, limit) for name, task in loaded.items())
    identity = _identity(model, (limit, seed, batch))
    parts = Parts(folder)
    answers: dict[str, dict[str, Answers]] = {}
    cut, timings = 0, {}
    for condition in conditions:
        under = intervention.key(condition)
        keys = {fact.name: text_hash(identity, fact.name, fact.fingerprint, under) for fact in facts}
        found = parts.found(condition.key, keys)
        todo = {name: loaded[name] for name in keys if name not in found}
        if todo:
            started = time.perf_counter()
            asked = _told(progress, str(condition))
            # With noise a block each, so that it starts from its seed whatever an earlier run has finished.
            noisy = intervention.mode == "noise" and condition.mask is not None
            for group in [{name: task} for name, task in todo.items()] if noisy else [todo]:
                with intervention.apply(model, condition):
                    samples, cuts = run_tasks(model, group, limit=limit, seed=seed, batch=batch, asked=asked)
                for name in group:
                    found[name] = Answers.of(samples[name], name, str(condition)).as_dict() | {"cut": cuts[name]}
            timings[condition.key] = round(time.perf_counter() - started, 3)
            parts.write(condition.key, {name: (keys[name], found[name]) for name in todo})
        answers[condition.key] = {fact.name: Answers.from_dict(found[fact.name]) for fact in facts}
        cut = max(cut, sum(one["cut"] for one in found.values()))
    facts = tuple(_placed(fact, facts, answers["none"]) for fact in facts)
    return Evaluation(
        facts,
        tuple(conditions),
        answers,
        cut,
        intervention,
        limit,
        seed,
        timings,
        model_fields=model.signature_fields,
        regions_source=dict(regions_source or {}),
    )


def _told(progress: Progress | None, what: str) -> Callable[[int, int], None] | None:
    return None if progress is None else lambda done, total: progress(what, done, total)


def _facts(name: str, task: Any, limit: int | None) -> TaskFacts:
    said = (task.get_config("dataset_kwargs") or {}).get("language") or task.get_config("dataset_name") or ""
    parts = name.split("_")
    language = ""
    if said in parts[1:]:
        try:
            language = canonical(said)
        except BabelscopeError:
            said = ""
    else:
        said = ""
    family = "_".join(part for i, part in enumerate(parts) if i == 0 or part != said)
    return TaskFacts(name, language, family, fingerprint(task, limit))


def _placed(fact: TaskFacts, facts: Sequence[TaskFacts], answers: Mapping[str, Answers]) -> TaskFacts:
    """A task whose family has no document in common is a family of its own: there is nothing to pair."""
    family = [set(answers[other.name].ids) for other in facts if other.family == fact.family]
    return fact if set.intersection(*family) else replace(fact, family=fact.name)


def _identity(model: "LanguageModel", options: tuple[Any, ...]) -> str:
    """Hash over what the answers to all tasks under all conditions depend on."""
    packages = versions(("babelscope", "lm-eval", "torch", "transformers", "tokenizers"))
    return text_hash(
        model.identity,
        repr(options),
        repr(sorted(packages.items())),
    )
