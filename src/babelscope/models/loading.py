"""Hub id or folder in, a LanguageModel out: weights complete, sites probed, tokenizer fitting."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from babelscope.errors import MissingExtraError, ModelError, unknown_choice
from babelscope.models.architectures import ARCHITECTURES
from babelscope.models.bundled import BUNDLED, bundled_folders
from babelscope.models.failures import explain
from babelscope.models.language_model import LanguageModel, LoadReport
from babelscope.models.memory import is_out_of_memory
from babelscope.models.naming import label_of, step_of
from babelscope.models.quiet import quiet
from babelscope.models.suitability import check_suitable
from babelscope.models.wrapping import SpecialTokensChoice, assemble

__all__ = ["ModelRef", "load_model"]

Dtype = Literal["auto", "float32", "bfloat16", "float16"]


@dataclass(frozen=True)
class ModelRef:
    """Which model, and how to load it: plain values, so that a plan can be written down and sent elsewhere."""

    name: str
    """Hub id, or a folder that `save_pretrained` wrote."""
    revision: str | None = None
    """Branch, tag or commit on the hub; None is the default branch."""
    tokenizer: str | None = None
    """Hub id or folder of the tokenizer, where the model's own place has none."""
    dtype: str = "auto"
    """`auto`: the checkpoint's own on an accelerator; float32 on the CPU, whose half-precision kernels are slow."""
    device: str | None = None
    """`cpu`, `cuda:1`, ...; None takes the best available."""
    device_map: str | None = None
    """`auto` spreads a model over several devices (needs accelerate)."""
    trust_remote_code: bool = False
    """Whether code from the model's repository may run; recorded if so."""
    special_tokens: SpecialTokensChoice = "row"
    """Whether a BOS token goes before every sentence: as the architecture's row says, never, or always."""

    def load(self) -> LanguageModel:
        """Loads the model this refers to; see `load_model`."""
        return load_model(
            self.name,
            revision=self.revision,
            tokenizer=self.tokenizer,
            dtype=self.dtype,
            device=self.device,
            device_map=self.device_map,
            trust_remote_code=self.trust_remote_code,
            special_tokens=self.special_tokens,
        )


def load_model(
    name: str | Path,
    *,
    revision: str | None = None,
    tokenizer: str | Path | None = None,
    dtype: str = "auto",
    device: str | None = None,
    device_map: str | None = None,
    trust_remote_code: bool = False,
    token: str | None = None,
    special_tokens: SpecialTokensChoice = "row",
) -> LanguageModel:
    """Loads a dense causal language model and makes its neurons readable.

    Weights are read without running any code from the checkpoint. A checkpoint that lacks tensors, or has ones the
    model has no place for, is refused: re-initialised layers are never measured.

    Args:
        name: Hub id, a folder that `save_pretrained` wrote, or `nano`, the bundled checkpoint series.
        revision: Branch, tag or commit on the hub; of `nano`, the step (the last one by default).
        tokenizer: Hub id or folder of the tokenizer, where it is not with the model.
        dtype: `auto`, `float32`, `bfloat16` or `float16`. `auto` is float32 on the CPU (half precision is slow
            there, and less exact) and the checkpoint's own elsewhere (pooled means are float32 in any case).
        device: Where to put the model; by default the best available.
        device_map: `auto` spreads the model over several devices.
        trust_remote_code: Allow the repository's own code to run; recorded.
        token: Access token of the hub; by default the environment's.
        special_tokens: `row` follows the architecture's row, `bos` and `none` overrule it; recorded.

    Raises:
        ModelError: If the model cannot be loaded or its numbers would not be safe.
        MissingExtraError: If `device_map` is given without accelerate.
    """
    name = str(name)
    if name == BUNDLED:
        folder, shared_tokenizer = bundled_folders(revision)
        options: dict[str, Any] = {"dtype": dtype, "device": device, "device_map": device_map}
        made = load_model(folder, tokenizer=tokenizer or shared_tokenizer, special_tokens=special_tokens, **options)
        return replace(made, name=BUNDLED)
    target = _device(device, device_map)
    if dtype not in get_args(Dtype):
        raise ModelError(unknown_choice("dtype", dtype, get_args(Dtype)))
    _check_place(name, revision)
    hub: dict[str, Any] = {"token": token, "trust_remote_code": trust_remote_code}
    config = _config(name, revision, hub)
    check_suitable(config, name)
    encoder = _tokenizer(name, revision, str(tokenizer) if tokenizer is not None else None, hub)
    model, report = _weights(name, revision, config, _dtype(dtype, target), device_map, hub)
    if device_map is None:
        model = _moved(model, target, name)
    model.eval()
    return assemble(
        model,
        encoder,
        name=name,
        revision=getattr(config, "_commit_hash", None) or "local",
        step=step_of(name, revision),
        label=label_of(name),
        special_tokens=special_tokens,
        load_report=report,
        remote_code=trust_remote_code,
    )


def _device(device: str | None, device_map: str | None) -> Any:
    import importlib.util

    import torch

    if device_map is not None:
        if device is not None:
            raise ModelError(f"give --device or --device-map, not both; got {device!r} and {device_map!r}")
        if importlib.util.find_spec("accelerate") is None:
            raise MissingExtraError("accelerate", "large", "--device-map")
    best = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    best = best or torch.device("cpu")
    if device is None:
        return best
    try:
        wanted = torch.device(device)
        torch.empty(0, device=wanted)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).split("\n")[0]
        raise ModelError(
            f"cannot use device {device!r} ({reason}); the best available here is {best.type!r}"
        ) from error
    return wanted


