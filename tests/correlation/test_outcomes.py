"""Each table of scores in, scores out: seeds averaged, as they are or against the source language."""

import pytest

from babelscope.correlation import CorrelationOptions
from babelscope.correlation.outcomes import outcomes_of
from babelscope.correlation.reading import read_sheet
from babelscope.errors import BabelscopeError
from correlation.planted_tables import overlap_row, plain_rows, transfer_row, written

PLACE = ("tiny", "1")


def outcomes(tmp_path, rows, **options):
    return outcomes_of([read_sheet(written(tmp_path / "table.csv", rows))], CorrelationOptions(**options))


def rows():
    found = [transfer_row("1", "ar", score, seed) for seed, score in enumerate((0.4, 0.5, 0.6))]
    found += [transfer_row("1", "ar", 0.9, method="linear", layer=layer) for layer in (0, 3)]
    found += [transfer_row("1", "ar", 0.1, metric="macro_f1"), transfer_row("1", "ar", 0.2, task="nli")]
    return found


def test_seeds_are_averaged_and_tasks_kept_apart(tmp_path):
    found = {one.name: one for one in outcomes(tmp_path, rows())}
    assert list(found) == ["POS accuracy", "NLI accuracy"]
    assert found["POS accuracy"].by_language[PLACE] == {"ar": pytest.approx(0.5)}
    assert "by lora, mean of 3 seeds" in found["POS accuracy"].meaning


def test_a_metric_a_method_and_a_task_can_be_chosen(tmp_path):
    (one,) = outcomes(tmp_path, rows(), task="pos", metric="macro_f1")
    assert one.by_language[PLACE] == {"ar": 0.1}
    (one,) = outcomes(tmp_path, rows(), task="pos", method="linear")
    assert one.by_language[PLACE] == {"ar": 0.9} and "layer 3" in one.meaning
    both = outcomes(tmp_path, rows(), task="pos", metric="accuracy,macro_f1")
    assert [one.name for one in both] == ["POS accuracy", "POS macro f1"]


@pytest.mark.parametrize(
    "options, message",
    [
        ({"task": "ner"}, "unknown task 'ner'; choose from: nli, pos"),
        ({"metric": "f1", "task": "pos"}, "unknown metric 'f1'; choose from: accuracy, macro_f1"),
        ({"method": "full", "task": "pos"}, "unknown method 'full'; choose from: linear, lora"),
    ],
)
def test_what_is_not_there_is_named(tmp_path, options, message):
    with pytest.raises(BabelscopeError, match=message):
        outcomes(tmp_path, rows(), **options)


def test_gap_and_ratio_are_taken_seed_by_seed(tmp_path):
    pairs = [(0.4, 0.8), (0.6, 0.6)]
    listed = [transfer_row("1", "ar", score, seed, source_score=base) for seed, (score, base) in enumerate(pairs)]
    (gap,) = outcomes(tmp_path, listed, score="gap")
    (ratio,) = outcomes(tmp_path, listed, score="ratio")
    assert gap.by_language[PLACE]["ar"] == pytest.approx(-0.2) and gap.name == "POS accuracy, gap to en"
    assert ratio.by_language[PLACE]["ar"] == pytest.approx(0.75)


def test_any_table_has_gaps_too_where_it_has_the_source(tmp_path):
    table = plain_rows({("1", "en"): 0.8, ("1", "ar"): 0.5}, "f1")
    (found,) = outcomes(tmp_path, table, score="gap")
    assert found.by_language[PLACE] == pytest.approx({"en": 0, "ar": -0.3})
    with pytest.raises(BabelscopeError, match="has no score of en at tiny step 1"):
        outcomes(tmp_path, table[1:], score="gap")


def test_tasks_of_evaluation_that_differ_in_their_language_are_one(tmp_path):
    row = {"model": "tiny", "step": "1", "layer": "all", "deactivated": "none"}
    listed = [
        {**row, "task": f"xcopa_{code}", "language": code, "accuracy": v} for code, v in (("ar", 0.5), ("vi", 0.6))
    ]
    listed.append({**listed[0], "deactivated": "ar", "accuracy": 0.0})
    (found,) = outcomes(tmp_path, listed)
    assert found.name == "xcopa accuracy" and found.by_language[PLACE] == {"ar": 0.5, "vi": 0.6}


def test_a_table_of_alignment_is_no_score(tmp_path):
    with pytest.raises(BabelscopeError, match="holds no score of a task"):
        outcomes(tmp_path, [overlap_row("1", "ar", "en", 0.2)])
    row = {"model": "tiny", "step": "1", "metric": "loss", "language": "ar", "value": 1, "flag": ""}
    with pytest.raises(BabelscopeError, match=r"name one with --metric \(loss\)"):
        outcomes(tmp_path, [row])
    with pytest.raises(BabelscopeError, match="does not tell methods apart; leave out --method lora"):
        outcomes(tmp_path, plain_rows({("1", "ar"): 0.5}, "f1"), method="lora")
