"""A Scan in, the content of summary.json and the rows of scores.csv out: plain types, no arrays."""

from typing import TYPE_CHECKING, Any

from babelscope import languages as tongues
from babelscope.corpus.fertility import fertility
from babelscope.provenance import versions
from babelscope.regions import Size, largest_sharing, largest_z
from babelscope.scanning.verdict import verdict
from babelscope.scores import Score

if TYPE_CHECKING:
    from babelscope.scanning.scan import Scan

__all__ = ["score_rows", "summarise"]


def summarise(scan: "Scan") -> dict[str, Any]:
    """All numbers of a scan, as the report and other programs read them."""
    codes, regions, corpus = scan.corpus.languages, scan.regions, scan.corpus
    shared = regions.overlap
    rule = regions.rule
    return {
        "model": scan.model_facts["label"],
        "step": scan.model_facts["step"],
        "site": scan.options.site,
        "signature": scan.signature.spelled(),
        "verdict": verdict(scan),
        "languages": list(codes),
        "language_info": {code: tongues.describe(code) for code in codes},
        "corpus": {
            "name": corpus.name,
            "hash": corpus.hash,
            "source": corpus.source.location,
            "revision": corpus.source.revision,
            "licence": corpus.source.licence,
            "dropped": corpus.dropped,
        },
        "sentences": corpus.n,
        "neurons": sum(regions.neurons),
        "layers": len(regions.neurons),
        "neurons_per_layer": list(regions.neurons),
        "lrds": scan.lrds.as_dict(),
        "sads": scan.sads.as_dict(),
        "baseline_note": scan.baseline_note,
        **_sklr(scan.sklr, scan.options.region_draws),
        "region_sizes": {code: regions[code].size for code in codes},
        "regions": [_region(code, regions.sizes[code], sum(regions.neurons)) for code in codes],
        "region_rule": {
            "kind": rule.kind,
            "value": rule.value,
            "largest_z": largest_z(len(codes)),
            "largest_sharing": largest_sharing(len(codes), rule.value) if rule.kind == "threshold" else None,
            "note": rule.note,
        },
        "by_layer": [_layer(layer) for layer in scan.by_layer],
        "pairs": [
            {"language_a": a, "language_b": b, "sads": score.as_dict()} for (a, b), score in scan.pairs.items()
        ],
        "mean_cosines": {"different": scan.whole.means[0].tolist(), "translations": scan.whole.means[1].tolist()},
        "overlap": {
            "languages": list(codes),
            "shared": shared.shared.tolist(),
            "jaccard": shared.jaccard.tolist(),
            "expected": shared.expected.tolist(),
        },
        "tokens": fertility(corpus, scan.tokens),
        "warnings": [
            {
                "kind": warning.kind,
                "message": warning.message,
                "count": warning.count,
                "examples": [list(e) for e in warning.examples],
            }
            for warning in scan.warnings
        ],
        "timings": scan.timings,
        "versions": dict(versions()),
        "command": "",
    }


def _sklr(size: Size, draws: int) -> dict[str, Any]:
    null = {"mean": size.null_mean, "sd": size.null_sd, "low": size.null_low, "high": size.null_high, "draws": draws}
    return {"sklr": size.value, "sklr_low": size.low, "sklr_high": size.high, "sklr_null": null}


def _region(code: str, size: Size, neurons: int) -> dict[str, Any]:
    return {
        "language": code,
        "size": size.value,
        "share": size.value / neurons,
        "low": size.low,
        "high": size.high,
        "null_mean": size.null_mean,
        "null_sd": size.null_sd,
        "excess": size.excess,
    }


def _layer(layer: Any) -> dict[str, Any]:
    sizes: dict[str, Size] = layer.region_sizes
    return {
        "layer": layer.layer,
        "neurons": layer.neurons,
        "lrds": layer.lrds.as_dict(),
        "sads": layer.sads.as_dict(),
        "region_sizes": {code: size.value for code, size in sizes.items()},
        "region_low": {code: size.low for code, size in sizes.items()},
        "region_high": {code: size.high for code, size in sizes.items()},
        "region_null": {code: {"mean": size.null_mean, "sd": size.null_sd} for code, size in sizes.items()},
    }


def score_rows(scan: "Scan") -> list[dict[str, Any]]:
    """Rows of scores.csv: the whole model first, then layer by layer; within each, all languages, pairs, regions."""
    rows = []
    regions = scan.regions
    for level in (scan.whole, *scan.layers):
        place = {
            "model": scan.model_facts["label"],
            "step": scan.model_facts["step"],
            "site": scan.options.site,
            "layer": "all" if level.layer is None else str(level.layer),
        }
        index = level.layer
        rows += [
            _score_row(place, metric, "all", "", score)
            for metric, score in (("lrds", level.lrds), ("sads", level.sads))
        ]
        codes = scan.corpus.languages
        rows += [_score_row(place, "sads", codes[a], codes[b], score) for (a, b), score in level.pairs.items()]
        if index is None:
            rows.append(_size_row(place, "sklr", "all", scan.sklr, scan.corpus.n))
        for code in codes:
            size = regions.sizes[code] if index is None else regions.layer_sizes[code][index - 1]
            rows.append(_size_row(place, "region_size", code, size, scan.corpus.n))
    return rows


def _score_row(place: dict[str, str], metric: str, first: str, second: str, score: Score) -> dict[str, Any]:
    null = score.null
    return {
        **place,
        "metric": metric,
        "language": first,
        "language_b": second,
        "value": score.value,
        "low": score.low,
        "high": score.high,
        "null_mean": null.mean if null else None,
        "null_low": null.low if null else None,
        "null_high": null.high if null else None,
        "baseline": score.baseline.value if score.baseline else None,
        "gain": score.gain.value if score.gain else None,
        "gain_low": score.gain.low if score.gain else None,
        "gain_high": score.gain.high if score.gain else None,
        "n": score.n,
    }


def _size_row(place: dict[str, str], metric: str, language: str, size: Size, n: int) -> dict[str, Any]:
    return {
        **place,
        "metric": metric,
        "language": language,
        "language_b": "",
        "value": size.value,
        "low": size.low,
        "high": size.high,
        "null_mean": size.null_mean,
        "null_low": size.null_low,
        "null_high": size.null_high,
        "baseline": None,
        "gain": None,
        "gain_low": None,
        "gain_high": None,
        "n": n,
    }
