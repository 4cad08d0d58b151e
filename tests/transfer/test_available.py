from importlib.util import find_spec

import pytest
import torch

from babelscope.errors import BabelscopeError, MissingExtraError
from babelscope.transfer.available import check_method


@pytest.mark.parametrize(
    ("method", "module", "package"),
    [
        ("lora", "peft", "peft"),
        ("lora", "accelerate", "accelerate"),
        ("full", "accelerate", "accelerate"),
        ("linear", "sklearn", "scikit-learn"),
    ],
)
def test_a_missing_package_is_named_with_what_installs_it(monkeypatch, method, module, package):
    check_method(method)
    monkeypatch.setattr(
        "babelscope.transfer.available.find_spec", lambda name: None if name == module else find_spec(name)
    )
    with pytest.raises(MissingExtraError, match=rf"'{package}'.*pip install 'babelscope\[transfer\]'"):
        check_method(method)


def test_four_bits_need_a_gpu_and_lora_is_offered(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(BabelscopeError, match="needs a GPU.*--method lora"):
        check_method("qlora")


def test_four_bits_need_bitsandbytes(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(
        "babelscope.transfer.available.find_spec", lambda name: None if name == "bitsandbytes" else find_spec(name)
    )
    with pytest.raises(BabelscopeError, match=r"qlora needs the package 'bitsandbytes'.*babelscope\[qlora\]"):
        check_method("qlora")


def test_unknown_methods_list_the_known():
    with pytest.raises(BabelscopeError, match="full, linear, lora, qlora"):
        check_method("prompt")
