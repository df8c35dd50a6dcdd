"""A drawing as a self-contained SVG: no script, no font, no external file."""

from __future__ import annotations

from html import escape

from iplint.graph.drawing import KINDS, STATES
from iplint.graph.layout import lay_out
from iplint.report.masking import width

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.graph.drawing import Box, Drawing, Group
    from iplint.graph.layout import Place

# The most boxes in one picture that a browser still shows at once.
MAX_BOXES = 2_000

_BOX, _HIGH, _LINE, _ACROSS, _GAP = 250, 62, 15, 70, 16
_MARGIN, _TOP, _TITLE = 24, 100, 34
_MAX_NAME, _MAX_TYPE, _MAX_PLACE = 27, 36, 40  # in letters, which get smaller
_HEADS = {
    "launch": "Launches",
    "template": "Launch templates",
    "profile": "Instance profiles",
    "role": "Roles",
    "policy": "Policies",
}
_STYLE = """\
text { font-family: ui-sans-serif, system-ui, "Segoe UI", Helvetica, Arial, sans-serif; fill: #1f2328 }
.page { fill: #ffffff }
.name { font-size: 13px; font-weight: 600 }
.type { font-size: 11px; fill: #57606a }
.verdict { font-size: 11px }
.place { font-size: 10px; fill: #57606a }
.head { font-size: 13px; font-weight: 600; fill: #57606a }
.root { font-size: 13px; font-weight: 600 }
.rule { stroke: #d0d7de }
.edge { fill: none; stroke: #8c959f; stroke-width: 1.5 }
.arrow { fill: #8c959f }
.box { fill: #f6f8fa; stroke: #8c959f; stroke-width: 1.5 }
.proven { fill: #dafbe1; stroke: #1a7f37 }
.failed { fill: #ffebe9; stroke: #cf222e; stroke-width: 2.5 }
.qualified { fill: #eef9d7; stroke: #4d7c0f }
.undecided { fill: #fff8c5; stroke: #9a6700 }
.open { stroke-dasharray: 6 4 }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .page { fill: #0d1117 }
  .type, .place, .head { fill: #9ea7b3 }
  .rule { stroke: #3d444d }
  .edge { stroke: #7d8590 }
  .arrow { fill: #7d8590 }
  .box { fill: #1c2129; stroke: #7d8590 }
  .proven { fill: #12351e; stroke: #3fb950 }
  .failed { fill: #48191b; stroke: #f85149 }
  .qualified { fill: #26330f; stroke: #a3e635 }
  .undecided { fill: #3b2f0b; stroke: #d29922 }
}
"""


_ARROW = (
    '<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
    'markerUnits="userSpaceOnUse" orient="auto"><path class="arrow" d="M0 0 L8 4 L0 8 z"/></marker></defs>'
)


def svg(drawing: Drawing) -> str:
    """Return the drawing: a column for each kind, the groups of the roots below each other, and a legend."""
    kinds = [kind for kind in KINDS if any(box.kind == kind for group in drawing.groups for box in group.boxes)]
    wide = max(len(kinds) * (_BOX + _ACROSS) - _ACROSS, 3 * _BOX)
    parts = [_legend()]
    for column, kind in enumerate(kinds):
        parts.append(_text(_MARGIN + column * (_BOX + _ACROSS), _TOP - 14, "head", _HEADS[kind]))
    y: float = _TOP
    for group in drawing.groups:
        parts.append(f'<line class="rule" x1="{_MARGIN}" x2="{_MARGIN + wide}" y1="{y:g}" y2="{y:g}"/>')
        parts.append(_text(_MARGIN, y + 22, "root", group.root))
        drawn, height = _group(group, kinds, y + _TITLE)
        parts += drawn
        y += _TITLE + height + _GAP
    if drawing.left_out:
        parts.append(_text(_MARGIN, y + 20, "head", f"{drawing.left_out} more launches are not drawn"))
        y += 30
    elif not drawing.groups:
        parts.append(_text(_MARGIN, y + 20, "head", "No launches"))
        y += 30
    width_, height_ = wide + 2 * _MARGIN, y + _MARGIN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width_:g} {height_:g}" '
        f'width="{width_:g}" height="{height_:g}" role="img">\n'
        "<title>Launches and what is behind them, by iplint</title>\n"
        f"<style>\n{_STYLE}</style>\n{_ARROW}\n"
        f'<rect class="page" width="{width_:g}" height="{height_:g}"/>\n'
    )
    return head + "\n".join(parts) + "\n</svg>\n"


