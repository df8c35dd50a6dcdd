"""A drawing as Mermaid text: a flowchart that GitHub, GitLab and editors show."""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from iplint.graph.drawing import Box, Drawing

# What Mermaid takes unless it is configured otherwise. Mermaid documentation, "Configuration": maxTextSize, maxEdges.
MAX_LENGTH = 50_000
MAX_EDGES = 500
_SHAPES = {
    "launch": ("[", "]"),
    "template": ("[[", "]]"),
    "profile": ("([", "])"),
    "role": ("{{", "}}"),
    "policy": ("[/", "/]"),
}
_CLASSES = """\
  classDef plain fill:#f3f4f6,stroke:#6b7280,color:#111827
  classDef proven fill:#dcfce7,stroke:#15803d,color:#111827
  classDef failed fill:#fee2e2,stroke:#b91c1c,color:#111827,stroke-width:2px
  classDef qualified fill:#ecfccb,stroke:#4d7c0f,color:#111827
  classDef undecided fill:#fef3c7,stroke:#b45309,color:#111827
  classDef open stroke-dasharray:5 4
"""
# Signs that neither Mermaid nor the Markdown in its labels takes for anything where they are between letters.
_PLAIN = re.compile(r"[A-Za-z0-9 /]|(?<=[A-Za-z0-9])[_.:-](?=[A-Za-z0-9])")
# Mermaid looks for these words itself when it decodes, and Markdown makes a link of the last.
_WORDS = re.compile(r"style|classDef|www")


def mermaid(drawing: Drawing) -> str:
    """Return the drawing as a flowchart from left to right, a group for each root where there are several."""
    text = "flowchart LR\n"
    number = 0
    dashed: list[str] = []
    several = len(drawing.groups) > 1
    for index, group in enumerate(drawing.groups):
        first = number
        indent = "    " if several else "  "
        if several:
            text += f'  subgraph g{index}["{label(group.root)}"]\n    direction LR\n'
        for box in group.boxes:
            text += f"{indent}n{number}{_box(box)}\n"
            dashed += [f"n{number}"] if box.open else []
            number += 1
        for start, end in group.edges:
            arrow = "-.->" if group.boxes[start].open or group.boxes[end].open else "-->"
            text += f"{indent}n{first + start} {arrow} n{first + end}\n"
        text += "  end\n" if several else ""
    if drawing.left_out:
        text += f'  more["{drawing.left_out} more launches are not drawn"]\n'
    elif not drawing.groups:
        text += '  none["No launches"]\n'
    text += _CLASSES
    return text + (f"  class {','.join(dashed)} open\n" if dashed else "")


def fits(text: str) -> bool:
    """Return whether a text is within Mermaid's default size limit."""
    return len(text) <= MAX_LENGTH and text.count("-->") + text.count("-.->") <= MAX_EDGES


def _box(box: Box) -> str:
    before, after = _SHAPES[box.kind]
    return f'{before}"{"<br/>".join(label(line) for line in box.lines)}"{after}:::{box.state or "plain"}'


def label(text: str) -> str:
    """Return a text that Mermaid shows letter by letter: special characters become codes."""
    text = " ".join(_WORDS.sub(lambda word: f"\0{word[0]}", text).split(" ")).strip()
    shown: list[str] = []
    for index, character in enumerate(text):
        if character == "\0":
            continue
        begins_word = index > 0 and text[index - 1] == "\0"
        shown.append(character if not begins_word and _PLAIN.match(text, index) else f"#{ord(character)};")
    return "".join(shown)
