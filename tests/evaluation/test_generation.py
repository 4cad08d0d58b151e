"""The whole experiment on tiny models: what is continued under what, what is stored, and what is said of it."""

import json
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from babelscope.errors import BabelscopeError, ModelError
from babelscope.evaluation.conditions import Intervention
from babelscope.evaluation.continuation import Continuation, Continuer, Decoding
from babelscope.evaluation.generation import Generation, generate_under
from babelscope.evaluation.generation_summary import _compared, _contrast
from babelscope.evaluation.prompts import Prompt
from babelscope.interventions import deactivate
from babelscope.models import LanguageModel
from babelscope.regions import NeuronMask, RegionRule, Regions, matched_random
from tiny_corpus import tiny_corpus
from tiny_models import tiny_model

pytest.importorskip("py3langid", reason="py3langid (the extra langid) is not installed")

CORPUS = tiny_corpus()
SHORT = Decoding(tokens=10)


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    return tiny_model("bloom")


def planted(model: LanguageModel, sizes: dict[str, int]) -> Regions:
    """Regions of as many random neurons as asked for."""
    rng = np.random.default_rng(11)
    width = sum(model.neurons)
    masks = {}
    for code, size in sizes.items():
        flat = np.zeros(width, dtype=bool)
        flat[rng.choice(width, size, replace=False)] = True
        masks[code] = NeuronMask.of_flat(flat, model.neurons)
    z = rng.normal(size=(len(sizes), width)).astype(np.float32)
    return Regions(masks, z, RegionRule("threshold", 2.0, ""), source={"model": model.label, "site": "mlp"})


@pytest.fixture(scope="module")
def regions(model: LanguageModel) -> Regions:
    return planted(model, {"en": 40, "fr": 40, "zh": 40})


def run(model: LanguageModel, regions: Regions, **choices: Any) -> Generation:
    return generate_under(model, regions, CORPUS, **({"n": 2, "decoding": SHORT} | choices))


def test_each_prompt_is_continued_as_is_without_its_region_and_without_its_control(model, regions) -> None:
    found = run(model, regions, seed=7)
    assert [sample.prompt.language for sample in found.samples] == ["en", "en", "fr", "fr", "zh", "zh"]
    for sample in found.samples:
        code = sample.prompt.language
        alone = Continuer(model, [sample.prompt], SHORT)
        assert sample.continuations["none"] == alone.run([0])[0]
        control = matched_random(regions[code], 7, 0, code)
        for kind, mask in (("region", regions[code]), ("random", control)):
            with deactivate(model, mask):
                assert sample.continuations[kind] == alone.run([0])[0]
    assert any(one.continuations["region"].ids != one.continuations["none"].ids for one in found.samples)


def test_the_interventions_mode_is_what_is_done(model, regions) -> None:
    found = run(model, regions, intervention=Intervention("scale", factor=1.0))
    for sample in found.samples:
        assert len({one.ids for one in sample.continuations.values()}) == 1
    assert found.summary()["mode"] == "scale"
    contrast = found.summary()["contrast"]
    assert (contrast["lost"], contrast["kept"], contrast["p"]) == (0, 0, None)


def test_a_killed_run_continues_where_it_stopped(model, regions, tmp_path: Path, monkeypatch) -> None:
    whole = run(model, regions)
    counted: list[int] = []
    original = Continuer.run

    def dies(self: Continuer, rows, state="", progress=None) -> list[Continuation]:
        counted.append(len(rows))
        if len(counted) == 4:
            raise KeyboardInterrupt
        return original(self, rows, state, progress)

    monkeypatch.setattr(Continuer, "run", dies)
    with pytest.raises(KeyboardInterrupt):
        run(model, regions, folder=tmp_path)
    assert {path.stem for path in tmp_path.iterdir()} == {"none", "region-en", "random-en-0"}
    shown: list[tuple[str, int, int]] = []
    again = run(model, regions, folder=tmp_path, progress=lambda *step: shown.append(step))
    assert counted[4:] == [2, 2, 2, 2] and shown[-1] == ("continuations", 18, 18)
    assert again.samples == whole.samples
    assert run(model, regions, folder=tmp_path).samples == whole.samples and len(counted) == 8


def test_what_is_stored_serves_nothing_it_does_not_belong_to(model, regions, tmp_path: Path, monkeypatch) -> None:
    run(model, regions, folder=tmp_path)
    ran: list[int] = []
    original = Continuer.run
    monkeypatch.setattr(
        Continuer, "run", lambda self, rows, *rest: ran.append(len(rows)) or original(self, rows, *rest)
    )

    def computed(**choices: Any) -> int:
        ran.clear()
        run(**({"model": model, "regions": regions, "folder": tmp_path} | choices))
        return sum(ran)

    assert computed() == 0
    assert computed(seed=1) == 6
    run(model, regions, folder=tmp_path)
    assert computed(intervention=Intervention("scale", factor=0.5)) == 12
    run(model, regions, folder=tmp_path)
    assert computed(model=tiny_model("bloom", seed=1)) == 18
    assert computed(decoding=Decoding(tokens=9)) == 18
    assert computed(decoding=Decoding(tokens=9), n=1) == 9
    assert computed(decoding=Decoding(tokens=9), n=1, languages=["fr"]) == 0
    next(tmp_path.glob("region-fr*")).write_text("{", encoding="utf-8")
    assert computed(decoding=Decoding(tokens=9), n=1, languages=["fr"]) == 1


