"""Tasks of a phase, done at once: the branch is the same whatever was finished first."""

import re

import pytest
from support.project import CONFIG, Project

BRANCH = "bricklayer/mend-it"
NOTES = """
[checks.note]
run = "sh check.sh"
"""
# A note has `word`, and of all notes at most one may have `clash`.
CHECK = 'grep -q word "$1" && [ "$(cat *.txt | grep -c clash)" -le 1 ]\n'


def note(name: str, more: str = "", check: str = "") -> str:
    """A task that a model does: it writes the file of its name, which the check reads."""
    checked = check or f"{name}.txt"
    return f"### Task: {name}\n- file: {name}.txt\n- check: note {checked}\n{more}\nWrite.\n\n"


def said(name: str, text: str = "word", slow: float = 0) -> str:
    late = f", slow {slow}" if slow else ""
    return f"## reply: {name}{late}\n```file={name}.txt\n{text}\n```\n"


@pytest.fixture
def notes(project: Project) -> Project:
    project.write(".bricklayer.toml", f"{CONFIG}{NOTES}")
    project.write("check.sh", CHECK)
    project.commit()
    return project


def open_lanes(project: Project, count: int) -> None:
    config = project.room / "bricklayer.toml"
    lanes = "".join(f'[[lanes]]\nname = "gpu-{n}"\n' for n in range(count))
    config.write_text(f"{config.read_text()}\n{lanes}")


def history(project: Project) -> list[str]:
    """Tree, parent's tree, author and whole message of each commit: all but dates and names."""
    form = "--format=%T %an %ae%n%B%x00"
    return project.git("log", "--reverse", form, f"main..{BRANCH}").split("\0")


def plan_of(project: Project, body: str):  # noqa: ANN201
    return project.plan(body, head="checks: [true]")


def attempts(out: str) -> list[str]:
    return re.findall(r"attempt (\w+): ", out)


def test_only_the_one_that_does_not_fit_goes_on(notes: Project) -> None:
    """Each passes alone; together the later one breaks the earlier: it alone is asked again."""
    notes.models(local=said("a", "word clash") + said("b", "word clash") + said("b") + said("c"))
    open_lanes(notes, 3)
    code, out = notes.bricklayer("run", plan_of(notes, note("a") + note("b") + note("c")))
    assert code == 0, out
    assert notes.landed() == ["a", "b", "c"]
    assert sorted(attempts(out)) == ["a", "b", "b", "c"]
    assert "it does not go together with a, c" in out
    assert notes.git("show", f"{BRANCH}:b.txt") == "word"
    trailers = notes.git("log", "-1", "--format=%(trailers:key=Bricklayer-Attempt)", f"{BRANCH}~1")
    assert trailers == "Bricklayer-Attempt: 2"


def test_one_that_never_fits_blocks_the_job_and_the_others_land(notes: Project) -> None:
    """What was made on top of it cannot land; the rest does, checked without it."""
    bad = "".join(said("b", f"word clash {n}") for n in range(4))
    notes.models(local=said("a", "word clash") + bad + said("c") + said("d"))
    open_lanes(notes, 2)
    body = note("a") + note("b") + note("c", "- after: b\n") + note("d")
    code, out = notes.bricklayer("run", plan_of(notes, body))
    assert code == 1
    assert notes.landed() == ["a", "d"]
    assert "it waits for b, which is blocked" in out
    assert sorted(attempts(out)) == ["a", *"bbbb", "c", "d"]
