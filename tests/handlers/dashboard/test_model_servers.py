"""The first page shows what each llama-server does, as its worker told with its heartbeat."""

from dataclasses import replace
from html import unescape

from support.site import Site

from bot.storage.workers import WorkerFacts, WorkerStore
from runners.queues.activity import format_activity
from runners.queues.server_watch import ServerState

BUSY = ServerState("local", "coder.gguf", ("gpu-0", "gpu-1"), 1, 2, 1200, 900, 512.0, 41.25)


def show(site: Site, *states: ServerState, activity: str = "") -> str:
    told = activity or format_activity({}, states)
    facts = WorkerFacts("box-1", "box", 1, 2, "1", ("builds",), activity=told)
    WorkerStore(site.tickets.engine).beat(facts, is_first=True)
    site.sign_in()
    answer = site.browser.get("/")
    assert answer.status_code == 200
    return answer.text


def test_slots_cached_share_and_rates_of_each_lane(site: Site) -> None:
    page = show(site, BUSY)
    assert (
        "gpu-0, gpu-1: llama-server of local, coder.gguf: 1 of 2 slots busy,"
        " had 900 of 1,200 prompt tokens already (75%), reads 512.0 tokens/s,"
        " writes 41.2 tokens/s" in unescape(page)
    )
    assert "no answer" not in page


def test_one_that_does_not_answer_says_since_when(site: Site) -> None:
    page = show(site, replace(BUSY, silent=1_700_000_000))
    assert "no answer" in page
    assert 'since <time datetime="2023-11-14T22:13:20Z">' in page
    assert "slots busy" not in page


def test_one_that_never_answered_is_of_no_known_kind_and_named_by_its_address(site: Site) -> None:
    page = unescape(show(site, replace(BUSY, silent=1_700_000_000, address="10.0.0.7:8080")))
    assert "gpu-0, gpu-1: server at 10.0.0.7:8080 of local, coder.gguf" in page
    assert "not answered yet" in page
    assert 'since <time datetime="2023-11-14T22:13:20Z">' in page
    assert "llama-server" not in page


def test_names_are_text_whatever_stands_in_them(site: Site) -> None:
    hurtful = replace(BUSY, model="<script>x</script>\u202e", note="<b>", lanes=("<i>",))
    page = show(site, hurtful, replace(hurtful, silent=2e11, model="y" * 65_536))
    assert "<script>x" not in page
    assert "<i>:" not in page
    assert "\u202e" not in page
    assert len(page) < 30_000


def test_what_is_none_of_ours_breaks_no_page(site: Site) -> None:
    assert "Idle." in show(site, activity='{"servers": [{"silent": "soon"}, 7]}')
