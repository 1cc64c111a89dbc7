"""One reading of a commit by the reviewer tier: what is wrong with it, and what proves that."""

from bot.approval.test_paths import is_test_path
from bot.coaching.read_coaching import select_lessons
from bot.config.machine import Settings
from bot.config.repository import RepoConfig
from bot.git.find_repo import open_repo
from bot.git.repo import Repo
from bot.ledger import LedgerRow
from bot.review.model import ReviewReport
from bot.review.place_faults import drop_repeated, name_files, place_faults
from bot.review.read_answer import read_answer
from bot.review.same_model import is_same_model
from runners.build.load_plan import RunRequest
from runners.metered_models import CallMeter
from runners.model_outages import ModelOutages
from runners.progress import Report
from runners.project import load_repo_config
from runners.reviewing.ask_reviewer import Shown, ask_reviewer
from runners.reviewing.prove_faults import Proving, prove_faults
from runners.reviewing.read_changes import read_changes
from runners.reviewing.request import ReviewRequest


def review_commit(  # noqa: PLR0913, PLR0917  # what is read, by whom, and who pays
    build: RunRequest,
    request: ReviewRequest,
    settings: Settings,
    report: Report,
    meter: CallMeter,
    outages: ModelOutages,
) -> tuple[ReviewReport, tuple[LedgerRow, ...]]:
    """Read `build.base`; where nothing of it is new since it was read last, no model is asked."""
    repo, head = open_repo(build.repo), build.base
    rules = build.rules or request.base
    config = load_repo_config(repo, build.repo, rules)
    files, unchanged, more = read_changes(repo, head, request)
    if not any(file.parts for file in files):
        unread = (*(f"{file.path}: {file.why_unread}" for file in files), *more)
        return ReviewReport(answered=True, unchanged=unchanged, unread=unread), ()
    shown = _describe(repo, head, request, config, [file.path for file in files])
    asked = ask_reviewer(settings, files, shown, request.authors, meter=meter, outages=outages)
    chosen = asked.chosen
    unread = (*chosen.unread, *more)
    if asked.row is None:
        left = {each.path for each in request.unseen}
        if left.issuperset(file.path for file in files):  # told when it was read first
            return ReviewReport(answered=True, unchanged=unchanged, unseen=chosen.unseen), ()
        return ReviewReport(answered=False, unread=unread, unchanged=unchanged), ()
    answer = read_answer(asked.text)
    lines = {file.path: file.lines for file in files}
    new = drop_repeated(name_files(answer.faults, lines), request.told)
    placed = place_faults(new, lines)
    proving = Proving(repo, head, rules, config, settings, request.plan, report)
    model = asked.row.model
    found = ReviewReport(
        answered=bool(asked.text.strip()),
        model=model,
        by_author=any(is_same_model(model, author) for author in request.authors),
        faults=prove_faults(proving, placed.faults),
        unread=unread,
        unseen=chosen.unseen,
        unchanged=unchanged,
        dropped=placed.dropped,
        over=placed.over,
        repeated=len(answer.faults) - len(new),
        rest=answer.rest,
    )
    return found, (asked.row,)


def _describe(
    repo: Repo, head: str, request: ReviewRequest, config: RepoConfig, paths: list[str]
) -> Shown:
    tests = sorted(path for path in repo.list_entries(head) if is_test_path(path))
    commands = {name: check.run for name, check in config.checks.items()}
    lessons = select_lessons(repo, request.base, paths, request.notes)
    return Shown(request.plan, lessons, commands, tests)
