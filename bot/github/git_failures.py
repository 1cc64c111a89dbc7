"""Why git got nothing from GitHub: refused for its credentials, or not reached at all.

git names the HTTP status in a line of its own, and prints what the server said after `remote:`.
https://github.com/git/git/blob/v2.39.5/http.c#L1709
"""

import re
from collections.abc import Iterator

from bot.github.errors import AccountError, OutageError, UnavailableError, classify_refusal
from bot.text.invisible import make_printable

_MAX_CHARACTERS = 200
_STATUS = re.compile(r"The requested URL returned error: (\d{3})")
# For 401 git would ask a person, which is off, or has tried a name and a password already; for 404
# it names the address: https://github.com/git/git/blob/v2.39.5/remote-curl.c#L477
_WORDS = (
    ("could not read Username for", 401),
    ("could not read Password for", 401),
    ("Authentication failed for", 401),
    ("' not found", 404),
)
# https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/authenticating-as-a-github-app-installation#about-authentication-as-a-github-app-installation
_NOT_LET_IN = frozenset({401, 403, 404})
_HINTS = {
    403: "Give the App or the token `contents: write`, and accept it where it is installed.",
    404: "Let the App's installation, or the token, reach this repository with `contents: write`.",
}


def classify_git_failure(command: str, stderr: str) -> OutageError:
    """The outage that it is: nothing is wrong with what was fetched or pushed.

    To be asked only of what the server did not refuse reference by reference.
    """
    own, said = list(_own_lines(stderr)), " ".join(_remote_lines(stderr))
    status = next((code for line in own if (code := _find_status(line))), 0)
    last = make_printable((own or [""])[-1], _MAX_CHARACTERS)
    what = f"git {command}: {': '.join(filter(None, (said, last)))}"
    if status not in _NOT_LET_IN:
        return UnavailableError(what, status=status)
    known = classify_refusal(what, status, said, {})
    # A word of GitHub's that says more is kept; whatever else was refused is about who asks, too.
    hint = known.hint if isinstance(known, AccountError) else _HINTS[status]
    return AccountError(what, status=status, hint=hint)


def _own_lines(stderr: str) -> Iterator[str]:
    for line in stderr.splitlines():
        if line.strip() and not line.startswith("remote:"):
            yield line


def _remote_lines(stderr: str) -> Iterator[str]:
    for line in stderr.splitlines():
        if line.startswith("remote:") and (text := line.removeprefix("remote:").strip()):
            yield make_printable(text, _MAX_CHARACTERS)


def _find_status(line: str) -> int:
    if found := _STATUS.search(line):
        return int(found[1])
    return next((status for words, status in _WORDS if words in line), 0)
