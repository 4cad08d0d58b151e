"""Zero-shot transfer: what a model learns from one language's labels, tested in all."""

from babelscope.transfer.examples import Example, TransferTask
from babelscope.transfer.options import METHODS, TransferOptions
from babelscope.transfer.predictions import Predictions
from babelscope.transfer.run import Transfer, check_methods, zero_shot_transfer
from babelscope.transfer.scoring import LanguageScore, scores_of
from babelscope.transfer.tasks import load_task

__all__ = [
    "METHODS",
    "Example",
    "LanguageScore",
    "Predictions",
    "Transfer",
    "TransferOptions",
    "TransferTask",
    "check_methods",
    "load_task",
    "scores_of",
    "zero_shot_transfer",
]
