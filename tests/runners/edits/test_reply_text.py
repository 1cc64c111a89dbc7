"""What stands before the end of a thought is no edit."""

import pytest

from runners.edits import EditError, resolve_reply

FILES = {"m.py": b"one = 1\ntwo = 2\n"}
TWO = "m.py\n<<<<<<< SEARCH\ntwo = 2\n=======\ntwo = 3\n>>>>>>> REPLACE\n"
ONE = "m.py\n<<<<<<< SEARCH\none = 1\n=======\none = 2\n>>>>>>> REPLACE\n"


@pytest.mark.parametrize("thought", [f"<think>\n{TWO}</think>\n", f"{TWO}No.\n</think>\n\n"])
def test_an_edit_in_a_thought_is_not_applied(thought: str) -> None:
    """Closed or only ended, a thought may try things that the answer leaves out."""
    got = resolve_reply(thought + ONE, FILES.get, default="m.py").files
    assert got == {"m.py": b"one = 2\ntwo = 2\n"}


def test_a_thought_alone_is_no_answer() -> None:
    """Nothing follows the thought: nothing is written."""
    with pytest.raises(EditError, match="holds no edit"):
        resolve_reply(f"<think>\n{ONE}</think>\nDone.", FILES.get, default="m.py")


def test_a_file_may_hold_the_tag() -> None:
    """Code about thoughts is edited like any other, quoted or where the file has the tag."""
    quoted = ONE.replace("one = 2", "one = '</think>'")
    assert resolve_reply(quoted, FILES.get).files["m.py"] == b"one = '</think>'\ntwo = 2\n"
    files = {"m.py": b"one = 1\n# </think>\n"}
    reply = f"{ONE}<!-- </think> -->\n"
    assert resolve_reply(reply, files.get, default="m.py").files["m.py"] == b"one = 2\n# </think>\n"
