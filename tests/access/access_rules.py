"""What is expected of an answer, by who asks: the classes that the table is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from devices.models import Role

ORDER = tuple(Role)


class Who(NamedTuple):
    """Somebody who asks for what belongs to the site "own"."""

    name: str
    place: str = ""  # where they have a role: "own", "foreign" or nowhere
    role: Role | None = None

    def has(self, need: Role, *places: str) -> bool:
        """Say whether they have at least this role at one of these places."""
        if self.name == "superuser":
            return True
        if self.role is None or self.place not in (places or ("own", "foreign")):
            return False
        return ORDER.index(self.role) >= ORDER.index(need)


ACTORS = (
    Who("anonymous"),
    Who("stranger"),
    *(Who(f"{role} of {place}", place, role) for place in ("own", "foreign") for role in ORDER),
    Who("superuser"),
)
Words = frozenset[str]
Rule = Callable[[Who], Words]

IN = frozenset({"in"})
SIGN_IN = frozenset({"sign in"})
NO = frozenset({"no"})
HIDDEN = frozenset({"hidden"})
KEPT_OUT = frozenset({"sign in", "no", "hidden", "no method"})


def everybody(who: Who) -> Words:
    """Let everybody in."""
    return IN


def closed(who: Who) -> Words:
    """Let nobody in: there is no such method, or it takes a token."""
    return KEPT_OUT


def harmless(who: Who) -> Words:
    """Answer, whoever asks: it shows and does nothing that belongs to anybody."""
    return IN | KEPT_OUT


def nothing(who: Who) -> Words:
    """Say that there is nothing."""
    return HIDDEN


def signed_in(who: Who) -> Words:
    """Let in whoever has a session, whatever their roles."""
    return SIGN_IN if who.name == "anonymous" else IN


def superuser(who: Who) -> Words:
    """Let only superusers in."""
    if who.name == "anonymous":
        return SIGN_IN
    return IN if who.name == "superuser" else NO


def at(need: Role, see: Role = Role.VIEWER) -> Rule:
    """One thing of the own site: hidden from those who may not see it, refused to lesser roles."""

    def rule(who: Who) -> Words:
        if who.name == "anonymous":
            return SIGN_IN
        if not who.has(see, "own"):
            return HIDDEN
        return IN if who.has(need, "own") else NO

    return rule


def only(owner: str) -> Rule:
    """What belongs to one person and does not exist for anybody else."""

    def rule(who: Who) -> Words:
        if who.name == "anonymous":
            return SIGN_IN
        return IN if who.name == owner else HIDDEN

    return rule


def anywhere(need: Role) -> Rule:
    """Lists, and what belongs to all sites: for whoever has the role at one."""

    def rule(who: Who) -> Words:
        if who.name == "anonymous":
            return SIGN_IN
        return IN if who.has(need) else NO

    return rule


def inside(rule: Rule) -> Rule:
    """Pages of the administration, where only engineers enter; the others are asked who they are.

    It refuses and hides, as Django has it, in this or that order.
    """

    def inner(who: Who) -> Words:
        if not who.has(Role.ENGINEER):
            return SIGN_IN
        words = rule(who)
        return words if "in" in words or rule is nothing else NO | HIDDEN

    return inner


def nobody(who: Who) -> Words:
    """Let no person in: only services write it."""
    return SIGN_IN if who.name == "anonymous" else KEPT_OUT
