"""A model and a stream of text per language in, the loss of every segment out, in nats per token and per byte."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from babelscope.activations.batching import plan_batches
from babelscope.activations.extract import default_budget
from babelscope.errors import BabelscopeError, ModelError
from babelscope.evaluation.head import Head, find_head, losses_of
from babelscope.evaluation.windows import Window, Windows, plan_windows
from babelscope.models.memory import in_halves
from babelscope.models.modes import evaluating
from babelscope.provenance import text_hash

if TYPE_CHECKING:
    from babelscope.models import LanguageModel

__all__ = ["DEFAULT_SEGMENT", "Losses", "Scorer", "Stream", "byte_ends", "perplexity"]

DEFAULT_SEGMENT = 512


@dataclass(frozen=True, eq=False)
class Losses:
    """What a model made of one text, segment by segment; lower is better."""

    nll: Float[np.ndarray, " segment"]
    """Negative log-likelihood of each segment's scored tokens, nats."""
    tokens: Int[np.ndarray, " segment"]
    """Scored tokens of each segment."""
    bytes: Int[np.ndarray, " segment"]
    """UTF-8 bytes of their text."""

    @property
    def nats_per_token(self) -> float:
        """Mean loss of a token, nats."""
        return float(self.nll.sum() / self.tokens.sum())

    @property
    def nats_per_byte(self) -> float:
        """Loss per byte of text, nats: comparable across tokenizers."""
        return float(self.nll.sum() / self.bytes.sum())

    @property
    def perplexity(self) -> float:
        """The exponential of the mean loss of a token; at least 1."""
        with np.errstate(over="ignore"):
            return float(np.exp(np.float64(self.nats_per_token)))


@dataclass(frozen=True, eq=False)
class Stream:
    """One text under one tokenizer, cut into windows."""

    language: str
    ids: list[int]
    windows: list[Window]
    bytes: Int[np.ndarray, " segment"]

    @property
    def tokens(self) -> Int[np.ndarray, " segment"]:
        """Scored tokens of each window."""
        return np.array([window.scored for window in self.windows])


