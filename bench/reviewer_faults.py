"""Faults planted in the small tasks' solutions that the checks shown miss, and others show.

The repository of a case has every second test of its task's check; what those miss and all of them,
or the hidden check, show is a fault, run in the sandbox: nobody has to argue whether it is one. The
operators are those of `bot/code/mutants.py` and some that take out whole guards, steps and errors,
as people and models forget them. Which of many is taken is chosen by a hash of the seed and itself.
"""

import ast
import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from small_suite import Run, Small

from bot.code.mutants import is_sound, list_mutants

MAX_KINDS = 3
"""Of faults that are taken of one task."""
MAX_TRIES = 24
"""Changes of one task that are tried."""
TRY_SECONDS = 300.0
MARK = "verdicts: "
DRIVER = """\
import json, os, runpy, signal, sys, tempfile, unittest

def passes(told, text, check):
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    signal.alarm(3)
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    folder = tempfile.mkdtemp()
    os.chdir(folder)
    for name, body in ((told["file"], text), ("checked.py", check)):
        with open(name, "w") as file:
            file.write(body)
    sys.path[0], sys.argv[:], code = folder, ["checked.py"], 1
    try:
        runpy.run_path("checked.py", run_name="__main__")
        code = 0
    except SystemExit as exc:
        code = exc.code if isinstance(exc.code, int) else int(bool(exc.code))
    finally:
        os._exit(code)

told = json.load(open("tried.json"))
shown, *others = told["checks"]
found = []
for text in told["texts"]:
    ok = passes(told, text, shown)
    found.append([ok, *(ok and passes(told, text, check) for check in others)])
print("verdicts: " + json.dumps(found))
"""


@dataclass(frozen=True, slots=True)
class Case:
    """A diff from a task's base to `text`. `lines` have the fault, none where there is none.

    `by_check`: all tests of the task's check show it; else its hidden check does.
    """

    id: str
    task: Small
    text: str
    kind: str = ""
    lines: tuple[int, ...] = ()
    by_check: bool = False

    @property
    def is_faulty(self) -> bool:
        return bool(self.kind)


@dataclass(frozen=True, slots=True)
class Change:
    """`lines` are those of the new text on which something is wrong or missing."""

    kind: str
    text: str
    lines: tuple[int, ...]
    by_check: bool = False


