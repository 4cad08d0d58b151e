"""The command that repeats the run, its signature, and what to cite."""

from babelscope.report.panels.panel import Facts, Material

__all__ = ["facts"]

_METHOD = """@inproceedings{zeng2025lingua,
  title     = {Converging to a Lingua Franca: Evolution of Linguistic Regions and
               Semantics Alignment in Multilingual Large Language Models},
  author    = {Zeng, Hongchuan and Han, Senyu and Chen, Lu and Yu, Kai},
  booktitle = {Proceedings of the 31st International Conference on Computational Linguistics (COLING)},
  year      = {2025},
  eprint    = {2410.11718},
  archivePrefix = {arXiv}
}"""
_SOFTWARE = """@software{{babelscope,
  title   = {{babelscope: how far a multilingual language model's languages share one space of meaning}},
  version = {{{version}}},
  note    = {{Signature: {signature}}}
}}"""


def _commands(material: Material) -> list[str]:
    """Command lines of everything on the page, in its order."""
    pieces = (material.summary, material.ablation, material.generation, material.evaluation)
    return list(dict.fromkeys(piece["command"] for piece in pieces if piece and piece.get("command")))


def facts(material: Material) -> Facts:
    """Commands, signature and two BibTeX entries."""
    summary = material.summary
    signature = summary.get("signature") or {}
    version = (summary.get("versions") or {}).get("babelscope", "")
    return {
        "figures": [],
        "commands": _commands(material),
        "short": signature.get("short") or "",
        "long": signature.get("long") or "",
        "method": _METHOD,
        "software": _SOFTWARE.format(version=version, signature=signature.get("short") or "none"),
    }
