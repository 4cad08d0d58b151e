"""Each table of alignment in, its measure out: overall and by language, by hand."""

import pytest

from babelscope.correlation import CorrelationOptions
from babelscope.correlation.measures import kinds_for, measure_of
from babelscope.correlation.reading import read_sheet
from babelscope.errors import BabelscopeError
from correlation.planted_tables import overlap_row, plain_rows, written

PLACE = ("tiny", "1")


def measure(tmp_path, rows, unseen=(), **options):
    sheet = read_sheet(written(tmp_path / "table.csv", rows))
    return measure_of([sheet], CorrelationOptions(**options), unseen)


def scores_row(metric, a, b, value, layer="all"):
    return {
        "model": "tiny", "step": "1", "site": "mlp", "layer": layer, "metric": metric, "language": a, "language_b": b,
        "value": value, "null_mean": 0,
    }  # fmt: skip


def retrieval_row(a, b, value, layer=1, pooling="mean"):
    return {
        "model": "tiny", "step": "1", "site": "hidden", "layer": layer, "pooling": pooling, "language": a,
        "language_b": b, "margin": value, "centred_margin": 2 * value, "accuracy": 3 * value,
    }  # fmt: skip


def test_overlap_is_a_mean_of_attributes_overall_and_pos_with_the_source_by_language(tmp_path):
    rows = [
        overlap_row("1", "ar", "en", 0.4), overlap_row("1", "en", "fr", 0.2), overlap_row("1", "ar", "fr", 0.3),
        overlap_row("1", "ar", "en", 0.9, "Gender"), overlap_row("1", "ar", "en", 0.7, k=50),
    ]  # fmt: skip
    found = measure(tmp_path, rows)
    assert found.name == "overlap@10" and found.chance == {"tiny": pytest.approx(0.05)}
    assert found.overall[PLACE] == pytest.approx((0.3 + 0.9) / 2)
    assert found.by_language[PLACE] == {"ar": 0.4, "fr": 0.2}
    everyone = measure(tmp_path, rows, partners="all").by_language[PLACE]
    assert everyone == pytest.approx({"ar": 0.35, "en": 0.3, "fr": 0.25})
    assert measure(tmp_path, rows, measure="excess").overall[PLACE] == pytest.approx(0.5)
    assert measure(tmp_path, rows, k=50).by_language[PLACE] == {"ar": 0.7}


def test_pairs_without_the_source_language_are_refused_unless_all_count(tmp_path):
    rows = [overlap_row("1", "ar", "fr", 0.3, expected=""), overlap_row("1", "ar", "es", 0.1, expected="")]
    with pytest.raises(BabelscopeError, match="no pair with the source language en; it has ar, es, fr"):
        measure(tmp_path, rows)
    found = measure(tmp_path, rows, partners="all")
    assert found.by_language[PLACE]["ar"] == pytest.approx(0.2) and found.chance == {}
    with pytest.raises(BabelscopeError, match="k is 'ten', expected a whole number"):
        measure(tmp_path, [{**overlap_row("1", "ar", "en", 0.3), "k": "ten"}])


def test_layers_are_averaged_or_chosen(tmp_path):
    rows = [overlap_row("1", "ar", "en", 0.1 * layer, layer=layer) for layer in (1, 2, 3)]
    assert measure(tmp_path, rows).by_language[PLACE]["ar"] == pytest.approx(0.2)
    assert measure(tmp_path, rows, layers=(3,)).by_language[PLACE]["ar"] == pytest.approx(0.3)
    with pytest.raises(BabelscopeError, match="has no layer 7; it has 1, 2, 3"):
        measure(tmp_path, rows, layers=(7,))


def test_unseen_languages_and_pairs_that_some_checkpoints_lack_are_in_no_mean(tmp_path):
    rows = [overlap_row("1", "ar", "en", 0.2), overlap_row("1", "de", "en", 0.9), overlap_row("1", "en", "fr", 0.5)]
    rows += [overlap_row("2", "ar", "en", 0.3), overlap_row("2", "de", "en", 0.9)]
    found = measure(tmp_path, rows, unseen=("de",))
    assert found.overall == pytest.approx({("tiny", "1"): 0.2, ("tiny", "2"): 0.3})
    assert found.by_language["tiny", "2"] == {"ar": 0.3, "de": 0.9}


