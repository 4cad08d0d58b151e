"""The commands that repeat what the page shows, their signatures, and what to cite."""

from collections.abc import Mapping, Sequence
from typing import Any

from babelscope.report.panels.panel import Facts, Material

__all__ = ["METHOD", "facts", "repeated"]

METHOD = """@inproceedings{zeng2025lingua,
  title     = {Converging to a Lingua Franca: Evolution of Linguistic Regions and
               Semantics Alignment in Multilingual Large Language Models},
  author    = {Zeng, Hongchuan and Han, Senyu and Chen, Lu and Yu, Kai},
  booktitle = {Proceedings of the 31st International Conference on Computational Linguistics (COLING)},
  year      = {2025},
  eprint    = {2410.11718},
  archivePrefix = {arXiv}
}"""
SOFTWARE = """@software{{babelscope,
  title   = {{babelscope: how far a multilingual language model's languages share one space of meaning}},
  version = {{{version}}},
  note    = {{Signature: {signature}}}
}}"""
_ALSO = {
    "xlsum": ("XL-Sum", "Hasan et al., Findings of ACL 2021", "https://arxiv.org/abs/2106.13822"),
    "xlc_xstorycloze": ("XStoryCloze", "Lin et al., EMNLP 2022", "https://arxiv.org/abs/2112.10668"),
    "xlc_xcopa": ("XCOPA", "Ponti et al., EMNLP 2020", "https://arxiv.org/abs/2005.00333"),
    "overlap": ("overlap of probed neurons", "Wang et al., Findings of ACL 2024", "https://arxiv.org/abs/2406.13229"),
    "latent": ("latent-variable probes", "Stańczak et al., AAAI 2023", "https://arxiv.org/abs/2201.08214"),
    "same": ("their comparison across languages", "Stańczak et al., NAACL 2022", "https://arxiv.org/abs/2205.02023"),
    "lora": ("low-rank adapters", "Hu et al., ICLR 2022", "https://arxiv.org/abs/2106.09685"),
    "nli": ("XNLI", "Conneau et al., EMNLP 2018", "https://arxiv.org/abs/1809.05053"),
    "gaussian": ("Gaussian probes", "Torroba Hennigen et al., EMNLP 2020", "https://arxiv.org/abs/2010.02812"),
    "lm_eval": ("LM Evaluation Harness", "Gao et al. 2024", "https://doi.org/10.5281/zenodo.12608602"),
}
"""Texts, tasks and programs of others: name, who made it, where it is described."""


def _parts(material: Material) -> dict[str, dict[str, Any]]:
    """What was measured, by its name and in the order of the page."""
    return {"scan": material.summary, **material.pieces} if material.scanned else material.pieces


def _also(material: Material) -> list[tuple[str, str, str]]:
    """What else to cite: only what this page used."""
    used = {((material.ablation or {}).get("text") or {}).get("name")}
    if material.evaluation:
        used |= {"lm_eval", *(task["family"] for task in material.evaluation["tasks"])}
    if material.probing:
        used |= {"overlap", "latent", "same", "gaussian"}
    if material.transfer:
        used |= {"overlap", material.transfer["task"]["name"]}
        used |= {"lora"} if {"lora", "qlora"} & set(material.transfer["methods"]) else set()
    return [entry for name, entry in _ALSO.items() if name in used]


def facts(material: Material) -> Facts:
    """Commands, a signature for each part, two BibTeX entries, and what else was used."""
    return repeated(_parts(material), METHOD, _also(material))


def repeated(parts: Mapping[str, Mapping[str, Any]], method: str, also: Sequence[tuple[str, str, str]] = ()) -> Facts:
    """Commands, signatures and what to cite.

    Args:
        parts: What was measured, by its name.
        method: BibTeX of the paper it follows.
        also: What else to cite: what for, whose, and its address.
    """
    signatures = {name: content.get("signature") or {} for name, content in parts.items()}
    first = next((signature["short"] for signature in signatures.values() if signature.get("short")), "none")
    versions = next((content["versions"] for content in parts.values() if content.get("versions")), {})
    return {
        "figures": [],
        "commands": list(dict.fromkeys(part["command"] for part in parts.values() if part.get("command"))),
        "signatures": [
            (name, found["short"], found.get("long") or found["short"])
            for name, found in signatures.items()
            if found.get("short")
        ],
        "method": method,
        "software": SOFTWARE.format(version=versions.get("babelscope", ""), signature=first),
        "also": list(also),
    }
