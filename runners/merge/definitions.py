"""Put a reply's functions and classes in the place of those of the same name."""

import ast
import textwrap
from collections.abc import Mapping, Sequence

from runners.edits.elision import elisions
from runners.merge.pieces import (
    DEFINITION,
    Definition,
    Splice,
    UnclearError,
    assigned,
    definitions,
    first_line,
    indent_of,
    is_method,
    lines_of,
    parsed,
    past_line,
    spliced,
)


def merge_definitions(original: str, reply_code: str, *, module: str = "") -> str | None:
    """`original` with the definitions of `reply_code` in place of its own; the rest stays.

    A class takes over its methods one by one, a bare method goes to the one class that has it. New
    imports, and constants above the first definition, come along; what else the reply runs does
    not. `module` is the file's own name, which it need not import. None when that is ambiguous,
    leaves a body elided, changes nothing, or does not parse.
    """
    try:
        merged = _merge(original, textwrap.dedent(reply_code), module)
        parsed(merged)
    except UnclearError:
        return None
    return merged if merged != original else None


def _merge(original: str, code: str, module: str) -> str:
    old, new = parsed(original), parsed(code)
    lines, said = original.removesuffix("\n").split("\n"), code.split("\n")
    known, given = definitions(old.body), _given(new)
    if not given:
        raise UnclearError("the reply defines nothing")
    owners = _owners(known, given)
    splices: list[Splice] = []
    anchor: Definition | None = None
    for name, node in given.items():
        if elided := elisions(list(lines_of(node, said)), lines):
            raise UnclearError(f"{name} leaves code out: {elided[0]}")
        if owner := owners.get(name):
            splices.append(_method(owner, node, lines, said))
        elif name in known:
            splices += _replaced(known[name], node, lines, said)
            anchor = known[name]
        else:
            splices.append(_added(anchor or _before(known, given), node, old, lines, said))
    splices += _imports(old, new, said, module) + _constants(old, new, lines, said)
    end = "\n" if original.endswith("\n") or not original else ""
    return "\n".join(spliced(lines, splices)) + end


def _given(new: ast.Module) -> dict[str, Definition]:
    """What the reply defines, without the tests it may show along with it."""
    found = definitions(new.body)
    return {name: node for name, node in found.items() if not _is_test(node)}


def _is_test(node: Definition) -> bool:
    bases = node.bases if isinstance(node, ast.ClassDef) else []
    return node.name.startswith("test_") or any("TestCase" in ast.unparse(base) for base in bases)


def _owners(
    known: Mapping[str, Definition], given: Mapping[str, Definition]
) -> dict[str, ast.ClassDef]:
    """The class of each bare method. A new one goes where the reply's known ones belong."""
    bare = [name for name, node in given.items() if name not in known and is_method(node)]
    classes = [node for node in known.values() if isinstance(node, ast.ClassDef)]
    homes = {name: [c for c in classes if name in definitions(c.body)] for name in bare}
    if any(len(found) > 1 for found in homes.values()):
        raise UnclearError("several classes have that method")
    owners = {name: found[0] for name, found in homes.items() if found}
    given_classes = [known[n] for n in given if n in known and isinstance(known[n], ast.ClassDef)]
    places = {node.name: node for node in owners.values()}
    if bare and (len(places) != 1 or given_classes):
        raise UnclearError("it is unclear which class the method belongs to")
    home = next(iter(places.values()), None)
    return {name: home for name in bare if home is not None}


def _method(
    owner: ast.ClassDef, node: Definition, lines: Sequence[str], said: Sequence[str]
) -> Splice:
    indent = indent_of(owner.body[0], lines)
    before = definitions(owner.body).get(node.name)
    if before is not None:
        return Splice(first_line(before), past_line(before), lines_of(node, said, indent))
    end = past_line(owner)
    return Splice(end, end, ("", *lines_of(node, said, indent)))


def _replaced(
    old: Definition, new: Definition, lines: Sequence[str], said: Sequence[str]
) -> list[Splice]:
    """A class that lacks methods the file has takes over those it brings; anything else, whole."""
    if isinstance(old, ast.ClassDef) and isinstance(new, ast.ClassDef):
        had, has = definitions(old.body), definitions(new.body)
        if had.keys() - has.keys():
            return _class_parts(old, new, lines, said)
    elif isinstance(old, ast.ClassDef) or isinstance(new, ast.ClassDef):
        raise UnclearError(f"{new.name} is a class in one and a function in the other")
    return [Splice(first_line(old), past_line(old), lines_of(new, said))]


def _class_parts(
    old: ast.ClassDef, new: ast.ClassDef, lines: Sequence[str], said: Sequence[str]
) -> list[Splice]:
    fields = {assigned(node): node for node in old.body if assigned(node)}
    indent = indent_of(old.body[0], lines)
    splices = []
    for node in new.body:
        if isinstance(node, DEFINITION):
            splices.append(_method(old, node, lines, said))
        elif (name := assigned(node)) in fields and name:
            was = fields[name]
            splices.append(Splice(first_line(was), past_line(was), lines_of(node, said, indent)))
        elif name:
            at = first_line(_below_docstring(old))
            splices.append(Splice(at, at, lines_of(node, said, indent)))
    return splices


def _below_docstring(owner: ast.ClassDef) -> ast.stmt:
    return owner.body[1 if ast.get_docstring(owner) is not None and owner.body[1:] else 0]


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
    at = _import_line(old)
    lines = tuple(line for node in wanted for line in lines_of(node, said))
    if not lines:
        return []
    blank = ("",) if at == 0 else ()
    above = ("",) if at and not had else ()
    return [Splice(at, at, (*above, *lines, *blank))]


def _of_itself(node: ast.Import | ast.ImportFrom, module: str) -> bool:
    names = [node.module] if isinstance(node, ast.ImportFrom) else [n.name for n in node.names]
    return bool(module) and module in names


def _import_line(old: ast.Module) -> int:
    """Below the last import at the top, else below the docstring, else at the very top."""
    imports = [node for node in old.body if isinstance(node, ast.Import | ast.ImportFrom)]
    if imports:
        last = [node for node in imports if not _is_future(node)] or imports
        return past_line(last[-1])
    return past_line(old.body[0]) if ast.get_docstring(old) is not None else 0


def _is_future(node: ast.Import | ast.ImportFrom) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _constants(
    old: ast.Module, new: ast.Module, lines: Sequence[str], said: Sequence[str]
) -> list[Splice]:
    """Known names get their new value; new ones only from above the reply's first definition."""
    had = {assigned(node): node for node in old.body if assigned(node)}
    first = min(first_line(node) for node in new.body if isinstance(node, DEFINITION))
    splices = []
    added: list[str] = []
    for node in new.body:
        name = assigned(node)
        if name in had and name:
            was = had[name]
            splices.append(Splice(first_line(was), past_line(was), lines_of(node, said)))
        elif name and first_line(node) < first:
            added += lines_of(node, said)
    if added:
        starts = [first_line(node) for node in old.body if isinstance(node, DEFINITION)]
        at = min(starts, default=len(lines))
        splices.append(Splice(at, at, (*added, "", "")))
    return splices
