"""What a number depends on, as an ordered list of fields with a short and a long spelling."""

import hashlib
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata

__all__ = ["Signature", "package_fields", "text_hash", "versions"]

_SHORT = (
    "model", "step", "corpus", "text", "tasks", "task", "source", "languages", "n", "site", "mode", "seed", "version",
)  # fmt: skip


@dataclass(frozen=True)
class Signature:
    """Everything that can change a reported number; equal signatures promise equal numbers."""

    fields: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, **fields: object) -> "Signature":
        """Takes the fields in the order given; values become text."""
        return cls(tuple((name, str(value)) for name, value in fields.items()))

    @property
    def short(self) -> str:
        """The fields a reader looks for first, as `name:value` joined by `|`."""
        known = dict(self.fields)
        return "|".join(f"{name}:{known[name]}" for name in _SHORT if name in known)

    @property
    def long(self) -> str:
        """All fields, as `name:value` joined by `|`."""
        return "|".join(f"{name}:{value}" for name, value in self.fields)

    def spelled(self) -> dict[str, object]:
        """All three spellings, as results store them: `short`, `long`, `fields`."""
        return {"short": self.short, "long": self.long, "fields": self.as_dict()}

    def as_dict(self) -> dict[str, str]:
        """The fields by name."""
        return dict(self.fields)


def text_hash(*parts: str) -> str:
    """First 16 hex digits of a SHA-256 over the parts, order and boundaries included."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(f"{len(part)}:{part}".encode())
    return digest.hexdigest()[:16]


def package_fields() -> dict[str, str]:
    """What a signature says of the packages that can change a number, in order."""
    found = versions(("babelscope", "torch", "transformers"))
    return {"version": found["babelscope"], "torch": found["torch"], "transformers": found["transformers"]}


def versions(
    packages: tuple[str, ...] = ("babelscope", "torch", "transformers", "tokenizers", "numpy", "scipy"),
) -> Mapping[str, str]:
    """Versions of Python and of the packages that can change a number; absent ones are left out."""
    found = {"python": platform.python_version()}
    for package in packages:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found