def halve_check(check: str) -> str:
    """With every second of its tests, the first among them."""
    methods = [
        node
        for node in ast.walk(ast.parse(check))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test")
    ]
    gone = {
        line
        for node in sorted(methods, key=lambda each: each.lineno)[1::2]
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    lines = check.splitlines(keepends=True)
    return "".join(line for number, line in enumerate(lines, 1) if number not in gone)


def plant(tasks: Sequence[Small], run: Run, seed: int, most: int) -> list[Case]:
    """One fault a task first, then further ones, of kinds that the task has not had yet."""
    found = {task.name: list(_list_missed(task, run, seed)) for task in tasks}
    cases: list[Case] = []
    kinds = Counter[str]()
    for turn in range(8):
        for task in tasks:
            had = {case.kind for case in cases if case.task is task}
            left = [each for each in found[task.name] if each.kind not in had]
            if len(cases) >= most or not left:
                continue
            # The kinds that are rare so far first, so that there are several.
            change = min(left, key=lambda each: kinds[each.kind])
            kinds[change.kind] += 1
            name = f"{task.name}-{turn}-{change.kind}"
            cases.append(Case(name, task, change.text, change.kind, change.lines, change.by_check))
    return cases


def list_sound(tasks: Sequence[Small], most: int) -> list[Case]:
    return [Case(f"{task.name}-sound", task, task.solution) for task in tasks[:most]]


def _list_missed(task: Small, run: Run, seed: int) -> Iterator[Change]:
    ranked = sorted(_list_changes(task), key=lambda each: _rank(seed, task, each))
    changes = ranked[:MAX_TRIES]
    verdicts = _try_all(task, run, [change.text for change in changes])
    kinds: set[str] = set()
    for change, (shown, checked, hidden) in zip(changes, verdicts, strict=True):
        missed = shown and not (checked and hidden)
        if missed and change.kind not in kinds and len(kinds) < MAX_KINDS:
            kinds.add(change.kind)
            yield replace(change, by_check=not checked)


def _try_all(task: Small, run: Run, texts: Sequence[str]) -> list[tuple[bool, bool, bool]]:
    """Of each whether it passes the check that is shown, all of it, and the hidden one.

    All in one sandbox, each forked.
    """
    checks = [halve_check(task.check), task.check, task.hidden]
    told = {"file": task.file, "texts": texts, "checks": checks}
    files = {"tried.json": json.dumps(told), "try_all.py": DRIVER}
    passed, output = run(files, "try_all.py")
    lines = [line for line in output.splitlines() if line.startswith(MARK)]
    if not passed or not lines:
        raise SystemExit(f"{task.name}: its changes could not be tried:\n{output[-2000:]}")
    found = json.loads(lines[-1].removeprefix(MARK))
    return [(bool(shown), bool(checked), bool(hidden)) for shown, checked, hidden in found]


def _rank(seed: int, task: Small, change: Change) -> str:
    content = f"{seed}\0{task.name}\0{change.kind}\0{change.text}"
    return hashlib.sha256(content.encode()).hexdigest()


def _list_changes(task: Small) -> Iterator[Change]:
    """Each once, on lines that the solution changed: what was there before is nobody's fault."""
    new = _changed_lines(task.base, task.solution)
    seen = {task.solution}
    for change in (*_by_mutants(task, new), *_by_tree(task.solution, new)):
        if change.text not in seen and _is_code(change.text):
            seen.add(change.text)
            yield change


def _changed_lines(base: str, text: str) -> frozenset[int]:
    before = Counter(base.splitlines())
    lines = set()
    for number, line in enumerate(text.splitlines(), 1):
        if before[line]:
            before[line] -= 1
        else:
            lines.add(number)
    return frozenset(lines)


def _by_mutants(task: Small, lines: frozenset[int]) -> Iterator[Change]:
    body = task.solution.encode()
    for mutant in list_mutants(task.file, body, lines):
        if is_sound(mutant, body):
            kind = "number" if mutant.old.isdecimal() else _name_swap(mutant.old, mutant.new)
            yield Change(kind, mutant.apply(body).decode(), (mutant.line,))


def _name_swap(old: str, new: str) -> str:
    if new.startswith("not (") or {old, new} <= {"True", "False"}:
        return "condition"
    if new in {"None", "pass"}:
        return "lost result" if new == "None" else "lost step"
    return "logic" if old in {"and", "or"} else "boundary" if old[:1] in "<>=!" else "sign"


def _by_tree(text: str, lines: frozenset[int]) -> Iterator[Change]:
    for node in ast.walk(ast.parse(text)):
        if getattr(node, "lineno", 0) not in lines:
            continue
        if isinstance(node, ast.If) and not node.orelse and _gives_up(node.body):
            yield _without(text, node, "lost guard")
        elif isinstance(node, ast.Raise):
            yield _replace(text, node, "return None", "swallowed error")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not node.args:
            yield _replace(text, node, _source(text, node.func.value), "lost call")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1:
            if node.func.id in {"sorted", "set", "abs", "list", "reversed", "str", "int"}:
                yield _replace(text, node, _source(text, node.args[0]), "lost call")
        elif isinstance(node, ast.BoolOp):
            yield _replace(text, node, _source(text, node.values[0]), "lost condition")


def _gives_up(body: Sequence[ast.stmt]) -> bool:
    return len(body) == 1 and isinstance(body[0], ast.Raise | ast.Return | ast.Continue)


def _source(text: str, node: ast.expr) -> str:
    return ast.get_source_segment(text, node) or ""


def _without(text: str, node: ast.stmt, kind: str) -> Change:
    lines = text.splitlines(keepends=True)
    kept = [*lines[: node.lineno - 1], *lines[node.end_lineno :]]
    return Change(kind, "".join(kept), (node.lineno - 1, node.lineno))


def _replace(text: str, node: ast.expr | ast.stmt, new: str, kind: str) -> Change:
    old = ast.get_source_segment(text, node) or ""
    lines = text.splitlines(keepends=True)
    # Columns of ast are in bytes; the tasks are ASCII.
    start = sum(map(len, lines[: node.lineno - 1])) + node.col_offset
    made = text[:start] + new + text[start + len(old) :] if old and new else text
    return Change(kind, made, (node.lineno,))


def _is_code(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True
