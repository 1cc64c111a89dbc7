"""A repository of the stand-in: who may what in it, its issues, and what a push sets off."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fake_github import branches, show, show_git, show_repo
from fake_github.bare import NONE, Bare
from fake_github.checks import Checks
from fake_github.issues import Issue, Label
from fake_github.people import ROLES, Refusal, Token, User
from fake_github.pull_opening import opened
from fake_github.pulls import Pull

if TYPE_CHECKING:
    from fake_github.world import GitHub


class Repo:
    def __init__(self, github: "GitHub", owner: User, name: str, **settings: Any) -> None:
        self.github = github
        self.owner = owner
        self.name = name
        self.id = github.new_id()
        self.private: bool = settings.get("private", False)
        self.default_branch: str = settings.get("default_branch", "main")
        self.parent: Repo | None = settings.get("parent")
        self.created = self.pushed = github.clock.tick()
        self.roles: dict[str, str] = {}
        self.labels: dict[str, Label] = {}
        self.issues: dict[int, Issue] = {}
        self.transferred: dict[int, Issue] = {}
        """By the number that an issue had here, which leads to where it is now."""
        self.checks = Checks(self)
        self.workflow_permissions = "read"
        self.actions_may_open_pulls = False
        self.archived = False
        self.activities: list[branches.Activity] = []
        self.rules = branches.Rules()
        self.branch_rules: list[tuple[str, dict[str, Any]]] = []
        """Rules beside `rules`: a branch's name, and a rule as the rulesets have it."""
        self.protection: dict[str, dict[str, Any]] = {}
        """The required checks of the classic protection, by branch."""
        self.git = Bare(github.root / owner.login / f"{name}.git", self.default_branch)

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"

    def role(self, user: User) -> str:
        if user is self.owner:
            return "admin"
        app = self.github.app_of(user)
        if app is self.github.actions:
            return "write"
        if app is not None:
            return "write" if app.installed_on(self) else "" if self.private else "read"
        role = self.roles.get(user.login, user.role)
        return role or ("" if self.private else "read")

    def may(self, user: User, role: str) -> bool:
        has = self.role(user)
        return bool(has) and ROLES.index(has) >= ROLES.index(role)

    def need(self, user: User, role: str, *, unless: bool = False) -> None:
        if not unless and not self.may(user, role):
            raise Refusal(403, f"{user.login} must have {role} access to {self.full_name}.")

    def let(self, login: str, role: str) -> None:
        """From now on this person has that role here, whatever they have elsewhere."""
        self.roles[login] = role

    def collaborators(self) -> list[User]:
        """People with a role of their own here, least first met first."""
        known = (one for one in self.github.users.values() if not one.bot)
        return [one for one in known if self.roles.get(one.login, one.role)]

    def label(self, name: str) -> Label:
        """The label of that name, whatever its case; made if there is none."""
        key = name.lower()
        if key not in self.labels:
            self.labels[key] = Label(self.github.new_id(), name)
        return self.labels[key]

    def require_checks(
        self, *names: str, branch: str = "main", app: int | None = None, strict: bool = False
    ) -> None:
        """By a ruleset. https://docs.github.com/en/rest/repos/rules#get-rules-for-a-branch"""
        apps = {} if app is None else {"integration_id": app}
        rule = {
            "type": "required_status_checks",
            "ruleset_source_type": "Repository",
            "ruleset_source": self.full_name,
            "ruleset_id": self.github.new_account_id(),
            "parameters": {
                "required_status_checks": [{"context": name, **apps} for name in names],
                "strict_required_status_checks_policy": strict,
                "do_not_enforce_on_create": False,
            },
        }
        self.branch_rules.append((branch, rule))

    def protect(self, *names: str, branch: str = "main", app: int | None = None) -> None:
        """By the classic protection. https://docs.github.com/en/rest/branches/branches#get-a-branch"""
        self.protection[branch] = {
            "enforcement_level": "non_admins",
            "contexts": list(names),
            "checks": [{"context": name, "app_id": app} for name in names],
        }

    def next_number(self) -> int:
        return max([0, *self.issues, *self.transferred]) + 1

    def issue(self, number: int) -> Issue:
        if number not in self.issues:
            raise Refusal(404, "Not Found")
        return self.issues[number]

    def pull(self, number: int) -> Pull:
        found = self.issue(number)
        if not isinstance(found, Pull):
            raise Refusal(404, "Not Found")
        return found

    @property
    def pulls(self) -> list[Pull]:
        return [one for one in self.issues.values() if isinstance(one, Pull)]

    def open_issue(
        self, title: str, body: str | None, by: User, labels: tuple[str, ...] = ()
    ) -> Issue:
        with self.github.change():
            at = self.github.clock.tick()
            number = self.next_number()
            made = Issue(self, number, self.github.new_id(), title, body, by, at, at)
            self.issues[number] = made
            made.tell("opened", by)
            for name in labels:
                made.put_label(self.label(name), by)
            return made

    def open_pull(
        self, head: str, base: str, title: str, by: User, body: str | None = None, **more: Any
    ) -> Pull:
        """`head` is a branch, or "owner:branch" in a fork; `draft`, and the `token` it is opened with."""
        return opened(self, head, base, title, by, body, **more)

    def fork(self, by: User) -> "Repo":
        """A copy that is theirs, its history included."""
        with self.github.change():
            made = Repo(self.github, by, self.name, default_branch=self.default_branch, parent=self)
            made.git.git("fetch", "-q", str(self.git.path), "+refs/heads/*:refs/heads/*")
            self.github.repos[made.full_name.lower()] = made
            return made

    def tell(self, event: str, by: User, **payload: Any) -> None:
        """Send a webhook about this repository, if a hook is set."""
        sender = show.user(self.github, by)
        self.github.hooks.emit(event, {**payload, **self.told(), "sender": sender}, self.heard())

    def heard(self) -> tuple[str, ...] | None:
        """The events a hook hears of here. An App hears where it is installed, and what it asked for."""
        if not self.github.apps:
            return None
        installation = self.github.installation_on(self)
        return installation.app.events if installation else ()

    def told(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"repository": show_repo.repo(self)}
        if self.owner.type == "Organization":
            shown["organization"] = show.organization(self.github, self.owner)
        installation = self.github.installation_on(self)
        if installation is not None:
            shown["installation"] = {"id": installation.id, "node_id": f"MDIz{installation.id}"}
        return shown

    def push(
        self,
        branch: str,
        files: Mapping[str, str | bytes | None],
        by: User,
        *,
        message: str = "Change it",
        parent: str = "",
    ) -> str:
        """A person's commit, pushed; a `parent` that is not the branch's head makes it a forced push."""
        with self.github.change():
            self.need(by, "write")
            before = self.git.refs()
            when = self.github.clock.seconds()
            base = parent or self.git.sha(branch) or self.git.sha(self.default_branch)
            sha = self.git.commit(branch, files, message, by, when=when, parent=base)
            self.refs_moved(before, by, None)
            return sha

    def rename(self, name: str) -> None:
        """From now on the old name only leads here."""
        with self.github.change():
            old, self.name = self.full_name, name
            self.github.renamed[old.lower()] = self.github.repos.pop(old.lower())
            self.github.repos[self.full_name.lower()] = self
            changes = {"repository": {"name": {"from": old.split("/")[1]}}}
            self.tell("repository", self.owner, action="renamed", changes=changes)

    def transfer(self, owner: User) -> None:
        """To another owner, who has taken it: the id stays.

        https://docs.github.com/en/repositories/creating-and-managing-repositories/transferring-a-repository
        """
        with self.github.change():
            old, before = self.full_name, self.owner
            self.owner = owner
            self.github.renamed[old.lower()] = self.github.repos.pop(old.lower())
            self.github.renamed.pop(self.full_name.lower(), None)
            self.github.repos[self.full_name.lower()] = self
            changes = {"owner": {"from": {"user": show.user(self.github, before)}}}
            self.tell("repository", owner, action="transferred", changes=changes)

    def rename_branch(self, old: str, new: str, by: User) -> None:
        branches.rename_branch(self, old, new, by)

    def delete_branch(self, branch: str, by: User) -> None:
        with self.github.change():
            before = self.git.refs()
            self.git.git("update-ref", "-d", f"refs/heads/{branch}")
            self.refs_moved(before, by, None)

    def refs_moved(
        self, before: Mapping[str, str], by: User, token: Token | None, kind: str = "push"
    ) -> None:
        """What GitHub does once git has taken a push: webhooks, pull requests, CI."""
        after = self.git.refs()
        for ref in sorted(before.keys() | after.keys()):
            old, new = before.get(ref, NONE), after.get(ref, NONE)
            if old != new:
                self.pushed = self.github.clock.tick()
                if ref.startswith("refs/heads/"):
                    self.activities.append(branches.moved(self, ref, old, new, by, kind))
                self._ref_moved(ref, old, new, by, token)

    def _ref_moved(self, ref: str, old: str, new: str, by: User, token: Token | None) -> None:
        # Events are about branches and tags: any other reference moves in silence.
        # https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
        if not ref.startswith(("refs/heads/", "refs/tags/")):
            return
        if NONE in {old, new}:
            kind, name = ("branch", "tag")["tags/" in ref], ref.split("/", 2)[-1]
            told = {"ref": name, "ref_type": kind, "pusher_type": "user"}
            if old == NONE:
                told |= {"master_branch": self.default_branch, "description": None}
            self.tell("create" if old == NONE else "delete", by, **told)
        self.tell("push", by, **show_git.push(self, ref, old, new, by))
        if not ref.startswith("refs/heads/"):
            return
        branch = ref.removeprefix("refs/heads/")
        for repo in self.github.repos.values():
            for pull in repo.pulls:
                pull.branch_moved(self, branch, old, new, by, token)
        if new != NONE:
            self.checks.pushed(branch, old, new, by, token)
