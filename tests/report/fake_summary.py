"""A scan that never ran: a summary, a corpus and a similarity map that agree, from planted structure."""

from typing import Any

import numpy as np

from babelscope.corpus.parallel import CorpusSource, ParallelCorpus

LANGUAGES: dict[str, tuple[str, str, str, str]] = {
    "ar": ("Arabic", "Arab", "rtl", "Afro-Asiatic/Semitic"),
    "vi": ("Vietnamese", "Latn", "ltr", "Austroasiatic/Vietic"),
    "id": ("Indonesian", "Latn", "ltr", "Austronesian/Malayo-Polynesian"),
    "en": ("English", "Latn", "ltr", "Indo-European/Germanic"),
    "hi": ("Hindi", "Deva", "ltr", "Indo-European/Indo-Aryan"),
    "es": ("Spanish", "Latn", "ltr", "Indo-European/Romance"),
    "fr": ("French", "Latn", "ltr", "Indo-European/Romance"),
    "pt": ("Portuguese", "Latn", "ltr", "Indo-European/Romance"),
    "zh": ("Chinese", "Hans", "ltr", "Sino-Tibetan/Sinitic"),
}
_LINES = {
    "ar": ("السوق مغلق اليوم", "هل رأيت البحر من قبل؟", "كتبت الطبيبة رسالة طويلة إلى أختها"),
    "vi": ("Hôm nay chợ đóng cửa", "Bạn đã bao giờ thấy biển chưa?", "Bác sĩ viết một lá thư dài cho em gái"),
    "id": ("Pasar tutup hari ini", "Pernahkah kamu melihat laut?", "Dokter itu menulis surat panjang kepada adiknya"),
    "en": ("The market is closed today", "Have you ever seen the sea?", "The doctor wrote her sister a long letter"),
    "hi": ("आज बाज़ार बंद है", "क्या तुमने कभी समुद्र देखा है?", "डॉक्टर ने अपनी बहन को एक लंबी चिट्ठी लिखी"),
    "es": (
        "El mercado está cerrado hoy",
        "¿Has visto alguna vez el mar?",
        "La médica escribió una carta larga a su hermana",
    ),
    "fr": (
        "Le marché est fermé aujourd'hui",
        "As-tu déjà vu la mer ?",
        "La médecin a écrit une longue lettre à sa sœur",
    ),
    "pt": ("O mercado está fechado hoje", "Você já viu o mar?", "A médica escreveu uma longa carta à irmã"),
    "zh": ("市场今天不开门", "你见过大海吗？", "医生给她妹妹写了一封长信"),
}


def fake_corpus(languages: list[str] | None = None, n: int = 24, line: str = "") -> ParallelCorpus:
    """A few short sentences, numbered to `n`; `line` replaces the first sentence of the first language."""
    languages = languages or list(LANGUAGES)
    columns = [[f"{_LINES[code][i % 3]} ({i + 1})" for i in range(n)] for code in languages]
    if line:
        columns[0][0] = line
    sentences = tuple(tuple(column) for column in columns)
    source = CorpusSource("fake", "v1", "CC0-1.0")
    return ParallelCorpus("fake", tuple(languages), sentences, tuple(f"line-{i + 1}" for i in range(n)), source)


def fake_similarity(languages: list[str] | None = None, n: int = 24, meaning: float = 0.5) -> np.ndarray:
    """Cosines of vectors that are a shared mean, a language, a meaning of weight `meaning`, and noise."""
    languages = languages or list(LANGUAGES)
    rng = np.random.default_rng(20)
    width = 400
    shared, kin = rng.normal(size=width), rng.normal(size=width)
    own = {code: rng.normal(size=width) + (kin if code in ("es", "fr", "pt") else 0) for code in languages}
    meanings = rng.normal(size=(n, width))
    vectors = np.concatenate(
        [0.45 * shared + own[code] + meaning * meanings + 0.6 * rng.normal(size=(n, width)) for code in languages]
    )
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors @ vectors.T).astype(np.float32)


def _score(value: float, half: float, null: float, baseline: float | None) -> dict[str, Any]:
    return {
        "value": value,
        "low": value - half,
        "high": value + half,
        "null": {"mean": null, "low": null - half / 2, "high": null + half / 2},
        "baseline": None
        if baseline is None
        else {"value": baseline, "low": baseline - half, "high": baseline + half},
    }


def _blocks(similarity: np.ndarray, languages: list[str], n: int) -> tuple[float, float, float]:
    count = len(languages)
    cube = similarity.astype(float).reshape(count, n, count, n)
    language, meaning = np.eye(count, dtype=bool)[:, None, :, None], np.eye(n, dtype=bool)[None, :, None, :]
    whole = np.ones_like(cube, dtype=bool)
    return (
        float(cube[whole & language & ~meaning].mean()),
        float(cube[whole & ~language & ~meaning].mean()),
        float(cube[whole & ~language & meaning].mean()),
    )


