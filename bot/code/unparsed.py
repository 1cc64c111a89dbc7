"""Code without a grammar here: its definitions line by line; of a component, the script in it.

Much less than a parser sees, and enough to name what a file defines. Patterns look at one line of
bounded length, so any file costs time proportional to its size.
"""

import re
from types import MappingProxyType

from bot.code.model import Symbol, SymbolKind

MAX_LINE_CHARS = 300
"""A longer line defines nothing."""
MAX_BYTES = 1_000_000
MAX_SYMBOLS = 1_000
MAX_SIGNATURE_CHARS = 160

SCRIPTED = frozenset({"vue", "svelte", "astro"})
"""Components with their script in the file: https://vuejs.org/api/sfc-spec.html,
https://svelte.dev/docs/svelte/svelte-files, https://docs.astro.build/en/basics/astro-components/"""
_C = (
    r"(?!(?:if|for|while|switch|return|else|typedef)\b)[A-Za-z_][\w \t*]*?"
    r"\b(?P<name>[A-Za-z_]\w*)[ \t]*\([^;]*$"
)
_MAKERS = r"table|view|function|procedure|trigger|index|type|schema|sequence|aggregate|domain"
_PATTERNS = {
    "sql": r"(?i)\s*create\s+(?:(?:or\s+replace|temp|temporary|unique|materialized)\s+)*"
    rf"(?:{_MAKERS})\s+(?:if\s+not\s+exists\s+)?[\"`\[]?(?P<name>\w[\w.]*)",
    "proto": r"\s*(?:(?P<type>message|service|enum|extend)|rpc)\s+(?P<name>\w[\w.]*)",
    "graphql": r"(?P<type>)\s*(?:extend\s+)?(?:type|interface|enum|input|union|scalar|query"
    r"|mutation|subscription|fragment|directive)\s+@?(?P<name>\w+)",
    "yacc": rf"(?:(?P<name>[A-Za-z_]\w*)\s*(?::|$)|{_C.replace('name', 'name2')})",
    "lex": _C,
    "hcl": r"(?P<type>)(?:resource|data|module|variable|output|provider)\s+\"(?:[^\"]+\"\s+\")?"
    r"(?P<name>[^\"]+)\"",
    "elixir": r"\s*(?:(?P<type>defmodule|defprotocol|defimpl)|def(?:p|macrop?|guardp?|delegate)?)"
    r"\s+(?P<name>[\w.?!]+)",
    "dart": r"\s*(?:abstract\s+|final\s+|sealed\s+)*(?P<type>class|mixin|extension|enum|typedef)\s+"
    r"(?P<name>\w+)|\s{0,4}(?:[A-Za-z_][\w<>?,. ]*\s)?(?!(?:if|for|while|switch|catch|return)\b)"
    r"(?P<name2>[A-Za-z_]\w*)\s*\([^;]*(?:\{|=>)",
    "lua": r"\s*(?:local\s+)?(?:function\s+(?P<name>[\w.:]+)|(?P<name2>[\w.]+)\s*=\s*function\b)",
    "haskell": r"(?:(?P<name>[a-z_][\w']*)\s*::|(?P<type>data|newtype|type|class|instance)\s+"
    r"(?:[^=]*=>\s*)?(?P<name2>[A-Z]\w*))",
    "erlang": r"(?P<name>[a-z]\w*)\(.*->",
    "ml": r"\s*(?:(?P<type>type|module)\s+(?P<name>\w+)|(?:let|and|val|member)\s+"
    r"(?:(?:rec|inline|mutable)\s+)*(?:\w+\.)?(?P<name2>[a-z_]\w*))",
    "lisp": r"\s*\((?:cl-)?def\w*-?\s+(?:\^\S+\s+)*\(?(?P<name>[^\s()\[\]\"']+)",
    "r": r"\s*(?P<name>[\w.]+)\s*(?:<-|=)\s*function\b",
    "julia": r"\s*(?:(?P<type>(?:mutable\s+)?struct|module|abstract\s+type)|function|macro)\s+"
    r"(?P<name>[\w.!]+)",
    "perl": r"\s*(?:sub|(?P<type>package))\s+(?P<name>[\w:]+)",
    "shell": r"(?i)\s*function\s+(?P<name>[\w:-]+)",
    "zig": r"\s*(?:pub\s+)?(?:(?:export|extern|inline)\s+)?(?:fn\s+(?P<name>\w+)"
    r"|const\s+(?P<name2>\w+)\s*=\s*(?P<type>struct|enum|union))",
    "nim": r"\s*(?:proc|func|method|iterator|template|macro|converter)\s+`?(?P<name>\w+)",
    "groovy": r"\s*(?:(?:public|private|protected|static|final|abstract)\s+)*"
    r"(?:(?P<type>class|interface|trait|enum)|def|void|task)\s+(?P<name>\w+)",
    "cmake": r"(?i)\s*(?:function|macro)\s*\(\s*(?P<name>\w+)",
    "objc": r"[-+]\s*\([^)]*\)\s*(?P<name>\w+)|@(?P<type>interface|implementation|protocol)\s+"
    r"(?P<name2>\w+)",
    "solidity": r"\s*(?:abstract\s+)?(?:(?P<type>contract|library|interface|struct|enum|event)"
    r"|function|modifier)\s+(?P<name>\w+)",
    "basic": r"(?i)\s*(?:(?:public|private|protected|shared|class|override|overrides)\s+)*"
    r"(?:function|procedure|sub|constructor|destructor)\s+(?P<name>[\w.]+)",
    "template": r".*?(?:\{%-?\s*(?:block|macro)\s+(?P<name>[\w.-]+)"
    r"|\{\{-?\s*(?:define|block)\s+\"(?P<name2>[^\"]+)\")",
    "style": r"(?P<type>)\s*@mixin\s+(?P<name>[\w-]+)|(?P<name2>[.#][\w-]+)[^;]*\{",
    "none": r"(?!)(?P<name>)",
}
PATTERNS = MappingProxyType({name: re.compile(text) for name, text in _PATTERNS.items()})
_EXTENSIONS = {
    "sql": "sql psql pgsql plsql ddl",
    "proto": "proto thrift avdl",
    "graphql": "graphql gql graphqls",
    "yacc": "y yy ypp yacc",
    "lex": "l ll lex",
    "hcl": "tf hcl tfvars",
    "elixir": "ex exs",
    "dart": "dart",
    "lua": "lua luau",
    "haskell": "hs lhs elm purs",
    "erlang": "erl hrl",
    "ml": "ml mli fs fsi fsx re",
    "lisp": "clj cljs cljc edn el lisp lsp scm rkt",
    "r": "r",
    "julia": "jl",
    "perl": "pl pm raku",
    "shell": "ps1 psm1 fish ksh zsh awk",
    "zig": "zig",
    "nim": "nim",
    "groovy": "groovy gradle",
    "cmake": "cmake",
    "objc": "m mm",
    "solidity": "sol",
    "basic": "vb bas pas pp vbs",
    "template": "erb haml slim ejs hbs handlebars mustache j2 jinja jinja2 twig liquid njk tmpl tpl"
    " gotmpl gohtml jsp jspx phtml cshtml razor ftl vm pug jade html htm xhtml",
    "style": "css scss sass less styl",
    "none": "asm s v vhd vhdl sv d cr f f90 cob ada adb ads cl glsl hlsl wgsl cu cuh metal move"
    " bzl",
}
EXTENSIONS = MappingProxyType(
    {end: family for family, ends in _EXTENSIONS.items() for end in ends.split()}
)


