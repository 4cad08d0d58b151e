"""What a command line calls a set of neurons (`RUN:fr`, or a file of its own) in, the set and its regions out."""

from pathlib import Path
from typing import TYPE_CHECKING

from babelscope.errors import BabelscopeError
from babelscope.languages import canonical
from babelscope.regions.regions import Regions

if TYPE_CHECKING:
    from babelscope.models import LanguageModel

__all__ = ["named_region"]


def named_region(text: str, model: "LanguageModel | None" = None, other_model: bool = False) -> tuple[Regions, str]:
    """Regions and the language one of them is asked for by `RUN:fr`.

    Args:
        text: Run folder (or file of regions), a colon and a language.
        model: What the region is to be applied to.
        other_model: Allow a model of another name.

    Raises:
        BabelscopeError: If it is not of that form, or there is no such region, or it is empty.
        ModelError: If the model has another shape or name.
    """
    place, separator, language = text.rpartition(":")
    if not separator or not place or not language:
        raise BabelscopeError(f"got {text!r}, expected RUN:LANGUAGE, such as runs/bloom:fr")
    regions = Regions.load(Path(place), model, other_model)
    code = canonical(language)
    if code not in regions.masks:
        raise BabelscopeError(f"{place} has no region of {language!r}; it has regions of {', '.join(regions)}")
    if not regions[code].size:
        raise BabelscopeError(
            f"the region of {code} in {place} is empty, so there is nothing to deactivate; scan again with a lower "
            "threshold or with --share"
        )
    return regions, code