def _legend() -> str:
    parts: list[str] = []
    x = _MARGIN
    known = [(state, f"{sign} {state}", False) for state, sign in STATES.items() if state]
    for state, words, dashed in (
        *known,
        ("", "nothing found", False),
        ("", "missing, unknown, or not declared here", True),
    ):
        shape = f"box {state}{' open' if dashed else ''}".strip()
        parts.append(f'<rect class="{shape}" x="{x}" y="{_MARGIN}" width="26" height="18" rx="4"/>')
        parts.append(_text(x + 34, _MARGIN + 14, "type", words))
        x += 34 + 7 * len(words) + 26
    return "\n".join(parts)


def _group(group: Group, kinds: list[str], top: float) -> tuple[list[str], float]:
    """Return the lines and boxes of a group, and its height."""
    columns = [kinds.index(box.kind) for box in group.boxes]
    layout = lay_out(columns, list(group.edges), [_height(box) for box in group.boxes], _GAP)
    parts: list[str] = []
    for (start, end), way in zip(group.edges, layout.ways, strict=True):
        dashed = " open" if group.boxes[start].open or group.boxes[end].open else ""
        parts.append(f'<path class="edge{dashed}" d="{_path(way, top)}" marker-end="url(#arrow)"/>')
    for column in layout.columns:
        for place in column:
            if place.box is not None:
                parts.append(_box(group.boxes[place.box], _left(place), top + place.y - place.height / 2))
    return parts, layout.height


def _left(place: Place) -> float:
    return _MARGIN + place.column * (_BOX + _ACROSS)


def _path(way: list[Place], top: float) -> str:
    """Return a line from box to box: curved between columns, straight through the columns it passes."""
    x, y = _left(way[0]) + _BOX, top + way[0].y
    path = f"M{x:g} {y:.1f}"
    for place in way[1:]:
        left, middle = _left(place), top + place.y
        half = (x + left) / 2
        path += f" C{half:g} {y:.1f} {half:g} {middle:.1f} {left:g} {middle:.1f}"
        x, y = left, middle
        if place.box is None:
            x += _BOX
            path += f" H{x:g}"
    return path


def _box(box: Box, x: float, y: float) -> str:
    shape = " ".join(word for word in ("box", box.state, "open" if box.open else "") if word)
    name, type, *verdicts, place = box.lines
    lines = [
        *(("name", line) for line in _in_two(name)),
        ("type", _cut(type, _MAX_TYPE)),
        # Verdicts and rules are short, and never cut.
        *(("verdict", line) for line in verdicts),
        ("place", _cut(place, _MAX_PLACE)),
    ]
    texts = [_text(x + 12, y + 22 + _LINE * number, style, line) for number, (style, line) in enumerate(lines)]
    size = f'width="{_BOX}" height="{_height(box)}"'
    rect = f'<rect class="{shape}" x="{x:g}" y="{y:.1f}" {size} rx="7"/>'
    return f"<g><title>{escape(chr(10).join(box.title))}</title>{rect}{''.join(texts)}</g>"


def _height(box: Box) -> int:
    return _HIGH + _LINE * (len(box.lines) + len(_in_two(box.lines[0])) - 4)


def _in_two(name: str) -> list[str]:
    """Return a name in one or two lines, broken after punctuation if possible: the ends of names distinguish them."""
    if width(name) <= _MAX_NAME:
        return [name]
    at = max(name.rfind(sign, _MAX_NAME // 2, _MAX_NAME) for sign in "./:-_") + 1 or _MAX_NAME
    return [_cut(name[:at], _MAX_NAME), _cut(name[at:], _MAX_NAME)]


def _text(x: float, y: float, style: str, text: str) -> str:
    return f'<text class="{style}" x="{x:g}" y="{y:.1f}">{escape(text)}</text>'


def _cut(text: str, most: int) -> str:
    """Return a text cut to at most `most` characters: the middle is left out, because the ends matter most."""
    if width(text) <= most:
        return text
    head = text[: most // 4]
    tail = text[-1:]
    while width(head) + 1 + width(tail) < most - 1:
        tail = text[-len(tail) - 1 :]
    return f"{head}\u2026{tail}"
