"""Finding names that a whole-file answer uses and whose line it dropped, in languages but Python.

By line and by pattern, not by parsing: an answer may be no more than half right.
"""

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from runners.edits.reply_limits import count_work
from runners.edits.reply_text import file_extension

JVM = frozenset({"java", "kt", "kts", "scala", "groovy", "gradle"})
SCRIPTS = frozenset({"js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx", "vue", "svelte"})
C_FAMILY = frozenset({"c", "h", "cc", "cpp", "cxx", "hh", "hpp", "m", "mm"})
OTHERS = frozenset({"go", "rs", "php", "cs", "swift", "rb", "dart", "zig"})
STYLES = frozenset({"css", "scss", "less"})
MAX_LOOKED_UP = 20
MAX_LINE_CHARACTERS = 300
"""Longer lines are data or minified code."""
# https://go.dev/ref/spec#Import_declarations
GO_IMPORT = re.compile(r"^\s*(?:import\s+)?(?:(\w+)\s+)?\"([^\"\s]+)\"\s*$")
JVM_IMPORT = re.compile(r"^import\s+(?:static\s+)?[\w.]+\.(\w+)(?:\s+as\s+(\w+))?;?\s*$")
# https://www.php.net/manual/en/language.namespaces.importing.php
PHP_IMPORT = re.compile(r"^use\s+(?:function\s+|const\s+)?[\w\\]+?(\w+)(?:\s+as\s+(\w+))?;\s*$")
RUST_IMPORT = re.compile(r"^(?:pub(?:\([^)]*\))?\s+)?use\s+([^;]+);\s*$")
SCRIPT_IMPORT = re.compile(r"^import\s+(?:type\s+)?([^'\"]+?)\s+from\b")
SCRIPT_REQUIRE = re.compile(r"^(?:const|let|var)\s+([^=]+?)\s*=\s*require\(")
IMPORT_LINE = re.compile(
    r"^\s*(?:pub\s+)?(?:import\b|use\s|using\s+[\w.=\s]+;|from\s+[\w.]+\s+import\b|#\s*include\b|"
    r"export\s*[{*]|\}\s*from\b)"
)
RENAMED = re.compile(r"\b\w+(?:\s+as\s+|\s*:\s*)(\w+)")
NAME = re.compile(r"\w+")
DEFINE = re.compile(r"^\s*#\s*define\s+(\w+)")
ACCESS = r"(?:public|private|protected|internal|fileprivate|readonly)"
STORED = (
    r"(?:export|pub(?:\([^)]*\))?|static|final|const|constexpr|let|var|val|mut|lateinit|override)"
)
# A declaration at the outermost margin, or with its access at any: those of functions have neither.
DECLARED = re.compile(
    rf"^(?:(?:{STORED}|{ACCESS})\s+|\s+{ACCESS}\s+(?:(?:{STORED}|{ACCESS})\s+)*)"
    rf"(?:(?:{STORED}|{ACCESS})\s+)*(?:[\w.<>\[\],?*&]+\s+)?(\$?\w+)\s*(?:[=;]|:(?!:))"
)
CONSTANT = re.compile(r"^\s*(?:const\s+)?([A-Z][A-Z0-9]*_?[A-Z0-9_]*)\s*=(?!=)")
FIELDS_OPENER = re.compile(
    r"^(?:pub(?:\([^)]*\))?\s+|export\s+)*(?:type\s+\w+\s+(?:struct|interface)|struct\s+\w+|"
    r"(?:enum|interface)\s+\w+)[^;{}]*\{\s*$"
)
FIELD = re.compile(r"^\s+(?:pub(?:\([^)]*\))?\s+|readonly\s+)?(\w+)\??(?:\s*[:({,]|\s+[\w*\[\]]|$)")
PROPERTY = re.compile(r"^\s*(?:[\w:.#>*\s-]*\{\s*)?(--[\w-]+)\s*:")
STYLE_VARIABLE = re.compile(r"^([$@][\w-]+)\s*:")
SHELL_VARIABLE = re.compile(r"^(?:export\s+|readonly\s+|override\s+)*([A-Za-z_]\w*)\s*[:?+]?:?=")
STRING_OR_COMMENT = re.compile(
    r"\"(?:[^\"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*'|`[^`\n]*`|//.*|/\*(?:[^*\n]|\*(?!/))*(?:\*/)?|"
    r"^\s*(?:#(?!define|if|elif|ifdef|ifndef)|\*\s).*"
)


