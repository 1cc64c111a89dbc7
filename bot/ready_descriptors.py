"""Waits until descriptors can be read or written, whatever their numbers.

select(2) takes none above 1023, and a server may have more files open:
https://man7.org/linux/man-pages/man2/select.2.html
"""

import select


def wait_until_ready(
    wait_seconds: float, *, reading: int | None = None, writing: int | None = None
) -> tuple[bool, bool]:
    """Whether one can be read and the other written; neither after so many seconds.

    What was closed at its other end is ready: its next read or write tells so.
    """
    poll = select.poll()
    for descriptor, event in ((reading, select.POLLIN), (writing, select.POLLOUT)):
        if descriptor is not None:
            poll.register(descriptor, event)
    ready = {descriptor for descriptor, _ in poll.poll(max(0.0, wait_seconds) * 1000)}
    return reading in ready, writing in ready
