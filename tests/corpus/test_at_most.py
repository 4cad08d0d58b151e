"""`at_most` takes fewer sentences where there are fewer, and lets the guard see only what was taken."""

from pathlib import Path

from babelscope.corpus import load_corpus


def folder(tmp_path: Path, lines: int) -> Path:
    for code, word in (("en", "sentence"), ("fr", "phrase")):
        text = "\n".join(f"The {word} with number {i} here" if i < 8 else "the very same line" for i in range(lines))
        (tmp_path / f"{code}.txt").write_text(text + "\n", encoding="utf-8")
    return tmp_path


def test_fewer_will_do(tmp_path):
    source = folder(tmp_path, 12)
    assert load_corpus(source, at_most=100).n == 12
    assert load_corpus(source, at_most=5, offset=2).ids == load_corpus(source, n=5, offset=2).ids
    assert load_corpus(source, at_most=5, n=7).n == 7


def test_the_guard_sees_what_was_taken(tmp_path):
    source = folder(tmp_path, 12)
    kinds = {warning.kind for warning in load_corpus(source).warnings}
    assert "duplicate" in kinds
    assert "duplicate" not in {warning.kind for warning in load_corpus(source, at_most=8).warnings}
