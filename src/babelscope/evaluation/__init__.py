"""Evaluation: what a model can do, as it is and with neurons deactivated."""

from babelscope.evaluation.choice import Evaluation, evaluate
from babelscope.evaluation.conditions import Condition, Intervention, plan_conditions
from babelscope.evaluation.continuation import Decoding
from babelscope.evaluation.generation import Generation, generate_under
from babelscope.evaluation.impact import Ablation, ablate
from babelscope.evaluation.named import named_conditions
from babelscope.evaluation.options import AblationOptions
from babelscope.evaluation.perplexity import Losses, perplexity
from babelscope.evaluation.setup import Forecast, Setup, forecast, set_up

__all__ = [
    "Ablation",
    "AblationOptions",
    "Condition",
    "Decoding",
    "Evaluation",
    "Forecast",
    "Generation",
    "Intervention",
    "Losses",
    "Setup",
    "ablate",
    "evaluate",
    "forecast",
    "generate_under",
    "named_conditions",
    "perplexity",
    "plan_conditions",
    "set_up",
]
