"""Training: the optimum is known, probes do not notice each other, and what is held out is kept apart."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from babelscope.errors import BabelscopeError
from babelscope.probing.batches import Batches, as_tensor
from babelscope.probing.families import FAMILIES, UniformSize
from babelscope.probing.training import Trained, TrainingOptions, TrainingTask, train_probes

D = 6
SHORT = TrainingOptions(steps=60, every=20, batch=64, l2=0.0)


def words(n: int = 400, neurons: int = D, values: int = 3, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Vectors whose values shift the first three neurons; their scales and origins differ widely."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, values, n)
    vectors = generator.normal(size=(n, neurons))
    angle = 2 * np.pi * labels / values
    vectors[:, :3] += 1.5 * np.cos(angle[:, None] + np.arange(3))
    return (vectors * 10.0 ** generator.uniform(-1, 2, neurons) + 30).astype(np.float32), labels


def task(seed: int = 0, rows: np.ndarray | None = None, **changes) -> TrainingTask:
    vectors, labels = words()
    rows = np.arange(len(labels)) if rows is None else rows
    return replace(TrainingTask(vectors, rows, labels[rows], 3, groups=rows // 4, seed=seed), **changes)


def log_chances(trained: Trained, vectors: np.ndarray, subset: list[int] | None = None) -> torch.Tensor:
    return trained.probe.log_probabilities(torch.from_numpy(vectors), subset)


# the optimum


def every_mask() -> torch.Tensor:
    return torch.tensor([[bits >> d & 1 for d in range(D)] for bits in range(2**D)]).float()


@pytest.mark.parametrize("family", ["half_mask", "uniform_size", "unmasked"])
def test_the_weights_minimise_the_expected_loss_over_all_masks(family: str) -> None:
    """Enumerates the 2^D masks, which training only samples; its one look comes at the end of the schedule."""
    vectors, labels = words(150)
    long = TrainingOptions(family=family, steps=1500, batch=150, draws=8, rate=0.05, every=1500, l2=1e-2)
    only = TrainingTask(vectors, np.arange(150), labels, 3)
    trained = train_probes([only], long)[0]
    kept = ~only.held_out(long.validation)
    inputs = trained.probe.standardise(torch.from_numpy(vectors))[kept].double()
    truth = torch.from_numpy(labels)[kept]
    masks = every_mask()
    chances = FAMILIES[family](D).log_prob(masks).exp()

    def expected_loss(weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        logits = torch.einsum("mnd,dk->mnk", inputs * masks[:, None].double(), weight) + bias
        losses = -logits.log_softmax(-1).gather(2, truth.expand(len(masks), -1)[..., None])[..., 0].mean(1)
        return (chances * losses).sum() + long.l2 * (weight.square().sum() + bias.square().sum())

    best = [torch.zeros(D, 3, dtype=torch.float64), torch.zeros(3, dtype=torch.float64)]
    best = [parameter.requires_grad_() for parameter in best]
    optimiser = torch.optim.LBFGS(best, max_iter=300, line_search_fn="strong_wolfe", tolerance_grad=1e-9)

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = expected_loss(*best)
        loss.backward()
        return loss

    optimiser.step(closure)
    found = expected_loss(trained.probe.weight.double(), trained.probe.bias.double())
    assert found.item() == pytest.approx(expected_loss(*best).item(), abs=1e-3)
    torch.testing.assert_close(trained.probe.weight.double(), best[0].detach(), atol=0.05, rtol=0)


def test_a_slow_twin_with_autograd_takes_the_same_steps() -> None:
    """One probe, one batch of all words, torch's own Adam: the same weights after thirty steps."""
    options = TrainingOptions(steps=30, every=30, batch=1000, draws=2, l1=1e-3, l2=1e-2, decay=False)
    only = task()
    trained = train_probes([only], options)[0]
    kept = torch.from_numpy(~only.held_out(0.1))
    inputs = trained.probe.standardise(as_tensor(only.vectors))
    start = train_probes([only], replace(options, steps=1, every=1, rate=1e-12))[0].probe
    weight, bias = start.weight.clone().requires_grad_(), start.bias.clone().requires_grad_()
    optimiser = torch.optim.Adam([weight, bias], lr=options.rate)
    generator, orders = torch.Generator().manual_seed(0), torch.Generator().manual_seed(0)
    for _ in range(30):
        masks = UniformSize(D).sample(2000, generator)[:800]
        order = torch.randperm(400, generator=orders).repeat(2)
        log_p = ((inputs[order] * masks) @ weight + bias).log_softmax(1)
        losses = -log_p[torch.arange(800), torch.from_numpy(only.labels)[order]]
        loss = losses[kept[order]].mean()
        loss = loss + 1e-3 * (weight.abs().sum() + bias.abs().sum())
        loss = loss + 1e-2 * (weight.square().sum() + bias.square().sum())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    torch.testing.assert_close(trained.probe.weight, weight.detach(), atol=2e-5, rtol=0)
    torch.testing.assert_close(trained.probe.bias, bias.detach(), atol=2e-5, rtol=0)


