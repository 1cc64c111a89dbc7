"""Curves and bars as coordinates of an SVG: the server draws them, so no script has to."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 640, 180
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 12, 28


@dataclass(frozen=True, slots=True)
class Point:
    """`label` says what it stands for, in words."""

    x: float
    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Curve:
    """`path` is the `d` of an SVG path; where a value is missing it has a gap."""

    name: str
    path: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """`ticks` are heights with what they mean; `first` and `last` stand below the ends."""

    title: str
    curves: tuple[Curve, ...]
    ticks: tuple[tuple[float, str], ...]
    first: str
    last: str
    width: int = WIDTH
    height: int = HEIGHT


def draw_chart(
    title: str,
    names: Sequence[str],
    series: Sequence[tuple[str, Sequence[float | None]]],
    most: float,
    *,
    percent: bool = False,
) -> Chart:
    """`names` are of the points from left to right; a value of `most` is at the top."""
    top = most or 1.0
    curves = tuple(
        _draw_curve(name, values, names, top, percent=percent) for name, values in series
    )
    ticks = tuple(
        (_y(top * part, top), _format(top * part, percent=percent)) for part in (0.0, 0.5, 1.0)
    )
    ends = (names[0], names[-1]) if names else ("", "")
    return Chart(title, curves, ticks, *ends)


def _draw_curve(
    name: str, values: Sequence[float | None], names: Sequence[str], top: float, *, percent: bool
) -> Curve:
    points, path, is_drawing = [], [], False
    step = (WIDTH - LEFT - RIGHT) / max(1, len(values) - 1)
    for at, value in enumerate(values):
        if value is None:
            is_drawing = False
            continue
        x, y = round(LEFT + at * step, 1), _y(value, top)
        path.append(f"{'L' if is_drawing else 'M'}{x} {y}")
        is_drawing = True
        points.append(Point(x, y, f"{names[at]}: {_format(value, percent=percent)}"))
    return Curve(name, "".join(path), tuple(points))


def _y(value: float, top: float) -> float:
    part = min(1.0, max(0.0, value / top))
    return round(TOP + (1 - part) * (HEIGHT - TOP - BOTTOM), 1)


def _format(value: float, *, percent: bool) -> str:
    return f"{100 * value:.0f} %" if percent else f"{value:,.0f}"
