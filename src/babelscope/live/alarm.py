"""One measurement after another in; what is amiss with the latest out, whatever the number of looks."""

import math
from collections import deque

from babelscope.live.measurement import Measurement
from babelscope.scores import jackknife_interval

__all__ = ["Alarm", "AlignmentWarning"]

LOSS_STEP = math.log(3)
"""Change of a loss that is never noise, nats per token: the rule for held-out loss of METHODS 5."""
ERROR = 0.05
"""Chance of any false alarm about SADS over a whole run, however long."""
RECENT = 10
"""Measurements whose best the latest is held against: a lasting change is news once, not for ever."""


class AlignmentWarning(UserWarning):
    """A model in training lost alignment, or the grip on a language; or could not be measured."""


class Alarm:
    """Compares each measurement with the best of those before it."""

    def __init__(self, least_drop: float = 0.1) -> None:
        """Starts without anything to compare with.

        Args:
            least_drop: Share of its best value that SADS must have lost to be worth a warning. Training wanders: at a
                steady loss SADS of a model of 1.2 M parameters went up and down by 5 % within a hundred steps, beyond
                an interval that is narrow because two such checkpoints share most of what sentences differ in.
        """
        self._least_drop = least_drop
        self._recent: deque[Measurement] = deque(maxlen=RECENT)
        self._lowest: dict[str, tuple[float, int]] = {}
        self._looks = 0

    def look(self, latest: Measurement, guessing: float) -> dict[str, str]:
        """What is amiss, a sentence by kind: `sads` dropped by much and beyond its interval, a `loss` rose by ln 3.

        SADS is compared with the best of the ten measurements before, by the paired jackknife: all saw the same
        sentences. Look k is held to the level 0.05 / (k (k + 1)), shared out over the points the best was chosen
        from; these levels add up to 0.05 over a run of any length. A model whose loss is not yet ln 3 below that of
        guessing is no point to fall from: what alignment it has comes from shared tokens, and training first
        destroys it.

        Args:
            latest: Of the same sentences as those before it.
            guessing: Loss of giving every token the same probability, nats.
        """
        found = {"sads": self._drop(latest), "loss": self._rise(latest)}
        losses = {language: own.nats_per_token for language, own in latest.losses.items()}
        if sum(losses.values()) / len(losses) <= guessing - LOSS_STEP:
            self._recent.append(latest)
        for language, loss in losses.items():
            self._lowest[language] = min(self._lowest.get(language, (loss, latest.step)), (loss, latest.step))
        return {kind: text for kind, text in found.items() if text}

    def _drop(self, latest: Measurement) -> str:
        if not self._recent:
            return ""
        self._looks += 1
        best = max(self._recent, key=lambda made: made.sads.value)
        before, now = best.sads, latest.sads
        if before.replicates is None or now.replicates is None:
            return ""
        confidence = 1 - ERROR / (self._looks * (self._looks + 1) * len(self._recent))
        change = now.value - before.value
        low, high = jackknife_interval(change, now.replicates - before.replicates, confidence)
        if low is None or high is None or high >= 0 or -change < self._least_drop * before.value:
            return ""
        return (
            f"SADS fell by {-change:.3g} (at least {-high:.3g}, after {self._looks} looks) to {now.value:.3g}, from "
            f"{before.value:.3g} at step {best.step}: translations are told from other sentences less well"
        )

    def _rise(self, latest: Measurement) -> str:
        risen = []
        for language, losses in latest.losses.items():
            least, step = self._lowest.get(language, (math.inf, 0))
            if losses.nats_per_token >= least + LOSS_STEP:
                risen.append(f"{language} {least:.3g} at step {step}, now {losses.nats_per_token:.3g}")
        return f"the loss rose by ln 3 or more, nats per token: {'; '.join(risen)}" if risen else ""