@pytest.mark.parametrize("family", ["poisson", "conditional_poisson"])
def test_learnt_scores_rise_for_the_neurons_that_tell_values_apart(family: str) -> None:
    options = TrainingOptions(family=family, steps=500, every=100, batch=400, draws=2, tau=0.3, rate=0.02, l2=0.0)
    scores = train_probes([task()], options)[0].scores
    assert scores is not None
    assert scores[:3].min() > scores[3:].max() + 0.3


def test_the_poisson_fixed_point_is_the_drop_in_loss_over_the_entropy_weight() -> None:
    """METHODS 6b.3: w_d = (E[loss | d out] - E[loss | d in]) / tau, by enumeration of the masks."""
    tau = 1.0
    options = TrainingOptions(
        family="poisson", steps=1500, every=1500, batch=400, draws=8, tau=tau, rate=0.02, validation=0.01, l2=0.0
    )
    only = task(groups=None)
    trained = train_probes([only], options)[0]
    assert trained.scores is not None
    inputs = trained.probe.standardise(as_tensor(only.vectors))
    masks = every_mask()
    logits = torch.einsum("mnd,dk->mnk", inputs * masks[:, None], trained.probe.weight) + trained.probe.bias
    truth = torch.from_numpy(only.labels).expand(len(masks), -1)
    losses = -logits.log_softmax(-1).gather(2, truth[..., None])[..., 0].mean(1)
    chances = trained.scores.sigmoid()
    q = torch.where(masks > 0, chances, 1 - chances).prod(1)
    for d in range(D):
        inside = masks[:, d] > 0
        drop = (q * losses)[~inside].sum() / q[~inside].sum() - (q * losses)[inside].sum() / q[inside].sum()
        assert trained.scores[d].item() == pytest.approx(drop.item() / tau, abs=0.1)


def test_reading_nothing_gives_the_shares_of_the_values() -> None:
    vectors, labels = words(1200, values=2)
    labels[:300] = 1
    trained = train_probes([TrainingTask(vectors, np.arange(1200), labels, 2)], TrainingOptions(steps=400))[0]
    chances = log_chances(trained, vectors[:1], []).exp()[0]
    assert chances[1].item() == pytest.approx(labels.mean(), abs=0.05)


# independence of the probes


