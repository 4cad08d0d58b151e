"""Activations whose truth is known, and the slow, obvious way to score them."""

import numpy as np
import torch

from babelscope.activations import Activations


def noise(languages: int, sentences: int, neurons: tuple[int, ...], seed: int = 0) -> Activations:
    generator = torch.Generator().manual_seed(seed)
    names = [f"l{a}" for a in range(languages)]
    return Activations(names, [torch.randn(languages, sentences, width, generator=generator) for width in neurons])


def planted(languages: int, sentences: int, per_language: int, meaning: int, rest: int, seed: int = 0) -> Activations:
    """Two layers: the first has `per_language` neurons that fire for one language each, the second shared meaning."""
    generator = torch.Generator().manual_seed(seed)
    first = 0.05 * torch.randn(languages, sentences, languages * per_language + rest, generator=generator)
    for a in range(languages):
        first[a, :, a * per_language : (a + 1) * per_language] += 2.0
    second = torch.randn(1, sentences, meaning, generator=generator).repeat(languages, 1, 1)
    second = second + 0.3 * torch.randn(languages, sentences, meaning, generator=generator)
    return Activations([f"l{a}" for a in range(languages)], [first, second])


def cosine_map(activations: Activations) -> np.ndarray:
    """Cosines of whole-model vectors by concatenation, (language, sentence, language, sentence)."""
    layers = [activations.block(layer) for layer in range(1, activations.n_layers + 1)]
    flat = torch.cat(layers, dim=-1).double().flatten(0, 1)
    unit = flat / flat.norm(dim=1, keepdim=True)
    return (
        (unit @ unit.T).numpy().reshape(len(activations.languages), activations.sentences, -1, activations.sentences)
    )


def pair_loop(cosines: np.ndarray) -> tuple[float, float]:
    """LRDS and SADS by looping over every pair of sentences."""
    languages, n = cosines.shape[:2]
    same, cross, trans = [], [], []
    for a in range(languages):
        for b in range(languages):
            for i in range(n):
                for j in range(n):
                    value = cosines[a, i, b, j]
                    if a == b and i != j:
                        same.append(value)
                    elif a != b and i == j:
                        trans.append(value)
                    elif a != b:
                        cross.append(value)
    return float(np.mean(same) - np.mean(cross)), float(np.mean(trans) - np.mean(cross))
