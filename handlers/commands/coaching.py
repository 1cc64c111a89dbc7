"""The lessons that a repository gives its models."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from handlers.commands.options import AsJson, RepoFolder
from handlers.unknown_command import Commands

if TYPE_CHECKING:
    from runners.history.list_lessons import LessonList

JSON_VERSION = 1


def register(app: typer.Typer) -> None:
    group = typer.Typer(cls=Commands)
    group.callback(invoke_without_command=True)(show_coaching)
    group.command("report")(report_coaching)
    app.add_typer(group, name="coaching")


def show_coaching(
    context: typer.Context,
    repo: RepoFolder = Path(),
    rev: Annotated[str, typer.Option(help="Branch or commit. Default: what is checked out.")] = "",
    path: Annotated[
        list[str] | None,
        typer.Option("--path", help="Only lessons for this path; may be given several times."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List the lessons that a repository gives its models.

    Those in .bricklayer/coaching.md: where each applies, when it ends, where it comes from. As
    the commit has them: what is not committed is shown to no model. With --path, those that a
    model working on it is shown, the closest first. Edits nothing.
    """
    if context.invoked_subcommand:
        return
    from dataclasses import asdict

    from handlers.commands.options import print_json
    from runners.history.list_lessons import list_lessons

    found = list_lessons(repo, rev, tuple(path or ()))
    if as_json:
        lessons = [asdict(lesson) for lesson in found.lessons]
        skipped = [asdict(section) for section in found.skipped]
        commit = {"commit": found.commit, "path": found.path}
        print_json({"v": JSON_VERSION, **commit, "lessons": lessons, "skipped": skipped})
        return
    _print_lessons(found)


def report_coaching(
    repo: RepoFolder = Path(),
    rev: Annotated[str, typer.Option(help="Branch or commit. Default: what is checked out.")] = "",
    propose: Annotated[
        bool,
        typer.Option(
            "--propose",
            help="Propose it: as a pull request where the repository is on the GitHub of this"
            " machine's settings, else as a branch.",
        ),
    ] = False,
    ask: Annotated[
        bool,
        typer.Option(
            "--ask",
            help="With --propose: the planner is asked for the rule in a lesson that helps and"
            " whose words are of no known form.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell which lessons help, do nothing, or hurt, and propose to keep, end or promote each.

    By attempts that were shown a lesson and those from which a draw left it out, with intervals at
    95 %. A lesson that helps is promoted to a check where its words allow it: --propose tries the
    check in the sandbox, and proposes it where it is green on the code as it is and red where the
    rule is broken. No model is asked without --ask.
    """
    from handlers.coaching_report import print_report, propose_change

    if ask and not propose:
        raise typer.BadParameter("it is for --propose", param_hint="--ask")
    if propose:
        propose_change(repo, rev, ask=ask, as_json=as_json)
    else:
        print_report(repo, rev, as_json=as_json)


def _print_lessons(found: "LessonList") -> None:
    from handlers.plain_lines import to_line

    for lesson in found.lessons:
        ends = f", until {lesson.expires}" if lesson.expires else ""
        over = ": over, shown to no model" if lesson.expired else ""
        typer.echo(f"{found.path}:{lesson.line}: {to_line(lesson.lesson)}")
        typer.echo(f"  for {to_line(', '.join(lesson.scope))}{ends}{over}")
        origin = f"{to_line(lesson.origin)} (commit {lesson.commit})"
        typer.echo(f"  from {to_line(lesson.author)}, {origin}")
    for section in found.skipped:
        typer.echo(
            f"{found.path}:{section.line}: not a lesson, shown to no model: {to_line(section.why)}"
        )
    if not (found.lessons or found.skipped):
        where = f"{found.path} at {found.commit[:12]}"
        hint = "People add lessons by `/note LESSON` on an issue, or in that file."
        typer.echo(f"no lessons in {where}\n  {hint}", err=True)
