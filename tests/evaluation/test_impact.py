"""The whole ablation: what it measures and writes, that it resumes, and that random sets are not selective."""

import numpy as np
import pytest
import torch

import babelscope as bs
from babelscope.errors import BabelscopeError, CorpusError, ModelError
from babelscope.evaluation import perplexity
from babelscope.evaluation.ablation_content import ablation_rows
from babelscope.evaluation.impact import ablate
from babelscope.evaluation.matrix import matrix
from babelscope.evaluation.perplexity import Scorer
from babelscope.regions import NeuronMask, RegionRule, Regions, matched_random
from babelscope.storage import read_json, write_json
from babelscope.tables import read_csv, write_csv
from shared_files import shared
from tiny_corpus import tiny_corpus
from tiny_models import tiny_model

LANGUAGES = ("en", "fr", "zh", "ar")
SIGNED = {"model": "tiny-bloom", "step": "main", "site": "mlp", "corpus": "elsewhere"}


def planted(model, sizes=(9, 7, 8, 6), seed=0, source=SIGNED):
    """Random sets that call themselves regions."""
    masks = {}
    for code, size in zip(LANGUAGES, sizes, strict=True):
        first = NeuronMask(tuple(np.arange(width) < size for width in model.neurons))
        masks[code] = matched_random(first, seed, code)
    z = np.random.default_rng(seed).normal(size=(len(masks), sum(model.neurons))).astype(np.float32)
    return Regions(masks, z, RegionRule("share", 0.1), source=dict(source))


def text(sentences=8):
    corpus = tiny_corpus()
    return {code: "\n\n".join(corpus[code][:sentences]) for code in LANGUAGES}


@pytest.fixture(scope="module")
def model():
    return tiny_model("bloom")


@pytest.fixture(scope="module")
def result(model):
    return ablate(model, planted(model), text(), segment=32, controls=2, doses=(0.5,), resamples=300)


def test_every_cell_is_the_perplexity_under_that_condition(model, result):
    content = result.summary()
    base = perplexity(model, text(), segment=32)
    for dea in LANGUAGES:
        with bs.deactivate(model, planted(model)[dea]):
            off = perplexity(model, text(), segment=32)
        for code in LANGUAGES:
            cell = content["region"][dea]["cells"][code]
            assert cell["perplexity"] == pytest.approx(off[code].perplexity, rel=1e-6)
            expected = 100 * (off[code].perplexity / base[code].perplexity - 1)
            assert cell["increase_pct"] == pytest.approx(expected, rel=1e-4, abs=1e-4)
            assert cell["low"] <= cell["increase_pct"] <= cell["high"]
    assert content["languages"] == list(result.languages) == list(content["region"])
    assert content["base"]["zh"]["bytes"] == len(text()["zh"].encode())


def test_controls_are_averaged_and_their_increase_is_theirs(model, result):
    content = result.summary()
    seed = result.options.seed
    found = []
    for draw in range(2):
        with bs.deactivate(model, matched_random(planted(model)["fr"], seed, draw, "fr")):
            found.append(perplexity(model, text(), segment=32)["zh"].perplexity)
    base = content["base"]["zh"]["perplexity"]
    expected = np.mean([100 * (value / base - 1) for value in found])
    assert content["random"]["fr"]["cells"]["zh"]["increase_pct"] == pytest.approx(expected, rel=1e-4, abs=1e-4)
    every = [content["random"][dea]["cells"]["zh"]["increase_pct"] for dea in LANGUAGES]
    assert content["random_mean"]["zh"]["increase_pct"] == pytest.approx(np.mean(every))


def test_content_is_plain_and_the_tables_hold_it(result, tmp_path):
    folder = result.save(tmp_path / "run", "babelscope ablate ...")
    content = read_json(folder / "ablation.json", "ablation")
    assert content["command"] == "babelscope ablate ..." and content["signature"]["fields"]["controls"] == "2"
    rows = read_csv(folder / "ablation.csv", "ablation")
    assert len(rows) == (1 + 2 * 4 * 3) * 4
    assert {row["kind"] for row in rows} == {"none", "region", "random"}
    one = next(
        r for r in rows if (r["kind"], r["deactivated"], r["language"], r["dose"]) == ("region", "fr", "zh", 1)
    )
    assert one["increase_pct"] == pytest.approx(content["region"]["fr"]["cells"]["zh"]["increase_pct"])
    assert one["neurons"] == 14 and one["share"] == pytest.approx(
        14 / sum(planted(tiny_model("bloom"))["fr"].neurons)
    )
    none = [row for row in rows if row["kind"] == "none"]
    assert all(row["deactivated"] == "none" and row["increase_pct"] == 0 and row["seed"] is None for row in none)
    found = read_csv(folder / "selectivity.csv", "selectivity")
    assert [(row["dose"], row["language"]) for row in found if row["language"] == "all"] == [
        (0.5, "all"),
        (1.0, "all"),
    ]
    assert content["doses"][-1]["selectivity"] == content["selectivity"]
    manifest = read_json(folder / "manifest.json", "manifest")
    assert set(manifest["pieces"]) == {"ablation"} and "report.html" in manifest["files"]
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert 'id="interventions"' in page and "figures/perplexity-matrix.png" in page
    assert "`babelscope scan MODEL` fills" in page


