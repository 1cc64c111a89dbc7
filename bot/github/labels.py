"""Labels of a repository."""

from urllib.parse import quote

from bot.github.errors import NotFoundError
from bot.github.repository_api import RepositoryApi

COLOR = "b5502f"  # of bricks
DESCRIPTION = "An issue for Bricklayer: it plans, builds and opens a pull request"


def create_label(api: RepositoryApi, name: str) -> bool:
    """Whether it was made now; False where it is there, with whatever colour and description.

    https://docs.github.com/en/rest/issues/labels#create-a-label
    """

    def look() -> bool | None:
        try:
            api.fetch(f"/labels/{quote(name, safe='')}")
        except NotFoundError:
            return None
        return True

    if look():
        return False
    made = {"name": name, "color": COLOR, "description": DESCRIPTION}
    api.write_once(lambda: bool(api.create_object("/labels", made)), look)
    return True
