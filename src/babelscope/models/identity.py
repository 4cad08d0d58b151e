"""Model, configuration or tokenizer in, a short hash out: equal content, equal hash."""

import hashlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

__all__ = ["config_hash", "tokenizer_hash", "weights_hash"]

_CHUNK = 1 << 24
"""Elements brought to the host at a time: a 7B embedding would otherwise need gigabytes."""

# Where a configuration came from, who wrote it, and how its numbers are stored (the weights' hash knows that).
_UNRELATED = {"transformers_version", "architectures", "dtype", "torch_dtype", "name_or_path"}


def weights_hash(model: Any) -> str:
    """16 hex digits of a SHA-256 over the tensors' names, shapes, dtypes and bytes, in the order of their names.

    Tied tensors count once, under their first name, so that saving and loading do not change the hash. Each
    tensor has its own digest, which lets threads share the work: hashing releases the interpreter lock.

    Args:
        model: Any module; tensors that accelerate has offloaded are fetched.
    """
    from concurrent.futures import ThreadPoolExecutor

    tensors = list(_unique(_state(model)))
    with ThreadPoolExecutor() as pool:
        digests = list(pool.map(_digest, (tensor for _, tensor in tensors)))
    total = hashlib.sha256()
    for (name, tensor), digest in zip(tensors, digests, strict=True):
        total.update(f"{name}|{tuple(tensor.shape)}|{tensor.dtype}|".encode() + digest)
    return total.hexdigest()[:16]


def _state(model: Any) -> "dict[str, torch.Tensor]":
    state = model.state_dict()
    if any(tensor.is_meta for tensor in state.values()):
        from accelerate.utils.modeling import get_state_dict_offloaded_model

        state = get_state_dict_offloaded_model(model)
    return state


def _unique(state: "dict[str, torch.Tensor]") -> "Iterator[tuple[str, torch.Tensor]]":
    seen = set()
    for name in sorted(state):
        tensor = state[name]
        place = (tensor.data_ptr(), str(tensor.device), tuple(tensor.shape), tuple(tensor.stride()))
        if tensor.numel() and place in seen:
            continue
        seen.add(place)
        yield name, tensor


def _digest(tensor: "torch.Tensor") -> bytes:
    import torch

    digest = hashlib.sha256()
    flat = tensor.detach().reshape(-1)
    for start in range(0, flat.numel(), _CHUNK):
        part = flat[start : start + _CHUNK].cpu().contiguous()
        digest.update(part.view(torch.uint8).numpy().data)
    return digest.digest()


def tokenizer_hash(tokenizer: Any) -> str:
    """16 hex digits of a SHA-256 over how text becomes ids; padding and truncation settings do not count.

    Args:
        tokenizer: A Hugging Face tokenizer, fast or slow.
    """
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        content = json.dumps(sorted(tokenizer.get_vocab().items()), ensure_ascii=False)
    else:
        rules = json.loads(backend.to_str())
        rules.pop("padding", None)
        rules.pop("truncation", None)
        content = json.dumps(rules, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def config_hash(config: Any, *facts: object) -> str:
    """16 hex digits of a SHA-256 over what no tensor tells: the configuration where it is not the family's default.

    Args:
        config: A Hugging Face configuration.
        facts: Whatever else decides how the tensors are used (the attention implementation).
    """
    content = [_related(config.to_diff_dict()), *facts]
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _related(value: Any) -> Any:
    """The same value with only the entries that can change a forward pass, at every depth."""
    if isinstance(value, dict):
        kept = ((str(key), entry) for key, entry in value.items())
        return {key: _related(entry) for key, entry in kept if not key.startswith("_") and key not in _UNRELATED}
    if isinstance(value, (list, tuple)):
        return [_related(entry) for entry in value]
    return value
