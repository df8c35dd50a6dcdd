"""Lay out the boxes of a group: columns by kind, and in each column an order with few crossings.

The method is the layered one of Sugiyama, Tagawa and Toda, with barycentres: a line that passes a column gets a place
of its own there, so that it runs between the boxes.
"""

from __future__ import annotations

import itertools

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_SWEEPS = 8


class Place:
    """A box (by its `box` index), or where a line passes a column (`box` is None); `y` is its middle."""

    __slots__ = ("after", "before", "box", "column", "height", "y")

    def __init__(self, box: int | None, column: int, height: float) -> None:
        self.box = box
        self.column = column
        self.height = height
        self.y = 0.0
        self.before: list[Place] = []
        self.after: list[Place] = []


class Layout:
    """The `places` by column, the paths of the lines from place to place, and the total `height`."""

    __slots__ = ("columns", "height", "ways")

    def __init__(self, columns: list[list[Place]], ways: list[list[Place]], height: float) -> None:
        self.columns = columns
        self.ways = ways
        self.height = height


def lay_out(columns: Sequence[int], edges: Sequence[tuple[int, int]], heights: Sequence[float], gap: float) -> Layout:
    """Lay out boxes, each of its height and in the column given by `columns`; lines lead to later columns."""
    places = [Place(index, column, heights[index]) for index, column in enumerate(columns)]
    layers: list[list[Place]] = [[] for _ in range(max(columns, default=-1) + 1)]
    for place in places:
        layers[place.column].append(place)
    ways: list[list[Place]] = []
    for start, end in edges:
        way = [places[start]]
        for column in range(places[start].column + 1, places[end].column):
            passing = Place(None, column, gap)
            layers[column].append(passing)
            way.append(passing)
        way.append(places[end])
        for one, other in itertools.pairwise(way):
            one.after.append(other)
            other.before.append(one)
        ways.append(way)
    for sweep in range(_SWEEPS):
        forward = sweep % 2 == 0
        for layer in layers if forward else reversed(layers):
            _number(layers)
            layer.sort(key=lambda place: _middle(place, place.before if forward else place.after))
    return Layout(layers, ways, _stack(layers, gap))


def _number(layers: list[list[Place]]) -> None:
    for layer in layers:
        for index, place in enumerate(layer):
            place.y = float(index)


def _middle(place: Place, neighbours: list[Place]) -> float:
    """Return the desired position of a place: the middle of its neighbours, or its current one if it has none."""
    return sum(other.y for other in neighbours) / len(neighbours) if neighbours else place.y


def _stack(layers: list[list[Place]], gap: float) -> float:
    """Set the height of every place: near the middle of its neighbours, in order, without overlaps."""
    for layer in layers:
        y = 0.0
        for place in layer:
            place.y = y + place.height / 2
            y += place.height + gap
    heights = [sum(place.height + gap for place in layer) for layer in layers]
    middle = heights.index(max(heights)) if heights else 0
    for layer in layers[middle + 1 :]:
        _settle(layer, [_middle(place, place.before) for place in layer], gap)
    for layer in reversed(layers[:middle]):
        _settle(layer, [_middle(place, place.after) for place in layer], gap)
    top = min((place.y - place.height / 2 for layer in layers for place in layer), default=0.0)
    for layer in layers:
        for place in layer:
            place.y -= top
    return max((place.y + place.height / 2 for layer in layers for place in layer), default=0.0)


def _settle(layer: list[Place], wanted: list[float], gap: float) -> None:
    """Move places near their desired positions in their order: neighbours that would overlap move as one."""
    runs: list[tuple[float, float, list[Place]]] = []  # the top, the height, the places
    for place, y in zip(layer, wanted, strict=True):
        run = (y - place.height / 2, place.height, [place])
        while runs and runs[-1][0] + runs[-1][1] + gap > run[0]:
            top, height, members = runs.pop()
            count, added = len(members), len(run[2])
            # The mean of where both would like to be, the second seen from the top of the first.
            start = (top * count + (run[0] - height - gap) * added) / (count + added)
            run = (start, height + gap + run[1], [*members, *run[2]])
        runs.append(run)
    for top, _, members in runs:
        y = top
        for place in members:
            place.y = y + place.height / 2
            y += place.height + gap
