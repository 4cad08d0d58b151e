"""A path in, its UTF-8 text or lines out; whatever is wrong with the file is said with file and line."""

import codecs
from pathlib import Path

from babelscope.errors import CorpusError

__all__ = ["read_lines", "read_text"]


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, without a byte order mark and with line ends as they are.

    Raises:
        CorpusError: If the file is missing, unreadable, empty or not UTF-8 (names file and line).
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise CorpusError(f"no file {path}; check the path") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise CorpusError(f"cannot read {path}: {reason}; expected a readable UTF-8 text file") from None
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise CorpusError(f"{path} is UTF-16; expected UTF-8: convert it with `iconv -f UTF-16 -t UTF-8`")
    data = data.removeprefix(codecs.BOM_UTF8)
    if not data.strip():
        raise CorpusError(f"{path} is empty; expected one sentence per line or row")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise CorpusError(
            f"{path}, line {line}: byte 0x{data[error.start]:02x} is not valid UTF-8; convert the file to UTF-8"
        ) from None


def read_lines(path: Path) -> list[str]:
    r"""The lines of a UTF-8 file, which end in `\n` or `\r\n` only: U+2028 or U+0085 inside a sentence stays there.

    Raises:
        CorpusError: As `read_text`.
    """
    lines = read_text(path).split("\n")
    if not lines[-1]:
        lines.pop()
    return [line.removesuffix("\r") for line in lines]
