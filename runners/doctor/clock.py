"""Examines this machine's clock against a server's, which tells its own with each answer."""

from runners.doctor.finding import Finding

MAX_SECONDS_OFF = 30.0
"""The time of an answer is in whole seconds, and an answer takes some."""


def judge_clock(ahead: float, whose: str) -> Finding:
    """`ahead`: seconds that the server is ahead of this machine."""
    if abs(ahead) <= MAX_SECONDS_OFF:
        return Finding(f"clock: as {whose}'s", good=True)
    side = "behind" if ahead > 0 else "ahead of"
    what = f"clock: {abs(ahead):.0f} s {side} {whose}'s"
    hint = "Have it set: sudo timedatectl set-ntp true; a container has its host's clock."
    return Finding(what, good=None, hint=hint)
