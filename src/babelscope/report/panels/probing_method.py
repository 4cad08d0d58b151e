"""What the words of a probing and of an overlap mean, and the treebanks they were read from."""

from collections.abc import Mapping
from typing import Any

from babelscope.report.naming import language_name
from babelscope.report.numbers import DASH, count
from babelscope.report.table import Table

__all__ = ["OF_OVERLAP", "OF_PROBING", "treebanks_table"]

OF_PROBING = (
    (
        "Attribute",
        "A property that words of a language are marked for, with at least two values: part of speech, number, "
        "gender. Values come from the treebank, as UniMorph names them.",
    ),
    (
        "Probe",
        "A classifier of an attribute's values from a word's vector, trained so that it also works on few neurons. "
        "Training, choosing and testing use different lemmas.",
    ),
    (
        "Selection",
        "Neurons in the order a greedy search takes them: each is the one that, added to those before it, tells most "
        "about the dev words. What a selection tells is read on test words.",
    ),
    (
        "NMI",
        "Entropy of the values minus the probe's loss on them, divided by the entropy: 1 where all is told, 0 where "
        "nothing is, below 0 where the probe is sure and wrong. A lower bound of what the neurons hold. Calibrated: "
        "after a temperature and a bias fitted on dev words.",
    ),
    (
        "Shuffled labels",
        "The same probe and search on labels that were permuted within each split: what there is to gain by chance "
        "and by searching.",
    ),
    ("Seed", "Of a probe: its initial weights and the nine tenths of the training lemmas it sees."),
)
OF_OVERLAP = (
    (
        "Overlap",
        "Of the k neurons that tell an attribute best in one language, the share that is among the k of another, "
        "seed by seed and then averaged. By chance k of all neurons of the layer.",
    ),
    (
        "Significant",
        "p is the exact chance of so large an overlap of two random selections, corrected by Holm for all pairs of "
        "the attribute; marked where it is at most .05.",
    ),
    (
        "Excess",
        "Overlap minus the mean overlap of different attributes between the same two languages. Some neurons are "
        "selected for whatever is asked, so this is the stricter number. Bold in the maps: sharing so much would be "
        "rare (p at most .05, corrected likewise) among as few neurons as different attributes seem to choose from.",
    ),
    (
        "Ceiling",
        "Overlap of the selections of one language and attribute by probes of different seeds: more cannot be "
        "expected of two languages.",
    ),
    ("Intervals of overlap", "95 %, redrawing languages, because one selection is part of many pairs."),
)


def treebanks_table(content: Mapping[str, Any]) -> Table | None:
    """A row per treebank with its size, source and licence; None if none is named.

    Args:
        content: Of probing.json.
    """
    rows = [
        [
            {"text": language_name(dict(content), code)},
            {"text": found.get("name") or DASH},
            count(found.get("sentences")),
            count(found.get("words")),
            {"text": found.get("source") or DASH},
            {"text": found.get("licence") or DASH},
            {"text": found.get("hash") or DASH},
        ]
        for code, found in (content.get("treebanks") or {}).items()
    ]
    columns = ("Language", "treebank", "sentences", "words", "from", "licence", "hash")
    return Table("Treebanks", columns, rows, folded=True) if rows else None