def test_sads_with_the_source_in_either_order_and_lrds_for_all(tmp_path):
    rows = [scores_row("sads", "all", "", 0.05), scores_row("sads", "ar", "en", 0.1)]
    rows += [
        scores_row("sads", "en", "fr", 0.3),
        scores_row("sads", "ar", "fr", 0.2),
        scores_row("lrds", "all", "", 1),
    ]
    found = measure(tmp_path, rows)
    assert (found.name, found.overall[PLACE], found.by_language[PLACE]) == ("SADS", 0.05, {"ar": 0.1, "fr": 0.3})
    found = measure(tmp_path, rows, measure="lrds")
    assert found.overall[PLACE] == 1 and not found.by_language


def test_retrieval_takes_both_directions_of_a_pair_and_leaves_out_the_embeddings(tmp_path):
    rows = [retrieval_row("all", "all", 0.5), retrieval_row("ar", "en", 0.1), retrieval_row("en", "ar", 0.3)]
    rows += [retrieval_row("en", "ar", 9, layer=0), retrieval_row("en", "all", 9)]
    rows += [retrieval_row("ar", "en", 5, pooling="last")]
    found = measure(tmp_path, rows, measure="accuracy")
    assert found.by_language[PLACE] == pytest.approx({"ar": 0.6}) and found.overall[PLACE] == 1.5
    assert measure(tmp_path, rows).name == "centred margin"
    assert measure(tmp_path, rows, measure="margin", pooling="last").by_language[PLACE] == {"ar": 5}
    with pytest.raises(BabelscopeError, match="unknown pooling 'max'; .*choose from: last, mean"):
        measure(tmp_path, rows, pooling="max")


def test_a_metric_of_track(tmp_path):
    row = {"model": "tiny", "step": "1", "site": "mlp", "layer": "all", "metric": "loss", "flag": ""}
    rows = [{**row, "language": code, "value": value} for code, value in (("all", 2.0), ("ar", 3.0), ("fr", 1.5))]
    found = measure(tmp_path, rows, measure="loss")
    assert found.overall[PLACE] == 2 and found.by_language[PLACE] == {"ar": 3, "fr": 1.5}
    with pytest.raises(BabelscopeError, match="unknown metric 'sads'; choose from: loss"):
        measure(tmp_path, rows)


def test_any_table_with_one_column_of_values(tmp_path):
    rows = [
        {**row, "layer": layer}
        for row in plain_rows({("1", "eng"): 0.2, ("1", "code"): 0.6}, "cosine")
        for layer in (0, 2)
    ]
    found = measure(tmp_path, rows)
    assert found.by_language[PLACE] == {"en": 0.2, "code": 0.6} and found.overall[PLACE] == pytest.approx(0.4)
    assert found.languages == ("en", "code")
    two = [{**row, "other": 1} for row in rows]
    with pytest.raises(BabelscopeError, match="say which one holds the values with --measure"):
        measure(tmp_path, two)
    assert measure(tmp_path, two, measure="other").overall[PLACE] == 1
    with pytest.raises(BabelscopeError, match="unknown column 'cosines'; did you mean 'cosine'"):
        measure(tmp_path, two, measure="cosines")


def test_cells_that_are_no_numbers_are_named(tmp_path):
    with pytest.raises(BabelscopeError, match="table.csv, row 2: cosine is 'high', expected a number"):
        measure(tmp_path, plain_rows({("1", "ar"): 0.2, ("1", "fr"): "high"}, "cosine"))


def test_a_table_of_scores_is_no_alignment(tmp_path):
    from correlation.planted_tables import transfer_row

    with pytest.raises(BabelscopeError, match="expected an alignment measure"):
        measure(tmp_path, [transfer_row("1", "ar", 0.5)])


@pytest.mark.parametrize("name, kind", [("overlap", "overlap"), ("centred_margin", "retrieval"), ("sads", "scores")])
def test_a_named_measure_says_where_to_look(name, kind):
    assert kinds_for(name)[0] == kind


def test_a_cell_is_a_number_or_missing(tmp_path):
    rows = plain_rows({("1", code): value for code, value in (("ar", 0.5), ("fr", "nan"), ("hi", ""))}, "cosine")
    assert measure(tmp_path, rows).by_language[PLACE] == {"ar": 0.5}
    for text in ("inf", "half"):
        with pytest.raises(BabelscopeError, match=f"row 1: cosine is '{text}', expected a number"):
            measure(tmp_path, plain_rows({("1", "ar"): text}, "cosine"))
