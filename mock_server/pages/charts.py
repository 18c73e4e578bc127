"""Pictures of numbers as SVG, by pygal: plain ones, to be shown in `<img>`."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pygal
from pygal.etree import etree
from pygal.style import Style

_FONT = "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif"
_COLOURS = {
    False: ("#1c2430", "#566173", "#d5dae2", ("#2f6db5", "#c2741c")),
    True: ("#e4e8ee", "#a3adbb", "#343d4a", ("#6ea8ec", "#e0a45c")),
}
"""Text, quiet text, lines and bars as the pages have them, by whether the screen is dark."""

_NEEDLESS = ("script", "desc", "title")
"""What could only be used by scripts, which no picture runs."""


@dataclass(frozen=True)
class Picture:
    """What to draw."""

    labels: Sequence[str]
    series: Mapping[str, Sequence[int]]
    """A number for each label, by what it counts."""
    is_upright: bool
    """Whether bars stand side by side, as days do, or lie below each other with room for labels."""


def draw(picture: Picture, *, is_dark: bool, is_narrow: bool) -> tuple[bytes, str]:
    """Give a picture as SVG, and the content security policy that it needs to be shown alone."""
    options: dict[str, Any] = {
        "style": _style(*_COLOURS[is_dark]),
        "js": [],
        "no_prefix": True,
        "margin": 4,
        "min_scale": 2,
        "max_scale": 6,
        "no_data_text": "No rows",
        "value_formatter": lambda value: f"{value:,.0f}" if value == int(value) else "",
    }
    numbers = dict(picture.series)
    if picture.is_upright:
        chart = pygal.Bar(
            **options,
            width=420 if is_narrow else 1_100,
            height=260 if is_narrow else 300,
            x_labels_major_count=3 if is_narrow else 8,
            show_minor_x_labels=False,
            legend_at_bottom=True,
            legend_at_bottom_columns=2,
            legend_box_size=10,
            truncate_label=-1,
        )
        chart.x_labels = list(picture.labels)
    else:
        chart = pygal.HorizontalBar(
            **options,
            width=420 if is_narrow else 540,
            height=40 + 26 * max(len(picture.labels), 3),
            show_legend=False,
            truncate_label=22 if is_narrow else 32,
        )
        chart.x_labels = list(picture.labels)[::-1]  # drawn from below
        numbers = {name: found[::-1] for name, found in numbers.items()}
    for name, found in numbers.items():
        chart.add(name, list(found))
    return _plain(chart.render_tree())


def _style(text: str, quiet: str, line: str, bars: tuple[str, ...]) -> Style:
    return Style(
        background="transparent",
        plot_background="transparent",
        foreground=quiet,
        foreground_strong=text,
        foreground_subtle=line,
        guide_stroke_color=line,
        major_guide_stroke_color=line,
        guide_stroke_dasharray="none",
        major_guide_stroke_dasharray="none",
        opacity="1",
        colors=bars,
        font_family=_FONT,
        label_font_size=12,
        major_label_font_size=12,
        legend_font_size=13,
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
