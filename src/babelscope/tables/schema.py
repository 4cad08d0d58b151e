"""Every table of the project: its columns with units and allowed values."""

from babelscope.errors import BabelscopeError, unknown_choice
from babelscope.tables.columns import COMMON, Cell, Column, Table

__all__ = ["COMMON", "TABLES", "Cell", "Column", "Table", "schema_page", "table_named"]

TABLES: dict[str, Table] = {
    "scores": Table(
        "scores",
        "Alignment scores and region sizes of one scan: whole model, each layer, each language pair.",
        (
            *COMMON,
            Column(
                "metric",
                "text",
                "`lrds`, `sads` (differences of cosines, [-2, 2]), `region_size` or `sklr` (neurons)",
            ),
            Column("language", "text", "BCP-47 code; `all` where the number is about all languages"),
            Column("language_b", "text", "the other language of a pair (`sads` only); empty otherwise"),
            Column("value", "number", "the score"),
            Column("low", "number", "lower end of its 95 % jackknife interval over meanings; empty if n < 3"),
            Column("high", "number", "upper end"),
            Column(
                "null_mean",
                "number",
                "mean under the null: shuffled translations (`sads`), permuted labels (the others)",
            ),
            Column("null_low", "number", "2.5th percentile of the null"),
            Column("null_high", "number", "97.5th percentile of the null"),
            Column("baseline", "number", "the same score of the untrained model; empty if not measured"),
            Column("gain", "number", "value minus baseline"),
            Column(
                "gain_low", "number", "lower end of its 95 % interval, by the jackknife over the meanings both saw"
            ),
            Column("gain_high", "number", "upper end"),
            Column("n", "integer", "sentences per language"),
        ),
    ),
    "ablation": Table(
        "ablation",
        "Perplexity of every language with nothing, each region and each random control deactivated.",
        (
            *COMMON,
            Column("deactivated", "text", "language whose region (or whose region's control) is off; else `none`"),
            Column("kind", "text", "`none`, `region`, or `random`: a control with as many neurons in every layer"),
            Column("seed", "integer", "number of the control, from 0; drawn under the run's seed; else empty"),
            Column("language", "text", "BCP-47 code of the evaluated language"),
            Column("perplexity", "number", "exponential of the mean loss of a token, 1 or more"),
            Column("increase_pct", "number", "increase over the perplexity with nothing deactivated, percent"),
            Column("nats_per_byte", "number", "loss per UTF-8 byte of the scored text, nats"),
            Column("neurons", "integer", "number of deactivated neurons"),
            Column("share", "number", "fraction of the model's neurons that are deactivated, [0, 1]"),
            Column("dose", "number", "fraction of the region that is deactivated, its neurons ranked by z, (0, 1]"),
            Column("increase_low", "number", "lower end of its 95 % interval (paired bootstrap over segments)"),
            Column("increase_high", "number", "upper end"),
            Column("segments", "integer", "segments of text"),
            Column("tokens", "integer", "scored tokens"),
        ),
    ),
    "selectivity": Table(
        "selectivity",
        "How much more a region costs its own language than the others, beyond its random controls.",
        (
            *COMMON,
            Column("dose", "number", "fraction of each region that is deactivated, (0, 1]"),
            Column("language", "text", "BCP-47 code of the region; `all` for their mean"),
            Column("value", "number", "selectivity, nats per token; 0 by chance, higher is more selective"),
            Column("low", "number", "lower end of the 95 % interval over texts and over random sets"),
            Column("high", "number", "upper end"),
            Column("own", "number", "increase of the own language's mean loss, nats per token"),
            Column("others", "number", "mean increase of the other languages'"),
            Column("control", "number", "own minus others under the matched random controls"),
            Column("p", "number", "`all`: by relabelling regions; a language: rank among 99 or more controls"),
            Column("controls", "integer", "random controls per region"),
        ),
    ),
    "selections": Table(
        "selections",
        "Neurons that say most of an attribute, greedily selected; their metrics on words kept for the test.",
        (
            *COMMON,
            Column("language", "text", "BCP-47 code of the treebank"),
            Column("attribute", "text", "what the probe tells: `POS`, `Number`, `Gender`, ..."),
            Column("probe", "text", "its family: `poisson`, `half_mask`, `uniform_size`, `gaussian`, ..."),
            Column("seed", "integer", "of the probe's initialisation and of its 90 % of the training lemmas, from 0"),
            Column("rank", "integer", "place in the selection, from 1"),
            Column("neuron", "integer", "dimension of the probed vector, from 0"),
            Column(
                "test_nmi",
                "number",
                "information of the first `rank` neurons over the entropy of the labels; 1 at most, below 0 possible",
            ),
            Column("test_accuracy", "number", "fraction of test words told right by them, [0, 1]"),
        ),
    ),
    "information": Table(
        "information",
        "Information gained with each neuron of each selection, beside the same of shuffled labels.",
        (
            *COMMON,
            Column("language", "text", "BCP-47 code of the treebank"),
            Column("attribute", "text", "what the probe tells"),
            Column("probe", "text", "its family"),
            Column("seed", "integer", "of the probe, from 0"),
            Column("labels", "text", "`true`, or `shuffled`: the control, whose labels were permuted in every split"),
            Column("rank", "integer", "neurons used; empty for all of them"),
            Column("neuron", "integer", "the one added at this rank, from 0; empty for all of them"),
            Column("dev_score", "number", "what the selection maximises, on the dev words; empty for all neurons"),
            Column("runner_up", "number", "the same of the second best neuron; close to it, the choice is arbitrary"),
            Column("mi_bits", "number", "lower bound of the mutual information on the test words, bits"),
            Column("nmi", "number", "the same over their entropy; 1 at most, below 0 possible"),
            Column(
                "nmi_calibrated",
                "number",
                "after refitting a temperature and a bias per value on dev words; empty for controls",
            ),
            Column("accuracy", "number", "fraction of test words told right, [0, 1]"),
            Column("majority", "number", "accuracy of always guessing the commonest value, [0, 1]"),
            Column("entropy_bits", "number", "entropy of the test labels, bits"),
            Column("train", "integer", "training words"),
            Column("dev", "integer", "dev words, on which neurons were chosen"),
            Column("test", "integer", "test words"),
        ),
    ),
    "overlap": Table(
        "overlap",
        "Neurons that the selections of two languages share, for one attribute.",
        (
            *COMMON,
            Column("attribute", "text", "what the probes tell"),
            Column("language_a", "text", "BCP-47 code"),
            Column("language_b", "text", "BCP-47 code of the other language"),
            Column("k", "integer", "size of each selection: its first k neurons"),
            Column("overlap", "number", "shared neurons over k, mean over seeds, [0, 1]"),
            Column("expected", "number", "the same of random selections: k over the number of neurons"),
            Column("p", "number", "exact (hypergeometric) chance of sharing as many, the mean count rounded down"),
            Column("p_holm", "number", "corrected over the language pairs of one attribute, layer and k"),
            Column("significant", "text", "`true` if p_holm is at most .05, else `false`"),
            Column(
                "excess",
                "number",
                "overlap minus the mean overlap of different attributes of the same two languages; empty if none",
            ),
        ),
    ),
    "retrieval": Table(
        "retrieval",
        "How close translations are in one layer, beside unrelated sentences, and how often they find each other.",
        (
            *COMMON,
            Column("pooling", "text", "a sentence's vector: `mean` over its tokens, or its `last` one"),
            Column(
                "language", "text", "BCP-47 code of the language that is looked from; `all` for the mean of pairs"
            ),
            Column("language_b", "text", "the language that is looked in; `all` for the mean over the others"),
            Column("n", "integer", "sentences per language"),
            Column("cosine", "number", "mean cosine of translations, [-1, 1]"),
            Column("unrelated", "number", "mean cosine of sentences that are no translations, [-1, 1]"),
            Column("margin", "number", "cosine minus unrelated, [-2, 2]; 0 by chance, higher is closer"),
            Column("margin_low", "number", "lower end of its 95 % jackknife interval over sentences"),
            Column("margin_high", "number", "upper end"),
            Column("centred_cosine", "number", "as `cosine`, after each language's own mean vector is removed"),
            Column("centred_unrelated", "number", "as `unrelated`, centred"),
            Column("centred_margin", "number", "as `margin`, centred"),
            Column("centred_margin_low", "number", "lower end of its 95 % jackknife interval over sentences"),
            Column("centred_margin_high", "number", "upper end"),
            Column(
                "accuracy",
                "number",
                "share of sentences whose nearest neighbour in `language_b`, by centred cosine, is their translation",
            ),
            Column("accuracy_low", "number", "lower end of its 95 % interval over sentences"),
            Column("accuracy_high", "number", "upper end"),
            Column("accuracy_raw", "number", "the same by the cosine of vectors as they are"),
            Column("mutual", "number", "share of pairs closer than any wrong pair of either sentence, centred"),
            Column("chance", "number", "accuracy of guessing, 1 / n"),
        ),
    ),
    "transfer": Table(
        "transfer",
        "Zero-shot transfer: trained on the source language alone, tested on every language.",
        (
            *COMMON,
            Column("task", "text", "`pos`, `nli`, or the name of a table"),
            Column("language", "text", "BCP-47 code of the test's language"),
            Column(
                "metric", "text", "`accuracy` (of tokens or of examples) or `macro_f1` (mean over labels), [0, 1]"
            ),
            Column("score", "number", "of this seed, higher is better"),
            Column("seed", "integer", "of the head's initialisation and of the order of examples, from 0"),
            Column("source_score", "number", "the same of the source language, same seed"),
            Column(
                "method", "text", "`lora`, `full`, `qlora` (fine-tuned), or `linear` (frozen vectors of one layer)"
            ),
            Column("low", "number", "lower end of the score's 95 % bootstrap interval over test sentences"),
            Column("high", "number", "upper end"),
            Column("n", "integer", "labelled tokens or examples of the test"),
            Column("majority", "number", "score of always giving the commonest label of the training"),
        ),
    ),
    "correlation": Table(
        "correlation",
        "How an alignment measure goes with a score, over checkpoints or over checkpoints and languages.",
        (
            Column("model", "text", "name of the model whose checkpoints these are"),
            Column("unit", "text", "`checkpoint` (means over languages), or `checkpoint_language`"),
            Column("x", "text", "the alignment measure"),
            Column("y", "text", "the score"),
            Column(
                "method",
                "text",
                "`pearson`, `spearman`; with `_within` centred within language, `_between` of language means, "
                "`_partial:NAMES` given those covariates, `_leave_one_out`; `mixed`, `mixed_crossed`: slope of a "
                "mixed model with intercepts of languages, and of checkpoints too",
            ),
            Column("role", "text", "`headline`, `as published`, or `sensitivity`"),
            Column("r", "number", "the correlation, [-1, 1]; for `mixed` the slope between standardised variables"),
            Column("low", "number", "lower end of its 95 % interval; empty where there is none"),
            Column("high", "number", "upper end"),
            Column("p", "number", "two-sided, by permutation unless `test` says otherwise"),
            Column("p_holm", "number", "corrected over the headline family of one call; empty for the others"),
            Column("n", "integer", "points: checkpoints, or checkpoints times languages"),
            Column("excluded", "text", "checkpoints left out, joined by `+`; empty for none"),
            Column("interval", "text", "how the interval was found"),
            Column("test", "text", "how p was found"),
            Column("note", "text", "what to know of this row; empty for nothing"),
        ),
    ),
    "forecast": Table(
        "forecast",
        "Transfer of each language, predicted from the other languages by its alignment at one checkpoint.",
        (
            Column("model", "text", "name of the model"),
            Column("step", "text", "the checkpoint"),
            Column("language", "text", "BCP-47 code of the language left out"),
            Column("observed", "number", "its score"),
            Column("by_mean", "number", "prediction: mean of the other languages"),
            Column("by_baseline", "number", "prediction from pre-training share and script"),
            Column("by_alignment", "number", "prediction from the alignment measures"),
            Column("by_both", "number", "prediction from both"),
        ),
    ),
    "track": Table(
        "track",
        "What a series of checkpoints showed: each score of each point, and how its regions live on.",
        (
            *COMMON,
            Column(
                "metric",
                "text",
                "`lrds`, `sads` (differences of cosines, [-2, 2]); `region_size`, `region_excess` (beyond chance) "
                "and `sklr` (neurons); `loss` (nats per byte of held-out text), `perplexity`; `survival` (fraction "
                "of a region's neurons still in it at the next point), `jaccard` (of the two) and "
                "`jaccard_by_chance`; `selectivity` (nats per token) and `accuracy:TASK`, where measured; "
                "`nmi:ATTRIBUTE` (of the selection size spoken of), `overlap@K` and `excess@K` (mean over "
                "attributes), where probed; `retrieval:POOLING` (accuracy) and `centred_margin:POOLING`; "
                "`transfer:TASK:METHOD:METRIC` (`all`: mean over targets); `failed` where the point could not be",
            ),
            Column("language", "text", "BCP-47 code; `all` where the number is about all languages"),
            Column("value", "number", "the number"),
            Column("low", "number", "lower end of its 95 % interval; empty where there is none"),
            Column("high", "number", "upper end"),
            Column(
                "flag",
                "text",
                "what hygiene found, joined by `+`: `loss`, `nmi`, `duplicate`; `failed`; empty if nothing",
            ),
        ),
    ),
    "comparison": Table(
        "comparison",
        "Run B (the candidate; the first columns are about it) minus run A, on the same sentences.",
        (
            *COMMON,
            Column("model_a", "text", "model of run A"),
            Column("step_a", "text", "its step"),
            Column(
                "metric",
                "text",
                "`lrds`, `sads`, `gain_lrds`, `gain_sads` (over each model's own untrained twin; differences of "
                "cosines), `region_size` or `sklr` (neurons), `loss` (nats per byte of held-out text)",
            ),
            Column("language", "text", "BCP-47 code; `all` where the number is about all languages"),
            Column("language_b", "text", "the other language of a pair (`sads` only); empty otherwise"),
            Column("n", "integer", "sentences per language"),
            Column("value_a", "number", "the score of A"),
            Column("value_b", "number", "the score of B"),
            Column("difference", "number", "B minus A"),
            Column(
                "low",
                "number",
                "lower end of its 95 % interval: paired jackknife, but unpaired for `loss`; empty for sizes",
            ),
            Column("high", "number", "upper end"),
            Column("p", "number", "two-sided; of a paired t test on the jackknife, of a normal error for `loss`"),
            Column(
                "p_holm",
                "number",
                "corrected over the layers, the pairs or the languages' losses of one score; empty for one test",
            ),
            Column("outcome", "text", "B is `better`, `worse`, `not distinguishable`; or `no interval`"),
            Column("jaccard", "number", "`region_size`: neurons in A's and B's region over those in either, [0, 1]"),
            Column(
                "jaccard_low", "number", "2.5th percentile of it by chance: same sizes per layer, drawn at random"
            ),
            Column("jaccard_high", "number", "97.5th percentile"),
        ),
    ),
    "evaluation": Table(
        "evaluation",
        "Accuracy of multiple-choice tasks with nothing, each region and each random control deactivated.",
        (
            *COMMON,
            Column("task", "text", "name of the task in lm-eval"),
            Column("language", "text", "BCP-47 code of the task's text; empty where the task does not say"),
            Column("deactivated", "text", "language whose region (or whose region's control) is off; else `none`"),
            Column("kind", "text", "`none`, `region`, or `random`: a control with as many neurons in every layer"),
            Column("seed", "integer", "number of the control, from 0; drawn under the run's seed; else empty"),
            Column("accuracy", "number", "fraction of documents answered correctly, [0, 1]"),
            Column("stderr", "number", "its standard error, as lm-eval gives it"),
            Column("low", "number", "lower end of its 95 % Wilson interval over documents"),
            Column("high", "number", "upper end"),
            Column("chance", "number", "mean over documents of 1 / number of choices"),
            Column("alone", "number", "accuracy from the choices without the text before them"),
            Column("difference", "number", "accuracy minus that with nothing deactivated, same documents"),
            Column("difference_low", "number", "lower end of its 95 % paired interval"),
            Column("difference_high", "number", "upper end"),
            Column("n", "integer", "documents"),
        ),
    ),
}
"""Tables by name; the schema page of the documentation is made from them."""


def table_named(name: str) -> Table:
    """The schema of one kind of table.

    Raises:
        BabelscopeError: If there is no such kind.
    """
    if name not in TABLES:
        raise BabelscopeError(unknown_choice("table", name, TABLES))
    return TABLES[name]


def schema_page() -> str:
    """The documentation page of all tables, in Markdown."""
    lines = [
        "# Tables",
        "",
        "CSV, UTF-8, a header line, empty cells for what could not be computed. Every table starts with",
    ]
    across = " and ".join(f"`{table.name}`" for table in TABLES.values() if table.columns[:4] != COMMON)
    lines += [
        f"`{', '.join(column.name for column in COMMON)}`; only {across}, whose rows are about several checkpoints",
        "or languages at once, do not.",
        "",
    ]
    for table in TABLES.values():
        lines += [f"## {table.name}.csv", "", table.meaning, "", "| column | kind | meaning |", "|---|---|---|"]
        lines += [f"| `{column.name}` | {column.kind} | {column.meaning} |" for column in table.columns]
        lines.append("")
    return "\n".join(lines)
