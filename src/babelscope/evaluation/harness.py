"""lm-eval behind one door: task names in, its tasks out; a loaded model and tasks in, what it answered out."""

import contextlib
import difflib
import importlib
import importlib.util
import io
import json
import logging
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from babelscope.errors import BabelscopeError, MissingExtraError, unknown_choice
from babelscope.models.modes import evaluating
from babelscope.models.quiet import quiet
from babelscope.provenance import text_hash

if TYPE_CHECKING:
    from babelscope.models import LanguageModel

__all__ = ["TASKS", "fingerprint", "load_tasks", "run_tasks"]

TASKS = Path(str(resources.files("babelscope") / "data" / "tasks"))
"""Folder of our task files; `lm_eval --include_path` takes it too."""

Asked = Callable[[int, int], None]
"""Called with the number of answers weighed so far and in all."""


def load_tasks(names: Sequence[str], data: Path | None = None) -> dict[str, Any]:
    """The tasks behind the names of tasks, groups and tags, with their documents; by name, each once.

    Args:
        names: Ours (see `TASKS`) or any of lm-eval's multiple-choice tasks.
        data: Folder of files, for the tasks that are read from one.

    Raises:
        MissingExtraError: If lm-eval is not installed.
        BabelscopeError: If a task is unknown, its data cannot be had, or it is not multiple choice.
    """
    if importlib.util.find_spec("lm_eval") is None:
        raise MissingExtraError("lm-eval", "eval", "evaluating tasks")
    if not names:
        raise BabelscopeError("got no task to evaluate; name one, such as xlc_mini")
    found: dict[str, Any] = {}
    names = [task for name in names for task in _there(name, data)]
    with _silent(), _own_randomness("cpu", 0):
        manager = _manager(names, data)
        for name in names:
            try:
                found |= manager.load([name])["tasks"]
            except BabelscopeError:
                raise
            except Exception as error:
                # Whatever a dataset library raises; there is no common base class.
                reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
                raise BabelscopeError(
                    f"the data of task {name} cannot be had ({reason}); check the network and HF_HUB_OFFLINE, or use "
                    "--tasks xlc_mini, which needs none"
                ) from error
    for name, task in found.items():
        if task.OUTPUT_TYPE != "multiple_choice":
            raise BabelscopeError(
                f"task {name} is of the kind {task.OUTPUT_TYPE}; expected multiple choice, which has an accuracy "
                "and a chance level"
            )
    return found


def _there(name: str, data: Path | None) -> list[str]:
    """The tasks of XCOPA that a folder has files for, where the whole group is named; any other name as it is."""
    if name != "xlc_xcopa" or data is None:
        return [name]
    tasks = sorted(path.stem for path in TASKS.glob("xlc_xcopa_*.yaml"))
    return [task for task in tasks if (data / f"{task.removeprefix('xlc_xcopa_')}.jsonl").is_file()] or [name]


def _manager(names: Sequence[str], data: Path | None) -> Any:
    """Ours alone where that is enough: reading lm-eval's own index takes seconds."""
    from lm_eval.tasks import TaskManager

    options: dict[str, Any] = {"include_path": str(TASKS), "metadata": {"data": str(data)} if data else {}}
    own = TaskManager(include_defaults=False, **options)
    if set(names) <= set(own.all_tasks):
        return own
    manager = TaskManager(**options)
    for name in names:
        if name not in manager.all_tasks:
            near = difflib.get_close_matches(name, manager.all_tasks, n=6, cutoff=0.5)
            groups = [known for known in own.all_tasks if known in own.all_groups]
            raise BabelscopeError(f"{unknown_choice('task', name, {*groups, *near})}, or any task of lm-eval")
    return manager


def fingerprint(task: Any, limit: int | None = None) -> str:
    """16 hex digits over a task's prompts, documents and settings, wherever its files lie."""
    settings = {key: value for key, value in task.dump_config().items() if key not in ("metadata", "custom_dataset")}
    documents = [dict(document) for _, document in zip(range(limit or len(task.eval_docs)), task.eval_docs)]  # noqa: B905
    return text_hash(*(json.dumps(part, default=str, sort_keys=True) for part in (settings, *documents)))


def run_tasks(
    model: "LanguageModel",
    tasks: Mapping[str, Any],
    *,
    limit: int | None = None,
    seed: int = 0,
    batch: int | None = None,
    asked: Asked | None = None,
) -> tuple[dict[str, list[dict[str, Any]]], dict[str, int]]:
    """What the model, as it is now, answers to every document; and how many of each task's prompts were cut.

    Hooks on the model act. Its mode, its tokenizer and the global random states are left as they were.

    Args:
        model: Loaded.
        tasks: From `load_tasks`.
        limit: Documents per task; all by default.
        seed: Of the tasks that draw examples.
        batch: Prompts at a time; by default as many as keep what a batch makes of logits below a gigabyte.
        asked: Progress.

    Raises:
        BabelscopeError: If a choice is empty or longer than the model's context.
    """
    from lm_eval.evaluator import evaluate

    with _silent(), _own_randomness(model.device.type, seed), evaluating(model):
        adapter = _adapter()(model, batch, asked)
        for task in tasks.values():
            if task.get_config("num_fewshot") is None:
                task.set_config(key="num_fewshot", value=0)
            task.set_fewshot_seed(seed=seed)
        answered: Any = evaluate(
            lm=adapter,
            task_dict={"tasks": dict(tasks), "groups": {}, "group_map": {}},
            limit=limit,
            bootstrap_iters=0,
            log_samples=True,
        )
    return answered["samples"], {name: adapter.cut[name] for name in tasks}


