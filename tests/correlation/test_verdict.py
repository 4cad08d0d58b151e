"""Records in, sentences out: each answer is given where it should be, and can say no."""

import pytest

from babelscope.correlation.verdict import answer_of, overall_answer, verdict


def row(r=0.5, low=0.2, high=0.8, p=0.01, **other):
    return {
        "role": "headline", "unit": "checkpoint_language", "model": "tiny", "x": "overlap", "y": "POS accuracy",
        "method": "pearson_partial:nmi+loss", "exclusion": "flagged", "r": r, "low": low, "high": high, "p": p,
        "p_holm": p, "n": 30, "checkpoints": 5, "languages": 6, "excluded": [], "note": "", **other,
    }  # fmt: skip


@pytest.mark.parametrize(
    "given, answer",
    [
        (row(), "yes"),
        (row(p=0.2), "cannot tell"),
        (row(low=-0.1), "cannot tell"),
        (row(0.1, -0.1, 0.25, 0.4), "no"),
        (row(-0.5, -0.8, -0.2), "no"),
        (row(-0.5, -0.8, -0.2, x="LRDS"), "yes"),
        (row(-0.5, -0.8, -0.2, y="loss"), "yes"),
        (row(x="LRDS"), "no"),
        (row(x="LRDS", y="loss"), "yes"),
        (row(None, None, None, None), "cannot tell"),
        (row(low=None, high=None), "cannot tell"),
    ],
)
def test_answers(given, answer):
    assert answer_of(given) == answer


def test_a_corrected_p_decides():
    assert answer_of(row(p=0.01, p_holm=0.2)) == "cannot tell"


def test_answers_that_differ_are_no_answer():
    rows = [row(), row(0.0, -0.2, 0.2, 0.9, y="NLI accuracy")]
    assert overall_answer(rows) == "cannot tell"
    assert verdict(rows, "overlap")[0].startswith("Not in general")


def test_the_first_sentence_answers_and_says_what_is_held_constant():
    first, second = verdict([row()], "overlap with en")
    assert first.startswith(
        "Yes: within languages, across checkpoints, given what probes know (NMI) and held-out loss"
    )
    assert (
        "r = 0.50 [0.20, 0.80], p = .010, 5 checkpoints × 6 languages" in first.replace("\u00a0", " ")
        and "POS accuracy of tiny" in second
    )


def test_plainer_correlations_stand_beside_it():
    rows = [row(), row(0.9, method="pearson", unit="checkpoint", role="sensitivity", exclusion="none")]
    rows.append(row(0.6, method="pearson", unit="checkpoint", role="sensitivity", excluded=["400"]))
    assert "averages per checkpoint 0.90, but 0.60 without step 400" in verdict(rows, "overlap")[1]


def test_nothing_to_say():
    assert verdict([], "overlap")[0].startswith("Nothing can be said")


def test_a_no_says_what_it_rests_on():
    assert "an association above 0.3 is ruled out" in verdict([row(0.1, -0.1, 0.25, 0.4)], "overlap")[0]
    assert "what is better aligned scores worse" in verdict([row(-0.5, -0.8, -0.2)], "overlap")[0]
