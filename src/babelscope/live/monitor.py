"""Somebody's training loop in, alignment of the model it trains out: every k steps, within a share of its time."""

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from babelscope.activations import Site
from babelscope.corpus import ParallelCorpus, load_corpus
from babelscope.errors import BabelscopeError, ModelError, unknown_choice
from babelscope.languages import display_order
from babelscope.live.alarm import Alarm, AlignmentWarning
from babelscope.live.allowance import FEWEST, MOST, Allowance
from babelscope.live.measurement import Measurement, measure
from babelscope.live.reading import Autocast, Reading
from babelscope.live.subject import Subject
from babelscope.live.unchanged import apart
from babelscope.models.wrapping import SpecialTokensChoice
from babelscope.provenance import Signature
from babelscope.regions import choose_rule
from babelscope.storage import write_json

__all__ = ["AlignmentMonitor"]

Log = Callable[[int, dict[str, float]], None]
"""Called as log(step, numbers by name)."""

_WARM_UP = 4
"""Sentences measured before the clock is looked at: the first time also pays for memory and kernels."""


class AlignmentMonitor:
    """Measures a model while it is trained, and leaves the training as it would have been, to the bit.

    Call `step` once per training step. Every `every` steps LRDS, SADS, SKLR and the loss per language are measured
    on the same sentences. How many is settled once, so that a measurement fits its share of training time: timed on
    the untrained model where the first call is one that is due (step 0), else when the first is due. From then on a
    measurement that would overdraw the budget is skipped, never shortened; what calibration cost is made good in the
    same way. The measurement of step 0 becomes known once the length of a step is, at most 20 steps later.

    Losses are those of the first 20 sentences, each by itself, its first token unscored: for following over time,
    not for comparing with the perplexity of running text. Region sizes come without interval and null.

    SADS that falls by a tenth of its recent best and beyond the interval of the paired difference, a loss that rises
    by ln 3, and a measurement that fails give an `AlignmentWarning`, once until it is over; training goes on.

    Of several processes only the first measures, and the others wait for it at their next common step; weights that
    are sharded over processes are refused. Forward hooks on the model see the passes of a measurement as well.
    """

    def __init__(
        self,
        corpus: ParallelCorpus | str | Path,
        tokenizer: Any,
        *,
        every: int = 100,
        budget: float = 0.02,
        n: int | None = None,
        languages: str | Sequence[str] | None = None,
        seed: int | None = None,
        site: Site = "mlp",
        threshold: float | None = None,
        share: float | None = None,
        special_tokens: SpecialTokensChoice = "row",
        autocast: Autocast | None = None,
        batch_tokens: int | None = None,
        name: str = "",
        least_drop: float = 0.1,
        log: Log | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        """Checks everything that can be checked without the model.

        Args:
            corpus: The sentences, or what `load_corpus` takes; sentences the model is not trained on.
            tokenizer: The model's.
            every: Training steps between measurements.
            budget: Share of training time that may be spent on them.
            n: Sentences per language, the first of the corpus; by default as many as fit the budget, 20 to 100.
                Give the same to go on with a curve after a restart.
            languages: Which ones; by default as for `load_corpus`. Only with a corpus by name.
            seed: Shuffle the corpus with it before taking sentences; None keeps its order.
            site: Where neurons are read.
            threshold: Smallest z-score of a region's neurons, as for `scan`.
            share: Fraction of neurons each region gets, instead of a threshold.
            special_tokens: Whether a BOS token stands before every sentence, as for `wrap_model`.
            autocast: Compute in this type, as training does; by default in that of the weights, as a scan of the
                saved checkpoint would.
            batch_tokens: Padded tokens per batch.
            name: What to call the model; by default what its configuration does.
            least_drop: Share of its best value that SADS must have lost for a warning.
            log: Called as log(step, numbers) for every measurement.
            clock: Seconds, from any origin.

        Raises:
            BabelscopeError: If a choice is out of range or the corpus cannot be read.
        """
        _check(every, budget, n, autocast)
        if not isinstance(corpus, ParallelCorpus):
            corpus = load_corpus(corpus, languages=languages)
        elif languages is not None:
            raise BabelscopeError("languages are chosen when a corpus is loaded; leave them out beside a loaded one")
        corpus = corpus.select(seed=seed)
        corpus = corpus.select(n or min(MOST, corpus.n))
        self.corpus = corpus.reorder(display_order(corpus.languages))
        """The sentences, of which the first `n` are measured."""
        self.n = n
        """Sentences per language; None until it is settled."""
        self.every = every
        self.history: list[Measurement] = []
        self.skipped: list[int] = []
        """Steps at which a measurement was due that the budget had no room for."""
        self.failed: list[int] = []
        """Steps at which one failed."""
        self.rule = choose_rule(len(corpus.languages), threshold, share)
        self.allowance = Allowance(budget, every, clock)
        self._subject = Subject(
            self.corpus,
            tokenizer,
            name=name,
            site=site,
            autocast=autocast,
            batch_tokens=batch_tokens,
            special_tokens=special_tokens,
        )
        self._log, self._clock = log, clock
        self._alarm = Alarm(least_drop)
        self._opening: tuple[int, Reading, float] | None = None
        self._last_due: int | None = None
        self._warned: set[str] = set()

    def step(self, model: Any, step: int) -> Measurement | None:
        """To be called after every training step, and once with step 0 before the first for the untrained model.

        Args:
            model: The model in training, as the loop holds it.
            step: Training steps done.

        Returns:
            The measurement of this step, where one was made.

        Raises:
            ModelError: On the first measurement, if the model cannot be measured in this process.
        """
        if not _is_first_process():
            return None
        due = step % self.every == 0 and step != self._last_due
        if due or self.n is None:
            _synchronise()
        self.allowance.tick(step)
        settling = self._opening is not None and self.allowance.settled
        if not due and not settling:
            return None
        with self.allowance.spending(), apart():
            if settling:
                self._settle()
            if not due:
                return None
            first, self._last_due = self._last_due is None, step
            self._subject.look_at(model)
            try:
                return self._turn(step, first)
            except ModelError as error:
                return self._fail(step, str(error))

    def _turn(self, step: int, first: bool) -> Measurement | None:
        """A measurement is due: makes it, skips it, or finds out how large it may be."""
        if self.n is None and not self.allowance.settled:
            if self._opening is None:
                self._opening = (step, *self._calibrate(self.corpus.n))
            return None
        if self.n is None:
            sentences = min(FEWEST, self.corpus.n)
            self._choose(self._calibrate(sentences)[1], sentences)
        assert self.n is not None
        # What comes before any training has no time of its own: it is made good like a calibration.
        before_training = first and not self.allowance.settled
        if not before_training and not self.allowance.affords:
            self.skipped.append(step)
            return None
        begun = self._clock()
        made = self._measured(self._subject.read(self.n), step)
        seconds = self._clock() - begun
        self.allowance.expect(seconds)
        return self._keep(made, seconds)

    def _calibrate(self, sentences: int) -> tuple[Reading, float]:
        """A whole measurement, of so many sentences and for its time; a little one goes before."""
        measure(self._subject.read(min(_WARM_UP, sentences)), 0, self.rule, Signature.of())
        begun = self._clock()
        reading = self._subject.read(sentences)
        measure(reading, 0, self.rule, Signature.of())
        return reading, self._clock() - begun

    def _measured(self, reading: Reading, step: int) -> Measurement:
        signature = self._subject.signature(reading.sentences, step, str(self.rule))
        return measure(reading, step, self.rule, signature)

    def _choose(self, seconds: float, sentences: int) -> None:
        self.n = min(self.corpus.n, self.allowance.fitting(seconds, sentences))
        self.allowance.expect(seconds * self.n / sentences)

    def _settle(self) -> None:
        """The length of a step is known: chooses the sentences, and measures the untrained model on them."""
        assert self._opening is not None
        step, reading, seconds = self._opening
        self._opening = None
        self._choose(seconds, reading.sentences)
        assert self.n is not None
        begun = self._clock()
        made = self._measured(reading.first(self.n), step)
        self._keep(made, seconds + self._clock() - begun)

    def _keep(self, made: Measurement, seconds: float) -> Measurement:
        made = replace(made, seconds=seconds, warnings=self._alarm.look(made, self._subject.guessing))
        self.history.append(made)
        if self._log is not None:
            self._log(made.step, made.as_logs())
        self._warn(made.step, made.warnings)
        return made

    def _fail(self, step: int, reason: str) -> None:
        self.failed.append(step)
        if self._log is not None:
            self._log(step, {"alignment/failed": 1.0})
        self._warn(step, {"failed": f"the model could not be measured: {reason}"})
        return None

    def _warn(self, step: int, found: dict[str, str]) -> None:
        """Says what is new; what was already said and lasts is only in the logs."""
        news = [text for kind, text in found.items() if kind not in self._warned]
        self._warned = set(found)
        for text in news:
            warnings.warn(f"step {step}: {text}", AlignmentWarning, stacklevel=2)

    def save(self, path: str | Path) -> Path:
        """Writes all measurements, what was skipped and what it cost, as JSON.

        Raises:
            StorageError: If it cannot be written.
        """
        content = {
            "corpus": {"name": self.corpus.name, "hash": self.corpus.hash, "languages": list(self.corpus.languages)},
            "sentences": self.n,
            "every": self.every,
            "budget": self.allowance.budget,
            "seconds": {"trained": self.allowance.trained, "spent": self.allowance.spent},
            "skipped": self.skipped,
            "failed": self.failed,
            "measurements": [made.as_dict() for made in self.history],
            "signature": self.history[-1].signature.spelled() if self.history else None,
        }
        return write_json(Path(path), "live", content)


def _check(every: int, budget: float, n: int | None, autocast: str | None) -> None:
    if isinstance(every, bool) or not isinstance(every, int) or every < 1:
        raise BabelscopeError(f"every is a whole number of training steps, 1 or more, got {every!r}")
    if not 0 < budget <= 1:
        raise BabelscopeError(
            f"a budget is a share of training time, above 0 and at most 1, got {budget!r}; try 0.02"
        )
    if n is not None and n < 3:
        raise BabelscopeError(f"need at least 3 sentences for an interval, got n={n}; 50 or more say something")
    if autocast not in (None, "bfloat16", "float16"):
        raise BabelscopeError(unknown_choice("autocast", str(autocast), ("bfloat16", "float16")))


def _is_first_process() -> bool:
    import torch

    spread = torch.distributed.is_available() and torch.distributed.is_initialized()
    return not spread or torch.distributed.get_rank() == 0


def _synchronise() -> None:
    """Waits for what training has queued, which must not be taken for time spent measuring."""
    import torch

    if torch.cuda.is_initialized():
        torch.cuda.synchronize()