@dataclass(frozen=True, slots=True)
class _Binding:
    """A name that a line gives a meaning to, and how it looks where it is used.

    `is_value`: parameters and variables elsewhere may have the same name.
    """

    name: str
    use: str
    is_value: bool = False


def find_lost_bindings(path: str, before: Sequence[str], after: Sequence[str]) -> list[str]:
    """Names whose line is gone, which nothing else in `after` can mean, and which it still uses."""
    read = _reader_of(path)
    if read is None:
        return []
    there = {line.strip() for line in after}
    old, new = _cut_long(before), _cut_long(after)
    lost = {b.name: b for at, b in read(old) if old[at].strip() and old[at].strip() not in there}
    for _, binding in read(new):
        lost.pop(binding.name, None)
    # A long file that lost most of its lines is refused for that, so the first few are enough.
    lost = dict(itertools.islice(lost.items(), MAX_LOOKED_UP))
    if not lost or _imports_more(before, after):
        return []
    known = {line.strip() for line in before}
    count_work(len(new) * len(lost))
    fresh = "\n".join(line for line in new if line.strip() not in known)
    imports = "\n".join(line for line in new if IMPORT_LINE.match(line))
    bare = file_extension(path) in STYLES or _is_shell(path)
    kept = new if bare else [STRING_OR_COMMENT.sub(" ", line) for line in new]
    text = "\n".join(line for line in kept if not IMPORT_LINE.match(line))
    return [
        name
        for name, binding in lost.items()
        if re.search(binding.use, text)
        and not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", imports)
        and not _gives_meaning(text if binding.is_value else fresh, name)
        and not _is_listed(fresh, name)
    ]


def _cut_long(lines: Sequence[str]) -> list[str]:
    return [line if len(line) <= MAX_LINE_CHARACTERS else "" for line in lines]


def _gives_meaning(text: str, name: str) -> bool:
    """Whether lines may declare it: as a value, a parameter or by a keyword before it."""
    word = re.escape(name)
    return bool(
        re.search(rf"(?<![\w.$-])\$?{word}\s*:?=(?![=>])", text)
        or re.search(rf"(?m)(?:^|[({{{{,])[ \t]*\$?{word}\s*:(?!:)", text)
        or re.search(rf"[\w>\]?*&](?:\s+|(?<=[*&]))\$?{word}\s*[,;)=\[]", text)
        or re.search(
            rf"\b(?:const|let|var|val|def|fn|func|fun|function|class|struct|enum|type|interface|"
            rf"trait|record|define|typedef|as)\b[^=;\n]*(?<!\w){word}\b",
            text,
        )
    )


def _is_listed(fresh: str, name: str) -> bool:
    """Whether it is an item on a new line of nothing but items, as in an import of many lines."""
    return bool(re.search(rf"(?m)^[\w \t,{{}}]*(?<!\w){re.escape(name)}(?!\w)[\w ,{{}}]*$", fresh))