def batch_size(model: "LanguageModel", tokens: int) -> int:
    """How many prompts of so many tokens have logits and log-probabilities of a gigabyte in float32; 1 to 64."""
    return max(1, min(64, 2**27 // (tokens * model.embedding_rows)))


def _adapter() -> Any:
    """Our model as lm-eval's; a class within a function, for its base is costly to import."""
    from copy import deepcopy

    from babelscope.models.encoding import token_ids

    HFLM: Any = importlib.import_module("lm_eval.models.huggingface").HFLM

    class Adapter(HFLM):
        """Encodes as everything else here does, draws no bars, and counts prompts that exceed the context."""

        def __init__(self, model: "LanguageModel", batch: int | None, asked: Asked | None) -> None:
            self.measured, self.asked, self._weighed, self._all = model, asked, 0, 0
            self._fixed = batch
            self.cut: Counter[str] = Counter()
            # A copy, for lm-eval gives it a padding token.
            tokenizer = deepcopy(model.tokenizer)
            super().__init__(
                pretrained=model.model,
                tokenizer=tokenizer,
                add_bos_token=model.add_bos,
                prefix_token_id=model.bos_id,
                max_length=model.context,
                batch_size=batch or 1,
                # In half precision, as lm-eval's default would have it, sums of log-probabilities tie.
                softmax_dtype="float32",
            )

        def tok_encode(self, string: str, add_special_tokens: bool | None = None, **_: Any) -> list[int]:
            if add_special_tokens is False:
                return token_ids(self.measured.tokenizer, [string], self.measured.name)[0]
            return self.measured.encode([string])[0]

        def loglikelihood(self, requests: Any, disable_tqdm: bool = True) -> Any:
            self._tasks = [request.metadata[0] for request in requests]
            return super().loglikelihood(requests, disable_tqdm=True)

        def _loglikelihood_tokens(self, requests: Any, disable_tqdm: bool = True, override_bs: Any = None) -> Any:
            self._all = len(requests)
            longest = 1
            for task, (text, prompt, answer) in zip(self._tasks, requests, strict=True):
                if not 0 < len(answer) <= self.max_length:
                    raise BabelscopeError(
                        f"a choice of {task} has {len(answer)} tokens: {text[1][:40]!r}; expected 1 to "
                        f"{self.max_length}, the context of {self.measured.name}: leave the task out"
                    )
                self.cut[task] += len(prompt) + len(answer) > self.max_length + 1
                longest = max(longest, min(len(prompt) + len(answer) - 1, self.max_length))
            self.batch_size_per_gpu = self._fixed or batch_size(self.measured, longest)
            answered = super()._loglikelihood_tokens(requests, True, override_bs)
            self._tell(self._all)
            return answered

        def _model_call(self, inps: Any, *rest: Any, **named: Any) -> Any:
            logits = super()._model_call(inps, *rest, **named)
            self._tell(min(self._weighed + len(inps), self._all))
            return logits

        def _tell(self, weighed: int) -> None:
            self._weighed = weighed
            if self.asked is not None:
                self.asked(weighed, self._all)

    return Adapter


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """lm-eval logs, prints and draws bars at every step; nothing of it is for our users."""
    import lm_eval.api.task
    from tqdm import tqdm

    class Hidden(tqdm):
        def __init__(self, *positional: Any, **named: Any) -> None:
            super().__init__(*positional, **{**named, "disable": True})

    logger, shown = logging.getLogger("lm_eval"), lm_eval.api.task.tqdm
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    lm_eval.api.task.tqdm = Hidden
    try:
        with quiet(), contextlib.redirect_stdout(io.StringIO()):
            yield
    finally:
        lm_eval.api.task.tqdm = shown
        logger.setLevel(level)


@contextlib.contextmanager
def _own_randomness(kind: str, seed: int) -> Iterator[None]:
    """Seeds every global generator for the block and puts their states back."""
    import torch

    count = getattr(torch, kind).device_count() if kind != "cpu" else 0
    states = random.getstate(), np.random.get_state()
    with torch.random.fork_rng(range(count), device_type=kind if count else "cuda"):
        try:
            random.seed(seed)
            np.random.seed(seed)
            torch.manual_seed(seed)
            yield
        finally:
            random.setstate(states[0])
            np.random.set_state(states[1])
