"""A base that merges without a conflict and whose checks then fail: a task for the models."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.in_process import Inside, inside, placed
from support.machine import PLAN
from support.tickets import amend

from bot.git.command import BRICKLAYER
from bot.git.commits import commit_tree
from bot.git.merge import commit_merge, merge_commits
from bot.git.write_tree import write_tree
from bot.ticket.model import Ticket
from bot.ticket.progress import Round
from bot.ticket.stages import Stage
from runners.tickets import merge_repair
from runners.tickets.merge_rounds import end_merge, find_one_sided
from runners.worker_process.main import WorkResult

USES = "from bank import withdraw\n\n\ndef pay(balance):\n    return withdraw(balance, 1, fee=0)\n"
FAILED = 'test: exit 1\nFAIL: test_pays (test_more.Pays)\n  File "{}", line 5, in pay\nTypeError\n'


@pytest.fixture
def bot(github: GitHub, tmp_path: Path) -> Iterator[Inside]:
    with inside(tmp_path, github) as made:
        yield made


@pytest.fixture
def ticket(github: GitHub, bot: Inside) -> Ticket:
    """In the round that checks a merge which git has made by itself."""
    issue = placed(github, bot, Stage.BUILDING)
    tip = issue.repo.push(
        "main", {"pay.py": USES, "big.py": "x = 1\n" * 4000}, by=github.person("mona")
    )
    remote, head = bot.services.open_mirror(bot.ticket), bot.ticket.remote.head
    remote.fetch()
    tree = merge_commits(remote.repo, head, tip).tree
    merge = commit_merge(remote.repo, tree, (head, tip), "Merge\n", BRICKLAYER)
    made = amend(bot.ticket, round=Round("merge", PLAN, merge), base=tip)
    bot.services.tickets.change_ticket(made.key, lambda _: made)
    return made


def failed(path: str = "bank.py") -> WorkResult:
    return WorkResult(passed=False, why=FAILED.format(path))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("named", "file"), [("bank.py", "bank.py"), ("pay.py", "pay.py"), ("gone.py", "bank.py")]
)
def test_what_fails_together_alone_is_a_task_with_both_sides_in_view(
    bot: Inside, ticket: Ticket, named: str, file: str
) -> None:
    """For the files that the failure names, whichever side changed them; else for our own."""
    base = WorkResult(
        passed=False, why="test: exit 1\nW.test_subtracts\n  AssertionError: 7 != 3\n"
    )
    after = end_merge(bot.services, ticket, failed(named), base)
    round_ = after.progress.round
    assert round_
    assert (after.stage, round_.kind, round_.base) == (
        Stage.BUILDING,
        "conflict",
        ticket.progress.round.base if ticket.progress.round else "",
    )
    assert f"- file: {file}\n" in round_.text
    for shown in ("test_pays", "-    return balance + amount", "+    return withdraw(balance, 1"):
        assert shown in round_.text
    assert "changed too, not shown: big.py" in round_.text
    assert f"`{file}`" in after.why


@pytest.mark.parametrize(
    ("merged", "base"),
    [
        (failed(), WorkResult(passed=False, why=f"W.test_subtracts\n  7 != 3\n{failed().why}")),
        (
            WorkResult(passed=False, why="lint: exit 1"),
            WorkResult(passed=False, why="lint: exit 1"),
        ),
    ],
)
def test_what_fails_on_the_base_alone_too_is_said_and_no_code_is_changed_for_it(
    bot: Inside, ticket: Ticket, merged: WorkResult, base: WorkResult
) -> None:
    after = end_merge(bot.services, ticket, merged, base)
    assert (after.stage, after.progress.round) == (Stage.BLOCKED, ticket.progress.round)
    assert "on the base branch alone as well" in " ".join(after.why.split())


def test_a_repair_that_drops_what_either_side_changed_is_shown_to_a_person(
    bot: Inside, ticket: Ticket
) -> None:
    """And one that leaves a file as the only side that changed it has it is not."""
    repair = end_merge(bot.services, ticket, failed("pay.py"), None)
    repo = bot.services.open_mirror(ticket).repo
    round_ = repair.progress.round
    assert round_
    assert not find_one_sided(repo, repair, round_.base)
    without = commit_tree(
        repo, write_tree(repo, round_.base, {"pay.py": None}), round_.base, "No\n"
    )
    assert not find_one_sided(repo, repair, without)
    both = end_merge(bot.services, ticket, failed("bank.py"), None)
    old = repo.read_file(ticket.remote.base, "bank.py")
    undone = commit_tree(repo, write_tree(repo, round_.base, {"bank.py": old}), round_.base, "No\n")
    (risk,) = find_one_sided(repo, both, undone)
    assert risk.path == "bank.py"


def test_a_base_that_changed_thousands_of_files_costs_no_diff_for_each(
    bot: Inside, ticket: Ticket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not read is counted: nothing is left out silently."""
    counts = {f"f{number}.py": (1, 0) for number in range(5000)}
    read: list[str] = []
    monkeypatch.setattr(merge_repair, "count_changed_lines", lambda *_: counts)
    monkeypatch.setattr(merge_repair, "_diff", lambda *args: read.append(args[-1]) or iter(["x"]))
    repo = bot.services.open_mirror(ticket).repo
    shown = merge_repair._show_changes(repo, "a", "b", ["f7.py"], 10**6)  # noqa: SLF001
    assert read[0] == "f7.py"
    assert len(read) == merge_repair.MAX_READ_FILES
    assert f"{5000 - len(read) - merge_repair.MAX_NAMES} more" in shown
