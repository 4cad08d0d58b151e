"""`babelscope evaluate`: accuracy on cross-lingual cloze and other tasks of lm-eval, with and without a region."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from babelscope.cli import options as o
from babelscope.cli.model_options import takes_model
from babelscope.errors import BabelscopeError

if TYPE_CHECKING:
    from babelscope.models import ModelRef


Tasks = Annotated[str, typer.Option(help="Tasks or groups of lm-eval, such as xlc_mini,xlc_mini_native,xcopa_id.")]
Deactivate = Annotated[
    list[str] | None,
    typer.Option(metavar="RUN:LANG", help="Region to deactivate, such as runs/b7:fr; repeatable."),
]


@takes_model
def evaluate(
    context: typer.Context,
    ref: "ModelRef",
    tasks: Tasks = "xlc_mini",
    deactivate: Deactivate = None,
    controls: Annotated[int, typer.Option(help="Random sets of neurons per region, matched by layer.")] = 1,
    mode: o.Mode = "zero",
    factor: o.Factor = None,
    data: Annotated[Path | None, typer.Option(help="Folder of <lang>.jsonl, for xlc_xcopa.")] = None,
    limit: Annotated[int | None, typer.Option(help="Documents per task; all by default.")] = None,
    seed: Annotated[int, typer.Option(help="Of the controls.")] = 0,
    batch: Annotated[int | None, typer.Option(help="Prompts per batch; fitted to the vocabulary by default.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Run folder; by default that of the first region, or runs/<model>-<step>.")
    ] = None,
    other_model: o.OtherModel = False,
    as_json: o.Json = False,
) -> None:
    """Evaluate MODEL on multiple-choice tasks, and again with regions deactivated; finished parts are kept."""
    from babelscope.cli.progress import progress_bar
    from babelscope.cli.show import present
    from babelscope.cli.show_evaluation import show_evaluation
    from babelscope.evaluation.choice import evaluate as run_tasks
    from babelscope.evaluation.conditions import Intervention
    from babelscope.evaluation.named import named_conditions
    from babelscope.run_folder import check_home
    from babelscope.storage import check_writable

    runs = [Path(reference.rpartition(":")[0]) for reference in deactivate or []]
    folders = [run if run.is_dir() else run.parent for run in runs]
    _check(mode, factor, batch, bool(runs))
    if out is not None:
        check_writable(out)
    loaded = ref.load()
    out = out or (folders[0] if folders else Path("runs") / f"{loaded.label.replace('/', '--')}-{loaded.step}")
    check_writable(out)
    named = named_conditions(deactivate or [], loaded, controls=controls, seed=seed, other_model=other_model)
    check_home(out, "evaluation", loaded.label, loaded.step, named.source)
    with progress_bar() as progress:
        statistics = o.statistics_for(mode, loaded, named.regions[0], runs[0], progress) if runs else None
        change = Intervention(mode if runs else "zero", named.site, factor, statistics, seed)  # type: ignore[arg-type]
        result = run_tasks(
            loaded, o.names(tasks), named.conditions, change, data=data, limit=limit, seed=seed, batch=batch,
            folder=out / "parts" / "evaluation", progress=progress, regions_source=named.source,
        )  # fmt: skip
    result.save(out, shlex.join(context.obj), folders[0] if folders else None)
    content = result.summary()
    present(content, show_evaluation, out, as_json)


def _check(mode: str, factor: float | None, batch: int | None, deactivating: bool) -> None:
    """Options that nothing else would look at before the work starts, or at all."""
    if batch is not None and batch < 1:
        raise BabelscopeError(f"a batch needs at least 1 prompt, got --batch {batch}")
    if not deactivating and (mode != "zero" or factor is not None):
        raise BabelscopeError("got --mode or --factor without --deactivate; name a region, such as runs/bloom:fr")
