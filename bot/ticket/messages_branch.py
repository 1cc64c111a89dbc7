"""The texts that the bot posts on what became of a pull request and its branch on GitHub."""

from collections.abc import Sequence
from typing import Literal

from bot.errors import list_names
from bot.text.escape import code_block
from bot.text.invisible import make_printable
from bot.text.listed import list_first
from bot.ticket.stages import Stage

ISSUE_CLOSED_TOO = (
    "This issue is closed: reopen it first, then comment `/retry`, which brings the branch and the"
    " pull request back."
)


def _code(name: str) -> str:
    return f"`{make_printable(name)}`"


def reopened(stage: Stage) -> str:
    if stage is Stage.BLOCKED:
        return "Reopened. The job was blocked before; `/retry` tries again."
    return "Reopened: the job continues where it was."


REOPENED_PAUSED = (
    "Reopened. The job was paused when it was closed, and still is: `/resume` by somebody who can"
    " write goes on."
)


def branch_restored(branch: str, pull: int) -> str:
    return (
        f"The branch {_code(branch)} was deleted. It is there again with all its commits, and"
        f" #{pull} is open again: the job continues where it was."
    )


def branch_lost(branch: str, pull: int) -> str:
    return (
        f"The branch {_code(branch)} was deleted, and its commits are no longer on this machine."
        f" Press “Restore branch” on #{pull}, then reopen it: the job continues by itself. Or set"
        " the label again for a new plan."
    )


def branch_not_restored(branch: str, pull: int, why: str) -> str:
    return (
        f"The branch {_code(branch)} was deleted, and GitHub did not let it and #{pull} come back:"
        f"\n{code_block(why)}\nSet the label again for a new plan."
    )


MERGED_UNBUILT = "The pull request was merged before anything was built."


def merged_unbuilt(branch: str, base: str) -> str:
    path = f".bricklayer/jobs/{branch.rpartition('/')[2]}.md"
    return (
        f"{MERGED_UNBUILT} All that it brought into {_code(base)} is the plan's file,"
        f" {_code(path)}."
    )


def label_set_again(pull: int) -> str:
    return (
        f"The label was set again, so the job continues with pull request #{pull} where it was."
        f" To begin anew, close #{pull}, remove the label and set it again."
    )


def pull_to_be_replaced(pull: int) -> str:
    return (
        f"The issue's text was edited since pull request #{pull} was planned, so a new plan is"
        f" being written. #{pull} stays open until its own pull request replaces it."
    )


def pull_replaced(issue: int, pull: int) -> str:
    """Posted on the pull request that is closed."""
    return f"A new plan was written for #{issue}: #{pull} replaces this pull request."


MERGEABLE_UNKNOWN = "GitHub is working out whether the pull request can be merged."
MAX_LISTED_FILES = 20


def update_requested(by: str) -> str:
    return f"@{by} asked to have the base branch merged in."


def update_too_early(stage: Stage) -> str:
    return (
        f"Not now: the job is in the stage “{stage}”, and what is being built stands on the base it"
        " has. Comment `/update` once it waits for CI or for a review."
    )


def up_to_date(base: str) -> str:
    return f"The branch already has all of {_code(base)}."


def update_began(base: str, conflicts: Sequence[str]) -> str:
    if not conflicts:
        return f"{_MOVED_ON.format(_code(base))} I merge it into the branch and run the checks."
    files = list_names(conflicts, MAX_LISTED_FILES)
    return (
        f"The pull request conflicts with {_code(base)} in {files}, so GitHub"
        " starts no `pull_request` workflows for it. I merge both changes and run the checks."
    )


_MOVED_ON = "{} has moved on."


def merge_failed(why: str) -> str:
    """`why` is what the check printed."""
    return (
        "The base branch was merged in without a conflict, but then a check fails, so nothing was"
        f" pushed:\n\n{code_block(why)}\n\nFix it on the branch, or comment `/update` to try again"
        " with what the base is then."
    )


def base_fails(why: str) -> str:
    """`why` is what the check printed."""
    return (
        "The base branch was merged in without a conflict, but then a check fails. It fails on the"
        " base branch alone as well, so this pull request is not why, and nothing was pushed:"
        f"\n\n{code_block(why)}\n\nOnce the base is mended, comment `/update` to try again."
    )


