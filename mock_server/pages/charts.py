"""Compute the sizes and tooltips of bar charts, which templates draw as inline SVG."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

HEIGHT = 100
"""The height of the highest bar; the style sheet scales it."""


class DayBars(NamedTuple):
    """The overlapping bars of one day."""

    title: str
    heights: tuple[float, ...]


def day_bars(rows: Sequence[Mapping[str, object]]) -> tuple[int, list[DayBars]]:
    """Return the value of the highest bar, and the bars of each row.

    Args:
        rows: The day of each row, followed by its named numbers.
    """
    counts = [[int(str(value)) for value in list(row.values())[1:]] for row in rows]
    most = max((max(row) for row in counts), default=0)
    bars = []
    for row, numbers in zip(rows, counts, strict=True):
        day, *names = row
        sentence = ", ".join(f"{row[name]:,} {name.lower()}" for name in names)
        heights = tuple(round(HEIGHT * number / max(most, 1), 2) for number in numbers)
        bars.append(DayBars(f"{row[day]}: {sentence}", heights))
    return most, bars
