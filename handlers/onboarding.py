"""`bricklayer init`: what was found, what would be written, what came when it was tried."""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from bot.bounded_read import decode_utf8, read_bounded
from bot.config.machine import Settings, find_settings_file, read_settings
from bot.config.repository import RepoConfig, parse_repo_config
from bot.errors import UserError
from bot.git.find_repo import find_work_tree, open_repo
from bot.git.repo import Repo
from bot.text.invisible import replace_unprintable
from handlers.onboarding_github import find_github, tell_label, tell_pull
from handlers.onboarding_view import (
    show_additions,
    show_files,
    show_found,
    show_narrower,
    show_start,
    show_trial,
)
from handlers.process_exit import exit_on_interrupt
from runners.checks.setup_cache import TrustedTree
from runners.checks.try_checks import Trial, try_checks
from runners.onboarding.pass_over import pass_over
from runners.onboarding.propose import Machine, Proposal, look_at_machine, propose_config
from runners.onboarding.workflow import WORKFLOW, write_workflow
from runners.onboarding.write_job import choose_path, write_job
from runners.onboarding.write_settings import describe_additions, write_settings
from runners.project import CONFIG, resolve_base

JOB = "job.md"
MAX_CONFIG_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Place:
    """The repository, its checkout, and the commit that is looked at."""

    repo: Repo
    root: Path
    commit: str

    @property
    def config(self) -> Path:
        return self.root / CONFIG

    @property
    def job(self) -> Path:
        return self.root / JOB


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was asked for beside the files of this machine."""

    yes: bool = False
    label: bool = False
    workflow: bool = False
    pull_request: bool = False


def run_onboarding(folder: Path, wishes: Wishes) -> bool:
    """Whether a first job can be run now."""
    place, settings = _find_place(folder), read_settings()
    # Before anything is written or tried: a way to GitHub that is not there is told at once.
    on_github = find_github(place.repo, settings) if wishes.label or wishes.pull_request else None
    existing = _read_config(place.config)
    proposal = propose_config(place.repo, place.commit)
    machine = look_at_machine(proposal.parts, settings)
    show_found(proposal, machine)
    config = proposal.config if existing is None else existing
    files = dict(_list_files(place, proposal, machine, config, is_new=existing is None))
    workflow = place.root / WORKFLOW
    if wishes.workflow and not os.path.lexists(workflow):
        files[workflow] = write_workflow(proposal.tree)
    _tell_existing(place, existing)
    show_additions(find_settings_file(), _additions(settings, machine))
    if files:
        show_files(files)
        _require_consent(yes=wishes.yes)
        _write_files({path: text for path, text in files.items() if path != place.job})
    settings = read_settings()
    exit_on_interrupt()
    trials = _try_config(place, config, settings)
    green = [trial.name for trial in trials if trial.passed and not trial.is_setup]
    is_ready = _finish(place, proposal, config, green, is_job_new=place.job in files)
    if on_github and wishes.label:
        tell_label(on_github, config.label)
    if on_github and wishes.pull_request and is_ready:
        named = [CONFIG, *([WORKFLOW] if os.path.lexists(workflow) else [])]
        tell_pull(
            on_github, settings, {n: (place.root / n).read_text("utf-8") for n in named}, trials
        )
    return is_ready


def _find_place(folder: Path) -> Place:
    repo = open_repo(folder)
    root = find_work_tree(folder.resolve())
    if root is None:
        hint = "Clone it, and run `bricklayer init` in the clone."
        raise UserError(
            "a bare repository has no checkout to write in", where=str(folder), hint=hint
        )
    commit = resolve_base(repo, folder, "")
    repo.require_usual_tree(commit)
    return Place(repo, root, commit)


def _read_config(path: Path) -> RepoConfig | None:
    if not os.path.lexists(path):
        return None
    hints = {"absent_hint": "Remove that link.", "large_hint": "Settings are far smaller."}
    raw = read_bounded(path, "the settings", MAX_CONFIG_BYTES, **hints)
    return parse_repo_config(decode_utf8(raw, "the settings", where=str(path)))


def _list_files(
    place: Place, proposal: Proposal, machine: Machine, config: RepoConfig, *, is_new: bool
) -> Iterator[tuple[Path, str]]:
    """Those that are not there yet, with what would stand in them."""
    if is_new:
        yield place.config, proposal.text
    settings = find_settings_file()
    if not os.path.lexists(settings):
        yield settings, write_settings(machine)
        schema = settings.parent / "bricklayer.schema.json"
        if not os.path.lexists(schema):
            yield schema, f"{json.dumps(Settings.model_json_schema(), indent=2)}\n"
    path = choose_path(proposal.tree)
    if path and config.checks and not os.path.lexists(place.job):
        yield place.job, write_job(path, config, list(config.checks))


def _tell_existing(place: Place, existing: RepoConfig | None) -> None:
    if existing is not None:
        _say(f"there   {CONFIG}: it stays as it is, and is tried")
    if os.path.lexists(place.job):
        _say(f"there   {JOB}: it stays as it is")


def _additions(settings: Settings, machine: Machine) -> str:
    """Nothing where the file is new: it has them."""
    if not os.path.lexists(find_settings_file()):
        return ""
    return describe_additions(settings, machine)


def _require_consent(*, yes: bool) -> None:
    if yes:
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        hint = "Add --yes to write them."
        raise UserError("nothing was written: there is no terminal to ask", hint=hint)
    if not typer.confirm("\nWrite these files?", default=True):
        raise UserError("nothing was written")


def _write_files(files: Mapping[Path, str]) -> None:
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        # A new file or an error, never through a link: https://man7.org/linux/man-pages/man2/open.2.html
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666), "w") as out:
            out.write(text)
        _say(f"wrote   {path}")


def _try_config(place: Place, config: RepoConfig, settings: Settings) -> list[Trial]:
    if not config.checks:
        return []
    _say(f"\nTrying it on {place.commit[:12]}, in the sandbox:")
    trusted = TrustedTree(place.repo, place.commit, config)
    found = []
    for trial in try_checks(trusted, settings, show_start):
        show_trial(trial)
        if trial.ran and not trial.passed and not trial.is_setup:
            show_narrower(pass_over(config.checks[trial.name].run, trial.output))
        found.append(trial)
    return found


def _finish(
    place: Place,
    proposal: Proposal,
    config: RepoConfig,
    green: Sequence[str],
    *,
    is_job_new: bool,
) -> bool:
    """Write the job with what passed as its gate, and say what to do next."""
    if not green:
        _say(_explain_nothing_green(config))
        return False
    if is_job_new:
        left = [name for name in config.checks if name not in green]
        _write_files({place.job: write_job(choose_path(proposal.tree), config, green)})
        if left:
            _say(f"        its gate is {', '.join(green)}, as {', '.join(left)} did not pass")
    committed = place.repo.find_entry(place.commit, CONFIG)
    _say("\nNext:")
    if committed is None:
        _say(f'  git add {CONFIG} && git commit -m "Name the checks for Bricklayer"')
    if os.path.lexists(place.job):
        _say(f"  bricklayer run {JOB}      # builds it on a branch of its own")
    return True


def _explain_nothing_green(config: RepoConfig) -> str:
    if not config.checks:
        return f"\nNo command that tests this repository was found: write one into {CONFIG}."
    return (
        f"\nNo check passed, so no job could be proven yet. Mend {CONFIG} as said above, or the"
        " code, then run `bricklayer init` again: it tries what is there."
    )


def _say(text: str) -> None:
    typer.echo(replace_unprintable(text))
