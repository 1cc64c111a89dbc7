"""The worker process: one plan, build or set of questions, apart from the server that asks.

The parent writes a `WorkRequest` to its standard input and reads from a pipe: a line of JSON for
each thing that happens, and a last one for how it ended.
"""

import ctypes
import json
import logging
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Literal, NoReturn, TextIO

from pydantic import TypeAdapter

from bot.config.machine import Settings
from bot.errors import DiskFloorError, ModelOutageError, ModelSettingsError, UserError
from bot.ledger import LedgerRow
from bot.logs.fields import set_process_fields
from bot.logs.start import start_logging
from bot.machine_faults import find_machine_fault
from bot.models.llama_server.place import own_servers_by
from bot.models.spec import preload_hosted
from bot.plan.issue import Issue
from bot.plan.settled import Settled
from bot.review.model import ReviewReport
from bot.spending import Payer, SpendingCapError
from bot.ticket.progress import EndedTask
from runners.build.check_commit import check_commit
from runners.build.load_plan import RunRequest
from runners.build.run import run_job
from runners.model_outages import ModelOutages
from runners.planning.plan_issue import NoPlannerError, PlanRefusedError, write_plan
from runners.progress import ProgressEvent
from runners.reviewing.request import ReviewRequest
from runners.reviewing.review_commit import review_commit
from runners.spending import open_meter
from runners.worker_process.questions import Question, ask_all

log = logging.getLogger("bricklayer")
PR_SET_PDEATHSIG = 1
MAX_DIGESTS = 2
"""Blocked tasks of which the reason has what their checks printed."""
NICE = 10
"""Of at most 19: webhooks are answered first, however busy a build keeps the cores."""


@dataclass(frozen=True, slots=True)
class WorkRequest:
    """`build` is built; where there is an `issue`, its plan is written against `build.base`.

    Where there are `questions`, they are answered and nothing else is done; with `check_only` the
    plan's final checks run on `build.base`, and nothing is built: as many tests have to pass as on
    the commit `compared_with`, where there is one. For a `review` it is read by the reviewer tier.
    `log` is a file, `log_fields` what its lines are
    about.
    """

    settings: Settings
    build: RunRequest
    issue: Issue | None = None
    questions: tuple[Question, ...] = ()
    review: ReviewRequest | None = None
    log: str = ""
    log_fields: dict[str, str] = field(default_factory=dict)
    check_only: bool = False
    compared_with: str = ""


@dataclass(frozen=True, slots=True)
class WorkResult:
    """How it ended. `stopped`: somebody ended it, and it can go on. `killed`: the machine did.

    For a plan: `text` is the plan, or the `answer` to a question, with the `warnings` about it.
    `question` is the planner's own, to people. `review` is what a reviewer found. `lost_tests`: why
    fewer tests are proven to pass than before, for a person to judge; `notes` are what else the
    gate tells. `at_cap`: no model was asked any more, as that could pass a cap on spending; the
    work goes on where it was once there is room. `models_down`: a server of models is down, or
    refuses this machine; the same holds once it answers, at `retry_at`, in seconds since 1970,
    where its provider says so. `disk_low`: too little of the disk is free; the same holds once
    there is room; `machine_fault`: the machine has no room, or cannot write, and the same holds.
    `taken_over`: stopped, as another machine goes on with it. `settled`: nothing is left to do, as
    was shown.
    """

    passed: bool
    why: str = ""
    head: str = ""
    tasks: tuple[EndedTask, ...] = ()
    rows: tuple[LedgerRow, ...] = ()
    text: str = ""
    answer: str = ""
    answers: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    is_system_error: bool = False
    killed: bool = False
    stopped: bool = False
    question: str = ""
    lost_tests: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    at_cap: bool = False
    models_down: bool = False
    disk_low: bool = False
    machine_fault: bool = False
    retry_at: float = 0.0
    taken_over: bool = False
    review: ReviewReport | None = None
    settled: Settled | None = None


def failed_by(exc: Exception) -> WorkResult:
    """What no person caused: a fault of the machine, after which the work goes on, or of ours."""
    fault = find_machine_fault(exc)
    why = str(fault) if fault else f"{type(exc).__name__}: {exc}"
    return WorkResult(passed=False, why=why, is_system_error=not fault, machine_fault=bool(fault))


MessageKind = Literal["told", "end"]
REQUEST_JSON = TypeAdapter(WorkRequest)
RESULT_JSON = TypeAdapter(WorkResult)


def main() -> NoReturn:
    """Do the work on standard input; `sys.argv[1]` is the descriptor its messages go to.

    The next is the form of its log, and the others are kinds of hosted models to import before the
    work comes.
    """
    begin_process()
    os.nice(NICE)
    request = sys.stdin.buffer.read()
    if not request:
        # The end of the input and nothing before it: a standby that was never needed.
        os._exit(0)
    work = REQUEST_JSON.validate_json(request)
    redirect_output(work.log)
    set_process_fields(work.log_fields)
    with os.fdopen(int(sys.argv[1]), "w", encoding="utf-8") as pipe:
        outcome = do_work(work, pipe)
        write_message(pipe, "end", RESULT_JSON.dump_python(outcome, mode="json"))
    # sys.exit would wait for the threads of an unfinished workflow, and run its exit handlers:
    # https://docs.python.org/3.11/library/os.html#os._exit
    os._exit(0)


