"""Scores: numbers computed from sentence vectors, each with an interval and a null."""

from typing import TYPE_CHECKING

from babelscope.on_use import on_use

if TYPE_CHECKING:
    from babelscope.scores.cosines import CosineSums, Permutations, cosine_sums
    from babelscope.scores.lrds_sads import Alignment, alignment, alignment_from_map
    from babelscope.scores.result import Interval, Null, Score
    from babelscope.scores.significance import holm, jackknife_interval, jackknife_p, null_of_draws, paired_difference

__all__ = [
    "SCORES",
    "Alignment",
    "CosineSums",
    "Interval",
    "Null",
    "Permutations",
    "Score",
    "alignment",
    "alignment_from_map",
    "cosine_sums",
    "holm",
    "jackknife_interval",
    "jackknife_p",
    "null_of_draws",
    "paired_difference",
]

SCORES = {
    "lrds": "same-language minus cross-language cosine, [-2, 2]; lower: more language-agnostic; chance 0",
    "sads": "translation minus unrelated cross-language cosine, [-2, 2]; higher: more aligned by meaning; chance 0",
}
"""Range, direction and chance level of every score."""

# On use: intervals and corrections of p values need no torch.
__getattr__ = on_use(
    "babelscope.scores",
    {
        "Alignment": "lrds_sads",
        "CosineSums": "cosines",
        "Interval": "result",
        "Null": "result",
        "Permutations": "cosines",
        "Score": "result",
        "alignment": "lrds_sads",
        "alignment_from_map": "lrds_sads",
        "cosine_sums": "cosines",
        "holm": "significance",
        "jackknife_interval": "significance",
        "jackknife_p": "significance",
        "null_of_draws": "significance",
        "paired_difference": "significance",
    },
)
