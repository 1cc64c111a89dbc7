"""How code and links of a page are written down."""

import re

from bot.text.escape import fence_for
from bot.text.formulas import show_formula
from bot.text.invisible import strip_hidden
from bot.text.name_lists import split_names

FAR_COLUMNS = 200
"""So many blank columns within a line of code put what follows out of sight."""
TAB_COLUMNS = 8
"""As browsers show a tab: https://drafts.csswg.org/css-text/#tab-size-property"""
BLANKS = " \t\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000"
"""What shows nothing but takes up room: as part of a pattern's class."""
_BLANK_RUN = re.compile(f"[{BLANKS}]+")
_TICKS = re.compile("`+")
# https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/creating-diagrams
_DRAWN = frozenset({"mermaid", "geojson", "topojson", "stl"})
LANGUAGES = split_names(
    "bash bat c c++ clj cmake conf console cpp cs csharp css csv dart diff docker dockerfile"
    " elixir erlang fish fsharp gherkin go gradle graphql groovy h haskell hcl hpp html http"
    " ini java javascript js json json5 jsonc jsx julia kotlin kt less log lua make makefile"
    " markdown md nix objc ocaml patch perl php plaintext powershell properties proto"
    " protobuf ps1 py pycon pytb python python3 r rb rs rst ruby rust scala scss sh shell"
    " shell-session sql suggestion svelte swift terraform tex text toml ts tsx txt typescript"
    " vb vim vue xml yaml yml zig zsh"
)
"""Words behind a fence that are told: no page shows any."""


def write_code_block(code: str, language: str) -> list[str]:
    """Its lines in a fence; for what the page shows as something else, what is said of it."""
    lines = [_cut_far(strip_hidden(line, content=True)) for line in code.split("\n")]
    if not lines[-1]:
        lines.pop()
    if language in _DRAWN:
        said = f"its page shows a picture; its source, {len(lines)} lines, is left out"
        return [f"(A drawing made with {language}: {said}.)"]
    if language == "math":
        return [show_formula(code)]
    fence = fence_for(code)
    return [f"{fence}{language if language in LANGUAGES else ''}", *lines, fence]


def make_code_span(code: str) -> str:
    ticks = "`" * (1 + max(map(len, _TICKS.findall(code)), default=0))
    pad = " " if code.startswith("`") or code.endswith("`") else ""
    return f"{ticks}{pad}{code}{pad}{ticks}"


def make_link(text: str, host: str) -> str:
    """Its words, and of its target no more than the host: the page shows neither path nor title."""
    if not text.strip():
        return ""
    return text if not host or host.partition("//")[2] in text else f"[{text}]({host})"


def _cut_far(line: str) -> str:
    for run in _BLANK_RUN.finditer(line):
        columns = len(run[0]) + (TAB_COLUMNS - 1) * run[0].count("\t")
        if columns >= FAR_COLUMNS and (rest := len(line[run.end() :].rstrip())):
            said = f" (left out: {rest} characters far to the right)"
            return line[: run.start()] + said
    return line
