"""Merging a reply's functions and classes into a Python file, by name."""

import ast
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from runners.edits.elision import find_elisions
from runners.edits.merge_class import replace_class_parts, replace_method
from runners.edits.python_pieces import (
    DEFINITION_TYPES,
    Definition,
    MergeError,
    Shown,
    Splice,
    apply_splices,
    assigned_name,
    check_shown,
    first_line,
    import_line,
    index_definitions,
    is_method,
    lines_of,
    parse_module,
    past_line,
    reindent_lines,
    replace_definition,
    replace_statement,
    was_shown,
)
from runners.edits.removal_wish import RemovalWish

EXAMPLE = re.compile(r"^(?:main|demo|examples?|run_examples?|example_\w+|\w+_example|usage)$")


def merge_definitions(
    original: str,
    reply_code: str,
    *,
    module: str = "",
    shown: Sequence[tuple[int, int]] = (),
    task_text: str = "",
) -> str | None:
    """`original` with the definitions of `reply_code` in place of its own; the rest stays.

    A class takes over its methods one by one, a bare method goes to the one class that has it. New
    imports, and constants above the first definition, come along; what else the reply runs does
    not, nor a `main` or example that is another than the file's and that `task_text` does not speak
    of. Decorators and comments above stay where the reply has none. `module` is the file's own
    name, which it need not import. None when that is ambiguous,
    leaves a body elided, changes nothing, or does not parse. Tests go into test files only. Where
    `shown` has lines of the original, from 1, only what is defined there is replaced.
    """
    try:
        code = "\n".join(reindent_lines(reply_code.split("\n")))
        merged = _merge(original, code, module, shown, task_text)
        parse_module(merged)
    # Deep nesting exceeds the stack: https://docs.python.org/3.11/library/ast.html#ast.parse
    except (MergeError, RecursionError):
        return None
    return merged if merged != original else None


def _merge(original: str, code: str, module: str, shown: Shown, task_text: str) -> str:
    old, new = parse_module(original), parse_module(code)
    lines, reply_lines = original.removesuffix("\n").split("\n"), code.split("\n")
    old_definitions = index_definitions(old.body)
    new_definitions = _reply_definitions(
        new, tests=_is_test_module(module) or any(map(_is_test, old_definitions.values()))
    )
    for name in _find_examples(old_definitions, new_definitions, task_text):
        del new_definitions[name]
    if not new_definitions:
        raise MergeError("the reply defines nothing")
    owners = _find_owners(old_definitions, new_definitions, shown)
    splices: list[Splice] = []
    anchor: Definition | None = None
    for name, node in new_definitions.items():
        if omitted := find_elisions(
            lines_of(node, reply_lines), lines, "a.py", wish=RemovalWish(task_text)
        ):
            raise MergeError(f"{name} leaves code out: {omitted[0]}")
        if owner := owners.get(name):
            splices.append(replace_method(owner, node, lines, reply_lines))
        elif name in old_definitions:
            splices += _replace_definition(old_definitions[name], node, lines, reply_lines)
            anchor = old_definitions[name]
        else:
            splices.append(
                _add_definition(
                    anchor or _first_replaced_line(old_definitions, new_definitions),
                    node,
                    old,
                    lines,
                    reply_lines,
                )
            )
    splices += _add_imports(old, new, reply_lines, module) + _replace_constants(
        old, new, lines, reply_lines
    )
    check_shown(splices, shown)
    end = "\n" if original.endswith("\n") or not original else ""
    return "\n".join(apply_splices(lines, splices)) + end


def _reply_definitions(new: ast.Module, *, tests: bool) -> dict[str, Definition]:
    """What the reply defines, without the tests it may show along with it."""
    found = index_definitions(new.body)
    return {name: node for name, node in found.items() if tests or not _is_test(node)}


def _find_examples(
    old_definitions: Mapping[str, Definition],
    new_definitions: Mapping[str, Definition],
    task_text: str,
) -> list[str]:
    """Names of what shows the use of the rest, where the reply holds anything else."""
    words = set(re.findall(r"\w+", task_text.lower()))
    found = [
        name
        for name, node in new_definitions.items()
        if EXAMPLE.match(name)
        and name.lower() not in words
        and not (name in old_definitions and _is_alike(old_definitions[name], node))
    ]
    return found if len(found) < len(new_definitions) else []


def _is_alike(old: Definition, new: Definition) -> bool:
    """Whether most lines of the old one are in the new one."""
    before, after = (Counter(ast.unparse(node).split("\n")) for node in (old, new))
    return 2 * (before & after).total() > before.total()


def _is_test_module(module: str) -> bool:
    # pytest collects `test_*.py` and `*_test.py`, unittest `test*.py`:
    # https://docs.pytest.org/en/stable/explanation/goodpractices.html#test-discovery
    return module.startswith("test") or module.endswith("_test") or module == "conftest"


def _is_test(node: Definition) -> bool:
    bases = node.bases if isinstance(node, ast.ClassDef) else []
    # A function of pytest, or a class of unittest: https://docs.python.org/3.11/library/unittest.html
    return node.name.startswith("test_") or any("TestCase" in ast.unparse(base) for base in bases)


