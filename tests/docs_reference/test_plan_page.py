"""What docs/ says of plans is what the parser reads, and each example there is a plan that builds."""

import re
import shutil
from pathlib import Path

import pytest
from support.project import Project

from bot.plan import load_job
from bot.plan.keys import BLOCKS, HEADER_KEYS, LIMITS, PHASE_KEYS, TASK_KEYS
from bot.plan.parser import parse_job
from bot.prompts.planner_prompt import SMALLEST_PLAN, SYSTEM
from docs_reference.plan import EXAMPLE_PLAN, render_plan

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "demo/bank"
EXAMPLES = sorted((ROOT / "docs/examples").glob("*.md"))
WITHOUT_PLANNER = [path for path in EXAMPLES if path.stem != "several-rounds"]
FIXED_BANK = (DEMO / "bank.py").read_text().replace(
    "    def withdraw(self, amount):\n        self.balance += amount\n",
    "    def withdraw(self, amount):\n        if amount <= 0:\n"
    '            raise ValueError("not positive")\n        self.balance -= amount\n',
)  # fmt: skip
STATEMENT = """\
def statement(account):
    signs = {"deposit": 1, "withdraw": -1}
    balance = account.balance - sum(signs[kind] * amount for kind, amount in account.entries)
    lines = [account.owner]
    for kind, amount in account.entries:
        balance += signs[kind] * amount
        lines.append(f"{kind:<10}{signs[kind] * amount / 100:>9.2f}{balance / 100:>11.2f}")
    return "\\n".join(lines) + "\\n"
"""
REPLIES = f"""\
## reply: amounts
Both are kept in cents; the statement prints units of 100 cents.
## reply: fix-withdraw
```python
{FIXED_BANK}```
## reply: write-statement
```python
{STATEMENT}```
"""


def read_plan(page: Path) -> str:
    """The one plan that stands whole on a page."""
    found = re.findall(r"^`{5}markdown.*?\n(.*?)^`{5}$", page.read_text(), re.DOTALL | re.MULTILINE)
    assert len(found) == 1, page
    return str(found[0])


def read_demo_entry(path: str) -> str | None:
    """What the demo's project has at a path, as validation asks."""
    place = DEMO / path
    return "dir" if place.is_dir() else "file" if place.is_file() else None


def test_every_key_block_and_limit_stands_on_the_page_with_its_meaning() -> None:
    page = render_plan()
    for name, key in [*HEADER_KEYS.items(), *PHASE_KEYS.items(), *TASK_KEYS.items()]:
        assert f"| `{name}` | {key.value} |" in page
        assert key.meaning in page
    for block in BLOCKS.values():
        assert f"| {block.value} | {block.meaning} |" in page
    for what, limit in LIMITS.items():
        assert f"| {what} | {limit} |" in page


def test_every_key_in_the_tables_is_one_that_the_parser_reads() -> None:
    """And each is given a value of its kind by some example, so that none is only described."""
    plans = [EXAMPLE_PLAN, *map(read_plan, EXAMPLES)]
    said = {
        match[1] for text in plans for match in re.finditer(r"^(?:- )?(\w+): ", text, re.MULTILINE)
    }
    rare = {"issue", "base", "carry"}
    for key in rare:
        head = f"{key}: octocat/bank#1\n" if key in HEADER_KEYS else ""
        line = f"- {key}: yes\n" if key in TASK_KEYS else ""
        text = f"---\ntitle: x\n{head}---\n## Phase: x\n### Task: x\n- file: x\n{line}"
        job = parse_job(text)
        assert getattr(job, key, "") or getattr(job.tasks[0], key, "")
    assert {*HEADER_KEYS, *PHASE_KEYS, *TASK_KEYS} - rare <= said


def test_the_planner_is_told_every_key_that_it_may_write() -> None:
    left_out = {"issue", "base", "carry"}  # the bot writes the first; the others are a person's
    for key in {*HEADER_KEYS, *PHASE_KEYS, *TASK_KEYS} - left_out:
        assert re.search(rf"\b{key}:|`{key}`", SYSTEM), key
    for block in BLOCKS.values():
        assert block.value in SYSTEM


def test_the_whole_plan_that_the_planner_is_shown_is_one() -> None:
    job = load_job(SMALLEST_PLAN, ("test",), lambda path: "file" if "." in path else "dir")
    assert len(job.tasks) == 1
    assert SMALLEST_PLAN in SYSTEM
    assert {task.kind for task in parse_job(EXAMPLE_PLAN).tasks} == {"query", "code"}


@pytest.mark.parametrize("page", EXAMPLES, ids=lambda page: page.stem)
def test_an_example_is_a_plan_without_fault(page: Path) -> None:
    job = load_job(read_plan(page), ("test", "interest"), read_demo_entry, where=page.name)
    assert job.checks


def test_there_are_five_examples() -> None:
    assert len(EXAMPLES) >= 5


@pytest.mark.slow
@pytest.mark.parametrize("page", WITHOUT_PLANNER, ids=lambda page: page.stem)
def test_an_example_is_built_as_it_says(page: Path, tmp_path: Path) -> None:
    """What the page leaves to a model comes from a script."""
    plan = tmp_path / "job.md"
    plan.write_text(read_plan(page))
    project = begin_bank(tmp_path, plan.read_text())
    code, out = project.bricklayer("run", plan, "--branch", "built")
    assert code == 0, out
    tasks = [task.id for task in parse_job(plan.read_text()).tasks if task.kind == "code"]
    assert sorted(project.landed("built")) == sorted(tasks)


def begin_bank(room: Path, plan: str) -> Project:
    """The demo's project as a repository; of its tests only those of the fault the plan is about."""
    project = Project(room)
    shutil.copytree(DEMO, project.repo)
    for name in ("interest", "statement"):
        if f"test_{name}" not in plan and f"[{name}]" not in plan:
            (project.repo / f"tests/test_{name}.py").unlink()
    config = project.repo / ".bricklayer.toml"
    check = '\n[checks.interest]\nrun = "python3 -m unittest -q tests.test_interest"\n'
    config.write_text(config.read_text() + check)
    project.git("init", "-q", "-b", "main", "--template=")
    project.commit()
    project.models(local=REPLIES)
    return project
