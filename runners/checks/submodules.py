"""Submodules for `[setup]`: fetched inside its sandbox, by addresses of the trusted commit.

There no credentials of this machine can be used, nor its network reached, and no configuration of a
submodule is read: `git submodule` itself is not run, for `.gitmodules` may name commands.
https://git-scm.com/docs/gitmodules
"""

import posixpath
import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from bot.errors import UserError
from bot.git.repo import Repo
from bot.text.invisible import make_printable

GITMODULES = ".gitmodules"
MAX_SUBMODULES = 200
# What git takes for an address of ssh: https://git-scm.com/docs/git-clone#_git_urls
_SCP_LIKE = re.compile(r"(?:[\w.-]+@)?([\w.-]+):(?!//)(.+)")
_SSH = re.compile(r"ssh://(?:[\w.-]+@)?([\w.-]+)(?::\d+)?/(.+)")
_HTTPS = re.compile(r"https://[\w.-]+(?::\d+)?/[^\s\\]+")
# $1 path, $2 address, $3 commit. A server may give no single commit, nor a shallow history: then
# all of it is fetched. Nested ones are told, since nobody has looked at their addresses.
FETCH = """
fetch_submodule() {
  git init -q "$1" && cd "$1" || exit 1
  git fetch -q --depth 1 -- "$2" "$3" 2>/dev/null ||
    git fetch -q -- "$2" '+refs/*:refs/fetched/*' || exit 1
  git -c advice.detachedHead=false checkout -q -f "$3" -- . || exit 1
  if [ -e .gitmodules ]; then echo "submodule $1 has submodules of its own: they stay empty"; fi
  rm -rf .git && cd "$root" || exit 1
}
root=$PWD GIT_TERMINAL_PROMPT=0 GIT_ALLOW_PROTOCOL=https:http
export GIT_TERMINAL_PROMPT GIT_ALLOW_PROTOCOL
"""


@dataclass(frozen=True, slots=True)
class Submodule:
    path: str
    url: str
    commit: str


def list_submodules(repo: Repo, commit: str) -> list[Submodule]:
    """Those of the tree, each with its address as `.gitmodules` has it; empty where it has none."""
    entries = repo.list_entries(commit)
    pinned = {path: entry.sha for path, entry in entries.items() if entry.kind == "submodule"}
    urls = _read_urls(repo, commit) if pinned and GITMODULES in entries else {}
    return [Submodule(path, urls.get(path, ""), sha) for path, sha in sorted(pinned.items())]


def fetch_lines(submodules: Iterable[Submodule], origin: str) -> str:
    """Shell lines that fetch them. Raises `UserError` for an address that is not fetched.

    `origin` is the repository's own address, from which relative ones start. Raises `UserError`
    for more than MAX_SUBMODULES as well.
    """
    calls: list[str] = []
    for each in submodules:
        if len(calls) == MAX_SUBMODULES:
            hint = "Set submodules = false, and have [setup] command fetch those that checks need."
            what = f"the repository has more than {MAX_SUBMODULES} submodules"
            raise UserError(what, where="[setup]", hint=hint)
        words = [each.path, _to_https(each, origin), each.commit]
        calls.append(f"fetch_submodule {shlex.join(words)}")
    return "\n".join((FETCH, *calls, "unset root\n")) if calls else ""


def _to_https(submodule: Submodule, origin: str) -> str:
    url = submodule.url
    if url.startswith(("./", "../")):
        base = _as_https(origin)
        scheme, _, rest = base.partition("://")
        url = f"{scheme}://{posixpath.normpath(posixpath.join(rest, url))}" if base else url
    url = _as_https(url)
    if not url:
        path = make_printable(submodule.path, 100)
        shown = make_printable(submodule.url, 200) or "none"
        hint = (
            "Write an https address into .gitmodules: [setup] has no key for ssh and sees no folder"
            " of this machine. Or set submodules = false, and the folder stays empty."
        )
        what = f"submodule {path}: its address, {shown}, cannot be fetched"
        raise UserError(what, where="[setup]", hint=hint)
    return url


def _as_https(url: str) -> str:
    """Of an address for ssh the same by https; empty for any other kind."""
    url = re.sub(r"^(https?://)[^/@]*@", r"\1", url)
    if found := _SSH.fullmatch(url) or (None if "://" in url else _SCP_LIKE.fullmatch(url)):
        url = f"https://{found[1]}/{found[2].lstrip('/')}"
    return url if _HTTPS.fullmatch(url) and ".." not in url.split("/") else ""


def _read_urls(repo: Repo, commit: str) -> dict[str, str]:
    """Path -> address. Only read: https://git-scm.com/docs/git-config (--blob)."""
    argv = ("config", "--blob", f"{commit}:{GITMODULES}", "--no-includes", "--list", "-z")
    _, out = repo.run(*argv, ok=(0, 1, 128))
    found: dict[str, dict[str, str]] = {}
    for row in out.decode(errors="replace").split("\0"):
        key, _, value = row.partition("\n")
        name, _, setting = key.rpartition(".")
        if name.startswith("submodule."):
            found.setdefault(name, {})[setting] = value
    return {each["path"]: each.get("url", "") for each in found.values() if "path" in each}
