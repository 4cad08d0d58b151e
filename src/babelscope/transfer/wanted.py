"""The languages that are asked for and those that are there in, one line about the first that is missing out."""

from collections.abc import Iterable, Sequence

from babelscope.errors import CorpusError
from babelscope.languages import display_order, name

__all__ = ["check_languages"]


def check_languages(there: Iterable[str], source: str, targets: Sequence[str] | None, where: str) -> None:
    """Refuses a source or target that the data does not have, and data of one language only.

    Args:
        there: The languages of the data.
        source: The language of training.
        targets: The languages to test; None for all that are there.
        where: What to call the data.

    Raises:
        CorpusError: If one is absent; names it and those that are there.
    """
    codes = display_order(there)
    known = ", ".join(codes) or "no language"
    for code in (source, *(targets or ())):
        if code not in codes:
            what = "no data in the source" if code == source else "nothing to test in the target"
            option = "--source" if code == source else "--targets"
            raise CorpusError(
                f"{where} has {what} language {code!r} ({name(code)}), only in {known}; choose with {option}"
            )
    if targets == [] or (targets is None and len(codes) < 2):
        raise CorpusError(
            f"got no target language beside the source {source!r}, and {where} has {known}; name one with --targets"
        )
