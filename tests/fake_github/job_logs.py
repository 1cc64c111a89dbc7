"""A job's log as GitHub serves it: a time on every line, the runner's own words around the steps.

The form is that of https://github.com/actions/runner, as its logs are found in public reports:
https://github.com/cli/cli/issues/10853
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

BEGIN = datetime(2026, 11, 27, 10, 0, tzinfo=UTC)
PROCESS_FAILED = "Process completed with exit code 1."
SET_UP = """\
Current runner version: '2.330.0'
##[group]Runner Image Provisioner
Hosted Compute Agent
Version: 20261124.448
Commit: 3a9b4c1f0f4e8d5b8a3f1d0e2c4b6a7988776655
Build Date: 2026-11-24T18:26:47Z
##[endgroup]
##[group]Operating System
Ubuntu
24.04.3
LTS
##[endgroup]
##[group]Runner Image
Image: ubuntu-24.04
Version: 20261116.1.0
Included Software: https://github.com/actions/runner-images/blob/ubuntu24/20261116.1/images/ubuntu/Ubuntu2404-Readme.md
Image Release: https://github.com/actions/runner-images/releases/tag/ubuntu24%2F20261116.1
##[endgroup]
##[group]GITHUB_TOKEN Permissions
Contents: read
Metadata: read
##[endgroup]
Secret source: Actions
Prepare workflow directory
Prepare all required actions
Getting action download info
Download action repository 'actions/checkout@v4' (SHA:34e114876b0b11c390a56381ad16ebd13914f8d5)
Complete job name: {name}
##[group]Run actions/checkout@v4
with:
  repository: octocat/bank
  token: ***
  ssh-strict: true
  persist-credentials: true
  clean: true
  fetch-depth: 1
##[endgroup]
Syncing repository: octocat/bank
##[group]Getting Git version info
Working directory is '/home/runner/work/bank/bank'
[command]/usr/bin/git version
git version 2.51.0
##[endgroup]
Deleting the contents of '/home/runner/work/bank/bank'
##[group]Initializing the repository
[command]/usr/bin/git init /home/runner/work/bank/bank
Initialized empty Git repository in /home/runner/work/bank/bank/.git/
##[endgroup]
[command]/usr/bin/git log -1 --format=%H
1a2b3c4d5e1a2b3c4d5e1a2b3c4d5e1a2b3c4d5e"""
STEP = """\
##[group]Run {run}
\x1b[36;1m{run}\x1b[0m
shell: /usr/bin/bash -e {{0}}
env:
  pythonLocation: /opt/hostedtoolcache/Python/3.12.12/x64
##[endgroup]"""
CLEAN_UP = """\
Post job cleanup.
[command]/usr/bin/git version
git version 2.51.0
Temporarily overriding HOME='/home/runner/work/_temp/cf4ae' before making global git config changes
Adding repository directory to the temporary git global config as a safe directory
[command]/usr/bin/git config --global --add safe.directory /home/runner/work/bank/bank
[command]/usr/bin/git config --local --name-only --get-regexp core\\.sshCommand
[command]/usr/bin/git config --local --unset-all http.https://github.com/.extraheader
Cleaning up orphan processes"""


def job_log(name: str, output: str, *, failed: bool, run: str = "./run-tests") -> bytes:
    """The log of a job whose one step, after the checkout, printed `output`."""
    return served_log(name, [(run, output, failed)])


def served_log(name: str, steps: Iterable[tuple[str, str, bool]], line_end: str = "\n") -> bytes:
    """Of steps by command, output and whether each failed."""
    parts = [SET_UP.format(name=name)]
    for run, output, failed in steps:
        parts += [STEP.format(run=run), output.rstrip("\n")]
        parts += [f"##[error]{PROCESS_FAILED}"] if failed else []
    lines = "\n".join([*parts, CLEAN_UP]).split("\n")
    # .NET has seven digits of a second: https://learn.microsoft.com/en-us/dotnet/standard/base-types/standard-date-and-time-format-strings#Roundtrip
    at = (BEGIN + timedelta(milliseconds=7 * number) for number in range(len(lines)))
    stamped = (
        f"{when:%Y-%m-%dT%H:%M:%S.%f}7Z {line}" for when, line in zip(at, lines, strict=True)
    )
    return ("\ufeff" + line_end.join(stamped) + line_end).encode()
