import numpy as np
import pytest

from babelscope.report.figures.point_labels import PointLabel, label_points


def placed(labels, lines=()):
    """Names as drawn: text and what it covers, in pixels, and the points."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3, 2.5), dpi=72)
    axes = figure.add_axes((0.1, 0.1, 0.8, 0.8))
    axes.set(xlim=(0, 1), ylim=(0, 1))
    label_points(axes, labels, (2.4, 2.0), lines)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    boxes = [(text.get_text(), text.get_window_extent(canvas.get_renderer())) for text in axes.texts]
    return boxes, axes.transData.transform([(one.x, one.y) for one in labels])


@pytest.mark.parametrize("seed", range(6))
def test_names_cover_neither_each_other_nor_points_while_there_is_room(seed):
    draws = np.random.default_rng(seed)
    places = draws.uniform(0.1, 0.9, (7, 2))
    labels = [PointLabel(x, y, f"{i}00k", "#000000") for i, (x, y) in enumerate(places)]
    boxes, points = placed(labels)
    assert [text for text, _ in boxes] == [one.text for one in labels]
    for i, (_, box) in enumerate(boxes):
        assert not any(box.overlaps(other) for _, other in boxes[i + 1 :])
        assert not any(box.contains(*point) for point in points)


def test_names_keep_off_lines_and_within_the_axes():
    labels = [PointLabel(0.5, 0.5, "400k", "#000000"), PointLabel(0.99, 0.99, "final", "#000000")]
    (_, box), (_, corner) = placed(labels, [[(0.0, 0.5), (1.0, 0.5)]])[0]
    height = 2.5 * 72 * 0.5
    assert box.y0 > height or box.y1 < height
    assert corner.x1 <= 3 * 72 * 0.9 + 1 and corner.y1 <= 2.5 * 72 * 0.9 + 1


def test_the_same_points_are_named_alike_every_time():
    labels = [PointLabel(0.3, 0.3, "a", "#000000"), PointLabel(0.31, 0.3, "b", "#000000")]
    assert [box.bounds for _, box in placed(labels)[0]] == [box.bounds for _, box in placed(labels)[0]]


def test_names_of_points_one_above_the_other_do_not_lie_on_each_other():
    labels = [PointLabel(0.5, 0.5 + 0.03 * i, "400k", "#000000") for i in range(3)]
    boxes = [box for _, box in placed(labels)[0]]
    assert not any(one.overlaps(other) for i, one in enumerate(boxes) for other in boxes[i + 1 :])
