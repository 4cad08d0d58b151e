import pytest

from babelscope.report.figures.forecast_errors import forecast_errors
from babelscope.report.figures.forecast_predictions import forecast_predictions
from report.fake_correlation import NAMES, fake_forecast
from report.painting import assert_nothing_is_clipped, column, painted, texts


def test_predictions_stand_at_their_values_beside_the_diagonal():
    content = fake_forecast()
    figure = forecast_predictions(content)
    assert column(figure, "language") == list(NAMES)
    (axes,) = painted(figure).axes
    single = [line for line in axes.lines if len(line.get_xdata()) == 1]
    full = [(line.get_xdata()[0], line.get_ydata()[0]) for line in single if line.get_markerfacecolor() != "none"]
    assert full == [(t["observed"], t["both"]) for t in content["targets"]]
    rings = [line.get_ydata()[0] for line in single if line.get_markerfacecolor() == "none"]
    assert rings == [t["baseline"] for t in content["targets"]]
    assert set(NAMES.values()) <= set(texts(painted(figure)))
    diagonal = axes.lines[0]
    assert list(diagonal.get_xdata()) == list(diagonal.get_ydata())


def test_predictions_name_the_worst_and_what_is_no_better_than_the_mean():
    content = fake_forecast()
    content["targets"][3]["both"] = content["targets"][3]["observed"] + 0.5
    assert "most for Hindi (0.50)" in forecast_predictions(content).title
    content["errors"]["both"]["r2"] = -0.01
    assert "no better than the mean of the other languages" in forecast_predictions(content).title
    content["errors"]["both"]["r2"] = 0.4
    assert "R² 0.40" in forecast_predictions(content).title


def test_errors_are_a_dot_per_language_and_their_mean():
    content = fake_forecast()
    (axes,) = painted(forecast_errors(content)).axes
    for place, (name, found) in enumerate(content["errors"].items()):
        dots = [
            line.get_xdata()[0] for line in axes.lines if line.get_marker() == "o" and line.get_ydata()[0] == place
        ]
        assert dots == pytest.approx([abs(t[name] - t["observed"]) for t in content["targets"]])
        assert sum(dots) / len(dots) == pytest.approx(found["mae"])
        assert any(list(line.get_xdata()) == [found["mae"]] * 2 for line in axes.lines)
    assert axes.get_xlim()[0] == 0


def test_nothing_to_forecast_is_no_figure():
    content = fake_forecast() | {"targets": [], "errors": {}}
    assert forecast_predictions(content) is None and forecast_errors(content) is None


@pytest.mark.parametrize("titled", [True, False], ids=["titled", "inline"])
def test_nothing_is_clipped(titled):
    content = fake_forecast([*NAMES, "pt", "ca", "eu", "ta", "mr", "sw", "id", "bn"])
    for figure in (forecast_predictions(content), forecast_errors(content)):
        assert_nothing_is_clipped(figure, titled, at_least=8)
