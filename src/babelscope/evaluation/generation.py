"""Regions and prompts in, what a model writes with and without each language's region out, measured [Z25 A]."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from babelscope.corpus.parallel import ParallelCorpus
from babelscope.errors import BabelscopeError
from babelscope.evaluation.condition_texts import ConditionTexts, Progress
from babelscope.evaluation.conditions import Condition, Intervention, plan_conditions
from babelscope.evaluation.continuation import Continuation, Continuer, Decoding
from babelscope.evaluation.fluency import Fluency, fluency, identifiable
from babelscope.evaluation.generation_summary import summarise
from babelscope.evaluation.prompts import Prompt, plan_prompts
from babelscope.languages import display_order, name
from babelscope.provenance import Signature, package_fields, text_hash, versions
from babelscope.regions import Regions

if TYPE_CHECKING:
    from babelscope.models import LanguageModel

__all__ = ["Generation", "Sample", "generate_under"]


@dataclass(frozen=True)
class Sample:
    """One prompt and what followed it under each condition: `none`, `region` and `random`."""

    prompt: Prompt
    continuations: dict[str, Continuation]
    measures: dict[str, Fluency]


@dataclass(frozen=True, eq=False)
class Generation:
    """What a model wrote as it is, without each language's region, and without matched random neurons."""

    samples: tuple[Sample, ...]
    languages: tuple[str, ...]
    """Of the prompts, in display order."""
    conditions: tuple[Condition, ...]
    decoding: Decoding
    intervention: Intervention
    regions: Regions
    corpus: ParallelCorpus
    """Where the prompts come from."""
    model_facts: dict[str, str]
    signature: Signature
    warnings: tuple[tuple[str, str], ...]
    """Kind and message."""
    timings: dict[str, float]
    """Seconds by condition; only of those that were run now."""

    def summary(self) -> dict[str, Any]:
        """Everything as plain JSON types: the content of generation.json."""
        return summarise(self)

    def save(self, folder: str | Path, command: str = "", base: str | Path | None = None) -> Path:
        """Writes generation.json, and the report of everything the folder holds.

        Args:
            folder: Made if needed; the folder of the scan itself is a good place.
            command: The command line to record as the way to repeat it.
            base: Run folder of the scan, for the report, where `folder` is another.
        """
        from babelscope.run_folder import write_piece

        return write_piece(Path(folder), "generation", {**self.summary(), "command": command}, {}, base)


def generate_under(
    model: "LanguageModel",
    regions: Regions,
    corpus: ParallelCorpus,
    *,
    languages: Sequence[str] | None = None,
    n: int = 3,
    decoding: Decoding | None = None,
    intervention: Intervention | None = None,
    seed: int = 0,
    budget: int | None = None,
    folder: Path | None = None,
    progress: Progress | None = None,
    other_model: bool = False,
) -> Generation:
    """Continues prompts of each language with nothing, its own region, and a matched random control deactivated.

    Prompts are the first halves of the corpus' first sentences. What a model writes under the control tells what
    becomes of the text where any neurons are missing; what only the region does is more than that.

    Args:
        model: From `load_model` or `wrap_model`.
        regions: Found in this model.
        corpus: Where prompts are taken from.
        languages: Whose prompts and regions; by default all that have a region with neurons in it.
        n: Prompts per language.
        decoding: How tokens are chosen; by default 64 tokens, greedy.
        intervention: What is done to the neurons; by default they are set to 0 at the regions' site.
        seed: Of the random control.
        budget: Padded tokens per batch.
        folder: Keep finished conditions here; an interrupted run continues from them.
        progress: Called as progress(what, done, total), counting continuations.
        other_model: Allow regions found in a model of another name.

    Raises:
        BabelscopeError: If a language has no region or no prompts, or the numbers make no sense.
        MissingExtraError: If the language identifier is not installed.
        ModelError: If logits are NaN, or the regions are another model's.
    """
    decoding = decoding or Decoding()
    intervention = intervention or Intervention(site="gate" if regions.site == "gate" else "mlp")
    regions.check(model, other_model)
    languages, warnings = _languages(regions, languages)
    prompts = plan_prompts(corpus, languages, n)
    conditions = plan_conditions(regions, languages, controls=1, seed=seed)
    continuer = Continuer(model, prompts, decoding, budget)
    texts = ConditionTexts(continuer, intervention, folder, progress)
    found = {condition.key: texts.run(condition) for condition in conditions}
    samples = [_sample(i, prompt, found) for i, prompt in enumerate(prompts)]
    facts = model.signature_fields
    if continuer.cut:
        codes = [prompt.language for prompt in continuer.cut]
        counts = ", ".join(f"{code} {codes.count(code)}" for code in dict.fromkeys(codes))
        message = (
            f"prompts that lost their beginning, for {decoding.tokens} new tokens would not have fitted beside them "
            f"into the model's context of {model.context}: {counts}"
        )
        warnings.append(("truncated", message))
    return Generation(
        samples=tuple(samples),
        languages=tuple(languages),
        conditions=tuple(conditions),
        decoding=decoding,
        intervention=intervention,
        regions=regions,
        corpus=corpus,
        model_facts=facts,
        signature=_signature(facts, prompts, corpus, texts.keys, decoding, intervention, seed),
        warnings=tuple(warnings),
        timings=texts.timings,
    )


