"""Put a reply's functions and classes in the place of those of the same name."""

import ast
from collections.abc import Mapping, Sequence

from runners.edits.elision import find_elisions
from runners.edits.python_pieces import (
    DEFINITION_TYPES,
    Definition,
    MergeError,
    Shown,
    Splice,
    apply_splices,
    assigned_name,
    below_docstring,
    check_shown,
    first_line,
    import_line,
    indent_of,
    index_definitions,
    is_method,
    lines_of,
    parse_module,
    past_line,
    reindent_lines,
    replace_statement,
    was_shown,
)


def merge_definitions(
    original: str, reply_code: str, *, module: str = "", shown: Sequence[tuple[int, int]] = ()
) -> str | None:
    """`original` with the definitions of `reply_code` in place of its own; the rest stays.

    A class takes over its methods one by one, a bare method goes to the one class that has it. New
    imports, and constants above the first definition, come along; what else the reply runs does
    not. `module` is the file's own name, which it need not import. None when that is ambiguous,
    leaves a body elided, changes nothing, or does not parse. Tests go into test files only. Where
    `shown` has lines of the original, from 1, only what is defined there is replaced.
    """
    try:
        merged = _merge(original, "\n".join(reindent_lines(reply_code.split("\n"))), module, shown)
        parse_module(merged)
    except (MergeError, RecursionError):
        return None
    return merged if merged != original else None


def _merge(original: str, code: str, module: str, shown: Shown) -> str:
    old, new = parse_module(original), parse_module(code)
    lines, said = original.removesuffix("\n").split("\n"), code.split("\n")
    known = index_definitions(old.body)
    given = _given(new, tests=_is_tests(module) or any(map(_is_test, known.values())))
    if not given:
        raise MergeError("the reply defines nothing")
    owners = _owners(known, given, shown)
    splices: list[Splice] = []
    anchor: Definition | None = None
    for name, node in given.items():
        if elided := find_elisions(list(lines_of(node, said)), lines):
            raise MergeError(f"{name} leaves code out: {elided[0]}")
        if owner := owners.get(name):
            splices.append(_method(owner, node, lines, said))
        elif name in known:
            splices += _replaced(known[name], node, lines, said)
            anchor = known[name]
        else:
            splices.append(_added(anchor or _before(known, given), node, old, lines, said))
    splices += _imports(old, new, said, module) + _constants(old, new, lines, said)
    check_shown(splices, shown)
    end = "\n" if original.endswith("\n") or not original else ""
    return "\n".join(apply_splices(lines, splices)) + end


def _given(new: ast.Module, *, tests: bool) -> dict[str, Definition]:
    """What the reply defines, without the tests it may show along with it."""
    found = index_definitions(new.body)
    return {name: node for name, node in found.items() if tests or not _is_test(node)}


def _is_tests(module: str) -> bool:
    return module.startswith("test") or module.endswith("_test") or module == "conftest"


def _is_test(node: Definition) -> bool:
    bases = node.bases if isinstance(node, ast.ClassDef) else []
    return node.name.startswith("test_") or any("TestCase" in ast.unparse(base) for base in bases)


def _owners(
    known: Mapping[str, Definition], given: Mapping[str, Definition], shown: Shown
) -> dict[str, ast.ClassDef]:
    """The class of each bare method. A new one goes where the reply's known ones belong."""
    top = {name for name, node in known.items() if was_shown(node, shown)}
    bare = [name for name, node in given.items() if name not in top and is_method(node)]
    classes = [node for node in known.values() if isinstance(node, ast.ClassDef)]
    homes = {name: _homes(name, classes, shown) for name in bare}
    if any(len(found) > 1 for found in homes.values()):
        raise MergeError("several classes have that method")
    owners = {name: found[0] for name, found in homes.items() if found}
    given_classes = [known[n] for n in given if n in known and isinstance(known[n], ast.ClassDef)]
    places = {node.name: node for node in owners.values()}
    if bare and (len(places) != 1 or given_classes):
        raise MergeError("it is unclear which class the method belongs to")
    home = next(iter(places.values()), None)
    return {name: home for name in bare if home is not None}


def _homes(name: str, classes: Sequence[ast.ClassDef], shown: Shown) -> list[ast.ClassDef]:
    inside = ((owner, index_definitions(owner.body).get(name)) for owner in classes)
    return [owner for owner, method in inside if method and was_shown(method, shown)]


def _method(
    owner: ast.ClassDef, node: Definition, lines: Sequence[str], said: Sequence[str]
) -> Splice:
    indent = indent_of(owner.body[0], lines)
    before = index_definitions(owner.body).get(node.name)
    if before is not None:
        return replace_statement(before, lines, lines_of(node, said, indent))
    end = past_line(owner)
    return Splice(end, end, ("", *lines_of(node, said, indent)))