def is_unparsed_code(path: str) -> bool:
    """Whether a file without a grammar is code or a template all the same, by its name."""
    end = extension_of(path)
    return end in EXTENSIONS or end in SCRIPTED


def extension_of(path: str) -> str:
    return path.rpartition("/")[2].rpartition(".")[2].lower()


def read_definitions(path: str, body: bytes) -> tuple[Symbol, ...]:
    """Each reaches to the next one; at most `MAX_SYMBOLS` of them."""
    pattern = PATTERNS[EXTENSIONS.get(extension_of(path), "none")]
    if len(body) > MAX_BYTES:
        return ()
    found: list[tuple[int, str, SymbolKind, str]] = []
    lines = body.decode("utf-8", "replace").split("\n")
    for number, line in enumerate(lines, 1):
        if len(line) <= MAX_LINE_CHARS and (match := pattern.match(line)):
            groups = match.groupdict()
            name = groups["name"] or groups.get("name2") or ""
            if name and name.isprintable():
                kind: SymbolKind = "type" if groups.get("type") is not None else "function"
                found.append((number, name, kind, _signature(line)))
    starts = [number for number, *_ in found[1:]] + [len(lines) + (lines[-1] != "")] * bool(found)
    return tuple(
        Symbol(name, kind, first, max(first, after - 1), signature)
        for (first, name, kind, signature), after in zip(found, starts, strict=True)
    )[:MAX_SYMBOLS]


def _signature(line: str) -> str:
    text = "".join(filter(str.isprintable, " ".join(line.split())))
    return text[:MAX_SIGNATURE_CHARS].rstrip(" {=>:")


def blank_all_but_script(path: str, body: bytes) -> bytes:
    """The script of a component on the lines it has in the file; all else is blank."""
    kept = bytearray(byte if byte == NEWLINE else BLANK for byte in body)
    for start, end in _script_ranges(path, body):
        kept[start:end] = body[start:end]
    return bytes(kept)


NEWLINE, BLANK = b"\n "


def _script_ranges(path: str, body: bytes) -> list[tuple[int, int]]:
    found = []
    if extension_of(path) == "astro" and body.startswith(b"---\n"):
        found.append((4, max(4, body.find(b"\n---", 3))))
    lower, at = body.lower(), 0
    while (opened := lower.find(b"<script", at)) >= 0:
        start = lower.find(b">", opened) + 1
        if start == 0:
            break
        end = lower.find(b"</script", start)
        at = len(body) if end < 0 else end
        found.append((start, at))
    return found
