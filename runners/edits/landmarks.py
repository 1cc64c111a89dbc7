"""What a file consists of, by name: definitions, keys, selectors, statements, headings, targets."""

import itertools
import json
import re
import tomllib
from collections.abc import Callable, Iterator, Sequence

from bot.code import Symbol, outline_file
from runners.edits.reply_text import file_extension

MAX_DEPTH = 2
"""Levels of keys that count: what a file's sections hold, and no further."""
MAX_LINE_CHARACTERS = 300
"""Longer lines are data or minified code; the patterns below would take long on them."""
YAML_KEY = re.compile(r"^( *)(?:- )?([\w./$@-]+|\"[^\"]+\"|'[^']+'):(?:\s|$)")
JSON_KEY = re.compile(r"^(\s*)\"([^\"]+)\"\s*:")
INI_LINE = re.compile(r"^\[([^\]]+)\]|^([\w.-]+)\s*[=:]")
TARGET = re.compile(r"^([\w./%$(){}-]+)\s*::?(?!=)")
# Of the statements of SQL those that name what they are about:
# https://www.postgresql.org/docs/current/sql-commands.html
SQL_STATEMENT = re.compile(
    r"^\s*(create|alter|drop|insert|update|delete|grant|revoke|comment|copy)\s+"
    r"(?:or\s+replace\s+|unique\s+|temp(?:orary)?\s+|materialized\s+|into\s+|from\s+|only\s+)*"
    r"(?:(table|view|index|function|procedure|trigger|type|sequence|schema|extension|role|policy)\s+)?"
    r"(?:if\s+(?:not\s+)?exists\s+)?([\w.\"`\[\]]+)",
    re.IGNORECASE,
)
# Tests of JavaScript are calls with a title: https://jestjs.io/docs/api#methods
TITLED_CALL = re.compile(
    r"^\s*(?:it|test|describe|suite|bench|context)(?:\.\w+)*\(\s*(\"[^\"]+\"|'[^']+'|`[^`]+`)"
)
# At-rules that hold rules: https://www.w3.org/TR/css-conditional-3/#processing
NESTING_RULE = re.compile(r"^@(?:media|supports|layer|container)\b")
# https://docs.docker.com/reference/dockerfile/#overview
INSTRUCTION = re.compile(
    r"^(FROM|CMD|ENTRYPOINT|EXPOSE|WORKDIR|USER|HEALTHCHECK|VOLUME|(?:ENV|ARG)\s+\w+)\b",
    re.IGNORECASE,
)
# https://docs.asciidoctor.org/asciidoc/latest/sections/titles-and-levels/
ADOC_HEADING = re.compile(r"^={1,6}\s+(\S.*)")
TEX_HEADING = re.compile(r"^\s*\\(?:part|chapter|(?:sub){0,2}section|begin)\*?\{([^{}]*)\}")
# https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html#sections
RST_RULE = re.compile(r"^([=\-~^\"'`#*+.:_])\1*\s*$")
# https://docs.ruby-lang.org/en/3.3/Module.html#method-i-attr_accessor
ATTRIBUTES = re.compile(r"^\s*attr_(?:reader|writer|accessor)\s+(.*)")
BLOCK_TAG = re.compile(r"^<(template|script|style)\b([^<>]*)>")
COMPONENT_EXTENSIONS = frozenset({"vue", "svelte", "astro"})
SCRIPT_EXTENSIONS = frozenset({"js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx"})
TAG = re.compile(r"^\s*<([A-Za-z][\w:.-]*)(?:\s[^<>]*?\b(?:id|name)=\"([^\"]+)\")?")


def find_landmarks(path: str, lines: Sequence[str]) -> list[str]:
    """The names of its parts in order; those of inner parts after the name of what holds them.

    Empty for a kind of file whose parts are not known here.
    """
    text = "\n".join(lines) + "\n"
    read = READERS.get(file_extension(path)) or READERS_BY_NAME.get(path.rpartition("/")[2])
    short = [line for line in lines if len(line) <= MAX_LINE_CHARACTERS]
    if read is not None:
        return list(dict.fromkeys(read(short)))
    if data := _read_data(path, text):
        return list(dict.fromkeys(data))
    names = _definitions(outline_file(path, text.encode("utf-8", "replace")).symbols)
    if file_extension(path) in SCRIPT_EXTENSIONS:
        names += [found[1] for line in short if (found := TITLED_CALL.match(line))]
    if file_extension(path) in INNER_READERS:
        names += INNER_READERS[file_extension(path)](short)
    if file_extension(path) in COMPONENT_EXTENSIONS:
        names += [f"<{found[1]}>" for line in short if (found := BLOCK_TAG.match(line))]
    return list(dict.fromkeys(names))


def _attributes(lines: Sequence[str]) -> Iterator[str]:
    """Methods that Ruby makes of their names."""
    for line in lines:
        if found := ATTRIBUTES.match(line):
            yield from re.findall(r":(\w+)", found[1])


def _php_tags(lines: Sequence[str]) -> Iterator[str]:
    """Without it a file of PHP is text: https://www.php.net/manual/en/language.basic-syntax.phptags.php."""
    yield from ("<?php" for line in lines if line.lstrip().startswith("<?php"))


