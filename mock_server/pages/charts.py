"""Pictures of numbers as SVG, by pygal: plain ones, to be shown in `<img>`."""

import base64
import hashlib
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import pygal
from pygal.etree import etree
from pygal.style import Style

# It has a finder among the system's that Python warns of at every later import.
sys.meta_path[:] = [one for one in sys.meta_path if not isinstance(one, pygal.PluginImportFixer)]

_NEEDLESS = ("script", "desc", "title")
"""What could only be used by scripts, which no picture runs."""

_OPTIONS: dict[str, Any] = {
    "js": [],
    "no_prefix": True,
    "margin": 4,
    "min_scale": 2,
    "max_scale": 6,
    "no_data_text": "No rows",
    "truncate_label": -1,
    "legend_at_bottom": True,
    "legend_box_size": 10,
    "value_formatter": lambda value: f"{value:,.0f}" if value == int(value) else "",
}


def draw(
    labels: Sequence[str],
    series: Mapping[str, Sequence[int]],
    *,
    is_upright: bool,
    is_dark: bool,
    is_narrow: bool,
) -> tuple[bytes, str]:
    """Return a picture as SVG, and the content security policy that it needs to be shown alone.

    Args:
        labels: What is counted.
        series: A number for each label, by what the numbers are called.
        is_upright: Bars stand side by side, as days do, or lie below each other.
        is_dark: For a dark screen.
        is_narrow: For a phone's.
    """
    step = 1 if is_upright else -1  # bars that lie are drawn from below
    longest = 22 if is_narrow else 32
    width, height = (1_100, 300) if is_upright else (540, 40 + 26 * max(len(labels), 3))
    chart = (pygal.Bar if is_upright else pygal.HorizontalBar)(
        **_OPTIONS,
        style=_style(is_dark=is_dark),
        width=420 if is_narrow else width,
        height=height,
        margin_right=32 if is_narrow else 16,
        x_labels_major_count=3 if is_narrow else 8,
        show_legend=is_upright,
        show_minor_x_labels=not is_upright,
    )
    short = [f"{one[:longest]}…" if len(one) > longest else one for one in labels]
    chart.x_labels = short[::step]
    for name, numbers in series.items():
        chart.add(name, list(numbers)[::step])
    return _plain(chart.render_tree())


def _style(*, is_dark: bool) -> Style:
    """Return the colours of the pages' own style sheet."""
    text, line = ("#a3adbb", "#343d4a") if is_dark else ("#566173", "#d5dae2")
    clear = dict.fromkeys(("background", "plot_background"), "transparent")
    quiet = dict.fromkeys(("guide_stroke_dasharray", "major_guide_stroke_dasharray"), "none")
    lines = dict.fromkeys(("guide_stroke_color", "major_guide_stroke_color"), line)
    sizes = dict.fromkeys(("label_font_size", "major_label_font_size", "legend_font_size"), 12)
    return Style(
        **clear,
        **quiet,
        **lines,
        **sizes,
        foreground=text,
        foreground_strong=text,
        foreground_subtle=line,
        opacity="1",
        colors=("#6ea8ec", "#e0a45c") if is_dark else ("#2f6db5", "#c2741c"),
        font_family="system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif",
        no_data_font_size=16,
    )


def _plain(tree: Any) -> tuple[bytes, str]:
    """Write a picture without what only scripts use, and with its one style sheet allowed."""
    for parent in list(tree.iter()):
        for child in list(parent):
            name = child.tag if isinstance(child.tag, str) else "script"  # or else a comment
            if name.rpartition("}")[2] in _NEEDLESS or child.get("class") == "plot tooltip-overlay":
                parent.remove(child)
    (sheet,) = (one for one in tree.iter() if str(one.tag).endswith("style"))
    digest = base64.b64encode(hashlib.sha256((sheet.text or "").encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'"
    return etree.tostring(tree, encoding="utf-8"), policy