def test_doses_are_smaller_sets_of_the_same_neurons(result):
    half = {c.deactivated: c for c in result.conditions if c.kind == "region" and c.dose == 0.5}
    for code, condition in half.items():
        whole = next(c for c in result.conditions if c.key == f"region-{code}")
        assert condition.neurons == round(whole.neurons / 2) and (condition.mask - whole.mask).size == 0
    assert matrix(result, 0.5).increases.sizes.tolist() == [half[code].neurons for code in result.deactivated]


def test_a_killed_run_recomputes_nothing_finished(model, tmp_path, monkeypatch):
    expected = ablate(model, planted(model), text(), segment=32).summary()
    scored = []
    original = Scorer.score

    def counted(self, language, *rest):
        if len(scored) == 14 and not scored.count("stop"):
            scored.append("stop")
            raise KeyboardInterrupt
        scored.append(language)
        return original(self, language, *rest)

    monkeypatch.setattr(Scorer, "score", counted)
    with pytest.raises(KeyboardInterrupt):
        ablate(model, planted(model), text(), segment=32, folder=tmp_path)
    scored.clear()
    scored.append("stop")
    again = ablate(model, planted(model), text(), segment=32, folder=tmp_path)
    # Nine conditions of four languages; three were finished when the fourteenth text was interrupted.
    assert len(scored) - 1 == (9 - 3) * 4
    assert {**again.summary(), "timings": {}} == {**expected, "timings": {}}
    scored.clear()
    ablate(model, planted(model), text(), segment=32, folder=tmp_path)
    assert not scored


def test_what_a_loss_depends_on_makes_stored_ones_worthless(model, tmp_path, monkeypatch):
    scored = []
    original = Scorer.score
    monkeypatch.setattr(Scorer, "score", lambda self, *a: (scored.append(a[0]), original(self, *a))[1])

    def run(of=model, regions=None, texts=None, **options):
        scored.clear()
        regions = regions or planted(of)
        ablate(of, regions, texts or text(), folder=tmp_path, **{"segment": 32, "controls": 0, **options})
        return len(scored)

    assert run() == 20 and run() == 0
    assert run(regions=planted(model, (9, 7, 8, 5))) == 4  # One region has another size.
    assert run() == 4
    assert run(texts={**text(), "fr": text(7)["fr"]}) == 5  # One language has another text.
    assert run() == 5
    # The mode changes nothing where nothing is deactivated.
    assert run(mode="scale", factor=0.5) == 16 and run(mode="scale", factor=0.25) == 16
    assert run(segment=40) == 20 and run(windows="paper", segment=40) == 20
    assert run(of=tiny_model("bloom", seed=1)) == 20
    assert run(controls=1) == 20 + 16


def test_noise_is_the_same_after_an_interruption(model, tmp_path):
    statistics = bs.neuron_statistics(model, tiny_corpus())
    options = {"mode": "noise", "statistics": statistics, "segment": 32, "controls": 0}
    expected = ablate(model, planted(model), text(), folder=tmp_path, **options)
    for path in tmp_path.glob("region-*.json"):
        path.unlink()
    again = ablate(model, planted(model), text(), folder=tmp_path, **options)
    assert not again.warnings or "slow logits" not in {warning.kind for warning in again.warnings}
    for key, losses in expected.losses.items():
        for code in LANGUAGES:
            np.testing.assert_array_equal(again.losses[key][code].nll, losses[code].nll)


def test_texts_are_hashed_once_not_once_a_condition(model, monkeypatch):
    hashed = []
    original = Scorer.key
    monkeypatch.setattr(Scorer, "key", lambda self, code: (hashed.append(code), original(self, code))[1])
    ablate(model, planted(model), text(), segment=32, controls=2)
    assert sorted(hashed) == sorted(LANGUAGES)


def test_losses_too_large_for_a_perplexity_are_written_as_none(tmp_path):
    loud = tiny_model("llama", tie_word_embeddings=False)
    with torch.no_grad():
        loud.model.lm_head.weight.mul_(1e6)
    signed = {**SIGNED, "model": loud.label}
    found = ablate(loud, planted(loud, source=signed), text(), segment=32, controls=3)
    content = found.summary()
    write_json(tmp_path / "ablation.json", "ablation", content)
    write_csv(tmp_path / "ablation.csv", "ablation", ablation_rows(found))
    assert content["base"]["fr"]["perplexity"] is None and content["base"]["fr"]["nats_per_token"] > 710
    cells = [*content["random_mean"].values(), *content["region"]["fr"]["cells"].values()]
    assert any(cell["increase_pct"] is None for cell in cells)
    assert content["selectivity"]["overall"]["low"] is not None