def test_the_summary_is_plain_json_and_agrees_with_the_samples(model, regions) -> None:
    found = run(model, regions)
    content = json.loads(json.dumps(found.summary(), allow_nan=False))
    assert content["languages"] == ["en", "fr", "zh"]
    assert content["language_info"]["zh"]["script"] == "Hans"
    assert content["settings"] == {
        "tokens": 10, "sample": False, "temperature": 1.0, "top_p": 1.0, "seed": 0, "n": 2,
    }  # fmt: skip
    assert content["deactivated"]["fr"]["neurons"] == 40
    for stored, sample in zip(content["samples"], found.samples, strict=True):
        assert stored["prompt"] == sample.prompt.text
        assert stored["region"]["text"] == sample.continuations["region"].text
        assert stored["region"]["changed"] == (sample.continuations["region"].ids != sample.continuations["none"].ids)
    for kind in ("none", "region", "random"):
        malformed = [one[kind]["measures"]["malformed"] > 0 for one in content["samples"]]
        assert content["aggregates"]["overall"][kind]["malformed"]["count"] == sum(malformed)
        each = [content["aggregates"]["by_language"][code][kind]["texts"] for code in content["languages"]]
        assert each == [2, 2, 2]
    assert any(one["none"]["measures"]["malformed"] for one in content["samples"])
    assert content["verdict"] and content["signature"]["fields"]["decoding"] == "greedy"


def test_empty_regions_are_left_out_and_named_or_refused_where_asked_for(model) -> None:
    regions = planted(model, {"en": 30, "fr": 0})
    found = run(model, regions)
    assert found.languages == ("en",) and found.warnings == (("empty", "left out, for their regions are empty: fr"),)
    with pytest.raises(BabelscopeError, match="the region of fr is empty"):
        run(model, regions, languages=["fr"])
    with pytest.raises(BabelscopeError, match="no language has a region with neurons in it"):
        run(model, planted(model, {"en": 0, "fr": 0}))
    with pytest.raises(BabelscopeError, match="there is no region of 'hi'"):
        run(model, regions, languages=["hi"])


def test_regions_of_another_model_are_refused(model, regions) -> None:
    with pytest.raises(ModelError, match="these regions belong to"):
        run(tiny_model("llama"), regions)


def test_prompts_that_were_cut_are_warned_of(model, regions) -> None:
    found = run(model, regions, languages=["zh"], decoding=Decoding(tokens=115))
    assert [kind for kind, _ in found.warnings] == ["truncated"]
    assert found.warnings[0][1].startswith("prompts that lost their beginning, for 115 new tokens")
    assert found.warnings[0][1].endswith("the model's context of 128: zh 1")


class Answer:
    """A sample of which only the identified languages matter."""

    def __init__(self, region: bool | None, control: bool | None, code: str = "fr") -> None:
        self.prompt = Prompt(code, "1", "Le")
        self.measures = {kind: type("M", (), {"own_language": answer})() for kind, answer in
                         (("region", region), ("random", control))}  # fmt: skip


def test_the_contrast_exchanges_region_and_control_language_by_language() -> None:
    net = {"ar": 3, "en": 1, "es": -1, "fr": 2, "hi": 0, "id": 2, "pt": 1, "vi": 2, "zh": 3}
    answers = [Answer(True, True, code) for code in net] + [Answer(None, True)] * 3
    answers += [Answer(more < 0, more > 0, code) for code, more in net.items() for _ in range(abs(more))]
    found = _contrast(answers)  # type: ignore[arg-type]
    assert (found["lost"], found["kept"], found["pairs"]) == (14, 1, 24)
    sums = [sum(s * d for s, d in zip(signs, net.values(), strict=True)) for signs in product((-1, 1), repeat=9)]
    assert found["p"] == sum(abs(one) >= 13 for one in sums) / 2**9
    assert found["floor"] == 2 / 2**8
    assert _compared(found).startswith("The region costs more than the other: 14 of 24")


def test_many_prompts_of_one_language_are_one_region_against_one_control() -> None:
    found = _contrast([Answer(False, True)] * 20)  # type: ignore[arg-type]
    assert (found["lost"], found["p"], found["floor"]) == (20, 1, 1)
    assert _compared(found).startswith("Too few languages differ to tell region and control apart: 20 of 20")
    even = _contrast([Answer(False, True), Answer(True, False)])  # type: ignore[arg-type]
    assert even["p"] is None and "balance in every language" in _compared(even)


def test_the_contrasts_p_is_as_rare_as_it_says_where_prompts_of_a_language_fare_alike() -> None:
    rng = np.random.default_rng(0)
    low = 0
    for _ in range(400):
        fates = rng.random((9, 2)) < 0.5
        answers = [Answer(bool(a), bool(b), str(i)) for i, (a, b) in enumerate(fates) for _ in range(10)]
        p = _contrast(answers)["p"]  # type: ignore[arg-type]
        low += p is not None and p <= 0.05
    assert low <= 32


def test_the_verdict_can_say_no() -> None:
    assert "cannot be told apart" in _compared({"lost": 2, "kept": 1, "pairs": 9, "p": 1.0, "floor": 0.01})
    assert "do not differ" in _compared({"lost": 0, "kept": 0, "pairs": 9, "p": None, "floor": None})
    assert "cannot be compared" in _compared({"lost": 0, "kept": 0, "pairs": 0, "p": None, "floor": None})
    assert "The control costs more" in _compared({"lost": 0, "kept": 20, "pairs": 20, "p": 2e-6, "floor": 1e-6})
