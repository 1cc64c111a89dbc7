"""Why a job of Actions failed, from its log and its annotations: the code, or something else. Pure.

Only what GitHub's runner and well-known tools say word for word is taken for anything but the code.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.failures import Failure, read_output
from bot.failures.actions_log import read_failed_steps
from bot.failures.terminal import LOG_TIME

Cause = Literal[
    "code",  # there is a failure to show
    "infrastructure",  # the runner or the network: it may pass when run again
    "account",  # GitHub did not start it, and will not next time
    "request",  # about the pull request's title, labels or commits, not its files
    "nothing",  # nothing of it can be read
]
MAX_FAILURES = 200
"""Lines or failures by which one log is compared with another."""
_TAIL_LINES = 200
_MAX_LINE_CHARACTERS = 2000
_NETWORK_LINES = 30
_ERROR = "##[error]"
# The runner's and the service's own words, as people report them:
# https://github.com/actions/runner/issues/2624, https://github.com/actions/runner/issues/2427,
# https://github.com/actions/runner/issues/3724, https://github.com/spdk/spdk/issues/3876
_RUNNER = re.compile(
    r"lost communication with the server"
    r"|The runner has received a shutdown signal"
    r"|The job was not acquired by Runner of type"
    r"|GitHub Actions has encountered an internal error"
    r"|An error occurred while provisioning resources"
    r"|no enabled runners online to process the request"
    r"|Failed to resolve action download info"
    r"|Failed to download action|Docker pull failed|Failed to initialize container"
    r"|Internal server error\. Correlation ID"
    r"|The hosted runner encountered an error"
    r"|System\.IO\.IOException: No space left on device",
    re.IGNORECASE,
)
# https://github.com/DaoCloud/public-image-mirror/issues/291
_ACCOUNT = re.compile(
    r"The job was not started because"
    r"|recent account payments have failed"
    r"|spending limit needs to be increased",
    re.IGNORECASE,
)
# What curl, git, glibc, Node, Python, Go, Docker and Maven print where the network is at fault.
_NETWORK = re.compile(
    r"Could ?n[o']t resolve host|Temporary failure in name resolution|getaddrinfo E[A-Z_]{5,12}"
    r"|Name or service not known|no such host|nodename nor servname provided"
    r"|\b(?:ETIMEDOUT|ECONNRESET|ENETUNREACH|EAI_AGAIN|ENOTFOUND)\b|Network is unreachable"
    r"|Connection reset by peer|Connection timed out|connect timed out|Read timed out"
    r"|TLS handshake timeout|i/o timeout|net/http: request canceled|SSL_ERROR_SYSCALL"
    r"|\b50[234] (?:Bad Gateway|Service (?:Temporarily )?Unavailable|Gateway Time-?out)"
    r"|(?:HTTP|status|status code|error|returned error)[ :=]{1,3}(?:429|50[234])\b"
    r"|429 Too Many Requests|toomanyrequests|The remote end hung up unexpectedly|early EOF"
    r"|unexpected disconnect while reading sideband packet|RPC failed; (?:curl|HTTP)"
    r"|fatal: unable to access 'https?://",
    re.IGNORECASE,
)
# Checks of a pull request's title, labels and commits that run as jobs of Actions:
# https://github.com/amannn/action-semantic-pull-request, https://commitlint.js.org,
# https://github.com/mheap/github-action-required-labels, https://github.com/tim-actions/dco
_WANTS = r".{0,120}(?:match|must|should|does ?n[o']t|is not|invalid|required)"
_REQUEST = re.compile(
    rf"in pull request title|\b(?:pull request|PR) title\b{_WANTS}"
    rf"|\b(?:pull request|PR) (?:body|description)\b{_WANTS}"
    r"|\[(?:subject|type|header|scope|body|footer)-[a-z-]{2,40}\]$"
    r"|Label error\.? Requires|requires? (?:at least|exactly) \d{1,3} of:? .{0,200}label"
    r"|missing (?:the )?(?:required )?label|must have .{0,40}label"
    r"|commits? .{0,80}(?:not signed.off|missing .{0,20}sign.?off)|missing (?:the )?Signed-off-by"
    r"|The sign-off is missing|Please (?:add|link|reference) an issue",
    re.IGNORECASE,
)
# A job that runs out of its time is `cancelled`, and says so here alone:
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idtimeout-minutes
_TIME = re.compile(r"has exceeded the maximum execution time", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class JobReport:
    """`words` is the line that names the cause, where it is not the code.

    `failures` is what another log is compared by: tests' names, else what the error lines say.
    `has_tests`: they are tests. `out_of_time`: the job was ended by its own limit. `awaited`:
    GitHub does not have its log yet.
    """

    cause: Cause = "nothing"
    words: str = ""
    failures: frozenset[str] = frozenset()
    has_tests: bool = False
    out_of_time: bool = False
    awaited: bool = False


def read_job_report(log: str, annotations: Sequence[str] = ()) -> JobReport:
    """`log` as GitHub serves it; `annotations` are their messages."""
    lines = [LOG_TIME.sub("", line) for line in log.splitlines()]
    errors = [line.removeprefix(_ERROR) for line in lines if line.startswith(_ERROR)]
    # A hostile log may be nothing but errors.
    said = [*annotations[:_TAIL_LINES], *errors[:_TAIL_LINES], *errors[-_TAIL_LINES:]]
    steps = read_failed_steps(log)
    printed = [line for step in steps if not step.at_set_up for line in step.output.splitlines()]
    failures = read_output("\n".join(printed)).failures
    tests = tuple(failure for failure in failures if failure.titles)
    cause, words = _find_cause(said, printed, tests)
    return JobReport(
        cause,
        words[:500],
        frozenset(_name_failures(failures, printed)),
        bool(tests),
        bool(_first(_TIME, said)),
    )


def _find_cause(
    said: Sequence[str], printed: Sequence[str], tests: Sequence[Failure]
) -> tuple[Cause, str]:
    if words := _first(_ACCOUNT, said):
        return "account", words
    if words := _first(_RUNNER, said):
        return "infrastructure", words
    if not tests and (words := _first(_REQUEST, [*said, *printed[-_TAIL_LINES:]])):
        return "request", words
    if words := _find_network_fault(said, printed, tests):
        return "infrastructure", words
    return ("code", "") if any(line.strip() for line in printed) else ("nothing", "")


def _find_network_fault(
    said: Sequence[str], printed: Sequence[str], tests: Sequence[Failure]
) -> str:
    """What the network did, where nothing else failed: all tests that failed, or no test at all."""
    if tests:
        found = [_first(_NETWORK, test.message) for test in tests]
        return found[0] if all(found) else ""
    return _first(_NETWORK, [*said, *printed[-_NETWORK_LINES:]])


def _first(pattern: re.Pattern[str], lines: Iterable[str]) -> str:
    return next((line.strip() for line in lines if pattern.search(line[:_MAX_LINE_CHARACTERS])), "")


def _name_failures(failures: Sequence[Failure], lines: Sequence[str]) -> list[str]:
    """By name, else by what is said of it without what differs from run to run."""
    if failures:
        names = (each.name or _blur(" ".join(each.message[:2])) for each in failures)
        return [name for name in names if name][:MAX_FAILURES]
    telling = (line for line in lines if "error" in line[:400].lower())
    return [_blur(line) for line in telling][-MAX_FAILURES:]


def _blur(line: str) -> str:
    return re.sub(r"0x[0-9a-fA-F]+|\d+", "#", line[:400]).strip()
