"""Sums of cosines in, LRDS and SADS out: for all languages and for each pair, with intervals and nulls."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from babelscope.scores.cosines import CosineSums, Permutations, sums_of_map
from babelscope.scores.result import Score
from babelscope.scores.significance import jackknife_interval, null_of_draws

__all__ = ["Alignment", "alignment", "alignment_from_map", "pair_means"]

INDICES = 2**22
"""Cosines looked up at a time for the SADS null."""


@dataclass(frozen=True)
class Alignment:
    """Alignment scores of one layer, or of the whole model."""

    layer: int | None
    """From 1; None for the whole model."""
    lrds: Score
    """Same-language minus cross-language similarity, [-2, 2]; lower is more language-agnostic. Null: 0."""
    sads: Score
    """Translations minus unrelated cross-language sentences, [-2, 2]; higher is more aligned. Null: 0."""
    pairs: dict[tuple[int, int], Score]
    """SADS of each pair of languages a < b, by their indices."""
    means: Float[np.ndarray, "kind language language"]
    """Mean cosine of different meanings (0) and of translations (1), for each ordered pair of languages."""


def pair_means(
    total: Float[np.ndarray, "... language language"], diagonal: Float[np.ndarray, "... language language"], n: int
) -> tuple[Float[np.ndarray, "... language language"], Float[np.ndarray, "... language language"]]:
    """Mean cosine of pairs with different meanings, and of translations, for each pair of languages.

    Args:
        total: Sum over all i, j of the cosine of (a, i) with (b, j).
        diagonal: The part of it with i = j.
        n: Meanings summed over, at least 2.
    """
    return (total - diagonal) / (n * (n - 1)), diagonal / n


def _lrds_sads(
    off: Float[np.ndarray, "... language language"], trans: Float[np.ndarray, "... language language"]
) -> tuple[Float[np.ndarray, "..."], Float[np.ndarray, "..."]]:
    """LRDS and SADS [Z25 eq. 8-9] from the means of every language pair; leading axes are kept."""
    languages = off.shape[-1]
    within = np.eye(languages, dtype=bool)
    same = off[..., within].mean(-1)
    cross = off[..., ~within].mean(-1)
    return np.asarray(same - cross), np.asarray(trans[..., ~within].mean(-1) - cross)


def alignment(sums: CosineSums, permutations: Permutations) -> Alignment:
    """LRDS, SADS and SADS per language pair, with jackknife intervals and both nulls [METHODS 2].

    Linear in the number of sentences: leaving meaning i out subtracts its own row of each sum.
    """
    by_meaning = sums.to_total.transpose(1, 0, 2)
    n, languages, _ = by_meaning.shape
    total, diagonal = by_meaning.sum(0), sums.translations.sum(0)
    off, trans = pair_means(total, diagonal, n)
    lrds, sads = _lrds_sads(off, trans)
    if n >= 3:
        left_total = total - by_meaning - by_meaning.transpose(0, 2, 1) + sums.translations
        left_off, left_trans = pair_means(left_total, diagonal - sums.translations, n - 1)
    else:
        left_off = left_trans = np.full((n, languages, languages), np.nan)
    left_lrds, left_sads = _lrds_sads(left_off, left_trans)
    shuffled = _shuffled_translations(sums.blocks, permutations)
    outside = ~np.eye(languages, dtype=bool)
    sads_null = shuffled[:, outside].mean(1)
    lrds_null = _relabelled_lrds(sums.label_norms, total, diagonal, n)
    pairs = {}
    for a in range(languages):
        for b in range(a + 1, languages):
            pairs[a, b] = _score(trans[a, b] - off[a, b], left_trans[:, a, b] - left_off[:, a, b], shuffled[:, a, b])
    return Alignment(
        sums.layer,
        _score(lrds, left_lrds, lrds_null),
        _score(sads, left_sads, sads_null),
        pairs,
        np.stack([off, trans]),
    )


def _score(
    value: Float[np.ndarray, ""] | float, left_out: Float[np.ndarray, " meaning"], null: Float[np.ndarray, " draw"]
) -> Score:
    interval = jackknife_interval(float(value), left_out)
    return Score(float(value), *interval, len(left_out), null_of_draws(null), replicates=left_out)


def _shuffled_translations(
    blocks: list[Float[Tensor, "language _ language _"]], permutations: Permutations
) -> Float[np.ndarray, "draw language language"]:
    """SADS of every pair of languages with translations shuffled within each language.

    Several blocks are shuffled apart and averaged by size; each one's own unrelated pairs are what it is
    compared with, so that the null has mean 0 exactly, as it has for one block of all meanings. A block of b meanings
    draws with variance s^2 / (b - 1) where s^2 is that of a single cosine, so that the average over blocks is wider
    than one shuffle of all n by b / (b - 1) : n / (n - 1); the draws are scaled back by its root.
    """
    generator = np.random.default_rng([permutations.seed, 2])
    languages = blocks[0].shape[0]
    first, second = np.triu_indices(languages, 1)
    result = np.zeros((permutations.draws, languages, languages))
    for block in blocks:
        size = block.shape[1]
        order = np.tile(np.arange(size), (permutations.draws, languages, 1))
        place = torch.from_numpy(generator.permuted(order, axis=2) + size * np.arange(languages)[:, None])
        cosines = block.reshape(-1)
        # Draws by the handful: all pairs of many languages at once would be gigabytes of indices.
        step = max(1, INDICES // (len(first) * size))
        parts = []
        for start in range(0, permutations.draws, step):
            drawn = place[start : start + step]
            index = drawn[:, first] * (languages * size) + drawn[:, second]
            parts.append(cosines[index.reshape(-1)].view(index.shape).double().mean(-1))
        trans = torch.cat(parts).numpy()
        total = block.double().sum((1, 3)).numpy()[first, second]
        shuffled = trans - (total - size * trans) / (size * (size - 1))
        result[:, first, second] += shuffled * size
    n = sum(block.shape[1] for block in blocks)
    size = n / len(blocks)
    result *= np.sqrt((size - 1) / size * n / (n - 1)) / n
    return result + result.transpose(0, 2, 1)


def _relabelled_lrds(label_norms: np.ndarray, total: np.ndarray, diagonal: np.ndarray, n: int) -> np.ndarray:
    """LRDS with language labels permuted within each meaning, per draw.

    Relabelling keeps the sum over all pairs and the sum over translations; only what counts as one language changes.
    """
    languages = len(total)
    same = (label_norms - np.trace(diagonal)) / (languages * n * (n - 1))
    across_meanings = total.sum() - diagonal.sum()
    cross = (across_meanings - (label_norms - np.trace(diagonal))) / (languages * (languages - 1) * n * (n - 1))
    return same - cross


def alignment_from_map(
    cosines: Float[Tensor, "language meaning language meaning"], draws: int = 200, seed: int = 0
) -> Alignment:
    """The scores of a ready-made map of cosines, such as somebody else's."""
    languages, sentences = cosines.shape[:2]
    permutations = Permutations.draw(languages, sentences, keep_map=True, draws=draws, seed=seed)
    flat = cosines.double().reshape(languages * sentences, languages * sentences)
    return alignment(sums_of_map(flat, permutations), permutations)
