"""The command line in, the checked choices of one run out."""

import argparse
from pathlib import Path

from sizes import ARCHITECTURES, SIZES, checkpoints_up_to

from babelscope.errors import BabelscopeError

__all__ = ["chosen", "deciding"]

_HOW = ("text", "out", "tokenizer", "device", "threads", "log_every", "report_to", "align", "every", "budget")


def chosen(given: list[str] | None = None) -> argparse.Namespace:
    """The choices of a run, with every default filled in.

    Raises:
        BabelscopeError: If choices do not go together.
    """
    options = _parser().parse_args(given)
    if min(options.steps, options.batch, options.block - 1, options.threads, options.log_every) < 1:
        raise BabelscopeError("--steps, --batch, --threads and --log-every start at 1, --block at 2")
    options.rate = options.rate or SIZES[options.size].rate
    kept = options.checkpoints or checkpoints_up_to(options.steps)
    if min(kept) < 0 or max(kept) > options.steps:
        raise BabelscopeError(f"--checkpoints {','.join(map(str, kept))} are not all between 0 and {options.steps}")
    options.checkpoints = tuple(sorted({*kept, options.steps}))
    return options


def deciding(options: argparse.Namespace) -> dict[str, object]:
    """The choices that decide the weights and what is measured of them; the others only say where and how."""
    known = {name: value for name, value in vars(options).items() if name not in _HOW}
    return {
        **known,
        "checkpoints": list(options.checkpoints),
        "heldout": options.heldout.name if options.heldout else None,
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pretrain.py",
        description="Pretrains one small multilingual model from a folder of text, and keeps its checkpoints.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("text", type=Path, help="folder of <lang>.txt")
    add("--out", type=Path, required=True, help="folder of this run; what was interrupted there goes on")
    add("--arch", choices=ARCHITECTURES, default="bloom", help="architecture")
    add("--size", choices=SIZES, default="xs", help="row of the table in sizes.py")
    add("--seed", type=int, default=0, help="decides the first weights and the order of the text")
    add("--steps", type=int, default=3500, help="training steps")
    add("--checkpoints", type=_steps, help="steps to keep, such as 0,16,256; by default those in sizes.py")
    add("--batch", type=int, default=32, help="blocks a step")
    add("--block", type=int, default=128, help="tokens a block")
    add("--rate", type=float, help="peak learning rate; by default the size's")
    add("--warmup", type=int, default=150, help="steps over which the rate rises")
    add("--precision", choices=("auto", "float32", "bfloat16"), default="auto", help="auto: bfloat16 on a GPU only")
    add("--tokenizer", type=Path, help="folder of a tokenizer; by default one is trained on the text")
    add("--vocabulary", type=int, default=8192, help="most entries of a tokenizer that is trained")
    add("--holdout", type=float, default=0.01, help="share of each language's lines, the last ones, held out")
    add("--heldout", type=Path, help="folder of <lang>.txt to measure losses on besides")
    add("--heldout-bytes", type=int, default=16000, help="at most so much of each held-out text; 0 is all of it")
    add("--align", default="mini", help="corpus that the alignment callback measures on; none switches it off")
    add("--every", type=int, default=50, help="steps between its measurements")
    add("--budget", type=float, default=0.02, help="share of training time it may take")
    add("--report-to", default="none", help="where the Trainer logs: tensorboard, wandb, trackio, none")
    add("--log-every", type=int, default=50, help="steps between lines of the log")
    add("--device", choices=("cpu", "cuda"), help="by default the GPU if there is one")
    add("--threads", type=int, default=1, help="CPU threads")
    return parser


def _steps(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))
