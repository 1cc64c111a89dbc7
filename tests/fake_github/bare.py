"""A real bare git repository of the stand-in, and what git says of it."""

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from support.git_template import init_bare

from fake_github.people import User

NONE = "0" * 40
# GitHub takes a change to a workflow only from a token with that very permission.
WORKFLOWS = """\
#!/bin/sh
[ -n "$MAY_WORKFLOWS" ] && exit 0
while read -r old new ref; do
  case "$new" in *[!0]*) ;; *) continue ;; esac
  file=$(git log --format= --name-only "$new" --not --all -- .github/workflows | head -n 1)
  [ -z "$file" ] && continue
  echo "refusing to allow a GitHub App to create or update workflow \\`$file\\` without \\`workflows\\` permission" >&2
  exit 1
done
exit 0
"""


def environment(home: Path, **more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "GitHub",
        "GIT_AUTHOR_EMAIL": "noreply@github.com",
        "GIT_COMMITTER_NAME": "GitHub",
        "GIT_COMMITTER_EMAIL": "noreply@github.com",
        **more,
    }


CONFIG = """\
[uploadpack]
	allowAnySHA1InWant = true
	allowFilter = true
[receive]
	hideRefs = refs/pull
"""


class Bare:
    def __init__(self, path: Path, default_branch: str) -> None:
        self.path = path
        path.mkdir(parents=True)
        init_bare(path, default_branch)
        with (path / "config").open("a") as config:
            config.write(CONFIG)
        hook = path / "hooks" / "pre-receive"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(WORKFLOWS)
        hook.chmod(0o755)

    def raw(self, *args: str, data: bytes = b"", check: bool = True, **env: str) -> bytes:
        done = subprocess.run(
            ["git", *args],
            cwd=self.path,
            input=data,
            env=environment(self.path, **env),
            capture_output=True,
            timeout=60,
            check=False,
        )
        if check and done.returncode:
            raise RuntimeError(f"git {args}: {done.stderr.decode(errors='replace')}")
        return done.stdout if not done.returncode else b""

    def git(self, *args: str, data: bytes = b"", check: bool = True, **env: str) -> str:
        return (
            self.raw(*args, data=data, check=check, **env).decode(errors="surrogateescape").strip()
        )

    def refs(self) -> dict[str, str]:
        lines = self.git("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines)
        return {ref: sha for ref, sha in pairs if not ref.startswith("refs/pull/")}

    def sha(self, name: str) -> str:
        """The commit a branch, tag or (full) SHA names; "" where there is none."""
        tries = (f"refs/heads/{name}", f"refs/tags/{name}", name if is_sha(name) else "")
        for one in tries:
            found = one and self.git(
                "rev-parse", "-q", "--verify", f"{one}^{{commit}}", check=False
            )
            if found:
                return found
        return ""

    def commit(
        self,
        branch: str,
        files: Mapping[str, str | bytes | None],
        message: str,
        by: User,
        *,
        when: int,
        parent: str = "",
    ) -> str:
        """A commit on the branch with these files (None: removed), over `parent` (else its head)."""
        parent = parent or self.sha(branch)
        text = message.encode()
        lines = [
            b"commit refs/heads/" + branch.encode(),
            f"committer {by.login} <{by.email}> {when} +0000".encode(),
            b"data %d\n" % len(text) + text,
            *([f"from {parent}".encode()] if parent else []),
        ]
        for path, content in files.items():
            if content is None:
                lines.append(b"D " + quoted(path))
            else:
                data = content.encode() if isinstance(content, str) else content
                lines.append(b"M 100644 inline " + quoted(path) + b"\ndata %d\n" % len(data) + data)
        self.raw("fast-import", "--quiet", "--force", data=b"\n".join(lines) + b"\n")
        return self.sha(branch)

    def replaced(self, commit: str, path: str, blob: str) -> str:
        """The tree of a commit with another file at that path."""
        env = {"GIT_INDEX_FILE": str(self.path / "index-replaced")}
        self.git("read-tree", commit, **env)
        self.git("update-index", "--cacheinfo", f"100644,{blob},{path}", **env)
        return self.git("write-tree", **env)

    def read(self, sha: str, path: str) -> bytes:
        return self.raw("cat-file", "blob", f"{sha}:{path}")

    def merge_base(self, one: str, other: str) -> str:
        return self.git("merge-base", one, other, check=False)

    def is_ancestor(self, old: str, new: str) -> bool:
        return bool(old) and bool(new) and self.merge_base(old, new) == old

    def commits(self, base: str, head: str) -> list[str]:
        """Oldest first: the commits of head that base has not."""
        return self.git("rev-list", "--reverse", f"{base}..{head}").split()

    def merged_tree(self, ours: str, theirs: str) -> str:
        """The tree of a clean merge, or "" where they conflict."""
        said = self.git("merge-tree", "--write-tree", ours, theirs, check=False)
        return said if is_sha(said) else ""


def is_sha(name: str) -> bool:
    return bool(re.fullmatch(r"[0-9a-f]{40}", name))


def quoted(path: str) -> bytes:
    raw = path.encode(errors="surrogateescape").replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    return b'"' + raw.replace(b"\n", b"\\n") + b'"'
