"""Pages of a list, with links to the others, and answers of "not modified"."""

import hashlib
import json
from urllib.parse import urlencode

from fake_github.calls import Answer, Call


def paged(call: Call, answer: Answer) -> Answer:
    """One page of a list, or of the list inside an object that counts it, with links to the others."""
    key = (
        next((k for k, v in answer.body.items() if isinstance(v, list)), "")
        if _counts(answer)
        else ""
    )
    items = answer.body[key] if key else answer.body
    if call.method != "GET" or not isinstance(items, list):
        return answer
    size = min(max(int(call.query.get("per_page", "30")), 1), 100)
    page = max(int(call.query.get("page", "1")), 1)
    last = max((len(items) + size - 1) // size, 1)
    shown = items[(page - 1) * size : page * size]
    links = {"prev": page - 1, "next": page + 1, "first": 1, "last": last}
    wanted = [name for name in links if (page > 1 if name in {"prev", "first"} else page < last)]
    url = call.github.api_url + _numbered(call)
    told = (f'<{url}?{urlencode({**call.query, "page": links[n]})}>; rel="{n}"' for n in wanted)
    headers = {**answer.headers, **({"Link": ", ".join(told)} if wanted else {})}
    return Answer(answer.status, {**answer.body, key: shown} if key else shown, headers)


def _numbered(call: Call) -> str:
    """Links name a repository by its number, as GitHub's do."""
    if "owner" not in call.params:
        return call.path
    return f"/repositories/{call.repo.id}/" + call.path.split("/", 4)[4]


def _counts(answer: Answer) -> bool:
    return isinstance(answer.body, dict) and "total_count" in answer.body


def conditional(call: Call, answer: Answer) -> Answer:
    """A 304 where the caller has just this; it does not count against the limit."""
    if call.method != "GET" or answer.status != 200 or answer.raw is not None:
        return answer
    text = json.dumps([answer.body, answer.headers], sort_keys=True).encode(errors="surrogatepass")
    tag = f'W/"{hashlib.sha256(text).hexdigest()}"'
    headers = {**answer.headers, "ETag": tag, "Cache-Control": "private, max-age=60, s-maxage=60"}
    known = [one.strip() for one in call.headers.get("if-none-match", "").split(",")]
    if tag in known or tag.removeprefix("W/") in known:
        call.github.gate.give_back(call)
        return Answer(304, None, headers)
    return Answer(200, answer.body, headers)
