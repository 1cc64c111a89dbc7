"""What a task cost, kept in git: the trailers of its commit, written and read back."""

import re

from bot.ledger import NOTHING, AttemptOutcome, LedgerRow, strip_to_line

# As git reads trailers: https://git-scm.com/docs/git-interpret-trailers
_TRAILER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*): ?(.*)")
_COUNT = re.compile(r"[0-9]{1,15}")


def format_trailers(row: LedgerRow, job: str, check: str, key: str = "") -> str:
    """Trailer lines for the end of a commit message, after an empty line.

    `row` is the task's `total_row`, `key` what its result depends on, where that is known.
    Whatever a value holds, it stays on its own line.
    """
    beside = {"Candidate": f"{row.candidate} of {row.candidates}"} if row.candidate else {}
    values = {
        "Job": job,
        "Task": row.task,
        "Attempt": row.number,
        **beside,
        "Tier": row.tier,
        "Model": row.model,
        "Tokens-In": row.tokens_in,
        "Tokens-Out": row.tokens_out,
        "Check": check,
        **({"Key": key} if key else {}),
    }
    return "".join(
        f"Bricklayer-{key}: {strip_to_line(str(v)) or NOTHING}\n" for key, v in values.items()
    )


def parse_trailers(message: str) -> dict[str, str]:
    """The trailers of a commit message's last paragraph; a key that is there twice is left out.

    Only the last paragraph counts, as for git: what stands above may be anybody's words.
    """
    body = message.replace("\r\n", "\n").rstrip()
    _, gap, last = body.rpartition("\n\n")
    pairs = [found.groups() for line in last.split("\n") if (found := _TRAILER.fullmatch(line))]
    keys = [key for key, _ in pairs]
    return {key: value.strip() for key, value in pairs if keys.count(key) == 1} if gap else {}


def made_by_job(message: str, job_id: str) -> bool:
    """Whether a commit's trailers say that this job made it; a trailer without a value is no job's.

    `job_id` may be empty, for a job that there is not.
    """
    return bool(job_id) and parse_trailers(message).get("Bricklayer-Job") == job_id


def parse_row(message: str) -> LedgerRow | None:
    """What a commit's trailers say of its task; None where they are missing or not whole."""
    found = parse_trailers(message)
    values = {key: found.get(f"Bricklayer-{key}", "") for key in ("Task", "Tier", "Model")}
    counts = [found.get(f"Bricklayer-{key}", "") for key in ("Attempt", "Tokens-In", "Tokens-Out")]
    if not all(values.values()) or not all(map(_COUNT.fullmatch, counts)):
        return None
    task, tier, model = ("" if value == NOTHING else value for value in values.values())
    number, tokens_in, tokens_out = map(int, counts)
    return LedgerRow(
        task, number, tier, model, tokens_in, tokens_out, outcome=AttemptOutcome.PASSED
    )
