"""A model and a few sentences in, a verdict per line out: can it be measured, and are the numbers safe?"""

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from babelscope.corpus.fertility import fertility
from babelscope.corpus.parallel import CorpusSource, ParallelCorpus
from babelscope.errors import BabelscopeError
from babelscope.models.encoding import comes_back

if TYPE_CHECKING:
    from torch import Tensor

    from babelscope.activations import Batch
    from babelscope.models import LanguageModel

__all__ = ["Check", "DoctorReport", "examine"]

Verdict = Literal["ok", "warn", "fail"]
Encoded = dict[str, list[list[int]]]

# Relative differences that are (harmless, suspicious) by precision; above the second, numbers depend on batching.
_TOLERANCES = {"float32": (1e-5, 1e-3), "float64": (1e-5, 1e-3)}
_HALF_TOLERANCE = (2e-2, 1e-1)
_SINK = 10.0
"""First token's norm over the others' from which it would dominate a short sentence's mean."""
_SENTENCES = 8

_SAMPLE = {
    "en": ("The cat sleeps.", "We did not see the river because the fog was too thick.", "Who opened the door?"),
    "ar": ("القطة نائمة.", "لم نر النهر لأن الضباب كان كثيفا جدا.", "من فتح الباب؟"),
    "hi": ("बिल्ली सो रही है।", "हमने नदी नहीं देखी क्योंकि कोहरा बहुत घना था।", "दरवाज़ा किसने खोला?"),
    "zh": ("猫在睡觉。", "我们没有看见河，因为雾太浓了。", "谁开了门？"),
}


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    verdict: Verdict
    detail: str


