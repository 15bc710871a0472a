"""A case goes to another team: whose card is owed when, and that each is told what it is to say."""

from dataclasses import replace

import pytest

from casebook.act import Act
from casebook.case import Case
from casebook.store import Change, Claimed
from playbooks.escalate import Team
from tests.casebook.cast import DESK, MINUTE, NOW, RECALL, Book, mention
from vaste.chain import carry_out

CARE, SHOP = "team:care", "team:shop"
TWO_TEAMS = replace(DESK, teams={**DESK.teams, "shop": Team("shop", "#shop", people=("ben",))})


@pytest.fixture
def number(book: Book) -> int:
    """A case of care, whose card stands."""
    book.desk = TWO_TEAMS
    number = book.open_case("1")
    book.send_all()
    return number


def hand(book: Book, number: int, team: str) -> None:
    act = Act(number, "reassign", "aino", book.now, to=team)

    def decide(case: Case) -> Change:
        return carry_out(case, act, book.desk, now=book.now)[1]

    book.store.change(number, decide, now=book.now)


def cards(claimed: list[Claimed]) -> list[str]:
    return [one.addressee for one in claimed if one.kind == "card"]


def lies(sent: Claimed) -> tuple[int, str, str]:
    """Where the cast's Slack put a message that was sent."""
    return 0, "C1", f"ref-{sent.id}-{sent.fence}"


def claim(book: Book, *resting: str) -> Claimed:
    claimed = book.claim_delivery(*resting)
    assert claimed is not None
    return claimed


def test_the_new_card_leaves_first_and_the_old_one_is_told_where_it_lies(book: Book, number: int) -> None:
    hand(book, number, SHOP)
    sent = book.send_all()
    new, old = (next(one for one in sent if one.addressee == name) for name in (SHOP, CARE))
    assert cards(sent) == [SHOP, CARE]
    assert (new.ref, new.successor) == (None, None)
    assert old.ref is not None
    assert old.successor == lies(new)


def test_the_old_card_is_owed_once_and_what_comes_later_is_for_the_new_one(book: Book, number: int) -> None:
    hand(book, number, SHOP)
    book.send_all()
    for verb in ("acknowledge", "replied", "close"):
        assert book.press(number, verb, "ben") == "done"
        assert cards(book.send_all()) == [SHOP], verb


def test_until_the_new_card_stands_the_old_one_is_kept_true(book: Book, number: int) -> None:
    hand(book, number, SHOP)
    old = claim(book, SHOP)
    assert (old.addressee, old.successor) == (CARE, None)
    book.send(old)
    book.press(number, "acknowledge", "ben")
    old = claim(book, SHOP)
    assert (old.addressee, old.successor) == (CARE, None), "nobody else shows who has it"
    book.send(old)
    assert cards(book.send_all()) == [SHOP, CARE], "then it says where the case went"
    assert book.claim_delivery() is None


def test_an_old_card_that_was_being_edited_meanwhile_is_owed_again(book: Book, number: int) -> None:
    book.press(number, "acknowledge")
    slow = claim(book)
    shown = book.store.view(number)
    assert shown is not None
    hand(book, number, SHOP)
    new = claim(book)
    book.send(new)
    book.send(slow, revision=shown.revision)
    again = claim(book)
    while again.kind != "card":
        book.send(again)
        again = claim(book)
    assert (again.addressee, again.successor is not None) == (CARE, True)


def test_a_case_that_comes_back_has_its_first_card_again(book: Book, number: int) -> None:
    hand(book, number, SHOP)
    book.send_all()
    hand(book, number, CARE)
    sent = {one.addressee: one for one in book.send_all() if one.kind == "card"}
    assert (sent[CARE].successor, sent[CARE].ref is not None) == (None, True)
    assert sent[SHOP].successor == lies(sent[CARE])
    book.press(number, "acknowledge", "aino")
    assert cards(book.send_all()) == [CARE]


def test_a_card_that_was_taken_back_unsent_is_owed_when_the_case_comes_back(book: Book) -> None:
    book.desk = TWO_TEAMS
    number = book.open_case("1")
    book.store.withdraw(claim(book))
    hand(book, number, SHOP)
    assert cards(book.send_all()) == [SHOP]
    hand(book, number, CARE)
    assert cards(book.send_all()) == [CARE, SHOP]


def test_a_raise_by_another_teams_playbook_moves_the_card_too(book: Book, number: int) -> None:
    book.desk = replace(TWO_TEAMS, playbooks=(replace(RECALL, team="shop"), *DESK.playbooks[1:]))
    book.advance(MINUTE)
    book.bring(mention("2", at=book.now, text="Ja lasia!", in_reply_to="1"))
    assert book.case(number).policy.team == "shop"
    assert cards(book.send_all()) == [SHOP, CARE]


def test_where_its_channel_was_changed_the_old_card_is_told_anew(book: Book, number: int) -> None:
    hand(book, number, SHOP)
    new = claim(book)
    book.store.fall_back(new, channel=1, error="archived", now=NOW)
    sent = book.send_all()
    old = [one for one in sent if one.addressee == CARE][-1]
    assert old.successor is not None
    assert old.successor.channel == 1


def test_who_asks_for_their_cases_is_led_to_the_card_of_the_team_that_has_it(book: Book, number: int) -> None:
    hand(book, number, SHOP)
    new = next(one for one in book.send_all() if one.addressee == SHOP)
    assert book.store.cards(channel=0) == {number: lies(new)[1:]}
    hand(book, number, CARE)
    first = next(one for one in book.send_all() if one.kind == "card" and one.addressee == CARE)
    assert book.store.cards(channel=0) == {number: lies(first)[1:]}
