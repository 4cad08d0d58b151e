"""Regions as a command line names them (`RUN:fr`) in, the conditions of an experiment out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from babelscope.errors import BabelscopeError
from babelscope.evaluation.conditions import Condition, plan_conditions
from babelscope.regions import Regions, named_region

if TYPE_CHECKING:
    from babelscope.models import LanguageModel

__all__ = ["NamedConditions", "named_conditions"]


@dataclass(frozen=True, eq=False)
class NamedConditions:
    """None, then each named region with its controls; and where the regions are from."""

    conditions: tuple[Condition, ...] = (Condition("none"),)
    regions: tuple[Regions, ...] = ()

    @property
    def site(self) -> str:
        """Where the neurons are changed: where the regions were measured."""
        return self.regions[0].site if self.regions else "mlp"

    @property
    def source(self) -> dict[str, Any]:
        """What the regions were found on, if all are of one scan."""
        sources = [dict(one.source) for one in self.regions]
        return sources[0] if sources and all(source == sources[0] for source in sources) else {}


def named_conditions(
    references: Sequence[str], model: "LanguageModel", *, controls: int = 1, seed: int = 0, other_model: bool = False
) -> NamedConditions:
    """None, then each region of `RUN:fr` with its matched controls.

    Args:
        references: Run folders (or files of regions), each with a colon and a language.
        model: What they are to be applied to.
        controls: Random sets of neurons per region.
        seed: Of the controls.
        other_model: Allow regions of a model of another name.

    Raises:
        BabelscopeError: If there is no such region, or two are of one language or were measured at different sites.
        ModelError: If a region belongs to another model.
    """
    conditions, found = [Condition("none")], []
    for reference in references:
        regions, language = named_region(reference, model, other_model)
        if any(condition.deactivated == language for condition in conditions):
            raise BabelscopeError(f"got two regions of {language}, {reference} last; evaluate them one by one")
        if found and regions.site != found[0].site:
            raise BabelscopeError(
                f"the region of {reference} was measured at the site {regions.site}, those before it at "
                f"{found[0].site}; evaluate them one by one"
            )
        found.append(regions)
        conditions += plan_conditions(regions, [language], controls=controls, seed=seed)[1:]
    return NamedConditions(tuple(conditions), tuple(found))
