"""A loop of one's own: the values are those of a scan, the sentences are fixed once, the budget is kept."""

import json
import warnings

import numpy as np
import pytest
import torch

from babelscope import load_corpus, perplexity, scan, wrap_model
from babelscope.corpus.parallel import CorpusSource, ParallelCorpus
from babelscope.errors import BabelscopeError, CorpusError
from babelscope.live import AlignmentMonitor, AlignmentWarning
from babelscope.live.allowance import FEWEST, MOST
from tiny_corpus import tiny_corpus
from tiny_models import CONFIGS, tiny_network, tiny_tokenizer


def still() -> float:
    """A clock that stands: everything is affordable."""
    return 0.0


class Clock:
    """Time that passes when it is told to: by training, or by the tokens a model reads."""

    def __init__(self, network: torch.nn.Module, per_row: float) -> None:
        self.now = 0.0
        self.per_row = per_row
        network.base_model.register_forward_pre_hook(self._read, with_kwargs=True)

    def _read(self, module, inputs, named) -> None:
        self.now += self.per_row * len(inputs[0] if inputs else named["input_ids"])

    def __call__(self) -> float:
        return self.now


def watch(
    per_row: float, steps: int, first: int = 0, second: float = 1.0, **choices
) -> tuple[AlignmentMonitor, list]:
    """A training of steps of one second each, watched; also the accounts after every step."""
    network = tiny_network("gpt2")
    clock = Clock(network, per_row)
    monitor = AlignmentMonitor(
        load_corpus("mini", languages="en,fr"), tiny_tokenizer(), every=10, clock=clock, **choices
    )
    accounts = []
    for step in range(first, steps + 1):
        if step:
            clock.now += second
        made = monitor.step(network, step)
        accounts.append((step, made, monitor.allowance.spent, monitor.allowance.trained))
    return monitor, accounts


@pytest.mark.parametrize("model_type", ["bloom", "llama", "gpt2", "gemma2", "gemma3", "cohere", "opt"])
def test_values_are_those_of_a_scan_and_of_perplexity(model_type):
    network = tiny_network(model_type)
    monitor = AlignmentMonitor(tiny_corpus(), tiny_tokenizer(), n=8, clock=still)
    found = monitor.step(network, 0)
    model = wrap_model(network, tiny_tokenizer())
    whole = scan(model, monitor.corpus, baseline=False)
    for own, other in ((found.lrds, whole.lrds), (found.sads, whole.sads)):
        assert (own.value, own.low, own.high) == pytest.approx((other.value, other.low, other.high), abs=1e-6)
    assert found.sklr == whole.sklr.value
    assert found.region_sizes == {language: size.value for language, size in whole.regions.sizes.items()}
    if model.add_bos:
        return
    for language, losses in found.losses.items():
        for k, sentence in enumerate(monitor.corpus[language]):
            if len(sentence.encode()) > model.context:
                continue
            alone = perplexity(model, {language: sentence}, windows="paper", segment=model.context)[language]
            assert losses.nll[k] == pytest.approx(alone.nll[0], rel=1e-5)
            assert (losses.tokens[k], losses.bytes[k]) == (alone.tokens[0], alone.bytes[0])


def test_behind_a_bos_token_every_token_is_scored():
    network = tiny_network("gemma")
    monitor = AlignmentMonitor(tiny_corpus(("en", "fr")), tiny_tokenizer(), n=8, clock=still)
    losses = monitor.step(network, 0).losses["en"]
    lengths = [len(sentence.encode()) for sentence in monitor.corpus["en"]]
    assert losses.tokens.tolist() == lengths and losses.bytes.tolist() == lengths
    ids = torch.tensor([[0, *tiny_tokenizer()(monitor.corpus["en"][3], add_special_tokens=False)["input_ids"]]])
    with torch.no_grad():
        logits = network(ids).logits.log_softmax(-1)
    assert losses.nll[3] == pytest.approx(-float(logits[0, :-1].gather(-1, ids[0, 1:, None]).sum()), rel=1e-5)


