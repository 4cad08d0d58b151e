"""What the words of a correlation and of a forecast mean."""

__all__ = ["OF_CORRELATION", "OF_FORECAST"]

OF_CORRELATION = (
    (
        "Over checkpoints",
        "One point per checkpoint: mean alignment against mean score over languages. Interval of Pearson's r by "
        "Fisher, tanh(artanh r ± 1.96 / √(n − 3)); p by permuting which score belongs to which checkpoint.",
    ),
    (
        "Over checkpoints × languages",
        "One point per checkpoint and target language. Points of one checkpoint, and points of one language, "
        "resemble each other, so that intervals redraw whole checkpoints and whole languages.",
    ),
    (
        "Within languages",
        "Each language's own mean over checkpoints is subtracted from its alignment and from its score: what is left "
        "is whether a language gains as its own alignment grows. p by permuting checkpoints, all languages of one "
        "together.",
    ),
    (
        "Between languages",
        "Each language's mean alignment against its mean score: whether better aligned languages transfer better.",
    ),
    (
        "Given",
        "Partial correlation: what alignment and score share beyond what both share with the covariates, r of the "
        "residuals of two least-squares fits. NMI: what the probes tell on test words; held-out loss: of the "
        "language model; training progress: the order of checkpoints.",
    ),
    (
        "Mixed model",
        "score = slope × alignment + covariates + an intercept of each language, all standardised; the intercepts "
        "are random. The slope says by how many standard deviations the score moves with one of alignment. What is "
        "odd about a checkpoint is odd in all its languages: only the model that has intercepts of checkpoints too "
        "allows for that; the interval of the other is too narrow wherever it happens.",
    ),
    (
        "Flagged",
        "A checkpoint that is broken (its probes tell nothing, or its loss is far from its neighbours') or a copy of "
        "another. Every correlation is computed with and without them; what is decided on beforehand is without.",
    ),
    (
        "As published",
        "The plain correlations of all checkpoints, broken ones included, as Wang et al. (Findings of ACL 2024, in "
        "short w24) report them, recomputed from their tables; only there with --preset w24.",
    ),
    (
        "Distinguishable from 0",
        "The 95 % interval excludes 0 and p, corrected where it is, is at most .05; with a few checkpoints the two "
        "need not agree.",
    ),
    (
        "Yes, no, cannot tell",
        "Yes: the 95 % interval of what was decided on beforehand lies above 0, and its corrected p is at most .05. "
        "No: the whole interval lies below .3, so that more than a weak association is ruled out. Anything else is "
        "cannot tell. Where less is better (LRDS, loss), signs are turned round.",
    ),
    (
        "Decided on beforehand",
        "Within languages, across checkpoints, flagged ones left out, given NMI and held-out loss where they are at "
        "hand. Corrected by Holm for the models and scores of one call; everything else is for comparison.",
    ),
)
OF_FORECAST = (
    (
        "Forecast",
        "A ridge regression fitted on all target languages but one predicts that one, in turn; its penalty is chosen "
        "among the languages it is fitted on. Of the language itself nothing but the features is used.",
    ),
    (
        "Share and script",
        "Log of the language's share of the pre-training text, and whether it has the source's script.",
    ),
    ("Alignment", "The alignment measures of one checkpoint, which need no labels."),
    (
        "Error",
        "Mean absolute error over languages; R² is 1 minus the squared error over that of predicting the mean of the "
        "other languages: 0 or below where the forecast is no better than that.",
    ),
    (
        "What alignment adds",
        "Error of share and script (of the mean, where these are not known) minus error with alignment, language by "
        "language: interval of a paired t over languages; p, one-sided, by permuting which alignment belongs to "
        "which language. Yes: the interval lies above 0 and p is below .05. No: the error does not fall at all. "
        "Anything else is cannot tell.",
    ),
)
