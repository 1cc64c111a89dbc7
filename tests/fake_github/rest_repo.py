"""Operations on repositories: their labels, branches, commits and files."""

from typing import Any

from fake_github import show, show_git, show_repo
from fake_github.calls import Answer, Call, created, operation
from fake_github.people import Refusal

REPO = "/repos/{owner}/{repo}"


@operation("GET", REPO)
def repo(call: Call) -> Any:
    found = call.repo
    return (
        show_repo.full(found, call.token.user)
        if call.token
        else show_repo.full(found, found.github.ghost)
    )


@operation("GET", REPO + "/labels")
def labels(call: Call) -> Any:
    return [show.label(call.repo, one) for one in call.repo.labels.values()]


@operation("POST", REPO + "/labels")
def make_label(call: Call) -> Answer:
    repo = call.need("issues", role="write")
    name = call.required("name", "Label")
    if name.lower() in repo.labels:
        raise Refusal(422, "Validation Failed", show.wrong("Label", "name", "already_exists"))
    made = repo.label(name)
    made.color = call.given("color", made.color)
    made.description = call.given("description") or ""
    return created(show.label(repo, made))


@operation("GET", REPO + "/labels/{name}")
def label(call: Call, name: str) -> Any:
    found = call.repo.labels.get(name.lower())
    if found is None:
        raise Refusal(404, "Not Found")
    return show.label(call.repo, found)


@operation("GET", REPO + "/branches/{branch}")
def branch(call: Call, branch: str) -> Any:
    repo = call.need("contents", "read")
    if f"refs/heads/{branch}" not in repo.git.refs():
        raise Refusal(404, "Branch not found")
    return show_git.branch(repo, branch)


@operation("GET", REPO + "/git/ref/{ref}")
def ref(call: Call, ref: str) -> Any:
    repo = call.need("contents", "read")
    sha = repo.git.refs().get(f"refs/{ref}")
    if sha is None:
        raise Refusal(404, "Not Found")
    return show_git.ref(repo, f"refs/{ref}", sha)


@operation("GET", REPO + "/commits/{ref}")
def commit(call: Call, ref: str) -> Any:
    repo = call.need("contents", "read")
    sha = repo.git.sha(ref)
    if not sha:
        raise Refusal(422, f"No commit found for SHA: {ref}")
    return show_git.commit(repo, sha, files=True)


@operation("GET", REPO + "/contents/{path}")
def contents(call: Call, path: str) -> Any:
    repo = call.need("contents", "read")
    ref = call.query.get("ref", repo.default_branch)
    sha = repo.git.sha(ref)
    entry = sha and repo.git.git("cat-file", "-t", f"{sha}:{path}", check=False)
    if not entry:
        raise Refusal(404, "Not Found" if sha else f"No commit found for the ref {ref}")
    if entry == "blob":
        if "raw" in call.headers.get("accept", ""):
            return Answer(
                raw=repo.git.read(sha, path), headers={"Content-Type": "application/vnd.github.raw"}
            )
        return show_git.file(repo, ref, sha, path)
    names = repo.git.git("ls-tree", "-z", "--name-only", f"{sha}:{path}").split("\0")
    return [
        show_git.file(repo, ref, sha, f"{path}/{name}", content=False) for name in names if name
    ]


@operation("GET", REPO + "/compare/{basehead}")
def compare(call: Call, basehead: str) -> Any:
    repo = call.need("contents", "read")
    base, _, head = basehead.partition("...")
    old, new = (repo.git.sha(name.rpartition(":")[2]) for name in (base, head))
    shared = old and new and repo.git.merge_base(old, new)
    if not shared:
        raise Refusal(404, "Not Found")
    return show_git.comparison(repo, old, new, shared)


@operation("GET", REPO + "/branches")
def branches(call: Call) -> Any:
    repo = call.need("contents", "read")
    heads = {ref: sha for ref, sha in repo.git.refs().items() if ref.startswith("refs/heads/")}
    return [
        show_git.short_branch(repo, ref.removeprefix("refs/heads/"), sha)
        for ref, sha in heads.items()
    ]


@operation("GET", REPO + "/git/matching-refs/{ref}")
def matching_refs(call: Call, ref: str) -> Any:
    repo = call.need("contents", "read")
    refs = repo.git.refs().items()
    return [show_git.ref(repo, name, sha) for name, sha in refs if name.startswith(f"refs/{ref}")]


@operation("DELETE", REPO + "/git/refs/{ref}")
def delete_ref(call: Call, ref: str) -> None:
    repo = call.need("contents", role="write")
    if f"refs/{ref}" not in repo.git.refs():
        raise Refusal(422, "Reference does not exist")
    with repo.github.change():
        before = repo.git.refs()
        repo.git.git("update-ref", "-d", f"refs/{ref}")
        repo.refs_moved(before, call.actor, call.token)


@operation("POST", REPO + "/git/refs")
def make_ref(call: Call) -> Answer:
    repo = call.need("contents", role="write")
    ref, sha = call.required("ref", "Reference"), call.required("sha", "Reference")
    if ref in repo.git.refs():
        raise Refusal(422, "Reference already exists")
    if not repo.git.sha(sha) or not ref.startswith("refs/"):
        raise Refusal(422, "Object does not exist")
    with repo.github.change():
        before = repo.git.refs()
        repo.git.git("update-ref", ref, sha)
        repo.refs_moved(before, call.actor, call.token)
    return created(show_git.ref(repo, ref, sha))
