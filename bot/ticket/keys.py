"""Keys by which the bot remembers what it has dealt with, and what it saw last.

A `HandledKey` is part of a ticket and kept with it; a `MarkKey` is one of the store's marks. Both
are stored as they are: another spelling would be another key.
"""

import hashlib
from collections.abc import Iterable
from typing import NewType

HandledKey = NewType("HandledKey", str)
MarkKey = NewType("MarkKey", str)
HALTED_MARK = MarkKey("halted")
"""Not empty while all machines on the database are halted."""
REVIEW_REQUESTED = HandledKey("asked for review")
_COMMENT, _THREAD, _LINE, _REVIEW = "comment:", "thread:", "line:", "review:"
_RERUN, _REFUSED = "rerun:", "rerun refused:"


def settled_key(labelled_at: float) -> HandledKey:
    """That nothing is left to do was told, of the job that began then."""
    return HandledKey(f"settled:{labelled_at:.0f}")


def overruled_key(labelled_at: float) -> HandledKey:
    """A person said that something is left: the planner may not say otherwise in the same job."""
    return HandledKey(f"settled, overruled:{labelled_at:.0f}")


def name_folder(key: str) -> str:
    """The folder of a ticket, by its key, among those of all tickets."""
    return hashlib.sha256(key.encode()).hexdigest()[:16]


def comment_key(comment: int, command: int = 0) -> HandledKey:
    """`command` counts the commands of one comment from 0."""
    return HandledKey(f"{_COMMENT}{comment}:{command}")


def edited_comment_key(comment: int, text_hash: str) -> HandledKey:
    """Of a comment that says something else than when it was heard."""
    return HandledKey(f"{_COMMENT}{comment}:edited {text_hash}")


def edited_line_key(comment: int, text_hash: str) -> HandledKey:
    return HandledKey(f"{_LINE}{comment}:edited {text_hash}")


def edited_review_key(review: int, text_hash: str) -> HandledKey:
    return HandledKey(f"{_REVIEW}{review}:edited {text_hash}")


def review_key(review: int, command: int = 0) -> HandledKey:
    """Of a review's own text."""
    return HandledKey(f"{_REVIEW}{review}:{command}" if command else f"{_REVIEW}{review}")


def line_comment_key(comment: int, command: int = 0) -> HandledKey:
    """Of a comment on a line of a diff, whose ids are apart from those of the conversation."""
    return HandledKey(f"{_LINE}{comment}:{command}")


def thread_key(thread: int) -> HandledKey:
    """Of a review thread that a commit of ours has settled. A thread has its first comment's id."""
    return HandledKey(f"{_THREAD}{thread}")


def thread_comment_key(thread: int, comment: int) -> HandledKey:
    """Of the last comment of a thread that became a task."""
    return HandledKey(f"{_THREAD}{thread}:{comment}")


def find_newest_in_thread(handled: Iterable[HandledKey], thread: int) -> int:
    """The last comment of the thread that was dealt with, by its id; ids grow with time."""
    prefix = thread_comment_key(thread, 0).removesuffix("0")
    ends = [key.removeprefix(prefix) for key in handled if key.startswith(prefix)]
    return max((int(end) for end in ends if end.isdecimal()), default=0)


def label_key(label: str, at: str) -> HandledKey:
    """Of a label that was set at that time of GitHub's while the job went on."""
    return HandledKey(f"label:{label.lower()}:{at}")


def edited_text_key(text_hash: str) -> HandledKey:
    return HandledKey(f"edited:{text_hash}")


def reviewed_key(head: str) -> HandledKey:
    return HandledKey(f"reviewed:{head}")


def dispatched_key(head: str) -> HandledKey:
    return HandledKey(f"dispatched:{head}")


def waiting_key(head: str) -> HandledKey:
    """Of a head that waits for approval and can be read on the server."""
    return HandledKey(f"waiting:{head}")


def rerun_key(run: int) -> HandledKey:
    """Of a workflow run whose failed jobs were asked to run again."""
    return HandledKey(f"{_RERUN}{run}")


def rerun_refused_key(run: int) -> HandledKey:
    return HandledKey(f"{_REFUSED}{run}")


def ci_blocked_key(head: str) -> HandledKey:
    """Of a head whose checks need a person; once they change, the job may go on."""
    return HandledKey(f"ci blocked:{head}")


def rounds_key(rounds: int) -> HandledKey:
    """That the job was paused after so many rounds of rework."""
    return HandledKey(f"paused after rounds:{rounds}")


def needed_key(code: str) -> HandledKey:
    """Of a comment that told a person that something waits for them."""
    return HandledKey(f"needs:{code}")


def reacted_key(reaction: str) -> HandledKey:
    return HandledKey(f"reacted:{reaction}")


def is_comment(key: HandledKey) -> bool:
    return key.startswith(_COMMENT)


def keep_conversation(keys: Iterable[HandledKey]) -> tuple[HandledKey, ...]:
    """Those of comments, threads and reviews: a job that begins anew does not act on them again."""
    return tuple(key for key in keys if key.startswith((_COMMENT, _THREAD, _LINE, _REVIEW)))