def _definitions(symbols: Sequence[Symbol]) -> list[str]:
    """Without those inside of functions, which are no part of the file for others."""
    names: list[str] = []
    inside: set[str] = set()
    for each in symbols:
        name = f"{each.owner}.{each.name}" if each.owner else each.name
        if each.owner not in inside:
            names.append(name)
        if each.owner in inside or each.kind in {"function", "method"}:
            inside.add(name)
    return names


def _read_data(path: str, text: str) -> list[str]:
    try:
        if path.endswith(".json"):
            return list(_flatten(json.loads(text)))
        if path.endswith(".toml"):
            return list(_flatten(tomllib.loads(text)))
    except (ValueError, RecursionError):
        return list(dict.fromkeys(_indented_keys(text.split("\n"), JSON_KEY)))
    return []


def _flatten(value: object, above: str = "", depth: int = 1) -> Iterator[str]:
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        name = f"{above}{key}"
        yield name
        if depth < MAX_DEPTH:
            yield from _flatten(inner, f"{name}.", depth + 1)


def _yaml_keys(lines: Sequence[str]) -> Iterator[str]:
    return _indented_keys(lines, YAML_KEY)


def _indented_keys(lines: Sequence[str], pattern: re.Pattern[str]) -> Iterator[str]:
    """Keys by their margins, down to `MAX_DEPTH`."""
    above: list[tuple[int, str]] = []
    for line in lines:
        if not (found := pattern.match(line)):
            continue
        margin = len(found[1])
        while above and above[-1][0] >= margin:
            above.pop()
        above.append((margin, found[2].strip("\"'")))
        if len(above) <= MAX_DEPTH and "- " not in line[: margin + 2]:
            yield ".".join(name for _, name in above)


def _selectors(lines: Sequence[str]) -> Iterator[str]:
    """Those at the top, and those inside of an at-rule such as `@media` after its own."""
    depth = base = 0
    head: list[str] = []
    outer = ""
    for line in lines:
        text = re.sub(r"/\*[^*]*\*/|//.*", "", line).strip()
        if depth == base and text:
            before, opened, _ = text.partition("{")
            head.append(before.strip())
            if opened or text.endswith(";"):
                name = " ".join(filter(None, [outer, *head]))
                if name.strip("} "):
                    yield name
                if opened and not base and NESTING_RULE.match(head[0]) and "}" not in text:
                    base, outer = 1, name
                head = []
        depth = max(0, depth + text.count("{") - text.count("}"))
        if depth < base:
            base, outer = 0, ""
        if depth == base and text.endswith("}"):
            head = []


def _statements(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        if found := SQL_STATEMENT.match(line):
            yield " ".join(filter(None, (found[1], found[2], found[3]))).lower()


def _sections(lines: Sequence[str]) -> Iterator[str]:
    section = ""
    for line in lines:
        if found := INI_LINE.match(line):
            section = f"{found[1]}." if found[1] else section
            yield found[1] or section + found[2]


def _targets(lines: Sequence[str]) -> Iterator[str]:
    yield from (found[1] for line in lines if (found := TARGET.match(line)))


def _instructions(lines: Sequence[str]) -> Iterator[str]:
    yield from (found[1] for line in lines if (found := INSTRUCTION.match(line)))


def _adoc_headings(lines: Sequence[str]) -> Iterator[str]:
    yield from (found[1] for line in lines if (found := ADOC_HEADING.match(line)))


def _tex_headings(lines: Sequence[str]) -> Iterator[str]:
    yield from (found[1] for line in lines if (found := TEX_HEADING.match(line)))


def _rst_headings(lines: Sequence[str]) -> Iterator[str]:
    """A line of text with a rule below it that is as long, at least."""
    for text, rule in itertools.pairwise(lines):
        is_text = bool(text.strip()) and not RST_RULE.match(text) and not text[0].isspace()
        if is_text and RST_RULE.match(rule) and len(rule.rstrip()) >= len(text.rstrip()):
            yield text.strip()


def _tags(lines: Sequence[str]) -> Iterator[str]:
    """Those at the two least margins below the first one."""
    found = [(len(x) - len(x.lstrip()), tag) for x in lines if (tag := TAG.match(x))]
    margins = sorted({margin for margin, _ in found})[:MAX_DEPTH]
    yield from (
        f"{tag[1]} {tag[2]}" if tag[2] else tag[1] for margin, tag in found if margin in margins
    )


READERS: dict[str, Callable[[Sequence[str]], Iterator[str]]] = {
    "yaml": _yaml_keys,
    "yml": _yaml_keys,
    **dict.fromkeys(["css", "scss", "less"], _selectors),
    "sql": _statements,
    **dict.fromkeys(["ini", "cfg", "conf", "properties"], _sections),
    **dict.fromkeys(["mk", "mak"], _targets),
    "rst": _rst_headings,
    **dict.fromkeys(["adoc", "asciidoc"], _adoc_headings),
    "tex": _tex_headings,
    "dockerfile": _instructions,
    **dict.fromkeys(["html", "xml", "svg", "xsd", "csproj"], _tags),
}
READERS_BY_NAME = {
    **dict.fromkeys(["Makefile", "GNUmakefile", "makefile"], _targets),
    **dict.fromkeys(["Dockerfile", "Containerfile"], _instructions),
}
INNER_READERS: dict[str, Callable[[Sequence[str]], Iterator[str]]] = {
    "rb": _attributes,
    "php": _php_tags,
}
"""Of parts that no outline has."""
