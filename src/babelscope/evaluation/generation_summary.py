"""Continuations and their measures in, the content of generation.json out: plain types, and the finding in words."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from babelscope import languages as tongues
from babelscope.evaluation.fluency import summarise_texts
from babelscope.provenance import versions
from babelscope.report.numbers import p_value

if TYPE_CHECKING:
    from babelscope.evaluation.generation import Generation, Sample

__all__ = ["KINDS", "summarise"]

KINDS = ("none", "region", "random")
"""What each prompt is continued under, as the report shows it from left to right."""


def summarise(generation: "Generation") -> dict[str, Any]:
    """All texts and numbers of a generation run, as the report and other programs read them."""
    samples, codes = generation.samples, generation.languages
    groups = {code: [sample for sample in samples if sample.prompt.language == code] for code in codes}
    aggregates = {
        "by_language": {code: _aggregate(group) for code, group in groups.items()},
        "overall": _aggregate(samples),
    }
    contrast = _contrast(samples)
    source, change = generation.corpus.source, generation.intervention
    return {
        "model": generation.model_facts["model"],
        "step": generation.model_facts["step"],
        "site": change.site,
        "mode": change.mode,
        "factor": change.factor,
        "verdict": _verdict(aggregates["overall"], contrast),
        "languages": list(codes),
        "language_info": {code: tongues.describe(code) for code in codes},
        "settings": asdict(generation.decoding) | {"n": len(samples) // len(codes)},
        "prompts": {
            "name": generation.corpus.name,
            "hash": dict(generation.signature.fields)["prompts"],
            "source": source.location,
            "revision": source.revision,
            "licence": source.licence,
        },
        "regions_source": dict(generation.regions.source),
        "deactivated": {
            one.deactivated: {"neurons": one.neurons, "share": one.share}
            for one in generation.conditions
            if one.kind == "region"
        },
        "samples": [_sample(sample) for sample in samples],
        "aggregates": aggregates,
        "contrast": contrast,
        "warnings": [{"kind": kind, "message": message} for kind, message in generation.warnings],
        "signature": generation.signature.spelled(),
        "versions": {**versions(), **versions(("py3langid",))},
        "timings": generation.timings,
        "command": "",
    }


def _sample(sample: "Sample") -> dict[str, Any]:
    plain = sample.continuations["none"].ids
    written = {
        kind: {
            "text": one.text,
            "ids": list(one.ids),
            "ended": one.ended,
            "changed": one.ids != plain,
            "measures": sample.measures[kind].as_dict(),
        }
        for kind, one in sample.continuations.items()
    }
    prompt = sample.prompt
    return {"language": prompt.language, "id": prompt.id, "prompt": prompt.text, **written}


def _aggregate(samples: Sequence["Sample"]) -> dict[str, Any]:
    return {kind: summarise_texts([sample.measures[kind] for sample in samples]) for kind in KINDS}


def _contrast(samples: Sequence["Sample"]) -> dict[str, Any]:
    """Prompts whose language was kept under the control but not under the region, and the other way round.

    All prompts of a language meet the same two sets of neurons, so they are no independent evidence that a region
    differs from random sets. The language is the unit: were its region like any random set, the two could as well be
    exchanged, for all its prompts together.

    Returns:
        `lost`, `kept`: their numbers; `pairs`: prompts with both answers; `p`: two-sided, exact over all exchanges,
        None if no language differs; `floor`: the smallest p that so many differing languages can give.
    """
    balance: dict[str, int] = {}
    lost = kept = pairs = 0
    for one in samples:
        region, control = one.measures["region"].own_language, one.measures["random"].own_language
        if region is None or control is None:
            continue
        pairs += 1
        lost += control and not region
        kept += region and not control
        balance[one.prompt.language] = balance.get(one.prompt.language, 0) + control - region
    differing = [one for one in balance.values() if one]
    floor = 2.0 ** (1 - len(differing)) if differing else None
    return {"lost": lost, "kept": kept, "pairs": pairs, "p": _exchanged(differing), "floor": floor}


def _exchanged(balance: Sequence[int]) -> float | None:
    """Share of all choices of signs under which the numbers' sum is at least as far from 0 as it is."""
    if not balance:
        return None
    sums = Counter({0: 1})
    for one in balance:
        step: Counter[int] = Counter()
        for total, ways in sums.items():
            step[total + one] += ways
            step[total - one] += ways
        sums = step
    far = sum(ways for total, ways in sums.items() if abs(total) >= abs(sum(balance)))
    return far / 2 ** len(balance)


def _verdict(overall: dict[str, Any], contrast: dict[str, Any]) -> list[str]:
    own = [overall[kind]["own_language"] for kind in KINDS]
    if not any(share["n"] for share in own):
        first = "No continuation is long enough, or in a language known to the identifier, to tell its language."
    else:
        counts = [f"{share['count']} of {share['n']}" for share in own]
        first = (
            f"Of the continuations long enough to tell, {counts[0]} are in the prompt's language as the model is, "
            f"{counts[1]} with that language's region deactivated and {counts[2]} under a matched random control."
        )
    bad = [overall[kind]["malformed"] for kind in KINDS]
    counts = f"{bad[0]['count']}, {bad[1]['count']} and {bad[2]['count']} of {bad[0]['n']}"
    third = f"Malformed UTF-8 occurs in {counts} continuations, in that order."
    return [first, _compared(contrast), third]


def _compared(contrast: dict[str, Any]) -> str:
    lost, kept, p = contrast["lost"], contrast["kept"], contrast["p"]
    if not contrast["pairs"]:
        return "Region and control cannot be compared: no prompt has an identified language under both."
    if not lost + kept:
        return f"Region and control do not differ: each of {contrast['pairs']} prompts fares alike under both."
    counts = (
        f"{lost} of {contrast['pairs']} prompts lose their language under the region only, {kept} under the control "
        "only"
    )
    if p is None:
        return f"Region and control balance in every language: {counts}."
    if contrast["floor"] >= 0.05:
        return f"Too few languages differ to tell region and control apart: {counts} ({p_value(p)} over languages)."
    if p >= 0.05:
        return f"Region and control cannot be told apart: {counts} ({p_value(p)} over languages)."
    dearer = "region" if lost > kept else "control"
    return f"The {dearer} costs more than the other: {counts} ({p_value(p)} over languages)."