class Scorer:
    """Texts made ready for a model once, scored as often as wanted: as it is, or with neurons deactivated."""

    def __init__(
        self,
        model: "LanguageModel",
        texts: Mapping[str, str],
        *,
        windows: Windows = "rolling",
        segment: int | None = None,
        budget: int | None = None,
    ) -> None:
        """Tokenizes each text as one stream and cuts it into windows.

        Args:
            model: From `load_model` or `wrap_model`.
            texts: A stream of text per language.
            windows: `rolling` or `paper`, see `plan_windows`.
            segment: Longest input in tokens; by default 512, or the model's context if that is smaller.
            budget: Tokens per batch; by default as for `extract`.

        Raises:
            BabelscopeError: If a text has fewer than two tokens, or the segment is longer than the context.
            ModelError: If the windows need a prefix and the tokenizer has neither BOS nor EOS.
        """
        self.model = model
        self.segment = min(DEFAULT_SEGMENT, model.context) if segment is None else segment
        self.windows: Windows = windows
        if self.segment > model.context:
            raise BabelscopeError(
                f"a segment of {self.segment} tokens is longer than the context of {model.name}, "
                f"{model.context} tokens; use --segment {model.context} or less"
            )
        self.budget = budget or default_budget(model)
        self.streams = {language: self._stream(language, text) for language, text in texts.items()}
        needs_prefix = any(window.prefix for stream in self.streams.values() for window in stream.windows)
        self._prefix = _prefix(model) if needs_prefix else 0

    @cached_property
    def head(self) -> Head | None:
        """Where logits come from a few at a time; None where only the whole model makes them."""
        return find_head(self.model)

    @property
    def segments(self) -> int:
        """Windows of all languages together."""
        return sum(len(stream.windows) for stream in self.streams.values())

    def key(self, language: str) -> str:
        """Hash over everything in a text and its windows that losses depend on."""
        stream = self.streams[language]
        return text_hash(repr(stream.ids), repr(stream.windows), str(self._prefix))

    def stored(self, language: str, nll: Sequence[float]) -> Losses:
        """Losses whose sums are known from an earlier run."""
        stream = self.streams[language]
        return Losses(np.array(nll, dtype=np.float64), stream.tokens, stream.bytes)

    def _stream(self, language: str, text: str) -> Stream:
        ids = self.model.encode([text])[0][self.model.special :]
        try:
            windows = plan_windows(len(ids), self.segment, self.windows, self.model.add_bos)
        except BabelscopeError as error:
            raise BabelscopeError(f"{language}: {error}") from error
        ends = np.concatenate([[0], byte_ends(self.model, text, len(ids))])
        scored = np.array([ends[window.stop] - ends[window.stop - window.scored] for window in windows])
        return Stream(language, ids, windows, scored)

    def score(self, language: str, condition: str = "", progress: Callable[[int], None] | None = None) -> Losses:
        """Losses of one language's text, with the model as it now is.

        Args:
            language: One of the texts.
            condition: What to call the state of the model in errors.
            progress: Called with the number of windows just scored.

        Raises:
            ModelError: If a loss is NaN or infinite (segment and condition are named), or one segment alone does not
                fit in memory.
        """
        stream = self.streams[language]
        nll = np.empty(len(stream.windows))
        batches = self._batches(stream)
        with evaluating(self.model):
            for rows in batches:
                self._score(stream, rows, nll)
                bad = [row for row in rows if not np.isfinite(nll[row])]
                if bad:
                    raise ModelError(self._not_finite(language, bad[0], len(nll), condition))
                if progress is not None:
                    progress(len(rows))
        return Losses(nll, stream.tokens, stream.bytes)

    def seconds(self) -> float:
        """Time that one pass over all texts would take, from one batch that is run and thrown away."""
        stream = max(self.streams.values(), key=lambda stream: len(stream.windows))
        rows = self._batches(stream)[0]
        nll = np.empty(len(stream.windows))
        with evaluating(self.model):
            # The first time also pays for memory that later batches find at hand.
            self._score(stream, rows, nll)
            started = time.perf_counter()
            self._score(stream, rows, nll)
            taken = time.perf_counter() - started
        batch = sum(stream.windows[row].read for row in rows)
        return taken * sum(window.read for each in self.streams.values() for window in each.windows) / batch

    def _batches(self, stream: Stream) -> list[list[int]]:
        """Windows that are scored together; one by one where logits are formed whole."""
        budget = self.budget if self.head is not None else 1
        return plan_batches([window.read for window in stream.windows], budget)

    def _not_finite(self, language: str, segment: int, segments: int, condition: str) -> str:
        hint = "try --dtype float32 or bfloat16" if self.model.dtype == "float16" else "the checkpoint may be broken"
        state = f" with {condition}" if condition else ""
        return (
            f"logits of {self.model.name} are NaN or infinite in segment {segment + 1} of {segments} of "
            f"{language}{state} (dtype {self.model.dtype}); {hint}"
        )

    def _score(self, stream: Stream, rows: Sequence[int], nll: np.ndarray) -> None:
        """Scores some windows, halving what does not fit in memory."""
        too_large = (
            f"out of memory on one segment of {self.segment} tokens; use a smaller --segment or --dtype, "
            "--device cpu or --device-map auto"
        )
        for some, losses in in_halves(lambda part: self._losses(stream, part), rows, too_large):
            nll[some] = losses

    def _losses(self, stream: Stream, rows: Sequence[int]) -> Float[np.ndarray, " row"]:
        read, target, scored = self._tensors(stream, rows)
        device = self.model.device
        inputs = {"input_ids": read.to(device), "attention_mask": self._attention(stream, rows).to(device)}
        if self.head is not None:
            hidden: Tensor = self.model.backbone(**inputs, use_cache=False).last_hidden_state
            losses = self.head.losses(hidden[scored.to(hidden.device)], target[scored].to(hidden.device))
        else:
            logits: Tensor = self.model.model(**inputs, use_cache=False).logits
            losses = losses_of(logits[scored.to(logits.device)], target[scored])
        owner = scored.nonzero()[:, 0]
        return torch.zeros(len(rows), dtype=torch.float64).index_add_(0, owner, losses.cpu().double()).numpy()

    def _tensors(self, stream: Stream, rows: Sequence[int]) -> tuple[Tensor, Tensor, Tensor]:
        """What is read, what is to be predicted at each position, and which of it is scored; padded on the right."""
        windows = [stream.windows[row] for row in rows]
        pieces = [[self._prefix] * w.prefix + stream.ids[w.start : w.stop] for w in windows]
        width = max(len(piece) for piece in pieces)
        whole = torch.full((len(rows), width), self.model.pad_id)
        scored = torch.zeros((len(rows), width - 1), dtype=torch.bool)
        for k, (piece, window) in enumerate(zip(pieces, windows, strict=True)):
            whole[k, : len(piece)] = torch.tensor(piece)
            scored[k, len(piece) - 1 - window.scored : len(piece) - 1] = True
        return whole[:, :-1], whole[:, 1:], scored

    def _attention(self, stream: Stream, rows: Sequence[int]) -> Tensor:
        lengths = [stream.windows[row].read for row in rows]
        return (torch.arange(max(lengths))[None] < torch.tensor(lengths)[:, None]).long()


