"""Of the person's git settings those by which git reaches a server: proxies and certificates."""

import os
import re

from bot.git.command import LOOK_SECONDS, persons_settings, run_git

# None of them is a program: https://git-scm.com/docs/git-config#Documentation/git-config.txt-httpproxy
_NAMES = "proxy|proxyauthmethod|proxysslcainfo|sslcainfo|sslcapath|sslverify|sslcert|sslkey|version"
_KEPT = re.compile(rf'http\.(?:(https?://[^\s"\\]+)\.)?({_NAMES})')
# It is not there, so only the person's files and the system's are read.
_NO_REPOSITORY = "--git-dir=/nonexistent"


def format_http_settings() -> str:
    """As lines of a git configuration. A proxy may have a password: keep them in a private file."""
    argv = (_NO_REPOSITORY, "config", "-z", "--includes", "--get-regexp", r"^http\.")
    _, out = run_git(argv, b"", persons_settings(), (0, 1), LOOK_SECONDS)
    lines = []
    for entry in filter(None, os.fsdecode(out).split("\0")):
        key, given, value = entry.partition("\n")
        found = _KEPT.fullmatch(key)
        if found and given and "\n" not in value:
            section = f'[http "{found[1]}"]' if found[1] else "[http]"
            lines.append(f'{section}\n\t{found[2]} = "{_escape(value)}"\n')
    return "".join(lines)


def _escape(value: str) -> str:
    """https://git-scm.com/docs/git-config#_syntax; git itself expands a `~/` of a path."""
    return value.replace("\\", "\\\\").replace('"', '\\"')
