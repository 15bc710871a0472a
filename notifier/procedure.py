"""What somebody may do, should do and could say: the playbook's part of a card. Pure."""

import regex

from casebook.draft import fill
from notifier.channel import Card, Tongue
from notifier.gathered import usual_steps
from notifier.hostile import clean, clean_line, cut, safe_url, units
from notifier.saying import NAME_LENGTH, SLACK_ID, named, say, word_language
from notifier.worded import Draft, Part, Say, Span, Steps

MANDATE_LENGTH = 800
DRAFT_LENGTH = 1500
DRAFTS_LENGTH = 4500
STEP_LENGTH = 200
STEPS_SHOWN = 15
DRAFTS_SHOWN = 6
TONE_LENGTH = 30
COPIED_LINK_LENGTH = 300
_NO_HANDLE = regex.compile(r"[^\p{L}\p{M}\p{N}_.@-]")
_NO_NAME = regex.compile(r"[^\p{L}\p{M}\p{N} '’.-]|\.(?=\S)")


def word_procedure(card: Card, tongue: Tongue, room: float) -> list[Part]:
    """What the person may do, should do, and could say; nothing of it once the customer has an answer."""
    if card.status in {"responded", "closed", "dismissed", "merged"}:
        return []
    parts: list[Part] = []
    mandate = cut(clean(card.mandate or ""), int(MANDATE_LENGTH * room), say(tongue, "cut"))
    if mandate:
        parts.append(
            Say((Span(f"{say(tongue, 'mandate')}:", strong=True), Span(f" {mandate}")), foreign=True)
        )
    listed = card.checklist or usual_steps(card, tongue)
    steps = [named(step, int(STEP_LENGTH * room)) for step in listed[:STEPS_SHOWN]]
    if len(card.checklist) > STEPS_SHOWN:
        steps.append(say(tongue, "and_more").format(n=len(card.checklist) - STEPS_SHOWN))
    if any(steps):
        parts.append(Steps(say(tongue, "checklist"), tuple(filter(None, steps))))
    return parts + _drafts(card, tongue, room)


def _drafts(card: Card, tongue: Tongue, room: float) -> list[Part]:
    """The drafts, those in the customer's own language first: one of them is the one to copy."""
    ordered = sorted(card.drafts, key=lambda draft: draft.language != card.language)[:DRAFTS_SHOWN]
    length = int(min(DRAFT_LENGTH, DRAFTS_LENGTH // max(1, len(ordered))) * room)
    drafts: list[Part] = []
    values = _values(card, tongue)
    for draft in ordered:
        words = cut(clean(fill(draft.text, values)), length, say(tongue, "cut"))
        if words:
            tone = named(draft.tone, TONE_LENGTH)
            kind = ", ".join(filter(None, (word_language(draft.language, tongue), tone)))
            drafts.append(Draft(say(tongue, "draft").format(language=kind), words))
    return drafts


def _values(card: Card, tongue: Tongue) -> dict[str, str]:
    """What the placeholders of a draft become; empty where it is not known.

    Whoever copies a draft publishes it under our name: a customer's name must not bring a link, a hashtag or
    a mention of somebody else along.
    """
    author = cut(_NO_HANDLE.sub("", clean_line(card.author)), NAME_LENGTH, "")
    known = SLACK_ID.fullmatch(card.owner or "") is None
    link = safe_url(card.url) or ""
    return {
        "author": author,
        "author_name": _name_alone(card.author_name) or author,
        "brand": tongue.brand,
        "link": link if units(link) <= COPIED_LINK_LENGTH else "",
        "me": _name_alone(card.owner).partition(" ")[0] if known else "",
    }


def _name_alone(name: str | None) -> str:
    """The letters, digits and few signs that a name is made of; a point only where no address could come of it."""
    letters = _NO_NAME.sub(" ", clean_line(name or ""))
    return cut(" ".join(letters.split()), NAME_LENGTH, "").strip(" -'’.")
