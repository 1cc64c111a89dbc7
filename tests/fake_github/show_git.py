"""How the stand-in shows commits, branches, pushes and files."""

import base64
from typing import TYPE_CHECKING, Any

from fake_github import diff, show
from fake_github.bare import NONE
from fake_github.people import User

if TYPE_CHECKING:
    from fake_github.repo import Repo

Json = dict[str, Any]
FORMAT = "%H%x00%T%x00%P%x00%an%x00%ae%x00%aI%x00%cn%x00%ce%x00%cI%x00%B"


def _read(of: "Repo", sha: str) -> Json:
    said = of.git.raw("log", "-1", f"--format={FORMAT}", sha).decode(errors="replace")
    names = ("sha", "tree", "parents", "an", "ae", "ad", "cn", "ce", "cd", "message")
    told = dict(zip(names, said.split("\0"), strict=True))
    told["message"] = told["message"].rstrip("\n")
    return told


def _person(name: str, email: str, date: str) -> Json:
    return {"name": name, "email": email, "date": date.replace("+00:00", "Z")}


def simple_commit(of: "Repo", sha: str) -> Json:
    """As check suites and workflow runs have it."""
    one = _read(of, sha)
    return {
        "id": sha,
        "tree_id": one["tree"],
        "message": one["message"],
        "timestamp": one["cd"].replace("+00:00", "Z"),
        "author": {"name": one["an"], "email": one["ae"]},
        "committer": {"name": one["cn"], "email": one["ce"]},
    }


def git_commit(of: "Repo", sha: str) -> Json:
    one, api = _read(of, sha), f"{of.github.api_url}/repos/{of.full_name}"
    return {
        "author": _person(one["an"], one["ae"], one["ad"]),
        "committer": _person(one["cn"], one["ce"], one["cd"]),
        "message": one["message"],
        "tree": {"sha": one["tree"], "url": f"{api}/git/trees/{one['tree']}"},
        "url": f"{api}/git/commits/{sha}",
        "comment_count": 0,
        "verification": {
            "verified": False,
            "reason": "unsigned",
            "signature": None,
            "payload": None,
            "verified_at": None,
        },
    }


def commit(of: "Repo", sha: str, *, files: bool = False) -> Json:
    api, html = f"{of.github.api_url}/repos/{of.full_name}", f"{of.github.html_url}/{of.full_name}"
    one = _read(of, sha)
    told: Json = {
        "sha": sha,
        "node_id": f"C_{sha[:12]}",
        "commit": git_commit(of, sha),
        "url": f"{api}/commits/{sha}",
        "html_url": f"{html}/commit/{sha}",
        "comments_url": f"{api}/commits/{sha}/comments",
        "author": _account(of, one["ae"]),
        "committer": _account(of, one["ce"]),
        "parents": [
            {"sha": each, "url": f"{api}/commits/{each}", "html_url": f"{html}/commit/{each}"}
            for each in one["parents"].split()
        ],
    }
    if files:
        told |= _changes(of, sha, one["parents"].split())
    return told


def _changes(of: "Repo", sha: str, parents: list[str]) -> Json:
    empty = of.git.git("hash-object", "-t", "tree", "-w", "--stdin")
    listed = files(of, parents[0] if parents else empty, sha)
    added, removed = (sum(one[name] for one in listed) for name in ("additions", "deletions"))
    stats = {"total": added + removed, "additions": added, "deletions": removed}
    return {"stats": stats, "files": listed}


def _account(of: "Repo", email: str) -> Json | None:
    """Whose commit it is: whoever owns the mail address, which git lets anybody write."""
    found = next((one for one in of.github.users.values() if one.email == email), None)
    return show.user(of.github, found) if found else None


def files(of: "Repo", base: str, head: str) -> list[Json]:
    api, html = f"{of.github.api_url}/repos/{of.full_name}", f"{of.github.html_url}/{of.full_name}"
    return [
        {
            **one,
            "blob_url": f"{html}/blob/{head}/{one['filename']}",
            "raw_url": f"{html}/raw/{head}/{one['filename']}",
            "contents_url": f"{api}/contents/{one['filename']}?ref={head}",
        }
        for one in diff.changed(of.git, base, head)
    ]


