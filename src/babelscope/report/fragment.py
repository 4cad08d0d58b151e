"""A scan as a piece of HTML for a notebook: numbers, verdict and small figures, no script."""

import hashlib
import json
from html import escape
from typing import Any

import numpy as np
from jaxtyping import Float

from babelscope.report.colours import map_colours
from babelscope.report.cosine_map import cosine_map, overview
from babelscope.report.drawing import data_uri, inline_svg
from babelscope.report.figures import layer_curve, region_size
from babelscope.report.panels.verdict import tiles

__all__ = ["scan_html"]

_PIXELS = 360
_LEVELS = 64
_ROOT = (
    "font:14px/1.5 system-ui,sans-serif;--ink:currentColor;--line:#8884;--veil:#8884;"
    "--soft:color-mix(in srgb,currentColor 72%,transparent);--null:#80868f;--accent:#4f78c4"
)


def scan_html(summary: dict[str, Any], similarity: Float[np.ndarray, "row row"] | None = None) -> str:
    """The scan as a self-contained fragment: it takes its text colour from the notebook, so it suits light and dark.

    Args:
        summary: The content of summary.json.
        similarity: Whole-model cosines, for a small map.
    """
    mark = "b" + hashlib.sha256(json.dumps(summary, sort_keys=True, default=str).encode()).hexdigest()[:8]
    step = f" · step {summary['step']}" if summary.get("step") else ""
    about = f"{len(summary['languages'])} languages × {summary['sentences']} sentences of {summary['corpus']['name']}"
    parts = [
        f'<div class="babelscope-scan" style="{_ROOT}">',
        f"<p style='margin:0'><b>{escape(str(summary['model']) + step)}</b> · {escape(about)}</p>",
        *(f"<p style='margin:.3em 0'>{escape(line)}</p>" for line in summary.get("verdict") or []),
        _table(summary),
        "<div style='display:flex;flex-wrap:wrap;gap:1em;align-items:flex-start'>",
        *(_figure(drawing, mark) for drawing in _drawings(summary)),
        _thumbnail(summary, similarity),
        "</div></div>",
    ]
    return "".join(parts)


def _table(summary: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td style='text-align:left'><b>{tile['name']}</b> {escape(tile['what'])}</td>"
        f"<td>{tile['value']} {escape(tile['interval'])}</td><td>{escape(tile['null'])}</td>"
        f"<td>{escape(tile['untrained'])}</td><td style='text-align:left'>{escape(tile['better'])}</td></tr>"
        for tile in tiles(summary)
    )
    head = "<tr><th></th><th>value [95 % interval]</th><th>null</th><th>untrained</th><th></th></tr>"
    return f"<table style='margin:.4em 0;color:inherit'>{head}{rows}</table>"


def _drawings(summary: dict[str, Any]) -> list[Any]:
    found = [layer_curve(summary, "lrds"), layer_curve(summary, "sads"), region_size(summary)]
    return [drawing for drawing in found if drawing is not None]


def _figure(drawing: Any, mark: str) -> str:
    colours = ";".join(f"--c{light[1:]}:{light}" for light, _ in (drawing.colours or {}).values())
    return (
        f"<div style='width:300px;{colours}'><p style='margin:0;font-size:12px'><b>{escape(drawing.title)}</b></p>"
        f"{inline_svg(drawing, mark)}</div>"
    )


def _thumbnail(summary: dict[str, Any], similarity: Float[np.ndarray, "row row"] | None) -> str:
    """The similarity map as a small picture."""
    if similarity is None:
        return ""
    import io

    from PIL import Image

    palette = map_colours()
    found = cosine_map(similarity, len(summary["languages"]), summary["sentences"], most_rows=900)
    shares = (overview(found, _PIXELS) - found.low) / (found.high - found.low)
    levels = (np.clip(shares, 0, 1) * (_LEVELS - 1)).round().astype(np.uint8)
    picture = Image.fromarray(levels)
    picture.putpalette(b"".join(palette[3 * i : 3 * i + 3] for i in range(0, 256, 256 // _LEVELS)))
    buffer = io.BytesIO()
    picture.save(buffer, "png", optimize=True)
    said = "Similarity map: blocks are " + ", ".join(summary["languages"])
    return (
        f"<div style='width:300px'><p style='margin:0;font-size:12px'><b>{escape(said)}</b></p>"
        f"<img alt='{escape(said)}' width='300' src='{data_uri(buffer.getvalue(), 'image/png')}'></div>"
    )
