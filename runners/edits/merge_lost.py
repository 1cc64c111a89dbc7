"""What a whole-file answer dropped without being asked comes back; the rest stays as answered."""

import ast
import posixpath
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from runners.edits.python_pieces import (
    DEFINITION_TYPES,
    Definition,
    MergeError,
    Splice,
    apply_splices,
    assigned_name,
    check_alone,
    first_line,
    import_line,
    indent_of,
    index_definitions,
    lines_of,
    parse_module,
    past_line,
    reindent_lines,
)

PYTHON_EXTENSIONS = (".py", ".pyi")
IMPORT_TYPES = (ast.Import, ast.ImportFrom)


@dataclass(frozen=True, slots=True)
class _Body:
    """Statements of the file or of one class, before and in the answer."""

    old: Sequence[ast.stmt]
    new: Sequence[ast.stmt]
    start: int
    indent: str = ""
    gap: int = 2


def restore_lost(original: str, answer: str, path: str, spoken_of: str) -> str:
    """`answer`, a whole-file one, with the definitions it lost and that nobody spoke of put back.

    Small models drop what they were not asked about. `spoken_of` is the task's text: a name that
    stands there may well be meant to go, so then nothing is put back. Nothing else changes.
    """
    if posixpath.splitext(path)[1] not in PYTHON_EXTENSIONS or "\r" in original + answer:
        return answer
    try:
        return _kept(original, answer, spoken_of)
    except (MergeError, RecursionError):
        return answer


def _kept(original: str, answer: str, spoken_of: str) -> str:
    old, new = parse_module(original), parse_module(answer)
    had, has = _defined(old), _defined(new)
    lost = had.keys() - has.keys()
    if not lost or lost & _words(spoken_of):
        return answer
    gone = {name: node for name, node in had.items() if name in lost}
    back = _wanted(gone, [has[name] for name in has.keys() - had.keys()], original, answer)
    needed = _needed(old, new, [gone[name] for name in back])
    was, lines = original.split("\n"), answer.removesuffix("\n").split("\n")
    bodies = _bodies(old, new, back, lines)
    splices = [one for body in bodies for one in _put(body, back | needed, was, lines)]
    merged = "\n".join(apply_splices(lines, splices)) + "\n" * answer.endswith("\n")
    parse_module(merged)
    return merged


def _defined(tree: ast.Module) -> dict[str, Definition]:
    """Functions and classes at the top, and the methods of those classes."""
    top = index_definitions(tree.body)
    classes = [node for node in top.values() if isinstance(node, ast.ClassDef)]
    return {n: node for c in classes for n, node in index_definitions(c.body).items()} | top


def _wanted(
    gone: dict[str, Definition], fresh: Sequence[Definition], original: str, answer: str
) -> set[str]:
    """Not what the answer has under a new name, nor a helper whose last use it took away."""
    texts = {_nameless(node) for node in fresh}
    back = {name for name, node in gone.items() if _nameless(node) not in texts}
    while True:
        said = _words(answer).union(*(_words(ast.unparse(gone[name])) - {name} for name in back))
        idle = {n for n in back - said if n.startswith("_") and _times(n, original) > 1}
        idle = {name for name in idle if not name.endswith("__")}
        if not idle:
            return back
        back -= idle


def _nameless(node: Definition) -> str:
    return re.sub(rf"\b{node.name}\b", "", ast.unparse(node))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def _times(name: str, text: str) -> int:
    return len(re.findall(rf"\b{name}\b", text))


def _needed(old: ast.Module, new: ast.Module, back: Sequence[Definition]) -> set[str]:
    """Keys of the imports and constants that only what comes back still uses."""
    used = {node.id for one in back for node in ast.walk(one) if isinstance(node, ast.Name)}
    bound = {name for node in new.body for name in _binds(node)}
    return {_key(node) for node in old.body if (set(_binds(node)) & used) - bound}


def _binds(node: ast.stmt) -> list[str]:
    if isinstance(node, IMPORT_TYPES):
        return [(name.asname or name.name).partition(".")[0] for name in node.names]
    return [assigned_name(node)] if assigned_name(node) else []


def _key(node: ast.stmt) -> str:
    if isinstance(node, DEFINITION_TYPES):
        return node.name
    return assigned_name(node) or ast.unparse(node)


def _bodies(
    old: ast.Module, new: ast.Module, back: set[str], lines: Sequence[str]
) -> Iterator[_Body]:
    yield _Body(old.body, new.body, import_line(new))
    has = index_definitions(new.body)
    for name, node in index_definitions(old.body).items():
        now = has.get(name)
        if not isinstance(node, ast.ClassDef) or not isinstance(now, ast.ClassDef):
            continue
        if back & index_definitions(node.body).keys():
            check_alone(now.body[0], lines)
            documented = ast.get_docstring(now) is not None
            start = past_line(now.body[0]) if documented else first_line(now.body[0])
            yield _Body(node.body, now.body, start, indent_of(now.body[0], lines), 1)


def _put(
    body: _Body, back: Collection[str], was: Sequence[str], lines: Sequence[str]
) -> Iterator[Splice]:
    """Each below the neighbour it followed."""
    places = {_key(node): past_line(node) for node in body.new}
    at = body.start
    for node in body.old:
        key = _key(node)
        if key in places:
            at = max(places[key], body.start)
        elif key in back and isinstance(node, IMPORT_TYPES):
            yield Splice(body.start, body.start, lines_of(node, was))
        elif key in back and (isinstance(node, DEFINITION_TYPES) or not body.indent):
            gap = ("",) * (body.gap if isinstance(node, DEFINITION_TYPES) else 0)
            above = gap if at and lines[at - 1].strip()[-1:] not in {"", ":"} else ()
            below = gap if at < len(lines) and lines[at].strip() else ()
            yield Splice(at, at, (*above, *_with_comment(node, was, body.indent), *below))


def _with_comment(node: ast.stmt, was: Sequence[str], indent: str) -> tuple[str, ...]:
    check_alone(node, was)
    first = first_line(node)
    while first and was[first - 1].lstrip().startswith("#"):
        first -= 1
    return reindent_lines(was[first : past_line(node)], indent)