def _find_owners(
    old_definitions: Mapping[str, Definition],
    new_definitions: Mapping[str, Definition],
    shown: Shown,
) -> dict[str, ast.ClassDef]:
    """The class of each bare method. A new one goes where the reply's known ones belong."""
    top = {name for name, node in old_definitions.items() if was_shown(node, shown)}
    bare = [name for name, node in new_definitions.items() if name not in top and is_method(node)]
    classes = [node for node in old_definitions.values() if isinstance(node, ast.ClassDef)]
    classes_with = {name: _find_classes_with(name, classes, shown) for name in bare}
    if any(len(found) > 1 for found in classes_with.values()):
        raise MergeError("several classes have that method")
    owners = {name: found[0] for name, found in classes_with.items() if found}
    given_classes = [
        old_definitions[n]
        for n in new_definitions
        if n in old_definitions and isinstance(old_definitions[n], ast.ClassDef)
    ]
    owner_classes = {node.name: node for node in owners.values()}
    if bare and (len(owner_classes) != 1 or given_classes):
        raise MergeError("it is unclear which class the method belongs to")
    owner = next(iter(owner_classes.values()), None)
    return {name: owner for name in bare if owner is not None}


def _find_classes_with(
    name: str, classes: Sequence[ast.ClassDef], shown: Shown
) -> list[ast.ClassDef]:
    inside = ((owner, index_definitions(owner.body).get(name)) for owner in classes)
    return [owner for owner, method in inside if method and was_shown(method, shown)]


def _replace_definition(
    old: Definition, new: Definition, lines: Sequence[str], reply_lines: Sequence[str]
) -> list[Splice]:
    """A class that lacks methods the file has takes over those it brings; anything else, whole."""
    if isinstance(old, ast.ClassDef) and isinstance(new, ast.ClassDef):
        old_methods, new_methods = index_definitions(old.body), index_definitions(new.body)
        if old_methods.keys() - new_methods.keys():
            return replace_class_parts(old, new, lines, reply_lines)
    elif isinstance(old, ast.ClassDef) or isinstance(new, ast.ClassDef):
        raise MergeError(f"{new.name} is a class in one and a function in the other")
    return [replace_definition(old, new, lines, reply_lines)]


def _first_replaced_line(
    old_definitions: Mapping[str, Definition], new_definitions: Mapping[str, Definition]
) -> int | None:
    """Where the first definition that is replaced begins: what is new above it stays above it."""
    replaced = [
        first_line(old_definitions[name]) for name in new_definitions if name in old_definitions
    ]
    return min(replaced, default=None)


def _add_definition(
    place: Definition | int | None,
    node: Definition,
    old: ast.Module,
    lines: Sequence[str],
    reply_lines: Sequence[str],
) -> Splice:
    body = lines_of(node, reply_lines)
    if isinstance(place, int):
        return Splice(place, place, (*body, "", ""))
    if place is None:
        # `if __name__ == "__main__":` runs when it is reached, so definitions come above it:
        # https://docs.python.org/3.11/library/__main__.html
        mains = [first_line(node) for node in old.body if _is_main(node)]
        if mains:
            return Splice(mains[0], mains[0], (*body, "", ""))
    at = past_line(place) if place is not None else len(lines)
    return Splice(at, at, ("", "", *body))


def _is_main(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "__name__" in ast.unparse(node.test)


def _add_imports(
    old: ast.Module, new: ast.Module, reply_lines: Sequence[str], module: str
) -> list[Splice]:
    old_imports = {
        ast.unparse(node) for node in old.body if isinstance(node, ast.Import | ast.ImportFrom)
    }
    wanted = [
        node
        for node in new.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        and ast.unparse(node) not in old_imports
        and not _imports_itself(node, module)
    ]
    at = import_line(old)
    lines = tuple(line for node in wanted for line in lines_of(node, reply_lines))
    if not lines:
        return []
    blank = ("",) if at == 0 else ()
    above = ("",) if at and not old_imports else ()
    return [Splice(at, at, (*above, *lines, *blank))]


def _imports_itself(node: ast.Import | ast.ImportFrom, module: str) -> bool:
    names = [node.module] if isinstance(node, ast.ImportFrom) else [n.name for n in node.names]
    return bool(module) and module in names


def _replace_constants(
    old: ast.Module, new: ast.Module, lines: Sequence[str], reply_lines: Sequence[str]
) -> list[Splice]:
    """From above the reply's first definition: what stands below it is an example of its use."""
    old_constants = {assigned_name(node): node for node in old.body if assigned_name(node)}
    first = min(first_line(node) for node in new.body if isinstance(node, DEFINITION_TYPES))
    splices = []
    added: list[str] = []
    for node in new.body:
        name = assigned_name(node) if first_line(node) < first else ""
        if name in old_constants and name:
            splices.append(
                replace_statement(old_constants[name], lines, lines_of(node, reply_lines))
            )
        elif name:
            added += lines_of(node, reply_lines)
    if added:
        starts = [first_line(node) for node in old.body if isinstance(node, DEFINITION_TYPES)]
        at = min(starts, default=len(lines))
        splices.append(Splice(at, at, (*added, "", "")))
    return splices