def mixture(options: TrainingOptions) -> list[TrainingTask]:
    """Two seeds and a control of one bundle, other numbers of values and words, other vectors, another width."""
    vectors, labels = words()
    rows = np.arange(400)
    fewer = rows[rows % 10 != 3]
    other, others = words(150, seed=5)
    wide, widths = words(90, neurons=9, values=4, seed=6)
    return [
        TrainingTask(vectors, rows, labels, 3, rows // 4, rows, seed=0),
        TrainingTask(vectors, fewer, labels[fewer], 3, fewer // 4, rows, seed=1),
        TrainingTask(vectors, rows, np.random.default_rng(0).permutation(labels), 3, rows // 4, rows, seed=0),
        TrainingTask(vectors, rows[:200], np.minimum(labels[:200], 1), 2, rows[:200] // 4, seed=2),
        TrainingTask(other, np.arange(150), others, 3, seed=0),
        TrainingTask(wide, np.arange(90), widths, 4, seed=3),
    ]


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_a_probe_comes_out_as_if_it_had_been_trained_alone(family: str) -> None:
    options = replace(SHORT, family=family, steps=30, patience=1, every=10, draws=2)
    tasks = mixture(options)
    together = train_probes(tasks, options)
    backwards = train_probes(tasks[::-1], options)[::-1]
    for only, one, turned in zip(tasks, together, backwards, strict=True):
        alone = train_probes([only], options)[0]
        for same in (one, turned):
            torch.testing.assert_close(same.probe.weight, alone.probe.weight, atol=1e-5, rtol=0)
            torch.testing.assert_close(same.probe.bias, alone.probe.bias, atol=1e-5, rtol=0)
            assert (same.best, same.stopped, len(same.looks)) == (alone.best, alone.stopped, len(alone.looks))


@pytest.mark.parametrize("family", ["uniform_size", "poisson"])
def test_the_number_of_cores_changes_nothing(family: str) -> None:
    options, threads = replace(SHORT, family=family, steps=20), torch.get_num_threads()
    found = []
    try:
        for cores in (1, 3):
            torch.set_num_threads(cores)
            found.append([one.probe.weight for one in train_probes(mixture(options), options)])
            assert torch.get_num_threads() == cores
    finally:
        torch.set_num_threads(threads)
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=0)


def test_an_error_in_training_gives_the_cores_back(monkeypatch: pytest.MonkeyPatch) -> None:
    from babelscope.probing.bundles import Bundle

    def fails(self: Bundle) -> None:
        raise RuntimeError("in a thread")

    monkeypatch.setattr(Bundle, "step", fails)
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        with pytest.raises(RuntimeError, match="in a thread"):
            train_probes([task()], SHORT)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)


def test_seeds_differ_and_the_same_seed_does_not() -> None:
    first, again, other = (train_probes([task(seed)], SHORT)[0].probe.weight for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert (first - other).abs().max() > 1e-4


# early stopping


def test_the_best_weights_are_restored() -> None:
    """Masks play no part here, so that every look's loss can be computed again from the weights."""
    options = TrainingOptions(family="unmasked", steps=200, every=1, batch=8, rate=0.5, decay=False, l2=0.0)
    only = task()
    trained = train_probes([only], options)[0]
    steps, losses = zip(*trained.looks, strict=True)
    assert losses[-1] > min(losses) + 0.01
    assert trained.best == steps[losses.index(min(losses))]
    out = only.held_out(0.1)
    log_p = log_chances(trained, np.asarray(only.vectors)[out])
    assert -log_p[np.arange(out.sum()), only.labels[out]].mean().item() == pytest.approx(min(losses), abs=1e-5)


def test_patience_ends_a_probe_and_nothing_after_it_counts() -> None:
    options = TrainingOptions(family="unmasked", steps=200, every=1, batch=8, rate=0.5, decay=False)
    impatient = replace(options, patience=3)
    options = replace(options, patience=200)
    tasks = [task(), task(seed=1)]
    for whole, short in zip(train_probes(tasks, options), train_probes(tasks, impatient), strict=True):
        assert short.stopped and not whole.stopped
        assert short.looks == whole.looks[: len(short.looks)]
        losses = [loss for _, loss in short.looks]
        assert len(losses) == losses.index(min(losses)) + 1 + 3
        assert short.best == short.looks[losses.index(min(losses))][0]


def test_validation_masks_are_the_same_at_every_look() -> None:
    """At a learning rate of nothing, a loss that changed from look to look would be the masks'."""
    for family in FAMILIES:
        options = replace(SHORT, family=family, rate=1e-12)
        losses = [loss for _, loss in train_probes([task()], options)[0].looks]
        assert max(losses) - min(losses) < 1e-5


def test_held_out_words_share_no_lemma_with_the_others() -> None:
    only = task(seed=4)
    assert only.groups is not None
    out = only.held_out(0.1)
    assert not set(only.groups[out]) & set(only.groups[~out])
    assert len(set(only.groups[out])) == 10
    assert not np.array_equal(out, task(seed=5).held_out(0.1))


def test_each_pass_takes_every_word_once() -> None:
    only = task(rows=np.arange(3, 360))
    options = TrainingOptions(batch=100)
    batches = Batches(as_tensor(only.vectors), [only], options)
    assert batches.per_epoch == 4
    for _ in range(2):
        inputs = torch.cat([batches.next().inputs for _ in range(4)])
        torch.testing.assert_close(inputs.mean(0), torch.zeros(D), atol=1e-4, rtol=0)
        torch.testing.assert_close(inputs.var(0, correction=0), torch.ones(D), atol=1e-3, rtol=0)
        assert len(inputs) == 357


# what is learnt, and what is not


def test_planted_values_are_learnt_and_shuffled_ones_are_not() -> None:
    vectors, labels = words(900)
    rows = np.arange(600)
    shuffled = np.random.default_rng(0).permutation(labels[rows])
    tasks = [TrainingTask(vectors, rows, given, 3, reference=rows) for given in (labels[rows], shuffled)]
    right, wrong = (
        (log_chances(one, vectors[600:]).argmax(1).numpy() == labels[600:]).mean()
        for one in train_probes(tasks, TrainingOptions(steps=300))
    )
    assert right > 0.8 and wrong < 0.5


def test_raw_vectors_stay_raw() -> None:
    probe = train_probes([task()], replace(SHORT, standardise=False))[0].probe
    assert probe.mean.abs().max() == 0 and (probe.scale == 1).all()


def test_huge_offsets_and_constant_neurons_do_no_harm() -> None:
    vectors, labels = words()
    vectors = np.c_[vectors, np.full(len(vectors), 3e4), 3e4 + 1e-1 * vectors[:, :1]].astype(np.float32)
    trained = train_probes([TrainingTask(vectors, np.arange(len(labels)), labels, 3)], SHORT)[0]
    inputs = trained.probe.standardise(torch.from_numpy(vectors))
    assert torch.isfinite(trained.probe.weight).all()
    assert inputs[:, D].abs().max() == 0
    assert inputs[:, D + 1].std().item() == pytest.approx(1, abs=0.05)


def test_vectors_are_not_copied_and_may_lie_in_a_read_only_file(tmp_path: Path) -> None:
    vectors, _ = words()
    assert as_tensor(vectors).data_ptr() == vectors.ctypes.data
    np.save(tmp_path / "vectors.npy", vectors)
    mapped = np.load(tmp_path / "vectors.npy", mmap_mode="r")
    from_file, from_memory = (train_probes([task(vectors=v)], SHORT)[0].probe.weight for v in (mapped, vectors))
    assert torch.equal(from_file, from_memory)


def test_the_subset_of_nothing_is_not_everything() -> None:
    trained = train_probes([task()], SHORT)[0]
    vectors = np.asarray(task().vectors)[:4]
    nothing, everything = log_chances(trained, vectors, []), log_chances(trained, vectors)
    torch.testing.assert_close(nothing, trained.probe.bias.log_softmax(0).expand(4, -1))
    assert (nothing - everything).abs().max() > 0.05
    torch.testing.assert_close(log_chances(trained, vectors, list(range(D))), everything)


def test_progress_reaches_its_end() -> None:
    seen: list[tuple[int, int]] = []
    options = replace(SHORT, patience=1, every=1, rate=1.0, decay=False)
    train_probes(mixture(options), options, progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
    assert seen[-1] == (5 * 60, 5 * 60) or seen[-1][0] == seen[-1][1]
    assert train_probes([]) == []


def test_the_released_settings_train() -> None:
    released = TrainingOptions.released()
    assert (released.family, released.tau, released.draws, released.batch) == ("poisson", 1.0, 5, 256)
    trained = train_probes([task(groups=None)], replace(released, epochs=3))[0]
    assert [step for step, _ in trained.looks] == [2, 4, 6]
    assert math.isfinite(trained.looks[-1][1])


# bad input


def test_bad_input_is_one_line() -> None:
    vectors, labels = words()
    broken = vectors.copy()
    broken[7, 4] = np.inf
    with pytest.raises(BabelscopeError, match=r"NaN or infinite numbers \(neuron 4\)"):
        train_probes([task(vectors=broken)], SHORT)
    with pytest.raises(BabelscopeError, match="needs at least 2, got 1"):
        train_probes([task(groups=np.zeros(len(labels), dtype=int))], SHORT)
    with pytest.raises(BabelscopeError, match="unknown probe family 'half'"):
        TrainingOptions(family="half")
    with pytest.raises(BabelscopeError, match="steps of at least 1, got 0"):
        TrainingOptions(steps=0)
    with pytest.raises(BabelscopeError, match="between 0 and 1, got 1.0"):
        TrainingOptions(validation=1.0)


def test_tasks_check_their_words() -> None:
    vectors, labels = words()
    with pytest.raises(ValueError, match="got 3 rows, 2 labels and 3 groups"):
        TrainingTask(vectors, np.arange(3), labels[:2], 3)
    with pytest.raises(ValueError, match=r"labels lie in 0\.\.1"):
        TrainingTask(vectors, np.arange(400), labels, 2)
    with pytest.raises(ValueError, match="given twice"):
        TrainingTask(vectors, np.array([1, 1]), labels[:2], 3)
    with pytest.raises(ValueError, match="not among the reference rows"):
        TrainingTask(vectors, np.arange(3), labels[:3], 3, reference=np.arange(2))


def test_half_masks_share_no_pattern_with_the_validation_masks() -> None:
    """Two streams from one seed: had they been equal, held-out words would see the masks of the first step."""
    from babelscope.probing.masks import SharedMasks

    masks = SharedMasks(50, TrainingOptions(family="half_mask"), torch.device("cpu"))
    masks.advance()
    agree = (masks.fresh(1000) == masks.fixed(torch.arange(1000))).float().mean().item()
    assert agree == pytest.approx(0.5, abs=0.02)
