"""Where the names of a file of tests come from: a module that it imports, or the file itself."""

import re
from collections.abc import Container, Iterator

HERE = "here"
"""The source of a name that the file defines itself, in place of a module's."""
_PYTHON_FROM = re.compile(
    r"^[ \t]*from[ \t]+([\w.]+)[ \t]+import[ \t]*(?:\(([^()]*)\)|([^\n(]*))", re.MULTILINE
)
_PYTHON_IMPORT = re.compile(r"^[ \t]*import[ \t]+([^\n]*)", re.MULTILINE)
_PYTHON_OWN = re.compile(
    r"^(?:(?:async[ \t]+)?def|class)[ \t]+(\w+)|^(\w+)[ \t]*(?::[^=\n]*)?=(?!=)", re.MULTILINE
)
_ALIAS = re.compile(r"([\w.*]+)(?:\s+as\s+(\w+))?")
# https://developer.mozilla.org/en-US/docs/Web/JavaScript/Reference/Statements/import
_SCRIPT_FROM = re.compile(
    r"^[ \t]*(?:import|export)\s+(?:type\s+)?([\w$*{},\s]{1,2000}?)\s*from\s*"
    r"[\"']([^\"'\n]{1,300})",
    re.MULTILINE,
)
_SCRIPT_REQUIRE = re.compile(
    r"^[ \t]*(?:const|let|var)\s+([\w$]+|\{[\w$,:\s]{1,2000}?\})\s*=\s*(?:await\s+import|require)"
    r"\s*\(\s*[\"']([^\"'\n]{1,300})",
    re.MULTILINE,
)
_SCRIPT_OWN = re.compile(
    r"^(?:(?:async\s+)?function\*?|class)\s+([\w$]+)"
    r"|^(?:const|let|var)\s+([\w$]+)\s*=(?!\s*(?:await\s+import|require)\b)"
    r"|^([\w$]+)\s*=(?![=>])",
    re.MULTILINE,
)
_SCRIPT_NAME = re.compile(r"([\w$*]+)(?:\s*(?:\bas\b|:)\s*([\w$]+))?")
_WRITES = re.compile(
    r"(?:^|[{;]|=>)[ \t]*(([A-Za-z_$][\w$]*)(?:\.[\w$]+)+)[ \t]*=(?![=>])", re.MULTILINE
)
_PUTS = re.compile(
    r"\b((?:Object\.(?:assign|definePropert(?:y|ies)|setPrototypeOf)|Reflect\.(?:set|defineProperty)"
    r"|mock\.(?:method|getter|setter))[ \t]*\([ \t]*([A-Za-z_$][\w$]*))"
)
_JVM = re.compile(r"^[ \t]*import[ \t]+(?:static[ \t]+)?([\w.]+)\.(\w+)", re.MULTILINE)


def find_bound_names(language: str, code: str, bare: str) -> dict[str, str]:
    """Each name and its source. What the file defines after an import has that name: the last."""
    if language == "python":
        return {**dict(_python(bare)), **_own(_PYTHON_OWN, bare)}
    if language in {"javascript", "typescript", "tsx"}:
        return {**dict(_script(code)), **_own(_SCRIPT_OWN, bare)}
    if language in {"java", "kotlin", "scala"}:
        return {match[2]: match[1] for match in _JVM.finditer(bare)}
    return {}


def list_imports(bare: str) -> Iterator[tuple[str, str]]:
    """Each name that a file of Python imports, with the first part of its module's name."""
    for name, source in _python(bare):
        yield name, (source or name).partition(".")[0]


def list_written_attributes(language: str, bare: str, names: Container[str]) -> Iterator[str]:
    """What the file sets within what it imports, as `bank.add` in `bank.add = ...`."""
    if language in {"python", "javascript", "typescript", "tsx"}:
        for match in _WRITES.finditer(bare):
            if match[2] in names:
                yield f"{match[1]} = ..."
        for match in _PUTS.finditer(bare):
            if match[2] in names:
                yield f"{match[1]}, ...)"


def _own(pattern: re.Pattern[str], bare: str) -> dict[str, str]:
    return {name: HERE for match in pattern.finditer(bare) for name in match.groups() if name}


def _python(bare: str) -> Iterator[tuple[str, str]]:
    for match in _PYTHON_FROM.finditer(bare):
        for name in _ALIAS.finditer(match[2] or match[3]):
            yield name[2] or name[1], f"{match[1]}.{name[1]}" if name[2] else match[1]
    for match in _PYTHON_IMPORT.finditer(bare):
        for name in _ALIAS.finditer(match[1]):
            yield name[2] or name[1].partition(".")[0], name[1] if name[2] else ""


def _script(code: str) -> Iterator[tuple[str, str]]:
    for pattern in (_SCRIPT_FROM, _SCRIPT_REQUIRE):
        for match in pattern.finditer(code):
            for name in _SCRIPT_NAME.finditer(match[1]):
                yield name[2] or name[1], match[2]
