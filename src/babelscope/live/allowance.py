"""A share of training time in; how many sentences a measurement may have, and whether one is affordable now, out."""

import statistics
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["FEWEST", "MOST", "Allowance"]

FEWEST, MOST = 20, 100
"""Bounds of the number of sentences chosen: below, intervals say little; above, they hardly shrink."""

_SETTLED = 20
"""Training steps after which their usual length is known."""
_CAREFUL = 0.75
"""Part of the allowance a measurement is made to fit: it must not skip every other turn for a little noise."""


class Allowance:
    """Keeps the accounts of a run: time trained, time spent on measuring, and what a measurement costs.

    Everything counts as spent: making the model readable, the calibration pass, measurements, warnings. Spending
    never exceeds `budget` times the time trained, except for the calibration itself, whose cost nobody knows
    before it was paid: later measurements wait until it is made good.
    """

    def __init__(self, budget: float, every: int, clock: Callable[[], float]) -> None:
        """Starts with nothing trained and nothing spent.

        Args:
            budget: Share of training time that may be spent.
            every: Steps between measurements.
            clock: Seconds, from any origin.
        """
        self.budget, self.every = budget, every
        self.spent = 0.0
        self._clock = clock
        self._started: float | None = None
        self._last: tuple[int, float] | None = None
        self._rates: deque[float] = deque(maxlen=101)
        self._steps = 0
        self._costs: deque[float] = deque(maxlen=5)

    @property
    def trained(self) -> float:
        """Seconds since the first step, without those spent."""
        return 0.0 if self._started is None else self._clock() - self._started - self.spent

    @property
    def settled(self) -> bool:
        """Whether enough steps were seen to know how long one takes."""
        return self._steps >= max(1, min(_SETTLED, self.every - 1))

    @property
    def per_measurement(self) -> float:
        """Seconds one measurement may take, if every turn is to be kept."""
        return self.budget * self.every * statistics.median(self._rates)

    def tick(self, step: int) -> None:
        """Notes that training has come to a step."""
        if self._started is None:
            self._started = self._clock()
        now = self.trained
        if self._last is not None and step > self._last[0]:
            self._rates.append((now - self._last[1]) / (step - self._last[0]))
            self._steps += step - self._last[0]
        self._last = (step, now)

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Counts the block's time as spent."""
        begun = self._clock()
        try:
            yield
        finally:
            self.spent += self._clock() - begun

    def fitting(self, seconds: float, sentences: int) -> int:
        """Sentences whose measurement fits, given what one of so many took; never below FEWEST nor above MOST."""
        room = _CAREFUL * self.per_measurement * sentences / seconds if seconds > 0 else MOST
        return int(max(FEWEST, min(MOST, room)))

    def expect(self, seconds: float) -> None:
        """Notes what a measurement takes, or is expected to."""
        self._costs.append(seconds)

    @property
    def affords(self) -> bool:
        """Whether a measurement can be made now without overdrawing."""
        cost = statistics.median(self._costs) if self._costs else 0.0
        return self.spent + cost <= self.budget * self.trained