def comment_ids(keys: Iterable[HandledKey]) -> list[int]:
    """In the order of the keys; a key without a number has none."""
    ids = [key.split(":")[1] for key in keys if is_comment(key)]
    return [int(number) for number in ids if number.isdecimal()]


def rerun_runs(keys: Iterable[HandledKey]) -> frozenset[int]:
    return _numbers(keys, _RERUN)


def refused_runs(keys: Iterable[HandledKey]) -> frozenset[int]:
    return _numbers(keys, _REFUSED)


def _numbers(keys: Iterable[HandledKey], kind: str) -> frozenset[int]:
    found = (key.removeprefix(kind) for key in keys if key.startswith(kind))
    return frozenset(int(number) for number in found if number.isdecimal())


def shown_mark(ticket_key: str) -> MarkKey:
    """Of the fingerprint of the status comment as it was posted last."""
    return MarkKey(f"shown:{ticket_key}")


def check_run_mark(ticket_key: str) -> MarkKey:
    """Of the fingerprint of the check run as it was posted last."""
    return MarkKey(f"mirror:{ticket_key}")


def check_head_mark(ticket_key: str) -> MarkKey:
    """Of the head that has the check run."""
    return MarkKey(f"mirrored:{ticket_key}")


def pull_text_mark(ticket_key: str) -> MarkKey:
    """Of the fingerprint of the pull request's text as it was posted last."""
    return MarkKey(f"body:{ticket_key}")


def planned_mark(ticket_key: str) -> MarkKey:
    """Of what the planner wrote last, until it is published."""
    return MarkKey(f"planned:{ticket_key}")


def progress_mark(ticket_key: str) -> MarkKey:
    """That work in progress of it may be on the server."""
    return MarkKey(f"wip:{ticket_key}")


def orphans_mark(repo: str) -> MarkKey:
    """Of when references of jobs that are over were looked for last, in seconds since 1970."""
    return MarkKey(f"orphans:{repo.lower()}")


def ci_mark(ticket_key: str) -> MarkKey:
    """Of what the checks said last, and since when they say it."""
    return MarkKey(f"ci:{ticket_key}")


def dispatch_mark(ticket_key: str) -> MarkKey:
    """Of when the workflows of which head were asked for."""
    return MarkKey(f"dispatch:{ticket_key}")


def rules_mark(ticket_key: str) -> MarkKey:
    """Of the checks that the rules of the base branch require, as they were read last."""
    return MarkKey(f"rules:{ticket_key}")


def looked_mark(ticket_key: str) -> MarkKey:
    """Of a labelled issue as the sweep saw it last."""
    return MarkKey(f"looked:{ticket_key}")


def seen_mark(ticket_key: str) -> MarkKey:
    """Of a ticket's issue and pull request as the sweep saw them last."""
    return MarkKey(f"seen:{ticket_key}")


def repo_name_mark(repo_id: int) -> MarkKey:
    """Of the name, and the installation, by which a repository was met last."""
    return MarkKey(f"name:{repo_id}")


# Names of owners and repositories are not case sensitive, so the keys are in lower case:
# https://docs.github.com/en/rest/repos/repos
def label_mark(repo: str) -> MarkKey:
    """Of the label that the repository's settings name."""
    return MarkKey(f"label:{repo.lower()}")


def repo_id_mark(repo: str) -> MarkKey:
    """Of the id of the repository that was met last by that name."""
    return MarkKey(f"id:{repo.lower()}")


def labelled_etag_mark(repo: str) -> MarkKey:
    return MarkKey(f"etag:{repo.lower()}")


def updated_etag_mark(repo: str) -> MarkKey:
    return MarkKey(f"etag:updated:{repo.lower()}")


def comments_etag_mark(repo: str) -> MarkKey:
    return MarkKey(f"etag:comments:{repo.lower()}")


def swept_mark(repo: str) -> MarkKey:
    """Of when the sweep looked at everything, in seconds since 1970."""
    return MarkKey(f"swept:{repo.lower()}")


def mergeable_mark(ticket_key: str) -> MarkKey:
    """Of since when GitHub does not say whether a head can be merged."""
    return MarkKey(f"mergeable:{ticket_key}")


def push_mark(ticket_key: str) -> MarkKey:
    """Of since when GitHub does not say who pushed a head."""
    return MarkKey(f"pushed:{ticket_key}")


def tries_mark(work: str) -> MarkKey:
    """Of how often a process for it was begun at one head, and did not end by itself."""
    return MarkKey(f"tries:{work}")


def begun_mark(what: str) -> MarkKey:
    """Of how often something was begun and not ended: a delivery, an event the sweep found."""
    return MarkKey(f"begun:{what}")


def server_fault_mark(kind: str) -> MarkKey:
    """Of since when something keeps the server from its work, and when that was seen last."""
    return MarkKey(f"server fault:{kind}")