def perplexity(
    model: "LanguageModel",
    texts: Mapping[str, str],
    *,
    windows: Windows = "rolling",
    segment: int | None = None,
    budget: int | None = None,
) -> dict[str, Losses]:
    """Losses of a model on a stream of text per language [METHODS 4].

    With `rolling` windows the sum of the losses is minus lm-eval's `loglikelihood_rolling` at the same maximum
    length, except for models that need a BOS token, which get one at the start of every window rather than once.

    Args:
        model: From `load_model` or `wrap_model`; within `deactivate`, with those neurons changed.
        texts: A stream of text per language.
        windows: `rolling` or `paper`.
        segment: Longest input in tokens; by default 512, or the model's context if that is smaller.
        budget: Tokens per batch; the result does not depend on it.
    """
    scorer = Scorer(model, texts, windows=windows, segment=segment, budget=budget)
    return {language: scorer.score(language) for language in texts}


def _prefix(model: "LanguageModel") -> int:
    """The token a text starts from: a BOS the model needs, else the BOS or EOS of its tokenizer or configuration."""
    config = model.model.config.get_text_config()
    named = [
        model.bos_id if model.add_bos else None,
        model.tokenizer.bos_token_id,
        model.tokenizer.eos_token_id,
        getattr(config, "bos_token_id", None),
        getattr(config, "eos_token_id", None),
    ]
    for token in named:
        token = token[0] if isinstance(token, list) and token else token
        if isinstance(token, int) and 0 <= token < model.embedding_rows:
            return token
    raise ModelError(
        f"{model.name} has neither a BOS nor an EOS token to start a text from; use --windows paper, which needs none"
    )


def byte_ends(model: "LanguageModel", text: str, tokens: int) -> Int[np.ndarray, " token"]:
    """Bytes of the text up to the end of each token; what no token covers counts to the next, at the end to the last.

    Without a fast tokenizer, which alone tells where its tokens are, bytes are spread evenly over tokens.
    """
    sizes = np.array([len(character.encode("utf-8", "surrogatepass")) for character in text], dtype=np.int64)
    upto = np.concatenate([[0], np.cumsum(sizes)])
    if not getattr(model.tokenizer, "is_fast", False):
        return np.round(np.arange(1, tokens + 1) * (upto[-1] / tokens)).astype(np.int64)
    spans = model.tokenizer(text, add_special_tokens=False, verbose=False, return_offsets_mapping=True)
    last = np.array([stop for _, stop in spans["offset_mapping"]], dtype=np.int64)
    ends = upto[np.maximum.accumulate(last)]
    ends[-1] = upto[-1]
    return ends
