"""How the stand-in shows checks, statuses and workflow runs."""

from typing import TYPE_CHECKING, Any

from fake_github import show, show_git, show_repo

if TYPE_CHECKING:
    from fake_github.ci import Annotation, CheckRun, Job, Status, Suite, Workflow, WorkflowRun
    from fake_github.repo import Repo

Json = dict[str, Any]


def pulls(of: "Repo", sha: str) -> list[Json]:
    """Open pull requests from this repository at that head; never those from a fork."""
    return [
        {
            "url": f"{of.github.api_url}/repos/{of.full_name}/pulls/{one.number}",
            "id": one.id,
            "number": one.number,
            "head": {"ref": one.head_ref, "sha": one.head_sha, "repo": _brief(of)},
            "base": {"ref": one.base_ref, "sha": one.base_sha, "repo": _brief(of)},
        }
        for one in of.pulls
        if one.head_sha == sha and one.state == "open" and not one.from_fork
    ]


def _brief(of: "Repo") -> Json:
    return {"id": of.id, "url": f"{of.github.api_url}/repos/{of.full_name}", "name": of.name}


def check_run(one: "CheckRun") -> Json:
    of = one.suite.repo
    api = f"{of.github.api_url}/repos/{of.full_name}/check-runs/{one.id}"
    page = f"{of.github.html_url}/{of.full_name}/runs/{one.id}"
    output = {name: one.output.get(name) for name in ("title", "summary", "text")}
    return {
        "id": one.id,
        "name": one.name,
        "node_id": f"CR_{one.id}",
        "head_sha": one.sha,
        "external_id": one.external_id,
        "url": api,
        "html_url": page,
        "details_url": one.details_url or page,
        "status": one.status,
        "conclusion": one.conclusion,
        "started_at": one.started,
        "completed_at": one.completed,
        "output": {
            **output,
            "annotations_count": len(one.annotations),
            "annotations_url": f"{api}/annotations",
        },
        "check_suite": {"id": one.suite.id},
        "app": show.app(one.suite.app),
        "pull_requests": pulls(of, one.sha),
    }


def annotation(run: "CheckRun", one: "Annotation") -> Json:
    of = run.suite.repo
    return {
        "path": one.path,
        "blob_href": f"{of.github.html_url}/{of.full_name}/blob/{run.sha}/{one.path}",
        "start_line": one.line,
        "start_column": None,
        "end_line": one.line,
        "end_column": None,
        "annotation_level": one.level,
        "title": one.title,
        "message": one.message,
        "raw_details": None,
    }


def suite(one: "Suite") -> Json:
    of = one.repo
    api = f"{of.github.api_url}/repos/{of.full_name}/check-suites/{one.id}"
    return {
        "id": one.id,
        "node_id": f"CS_{one.id}",
        "head_branch": one.branch,
        "head_sha": one.sha,
        "status": one.status,
        "conclusion": one.conclusion,
        "url": api,
        "before": one.before,
        "after": one.sha,
        "pull_requests": pulls(of, one.sha),
        "app": show.app(one.app),
        "created_at": one.created,
        "updated_at": one.updated,
        "latest_check_runs_count": len(one.latest()),
        "check_runs_url": f"{api}/check-runs",
        "head_commit": show_git.simple_commit(of, one.sha),
        "repository": show_repo.minimal(of),
    }


def suite_told(one: "Suite") -> Json:
    return {name: value for name, value in suite(one).items() if name != "repository"}


def status(of: "Repo", one: "Status") -> Json:
    return {
        "url": f"{of.github.api_url}/repos/{of.full_name}/statuses/{one.sha}",
        "avatar_url": f"{of.github.html_url}/avatars/u/{one.creator.id}?v=4",
        "id": one.id,
        "node_id": f"SC_{one.id}",
        "state": one.state,
        "description": one.description,
        "target_url": one.target_url,
        "context": one.context,
        "created_at": one.created,
        "updated_at": one.created,
    }


