"""A model, a site and some of its layers in; hooks that see them, and how many neurons each has, out."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Literal

from torch import Tensor

from babelscope.activations.batching import make_batch
from babelscope.activations.capture import observe, observe_hidden
from babelscope.models.modes import evaluating

if TYPE_CHECKING:
    from babelscope.models import LanguageModel

__all__ = ["AnySite", "first_layer", "watch", "widths"]

AnySite = Literal["hidden", "mlp", "gate"]
"""`hidden`: states, layer 0 the embeddings. `mlp`, `gate`: the MLP's neurons, as for `Site`."""


def first_layer(site: str) -> int:
    """Number of a site's first layer: 0, the embeddings, of hidden states; else 1."""
    return 0 if site == "hidden" else 1


def watch(
    model: "LanguageModel", layers: Sequence[int], site: AnySite, see: Callable[[int, Tensor], None]
) -> AbstractContextManager[None]:
    """Calls `see(layer, activations)` for some layers of a site; the hooks are gone when the block ends.

    Args:
        model: A loaded model.
        layers: From `first_layer(site)` to the number of blocks.
        site: Which activations.
        see: Takes the layer and its (sentence, token, neuron) activations; must not change them.
    """
    if site == "hidden":
        return observe_hidden(model.backbone, model.blocks, layers, see)
    modules = model.site_modules(site)
    chosen = [modules[layer - 1] for layer in layers]
    return observe(chosen, site, lambda place, values: see(layers[place - 1], values))


def widths(model: "LanguageModel", ids: Sequence[int], layers: Sequence[int], site: AnySite) -> list[int]:
    """Neurons of each layer; of hidden states as one token shows them, since some models narrow the last layer."""
    if site != "hidden":
        return [model.site_neurons(site)[layer - 1] for layer in layers]
    seen: dict[int, int] = {}
    batch = make_batch([ids[:1]], [0], model.pad_id).to(model.device)
    with evaluating(model), watch(model, layers, site, lambda layer, values: seen.update({layer: values.shape[-1]})):
        model.backbone(input_ids=batch.ids, attention_mask=batch.attention, use_cache=False)
    return [seen[layer] for layer in layers]
