"""Scores in, one to three sentences out: what a reader may believe, and what the numbers do not support."""

from typing import TYPE_CHECKING

from babelscope.scores import Score

if TYPE_CHECKING:
    from babelscope.scanning.scan import Scan

__all__ = ["verdict"]


def verdict(scan: "Scan") -> list[str]:
    """Sentences with numbers about meaning, languages and regions; each of them can say no."""
    return [_meaning(scan.sads), _languages(scan.lrds), _regions(scan)]


def _above(score: Score, limit: float) -> bool:
    return score.low is not None and score.low > limit


def _number(score: Score) -> str:
    return f"{score.value:.3g}" + ("" if score.low is None else f" [{score.low:.3g}, {score.high:.3g}]")


def _meaning(sads: Score) -> str:
    if sads.low is None:
        return f"Too few sentences to tell translations from unrelated ones (SADS {_number(sads)}, no interval)."
    if sads.null is None or not _above(sads, sads.null.high):
        return f"Translations are not clearly closer than unrelated sentences (SADS {_number(sads)})."
    start = f"Translations are closer than unrelated sentences (SADS {_number(sads)}"
    base, gain = sads.baseline, sads.gain
    if base is None or gain is None:
        return f"{start}; no untrained model was measured)."
    if gain.low is not None and gain.low > 0:
        return f"{start}; an untrained model {base.value:.3g}), and more so than before training."
    if gain.high is not None and gain.high < 0:
        return f"{start}), but less so than in an untrained model ({base.value:.3g}): training has reduced it."
    return f"{start}), but not clearly more than in an untrained model ({_number(base)})."


def _languages(lrds: Score) -> str:
    if lrds.low is None:
        return f"Too few sentences to tell whether languages lie apart (LRDS {_number(lrds)}, no interval)."
    if lrds.null is None or not _above(lrds, lrds.null.high):
        return f"Sentences are not clearly closer within than across languages (LRDS {_number(lrds)})."
    return f"Languages remain apart: sentences are closer within one than across languages (LRDS {_number(lrds)})."


def _regions(scan: "Scan") -> str:
    size = scan.sklr
    chance = f"{size.null_mean:,.0f} ± {size.null_sd:,.0f}"
    if scan.regions.rule.kind == "share":
        share = f"the top {100 * scan.regions.rule.value:.3g} % of the neurons per language"
        return f"Regions have a fixed size here ({share}), so their size says nothing about languages."
    # Against the null alone: the jackknife interval of a count above a threshold is several times too wide.
    if size.value > size.null_high:
        return f"Regions hold {size.value:,} neurons in all, more than chance gives ({chance})."
    return f"Regions hold {size.value:,} neurons in all, not clearly more than chance gives ({chance})."