def merge_repair_began(files: Sequence[str]) -> str:
    listed = list_names(files, MAX_LISTED_FILES)
    return (
        "The base branch was merged in without a conflict, but together with it a check fails."
        f" What both sides changed goes to the models as a task for {listed}; nothing is pushed"
        " before the checks pass."
    )


def conflict_unsettled(why: str) -> str:
    return (
        f"The conflict with the base branch is not settled, so nothing was pushed:\n\n"
        f"{code_block(why)}\n\nMerge the base into the branch yourself and push it, and I go on"
        " from there; or comment `/retry`."
    )


def markers_left(path: str, line: int) -> str:
    return f"{path}, line {line}: a conflict marker is still there"


def no_merge(base: str, why: str) -> str:
    return f"{_code(base)} cannot be merged into the branch:\n\n{code_block(why.strip())}"


def base_moves_on(base: str, times: int) -> str:
    return (
        f"{_code(base)} was merged in {times} times, and it conflicts again. Comment `/update`"
        " to have it merged once more."
    )


ConflictName = Literal["deleted", "binary", "submodule", "symlink", "renamed", "large"]
_CONFLICTS: dict[ConflictName, str] = {
    "deleted": "one side changed it, the other deleted or renamed it",
    "binary": "both changed the binary file",
    "submodule": "both changed the submodule",
    "symlink": "both changed the symbolic link",
    "renamed": "both renamed it, or changed what kind of file it is",
    "large": "both changed it, in places too large or too many to be settled here",
}


def conflict_left(base: str, files: Sequence[tuple[str, ConflictName]]) -> str:
    """`files` are those that only a person can settle, each with why."""
    listed = list_first(
        files, MAX_LISTED_FILES, lambda file: f"{_code(file[0])}: {_CONFLICTS[file[1]]}"
    )
    return (
        f"The pull request conflicts with {_code(base)}, and this has to be settled by a"
        f" person:\n{listed}\n\nMerge {_code(base)} into the branch, settle it"
        " there and push; I go on from there. Until then GitHub starts no `pull_request` workflows"
        " for it."
    )


def settled_one_sided(path: str, kept: str) -> str:
    """A risk: a clause that names its path."""
    return f"{make_printable(path)}: of its conflict only what {kept} has is left"


PUSHED_BY_FORCE = (
    "The branch was force-pushed: commits that I know are not on it any more, so I stopped and"
    " leave it as it is. `/resume` continues from what is there now."
)
PUSHER_UNKNOWN = "The branch has new commits; I am asking GitHub who pushed them."
PUSHED_BY_NOBODY_KNOWN = (
    "The branch has new commits, and GitHub does not say who pushed them, so I stopped and leave it"
    " as it is. `/resume` continues from what is there now."
)
STILL_BLOCKED = (
    "Your push is on the branch, but tasks of the plan are not done yet: `/retry` builds them on"
    " top of it."
)


def pushed_by_stranger(logins: Sequence[str]) -> str:
    names = ", ".join(f"@{login}" for login in logins)
    return (
        f"{names} pushed to the branch. I go on by myself only from pushes of people with write"
        " access and of the Apps that `adopt_pushes_from` in `.bricklayer.toml` lists, so I stopped"
        " and leave it as it is. `/resume` continues from what is there now."
    )


def push_adopted(logins: Sequence[str], head: str) -> str:
    names = ", ".join(f"@{login}" for login in logins)
    return f"{names} pushed to the branch; the job continues from `{head[:12]}`."


def plan_gone(path: str) -> str:
    return (
        f"The plan {_code(path)} is not on the branch any more, or is too large to be one, so"
        " nothing can be approved. Push it again, and I read it."
    )


def plan_refused(faults: str) -> str:
    """`faults` name the plan's lines."""
    return (
        "The plan was edited on the branch, and as it reads now it cannot be built:\n\n"
        f"{code_block(faults)}\n\nPush a plan without these faults to the branch, and I ask for"
        " approval of it."
    )


def no_gate(path: str) -> str:
    return f"{path}:1: the plan names no check for the whole job\n  Add to its head: checks: [NAME]"
