"""A base that git merged in by itself, and whose checks then fail: a round for the models.

Each side is right alone, as where one renames what the other calls. What is red on the base as well
is not of this branch, and nothing is changed for it.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.approval.test_paths import is_test_path
from bot.failures.named_files import make_tree
from bot.git.diff import count_changed_lines
from bot.git.merge import find_merge_base
from bot.git.repo import Repo
from bot.plan import path_fault, peek_job
from bot.plan.conflict_plan import plan_repair
from bot.text.invisible import make_printable
from bot.text.listed import join_first
from bot.text.secrets import redact
from bot.ticket import messages_branch
from bot.ticket.choose_files import choose_files
from bot.ticket.model import Ticket
from bot.ticket.progress import Round
from bot.ticket.stages import Stage
from runners.tickets.find_room import find_log_room
from runners.tickets.services import Services
from runners.worker_process.main import WorkRequest, WorkResult

MAX_READ_FILES = 60
"""Files of one side whose diff is read to be shown; a base may have changed thousands meanwhile."""
MAX_NAMES = 5


@dataclass(frozen=True, slots=True)
class _Sides:
    """The commits that were merged, and the last one that both have."""

    ours: str
    theirs: str
    start: str


def check_base(services: Services, ticket: Ticket, merged: WorkResult) -> WorkResult | None:
    """How the same checks end on the base alone; None where the merge did not fail at them."""
    round_ = ticket.progress.round
    if not round_ or round_.kind != "merge" or not _fails(merged):
        return None
    theirs = _find_sides(services.open_mirror(ticket).repo, round_).theirs
    request = replace(services.build_request(ticket), base=theirs)
    work = WorkRequest(services.settings_for(ticket), request, check_only=True)
    return services.run_work(ticket, work, lambda _event: None)


def _fails(outcome: WorkResult) -> bool:
    return not (outcome.passed or outcome.stopped or outcome.is_system_error)


def end_failed_merge(
    services: Services, ticket: Ticket, merged: WorkResult, base: WorkResult | None
) -> Ticket:
    """On its way to a round that makes the two go together; blocked where the base itself fails."""
    round_ = ticket.progress.round
    assert round_  # noqa: S101  # the caller has looked
    if base is not None and _fails(base) and _is_of_base(merged.why, base.why):
        return ticket.move_to(Stage.BLOCKED, messages_branch.base_fails(merged.why))
    files = _choose(services, ticket, round_, merged.why)
    if not files:
        return ticket.move_to(Stage.BLOCKED, messages_branch.merge_failed(merged.why))
    text = _write_plan(services, ticket, round_, files, merged.why)
    repair = Round("conflict", text, round_.base, round_.number)
    why = messages_branch.merge_repair_began(files)
    return replace(
        ticket, progress=replace(ticket.progress, round=repair), why=why, wake_at=0.0, reply=""
    )


def _is_of_base(merged: str, base: str) -> bool:
    """Whether all that fails in the merge fails on the base, where a test may be what is mended."""
    ours, theirs = set(_list_failed(merged)), set(_list_failed(base))
    return ours <= theirs if ours else merged == base


def _list_failed(digest: str) -> Iterator[str]:
    """The tests that failed, as a digest names them: what was said of each is indented below it."""
    for line, below in itertools.pairwise(digest.splitlines()):
        if line[:1].strip() and below.startswith("  "):
            yield line


def _find_sides(repo: Repo, round_: Round) -> _Sides:
    ours, theirs = (repo.resolve_rev(f"{round_.base}^{n}") for n in (1, 2))
    return _Sides(ours, theirs, find_merge_base(repo, ours, theirs))


def _choose(services: Services, ticket: Ticket, round_: Round, why: str) -> list[str]:
    """Of the files that either side changed those that the failure names, else one of ours."""
    repo = services.open_mirror(ticket).repo
    sides, tree = _find_sides(repo, round_), make_tree(repo.list_entries(round_.base))
    merged = count_changed_lines(repo, sides.start, sides.theirs)
    # What the base's tests say is so: our code has to go with it.
    theirs = {path: 0 for path in merged if not is_test_path(path)}
    ours = count_changed_lines(repo, sides.start, sides.ours)
    changed = {**theirs, **{path: sum(lines) for path, lines in ours.items()}}
    fit = {p: n for p, n in changed.items() if p in tree.paths and not path_fault(p)}
    return choose_files([why], tree, fit)


def _write_plan(
    services: Services, ticket: Ticket, round_: Round, files: Sequence[str], why: str
) -> str:
    repo, room = services.open_mirror(ticket).repo, find_log_room(services.settings) // 2
    sides, secrets = _find_sides(repo, round_), services.account.known_secrets()
    diffs: Mapping[str, str] = {
        side: redact(_show_changes(repo, sides.start, commit, files, room), secrets)
        for side, commit in (("ours", sides.ours), ("theirs", sides.theirs))
    }
    base = ticket.where.default_branch
    return plan_repair(
        peek_job(round_.text), files, why, (diffs["ours"], diffs["theirs"]), base, round_.number
    )


def _show_changes(repo: Repo, start: str, side: str, files: Sequence[str], room: int) -> str:
    """The diff of one side, the files of the round first; what has no room is named."""
    paths = count_changed_lines(repo, start, side)
    ordered = sorted(paths, key=lambda path: (path not in files, sum(paths[path]), path))
    shown: list[str] = []
    left = ordered[MAX_READ_FILES:]
    for path in ordered[:MAX_READ_FILES]:
        text = "\n".join(_diff(repo, start, side, path))
        fits = len(text) <= room
        room -= len(text) if fits else 0
        (shown if fits else left).append(text if fits else path)
    if left:
        named = join_first(left, MAX_NAMES, make_printable)
        shown.append(f"(changed too, not shown: {named})")
    return "\n".join(shown)


def _diff(repo: Repo, start: str, side: str, path: str) -> Iterator[str]:
    argv = ("diff", "--no-ext-diff", "--no-textconv", "-U2", start, side, "--", path)
    out = repo.read_output("--literal-pathspecs", "-c", "color.ui=false", *argv)
    yield f"{path}:"
    yield from (line for line in out.splitlines() if not line.startswith(("diff ", "index ")))
