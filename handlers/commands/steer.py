"""Steering a job from the terminal: approve, retry, cancel, pause, resume."""

from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

from bot.errors import UserError
from handlers.commands.options import AsJson, JobName
from handlers.process_exit import BLOCKED

if TYPE_CHECKING:
    from runners.history.job_model import AnyJob, LocalJob, TicketJob
    from runners.history.open_history import OpenHistory

Task = Annotated[
    str,
    typer.Argument(metavar="TASK", help="Only this task. Default: all left.", show_default=False),
]
Code = Annotated[
    str,
    typer.Argument(
        metavar="CODE", help="The code of what is approved, as `show` tells it.", show_default=False
    ),
]
Events = Annotated[
    bool,
    typer.Option(
        "--json",
        help="Events of the build, as `run --json` has them; of an issue's job the answer.",
    ),
]


def register(app: typer.Typer) -> None:
    app.command("approve")(approve)
    app.command("retry")(retry)
    app.command("cancel")(cancel)
    app.command("pause")(pause)
    app.command("resume")(resume)


def approve(job: JobName = "", code: Code = "", as_json: AsJson = False) -> None:
    """Approve what an issue's job waits for.

    That is its text, its plan or its diff. The same decision as for a comment `/approve CODE`;
    the status comment says that the machine's owner made it. The server that runs does it at
    once, or else the next one.
    """
    from runners.history.job_model import LocalJob

    history, found = _find(job)
    if isinstance(found, LocalJob):
        hint = "Its branch is yours to merge: nothing of `bricklayer run` waits for approval."
        raise UserError("nothing is to be approved", where=f"job {found.row.id}", hint=hint)
    _steer_ticket(history, found, f"/approve {code}", as_json=as_json)


def retry(
    job: JobName = "",
    task: Task = "",
    on_head: Annotated[
        bool,
        typer.Option(
            "--on-head", help="On what HEAD is now, as `run --on-head`; not for an issue's job."
        ),
    ] = False,
    as_json: Events = False,
) -> None:
    """Try once more what did not pass; what passed is kept.

    A job of `bricklayer run` is built here and now, by the plan it was begun with; an issue's job
    by the server, as for a comment `/retry [TASK]`.
    """
    from runners.history.job_model import LocalJob

    history, found = _find(job)
    if not isinstance(found, LocalJob):
        _steer_ticket(history, found, f"/retry {task}", as_json=as_json)
    _build_again(found, task, as_json=as_json, on_head=on_head, refused=("passed",))


def cancel(job: JobName = "", as_json: AsJson = False) -> None:
    """End a job at once; its branch stays as it is.

    `retry` goes on with it. An issue's job as for a comment `/cancel`.
    """
    _stop(job, "cancel", as_json=as_json)


def pause(job: JobName = "", as_json: AsJson = False) -> None:
    """Stop a job until it is resumed.

    At once: the step under way is done again then. An issue's job as for a comment `/pause`.
    """
    _stop(job, "pause", as_json=as_json)


def resume(job: JobName = "", as_json: Events = False) -> None:
    """Go on with a job where it was paused, interrupted or killed.

    A job of `bricklayer run` is built here and now; an issue's job by the server, as for a comment
    `/resume`.
    """
    from runners.history.job_model import LocalJob

    history, found = _find(job)
    if not isinstance(found, LocalJob):
        _steer_ticket(history, found, "/resume", as_json=as_json)
    # What was paused with --only goes on with that task; what passed so, with the others.
    task = "" if found.left else str(found.last_run.begin.get("only") or "")
    _build_again(found, task, as_json=as_json, refused=("passed", "blocked", "cancelled", "failed"))


def _find(name: str) -> "tuple[OpenHistory, AnyJob]":
    from bot.config.machine import read_settings
    from runners.history.find_job import find_job
    from runners.history.open_history import open_history

    history = open_history(read_settings())
    return history, find_job(history, name)


def _steer_ticket(
    history: "OpenHistory", job: "TicketJob", line: str, *, as_json: bool
) -> NoReturn:
    from handlers.steer_ticket import steer_ticket

    raise typer.Exit(0 if steer_ticket(history, job, line.strip(), as_json=as_json) else BLOCKED)


def _stop(name: str, how: Literal["pause", "cancel"], *, as_json: bool) -> None:
    from handlers.steer_ticket import Steered, tell_steered
    from runners.history.job_model import LocalJob
    from runners.history.steer_local import stop_local

    history, found = _find(name)
    if not isinstance(found, LocalJob):
        _steer_ticket(history, found, f"/{how}", as_json=as_json)
    told = f"job {found.row.id}: {stop_local(history, found, how)}"
    tell_steered(found.row.id, Steered(heard=True, told=told), as_json=as_json)


def _build_again(
    job: "LocalJob", task: str, *, as_json: bool, refused: tuple[str, ...], on_head: bool = False
) -> NoReturn:
    from handlers.commands.run import run_plan
    from runners.history.steer_local import describe_changed_plan, request_again

    where = f"job {job.row.id}"
    if job.row.state in refused and not job.left:
        plan = job.last_run.begin.get("plan") or "job.md"
        again = f"run {plan} --fresh" if job.row.state == "passed" else f"retry {job.row.id}"
        hint = f"To build it once more: `bricklayer {again}`."
        raise UserError(f"it has ended: {job.row.state}", where=where, hint=hint)
    if changed := describe_changed_plan(job):
        typer.echo(f"{where}: {changed}", err=True)
    run_plan(lambda: request_again(job, only=task, on_head=on_head), as_json=as_json)
