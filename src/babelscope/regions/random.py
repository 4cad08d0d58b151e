"""A set of neurons in, a random set with as many neurons in every layer out: the control of every deactivation."""

import numpy as np

from babelscope.regions.mask import NeuronMask

__all__ = ["matched_random"]


def matched_random(mask: NeuronMask, *seed: int | str) -> NeuronMask:
    """Neurons drawn at random, as many in each layer as `mask` has there.

    Drawn from all neurons of the layer, those of `mask` included: under the hypothesis that `mask` is nothing but a
    random set, it and its controls are then exchangeable, which is what a rank among them rests on.

    Args:
        mask: What to match.
        *seed: What the draw depends on, such as a seed, the number of the draw and a language.
    """
    entropy = [byte for part in seed for byte in (part.encode() if isinstance(part, str) else [part])]
    generator = np.random.default_rng(entropy or [0])
    layers = []
    for width, count in zip(mask.neurons, mask.by_layer, strict=True):
        chosen = np.zeros(width, dtype=bool)
        chosen[generator.choice(width, count, replace=False)] = True
        layers.append(chosen)
    return NeuronMask(tuple(layers))
