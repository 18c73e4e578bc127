"""Numbers as inline SVG, drawn by templates: the bars, their sizes, and their tooltips."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

HEIGHT = 100
"""Units of the highest bar; a style sheet says how high that is."""


class DayBars(NamedTuple):
    """The bars of one day, which stand in each other."""

    title: str
    heights: tuple[float, ...]


def day_bars(rows: Sequence[Mapping[str, object]]) -> tuple[int, list[DayBars]]:
    """Return the number that the highest bar stands for, and the bars of each row.

    Args:
        rows: A day, and after it the numbers of that day, by their names.
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