def fake_summary(
    languages: list[str] | None = None, n: int = 24, layers: int = 6, width: int = 384
) -> dict[str, Any]:
    """What a scan of `fake_corpus` would store, with interval, null and baseline everywhere."""
    languages = languages or list(LANGUAGES)
    rng = np.random.default_rng(7)
    similarity = fake_similarity(languages, n)
    same, cross, trans = _blocks(similarity, languages, n)
    lrds, sads = _score(same - cross, 0.02, 0.001, 0.41), _score(trans - cross, 0.006, 0.0, 0.038)
    sizes = {code: [int(v) for v in rng.integers(6, 22, layers)] for code in languages}
    for code in languages:
        sizes[code][0] += 14
        sizes[code][-1] += 20 if code in ("ar", "zh", "hi", "vi") else 8
    totals = {code: sum(sizes[code]) for code in languages}
    neurons = layers * width
    by_layer = [_layer(i, layers, width, {code: sizes[code][i] for code in languages}) for i in range(layers)]
    pairs = _pairs(similarity, languages, n)
    draws = {"mean": 0.6 * sum(totals.values()), "sd": 30.0, "low": 600.0, "high": 900.0, "draws": 20}
    return {
        "format": "babelscope/summary", "version": 1, "model": "tiny/bloom", "step": "3500", "site": "mlp",
        "signature": {"short": "bs0.1|tiny/bloom@3500|fake", "long": "babelscope 0.1.0, model tiny/bloom",
                      "fields": {"version": "0.1.0", "model": "tiny/bloom", "dtype": "float32", "pooling": "mean"}},
        "languages": languages,
        "language_info": {code: dict(zip(("name", "script", "direction", "family"), LANGUAGES[code], strict=True))
                          for code in languages},
        "corpus": {"name": "fake", "hash": "0123456789abcdef", "source": "fake", "revision": "v1",
                   "licence": "CC0-1.0", "dropped": 2},
        "sentences": n, "neurons": neurons, "layers": layers, "neurons_per_layer": [width] * layers,
        "lrds": lrds, "sads": sads,
        "baseline_note": "Untrained model: same architecture and tokenizer, drawn anew with seed 0.",
        "sklr": sum(totals.values()), "sklr_low": sum(totals.values()) - 60, "sklr_high": sum(totals.values()) + 60,
        "sklr_null": draws, "region_sizes": totals,
        "regions": [{"language": code, "size": size, "share": size / neurons, "low": size - 9, "high": size + 9,
                     "null_mean": 55.0, "null_sd": 9.0, "excess": size - 55.0} for code, size in totals.items()],
        "region_rule": {"kind": "threshold", "value": 1.5, "largest_z": 2.83, "largest_sharing": 2, "note": ""},
        "by_layer": by_layer, "pairs": pairs, "mean_cosines": _means(similarity, languages, n),
        "overlap": _overlap(languages, totals, neurons),
        "tokens": {code: {"tokens": 20 * n + 7 * i, "per_word": None if code == "zh" else 1.3 + 0.1 * i,
                          "per_character": 0.25 + 0.02 * i} for i, code in enumerate(languages)},
        "warnings": [{"kind": "duplicate", "message": "2 sentences occur twice in English", "count": 2,
                      "examples": [[languages[0], "line-3", _LINES[languages[0]][2]]]}],
        "verdict": [f"Translations are closer than unrelated sentences (SADS {sads['value']:.4f}; an untrained model "
                    f"0.0380), and languages remain apart (LRDS {lrds['value']:.3f})."],
        "timings": {"capture": 3.21, "scores": 0.42}, "command": "babelscope scan tiny/bloom --corpus fake -n 24",
        "versions": {"babelscope": "0.1.0", "torch": "2.13", "python": "3.11"},
    }  # fmt: skip


def _layer(i: int, layers: int, width: int, sizes: dict[str, int]) -> dict[str, Any]:
    bend = (i - layers / 2) ** 2 / max(1, layers**2 / 4)
    return {
        "layer": i + 1, "neurons": width,
        "lrds": _score(0.24 + 0.4 * bend, 0.02, 0.002, 0.41), "sads": _score(0.062 - 0.03 * bend, 0.006, 0.0, 0.037),
        "region_sizes": sizes, "region_low": {code: max(0, size - 4) for code, size in sizes.items()},
        "region_high": {code: size + 4 for code, size in sizes.items()},
        "region_null": {code: {"mean": 9.0, "sd": 2.5} for code in sizes},
    }  # fmt: skip


def _pairs(similarity: np.ndarray, languages: list[str], n: int) -> list[dict[str, Any]]:
    found = []
    for i, a in enumerate(languages):
        for j, b in enumerate(languages[:i]):
            block = similarity[i * n : (i + 1) * n, j * n : (j + 1) * n].astype(float)
            value = float(np.diag(block).mean() - block[~np.eye(n, dtype=bool)].mean())
            found.append({"language_a": b, "language_b": a, "sads": _score(value, 0.008, 0.0, None)})
    return found


def _means(similarity: np.ndarray, languages: list[str], n: int) -> dict[str, Any]:
    count = len(languages)
    blocks = similarity.astype(float).reshape(count, n, count, n).transpose(0, 2, 1, 3)
    own = np.trace(blocks, axis1=2, axis2=3)
    different = (blocks.sum(axis=(2, 3)) - own) / (n * (n - 1))
    return {"different": different.tolist(), "translations": (own / n).tolist()}


def _overlap(languages: list[str], totals: dict[str, int], neurons: int) -> dict[str, Any]:
    shared = [[0] * len(languages) for _ in languages]
    for i, a in enumerate(languages):
        for j, b in enumerate(languages):
            kin = {a, b} <= {"es", "fr", "pt"}
            shared[i][j] = (
                totals[a]
                if a == b
                else round(totals[a] * totals[b] / neurons * (4 if kin else 1.2) + 0.3 * ((i + j) % 3))
            )
    union = [[totals[a] + totals[b] - shared[i][j] for j, b in enumerate(languages)] for i, a in enumerate(languages)]
    chance = [[totals[a] * totals[b] / neurons for b in languages] for a in languages]
    size = range(len(languages))
    return {
        "languages": languages, "shared": shared,
        "jaccard": [[shared[i][j] / union[i][j] for j in size] for i in size],
        "expected": [[chance[i][j] / (totals[a] + totals[b] - chance[i][j]) for j, b in enumerate(languages)]
                     for i, a in enumerate(languages)],
    }  # fmt: skip
