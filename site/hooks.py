"""What MkDocs needs beyond docs/: the list of the rules, the playground, Mermaid, and Markdown for programs."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

SITE = Path(__file__).parent
TOP = SITE.parent
NPM = SITE / "node_modules"
MERMAID = "assets/mermaid.min.js"

sys.path[:0] = [str(SITE), str(TOP / "linter"), str(TOP / "rules")]

from archive import archive  # noqa: E402  # beside this file, which MkDocs loads without its directory

from iplint.rule import GROUPS  # noqa: E402
from iplint_rules import all_rules  # noqa: E402

PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
# What the page of the playground may load, and where it may connect to: this site alone.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'none'; base-uri 'self'"
)
PLAYGROUND = ("playground.js", "playground.css", "worker.js", "examples.json")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List the pages of the rules by group."""
    for entry in config.nav or []:
        if "Rules" in entry:
            for group in GROUPS:
                pages = [f"rules/{rule.name}.md" for rule in all_rules() if rule.group == group]
                entry["Rules"].append({group.capitalize(): pages})
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the playground with Pyodide, and Mermaid."""
    if not NPM.is_dir():
        raise PluginError("site/node_modules is missing: run `npm ci` in site/, or `nox -s site`, which does")
    copied = {MERMAID: NPM / "mermaid" / "dist" / "mermaid.min.js"}
    copied |= {f"playground/{name}": SITE / "playground" / name for name in PLAYGROUND}
    copied |= {f"playground/pyodide/{name}": NPM / "pyodide" / name for name in PYODIDE}
    for uri, path in copied.items():
        files.append(File.generated(config, uri, abs_src_path=str(path)))
    files.append(File.generated(config, "playground/iplint.zip", content=archive()))
    return files


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Load Mermaid, from this site, where a page has a diagram; and the playground on its page."""
    head = ""
    if 'class="mermaid"' in output:
        up = "../" * page.url.count("/")
        head = f'<script src="{up}{MERMAID}"></script>'
    if page.file.src_uri == "playground.md":
        head = (
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
            '<link rel="stylesheet" href="playground.css"><script type="module" src="playground.js"></script>'
        )
    return output.replace("</head>", f"{head}</head>", 1)


def on_post_build(config: MkDocsConfig) -> None:
    """Put the Markdown of each rule beside its page: the address that reports link to, and what programs read."""
    for path in (TOP / "docs" / "rules").glob("*.md"):
        shutil.copy(path, Path(config.site_dir) / "rules" / path.name)
