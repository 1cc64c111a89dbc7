"""No prompt takes a key to a model, and an edit that keeps its mark keeps the key in the file."""

import hashlib

import pytest

from bot.models.model import Prompt
from bot.text.visible_markdown import show_file_text
from runners.hidden_secrets import hide_secrets, restore_secrets

KEY = "sk-proj-Ab3dE6gH9jK2mN5pQ8sT1vW4yZ7"


def test_a_mark_stands_for_each_key_and_comes_back_into_its_own_file_alone() -> None:
    file = f'API_KEY = "{KEY}"\nx = 1\n'
    shown, hidden = hide_secrets(Prompt(system=f"s {KEY}", user=file))
    assert KEY not in shown.user + shown.system
    (name,) = hidden
    assert shown.user.startswith(f'API_KEY = "{name}"\nx = 1\n')
    reply = f'API_KEY = "{name}"\nx = 2\n'
    assert restore_secrets(reply, hidden, file) == file.replace("1\n", "2\n")
    assert restore_secrets(reply, hidden, "another file") == reply


def test_nobody_can_tell_by_its_mark_whether_a_guessed_password_is_the_right_one() -> None:
    """A word of a dictionary would be found by the digest alone."""
    _, hidden = hide_secrets(Prompt(system="", user="postgresql://admin:hunter2hunter2@db/prod"))
    ((name, password),) = hidden.items()
    assert hashlib.sha256(password.encode()).hexdigest()[:8] not in name
    again = hide_secrets(Prompt(system="", user=f"redis://a:{password}@b"))
    assert again[1] == {name: "hunter2hunter2"}


def test_a_prompt_without_keys_stays_as_it_is() -> None:
    prompt = Prompt(system="s", user="API_KEY = os.environ['API_KEY']")
    assert hide_secrets(prompt) == (prompt, {})


@pytest.mark.parametrize("path", ["README.md", "docs/a.MD"])
def test_what_is_only_read_has_no_hidden_characters_and_no_comments_of_markdown(path: str) -> None:
    """The rules file backdoor: a page shows none of it. Lines keep their numbers, code its text."""
    tags = "".join(chr(0xE0000 + ord(c)) for c in "EVIL")
    text = (
        f"a{tags}\u202e\n\n<!-- EVIL\n\nEVIL -->\nb <!-- EVIL --> c\n```html\n<!-- kept -->\n```\n"
    )
    said = show_file_text(path, text)
    assert "EVIL" not in said
    assert said.split("\n")[0] == "a"
    assert "<!-- kept -->" in said
    assert said.count("\n") == text.count("\n")
    assert show_file_text("a.html", "<!-- kept -->\u200b") == "<!-- kept -->"
