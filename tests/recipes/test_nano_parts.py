"""Blocks, loss, tokenizer and sizes of the nano recipe, each on its own."""

import numpy as np
import pytest
import torch

pytest.importorskip("accelerate", reason="the Trainer needs accelerate")


def test_blocks_are_of_one_language_drawn_by_the_square_root_of_its_size() -> None:
    from blocks import Blocks

    ids = {"a": np.arange(90_000, dtype=np.int32), "b": np.arange(100_000, 110_000, dtype=np.int32)}
    blocks = Blocks(ids, blocks=4000, length=10, seed=3)
    firsts = np.array([int(blocks[i]["input_ids"][0]) for i in range(len(blocks))])
    for i in range(0, 4000, 97):
        block = blocks[i]["input_ids"]
        assert torch.equal(block, torch.arange(10) + block[0])
    # Sizes of 9 to 1 are drawn 3 to 1: 0.75 of the blocks, within 4 standard deviations.
    assert abs(float((firsts < 90_000).mean()) - 0.75) < 4 * np.sqrt(0.75 * 0.25 / 4000)
    longer = Blocks(ids, blocks=4000, length=10, seed=3)
    assert all(torch.equal(blocks[i]["input_ids"], longer[i]["input_ids"]) for i in (0, 1999, 3999))


def test_a_pass_over_a_text_reads_it_once_and_the_next_cuts_it_elsewhere() -> None:
    from blocks import Blocks

    blocks = Blocks({"a": np.arange(1000, dtype=np.int32)}, blocks=18, length=100, seed=0)
    first, second = np.sort(blocks.start[:9]), np.sort(blocks.start[9:])
    assert set(np.diff(first)) == set(np.diff(second)) == {100}
    assert first[0] % 100 != second[0] % 100


@pytest.mark.parametrize("dtype, close", [(torch.float64, 1e-6), (torch.float32, 1e-5), (torch.bfloat16, 2e-2)])
def test_the_head_loss_is_cross_entropy_and_so_are_its_gradients(dtype: torch.dtype, close: float) -> None:
    from head_loss import HeadLoss

    drawn = torch.Generator().manual_seed(0)
    hidden = torch.randn(600, 8, generator=drawn).to(dtype).requires_grad_()
    weight = torch.randn(50, 8, generator=drawn, dtype=torch.float32).to(dtype).float().requires_grad_()
    targets = torch.randint(50, (600,), generator=drawn)
    loss = HeadLoss.apply(hidden, weight, targets)
    (3 * loss).backward()
    plain_hidden, plain_weight = (some.detach().double().requires_grad_() for some in (hidden, weight))
    expected = torch.nn.functional.cross_entropy(plain_hidden @ plain_weight.T, targets)
    (3 * expected).backward()
    assert loss.item() == pytest.approx(expected.item(), rel=close)
    for got, wanted in ((hidden.grad, plain_hidden.grad), (weight.grad, plain_weight.grad)):
        assert got is not None and wanted is not None
        assert (got.double() - wanted).norm() < close * wanted.norm()


@pytest.mark.parametrize("architecture", ["bloom", "llama"])
def test_the_table_of_sizes_is_what_it_says(architecture: str) -> None:
    from sizes import CHECKPOINTS, SIZES, configuration
    from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast

    class Tokenizer(PreTrainedTokenizerFast):
        def __init__(self) -> None: ...
        def __len__(self) -> int:
            return 8192

        bos_token_id, eos_token_id, pad_token_id = 1, 2, 3

    for name, millions in {"xxs": 0.5, "xs": 1.2, "s": 4.2}.items():
        with torch.device("meta"):
            model = AutoModelForCausalLM.from_config(configuration(architecture, SIZES[name], Tokenizer(), 512))
        assert sum(each.numel() for each in model.parameters()) / 1e6 == pytest.approx(millions, abs=0.05)
    assert len(CHECKPOINTS) >= 12 and CHECKPOINTS[0] == 0


def test_any_text_can_be_spelled_and_read_back() -> None:
    from vocabulary import encode, train_tokenizer

    tokenizer = train_tokenizer(["the cat sat on the mat"] * 9, 300)
    assert 260 <= len(tokenizer) <= 300
    for text in ("the cat", " नमस्ते\n世界 🙂", "\x00\ttab"):
        assert tokenizer.decode(encode(tokenizer, text)) == text
    assert len(encode(tokenizer, "the cat sat")) < len("the cat sat")


def test_a_tail_is_held_out_of_every_language() -> None:
    from corpus_folder import folder_hash, joined, split_tail

    lines = {"en": [f"line {i}" for i in range(200)], "fr": ["un", "deux", "trois"]}
    train, tail = split_tail(lines, 0.01)
    assert tail == {"en": ["line 198", "line 199"], "fr": ["trois"]}
    assert {name: train[name] + tail[name] for name in lines} == lines
    assert split_tail(lines, 0) == (lines, {})
    assert joined({"hi": ["नमस्ते", "x"]}, 7) == {"hi": "नम"}
    assert folder_hash(train) != folder_hash(lines)
