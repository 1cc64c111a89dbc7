"""What would end a build as the plan's fault is told to the planner, who mends it before."""

import subprocess
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.unmetered import Unmetered

from bot.config.repository import MapConfig
from bot.config.tiers import PlannerSettings, TierSettings
from bot.errors import Fault
from bot.git.find_repo import open_repo
from bot.git.repo import Repo
from bot.models.chain import open_tier
from bot.prompts.planner_prompt import PlanRequest
from runners.model_outages import ModelOutages
from runners.planning.conversation import Conversation, PlannerContext, ask_planner
from runners.planning.planner_rules import PlanRules, find_plan_faults
from runners.planning.repo_lookup import open_repo_lookup
from runners.planning.shown_lines import find_whole_paths
from runners.project import entry_kind_at

HERE = Path(__file__)
ROOT = HERE.parents[3]
DATA: dict[str, Any] = tomllib.loads(HERE.with_name("planted_faults.toml").read_text())
HEAD = "---\ntitle: Mend it\nchecks: [test]\n---\nWhy.\n\n"
CHECKS = ("test", "lint")
OWN = ("bot/plan/paths.py", "bot/text/listed.py", "tests/bot/plan/test_check_paths.py")


def write_bank(folder: Path) -> None:
    subprocess.run(["cp", "-r", f"{ROOT}/demo/bank/.", folder], check=True, timeout=30)


def write_pages(folder: Path) -> None:
    task = tomllib.loads((ROOT / "bench/small_tasks/single/pages.toml").read_text())
    (folder / "tests").mkdir()
    (folder / "tests/__init__.py").touch()
    (folder / "pages.py").write_text(task["base"])
    (folder / "tests/test_pages.py").write_text(task["check"])


def write_plan(folder: Path) -> None:
    for path in OWN:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes((ROOT / path).read_bytes())


WRITERS = {"bank": write_bank, "pages": write_pages, "plan": write_plan}


@pytest.fixture(scope="module")
def repos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Repo]:
    found = {}
    for name, write in WRITERS.items():
        folder = tmp_path_factory.mktemp(name)
        write(folder)
        line = "git init -q -b main . && git add -A && git commit -qm first"
        subprocess.run(["sh", "-ec", line], cwd=folder, check=True, timeout=30)
        found[name] = open_repo(folder)
    return found


def draft(text: str) -> str:
    for name, snippet in DATA["snippets"].items():
        text = text.replace("{{" + name + "}}", snippet.strip("\n"))
    phase = "" if text.lstrip().startswith("## Phase") else "## Phase: Do\n\n"
    return f"{HEAD}{phase}{text.strip()}\n"


def rules_of(repo: Repo) -> PlanRules:
    return PlanRules(
        CHECKS,
        lambda path: entry_kind_at(repo, "main", path),
        lambda path: repo.read_file("main", path),
        lambda _path: (),
    )


def talk(repo: Repo, folder: Path, replies: list[str]) -> list[Conversation]:
    """The conversation after each of the planner's replies, until it is over."""
    script = folder / "planner.md"
    script.write_text("".join(f"## reply: plan\n{reply}\n" for reply in replies))
    tier = TierSettings(models=(f"script:{script}",), context=65_536, retries=0)
    lookup = open_repo_lookup(repo, repo.resolve_rev("main"), MapConfig())
    rules, found = rules_of(repo), [Conversation()]

    def find_faults(text: str, read: Any) -> list[Fault]:  # noqa: ANN401  # as the planner's
        return find_plan_faults(text, replace(rules, seen=find_whole_paths(read)))

    with open_tier(tier) as chain:
        planner = PlannerContext(
            chain, tier, PlannerSettings(), lookup, folder, Unmetered(), ModelOutages(print)
        )
        request = PlanRequest("plan", "The issue: mend it.", "Plan it.")
        while not found[-1].is_over and len(found) <= len(replies):
            found.append(ask_planner(planner, request, found[-1], find_faults))
    return found[1:]


@pytest.mark.parametrize("case", DATA["case"], ids=lambda case: case["kind"])
def test_a_planted_fault_is_told_and_mended_before_the_build(
    case: dict[str, Any], repos: dict[str, Repo], tmp_path: Path
) -> None:
    """One refusal, in words that say what is wrong; the mended plan is taken as it was written."""
    look = [f"NEED: {', '.join(case['read'])}"] if "read" in case else []
    bad, good = draft(case["bad"]), draft(case["good"])
    turns = talk(repos[case["repo"]], tmp_path, [*look, bad, good])
    refused, taken = turns[-2], turns[-1]
    told = [f"{fault.what}. {fault.hint}" for fault in refused.faults]
    assert any(case["says"] in each for each in told), told
    assert not taken.faults[len(refused.faults) :]
    assert taken.plan.strip() == good.strip(), [f.what for f in taken.faults]


def test_what_a_model_may_still_mend_refuses_no_plan_for_good(
    repos: dict[str, Repo], tmp_path: Path
) -> None:
    """Blocks that do not apply, of a task with words: told twice, then taken. Anything else is not."""
    stale = "```python edit=bank.py\n<<<<<<< SEARCH\nno\n=======\nx\n>>>>>>> REPLACE\n```\n"
    task = f"### Task: fix\n- check: test tests/test_bank.py\n\n{{}}\n\n{stale}"
    talks = [
        talk(repos["bank"], tmp_path, [draft(task.format(words))] * 3)
        for words in ("`withdraw` subtracts.", "")
    ]
    assert [bool(turns[-1].plan) for turns in talks] == [True, False]
    assert [turns[1].refusals for turns in talks] == [2, 2]


def test_there_are_more_than_thirty_of_each() -> None:
    """Of more than ten kinds, over files of three repositories."""
    assert len(DATA["case"]) >= 30
    assert len({case["kind"] for case in DATA["case"]}) == len(DATA["case"])
    assert {case["repo"] for case in DATA["case"]} == WRITERS.keys()
