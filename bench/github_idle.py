"""An idle sweep: what asking after fifty repositories, where nothing happens, costs in calls.

GitHub does not count a 304. Its ETags are those of one token, and an installation's token is
renewed within the hour: then each repository is counted once. The stand-in is told to do so too.
"""

import github_gate
from github_stage import stage

LABELLED = "/repos/{owner}/{repo}/issues"
HOUR = 3600.0
RENEWED = 55 * 60.0
"""Seconds between two tokens of an installation: an hour, less what is left of it at the end."""
LISTED = 3600.0
_conditional = github_gate.conditional


def idle(repos: int, sweeps: int, every: float = 2.0) -> None:
    """`sweeps` passes over `repos` repositories, `every` so many seconds instead of a minute."""
    github_gate.conditional = _by_token
    try:
        with stage(hook=False, more=f"sweep_seconds = {every}") as (machine, github):
            for number in range(repos):
                github.repo(f"octocat/repo-{number}", {"README.md": "# Quiet\n"})
            machine.start()
            passes = [_pass(machine, github, number, repos) for number in range(1, sweeps + 1)]
    finally:
        github_gate.conditional = _conditional
    for number, one in enumerate(passes, 1):
        print(f"sweep {number}: {one.calls} calls, {one.counted} counted {dict(one.by_name)}")
    _an_hour(passes)