def _dtype(dtype: str, target: Any) -> Any:
    import torch

    if dtype != "auto":
        return getattr(torch, dtype)
    return torch.float32 if target.type == "cpu" else "auto"


def _check_place(name: str, revision: str | None) -> None:
    place = Path(name)
    looks_local = place.is_absolute() or name.startswith((".", "~")) or name.count("/") > 1 or "\\" in name
    if place.is_file():
        raise ModelError(f"{name} is a file; expected the folder around it, with config.json and the weights")
    if place.is_dir():
        if revision is not None:
            raise ModelError(f"{name} is a folder, which has no revision {revision!r}; leave --revision out")
        if not (place / "config.json").is_file():
            inside = sorted(child.name for child in place.iterdir() if (child / "config.json").is_file())
            hint = (
                f"did you mean one of its folders: {', '.join(inside[:8])}?" if inside else "expected a saved model"
            )
            raise ModelError(f"{name} has no config.json; {hint}")
    elif looks_local:
        raise ModelError(f"there is no folder {name}; expected a folder with config.json and weights, or a hub id")


def _config(name: str, revision: str | None, hub: dict[str, Any]) -> Any:
    from transformers import AutoConfig

    try:
        with quiet():
            return AutoConfig.from_pretrained(name, revision=revision or "main", **hub)
    except Exception as error:
        raise explain(error, name, revision, "the configuration") from error


def _tokenizer(name: str, revision: str | None, other: str | None, hub: dict[str, Any]) -> Any:
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    source = other or name
    asked = None if other else revision
    if other is not None and not Path(other).is_dir() and (Path(other).is_absolute() or other.startswith(".")):
        raise ModelError(f"there is no folder {other}; --tokenizer expects a folder or a hub id")
    options = {"revision": asked or "main", **hub}
    try:
        with quiet():
            try:
                return AutoTokenizer.from_pretrained(source, **options)
            except ValueError as error:
                # What transformers 5 calls the plain class around a tokenizer.json; 4 has it under another name.
                if "TokenizersBackend" not in str(error):
                    raise
                return PreTrainedTokenizerFast.from_pretrained(source, **options)
    except Exception as error:
        raise explain(error, source, asked, "the tokenizer") from error


def _weights(
    name: str, revision: str | None, config: Any, dtype: Any, device_map: str | None, hub: dict[str, Any]
) -> tuple[Any, LoadReport]:
    from transformers import AutoModelForCausalLM

    row = ARCHITECTURES.get(config.model_type)
    extra: dict[str, Any] = {"device_map": device_map} if device_map is not None else {}
    if row is not None and row.attention:
        extra["attn_implementation"] = row.attention
    try:
        with quiet():
            # Mismatched shapes are let through here only to be listed, and refused, with everything else.
            loaded: Any = AutoModelForCausalLM.from_pretrained(
                name,
                revision=revision or "main",
                config=config,
                dtype=dtype,
                weights_only=True,
                output_loading_info=True,
                ignore_mismatched_sizes=True,
                **extra,
                **hub,
            )
    except Exception as error:
        raise explain(error, name, revision, "the weights") from error
    model, info = loaded
    report = _report(info, row.allowed_unexpected if row is not None else ())
    _refuse(report, name)
    return model, report


def _report(info: dict[str, Any], allowed: tuple[str, ...]) -> LoadReport:
    unexpected = sorted(info["unexpected_keys"])
    known = [key for key in unexpected if any(re.search(pattern, key) for pattern in allowed)]
    return LoadReport(
        missing=tuple(sorted(info["missing_keys"])),
        unexpected=tuple(key for key in unexpected if key not in known),
        mismatched=tuple(sorted(_mismatch(entry) for entry in info["mismatched_keys"])),
        allowed=tuple(known),
    )


def _mismatch(entry: Any) -> str:
    # transformers 4 lists names only, 5 adds both shapes.
    if isinstance(entry, str):
        return entry
    name, got, expected = entry
    return f"{name} {tuple(got)} for {tuple(expected)}"


def _refuse(report: LoadReport, name: str) -> None:
    problems = []
    for keys, what in (
        (report.missing, "the checkpoint lacks"),
        (report.mismatched, "of the wrong shape:"),
        (report.unexpected, "the model has no place for"),
    ):
        if keys:
            more = f" and {len(keys) - 3} more" if len(keys) > 3 else ""
            problems.append(f"{what} {', '.join(keys[:3])}{more}")
    if problems:
        incomplete = report.missing or report.mismatched
        danger = (
            "missing layers would be random"
            if incomplete
            else "a model that leaves part of its checkpoint out is another model"
        )
        raise ModelError(
            f"the weights of {name} do not fit its configuration: {'; '.join(problems)}; "
            f"{danger}, so nothing is measured; use a complete checkpoint of this architecture"
        )


def _moved(model: Any, target: Any, name: str) -> Any:
    try:
        return model.to(target)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error):
            raise
        raise ModelError(
            f"{name} does not fit on {target}; use --dtype bfloat16, --device-map auto or --device cpu"
        ) from error
