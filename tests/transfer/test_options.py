import pytest

from babelscope.errors import BabelscopeError
from babelscope.transfer import TransferOptions


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"methods": ("Lora",)}, "did you mean 'lora'"),
        ({"methods": ()}, "needs a method"),
        ({"methods": ("lora", "lora")}, "asked for twice"),
        ({"seeds": 0}, "at least 1 seed, got --seeds 0"),
        ({"epochs": 0}, "--epochs 0"),
        ({"learning_rate": 0.0}, "--learning-rate must be above 0"),
        ({"learning_rate": float("nan")}, "--learning-rate must be above 0"),
        ({"batch_size": 32, "accumulate": 5}, "divides --batch-size"),
        ({"lora_rank": 0}, "--lora-rank 0"),
        ({"lora_targets": ()}, "--lora-targets"),
        ({"warmup": 1.0}, "--warmup must be 0 or more, and below 1"),
        ({"pooling": "mean"}, "--pooling mean"),
        ({"pooling": "middle"}, "choose from: first, last, mean"),
    ],
)
def test_bad_choices_are_one_line_that_names_them(wrong, message):
    with pytest.raises(BabelscopeError, match=message) as caught:
        TransferOptions(**wrong)
    assert "\n" not in str(caught.value)


def test_a_probe_alone_may_take_means():
    assert TransferOptions(methods=("linear",), pooling="mean").pooling == "mean"


def test_few_seeds_are_warned_of():
    assert TransferOptions().warnings() == ()
    assert "2 seeds" in TransferOptions(seeds=2).warnings()[0]
    assert TransferOptions(seeds=1, methods=("linear",)).warnings() == ()


def test_the_papers_recipe():
    options = TransferOptions.w24("sequence", seeds=1)
    assert (options.rate("lora"), options.passes("sequence"), options.eval_steps) == (2e-5, 5, 100)
    assert (options.batch_size, options.accumulate, options.max_length) == (32, 4, 128)
    assert (options.lora_rank, options.lora_alpha, options.lora_dropout) == (8, 32, 0.05)
    assert (options.pooling, options.separator, options.recipe, options.seeds) == ("first", "", "w24", 1)
    assert TransferOptions.w24("tokens").passes("tokens") == 10


def test_settings_are_what_a_methods_numbers_depend_on():
    options = TransferOptions()
    spelled = options.settings("lora", "tokens")
    assert spelled["learning_rate"] == options.rate("lora") and spelled["epochs"] == options.passes("tokens")
    # What other methods do, and how many seeds there are, changes nothing of one seed of one method.
    other = TransferOptions(methods=("full", "lora"), seeds=5, layers=(1,), learning_rate=options.rate("lora"))
    assert other.settings("lora", "tokens") == spelled
    assert "lora_rank" not in options.settings("full", "tokens")
    assert TransferOptions(lora_rank=4).settings("lora", "tokens") != spelled
    assert options.settings("linear", "tokens") != TransferOptions(pooling="first").settings("linear", "tokens")


def test_layers_are_the_models():
    assert TransferOptions().layers_of(6) == (0, 3, 4, 6)
    assert TransferOptions(layers=(6, 2, 2)).layers_of(6) == (2, 6)
    with pytest.raises(BabelscopeError, match="hidden states are 0 to 6"):
        TransferOptions(layers=(7,)).layers_of(6)
