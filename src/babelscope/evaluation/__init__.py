"""Evaluation: what a model can do, as it is and with neurons deactivated."""

from babelscope.evaluation.conditions import Condition, Intervention, plan_conditions
from babelscope.evaluation.impact import Ablation, ablate
from babelscope.evaluation.options import AblationOptions
from babelscope.evaluation.perplexity import Losses, perplexity

__all__ = [
    "Ablation",
    "AblationOptions",
    "Condition",
    "Intervention",
    "Losses",
    "ablate",
    "perplexity",
    "plan_conditions",
]