def test_a_text_of_one_segment_leaves_selectivity_without_interval(model):
    short = {**text(), "fr": text()["fr"][:30]}
    content = ablate(model, planted(model), short, segment=32, controls=3).summary()
    assert content["base"]["fr"]["segments"] == 1 and content["region"]["zh"]["cells"]["fr"]["low"] is None
    found = content["selectivity"]
    assert found["overall"]["low"] is None and all(one["low"] is None for one in found["by_language"].values())
    assert content["region"]["zh"]["cells"]["ar"]["low"] is not None


def test_a_p_that_cannot_be_small_is_said_to_be_so(model):
    said = ablate(model, planted(model), text(), languages=["en", "fr", "zh"], segment=32).summary()["verdict"]
    assert "With 3 regions p is 0.167 at the least" in said[-1]
    assert not any(
        "at the least" in line for line in ablate(model, planted(model), text(), segment=32).summary()["verdict"]
    )


def test_random_sets_are_not_called_selective(model):
    """The known-bad case: sets drawn at random cover 0, and do so with their p-values spread."""
    covered, p_values = 0, []
    for seed in range(8):
        found = ablate(model, planted(model, seed=100 + seed), text(), segment=32, controls=3).summary()
        overall = found["selectivity"]["overall"]
        covered += overall["low"] <= 0 <= overall["high"]
        p_values.append(overall["p"])
    assert covered >= 7 and min(p_values) > 0.005 and max(p_values) > 0.2


def test_one_language_and_no_controls_give_a_matrix_without_selectivity(model):
    content = ablate(model, planted(model), text(), languages=["fr"], segment=32).summary()
    assert content["selectivity"] is None and "one was evaluated" in content["verdict"][0]
    content = ablate(model, planted(model), text(), controls=0, segment=32).summary()
    assert content["selectivity"] is None and "there were no controls" in content["verdict"][0]
    assert content["random"] == {} and content["random_mean"] == {}


def test_languages_without_a_region_are_evaluated_if_asked_for(model):
    texts = {**text(), "de": "Das ist ein kleines Haus am See."}
    content = ablate(model, planted(model), texts, languages=["fr", "zh", "de"], segment=16).summary()
    assert set(content["languages"]) == {"fr", "zh", "de"} and set(content["deactivated"]) == {"fr", "zh"}
    assert "de" in content["region"]["fr"]["cells"]


def test_bad_input_is_one_line(model):
    good = planted(model)
    with pytest.raises(CorpusError, match="no text in sw; it has text in"):
        ablate(model, good, text(), languages=["sw"])
    with pytest.raises(CorpusError, match="no language is in both"):
        ablate(model, good, {"sw": "Habari za asubuhi."})
    with pytest.raises(BabelscopeError, match="region of ar is empty"):
        ablate(model, planted(model, (9, 7, 8, 0)), text())
    with pytest.raises(ModelError, match="these regions belong to tiny-bloom with 2 layers of 64"):
        ablate(tiny_model("llama"), good, text())
    with pytest.raises(ModelError, match="found in another, not in tiny-bloom.*--other-model"):
        ablate(model, planted(model, source={**SIGNED, "model": "another"}), text())
    other = planted(model, source={**SIGNED, "model": "another"})
    assert ablate(model, other, text(), other_model=True, controls=0, segment=32).regions_source["model"] == "another"
    with pytest.raises(BabelscopeError, match="unknown mode 'zer'"):
        ablate(model, good, text(), mode="zer")
    broken = tiny_model("bloom")
    with torch.no_grad():
        broken.model.transformer.ln_f.weight.fill_(float("nan"))
    with pytest.raises(ModelError, match=r"segment 1 of \d+ of \w+ with nothing deactivated"):
        ablate(broken, good, text(), segment=32)


def test_modes_that_need_statistics_use_them(model):
    statistics = bs.neuron_statistics(model, tiny_corpus())
    content = ablate(model, planted(model), text(), mode="mean", statistics=statistics, segment=32).summary()
    with bs.deactivate(model, planted(model)["fr"], "mean", statistics=statistics):
        expected = perplexity(model, text(), segment=32)["zh"].perplexity
    assert content["region"]["fr"]["cells"]["zh"]["perplexity"] == pytest.approx(expected, rel=1e-6)


def test_regions_of_a_trained_model_cost_their_own_language_most():
    model = bs.load_model(shared("models", "bloom-s", "step03500"))
    folder = shared("data", "ntrex")
    corpus = bs.load_corpus(folder, languages=["en", "fr", "zh", "ar", "vi"], n=40, offset=1597)
    regions = bs.scan(model, corpus, baseline=False).regions
    held_out = bs.load_corpus(folder, languages=corpus.languages, n=30, offset=1797)
    content = ablate(model, regions, {c: "\n\n".join(held_out[c]) for c in corpus.languages}, segment=128).summary()
    own = [content["region"][code]["cells"][code]["increase_pct"] for code in corpus.languages]
    rest = [
        content["region"][dea]["cells"][code]["increase_pct"]
        for dea in corpus.languages
        for code in corpus.languages
        if code != dea
    ]
    assert min(own) > 0 and np.mean(own) > 3 * np.mean(rest)
    assert content["selectivity"]["overall"]["p"] <= 0.01
