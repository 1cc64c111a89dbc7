"""`bricklayer init`: what was found, what would be written, what came when it was tried."""

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import typer

from bot.approval.test_paths import is_test_path
from bot.config.machine import Settings, find_settings_file, read_settings
from bot.config.repository import RepoConfig
from bot.errors import UserError
from bot.git.checkout import require_usual_tree
from bot.git.find_repo import describe_uncommitted, find_work_tree, open_repo
from bot.git.repo import Repo
from bot.text.invisible import replace_unprintable
from handlers.commands.options import print_json
from handlers.onboarding_data import onboarding_data
from handlers.onboarding_files import (
    ConfigFile,
    append_text,
    is_terminal,
    list_machine_files,
    read_config,
    replace_command,
    require_consent,
    write_files,
)
from handlers.onboarding_github import OnGitHub, find_github, tell_label, tell_pull
from handlers.onboarding_view import (
    show_additions,
    show_files,
    show_found,
    show_narrower,
    show_tier,
)
from handlers.process_exit import exit_on_interrupt
from handlers.show_trials import TrialView
from runners.checks.setup_cache import TrustedTree
from runners.checks.try_checks import Trial, try_checks
from runners.onboarding.pass_over import Failed, pass_over
from runners.onboarding.propose import Machine, Proposal, look_at_machine, propose_config
from runners.onboarding.versions import read_present
from runners.onboarding.workflow import WORKFLOW, write_workflow
from runners.onboarding.write_job import choose_path, write_job
from runners.onboarding.write_settings import describe_additions, describe_tier
from runners.project import CONFIG, resolve_base

JOB = "job.md"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was asked for beside the files of this machine."""

    yes: bool = False
    label: bool = False
    workflow: bool = False
    pull_request: bool = False
    as_json: bool = False


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
class Look:
    """What was found, and what would be written: nothing is changed yet."""

    place: Place
    settings: Settings
    on_github: OnGitHub | None
    existing: ConfigFile | None
    proposal: Proposal
    machine: Machine
    file: ConfigFile
    files: Mapping[Path, str]
    workflow: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it. `is_ready`: a first job can be run now."""

    trials: Sequence[Trial] = ()
    is_ready: bool = False


def look_around(folder: Path, wishes: Wishes) -> Look:
    place, settings = _find_place(folder), read_settings()
    # Before anything is written or tried: a way to GitHub that is not there is told at once.
    on_github = find_github(place.repo, settings) if wishes.label or wishes.pull_request else None
    existing, proposal = read_config(place.config), propose_config(place.repo, place.commit)
    machine = look_at_machine(proposal.parts, settings)
    show_found(proposal, machine)
    file = existing or ConfigFile(place.config, proposal.text, proposal.config)
    files = _list_files(place, proposal, machine, file, is_new=existing is None)
    workflow = {WORKFLOW: write_workflow(proposal.tree)} if wishes.workflow else {}
    files |= {place.root / path: text for path, text in workflow.items()}
    files = {path: text for path, text in files.items() if not os.path.lexists(path)}
    return Look(place, settings, on_github, existing, proposal, machine, file, files, workflow)


def set_up(look: Look, wishes: Wishes) -> Outcome:
    """Write, after a yes, what was found; try it; and say what to do next."""
    place, settings, files = look.place, look.settings, look.files
    _tell_existing(place, look.existing)
    tier = _show_additions(settings, look.machine)
    if files or tier:
        show_files(files)
        require_consent(yes=wishes.yes, may_ask=not wishes.as_json)
        new = {path: text for path, text in files.items() if path != place.job}
        write_files(new, place.root)
    if tier:
        append_text(find_settings_file(), tier)
    may_change = place.config in files and not wishes.yes
    file, trials = _try_file(place, look.file, may_change=may_change)
    is_ready = _finish(place, look.proposal, file, trials, is_job_new=place.job in files)
    if look.on_github and wishes.label:
        tell_label(look.on_github, file.config.label)
    if look.on_github and wishes.pull_request and is_ready:
        tell_pull(look.on_github, settings, {CONFIG: file.text, **look.workflow}, trials)
    return Outcome(trials, is_ready)


def run_onboarding(folder: Path, wishes: Wishes) -> bool:
    """Whether a first job can be run now."""
    if not wishes.as_json:
        return set_up(look_around(folder, wishes), wishes).is_ready
    outcome = Outcome()
    # What a person reads goes beside the data.
    with redirect_stdout(sys.stderr):
        look = look_around(folder, wishes)
    try:
        with redirect_stdout(sys.stderr):
            outcome = set_up(look, wishes)
    finally:
        print_json(onboarding_data(look, outcome))
    return outcome.is_ready


