"""Two-story sets of cloze, and a tiny model whose answer two planted neurons decide."""

import json
from pathlib import Path
from typing import Any

import torch

from babelscope.models import LanguageModel
from babelscope.regions import NeuronMask
from tiny_models import LAYERS, WIDTH, tiny_model

STORIES: list[dict[str, Any]] = [
    {
        "id": "01",
        "sentences": ["Ana baked.", "She left.", "Hours passed.", "Smoke rose."],
        "endings": ["aaaa", "bbbb"],
        "endings_en": ["aaaa", "bbbb"],
        "label": 0,
    },
    {
        "id": "02",
        "sentences": ["Li ran.", "It rained.", "Li fell.", "Li sat."],
        "endings": ["bbbbb", "aaaaa"],
        "endings_en": ["bbbbb", "aaaaa"],
        "label": 1,
    },
]


def write_stories(
    folder: Path, languages: tuple[str, ...] = ("ar", "en", "es", "fr", "hi", "id", "pt", "vi", "zh")
) -> Path:
    """The bundled set's files, with two stories each."""
    folder.mkdir(parents=True, exist_ok=True)
    for code in languages:
        text = "\n".join(json.dumps(story, ensure_ascii=False) for story in STORIES)
        (folder / f"{code}.jsonl").write_text(text + "\n", encoding="utf-8")
    return folder


def planted_model() -> tuple[LanguageModel, NeuronMask]:
    """A model that prefers `a` to `b` through one strong neuron, and `b` to `a` through a weaker one; the strong one.

    Both neurons of the last layer are constant (no input weight, a bias), so the algebra holds for every prompt.
    """
    model = tiny_model("gpt2", n_positions=512)
    network = model.model
    a, b = (model.encode([letter])[0][0] for letter in "ab")
    mlp, vectors = network.transformer.h[-1].mlp, network.get_input_embeddings().weight
    with torch.no_grad():
        apart = vectors[a] - vectors[b]
        mlp.c_fc.weight[:, :2] = 0
        mlp.c_fc.bias[:2] = 5
        mlp.c_proj.weight[0] = 100 * apart
        mlp.c_proj.weight[1] = -30 * apart
    layers = [torch.zeros(WIDTH, dtype=torch.bool).numpy() for _ in range(LAYERS)]
    layers[-1][0] = True
    return model, NeuronMask(tuple(layers))
