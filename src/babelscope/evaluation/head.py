"""Hidden states in, losses of the next token out: logits exist for a few positions at a time, never for a batch."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from babelscope.models.modes import evaluating

if TYPE_CHECKING:
    from babelscope.models import LanguageModel

__all__ = ["Head", "find_head"]

LOGIT_BYTES = 128 * 2**20
"""Float32 logits held at once; with the copies that a softmax needs this stays below half a gigabyte."""

_TOLERANCE = {"float32": 1e-4, "bfloat16": 3e-2, "float16": 3e-3}


@dataclass(frozen=True, eq=False)
class Head:
    """The output embeddings of a model and what its forward pass does to their logits."""

    embeddings: Any
    softcap: float | None
    factor: float
    vocabulary: int

    def logits(self, hidden: Float[Tensor, "position hidden"]) -> Float[Tensor, "position token"]:
        """Logits of some positions, float32."""
        found = self.embeddings(hidden).float()
        if self.factor != 1:
            found = found * self.factor
        return found if self.softcap is None else torch.tanh(found / self.softcap) * self.softcap

    def losses(
        self, hidden: Float[Tensor, "position hidden"], targets: Int[Tensor, " position"]
    ) -> Float[Tensor, " position"]:
        """Negative log-likelihood of each target, nats, float32."""
        rows = max(1, LOGIT_BYTES // (4 * self.vocabulary))
        parts = []
        for some, wanted in zip(hidden.split(rows), targets.split(rows), strict=True):
            parts.append(losses_of(self.logits(some), wanted))
        return torch.cat(parts)


def losses_of(
    logits: Float[Tensor, "position token"], targets: Int[Tensor, " position"]
) -> Float[Tensor, " position"]:
    """Negative log-likelihood of each target, nats, float32."""
    logits = logits.float()
    own = logits.gather(-1, targets.to(logits.device)[:, None])[:, 0]
    return logits.logsumexp(-1) - own


def find_head(model: "LanguageModel") -> Head | None:
    """The model's head, if it makes the logits that the model itself makes; None if it does not.

    What a family does after its output embeddings is a fact of its row; that the row is right is seen on a few
    tokens. Where it is not (a family without a row, an adapter), logits have to be taken from the whole model.
    """
    embeddings = model.model.get_output_embeddings()
    if embeddings is None:
        return None
    config, row = model.model.config.get_text_config(), model.architecture
    softcap = getattr(config, row.logit_softcap, None) if row.logit_softcap else None
    factor = float(getattr(config, row.logit_factor)) if row.logit_factor else 1.0
    ids = torch.arange(1, 9, device=model.device).remainder(model.embedding_rows)[None]
    with evaluating(model):
        inputs = {"input_ids": ids, "attention_mask": torch.ones_like(ids), "use_cache": False}
        whole = model.model(**inputs).logits[0].float()
        head = Head(embeddings, softcap, factor, whole.shape[-1])
        ours = head.logits(model.backbone(**inputs).last_hidden_state[0])
    tolerance = _TOLERANCE.get(model.dtype, 3e-2)
    size = float(whole.abs().max())
    same = ours.shape == whole.shape and float((ours - whole.to(ours.device)).abs().max()) <= tolerance * size
    # A broken checkpoint's NaN is met, and named, where it is measured.
    return head if same or not torch.isfinite(whole).all() else None
