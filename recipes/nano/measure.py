"""Folders of models and a folder of held-out text in, a table of nats per byte out (lower is better)."""

import argparse
import sys
from pathlib import Path

from corpus_folder import joined, read_folder

from babelscope.errors import BabelscopeError


def main(given: list[str] | None = None) -> int:
    """Prints one line per model, a column per language and their mean."""
    parser = argparse.ArgumentParser(prog="measure.py", description=__doc__)
    parser.add_argument("models", nargs="+", help="folders of models, or what else load_model takes")
    parser.add_argument("--heldout", type=Path, required=True, help="folder of <lang>.txt no model was trained on")
    parser.add_argument("--block", type=int, default=128, help="tokens that are read at once")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads")
    options = parser.parse_args(given)
    try:
        _measure(options)
    except BabelscopeError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    return 0


def _measure(options: argparse.Namespace) -> None:
    import torch

    from babelscope import load_model, perplexity

    torch.set_num_threads(options.threads)
    texts = joined(read_folder(options.heldout))
    sys.stdout.write("\t".join(["model", *texts, "mean"]) + "\n")
    for name in options.models:
        losses = perplexity(load_model(name), texts, segment=options.block)
        found = [losses[language].nats_per_byte for language in texts]
        row = [f"{value:.4f}" for value in (*found, sum(found) / len(found))]
        sys.stdout.write("\t".join([name, *row]) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
