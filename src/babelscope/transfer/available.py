"""A method's name in, nothing out: refuses what this machine cannot do, before any model is read."""

from importlib.util import find_spec

from babelscope.errors import BabelscopeError, MissingExtraError, unknown_choice
from babelscope.transfer.options import METHODS

__all__ = ["check_method"]

_PACKAGES = {"linear": {"sklearn": "scikit-learn"}, "full": {"accelerate": "accelerate"}}
_ADAPTERS = {"accelerate": "accelerate", "peft": "peft"}


def check_method(method: str) -> None:
    """Refuses a method whose packages are not installed, and 4 bits without a GPU.

    Args:
        method: One of METHODS.

    Raises:
        MissingExtraError: If a package is missing.
        BabelscopeError: If there is no such method, or it needs a GPU and there is none.
    """
    if method not in METHODS:
        raise BabelscopeError(unknown_choice("method", method, METHODS))
    for module, package in _PACKAGES.get(method, _ADAPTERS).items():
        if find_spec(module) is None:
            raise MissingExtraError(package, "transfer", f"--method {method}")
    if method == "qlora":
        _check_four_bits()


def _check_four_bits() -> None:
    import torch

    if not torch.cuda.is_available():
        raise BabelscopeError(
            "--method qlora keeps weights in 4 bits, which needs a GPU, and there is none here; use --method lora"
        )
    if find_spec("bitsandbytes") is None:
        raise MissingExtraError("bitsandbytes", "qlora", "--method qlora")
