"""Why GitHub did not take a push: its own lines, and which setting or step helps.

A rule that is broken is named on lines that git shows after `remote:`; the reason beside the branch
says only that there was one.
https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/troubleshooting-rules
"""

import re
from collections.abc import Iterator, Sequence
from types import MappingProxyType

from bot.errors import UserError
from bot.text.invisible import make_printable

MAX_LINES, MAX_LINE_CHARACTERS = 30, 300
REFUSED = "[remote rejected]"
# What git itself says of its progress, and lines that only frame.
_NOISE = re.compile(
    r"(?:Resolving deltas|Counting objects|Compressing objects|Processing changes):"
)
_RULES_PAGE = "Review all repository rules at "

_BYPASS = (
    "Whoever may edit the repository's rules can put the App on that rule's bypass list, or leave"
    " the bot's branches out of it."
)
_WHOLE_BRANCH = (
    "That rule covers the bot's own branch, which nobody merges into directly: restrict it to the"
    " branches that are protected, such as the default branch, or put the App on its bypass list."
)
# The first that fits counts. The words are those of GitHub's rules and of its pre-receive hooks:
# https://docs.github.com/en/repositories/configuring-branches-and-merges-in-your-repository/managing-rulesets/available-rules-for-rulesets
NEXT_STEPS = MappingProxyType(
    {
        r"verified signatures": (
            "Have the commits signed: `signing_key` under `[github]` in the machine's"
            " `bricklayer.toml` names a key of the bot's account, which GitHub knows as such."
        ),
        # https://docs.github.com/en/code-security/secret-scanning/working-with-secret-scanning-and-push-protection/working-with-push-protection-from-the-command-line
        r"PUSH PROTECTION|cannot contain secrets|GH009": (
            "A commit holds what looks like a secret. If it is one, withdraw it where it was issued"
            " and set the label again for a new plan; if it is none, follow the link above."
        ),
        # https://docs.github.com/en/repositories/working-with-files/managing-large-files/about-large-files-on-github
        r"GH001|file size limit|Large files detected": (
            "A file is larger than GitHub takes. Have it left out, or kept in Git LFS by a person;"
            " the bot adds no files to LFS."
        ),
        # https://docs.github.com/en/repositories/working-with-files/managing-large-files/resolving-git-large-file-storage-upload-failures
        r"GH008|unknown Git LFS object": (
            "A commit names a file in Git LFS that GitHub does not have. The bot uploads none:"
            " a person who has it runs `git lfs push --all` for this branch."
        ),
        # https://docs.github.com/en/account-and-profile/setting-up-and-managing-your-personal-account-on-github/managing-email-preferences/blocking-command-line-pushes-that-expose-your-personal-email-address
        r"GH007|private email": (
            "The commits carry a private email address; its owner can allow that in the settings."
        ),
        r"refusing to allow .{0,80} workflow|without .?workflows?.? (?:permission|scope)": (
            "A workflow file changes: give the App the permission `workflows: write`, and accept it"
            " where it is installed; a token needs the scope `workflow`."
        ),
        r"(?i)sign(?:ed)?-off": (
            "The rule wants a sign-off: `sign_off = true` under `[commits]` in `.bricklayer.toml`."
        ),
        r"(?i)branch name|ref name|ref must match": (
            'Give the branches a name that fits: `branch_prefix = "..."` under `[github]` in'
            " `.bricklayer.toml`."
        ),
        r"(?i)commit message": (
            'Give the commits a subject that fits: `title = "..."` under `[commits]` in'
            " `.bricklayer.toml`."
        ),
        r"(?i)(?:committer|author) email|email pattern": (
            f"The rule wants other email addresses than that of the bot's account. {_BYPASS}"
        ),
        r"(?i)merge commits|linear history": _WHOLE_BRANCH,
        r"(?i)creations being restricted|cannot create ref": (
            "A rule restricts who makes branches. Leave the bot's branches out of it, give them"
            " another name with `branch_prefix`, or put the App on the rule's bypass list."
        ),
        r"(?i)file path|file extension|path length|file size": (
            f"A rule restricts which files may be pushed. {_BYPASS}"
        ),
        r"(?i)through a pull request|protected (?:branch|ref)|status checks? (?:is|are) expected"
        r"|code scanning|cannot (?:update|force-push)|GH006": _WHOLE_BRANCH,
        r"(?i)maximum allowed size|pack exceeds": (
            "The push is larger than GitHub takes at once: the change needs to be smaller."
        ),
    }
)
_OTHERWISE = f"{_BYPASS} The App may also lack a permission: `bricklayer doctor` names it."


def list_refused(out: bytes) -> list[str]:
    """How `git push --porcelain` sums up each reference that was not pushed: `[KIND] (REASON)`.

    https://git-scm.com/docs/git-push#_output
    """
    rows = (line.removeprefix(b"!\t") for line in out.split(b"\n") if line.startswith(b"!\t"))
    return [row.partition(b"\t")[2].decode(errors="replace") for row in rows]


def read_refusal(out: bytes, stderr: str) -> UserError | None:
    """None where the server did not refuse the push; `stderr` only tells what it said of that."""
    refused = (each for each in list_refused(out) if each.startswith(REFUSED))
    if not (said_of := next(refused, "")):
        return None
    reason, lines = _printable(said_of.removeprefix(REFUSED)), [*remote_lines(stderr)]
    said = "\n".join((reason, *lines))
    hint = next((step for words, step in NEXT_STEPS.items() if re.search(words, said)), _OTHERWISE)
    quoted = "".join(f"\n  {line}" for line in _bounded(lines))
    return UserError(f"GitHub did not take the push: {reason}{quoted}", hint=hint)


def split_lines(stderr: str) -> list[str]:
    """As git ends lines, and marks those of the server's: Python's `splitlines` knows more ends.

    https://github.com/git/git/blob/v2.39.5/remote-curl.c#L412
    """
    return stderr.split("\n")


def remote_lines(stderr: str) -> Iterator[str]:
    """What the server said, without blanks, frames and repetitions."""
    seen = set()
    for line in split_lines(stderr):
        if not line.startswith("remote:"):
            continue
        text = _printable(line.removeprefix("remote:"))
        is_frame = not re.search(r"\w", text)
        if not is_frame and text not in seen and not _NOISE.match(text):
            seen.add(text)
            yield text.replace(_RULES_PAGE, "All rules: ")


def _bounded(lines: Sequence[str]) -> list[str]:
    left = len(lines) - MAX_LINES
    return [*lines[:MAX_LINES], *([f"and {left} more lines"] if left > 0 else [])]


def _printable(text: str) -> str:
    return make_printable(text.strip().removeprefix("error: "), MAX_LINE_CHARACTERS)
