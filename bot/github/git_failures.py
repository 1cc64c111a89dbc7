"""Why git got nothing from GitHub: refused for its credentials, or not reached at all.

git names the HTTP status in a message of its own, and prints what the server said after `remote:`.
https://github.com/git/git/blob/v2.39.5/http.c#L1709
"""

import re

from bot.errors import GitError, GitMessage
from bot.github.errors import AccountError, OutageError, UnavailableError, classify_refusal
from bot.github.push_refusals import remote_lines, split_lines
from bot.text.invisible import make_printable

_MAX_CHARACTERS = 200
# The status is what curl says, behind the address: https://github.com/git/git/blob/v2.39.5/remote-curl.c#L481
_BY_CURL = ("unable to access '%s", "RPC failed; ")
_STATUS = re.compile(r"The requested URL returned error: (\d{3})\Z")
# For 401 git would ask a person, which is off, or has tried a name and a password already; for 404
# it names the address: https://github.com/git/git/blob/v2.39.5/remote-curl.c#L477
_BY_FORM = {
    "could not read %s%s": 401,
    "Authentication failed for '%s'": 401,
    "repository '%s' not found": 404,
}
# https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app-installation#about-authentication-as-a-github-app-installation
_NOT_LET_IN = frozenset({401, 403, 404})
_HINTS = {
    403: "Give the App or the token `contents: write`, and accept it where it is installed.",
    404: "Let the App's installation, or the token, reach this repository with `contents: write`.",
}


def classify_git_failure(command: str, exc: GitError) -> OutageError:
    """The outage that it is: nothing is wrong with what was fetched or pushed.

    To be asked only of what the server did not refuse reference by reference.
    """
    said = " ".join(remote_lines(exc.stderr))
    status = next((code for each in exc.messages if (code := _find_status(each))), 0)
    last = make_printable(_last_own(exc), _MAX_CHARACTERS)
    what = f"git {command}: {': '.join(filter(None, (said, last)))}"
    if status not in _NOT_LET_IN:
        return UnavailableError(what, status=status)
    known = classify_refusal(what, status, said, {})
    # A word of GitHub's that says more is kept; whatever else was refused is about who asks, too.
    hint = known.hint if isinstance(known, AccountError) else _HINTS[status]
    return AccountError(what, status=status, hint=hint)


def _last_own(exc: GitError) -> str:
    lines = [line for line in split_lines(exc.stderr) if line.strip()]
    return ["", *(line for line in lines if not line.startswith("remote:"))][-1]


def _find_status(message: GitMessage) -> int:
    """0 for none."""
    if message.form.startswith(_BY_CURL):
        found = _STATUS.search(message.text)
        return int(found[1]) if found else 0
    return _BY_FORM.get(message.form, 0)
