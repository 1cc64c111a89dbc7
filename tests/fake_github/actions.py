"""What GitHub Actions tells a workflow run of the event that started it."""

from pathlib import Path
from typing import TYPE_CHECKING

from fake_github.hooks import Delivery

if TYPE_CHECKING:
    from fake_github.world import GitHub


def environment(github: "GitHub", delivery: Delivery, folder: Path, token: str) -> dict[str, str]:
    payload = delivery.payload
    file = folder / f"event-{delivery.guid}.json"
    file.write_bytes(delivery.body)
    repo = github.repo(payload["repository"]["full_name"])
    sender, branch = payload["sender"], repo.default_branch
    told = {
        "ACTIONS": "true",
        "API_URL": github.api_url,
        "SERVER_URL": github.html_url,
        "GRAPHQL_URL": f"{github.html_url}/{'api/graphql' if github.prefix else 'graphql'}",
        "REPOSITORY": repo.full_name,
        "REPOSITORY_ID": str(repo.id),
        "REPOSITORY_OWNER": repo.owner.login,
        "EVENT_NAME": delivery.event,
        "EVENT_PATH": str(file),
        "ACTOR": sender["login"],
        "ACTOR_ID": str(sender["id"]),
        "TRIGGERING_ACTOR": sender["login"],
        "REF": f"refs/heads/{branch}",
        "REF_NAME": branch,
        "SHA": repo.git.sha(branch),
        "RUN_ID": str(delivery.number),
        "RUN_ATTEMPT": "1",
        "TOKEN": token,
    }
    return {"CI": "true"} | {f"GITHUB_{name}": value for name, value in told.items()}
