"""What the rest of the project knows of a loaded model: its neurons, its tokenizer, its name and its identity."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from babelscope.errors import ModelError
from babelscope.models.architectures import Architecture
from babelscope.models.encoding import token_ids
from babelscope.models.identity import config_hash, tokenizer_hash, weights_hash
from babelscope.models.sites import input_device
from babelscope.provenance import text_hash

if TYPE_CHECKING:
    import torch

__all__ = ["LanguageModel", "LoadReport", "SpecialTokens"]

SpecialTokens = Literal["none", "bos"]


@dataclass(frozen=True)
class LoadReport:
    """How a checkpoint's tensors met the model's: all empty where every tensor found its place."""

    missing: tuple[str, ...] = ()
    """Tensors of the model the checkpoint lacks."""
    unexpected: tuple[str, ...] = ()
    """Tensors of the checkpoint the model has no place for."""
    mismatched: tuple[str, ...] = ()
    """Tensors whose shapes differ, as text."""
    allowed: tuple[str, ...] = ()
    """Unexpected ones that the architecture's row knows to be harmless."""


@dataclass(frozen=True, eq=False)
class LanguageModel:
    """A causal language model whose neurons can be read; made by `load_model` and `wrap_model`."""

    model: Any
    """The Hugging Face causal LM, in eval mode."""
    backbone: Any
    """The text decoder without LM head: call it with `input_ids` and `attention_mask`."""
    tokenizer: Any
    architecture: Architecture
    blocks: tuple["torch.nn.Module", ...]
    output_projections: tuple["torch.nn.Module", ...]
    """One per layer; its input is the neuron vector (site `mlp`)."""
    activations: tuple["torch.nn.Module", ...]
    """One per layer; its output is the site `gate`. Empty where structural detection found none."""
    neurons: tuple[int, ...]
    """Neurons per layer, as the load-time probe saw them."""
    context: int
    """Longest input in tokens."""
    special_tokens: SpecialTokens
    """What `encode` puts before a sentence."""
    name: str
    revision: str
    """Commit of the hub's copy, or `local`."""
    step: str
    label: str
    """The model column of tables."""
    load_report: LoadReport = field(default_factory=LoadReport)
    remote_code: bool = False
    """Whether code from the model's repository was allowed to run."""
    live: bool = False
    """Whether somebody else holds the model and may train it on, so that its hash must not be remembered."""

    @property
    def n_layers(self) -> int:
        """Number of blocks; layer numbers run from 1 to this."""
        return len(self.blocks)

    @property
    def add_bos(self) -> bool:
        """Whether every input starts with the BOS token."""
        return self.special_tokens == "bos"

    @property
    def special(self) -> int:
        """Leading positions of every input that are no tokens of the sentence."""
        return int(self.add_bos)

    @cached_property
    def embedding_rows(self) -> int:
        """Token ids the model can embed: 0 to this, exclusive."""
        return int(self.backbone.get_input_embeddings().weight.shape[0])

    @property
    def pad_id(self) -> int:
        """An id to fill padding with; the mask hides it, so any valid one does and embeddings are never resized."""
        pad = self.tokenizer.pad_token_id
        return pad if pad is not None and 0 <= pad < self.embedding_rows else 0

    @property
    def bos_id(self) -> int | None:
        """Id of the token that opens a text, as the tokenizer or else the configuration names it."""
        named = self.tokenizer.bos_token_id
        if named is None:
            named = getattr(self.model.config.get_text_config(), "bos_token_id", None)
        return named

    @property
    def device(self) -> "torch.device":
        """Where `input_ids` must be."""
        return input_device(self.backbone)

    @property
    def dtype(self) -> str:
        """Floating-point type of the weights ("float32", "bfloat16", "float16")."""
        return str(self.model.dtype).removeprefix("torch.")

    @property
    def attention(self) -> str:
        """Name of the attention implementation in use."""
        return str(getattr(self.backbone.config, "_attn_implementation", None) or "eager")

    @cached_property
    def takes_position_ids(self) -> bool:
        """Whether the backbone accepts `position_ids` (ALiBi families have no use for them)."""
        import inspect

        return "position_ids" in inspect.signature(self.backbone.forward).parameters

    @property
    def weights_hash(self) -> str:
        """16 hex digits over names, shapes, dtypes and bytes of all tensors, as loaded (so it differs by dtype)."""
        return weights_hash(self.model) if self.live else self._first_hash

    @cached_property
    def _first_hash(self) -> str:
        return weights_hash(self.model)

    @property
    def config_hash(self) -> str:
        """16 hex digits over what the tensors do not tell: configuration, attention implementation and BOS token."""
        return self._config_hash() if self.live else self._first_config_hash

    @cached_property
    def _first_config_hash(self) -> str:
        return self._config_hash()

    def _config_hash(self) -> str:
        return config_hash(self.model.config, self.attention, self.bos_id)

    @cached_property
    def tokenizer_hash(self) -> str:
        """16 hex digits over the tokenizer's vocabulary and rules."""
        return tokenizer_hash(self.tokenizer)

    @property
    def identity(self) -> str:
        """16 hex digits over everything of the model that a measured number depends on."""
        parts = (self.weights_hash, self.config_hash, self.tokenizer_hash, self.dtype, str(self.special))
        return text_hash(*parts)

    @property
    def signature_fields(self) -> dict[str, str]:
        """What the signature of a number says of the model, in order."""
        return {
            "model": self.label,
            "step": self.step,
            "revision": self.revision,
            "weights": self.weights_hash,
            "config": self.config_hash,
            "dtype": self.dtype,
            "attention": self.attention,
            "tokenizer": self.tokenizer_hash,
            "special_tokens": self.special_tokens,
            "remote_code": str(self.remote_code).lower(),
        }

    def site_neurons(self, site: Literal["mlp", "gate"]) -> tuple[int, ...]:
        """Neurons per layer at a site: the same at both, since the gate is multiplied coordinate by coordinate."""
        self.site_modules(site)
        return self.neurons

    def site_modules(self, site: Literal["mlp", "gate"]) -> tuple["torch.nn.Module", ...]:
        """The modules to hook for a site, one per layer: inputs are read for `mlp`, outputs for `gate`.

        Raises:
            ModelError: If the site is `gate` and no activation module is known.
        """
        if site == "mlp":
            return self.output_projections
        if not self.activations:
            raise ModelError(
                f"{self.name}: no activation module is known for model type {self.architecture.model_type!r}; "
                "measure the site mlp instead (--site mlp)"
            )
        return self.activations

    def encode(self, sentences: Sequence[str]) -> list[list[int]]:
        """Token ids of each sentence, with no special token but one leading BOS where the model needs it.

        Raises:
            ModelError: If the tokenizer fails, or gives an id the model has no embedding for.
        """
        if not sentences:
            return []
        found = token_ids(self.tokenizer, sentences, self.name)
        rows = self.embedding_rows
        largest = max((max(ids) for ids in found if ids), default=0)
        if largest >= rows:
            raise ModelError(
                f"the tokenizer gives token id {largest}, but {self.name} has only {rows} embeddings; "
                "name the tokenizer this model was trained with (--tokenizer)"
            )
        lead = [self.bos_id] if self.add_bos and self.bos_id is not None else []
        return [[*lead, *ids] for ids in found]
