"""The choices of one transfer, checked together before any work starts, and saved with its results."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from babelscope.errors import BabelscopeError, unknown_choice

__all__ = ["ENOUGH_SEEDS", "FINETUNED", "METHODS", "Method", "TransferOptions"]

Method = Literal["lora", "full", "qlora", "linear"]

METHODS: dict[str, str] = {
    "lora": "low-rank adapters in the attention, and a head",
    "full": "all weights, and a head",
    "qlora": "as lora, on weights kept in 4 bits; needs a GPU",
    "linear": "a linear probe of one layer of the frozen model",
}
"""Ways to learn the task in the source language, each in a few words."""

FINETUNED = ("lora", "full", "qlora")
"""The methods that train the model itself."""

ENOUGH_SEEDS = 3
"""Fewer fine-tunings than this say little: results of single ones scatter."""

# Chosen by the source language's dev set alone; LOG.md has the grid.
_RATES = {"lora": 3e-3, "qlora": 2e-4, "full": 1e-3}
_EPOCHS = {"tokens": 10, "sequence": 3}

# Of each kind of task: epochs and optimizer steps between two looks at the dev set, as [W24] ran them.
_W24_EPOCHS = {"tokens": 10, "sequence": 5}
_W24_EVERY = {"tokens": 500, "sequence": 100}


@dataclass(frozen=True)
class TransferOptions:
    """What can be chosen about a transfer, apart from the model and the task."""

    methods: tuple[str, ...] = ("lora", "linear")
    """Ways to learn the task; some of METHODS."""
    seeds: int = 3
    """Fine-tunings per method, each with its own head, order of examples and dropout: seeds 0, 1, ..."""
    epochs: int | None = None
    """Passes over the training set; by default 10 where words are labelled and 3 where texts are."""
    learning_rate: float | None = None
    """At the first step, falling linearly to 0; by default the method's own."""
    batch_size: int = 32
    """Examples per step of the optimizer."""
    accumulate: int = 1
    """Parts a batch is cut into, one after the other, where it does not fit into memory at once."""
    max_length: int = 128
    """Tokens of a training example that are read; dev and test examples are read as far as the model's context."""
    weight_decay: float = 0.0
    """Of AdamW."""
    clip: float = 1.0
    """Largest norm of the gradient."""
    warmup: float = 0.0
    """Share of the steps over which the learning rate rises from 0."""
    dropout: float = 0.1
    """Before the head; in training alone."""
    lora_rank: int = 8
    """Rank of the adapters."""
    lora_alpha: int = 32
    """Adapters are multiplied by this over the rank."""
    lora_dropout: float = 0.05
    """Before the adapters; in training alone."""
    lora_targets: tuple[str, ...] | None = None
    """Names of the linear maps that get an adapter; by default peft's for the family, or else the attention's."""
    pooling: Literal["last", "first", "mean"] = "last"
    """Which of a word's tokens is labelled: the last has read the whole word, the first is what [W24] used. `mean`
    is for linear probes alone."""
    separator: str = "\n"
    """Between the two texts of an example; [W24] had none."""
    layers: tuple[int, ...] | None = None
    """Of the linear probe: by default the embeddings (0), those half and two thirds of the way up, and the last."""
    eval_steps: int | None = None
    """Steps between two looks at the dev set; by default one look per epoch."""
    checkpointing: bool = False
    """Whether activations are computed twice rather than kept: less memory, a third more time."""
    recipe: Literal["default", "w24"] = "default"
    """Whose choices the defaults are; `TransferOptions.w24` makes those of [W24]."""

    def __post_init__(self) -> None:
        for kind, got, choices in (
            *(("method", method, METHODS) for method in self.methods),
            ("pooling", self.pooling, ("last", "first", "mean")),
            ("recipe", self.recipe, ("default", "w24")),
        ):
            if got not in choices:
                raise BabelscopeError(unknown_choice(kind, got, choices))
        if not self.methods:
            raise BabelscopeError(f"a transfer needs a method, got none; choose from: {', '.join(METHODS)}")
        twice = [name for name in self.methods if self.methods.count(name) > 1]
        if twice:
            raise BabelscopeError(f"method {twice[0]!r} was asked for twice; name each method once")
        if self.pooling == "mean" and set(self.methods) & set(FINETUNED):
            raise BabelscopeError(
                "fine-tuning labels one token of a word, got --pooling mean; choose last or first, or --method linear"
            )
        self._check_counts()
        self._check_amounts()

    def _check_counts(self) -> None:
        """Numbers of things: 1 or more."""
        for flag, got, what in (
            ("--seeds", self.seeds, "a transfer needs at least 1 seed"),
            ("--epochs", self.epochs, "training needs at least 1 epoch"),
            ("--batch-size", self.batch_size, "a batch has at least 1 example"),
            ("--accumulate", self.accumulate, "a batch has at least 1 part"),
            ("--max-length", self.max_length, "a training example has at least 1 token"),
            ("--lora-rank", self.lora_rank, "an adapter has rank 1 or more"),
            ("--eval-steps", self.eval_steps, "the dev set is looked at every 1 or more steps"),
        ):
            if got is not None and got < 1:
                raise BabelscopeError(f"{what}, got {flag} {got}")
        if self.batch_size % self.accumulate:
            raise BabelscopeError(
                f"a batch of {self.batch_size} examples cannot be cut into {self.accumulate} equal parts; give an "
                "--accumulate that divides --batch-size"
            )
        if self.lora_targets is not None and not self.lora_targets:
            raise BabelscopeError("adapters need a linear map to adapt, got no --lora-targets; leave the option out")

    def _check_amounts(self) -> None:
        """Numbers on a scale."""
        for flag, got, what, fine in (
            ("--learning-rate", self.learning_rate, "above 0", self.learning_rate is None or self.learning_rate > 0),
            ("--weight-decay", self.weight_decay, "0 or more", self.weight_decay >= 0),
            ("--clip", self.clip, "above 0", self.clip > 0),
            ("--warmup", self.warmup, "0 or more, and below 1", 0 <= self.warmup < 1),
            ("--dropout", self.dropout, "0 or more, and below 1", 0 <= self.dropout < 1),
            ("--lora-alpha", self.lora_alpha, "above 0", self.lora_alpha > 0),
            ("--lora-dropout", self.lora_dropout, "0 or more, and below 1", 0 <= self.lora_dropout < 1),
        ):
            if not fine or got != got:
                raise BabelscopeError(f"{flag} must be {what}, got {got}")

    @classmethod
    def w24(cls, kind: Literal["tokens", "sequence"], **others: Any) -> "TransferOptions":
        """The choices of [W24], who fine-tuned once, in 4 bits (`qlora`); here lora in full precision by default.

        With few training examples its learning rate learns nothing: 700 sentences make 220 steps, where [W24] had
        thousands.

        Args:
            kind: Whether words or texts are labelled.
            others: Fields to choose otherwise.
        """
        chosen: dict[str, Any] = dict(
            methods=("lora",),
            epochs=_W24_EPOCHS[kind],
            learning_rate=2e-5,
            batch_size=32,
            accumulate=4,
            max_length=128,
            lora_rank=8,
            lora_alpha=32,
            lora_dropout=0.05,
            pooling="first",
            separator="",
            eval_steps=_W24_EVERY[kind],
            checkpointing=True,
        )
        return cls(**{**chosen, **others, "recipe": "w24"})

    def rate(self, method: str) -> float:
        """Learning rate of one method of fine-tuning."""
        return self.learning_rate if self.learning_rate is not None else _RATES[method]

    def passes(self, kind: Literal["tokens", "sequence"]) -> int:
        """Epochs for one kind of task."""
        return self.epochs if self.epochs is not None else _EPOCHS[kind]

    def layers_of(self, blocks: int) -> tuple[int, ...]:
        """The layers to probe in a model of this many blocks, ascending.

        Raises:
            BabelscopeError: If the model does not have one that was asked for.
        """
        if self.layers is None:
            return tuple(sorted({0, max(1, round(blocks / 2)), max(1, round(blocks * 2 / 3)), blocks}))
        for layer in self.layers:
            if not 0 <= layer <= blocks:
                raise BabelscopeError(f"got layer {layer} in --layers; the model's hidden states are 0 to {blocks}")
        return tuple(sorted(set(self.layers)))

    def settings(self, method: str, kind: Literal["tokens", "sequence"]) -> dict[str, Any]:
        """Every choice that the predictions of one method depend on, defaults filled in: what its key is made of.

        Args:
            method: One of METHODS.
            kind: Whether words or texts are labelled.
        """
        if method == "linear":
            return {"method": method, "pooling": self.pooling, "separator": self.separator, "layers": self.layers}
        filled = replace(
            self, methods=(method,), epochs=self.passes(kind), learning_rate=self.rate(method), layers=None
        )
        unrelated = {"methods", "seeds", "layers", "recipe"}
        if method == "full":
            unrelated |= {"lora_rank", "lora_alpha", "lora_dropout", "lora_targets"}
        return {"method": method, **{key: value for key, value in asdict(filled).items() if key not in unrelated}}

    def warnings(self) -> tuple[str, ...]:
        """What a reader should know of these choices, a line each."""
        if set(self.methods) & set(FINETUNED) and self.seeds < ENOUGH_SEEDS:
            count = "1 seed" if self.seeds == 1 else f"{self.seeds} seeds"
            return (f"{count} of fine-tuning: single runs scatter, use {ENOUGH_SEEDS} or more",)
        return ()
