"""Evaluation: what a model can do, as it is and with neurons deactivated."""

from babelscope.evaluation.choice import Evaluation, evaluate
from babelscope.evaluation.conditions import Condition, Intervention, plan_conditions
from babelscope.evaluation.continuation import Decoding
from babelscope.evaluation.generation import Generation, generate_under
from babelscope.evaluation.impact import Ablation, ablate
from babelscope.evaluation.named import named_conditions
from babelscope.evaluation.options import AblationOptions
from babelscope.evaluation.perplexity import Losses, perplexity

__all__ = [
    "Ablation",
    "AblationOptions",
    "Condition",
    "Decoding",
    "Evaluation",
    "Generation",
    "Intervention",
    "Losses",
    "ablate",
    "evaluate",
    "generate_under",
    "named_conditions",
    "perplexity",
    "plan_conditions",
]
