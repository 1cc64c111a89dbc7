"""`bricklayer coaching report`: what lessons have done, and the change that follows from it."""

import os
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

import typer

from bot.coaching.judge_lesson import Judgement
from bot.config.machine import Settings, read_settings
from bot.errors import UserError
from bot.git.find_repo import open_repo, read_origin
from bot.github.account import Account
from bot.github.errors import GitHubError
from bot.pass_rate import PassRate
from handlers.commands.options import print_json
from handlers.plain_lines import to_line
from runners.coaching.ask_rule import ask_rule
from runners.coaching.change import Change, describe_points, describe_rates, make_change
from runners.coaching.land_change import Landed, land_in_folder, land_on_github
from runners.coaching.report import CoachingReport, LessonReport, count_trials, make_report
from runners.onboarding.setup_pull import find_github_name
from runners.progress import ProgressEvent

JSON_VERSION = 1
_SAID = {
    "opened": "opened {where}: merge it, change it, or close it",
    "open": "{where} is open: merge or close it, then propose anew",
    "written": "written to the branch {where}: the repository is not on the GitHub of this machine",
    "there": "the branch {where} has it already",
    "none": "nothing to propose",
}


def print_report(folder: Path, rev: str, *, as_json: bool) -> None:
    report = make_report(folder, rev, count_trials(folder, read_settings()))
    if as_json:
        print_json(_report_data(report))
    else:
        _print_lines(report)


def propose_change(folder: Path, rev: str, *, ask: bool, as_json: bool) -> None:
    """Raises UserError for what a person can mend, on GitHub too."""
    settings = read_settings()
    trials = count_trials(folder, settings)
    reports: list[CoachingReport] = []

    def compose(where: Path, commit: str, declined: str) -> Change:
        reports.append(make_report(where, commit, trials))
        repo = open_repo(where)
        read = partial(ask_rule, settings, repo, report=_tell) if ask else None
        return make_change(repo, reports[-1], settings, declined, read)

    if name := _find_name(folder, settings):
        try:
            account = Account(settings.github, os.environ)
            landed = land_on_github(account, name, settings, compose)
        except GitHubError as exc:
            hint = exc.hint or "`bricklayer doctor` says what the account may do."
            raise UserError(exc.what, where="GitHub", hint=hint) from exc
    else:
        landed = land_in_folder(folder, make_report(folder, rev, {}).commit, compose)
    if as_json:
        print_json(_landed_data(landed, reports))
    else:
        _print_landed(landed)


def _tell(event: ProgressEvent) -> None:
    typer.echo(to_line(event.text), err=True)


def _find_name(folder: Path, settings: Settings) -> str:
    """Its name on GitHub; empty where it is not there, or this machine has no account there."""
    try:
        name = find_github_name(read_origin(open_repo(folder).git_dir), settings)
        Account(settings.github, os.environ)
    except UserError:
        return ""
    return name


def _print_lines(report: CoachingReport) -> None:
    for each in report.lessons:
        typer.echo(f"{report.path}:{each.lesson.line}: {to_line(each.lesson.lesson)}")
        for line in _describe(each):
            typer.echo(f"  {to_line(line)}")
    for kind, judged in report.others.items():
        typer.echo(f"{to_line(kind)}s in prompts: {judged.verdict}")
        typer.echo(f"  {describe_rates(judged.shown, judged.left_out)}")
    for section in report.skipped:
        why = to_line(section.why)
        typer.echo(f"{report.path}:{section.line}: not a lesson, shown to no model: {why}")
    if not (report.lessons or report.skipped):
        typer.echo(f"no lessons in {report.path} at {report.commit[:12]}", err=True)


def _describe(each: LessonReport) -> Iterator[str]:
    judged = each.judgement
    yield f"{judged.verdict}; shown to {each.uses} judged attempts (note:{each.id})"
    if judged.shown.runs or judged.left_out.runs:
        yield describe_rates(judged.shown, judged.left_out)
    if judged.shown.runs and judged.left_out.runs:
        yield describe_points(judged.difference)
    yield f"{each.proposal}: {each.why}"


def _print_landed(landed: Landed) -> None:
    for step in landed.change.steps:
        proved = f" (green now, red on {step.proof.red_on})" if step.proof else ""
        lesson = to_line(step.report.lesson.lesson)
        typer.echo(f"{step.report.proposal}: {lesson}: {to_line(step.report.why)}{to_line(proved)}")
    for report, why in landed.change.left_out:
        typer.echo(f"not proposed: {to_line(report.lesson.lesson)}: {to_line(why)}")
    typer.echo(_SAID[landed.state].format(where=to_line(landed.where)))


def _report_data(report: CoachingReport) -> Mapping[str, object]:
    return {
        "v": JSON_VERSION,
        "commit": report.commit,
        "path": report.path,
        "lessons": [_lesson_data(each) for each in report.lessons],
        "others": {kind: _judgement_data(judged) for kind, judged in report.others.items()},
        "skipped": [{"line": each.line, "why": each.why} for each in report.skipped],
    }


def _lesson_data(each: LessonReport) -> Mapping[str, object]:
    return {
        "id": each.id,
        "line": each.lesson.line,
        "lesson": each.lesson.lesson,
        "scope": list(each.lesson.scope),
        "uses": each.uses,
        **_judgement_data(each.judgement),
        "proposal": each.proposal,
        "why": each.why,
    }


def _judgement_data(judged: Judgement) -> Mapping[str, object]:
    known = judged.shown.runs and judged.left_out.runs
    return {
        "verdict": judged.verdict,
        "shown": _rate_data(judged.shown),
        "left_out": _rate_data(judged.left_out),
        "difference": list(judged.difference) if known else None,
    }


def _rate_data(rate: PassRate) -> Mapping[str, object]:
    return {"runs": rate.runs, "passed": rate.passed, "low": rate.low, "high": rate.high}


def _landed_data(landed: Landed, reports: list[CoachingReport]) -> Mapping[str, object]:
    """With the report that it follows from; none where nothing was looked at."""
    return {
        "v": JSON_VERSION,
        "state": landed.state,
        "where": landed.where,
        "proposed": [
            {
                "id": step.report.id,
                "proposal": step.report.proposal,
                "red_on": step.proof.red_on if step.proof else None,
            }
            for step in landed.change.steps
        ],
        "not_proposed": [{"id": report.id, "why": why} for report, why in landed.change.left_out],
        "report": _report_data(reports[-1]) if reports else None,
    }
