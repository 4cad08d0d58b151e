"""A model and prompts in, what it writes after each out: the same whatever else is in the batch."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from babelscope.activations.batching import make_batch, plan_batches
from babelscope.activations.extract import default_budget
from babelscope.errors import BabelscopeError, CorpusError, ModelError
from babelscope.evaluation.prompts import Prompt
from babelscope.evaluation.spelling import Speller
from babelscope.models.memory import in_halves
from babelscope.models.modes import evaluating
from babelscope.models.quiet import quiet
from babelscope.provenance import text_hash

if TYPE_CHECKING:
    from babelscope.models import LanguageModel

__all__ = ["Continuation", "Continuer", "Decoding"]


@dataclass(frozen=True)
class Decoding:
    """How the next token is chosen; nothing is taken over from the checkpoint's own settings."""

    tokens: int = 64
    """New tokens, at most."""
    sample: bool = False
    """Draw tokens rather than take the likeliest."""
    temperature: float = 1.0
    """Of the draws: logits are divided by it."""
    top_p: float = 1.0
    """Draw among the likeliest tokens that together have at least this probability."""
    seed: int = 0
    """Of the draws."""

    def __post_init__(self) -> None:
        if self.tokens < 1:
            raise BabelscopeError(f"a continuation has at least 1 token, got --tokens {self.tokens}")
        if not 0 < self.temperature < float("inf"):
            raise BabelscopeError(f"a temperature is a number above 0, got {self.temperature:g}")
        if not 0 < self.top_p <= 1:
            raise BabelscopeError(f"top-p is a probability above 0 and at most 1, got {self.top_p:g}")
        if self.seed < 0:
            raise BabelscopeError(f"a seed is 0 or more, got {self.seed}")


@dataclass(frozen=True)
class Continuation:
    """What a model wrote after one prompt."""

    ids: tuple[int, ...]
    """Its tokens, without the one that ended it."""
    text: str
    malformed: int
    """Byte sequences that are not UTF-8; a last character cut by the token limit does not count."""
    ended: bool
    """Whether the model ended it, rather than the token limit."""


