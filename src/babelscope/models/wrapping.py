"""A Hugging Face model and tokenizer somebody already holds in, a LanguageModel out."""

from typing import Any, Literal

from babelscope.errors import ModelError
from babelscope.models.architectures import ARCHITECTURES, Architecture
from babelscope.models.detection import detect
from babelscope.models.encoding import check_tokenizer_reads
from babelscope.models.language_model import LanguageModel, LoadReport, SpecialTokens
from babelscope.models.probe import SENTENCE, probe
from babelscope.models.sites import find_sites
from babelscope.models.suitability import check_suitable

__all__ = ["SpecialTokensChoice", "assemble", "wrap_model"]

SpecialTokensChoice = Literal["row", "none", "bos"]
"""`row`: what the architecture's row says."""

# Under which names configurations keep the longest input.
_CONTEXTS = ("max_position_embeddings", "n_positions", "seq_length", "max_seq_len", "max_sequence_length")


def wrap_model(
    model: Any,
    tokenizer: Any,
    *,
    name: str = "in-memory",
    step: str = "",
    special_tokens: SpecialTokensChoice = "row",
) -> LanguageModel:
    """Makes a model that is already in memory (a Trainer's, a notebook's) readable; puts it in eval mode.

    The weights are not copied: training on changes what is measured next. Call `model.train()` to go on.

    Args:
        model: A causal LM of transformers.
        tokenizer: Its tokenizer.
        name: What to call it.
        step: Its training step, as text.
        special_tokens: Whether to put a BOS token before every sentence.

    Raises:
        ModelError: If its neurons cannot be found, or it is not a dense decoder-only model.
    """
    check_suitable(model.config, name)
    model.eval()
    return assemble(
        model,
        tokenizer,
        name=name,
        revision="local",
        step=step or "main",
        label=name,
        special_tokens=special_tokens,
        live=True,
    )


def assemble(
    model: Any,
    tokenizer: Any,
    *,
    name: str,
    revision: str,
    step: str,
    label: str,
    special_tokens: SpecialTokensChoice = "row",
    load_report: LoadReport | None = None,
    remote_code: bool = False,
    live: bool = False,
) -> LanguageModel:
    """Finds the neurons of a suitable model in eval mode, probes them, and puts everything together.

    Raises:
        ModelError: If the neurons cannot be found, or the tokenizer does not belong to the model.
    """
    if special_tokens not in ("row", "none", "bos"):
        raise ModelError(f"unknown special_tokens {special_tokens!r}; choose from: bos, none, row")
    row = _row_for(model, name)
    sites = find_sites(model, row)
    chosen: SpecialTokens = row.special_tokens if special_tokens == "row" else special_tokens
    rows = int(sites.backbone.get_input_embeddings().weight.shape[0])
    _check_tokenizer(tokenizer, rows, name)
    lead = [tokenizer.bos_token_id] if chosen == "bos" and tokenizer.bos_token_id is not None else []
    ids = [*lead, *check_tokenizer_reads(tokenizer, SENTENCE, name)]
    neurons = probe(name, sites, row, ids, rows)
    made = LanguageModel(
        model=model,
        backbone=sites.backbone,
        tokenizer=tokenizer,
        architecture=row,
        blocks=sites.blocks,
        output_projections=sites.output_projections,
        activations=sites.activations,
        neurons=neurons,
        context=_context(model, row),
        special_tokens=chosen,
        name=name,
        revision=revision,
        step=step,
        label=label,
        load_report=load_report or LoadReport(),
        remote_code=remote_code,
        live=live,
    )
    if made.add_bos and made.bos_id is None:
        raise ModelError(
            f"{name} needs a BOS token before every sentence, but its tokenizer names none; "
            "name another with --tokenizer"
        )
    return made


def _row_for(model: Any, name: str) -> Architecture:
    known = ARCHITECTURES.get(model.config.model_type)
    return known if known is not None else detect(model, name)


def _context(model: Any, row: Architecture) -> int:
    config = model.config.get_text_config()
    named = (getattr(config, key, None) for key in _CONTEXTS)
    return next((value for value in named if isinstance(value, int) and value > 0), row.default_context)


def _check_tokenizer(tokenizer: Any, rows: int, name: str) -> None:
    # Only the base vocabulary must fit: some releases add tokens (for images) that text never yields.
    size = tokenizer.vocab_size
    if size > rows:
        raise ModelError(
            f"the tokenizer has {size} tokens, but {name} has only {rows} embeddings; "
            "name the tokenizer this model was trained with (--tokenizer)"
        )
