"""Files are written whole or not at all, and say what they are."""

import json
import math
import os

import pytest

from babelscope.errors import BabelscopeError
from babelscope.provenance import Signature, text_hash, versions
from babelscope.storage import atomic_path, check_writable, read_json, write_json, write_text


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = write_text(tmp_path / "deep" / "file.txt", "old")
    with pytest.raises(RuntimeError), atomic_path(path) as aside:
        aside.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert [child.name for child in path.parent.iterdir()] == ["file.txt"]


def test_a_full_disk_is_one_clear_line(tmp_path):
    path = write_text(tmp_path / "file.txt", "old")
    with (
        pytest.raises(BabelscopeError, match="cannot write .*file.txt: No space left on device; .*--out"),
        atomic_path(path),
    ):
        raise OSError(28, os.strerror(28))
    assert path.read_text() == "old"


def test_json_is_stamped_and_read_back_by_kind(tmp_path):
    path = write_json(tmp_path / "a.json", "summary", {"x": 1, "text": "语言"})
    assert read_json(path, "summary")["x"] == 1
    assert "语言" in path.read_text(encoding="utf-8")
    with pytest.raises(BabelscopeError, match="is babelscope/summary, expected babelscope/manifest"):
        read_json(path, "manifest")
    newer = json.loads(path.read_text()) | {"version": 99}
    path.write_text(json.dumps(newer))
    with pytest.raises(BabelscopeError, match="version 99, this release reads 1"):
        read_json(path, "summary")


def test_nan_is_refused_rather_than_written(tmp_path):
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "a.json", "summary", {"x": math.nan})
    assert not list(tmp_path.iterdir())


def test_unreadable_json_is_named(tmp_path):
    with pytest.raises(BabelscopeError, match="no such file"):
        read_json(tmp_path / "a.json", "summary")
    (tmp_path / "a.json").write_text("{")
    with pytest.raises(BabelscopeError, match="cannot read .*a.json as JSON"):
        read_json(tmp_path / "a.json", "summary")


def test_a_file_in_the_way_of_the_run_folder_is_noticed_early(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(BabelscopeError, match="it is a file; --out must name a folder"):
        check_writable(tmp_path / "taken")
    (tmp_path / "probe").write_text("mine")
    check_writable(tmp_path / "new" / "folder")
    check_writable(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["probe", "taken"]
    assert (tmp_path / "probe").read_text() == "mine"


def test_signatures_have_a_short_and_a_long_spelling():
    signature = Signature.of(model="m", weights="abc", n=100, seed=0)
    assert signature.short == "model:m|n:100|seed:0"
    assert signature.long == "model:m|weights:abc|n:100|seed:0"
    assert signature.as_dict()["weights"] == "abc"


def test_hashes_tell_boundaries_apart():
    assert text_hash("ab", "c") != text_hash("a", "bc")
    assert text_hash("ab", "c") == text_hash("ab", "c")


def test_versions_name_what_can_change_a_number():
    assert {"python", "torch", "transformers", "babelscope"} <= set(versions())
    assert "no-such-package" not in versions(("no-such-package",))