def test_every_architecture_of_the_tests_can_be_watched():
    for model_type in CONFIGS:
        network = tiny_network(model_type).train()
        found = AlignmentMonitor(tiny_corpus(n=4), tiny_tokenizer(), n=4, clock=still).step(network, 0)
        assert found is not None and np.isfinite(list(found.as_logs().values())).all()


def test_the_loss_is_taken_on_the_first_sentences_only():
    monitor = AlignmentMonitor(load_corpus("mini", languages="en,fr"), tiny_tokenizer(), n=30, clock=still)
    found = monitor.step(tiny_network("gpt2"), 0)
    assert found.n == 30 and len(found.losses["en"].nll) == 20
    few = AlignmentMonitor(load_corpus("mini", languages="en,fr"), tiny_tokenizer(), n=20, clock=still)
    assert few.step(tiny_network("gpt2"), 0).losses["en"].nll == pytest.approx(found.losses["en"].nll)


def test_the_sentences_are_chosen_once_to_fit_the_budget():
    # 2 % of 10 steps of 1 s are 0.2 s; a sentence takes two rows, and three quarters of the room are used.
    monitor, accounts = watch(per_row=0.2 / 100, steps=300)
    assert monitor.n == 37
    assert {made.n for made in monitor.history} == {37}
    assert [made.step for made in monitor.history][:1] == [0]
    measured = [made.step for _, made, _, _ in accounts if made]
    assert measured == list(range(measured[0], 301, 10))
    assert {len(made.sads.replicates) for made in monitor.history} == {37}


@pytest.mark.parametrize("per_row", [1e-4, 2e-3, 1e-2, 0.05])
@pytest.mark.parametrize("first, n", [(0, None), (1, None), (0, 30), (1, 30)])
def test_no_measurement_overdraws_the_budget(per_row, first, n):
    monitor, accounts = watch(per_row, steps=300, first=first, n=n)
    after = [(spent, trained) for _, made, spent, trained in accounts if made and made is not monitor.history[0]]
    for spent, trained in after:
        assert spent <= 0.02 * trained + 1e-9
    sizes = {made.n for made in monitor.history}
    assert len(sizes) == 1 and sizes <= set(range(FEWEST, MOST + 1))
    assert sorted([made.step for made in monitor.history] + monitor.skipped) == list(range(10 * first, 301, 10))
    if per_row == 0.05:
        assert len(monitor.skipped) > len(monitor.history), "so dear that most turns must be skipped"
    if per_row == 1e-4:
        assert not monitor.skipped, "so cheap that nothing needs to be made good"


def test_the_calibration_is_paid_for_too():
    monitor, accounts = watch(per_row=2e-3, steps=300)
    rows = sum(2 * made.n for made in monitor.history if made.step)
    assert monitor.allowance.spent >= 2e-3 * (rows + 2 * MOST)
    assert monitor.allowance.trained == pytest.approx(300.0)


def test_step_zero_is_measured_before_training_on_the_sentences_chosen_later():
    network = tiny_network("gpt2")
    clock = Clock(network, 2e-3)
    monitor = AlignmentMonitor(load_corpus("mini", languages="en,fr"), tiny_tokenizer(), every=10, clock=clock)
    assert monitor.step(network, 0) is None and not monitor.history
    with torch.no_grad():
        for weight in network.parameters():
            weight.add_(torch.randn_like(weight))
    for step in range(1, 11):
        clock.now += 1.0
        monitor.step(network, step)
    opening = monitor.history[0]
    expected = AlignmentMonitor(monitor.corpus, tiny_tokenizer(), n=monitor.n, clock=still)
    assert opening.step == 0 and opening.n == monitor.n == 37
    assert opening.sads.value == pytest.approx(expected.step(tiny_network("gpt2"), 0).sads.value, abs=1e-6)


