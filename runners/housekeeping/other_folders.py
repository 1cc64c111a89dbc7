"""What lies in the state folder beside jobs: plans, answers, logs of issues' jobs, servers."""

from collections.abc import Collection, Iterator
from pathlib import Path

from bot.config.machine import state_dir
from bot.locks import try_lock
from bot.ticket.keys import name_folder
from runners.housekeeping.removal import CleanUp, Removal, find_newest

EVALUATION = "evaluation"
ANSWERS_DAYS = 30.0
"""As for evidence by default: an answer is not asked for again while a plan is mended."""


def clean_plans(options: CleanUp) -> Iterator[Removal]:
    """What a planner was shown and said; a plan itself is where it was written or pushed to."""
    for issue in options.list_folders("plans"):
        for folder in sorted(each for each in issue.iterdir() if each.is_dir()):
            at = find_newest([folder, *folder.iterdir()])
            if options.is_old(at, options.settings.keep.evidence):
                yield options.remove("evidence of a plan", folder, [folder])
        _remove_if_empty(options, issue)


def clean_answers(options: CleanUp) -> Iterator[Removal]:
    for folder in options.list_folders("answers"):
        old = [
            path for path in folder.iterdir() if options.is_old(path.lstat().st_mtime, ANSWERS_DAYS)
        ]
        if old:
            yield options.remove("answers to a plan's questions", folder, old)
        _remove_if_empty(options, folder)


def clean_tickets(options: CleanUp, keys: Collection[str]) -> Iterator[Removal]:
    """The folders of issues' jobs that the database does not know any more; `keys` are known."""
    known = {name_folder(key) for key in keys}
    for folder in options.list_folders("tickets"):
        if folder.name in known:
            continue
        at = find_newest([folder, *folder.iterdir()])
        if not options.is_old(at, options.settings.keep.history):
            continue
        with try_lock(folder / "lock") as held:
            if held:
                yield options.remove("the log of an issue's job that is over", folder, [folder])


def clean_evaluation(options: CleanUp) -> Iterator[Removal]:
    """The place of `bricklayer eval`, with what it kept of replays; results are in the database."""
    folder = state_dir(options.settings) / EVALUATION
    if not folder.is_dir():
        return
    at = find_newest([each for each in folder.iterdir() if each.is_file()])
    if options.is_old(at, options.settings.keep.evidence):
        with try_lock(folder / "lock") as held:
            if held:
                yield options.remove("what replays of an evaluation left", folder, [folder])


def clean_servers(options: CleanUp) -> Iterator[Removal]:
    """The logs of llama-servers that have long ended; one that runs holds its lock."""
    for folder in options.list_folders("servers"):
        at = find_newest([folder, *folder.iterdir()])
        if not options.is_old(at, options.settings.keep.evidence):
            continue
        with try_lock(folder / "lock") as held:
            if held:
                yield options.remove("the log of a llama-server", folder, [folder])


def _remove_if_empty(options: CleanUp, folder: Path) -> None:
    if not options.dry_run and not any(folder.iterdir()):
        try:
            folder.rmdir()
        except OSError:
            return  # somebody wrote into it just now
