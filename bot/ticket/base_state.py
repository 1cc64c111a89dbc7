"""Whether a pull request's branch can be merged as it stands, by what GitHub says of it. Pure."""

from typing import Literal

from bot.github.webhooks import Pull

BaseNeed = Literal["none", "unknown", "conflict", "behind"]
MAX_UPDATES = 5
"""How often the base is merged in without a person asking: it may move on for ever."""
MERGEABLE_POLL_SECONDS = 2.0
MAX_MERGEABLE_SECONDS = 30.0
"""Until git is asked in GitHub's place: it works out `mergeable` in the background."""


def judge_base(pull: Pull, *, strict: bool = False) -> BaseNeed:
    """`strict`: the base's rules want the branch to have all of the base, and it has not.

    `mergeable` is null until GitHub has merged the two on trial, and `mergeable_state` is `behind`
    only where rules want the branch up to date:
    https://docs.github.com/en/rest/pulls/pulls#get-a-pull-request
    https://docs.github.com/en/graphql/reference/enums#mergestatestatus
    """
    if pull.mergeable is None:
        return "unknown"
    if not pull.mergeable or pull.merge_state == "dirty":
        return "conflict"
    return "behind" if strict or pull.merge_state == "behind" else "none"