def begin_process() -> None:
    """What every process for work does first, with the arguments that `main` tells of."""
    die_with_parent()
    # The server of a model takes minutes to load: it stays for the work after this one.
    own_servers_by(os.getppid())
    signal.signal(signal.SIGTERM, _on_sigterm)
    # Of libraries as much as Python tells without any set-up.
    start_logging("json" if sys.argv[2] == "json" else "text", level=logging.WARNING)
    for kind in sys.argv[3:]:
        preload_hosted(kind)


def die_with_parent() -> None:
    """SIGKILL when the parent's thread that began this process ends, however it ends.

    A process that is forked has to ask for it anew.
    https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html
    """
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def redirect_output(path: str) -> None:
    # Descriptors, not sys.stdout: what llama.cpp and other native code print goes there as well.
    if path:
        log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(log)


def do_work(work: WorkRequest, pipe: TextIO) -> WorkResult:
    def report(event: ProgressEvent) -> None:
        if event.facts.get("step") == "still":
            return  # nobody looks at a server's log to see that it waits
        write_message(pipe, "told", asdict(event))

    # A server of several jobs waits for no quota: it does others meanwhile, and comes back.
    work = replace(work, settings=without_quota_waits(work.settings))
    try:
        if work.questions or work.review:
            return _ask_beside(work, report)
        if work.issue:
            return _run_planner(work.issue, work, report)
        if work.check_only:
            result = check_commit(work.build, work.settings, report, work.compared_with)
        else:
            result = run_job(work.build, work.settings, report)
    except (NoPlannerError, PlanRefusedError) as exc:
        return WorkResult(passed=False, why=exc.for_comment(), rows=exc.rows)
    except (ModelOutageError, DiskFloorError, UserError) as exc:
        return _explain_refusal(exc)
    except Exception as exc:  # the boundary for what is ours
        log.exception("the work ended by a fault")
        return failed_by(exc)
    tasks = tuple(EndedTask(t.task, t.state, t.why or t.answer, t.commit) for t in result.tasks)
    digests = [task.digest for task in result.tasks if task.digest][:MAX_DIGESTS]
    why = "\n\n".join((result.why, *digests))
    rows = (*result.dropped_rows, *result.rows)
    lost, notes = result.lost_tests, result.notes
    return WorkResult(result.passed, why, result.head, tasks, rows, lost_tests=lost, notes=notes)


def _explain_refusal(exc: ModelOutageError | DiskFloorError | UserError) -> WorkResult:
    if isinstance(exc, DiskFloorError):
        return WorkResult(passed=False, why=str(exc), disk_low=True)
    if isinstance(exc, ModelOutageError | ModelSettingsError):
        retry_at = exc.retry_at if isinstance(exc, ModelOutageError) else 0.0
        return WorkResult(passed=False, why=str(exc), models_down=True, retry_at=retry_at)
    # A database that cannot be opened now, for one: that is nobody's failed try.
    if fault := find_machine_fault(exc):
        return WorkResult(passed=False, why=str(fault), machine_fault=True)
    at_cap = isinstance(exc, SpendingCapError)
    return WorkResult(passed=False, why=exc.for_comment(), at_cap=at_cap)


def without_quota_waits(settings: Settings) -> Settings:
    tiers = {
        name: tier.model_copy(update={"quota_wait": 0.0}) for name, tier in settings.tiers.items()
    }
    return settings.model_copy(update={"tiers": tiers})


def _run_planner(
    issue: Issue, work: WorkRequest, report: Callable[[ProgressEvent], None]
) -> WorkResult:
    build = work.build
    found = write_plan(
        issue,
        build.repo,
        work.settings,
        report,
        at=build.base,
        guidance_from=build.rules,
        payer=build.payer,
    )
    doubts = tuple(f"line {doubt.line}: {doubt.what}. {doubt.hint}" for doubt in found.warnings)
    return WorkResult(
        passed=True,
        rows=found.rows,
        text=found.plan,
        answer=found.answer,
        warnings=doubts,
        question=found.question,
        settled=found.settled,
    )


def _ask_beside(work: WorkRequest, report: Callable[[ProgressEvent], None]) -> WorkResult:
    """What models are asked outside of plans and builds."""
    meter = open_meter(work.settings, work.build.payer or Payer())
    outages = ModelOutages(report)
    if work.review:
        found, rows = review_commit(work.build, work.review, work.settings, report, meter, outages)
        return WorkResult(passed=True, review=found, rows=rows)
    answers, rows = ask_all(work.settings, work.questions, meter, outages)
    return WorkResult(passed=True, answers=answers, rows=rows)


def write_message(pipe: TextIO, what: MessageKind, data: object) -> None:
    pipe.write(json.dumps({what: data}) + "\n")
    pipe.flush()


def _on_sigterm(_signal: int, _frame: object) -> NoReturn:
    from bot.end_processes import kill_children  # noqa: PLC0415

    kill_children()
    # 128 + SIGTERM, as a shell has it: https://www.gnu.org/software/bash/manual/html_node/Exit-Status.html
    os._exit(143)


if __name__ == "__main__":
    main()
