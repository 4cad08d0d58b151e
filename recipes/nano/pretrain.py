"""Pretrains one small multilingual model from a folder of text, and keeps its checkpoints; `--help` says how."""

import argparse
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from corpus_folder import folder_hash, joined, read_folder, split_tail
from options import chosen, deciding
from sizes import SIZES, configuration

from babelscope.errors import BabelscopeError
from babelscope.provenance import text_hash


def main(given: list[str] | None = None) -> int:
    """Trains, or goes on training; 0 where that went well, 2 where a choice was at fault."""
    try:
        pretrain(chosen(given))
    except BabelscopeError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    return 0


def pretrain(options: argparse.Namespace) -> None:
    """Makes everything that a run needs from its options alone, and trains.

    Raises:
        BabelscopeError: If something that was given cannot be used.
    """
    import record

    lines, tail = split_tail(read_folder(options.text), options.holdout)
    heldout = {"tail": tail} if tail else {}
    if options.heldout is not None:
        heldout[options.heldout.name] = read_folder(options.heldout)
    _set_up(options)
    tokenizer = _tokenizer(options, lines)
    model = _model(options, tokenizer)
    facts = {
        "text_hash": folder_hash(lines),
        "tokenizer_hash": text_hash(tokenizer.backend_tokenizer.to_str()),
        "parameters": sum(each.numel() for each in model.parameters()),
        "heldout_hashes": {name: folder_hash(some) for name, some in heldout.items()},
    }
    record.begin(options.out, deciding(options), facts)
    if record.is_finished(options.out):
        sys.stderr.write(f"{options.out} is finished; nothing to do\n")
        return
    texts = {name: joined(some, options.heldout_bytes) for name, some in heldout.items()}
    record.finish(options.out, _train(options, model, tokenizer, joined(lines), texts))
    shutil.rmtree(options.out / "trainer", ignore_errors=True)


def _set_up(options: argparse.Namespace) -> None:
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    import torch
    from transformers.utils import logging

    logging.disable_progress_bar()
    torch.set_num_threads(options.threads)
    if options.device != "cpu" and torch.cuda.is_available():
        # Only a warning: the one operation of BLOOM without a deterministic kernel counts ones, which is exact.
        torch.use_deterministic_algorithms(True, warn_only=True)


def _tokenizer(options: argparse.Namespace, lines: dict[str, list[str]]) -> Any:
    """The one that was given, or that this run has made, or one that is made now."""
    from vocabulary import load_tokenizer, train_tokenizer

    own = options.out / "tokenizer"
    if options.tokenizer is not None:
        return load_tokenizer(options.tokenizer)
    if not (own / "tokenizer.json").is_file():
        made = train_tokenizer((line for some in lines.values() for line in some), options.vocabulary)
        made.save_pretrained(own)
    return load_tokenizer(own)


def _model(options: argparse.Namespace, tokenizer: Any) -> Any:
    """The untrained model, which the seed decides; in float32, whatever it is computed in."""
    import torch
    from transformers import AutoModelForCausalLM

    config = configuration(options.arch, SIZES[options.size], tokenizer, 4 * options.block)
    torch.manual_seed(options.seed)
    # Fused attention is slower than plain matrix products on blocks this short, above all backwards.
    return AutoModelForCausalLM.from_config(config, attn_implementation="eager")


def _train(
    options: argparse.Namespace,
    model: Any,
    tokenizer: Any,
    texts: dict[str, str],
    heldout: dict[str, dict[str, str]],
) -> dict[str, Any]:
    """Trains from where the run is, and returns what is to be recorded of it."""
    from alignment import attach_alignment
    from blocks import Blocks
    from checkpoints import Keeper, resume_point
    from nano_trainer import make_trainer
    from vocabulary import encode

    ids = {name: encode(tokenizer, text) for name, text in texts.items()}
    total = options.steps * options.batch
    blocks = Blocks(ids, blocks=total, length=options.block, seed=options.seed)
    trainer = make_trainer(model, tokenizer, blocks, options)
    keeper = Keeper(options.out, options.checkpoints, tokenizer, heldout, options.block)
    trainer.add_callback(keeper)
    if options.align != "none":
        where: dict[str, Any] = {"every": options.every, "budget": options.budget}
        attach_alignment(trainer, options.align, blocks.names, options.out, **where)
    start: Path | None = resume_point(options.out)
    trainer.train(resume_from_checkpoint=str(start) if start else None)
    table = keeper.table()
    losses = {str(entry["step"]): entry["loss"] for entry in trainer.state.log_history if "loss" in entry}
    return {
        "tokens": {name: len(some) for name, some in ids.items()},
        "bytes": {name: len(text.encode()) for name, text in texts.items()},
        "seconds": table["seconds"][str(options.steps)],
        "training_losses": losses,
        "heldout_nats_per_byte": {name: steps[str(options.steps)] for name, steps in table["nats_per_byte"].items()},
    }


if __name__ == "__main__":
    raise SystemExit(main())
