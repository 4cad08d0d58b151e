"""Interventions: a set of neurons switched off, averaged, scaled or disturbed in every forward pass of a block."""

from babelscope.interventions.ablate import MODES, Mode, deactivate
from babelscope.interventions.statistics import NeuronStatistics, neuron_statistics

__all__ = ["MODES", "Mode", "NeuronStatistics", "deactivate", "neuron_statistics"]
