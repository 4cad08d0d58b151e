"""Definitions in a few words, and everything that the numbers depend on."""

from typing import Any

from babelscope.report.figures.region_size import rule_words
from babelscope.report.numbers import count, significant
from babelscope.report.panels.panel import Facts, Material

__all__ = ["definitions", "facts"]


_OF_ABLATION = (
    (
        "Deactivation",
        "A region's neurons are changed (set to 0 unless said otherwise) in every forward pass. Its controls are "
        "random neurons, as many in every layer.",
    ),
    (
        "Selectivity",
        "What deactivating a region adds to its own language's mean loss, minus what it adds to the other languages' "
        "on average, minus the same under its controls, in nats per token; 0 by chance. The interval covers the text "
        "and which neurons a control drew, so that random neurons cover 0 in 95 of 100 cases. Its p is that of "
        "regions given to languages at random.",
    ),
)


def facts(material: Material) -> Facts:
    """Definitions, then tables of the measured object, the signature, times and versions."""
    summary = material.summary
    seconds = {name: f"{significant(value)} s" for name, value in (summary.get("timings") or {}).items()}
    tables = [
        ("Measured", _measured(summary)),
        ("Signature", dict((summary.get("signature") or {}).get("fields") or {})),
        ("Time", seconds),
        ("Versions", dict(summary.get("versions") or {})),
    ]
    return {
        "figures": [],
        "definitions": [*definitions(summary), *(_OF_ABLATION if material.ablation is not None else ())],
        "tables": [(name, list(rows.items())) for name, rows in tables if rows],
    }


def _measured(summary: dict[str, Any]) -> dict[str, str]:
    corpus = summary.get("corpus") or {}
    widths = sorted(set(summary.get("neurons_per_layer") or []))
    per_layer = count(widths[0]) if len(widths) == 1 else "–".join(count(w) for w in (widths[:1] + widths[-1:]))
    each = f" ({per_layer} in each of {count(summary['layers'])} layers)" if widths else ""
    revision = f", revision {corpus['revision']}" if corpus.get("revision") else ""
    dropped = corpus.get("dropped")
    rows = {
        "model": summary.get("model"),
        "step": summary.get("step"),
        "site": summary.get("site"),
        "neurons": f"{count(summary['neurons'])}{each}",
        "corpus": f"{corpus.get('name', '')}{revision}",
        "corpus from": corpus.get("source"),
        "corpus hash": corpus.get("hash"),
        "corpus licence": corpus.get("licence"),
        "sentences": f"{count(summary['sentences'])} per language"
        + (f", {count(dropped)} dropped" if dropped else ""),
        "languages": ", ".join(summary["languages"]),
    }
    return {name: str(value) for name, value in rows.items() if value not in (None, "")}


def definitions(summary: dict[str, Any]) -> list[tuple[str, str]]:
    """Terms of a scan with what they mean.

    Args:
        summary: Of a scan; only its languages and its rule for regions are used.
    """
    rule = summary.get("region_rule") or {}
    largest = (
        f" The largest z that {len(summary['languages'])} languages allow is {significant(rule['largest_z'])}."
        if rule.get("largest_z")
        else ""
    )
    return [
        ("Neuron", "One coordinate of the input of an MLP's output projection, in one layer."),
        (
            "Sentence vector",
            "Mean over the sentence's own tokens, layer by layer, the layers side by side. A cosine compares two.",
        ),
        (
            "LRDS",
            "Mean cosine of sentences of one language minus that of different languages, meanings always different. "
            "In [−2, 2]; lower is more language-agnostic.",
        ),
        (
            "SADS",
            "Mean cosine of translations minus that of sentences of different language and meaning. In [−2, 2]; "
            "higher is more aligned by meaning.",
        ),
        (
            "Region",
            "Neurons that contribute far more to the similarity within one language than within the others: "
            f"{rule_words(rule)}.{largest} SKLR is the sum of all regions' sizes.",
        ),
        (
            "Intervals",
            "95 %, from a jackknife that leaves out one meaning in every language at a time. They cover the choice "
            "of sentences, not the choice of languages or of the training run.",
        ),
        (
            "Nulls",
            "SADS: translations shuffled within each language. LRDS and regions: language labels permuted within "
            "each meaning.",
        ),
        (
            "Untrained model",
            "The same architecture and tokenizer with new random weights. Names, digits, shared tokens and length "
            "alone can align translations; what training adds is the difference, whose interval leaves each meaning "
            "out of both models at once.",
        ),
    ]
