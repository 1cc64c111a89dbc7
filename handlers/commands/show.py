"""A job afterwards, and what each attempt at its tasks saw and said."""

from typing import Annotated

import typer

from handlers.commands.options import AsJson, JobName


def register(app: typer.Typer) -> None:
    app.command("show")(show)


def show(
    job: JobName = "",
    task: Annotated[
        str,
        typer.Argument(
            metavar="TASK",
            help="One of its tasks; `base` and `gate` are the job's own checks.",
            show_default=False,
        ),
    ] = "",
    attempt: Annotated[
        int | None,
        typer.Option("--attempt", min=0, help="0: before anything was done. Default: the newest."),
    ] = None,
    run: Annotated[int | None, typer.Option("--run", min=0, help="Default: the newest.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show a job, or what an attempt at a task saw and said.

    Of a job: where it is, its tasks, what each run cost, and what to do next.

    With TASK, all that an attempt at it saw and said: the prompt part by part, the reply, the diff
    and all that the checks printed, whole; what a terminal would act on stands as <U+001B>. Of
    `base` and `gate`, what the job's checks printed before anything was done, and at the end. TASK
    alone is of the newest job.
    """
    from bot.config.machine import read_settings
    from handlers.show_job import is_task_of_newest, show_attempt, show_job
    from runners.history.open_history import open_history

    history = open_history(read_settings())
    if not task and is_task_of_newest(history, job):
        job, task = "", job
    if task:
        show_attempt(history, job, task, attempt, run, as_json=as_json)
    else:
        show_job(history, job, as_json=as_json)
