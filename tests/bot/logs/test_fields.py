"""Which work a line is about is told once, where the work begins."""

import asyncio
import threading

from bot.logs.fields import (
    add_log_fields,
    carry_fields,
    find_log_fields,
    log_fields,
    set_process_fields,
)


def test_fields_hold_for_their_block_and_within_add_up() -> None:
    """What is empty is left out."""
    with log_fields(delivery="d", ticket=""):
        with log_fields(ticket="o/r#1"):
            add_log_fields(repository="o/r")
            assert find_log_fields() == {"delivery": "d", "ticket": "o/r#1", "repository": "o/r"}
        assert find_log_fields() == {"delivery": "d"}
    assert find_log_fields() == {}


def test_what_was_added_is_there_for_who_hears_of_the_error_and_gone_after_the_block() -> None:
    with log_fields(ticket="1#1"):
        try:
            add_log_fields(ticket="o/r#1")
            raise ValueError  # noqa: TRY301  # as far away as anywhere
        except ValueError:
            assert find_log_fields() == {"ticket": "o/r#1"}
    assert find_log_fields() == {}
    add_log_fields(ticket="o/r#2")
    assert find_log_fields() == {}


def test_a_thread_has_none_of_another_unless_it_carries_on_its_work() -> None:
    seen: list[dict[str, str]] = []

    def look() -> None:
        seen.append(find_log_fields())

    with log_fields(job="j"):
        threads = [threading.Thread(target=target) for target in (look, carry_fields(look))]
        for thread in threads:
            thread.start()
            thread.join()
    assert seen == [{}, {"job": "j"}]


def test_requests_that_are_answered_at_once_do_not_mix() -> None:
    async def answer(name: str, other: asyncio.Event, own: asyncio.Event) -> dict[str, str]:
        with log_fields(delivery=name):
            own.set()
            await other.wait()
            return find_log_fields()

    async def answer_both() -> list[dict[str, str]]:
        one, two = asyncio.Event(), asyncio.Event()
        return await asyncio.gather(answer("a", two, one), answer("b", one, two))

    assert asyncio.run(answer_both()) == [{"delivery": "a"}, {"delivery": "b"}]


def test_a_process_for_one_job_has_its_fields_in_every_thread() -> None:
    seen: list[dict[str, str]] = []
    set_process_fields({"job": "j", "ticket": "o/r#1"})
    try:
        thread = threading.Thread(target=lambda: seen.append(find_log_fields()))
        thread.start()
        thread.join()
        with log_fields(job="k"):
            seen.append(find_log_fields())
    finally:
        set_process_fields({})
    assert seen == [{"job": "j", "ticket": "o/r#1"}, {"job": "k", "ticket": "o/r#1"}]