@dataclass(frozen=True)
class DoctorReport:
    """All checks of one model, in the order they were made."""

    model: str
    checks: tuple[Check, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of all checks."""
        found = {check.verdict for check in self.checks}
        return "fail" if "fail" in found else "warn" if "warn" in found else "ok"

    def __getitem__(self, name: str) -> Check:
        """The check of that name."""
        return next(check for check in self.checks if check.name == name)


def examine(model: "LanguageModel", corpus: ParallelCorpus | None = None) -> DoctorReport:
    """Looks at everything that could make this model's numbers wrong. The model is left as it was.

    Args:
        model: A loaded model; that it loaded already says that its sites passed the probe.
        corpus: Text to try it on: all of it for the tokenizer, its first sentences for the forward passes. By
            default a few built-in sentences in four scripts.
    """
    text = corpus if corpus is not None else ParallelCorpus.from_columns("sample", _SAMPLE, CorpusSource("built in"))
    checks = [_architecture(model), _weights(model)]
    try:
        encoded = {language: model.encode(text[language]) for language in text.languages}
        checks += [_context(model, encoded), _round_trip(model, text, encoded), *_fertility(model, text, encoded)]
    except BabelscopeError as error:
        checks.append(Check("tokenizer", "fail", str(error)))
    else:
        few = text.select(min(_SENTENCES, text.n))
        checks += [*_activations(model, few), _hooks(model, few)]
    return DoctorReport(f"{model.name}@{model.revision}", tuple(checks))


def _architecture(model: "LanguageModel") -> Check:
    row = model.architecture
    if row.detected:
        return Check(
            "architecture",
            "warn",
            f"{row.model_type} has no row; worked out from its structure: {row.layers}.*.{row.output_projection}, "
            f"activation {row.activation}" + (f" x {row.multiplier}" if row.gated else ""),
        )
    tried = "on trained, released weights" if row.tried == "released" else "only on models built from a configuration"
    return Check("architecture", "ok", f"{row.model_type}: known row, tried {tried}; attention {model.attention}")


def _weights(model: "LanguageModel") -> Check:
    import torch

    broken = [name for name, weight in model.model.named_parameters() if not torch.isfinite(weight).all()]
    if broken:
        return Check("weights", "fail", f"NaN or infinite values in {len(broken)} tensors, first in {broken[0]}")
    report = model.load_report
    if report.missing or report.unexpected or report.mismatched:
        return Check("weights", "fail", "the checkpoint does not fit the model's configuration")
    allowed = f", {len(report.allowed)} unused tensors known to be harmless" if report.allowed else ""
    facts = f"complete and finite, {model.dtype}, hash {model.weights_hash}{allowed}"
    if model.remote_code:
        return Check("weights", "warn", f"{facts}; code from the model's repository was allowed to run")
    return Check("weights", "ok", facts)


def _context(model: "LanguageModel", encoded: Encoded) -> Check:
    lengths = [len(ids) for column in encoded.values() for ids in column]
    cut = sum(length > model.context for length in lengths)
    facts = f"{model.context} tokens; the longest sentence here has {max(lengths)}"
    return Check("context", "warn" if cut else "ok", f"{facts}; {cut} will be cut" if cut else facts)


def _round_trip(model: "LanguageModel", text: ParallelCorpus, encoded: Encoded) -> Check:
    unknown_id = model.tokenizer.unk_token_id
    total = len(text.languages) * text.n
    unknown: Counter[str] = Counter()
    changed: Counter[str] = Counter()
    lost = 0
    for language, column in encoded.items():
        for sentence, ids in zip(text[language], column, strict=True):
            own = ids[model.special :]
            unknown[language] += unknown_id is not None and unknown_id in own
            back = model.tokenizer.decode(own, clean_up_tokenization_spaces=False)
            if back.split() != sentence.split():
                changed[language] += 1
                lost += not comes_back(sentence, model.tokenizer.decode(own, skip_special_tokens=True))
    if lost == total:
        detail = f"nothing comes back of any of {total} sentences; name the model's own tokenizer (--tokenizer)"
        return Check("round trip", "fail", detail)
    for count, what in ((unknown, "hold tokens the tokenizer does not know"), (changed, "decode to other text")):
        if sum(count.values()):
            named = ", ".join(f"{language} {number}" for language, number in count.items() if number)
            return Check("round trip", "warn", f"{sum(count.values())} of {total} sentences {what} ({named})")
    return Check("round trip", "ok", f"all {total} sentences decode to the text that was encoded")


def _fertility(model: "LanguageModel", text: ParallelCorpus, encoded: Encoded) -> list[Check]:
    tokens = {language: sum(len(ids) - model.special for ids in column) for language, column in encoded.items()}
    checks = []
    for language, cost in fertility(text, tokens).items():
        per_word = cost["per_word"]
        ratio, unit, limit = (
            (cost["per_character"], "character", 2.0) if per_word is None else (per_word, "word", 5.0)
        )
        detail = f"{ratio:.2f} tokens per {unit}"
        if ratio > limit:
            detail += (
                f", more than {limit:g}: this language falls to pieces, and its vectors are means over fragments"
            )
        checks.append(Check(f"fertility {language}", "warn" if ratio > limit else "ok", detail))
    return checks


class _Watch:
    """Reducer: the largest value, broken values, the first position's norm against the others', calls per layer."""

    def __init__(self) -> None:
        self.largest = 0.0
        self.broken: set[int] = set()
        self.calls: dict[int, int] = {}
        self.batches = 0
        self._first: dict[int, list[Tensor]] = {}
        self._others: dict[int, list[Tensor]] = {}

    def update(self, layer: int, values: "Tensor", batch: "Batch") -> None:
        """Takes one layer of one batch."""
        import torch

        attention = batch.attention.to(values.device).bool()
        seen = values[attention].float()
        self.calls[layer] = self.calls.get(layer, 0) + 1
        if not torch.isfinite(seen).all():
            self.broken.add(layer)
            return
        self.largest = max(self.largest, float(seen.abs().max()))
        norms = torch.linalg.vector_norm(seen, dim=-1).cpu()
        first = (batch.positions.to(values.device)[attention] == 0).cpu()
        self._first.setdefault(layer, []).append(norms[first])
        self._others.setdefault(layer, []).append(norms[~first])

    def finish(self, batch: "Batch") -> None:
        """Counts the batch."""
        self.batches += 1

    def discard(self) -> None:
        """Forgets nothing: what was seen of a failed batch only comes again."""

    def sink(self) -> tuple[float, int]:
        """Largest ratio over layers of the first position's mean norm to the others' median, and its layer."""
        import torch

        ratios = {
            layer: float(torch.cat(first).mean() / torch.cat(self._others[layer]).median().clamp_min(1e-12))
            for layer, first in self._first.items()
        }
        layer = max(ratios, key=lambda layer: ratios[layer])
        return ratios[layer], layer


def _activations(model: "LanguageModel", text: ParallelCorpus) -> list[Check]:
    """The checks that need forward passes: overflow first, since the others mean nothing without it."""
    from babelscope.activations import extract

    watch = _Watch()
    try:
        alone = extract(model, text, budget=1, reducers=(watch,)).activations
    except BabelscopeError as error:
        return [_overflow(model, watch) if watch.broken else Check("activations", "fail", str(error))]
    checks = [_site(model, watch), _overflow(model, watch), _bos(model, watch)]
    batched = extract(model, text, budget=1 << 14).activations
    left = extract(model, text, budget=1 << 14, padding="left").activations
    for name, other, what in (("batch size", alone, "one by one"), ("padding side", left, "padded on the left")):
        difference = max(
            float(
                (other.block(layer) - batched.block(layer)).abs().max()
                / batched.block(layer).abs().max().clamp_min(1e-30)
            )
            for layer in range(1, model.n_layers + 1)
        )
        harmless, suspicious = _TOLERANCES.get(model.dtype, _HALF_TOLERANCE)
        verdict: Verdict = "ok" if difference <= harmless else "warn" if difference <= suspicious else "fail"
        detail = f"{what}, vectors differ by at most {difference:.1e} of the layer's largest value ({model.dtype})"
        checks.append(Check(name, verdict, detail))
    return checks


def _site(model: "LanguageModel", watch: _Watch) -> Check:
    row, once = model.architecture, all(count == watch.batches for count in watch.calls.values())
    path = f"{row.layers}.*.{row.output_projection}"
    widths = sorted(set(model.neurons))
    shape = (
        f"{model.n_layers} x {widths[0]}"
        if len(widths) == 1
        else f"{model.n_layers} layers of {widths[0]} to {widths[-1]}"
    )
    if len(watch.calls) != model.n_layers or not once:
        return Check("site", "fail", f"{path} was not called exactly once per layer and forward pass: {watch.calls}")
    return Check("site", "ok", f"input of {path}, called once per pass: {shape} = {sum(model.neurons)} neurons")


def _overflow(model: "LanguageModel", watch: _Watch) -> Check:
    import torch

    limit = torch.finfo(getattr(torch, model.dtype)).max
    others = {"float32": "", "float64": "", "bfloat16": "float32"}.get(model.dtype, "float32 or bfloat16")
    advice = f"use --dtype {others}" if others else "the checkpoint may be broken"
    if watch.broken:
        layers = ", ".join(map(str, sorted(watch.broken)))
        return Check(
            "overflow",
            "fail",
            f"NaN or infinite activations in layer {layers} ({model.dtype}); {advice}",
        )
    share = watch.largest / limit
    detail = f"largest activation {watch.largest:.3g}, {model.dtype} holds up to {limit:.3g}"
    if share > 0.1:
        return Check("overflow", "warn", f"{detail}: too close; {advice}")
    return Check("overflow", "ok", detail)


def _bos(model: "LanguageModel", watch: _Watch) -> Check:
    ratio, layer = watch.sink()
    row = model.architecture
    first = f"the first position's norm is {ratio:.3g} x that of the others (layer {layer})"
    if model.add_bos:
        return Check("BOS", "ok", f"a BOS token goes first and never enters a mean; {first}")
    if row.special_tokens == "bos":
        return Check("BOS", "warn", f"no BOS token, though {row.model_type} breaks without one; {first}")
    if ratio > _SINK:
        return Check(
            "BOS", "warn", f"no BOS token; {first}, so it weighs on every mean; compare with --special-tokens bos"
        )
    return Check("BOS", "ok", f"no BOS token, as the row says; {first}")


def _hooks(model: "LanguageModel", text: ParallelCorpus) -> Check:
    import torch

    from babelscope.activations import make_batch, observe

    ids = model.encode([text[language][0] for language in text.languages[:2]])
    ids = [row[: model.context] for row in ids]
    batch = make_batch(ids, range(len(ids)), model.pad_id, model.special).to(model.device)

    def logits() -> "Tensor":
        with torch.inference_mode():
            return model.model(input_ids=batch.ids, attention_mask=batch.attention, use_cache=False).logits

    bare, again = logits(), logits()
    with observe(model.site_modules("mlp"), "mlp", lambda layer, values: None):
        hooked = logits()

    def same(one: "Tensor", other: "Tensor") -> bool:
        return torch.allclose(one, other, rtol=0, atol=0, equal_nan=True)

    if same(bare, hooked):
        return Check("hooks", "ok", "logits with hooks are bit-identical to those without")
    if not same(bare, again):
        return Check("hooks", "warn", "this device repeats no forward pass bit by bit, with or without hooks")
    return Check("hooks", "fail", f"hooks change the logits by up to {float((bare - hooked).abs().max()):.1e}")