def _find_place(folder: Path) -> Place:
    repo = open_repo(folder)
    root = find_work_tree(folder.resolve())
    if root is None:
        what = "a bare repository has no checkout to write in"
        hint = "Clone it, and run `bricklayer init` in the clone."
        raise UserError(what, where=str(folder), hint=hint)
    commit = resolve_base(repo, folder, "")
    require_usual_tree(repo, commit)
    return Place(repo, root, commit)


def _list_files(
    place: Place, proposal: Proposal, machine: Machine, file: ConfigFile, *, is_new: bool
) -> dict[Path, str]:
    """In the order in which a person reads them; the job's gate is settled when all was tried."""
    files = {file.path: file.text} if is_new else {}
    files |= dict(list_machine_files(machine))
    path = choose_path(proposal.tree)
    if path and file.config.checks:
        files[place.job] = write_job(path, file.config, list(file.config.checks))
    return files


def _tell_existing(place: Place, existing: ConfigFile | None) -> None:
    if existing is not None:
        _say(f"there  {CONFIG}: it stays as it is, and is tried")
    if os.path.lexists(place.job):
        _say(f"there  {JOB}: it stays as it is")


def _show_additions(settings: Settings, machine: Machine) -> str:
    """The table that would be added to settings that are there; new ones have it all."""
    path = find_settings_file()
    if not os.path.lexists(path):
        return ""
    show_additions(path, describe_additions(settings, machine))
    tier = describe_tier(settings, machine)
    show_tier(path, tier)
    return tier


def _try_file(
    place: Place, file: ConfigFile, *, may_change: bool
) -> tuple[ConfigFile, list[Trial]]:
    """Try it, and what of it a person changes; with the file as it is then."""
    if not file.config.checks:
        return file, []
    # They are new where the file was written a moment ago.
    settings = read_settings()
    exit_on_interrupt()
    _say(f"\nTrying it on {place.commit[:12]}, in the sandbox:")
    if changed := describe_uncommitted(place.root):
        _say(f"       without what is not committed: {changed}")
    trials = []
    for trial in _try_config(place, file.config, settings):
        narrower = _find_narrower(place, file.config, trial, settings)
        show_narrower(trial.name, narrower)
        again = narrower and may_change and is_terminal()
        if again and typer.confirm("       Write that, and try it again?", default=True):
            file = replace_command(file, trial.name, narrower)
            tried = _try_config(place, file.config, settings, trial.name)
            trials += [each for each in tried if not each.is_setup]
        else:
            trials.append(trial)
    return file, trials


def _try_config(
    place: Place, config: RepoConfig, settings: Settings, *names: str
) -> Sequence[Trial]:
    trusted = TrustedTree(place.repo, place.commit, config)
    with TrialView() as view:
        found = []
        for trial in try_checks(trusted, settings, view.tell, names):
            view.show(trial)
            found.append(trial)
    return found


def _find_narrower(place: Place, config: RepoConfig, trial: Trial, settings: Settings) -> str:
    if trial.passed or trial.is_setup or not trial.ran:
        return ""
    run = config.checks[trial.name].run
    files = [path for path in place.repo.list_entries(place.commit) if is_test_path(path)]
    # One at home may be what checks see: then nothing is known of its age.
    named = {name.partition("@")[0] for name in settings.toolchains}
    go = read_present("go") if "go test" in run and "go" not in named else None
    return pass_over(Failed(run, trial.output, trial.tests, files, go))


def _finish(
    place: Place,
    proposal: Proposal,
    file: ConfigFile,
    trials: Sequence[Trial],
    *,
    is_job_new: bool,
) -> bool:
    """Write the job with what passed as its gate, and say what to do next."""
    green = [trial.name for trial in trials if trial.passed and not trial.is_setup]
    if not green:
        _say(_explain_nothing_green(file.config))
        return False
    if is_job_new:
        job = write_job(choose_path(proposal.tree), file.config, green)
        write_files({place.job: job}, place.root)
        if left := [name for name in file.config.checks if name not in green]:
            _say(f"       its gate is {', '.join(green)}, as {', '.join(left)} did not pass")
    _say("\nNext:")
    if place.repo.read_file(place.commit, CONFIG) != file.text.encode():
        _say(f'  git add {CONFIG} && git commit -m "Name the checks for Bricklayer"')
    if os.path.lexists(place.job):
        _say(f"  bricklayer run {JOB}      # builds it on a branch of its own")
    return True


def _explain_nothing_green(config: RepoConfig) -> str:
    if not config.checks:
        return f"\nNo command that tests this repository was found: write one into {CONFIG}."
    return (
        "\nNo check passed, so no first job was written: it could not be proven. Where a check is"
        "\nred by a fault of the code, a plan of yours can mend that. Else mend"
        f" {CONFIG} as said\nabove, then run `bricklayer init` again: it tries what is there."
    )


def _say(text: str) -> None:
    typer.echo(replace_unprintable(text))
