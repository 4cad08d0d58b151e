"""A model of unknown architecture in, a row made from its structure out, if that is unambiguous."""

from typing import Any

from babelscope.errors import ModelError
from babelscope.models.architectures import Architecture
from babelscope.models.sites import input_device, text_backbone

__all__ = ["detect"]

# Under which names configurations keep the number of neurons of a layer.
_WIDTHS = ("intermediate_size", "ffn_dim", "ffn_hidden_size", "n_inner", "d_ff", "ffn_hidden_dim")


def detect(model: Any, name: str) -> Architecture:
    """Works out where the neurons are: one list of blocks, and in each block one matrix that ends the MLP.

    The blocks are the only list of as many equal modules as the configuration counts layers. The output projection
    is the only matrix that maps the MLP's width to the hidden size, under the same path in every block. The
    activation is the only weightless module beside it whose output, times nothing or one projection, is its input.

    Args:
        model: A causal LM.
        name: What to call it in errors.

    Raises:
        ModelError: If there is more or less than one possibility; it lists what was found.
    """
    config = model.config.get_text_config()
    kind = model.config.model_type
    backbone = text_backbone(model)
    layers = _layers_path(backbone, config.num_hidden_layers, kind, name)
    blocks = list(backbone.get_submodule(layers))
    projection = _projection_path(blocks, config, kind, name)
    paths = _gate_paths(backbone, blocks[0], projection)
    if paths is None:
        raise _unclear(
            kind, name, f"the input of {projection!r} is not the output of an activation, alone or times a projection"
        )
    activation, multiplier = paths
    return Architecture(
        kind,
        layers=layers,
        output_projection=projection,
        activation=activation,
        gated=bool(multiplier),
        multiplier=multiplier,
        detected=True,
    )


def _layers_path(backbone: Any, count: int, kind: str, name: str) -> str:
    from torch import nn

    lists = {path: len(module) for path, module in backbone.named_modules() if isinstance(module, nn.ModuleList)}
    fitting = [path for path, length in lists.items() if length == count]
    outer = [path for path in fitting if not any(path.startswith(f"{other}.") for other in fitting)]
    if len(outer) == 1:
        return outer[0]
    found = ", ".join(f"{path} ({length})" for path, length in lists.items()) or "no list of modules"
    raise _unclear(kind, name, f"expected one list of {count} blocks, found {found}")


def _projection_path(blocks: list[Any], config: Any, kind: str, name: str) -> str:
    hidden = config.hidden_size
    widths = [value for key in _WIDTHS if isinstance(value := getattr(config, key, None), int)]
    shapes = _matrices(blocks[0])
    ending = {path: shape for path, shape in shapes.items() if shape[1] == hidden and shape[0] in widths}
    if not ending:
        ending = {path: shape for path, shape in shapes.items() if shape[1] == hidden and shape[0] > hidden}
    if len(ending) != 1:
        found = ", ".join(f"{path} {rows}->{columns}" for path, (rows, columns) in shapes.items()) or "no matrices"
        raise _unclear(kind, name, f"expected one matrix per block from the MLP's width to {hidden}, found {found}")
    path, shape = next(iter(ending.items()))
    for number, block in enumerate(blocks, start=1):
        if _matrices(block).get(path, (0, 0))[1] != shape[1]:
            raise _unclear(kind, name, f"block 1 ends its MLP with {path}, but block {number} has no such matrix")
    return path


def _matrices(block: Any) -> dict[str, tuple[int, int]]:
    """Path and (inputs, outputs) of every linear map in a block."""
    from torch import nn
    from transformers.pytorch_utils import Conv1D

    found = {}
    for path, module in block.named_modules():
        if isinstance(module, nn.Linear):
            found[path] = (module.in_features, module.out_features)
        elif isinstance(module, Conv1D):
            found[path] = (module.weight.shape[0], module.weight.shape[1])
    return found


def _gate_paths(backbone: Any, block: Any, projection: str) -> tuple[str, str] | None:
    """Paths of the activation and, where gated, its multiplier, as one forward pass shows them; None if unclear."""
    import torch

    vectors: list[Any] = []
    outputs: dict[str, Any] = {}

    def keep(path: str) -> Any:
        return lambda module, inputs, output: outputs.setdefault(path, output)

    handles = [
        block.get_submodule(projection).register_forward_pre_hook(lambda module, inputs: vectors.append(inputs[0]))
    ]
    for path, module in block.named_modules():
        if not any(True for _ in module.children()):
            handles.append(module.register_forward_hook(keep(path)))
    rows = backbone.get_input_embeddings().weight.shape[0]
    ids = torch.arange(8, device=input_device(backbone)).remainder(rows).unsqueeze(0)
    try:
        with torch.inference_mode():
            backbone(input_ids=ids, attention_mask=torch.ones_like(ids), use_cache=False)
    finally:
        for handle in handles:
            handle.remove()
    return _explain(block, vectors[0], outputs) if len(vectors) == 1 else None


def _explain(block: Any, vector: Any, outputs: dict[str, Any]) -> tuple[str, str] | None:
    """The first weightless module whose output is the vector, or is when multiplied by one projection's output."""
    import torch

    weighted = _matrices(block)
    width = vector.shape[-1]
    fitting = {
        path: out for path, out in outputs.items() if torch.is_tensor(out) and out.shape[:-1] == vector.shape[:-1]
    }
    plain = [path for path, out in fitting.items() if path not in weighted and out.shape[-1] == width]
    wide = [path for path in weighted if path in fitting and fitting[path].shape[-1] >= width]

    def same(value: Any) -> bool:
        tolerance = 1e-5 if vector.dtype == torch.float32 else 2e-2
        return torch.allclose(value.float(), vector.float(), rtol=tolerance, atol=tolerance)

    alone = [(path, "") for path in plain if same(fitting[path])]
    pairs = [(path, other) for path in plain for other in wide if same(fitting[path] * fitting[other][..., -width:])]
    return next(iter([*alone, *pairs]), None)


def _unclear(kind: str, name: str, found: str) -> ModelError:
    return ModelError(
        f"{name}: model type {kind!r} has no row, and its structure is not clear enough to make one: {found}; "
        "add a row to ARCHITECTURES or use one of its model types"
    )