class Continuer:
    """Prompts made ready for a model once, continued as often as wanted: as it is, or with neurons deactivated.

    A draw is the token with the largest sum of logit and Gumbel noise, which has the probability that the logits
    give it. The noise depends on seed and prompt alone: not on the batch, nor on what is deactivated, so that two
    states of a model differ by their logits and not by luck; the global generators are left alone.
    """

    def __init__(
        self, model: "LanguageModel", prompts: Sequence[Prompt], decoding: Decoding, budget: int | None = None
    ) -> None:
        """Tokenizes the prompts; one that leaves no room for its continuation loses its first tokens.

        Args:
            model: From `load_model` or `wrap_model`.
            prompts: What to continue.
            decoding: How.
            budget: Padded tokens per batch, new ones included; by default as for `extract`.

        Raises:
            BabelscopeError: If the model's context cannot hold that many new tokens.
            CorpusError: If a prompt has no token.
        """
        self.model = model
        self.prompts = tuple(prompts)
        self.decoding = decoding
        self.cut: list[Prompt] = []
        """Prompts that lost their beginning."""
        self._budget = budget or default_budget(model)
        self._speller = Speller(model.tokenizer)
        self._ends = _ends(model)
        room = model.context - decoding.tokens
        if room <= model.special:
            raise BabelscopeError(
                f"{decoding.tokens} new tokens do not fit into the context of {model.name}, {model.context} tokens, "
                f"beside a prompt; use --tokens {max(1, model.context // 2)} or less"
            )
        self._ids: list[list[int]] = []
        for prompt, ids in zip(self.prompts, model.encode([prompt.text for prompt in self.prompts]), strict=True):
            if len(ids) <= model.special:
                raise CorpusError(
                    f"the prompt from sentence {prompt.id!r} of {prompt.language} has no tokens under this "
                    f"tokenizer: {prompt.text[:40]!r}; use the tokenizer the model was trained with"
                )
            if len(ids) > room:
                self.cut.append(prompt)
                ids = [*ids[: model.special], *ids[model.special - room :]]
            self._ids.append(ids)

    def run(
        self, rows: Sequence[int], state: str = "", progress: Callable[[int], None] | None = None
    ) -> list[Continuation]:
        """Continues some of the prompts, with the model as it now is.

        Args:
            rows: Which prompts.
            state: What to call the state of the model in errors.
            progress: Called with the number of prompts just continued.

        Raises:
            ModelError: If a logit is NaN, or one prompt alone does not fit in memory.
        """
        found: dict[int, Continuation] = {}
        lengths = [len(self._ids[row]) + self.decoding.tokens for row in rows]
        with evaluating(self.model), _own_settings(self.model.model), quiet():
            for batch in plan_batches(lengths, self._budget):
                self._run([rows[k] for k in batch], state, found)
                if progress is not None:
                    progress(len(batch))
        return [found[row] for row in rows]

    def _run(self, rows: Sequence[int], state: str, found: dict[int, Continuation]) -> None:
        """Continues the prompts of one batch, halving what does not fit in memory."""
        too_large = (
            f"out of memory on a single prompt and {self.decoding.tokens} new tokens; use a smaller --dtype "
            "or --tokens, --device cpu or --device-map auto"
        )
        for some, written in in_halves(lambda part: self._write(part, state), rows, too_large):
            for row, ids in zip(some, written.tolist(), strict=True):
                found[row] = self._read(row, ids)

    def _write(self, rows: Sequence[int], state: str) -> Int[Tensor, "row token"]:
        """New tokens of one batch; rows that ended early are padded."""
        from transformers import GenerationConfig, LogitsProcessorList

        model = self.model
        batch = make_batch(self._ids, rows, model.pad_id, model.special, "left")
        settings = GenerationConfig(
            max_new_tokens=self.decoding.tokens,
            do_sample=False,
            num_beams=1,
            use_cache=True,
            pad_token_id=model.pad_id,
            eos_token_id=self._ends or None,
        )
        whole: Any = model.model.generate(
            input_ids=batch.ids.to(model.device),
            attention_mask=batch.attention.to(model.device),
            generation_config=settings,
            logits_processor=LogitsProcessorList([self._chooser(rows, state)]),
        )
        return whole[:, batch.ids.shape[1] :].cpu()

    def _chooser(self, rows: Sequence[int], state: str) -> Callable[[Tensor, Tensor], Tensor]:
        """What is done to the logits of a batch before the largest is taken."""
        decoding = self.decoding
        seeds = [text_hash(str(decoding.seed), self.prompts[row].language, self.prompts[row].text) for row in rows]
        generators = [torch.Generator().manual_seed(int(seed, 16) >> 1) for seed in seeds]

        def choose(_: Tensor, logits: Tensor) -> Tensor:
            if bool(logits.isnan().any()):
                hint = "try --dtype float32 or bfloat16" if self.model.dtype == "float16" else "it may be broken"
                where = f" with {state}" if state else ""
                raise ModelError(f"logits of {self.model.name} are NaN{where} (dtype {self.model.dtype}); {hint}")
            return drawn(logits, decoding, generators) if decoding.sample else logits

        return choose

    def _read(self, row: int, ids: list[int]) -> Continuation:
        stop = next((i for i, token in enumerate(ids) if token in self._ends), len(ids))
        own, ended = ids[:stop], stop < len(ids)
        spelled = self._speller.spell(self._ids[row], own, cut=not ended)
        return Continuation(tuple(own), spelled.text, spelled.malformed, ended)


def drawn(
    logits: Float[Tensor, "row token"], decoding: Decoding, generators: Sequence[torch.Generator]
) -> Float[Tensor, "row token"]:
    """Logits with noise: the largest of each row is a draw from the distribution that its logits give.

    Args:
        logits: Of the next token.
        decoding: Temperature and top-p.
        generators: One per row, on the CPU.
    """
    scaled = logits.float() / decoding.temperature
    if decoding.top_p < 1:
        ordered, order = scaled.softmax(-1).sort(dim=-1, descending=True)
        before = ordered.cumsum(-1) - ordered
        unlikely = torch.zeros_like(before, dtype=torch.bool).scatter_(-1, order, before >= decoding.top_p)
        scaled = scaled.masked_fill(unlikely, float("-inf"))
    waits = torch.stack([torch.empty(logits.shape[-1]).exponential_(generator=one) for one in generators])
    return scaled - waits.clamp_min(torch.finfo(waits.dtype).tiny).log().to(scaled.device)


def _ends(model: "LanguageModel") -> list[int]:
    """Tokens that end a text: what the checkpoint's settings, the tokenizer or else the configuration name."""
    settings = getattr(model.model, "generation_config", None)
    named = [getattr(settings, "eos_token_id", None), model.tokenizer.eos_token_id]
    if named == [None, None]:
        named = [getattr(model.model.config.get_text_config(), "eos_token_id", None)]
    flat = [token for some in named for token in (some if isinstance(some, (list, tuple)) else [some])]
    return sorted({token for token in flat if isinstance(token, int) and 0 <= token < model.embedding_rows})


@contextmanager
def _own_settings(network: Any) -> Iterator[None]:
    """Puts the checkpoint's generation settings aside: `generate` fills in from them whatever is not said."""
    from transformers import GenerationConfig

    before = getattr(network, "generation_config", None)
    network.generation_config = GenerationConfig()
    try:
        yield
    finally:
        network.generation_config = before
