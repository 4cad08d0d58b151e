"""A model and a seed in, the same model before any training out: what shared tokens and length alone give."""

import copy
from dataclasses import replace

from babelscope.errors import ModelError
from babelscope.models.language_model import LanguageModel, LoadReport
from babelscope.models.sites import find_sites

__all__ = ["untrained"]


def untrained(model: LanguageModel, seed: int) -> LanguageModel:
    """The same architecture, tokenizer, dtype and device with weights initialised anew.

    Weights are drawn on the CPU whatever the device, so that a seed means the same weights everywhere, and
    torch's global generators are left as they were.

    Args:
        model: The model to start over.
        seed: Seed of the initialisation.

    Raises:
        ModelError: If it cannot be built anew: quantised weights, or weights that only fit on disk.
    """
    import torch

    source = model.model
    if getattr(source.config, "quantization_config", None) is not None:
        raise ModelError(f"{model.name} is quantised and cannot be re-initialised; skip the baseline (--no-baseline)")
    device_map = getattr(source, "hf_device_map", None) or {}
    if "disk" in device_map.values():
        raise ModelError(
            f"{model.name} is partly on disk and cannot be built anew; skip the baseline (--no-baseline)"
        )
    config = copy.deepcopy(source.config)
    dtype = getattr(torch, model.dtype)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        fresh = type(source)._from_config(config, dtype=dtype, attn_implementation=source.config._attn_implementation)
    fresh.eval()
    if len(set(device_map.values())) > 1:
        from accelerate import dispatch_model

        fresh = dispatch_model(fresh, device_map=device_map)
    else:
        fresh = fresh.to(model.device)
    sites = find_sites(fresh, model.architecture)
    return replace(
        model,
        model=fresh,
        backbone=sites.backbone,
        blocks=sites.blocks,
        output_projections=sites.output_projections,
        activations=sites.activations,
        step=f"untrained-{seed}",
        load_report=LoadReport(),
        live=False,
    )