def status_told(of: "Repo", one: "Status") -> Json:
    refs = of.git.refs()
    heads = [
        ref.removeprefix("refs/heads/")
        for ref, sha in refs.items()
        if sha == one.sha and "heads/" in ref
    ]
    url = f"{of.github.api_url}/repos/{of.full_name}/commits/{one.sha}"
    return {
        "id": one.id,
        "sha": one.sha,
        "name": of.full_name,
        "target_url": one.target_url,
        "avatar_url": f"{of.github.html_url}/avatars/u/{one.creator.id}?v=4",
        "context": one.context,
        "description": one.description,
        "state": one.state,
        "commit": show_git.commit(of, one.sha),
        "branches": [
            {"name": name, "commit": {"sha": one.sha, "url": url}, "protected": False}
            for name in heads
        ],
        "created_at": one.created,
        "updated_at": one.created,
    }


def workflow(one: "Workflow") -> Json:
    base = f"{one.repo.github.api_url}/repos/{one.repo.full_name}"
    page = f"{one.repo.github.html_url}/{one.repo.full_name}"
    return {
        "id": one.id,
        "node_id": f"W_{one.id}",
        "name": one.name,
        "path": one.path,
        "state": one.state,
        "created_at": one.created,
        "updated_at": one.created,
        "url": f"{base}/actions/workflows/{one.id}",
        "html_url": f"{page}/blob/{one.repo.default_branch}/{one.path}",
        "badge_url": f"{page}/workflows/{one.name}/badge.svg",
    }


def workflow_run(one: "WorkflowRun") -> Json:
    of = one.workflow.repo
    base = f"{of.github.api_url}/repos/{of.full_name}"
    api = f"{base}/actions/runs/{one.id}"
    ends = ("jobs", "logs", "artifacts", "cancel", "rerun")
    actor = show.user(of.github, one.actor)
    head = show_git.simple_commit(of, one.suite.sha)
    return {
        "id": one.id,
        "name": one.workflow.name,
        "node_id": f"WFR_{one.id}",
        "head_branch": one.suite.branch,
        "head_sha": one.suite.sha,
        "path": one.workflow.path,
        "display_title": head["message"].split("\n", 1)[0],
        "run_number": one.number,
        "event": one.event,
        "status": one.suite.status,
        "conclusion": one.suite.conclusion,
        "workflow_id": one.workflow.id,
        "check_suite_id": one.suite.id,
        "check_suite_node_id": f"CS_{one.suite.id}",
        "url": api,
        "html_url": f"{of.github.html_url}/{of.full_name}/actions/runs/{one.id}",
        "pull_requests": pulls(of, one.suite.sha),
        "created_at": one.created,
        "updated_at": one.updated,
        "actor": actor,
        "run_attempt": one.attempt,
        "referenced_workflows": [],
        "run_started_at": one.created,
        "triggering_actor": actor,
        **{f"{name}_url": f"{api}/{name}" for name in ends},
        "check_suite_url": f"{base}/check-suites/{one.suite.id}",
        "previous_attempt_url": None,
        "workflow_url": f"{base}/actions/workflows/{one.workflow.id}",
        "head_commit": head,
        "repository": show_repo.minimal(of),
        "head_repository": show_repo.minimal(of),
    }


def job(one: "Job") -> Json:
    of, check = one.run.workflow.repo, one.check
    base = f"{of.github.api_url}/repos/{of.full_name}"
    return {
        "id": check.id,
        "run_id": one.run.id,
        "workflow_name": one.run.workflow.name,
        "head_branch": check.suite.branch,
        "run_url": f"{base}/actions/runs/{one.run.id}",
        "run_attempt": one.attempt,
        "node_id": f"CR_{check.id}",
        "head_sha": check.sha,
        "url": f"{base}/actions/jobs/{check.id}",
        "html_url": f"{of.github.html_url}/{of.full_name}/actions/runs/{one.run.id}/job/{check.id}",
        "status": check.status,
        "conclusion": check.conclusion,
        "created_at": one.run.created,
        "started_at": check.started,
        "completed_at": check.completed,
        "name": check.name,
        "steps": [],
        "check_run_url": f"{base}/check-runs/{check.id}",
        "labels": ["ubuntu-latest"],
        "runner_id": 1,
        "runner_name": "GitHub Actions 1",
        "runner_group_id": 2,
        "runner_group_name": "GitHub Actions",
    }