def test_calls_at_due_steps_alone_are_enough():
    network = tiny_network("gpt2")
    clock = Clock(network, 2e-3)
    monitor = AlignmentMonitor(load_corpus("mini", languages="en,fr"), tiny_tokenizer(), every=10, clock=clock)
    for step in range(0, 301, 10):
        clock.now += 10.0 if step else 0.0
        monitor.step(network, step)
    assert monitor.n == 37 and monitor.history[-1].step == 300


def planted_corpus() -> ParallelCorpus:
    """Translations that share their letters, so that any model that tells letters apart has a high SADS."""
    generator = np.random.default_rng(3)
    texts = ["".join(generator.choice(list("abcdefghijklm nopqrstuvwxyz"), 24)) for _ in range(30)]
    columns = {"en": texts, "fr": [f"{text}!" for text in texts], "de": [f"?{text}" for text in texts]}
    return ParallelCorpus.from_columns("planted", columns, CorpusSource("tests"))


def test_planted_damage_warns_once_and_a_steady_model_never():
    network, corpus, logged = tiny_network("llama").train(), planted_corpus(), {}
    rows = torch.tensor(tiny_tokenizer()([text[:24].ljust(24) for text in corpus["en"]])["input_ids"])
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)

    def train(steps: int) -> None:
        for _ in range(steps):
            network(input_ids=rows, labels=rows).loss.backward()
            optimizer.step()
            optimizer.zero_grad()

    monitor = AlignmentMonitor(
        corpus, tiny_tokenizer(), every=1, clock=still, log=lambda step, logs: logged.update({step: logs}), n=30
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error", AlignmentWarning)
        monitor.step(network, 0)
        train(60)
        for group in optimizer.param_groups:
            group["lr"] = 1e-4
        for step in range(1, 6):
            monitor.step(network, step)
            train(1)
    assert monitor.history[-1].sads.value > 0.05
    with torch.no_grad():
        network.model.embed_tokens.weight.copy_(network.model.embed_tokens.weight.mean(0).expand(259, -1))
        network.lm_head.weight.normal_(std=3.0, generator=torch.Generator().manual_seed(0))
    with pytest.warns(AlignmentWarning) as caught:
        damaged = monitor.step(network, 6)
    texts = [str(warning.message) for warning in caught]
    assert any(text.startswith("step 6: SADS fell by") for text in texts)
    assert any(text.startswith("step 6: the loss rose by ln 3") for text in texts)
    assert set(damaged.warnings) == {"sads", "loss"}
    with warnings.catch_warnings():
        warnings.simplefilter("error", AlignmentWarning)
        assert monitor.step(network, 7).warnings, "the flag stays, the warning is not said again"
    assert [logged[step]["alignment/warning/sads"] for step in range(8)] == [0, 0, 0, 0, 0, 0, 1, 1]
    assert [logged[step]["alignment/warning/loss"] for step in range(8)] == [0, 0, 0, 0, 0, 0, 1, 1]


def test_a_model_that_diverged_warns_and_training_goes_on():
    network = tiny_network("llama").train()
    logged = []
    monitor = AlignmentMonitor(
        tiny_corpus(), tiny_tokenizer(), every=1, n=8, clock=still, log=lambda step, logs: logged.append(logs)
    )
    assert monitor.step(network, 1) is not None
    with torch.no_grad():
        network.model.layers[0].mlp.down_proj.weight.fill_(float("nan"))
    with pytest.warns(AlignmentWarning, match="step 2: the model could not be measured: .* NaN or infinite"):
        assert monitor.step(network, 2) is None
    assert monitor.step(network, 3) is None
    assert monitor.failed == [2, 3] and logged[-1] == {"alignment/failed": 1.0}
    assert network.training


def test_a_model_that_went_silent_warns_and_training_goes_on():
    network = tiny_network("llama")
    monitor = AlignmentMonitor(tiny_corpus(), tiny_tokenizer(), every=1, n=8, clock=still)
    monitor.step(network, 1)
    with torch.no_grad():
        for block in network.model.layers:
            block.mlp.up_proj.weight.zero_()
    with pytest.warns(AlignmentWarning, match="all activations of a sentence are zero"):
        assert monitor.step(network, 2) is None


def test_a_model_broken_before_training_warns_and_is_tried_again():
    network = tiny_network("llama")
    kept = network.model.layers[0].mlp.down_proj.weight.detach().clone()
    monitor = AlignmentMonitor(tiny_corpus(), tiny_tokenizer(), every=2, clock=still)
    with torch.no_grad():
        network.model.layers[0].mlp.down_proj.weight.fill_(float("nan"))
        with pytest.warns(AlignmentWarning, match="could not be measured"):
            monitor.step(network, 0)
        network.model.layers[0].mlp.down_proj.weight.copy_(kept)
    monitor.step(network, 1)
    assert monitor.step(network, 2) is not None


def test_another_model_object_is_made_readable_again():
    monitor = AlignmentMonitor(tiny_corpus(), tiny_tokenizer(), every=1, n=8, clock=still)
    first, second = (monitor.step(tiny_network("llama", seed=seed), seed) for seed in (0, 1))
    third = monitor.step(tiny_network("llama", seed=0), 2)
    assert first.sads.value != second.sads.value
    assert third.sads.value == first.sads.value


def test_a_model_is_made_readable_once(monkeypatch):
    from babelscope.live import subject

    network, calls = tiny_network("llama"), []
    original = subject.wrap_model
    monkeypatch.setattr(subject, "wrap_model", lambda *given, **named: calls.append(1) or original(*given, **named))
    monitor = AlignmentMonitor(tiny_corpus(), tiny_tokenizer(), every=1, n=8, clock=still)
    for step in range(3):
        monitor.step(network, step)
    assert len(calls) == 1 and len(monitor.history) == 3


def test_save_writes_the_curves(tmp_path):
    monitor, _ = watch(per_row=2e-3, steps=300)
    stored = json.loads(monitor.save(tmp_path / "live.json").read_text())
    assert stored["format"] == "babelscope/live" and stored["sentences"] == 37
    assert [made["step"] for made in stored["measurements"]] == [made.step for made in monitor.history]
    assert stored["measurements"][0]["sads"]["value"] == monitor.history[0].sads.value
    assert stored["seconds"]["spent"] <= 0.02 * stored["seconds"]["trained"]


@pytest.mark.parametrize(
    "choices, message",
    [
        ({"every": 0}, "every is a whole number"),
        ({"every": 2.5}, "every is a whole number"),
        ({"budget": 0}, "a budget is a share"),
        ({"budget": 2}, "a budget is a share"),
        ({"n": 2}, "at least 3 sentences"),
        ({"n": 9}, "use -n 8 or less"),
        ({"autocast": "float8"}, "unknown autocast 'float8'.*bfloat16, float16"),
        ({"languages": "en,fr"}, "leave them out beside a loaded one"),
        ({"threshold": 7.0}, "threshold 7 selects nothing"),
    ],
)
def test_bad_choices_are_refused_before_training(choices, message):
    with pytest.raises(BabelscopeError, match=message):
        AlignmentMonitor(tiny_corpus(), tiny_tokenizer(), **choices)


def test_an_unknown_corpus_is_refused_before_training():
    with pytest.raises(CorpusError, match="unknown corpus 'minni'; did you mean 'mini'"):
        AlignmentMonitor("minni", tiny_tokenizer())


def test_a_tokenizer_of_another_model_is_refused_at_the_first_measurement():
    network = tiny_network("llama", vocab_size=100)
    with pytest.raises(BabelscopeError, match="tokenizer has 259 tokens"):
        AlignmentMonitor(tiny_corpus(), tiny_tokenizer(), n=8, clock=still).step(network, 0)
