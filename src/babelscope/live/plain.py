"""A model as a training loop holds it in, the plain causal LM inside it out; or one line that says why not."""

from typing import Any

from babelscope.errors import ModelError

__all__ = ["plain_model"]


def plain_model(model: Any) -> Any:
    """Takes off what torch.compile, DistributedDataParallel, DataParallel, DeepSpeed and PEFT put around a model.

    The weights are the same tensors, so what training does to them is seen. Whatever is between the wrapper and the
    model (synchronisation, compiled code) is not run by a measurement.

    Args:
        model: What the loop calls.

    Raises:
        ModelError: If the weights are spread over processes, or the adapter is a learned prompt.
    """
    import torch

    seen = model
    while True:
        inner = _inside(seen)
        if inner is None:
            break
        seen = inner
    if not isinstance(seen, torch.nn.Module) or not hasattr(seen, "config"):
        raise ModelError(
            f"got a {type(model).__name__}, expected a causal language model of transformers, plain or wrapped by "
            "torch.compile, DistributedDataParallel or PEFT; pass that"
        )
    _check_whole(seen)
    return seen


def _inside(model: Any) -> Any:
    """The next model inside; None where there is none."""
    import torch

    if hasattr(model, "_orig_mod"):
        return model._orig_mod
    if _is_sharded(model):
        raise _sharded("FSDP")
    wrappers = (torch.nn.parallel.DistributedDataParallel, torch.nn.parallel.DataParallel)
    if isinstance(model, wrappers) or type(model).__name__ == "DeepSpeedEngine":
        return model.module
    if hasattr(model, "peft_config") and hasattr(model, "get_base_model"):
        if any(getattr(config, "is_prompt_learning", False) for config in dict(model.peft_config).values()):
            raise ModelError(
                "this adapter is a learned prompt, which sentences alone do not pass through; "
                "measure an adapter inside the layers (LoRA), or the model without it"
            )
        return model.get_base_model()
    return None


def _check_whole(model: Any) -> None:
    """Refuses weights of which this process holds only a part."""
    if any(_is_sharded(module) for module in model.modules()):
        raise _sharded("FSDP")
    for weight in model.parameters():
        if hasattr(weight, "ds_id"):
            raise _sharded("DeepSpeed ZeRO-3")
        if type(weight).__name__ == "DTensor" or type(weight.data).__name__ == "DTensor":
            raise _sharded("FSDP2 or tensor parallelism")


def _is_sharded(module: Any) -> bool:
    return any(kind.__name__ in ("FullyShardedDataParallel", "FSDPModule") for kind in type(module).__mro__)


def _sharded(how: str) -> ModelError:
    return ModelError(
        f"the weights are sharded over processes ({how}), and a measurement needs all of them in one; "
        "measure the saved checkpoints instead (babelscope track)"
    )