def _imports_more(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether a new import may bring any name: `import java.util.*;`, `use super::*;`."""
    known = {line.strip() for line in before}
    return any("*" in x and IMPORT_LINE.match(x) and x.strip() not in known for x in after)


_Reader = Callable[[Sequence[str]], Iterator[tuple[int, _Binding]]]


def _reader_of(path: str) -> _Reader | None:
    extension = file_extension(path)
    if extension in STYLES:
        return _read_styles
    if _is_shell(path):
        return _read_variables
    if extension in JVM | SCRIPTS | C_FAMILY | OTHERS:
        return lambda lines: _read_code(lines, extension)
    return None


def _is_shell(path: str) -> bool:
    name = path.rpartition("/")[2]
    return file_extension(path) in {"sh", "bash", "mk", "mak"} or name.lower() == "makefile"


def _read_styles(lines: Sequence[str]) -> Iterator[tuple[int, _Binding]]:
    for at, line in enumerate(lines):
        if found := PROPERTY.match(line):
            # https://www.w3.org/TR/css-variables-1/#using-variables
            yield at, _Binding(found[1], rf"var\(\s*{re.escape(found[1])}(?![\w-])")
        elif found := STYLE_VARIABLE.match(line):
            yield at, _Binding(found[1], rf"{re.escape(found[1])}(?![\w-])(?!\s*:)")


def _read_variables(lines: Sequence[str]) -> Iterator[tuple[int, _Binding]]:
    for at, line in enumerate(lines):
        if found := SHELL_VARIABLE.match(line):
            yield at, _Binding(found[1], rf"\$[({{]?{found[1]}\b")


def _read_code(lines: Sequence[str], extension: str) -> Iterator[tuple[int, _Binding]]:
    in_fields = False
    for at, line in enumerate(lines):
        if in_fields := in_fields and not line.startswith("}"):
            if found := FIELD.match(line):
                yield at, _Binding(found[1], rf"(?:\.|::|->){found[1]}\b(?!\s*\()")
            continue
        if FIELDS_OPENER.match(line):
            in_fields = True
        elif names := list(_imported_names(line, extension)):
            after = r"\." if extension == "go" else r"\b"
            for name in names:
                yield at, _Binding(name, rf"(?<![\w.$\\]){re.escape(name)}{after}")
        elif found := DEFINE.match(line) or CONSTANT.match(line) or DECLARED.match(line):
            name = found[1].removeprefix("$")
            yield (
                at,
                _Binding(
                    name, _use_of_value(name, property_of_php=found[1] != name), is_value=True
                ),
            )


def _use_of_value(name: str, *, property_of_php: bool) -> str:
    if property_of_php:
        return rf"\$this->{name}\b(?!\s*\()|\b(?:self|static)::\${name}\b"
    return rf"(?:(?<![\w'\".$>])|\b(?:self|this|Self)\.){name}\b(?!\s*:(?!:))"


def _imported_names(line: str, extension: str) -> Iterator[str]:
    if extension == "go":
        if found := GO_IMPORT.match(line):
            yield found[1] or _go_package(found[2])
    elif extension in JVM or extension == "php":
        if found := (PHP_IMPORT if extension == "php" else JVM_IMPORT).match(line):
            yield found[2] or found[1]
    elif extension == "rs":
        if found := RUST_IMPORT.match(line):
            yield from _listed_names(re.sub(r"\w+\s*::\s*", "", found[1]))
    elif extension in SCRIPTS and (
        found := SCRIPT_IMPORT.match(line) or SCRIPT_REQUIRE.match(line)
    ):
        yield from _listed_names(found[1])


def _go_package(path: str) -> str:
    """Its name as a rule: without the version at its end, https://go.dev/ref/mod#major-version-suffixes."""
    parts = [part for part in path.split("/") if not re.fullmatch(r"v\d+", part)] or [path]
    return re.sub(r"^go-|[.-]go$|\.v\d+$", "", parts[-1])


def _listed_names(listed: str) -> Iterator[str]:
    """`React, { a, b as c }`: React, a, c. A trait's use cannot be seen, so `_` is no name."""
    plain = RENAMED.sub(r"\1", re.sub(r"\btype\s+", "", listed))
    yield from (name for name in NAME.findall(plain) if name not in {"self", "_", "as"})