def _replaced(
    old: Definition, new: Definition, lines: Sequence[str], said: Sequence[str]
) -> list[Splice]:
    """A class that lacks methods the file has takes over those it brings; anything else, whole."""
    if isinstance(old, ast.ClassDef) and isinstance(new, ast.ClassDef):
        had, has = index_definitions(old.body), index_definitions(new.body)
        if had.keys() - has.keys():
            return _class_parts(old, new, lines, said)
    elif isinstance(old, ast.ClassDef) or isinstance(new, ast.ClassDef):
        raise MergeError(f"{new.name} is a class in one and a function in the other")
    return [replace_statement(old, lines, lines_of(new, said))]


def _class_parts(
    old: ast.ClassDef, new: ast.ClassDef, lines: Sequence[str], said: Sequence[str]
) -> list[Splice]:
    _check_frame(old, new)
    fields = {assigned_name(node): node for node in old.body if assigned_name(node)}
    indent = indent_of(old.body[0], lines)
    splices = []
    for node in new.body:
        if isinstance(node, DEFINITION_TYPES):
            splices.append(_method(old, node, lines, said))
        elif (name := assigned_name(node)) in fields and name:
            splices.append(replace_statement(fields[name], lines, lines_of(node, said, indent)))
        elif name:
            at = first_line(below_docstring(old))
            splices.append(Splice(at, at, lines_of(node, said, indent)))
    return splices


def _check_frame(old: ast.ClassDef, new: ast.ClassDef) -> None:
    """A class given in part may leave out what frames its methods, but not change it."""
    for had, has in zip(_frame(old), _frame(new), strict=True):
        if has not in {"", had}:
            raise MergeError(f"{new.name} is given in part, and changes: {has[:60]}")
    known = {ast.unparse(node) for node in old.body}
    for node in new.body:
        named = isinstance(node, (*DEFINITION_TYPES, ast.Pass, ast.Expr)) or assigned_name(node)
        if not named and ast.unparse(node) not in known:
            raise MergeError(f"{new.name} is given in part, and changes more than its methods")


def _frame(node: ast.ClassDef) -> tuple[str, str, str]:
    bases = ", ".join(map(ast.unparse, (*node.bases, *node.keywords)))
    marks = ", ".join(map(ast.unparse, node.decorator_list))
    return bases, marks, ast.get_docstring(node) or ""


def _before(known: Mapping[str, Definition], given: Mapping[str, Definition]) -> int | None:
    """Where the first definition that is replaced begins: what is new above it stays above it."""
    replaced = [first_line(known[name]) for name in given if name in known]
    return min(replaced, default=None)


def _added(
    place: Definition | int | None,
    node: Definition,
    old: ast.Module,
    lines: Sequence[str],
    said: Sequence[str],
) -> Splice:
    body = lines_of(node, said)
    if isinstance(place, int):
        return Splice(place, place, (*body, "", ""))
    if place is None:
        mains = [first_line(node) for node in old.body if _is_main(node)]
        if mains:
            return Splice(mains[0], mains[0], (*body, "", ""))
    at = past_line(place) if place is not None else len(lines)
    return Splice(at, at, ("", "", *body))


def _is_main(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)


def _imports(old: ast.Module, new: ast.Module, said: Sequence[str], module: str) -> list[Splice]:
    had = {ast.unparse(node) for node in old.body if isinstance(node, ast.Import | ast.ImportFrom)}
    wanted = [
        node
        for node in new.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        and ast.unparse(node) not in had
        and not _of_itself(node, module)
    ]
    at = import_line(old)
    lines = tuple(line for node in wanted for line in lines_of(node, said))
    if not lines:
        return []
    blank = ("",) if at == 0 else ()
    above = ("",) if at and not had else ()
    return [Splice(at, at, (*above, *lines, *blank))]


def _of_itself(node: ast.Import | ast.ImportFrom, module: str) -> bool:
    names = [node.module] if isinstance(node, ast.ImportFrom) else [n.name for n in node.names]
    return bool(module) and module in names


def _constants(
    old: ast.Module, new: ast.Module, lines: Sequence[str], said: Sequence[str]
) -> list[Splice]:
    """From above the reply's first definition: what stands below it is an example of its use."""
    had = {assigned_name(node): node for node in old.body if assigned_name(node)}
    first = min(first_line(node) for node in new.body if isinstance(node, DEFINITION_TYPES))
    splices = []
    added: list[str] = []
    for node in new.body:
        name = assigned_name(node) if first_line(node) < first else ""
        if name in had and name:
            splices.append(replace_statement(had[name], lines, lines_of(node, said)))
        elif name:
            added += lines_of(node, said)
    if added:
        starts = [first_line(node) for node in old.body if isinstance(node, DEFINITION_TYPES)]
        at = min(starts, default=len(lines))
        splices.append(Splice(at, at, (*added, "", "")))
    return splices
