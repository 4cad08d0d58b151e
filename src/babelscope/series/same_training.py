"""Local checkpoints in, an error out if they cannot be steps of one training: another shape, or another tokenizer."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from babelscope.errors import ModelError
from babelscope.series.checkpoints import Checkpoint
from babelscope.series.local_checkpoints import TOKENIZER_FILES

__all__ = ["check_same_training"]

# Every name that an architecture gives to what decides its tensors' shapes.
_SHAPE = (
    *("model_type", "vocab_size", "head_dim", "word_embed_proj_dim"),
    *("hidden_size", "n_embd", "d_model", "n_embed"),
    *("num_hidden_layers", "n_layer", "n_layers", "num_layers"),
    *("num_attention_heads", "n_head", "n_heads", "attention_heads", "num_heads", "num_key_value_heads"),
    *("intermediate_size", "n_inner", "ffn_dim", "ffn_hidden_size", "d_ff"),
)


def check_same_training(checkpoints: Sequence[Checkpoint]) -> None:
    """Compares configurations and tokenizers of local checkpoints, before anything is loaded.

    What lies on the hub is compared once it is loaded; a file that cannot be read is left for loading to report.

    Raises:
        ModelError: If a checkpoint differs from the first one in shape or tokenizer.
    """
    local = [checkpoint for checkpoint in checkpoints if Path(checkpoint.ref.name).is_dir()]
    shapes = [(checkpoint, _shape(Path(checkpoint.ref.name))) for checkpoint in local]
    known = [(checkpoint, shape) for checkpoint, shape in shapes if shape]
    for checkpoint, shape in known[1:]:
        first, expected = known[0]
        differ = [name for name in _SHAPE if shape.get(name) != expected.get(name)]
        if differ:
            name = differ[0]
            raise ModelError(
                f"{checkpoint.ref.name} has another shape than {first.ref.name}: {name} {shape.get(name)} instead of "
                f"{expected.get(name)}; steps of one training share it, sizes of a family are --order scale"
            )
    hashes: dict[str, str] = {}
    tokenizers = [(checkpoint, _tokenizer(checkpoint, hashes)) for checkpoint in local]
    readable = [(checkpoint, content) for checkpoint, content in tokenizers if content is not None]
    for checkpoint, content in readable[1:]:
        first, expected = readable[0]
        if content != expected:
            raise ModelError(
                f"{checkpoint.ref.name} has another tokenizer than {first.ref.name}, so their tokens cannot be "
                "compared; leave it out, or name the tokenizer of all with --tokenizer"
            )


def _shape(folder: Path) -> dict[str, Any]:
    config = _json(folder / "config.json")
    inner = config.get("text_config")
    return {name: value for part in (config, inner) if isinstance(part, dict) for name, value in part.items()}


def _tokenizer(checkpoint: Checkpoint, hashes: dict[str, str]) -> tuple[str, str] | None:
    """What its tokenizer spells, as a hash beside the kind of file it was read from; None if that is not on disk.

    `hashes` keeps what files of the same bytes spell: most checkpoints of a training bring the very same file.
    """
    folder = Path(checkpoint.ref.tokenizer or checkpoint.ref.name)
    for name in TOKENIZER_FILES:
        file = folder / name
        if not file.is_file():
            continue
        raw = hashlib.sha256(file.read_bytes()).hexdigest()
        if name == "tokenizer.json" and raw not in hashes:
            hashes[raw] = hashlib.sha256(_vocabulary(_json(file)).encode()).hexdigest()
        return name, hashes.get(raw, raw)
    return None


def _vocabulary(content: dict[str, Any]) -> str:
    """The words of a tokenizer.json: other releases of the library write other defaults beside them."""
    model, added = content.get("model"), content.get("added_tokens")
    words = [
        model.get("vocab") if isinstance(model, dict) else None,
        [[token.get("id"), token.get("content")] for token in added] if isinstance(added, list) else None,
    ]
    return json.dumps(words, sort_keys=True)


def _json(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