def push(of: "Repo", ref: str, old: str, new: str, by: User) -> Json:
    html = f"{of.github.html_url}/{of.full_name}"
    known = new != NONE
    base = old if old != NONE else of.git.sha(of.default_branch)
    listed = of.git.commits(base, new)[-20:] if known and base and base != new else []
    created, deleted = old == NONE, not known
    return {
        "ref": ref,
        "before": old,
        "after": new,
        "created": created,
        "deleted": deleted,
        "forced": not (created or deleted) and not of.git.is_ancestor(old, new),
        "base_ref": None,
        "compare": f"{html}/compare/{old[:12]}...{new[:12]}",
        "commits": [_pushed_commit(of, sha) for sha in listed],
        "head_commit": _pushed_commit(of, new) if known else None,
        "pusher": {"name": by.login, "email": by.email},
    }


def _pushed_commit(of: "Repo", sha: str) -> Json:
    argv = (
        "diff-tree",
        "--root",
        "--no-commit-id",
        "-r",
        "--no-renames",
        "--name-status",
        "-z",
        sha,
    )
    fields = of.git.git(*argv).split("\0")
    changed = list(zip(fields[::2], fields[1::2], strict=False))
    kinds = {"added": "A", "removed": "D", "modified": "MT"}
    return {
        **simple_commit(of, sha),
        "distinct": True,
        "url": f"{of.github.html_url}/{of.full_name}/commit/{sha}",
        **{name: [path for kind, path in changed if kind in kinds[name]] for name in kinds},
    }


def branch(of: "Repo", name: str) -> Json:
    api = f"{of.github.api_url}/repos/{of.full_name}/branches/{name}"
    html = f"{of.github.html_url}/{of.full_name}/tree/{name}"
    off = {"enforcement_level": "off", "contexts": [], "checks": []}
    protected = name in of.protection
    checks = of.protection.get(name, off)
    return {
        "name": name,
        "commit": commit(of, of.git.sha(name)),
        "_links": {"self": api, "html": html},
        "protected": protected,
        "protection": {"enabled": protected, "required_status_checks": checks},
        "protection_url": f"{api}/protection",
    }


def file(of: "Repo", ref: str, sha: str, path: str, *, content: bool = True) -> Json:
    """A file's entry; without content as a folder lists it."""
    api, html = f"{of.github.api_url}/repos/{of.full_name}", f"{of.github.html_url}/{of.full_name}"
    blob = of.git.git("rev-parse", f"{sha}:{path}")
    kind = of.git.git("cat-file", "-t", blob)
    data = of.git.raw("cat-file", "blob", blob) if kind == "blob" else b""
    url, git_url = f"{api}/contents/{path}?ref={ref}", f"{api}/git/{kind}s/{blob}"
    page = f"{html}/{kind}/{ref}/{path}"
    told: Json = {
        "name": path.rsplit("/", 1)[-1],
        "path": path,
        "sha": blob,
        "size": len(data),
        "url": url,
        "html_url": page,
        "git_url": git_url,
        "download_url": f"{html}/raw/{ref}/{path}" if kind == "blob" else None,
        "type": "file" if kind == "blob" else "dir",
        "_links": {"self": url, "git": git_url, "html": page},
    }
    if content:
        told |= {"content": base64.encodebytes(data).decode(), "encoding": "base64"}
    return told


def short_branch(of: "Repo", name: str, sha: str) -> Json:
    url = f"{of.github.api_url}/repos/{of.full_name}/commits/{sha}"
    protected = name in of.protection
    return {"name": name, "commit": {"sha": sha, "url": url}, "protected": protected}


def ref(of: "Repo", name: str, sha: str) -> Json:
    base = f"{of.github.api_url}/repos/{of.full_name}/git"
    pointed = {"sha": sha, "type": "commit", "url": f"{base}/commits/{sha}"}
    return {"ref": name, "node_id": f"REF_{sha[:12]}", "url": f"{base}/{name}", "object": pointed}


def comparison(of: "Repo", old: str, new: str, shared: str) -> Json:
    api, html = f"{of.github.api_url}/repos/{of.full_name}", f"{of.github.html_url}/{of.full_name}"
    ahead, behind = of.git.commits(old, new), of.git.commits(new, old)
    status = (
        "diverged"
        if ahead and behind
        else "ahead"
        if ahead
        else "behind"
        if behind
        else "identical"
    )
    page = f"{html}/compare/{old}...{new}"
    return {
        "url": f"{api}/compare/{old}...{new}",
        "html_url": page,
        "permalink_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "base_commit": commit(of, old),
        "merge_base_commit": commit(of, shared),
        "status": status,
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": [commit(of, sha) for sha in ahead],
        "files": files(of, shared, new),
    }