def _languages(regions: Regions, wanted: Sequence[str] | None) -> tuple[list[str], list[tuple[str, str]]]:
    """Whose prompts are continued, and what to say about those that are not or cannot be identified."""
    warnings: list[tuple[str, str]] = []
    chosen = list(display_order(wanted if wanted is not None else regions))
    if wanted is None:
        empty = [code for code in chosen if not regions[code].size]
        chosen = [code for code in chosen if code not in empty]
        if empty:
            warnings.append(("empty", f"left out, for their regions are empty: {', '.join(empty)}"))
    if not chosen:
        raise BabelscopeError(
            "no language has a region with neurons in it, so there is nothing to deactivate; scan again with a "
            "lower --threshold or with --share"
        )
    unknown = [code for code in chosen if not identifiable(code)]
    if unknown:
        names = ", ".join(f"{name(code)} ({code})" for code in unknown)
        warnings.append(("language", f"the language identifier does not know {names}, so no share is given there"))
    return chosen, warnings


def _sample(index: int, prompt: Prompt, found: dict[str, dict[int, Continuation]]) -> Sample:
    code = prompt.language
    keys = {"none": "none", "region": f"region-{code}", "random": f"random-{code}-0"}
    continuations = {kind: found[key][index] for kind, key in keys.items()}
    measures = {kind: fluency(one.text, code, one.ids, one.malformed) for kind, one in continuations.items()}
    return Sample(prompt, continuations, measures)


def _signature(
    facts: dict[str, str],
    prompts: Sequence[Prompt],
    corpus: ParallelCorpus,
    keys: dict[str, str],
    decoding: Decoding,
    intervention: Intervention,
    seed: int,
) -> Signature:
    drawn = f"temperature {decoding.temperature:g}, top-p {decoding.top_p:g}, seed {decoding.seed}"
    codes = list(dict.fromkeys(prompt.language for prompt in prompts))
    return Signature.of(
        **facts,
        corpus=corpus.name,
        prompts=text_hash(*(part for prompt in prompts for part in (prompt.language, prompt.text))),
        languages=",".join(codes),
        n=len(prompts) // len(codes),
        site=intervention.site,
        mode=intervention.mode,
        conditions=text_hash(*(f"{condition} {key}" for condition, key in keys.items())),
        tokens=decoding.tokens,
        decoding=drawn if decoding.sample else "greedy",
        identifier=f"py3langid {versions(('py3langid',)).get('py3langid', '')}",
        seed=seed,
        **package_fields(),
    )
