"""A real bare repository whose commits hold exactly the bytes a test says, under any name."""

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.git.repo import Repo
from bot.repo_map import RepoMap
from support.git_template import init_bare

LINK, SUBMODULE = "120000", "160000"
WHO = b"committer Test <test@example.com> 0 +0000\n"


@dataclass(frozen=True)
class Other:
    """What stands at a path and is no file: a link's target, or a submodule's commit."""

    mode: str
    content: bytes


Mapped = Callable[..., RepoMap]
Files = Mapping[str | bytes, bytes | str | Other]


def plant(folder: Path, files: Files, branch: str = "main", onto: str = "") -> Repo:
    """Commit these files, beside those of the branch `onto`. `folder` is made if need be."""
    folder.mkdir(exist_ok=True)
    if not (folder / "HEAD").exists():
        init_bare(folder)
    start = f"from {git(folder, 'rev-parse', f'refs/heads/{onto}')}\n" if onto else ""
    head = f"commit refs/heads/{branch}\n".encode() + WHO + b"data 0\n\n" + start.encode()
    lines = b"".join(_line(path, content) for path, content in files.items())
    git(folder, "fast-import", "--quiet", "--force", given=head + lines)
    return Repo(folder)


def git(folder: Path, *args: str, given: bytes = b"") -> str:
    argv = ["git", *args]
    done = subprocess.run(
        argv, cwd=folder, input=given, capture_output=True, timeout=60, check=True
    )
    return done.stdout.decode().strip()


def _line(path: str | bytes, content: bytes | str | Other) -> bytes:
    raw = path.encode() if isinstance(path, str) else path
    for sign, said in ((b"\\", b"\\\\"), (b'"', b'\\"'), (b"\n", b"\\n")):
        raw = raw.replace(sign, said)
    if isinstance(content, Other) and content.mode == SUBMODULE:
        return b'M 160000 %s "%s"\n' % (content.content, raw)
    mode = LINK if isinstance(content, Other) else "100644"
    body = content.content if isinstance(content, Other) else content
    body = body.encode() if isinstance(body, str) else body
    return b'M %s inline "%s"\ndata %d\n%s\n' % (mode.encode(), raw, len(body), body)
