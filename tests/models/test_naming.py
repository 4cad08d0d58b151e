"""Steps and labels come from revisions and folder names."""

import pytest

from babelscope.models.naming import label_of, step_of


@pytest.mark.parametrize(
    ("revision", "step"),
    [
        ("global_step100000", "100000"),
        ("global_step1000", "1000"),
        ("step3000", "3000"),
        ("step0", "0"),
        ("step1000-tokens4B", "1000"),
        ("stage1-step140000-tokens294B", "140000"),
        ("checkpoint-500", "500"),
        ("main", "main"),
        ("v1.0", "v1.0"),
        ("footsteps2", "footsteps2"),
        ("4bf4a8a", "4bf4a8a"),
        (None, "main"),
    ],
)
def test_step_of_a_hub_revision(revision, step):
    assert step_of("org/model", revision) == step


@pytest.mark.parametrize(
    ("folder", "step", "label"),
    [
        ("bloom-s/step03500", "3500", "bloom-s"),
        ("run/checkpoint-500", "500", "run"),
        ("run/global_step100000", "100000", "run"),
        ("run/step00000", "0", "run"),
        ("run/final", "main", "final"),
    ],
)
def test_step_and_label_of_a_folder(tmp_path, folder, step, label):
    (tmp_path / folder).mkdir(parents=True)
    assert step_of(str(tmp_path / folder), None) == step
    assert label_of(str(tmp_path / folder)) == label
    assert label_of(f"{tmp_path / folder}/") == label


def test_a_hub_id_is_its_own_label():
    assert label_of("bigscience/bloom-560m") == "bigscience/bloom-560m"
    assert step_of("org/step-3-flash", None) == "main"
