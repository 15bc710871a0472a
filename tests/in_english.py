"""Decisions in English words, for tables that people read."""

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from casebook.grounds import Ground
from notifier.channel import Condition as Shown
from notifier.channel import Tongue
from notifier.grounds import word_asked, word_found, word_reason
from playbooks.playbook import Condition

ENGLISH = Tongue("en", ZoneInfo("Europe/Helsinki"), "Aino Kahvi")


def asked(condition: Condition | Shown) -> str:
    return word_asked(condition.asked, ENGLISH)


def found(condition: Condition | Shown) -> str:
    return word_found(condition.found, ENGLISH)


def said(reason: Iterable[Ground]) -> str:
    return word_reason(reason, ENGLISH)
