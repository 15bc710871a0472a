"""A bank's customers all write about cards and accounts, and still each about something else: the real model."""

import random
from datetime import timedelta

import pytest

from casebook.likeness import gist_of
from casebook.record import Trace
from classifier.model import Classifier
from playbooks import crisis
from playbooks.crisis import fold
from tests.crowd import crisis_rule
from tests.fakes import NOON

RULE = crisis_rule(10)
DIFFERENT = """\
My new card has not come in the post yet
How do I change the PIN of my card?
The machine swallowed my card at the station
Why was I charged a fee for taking out cash?
My salary has not reached my account
I sent money to the wrong account, can you get it back?
The app does not let me log in with my fingerprint
Somebody bought shoes with my card and it was not me
Can my daughter have a card of her own at fourteen?
The exchange rate on my hotel bill was not the one you promised
I moved last month, where do I change my address?
My transfer to Poland has been pending since Monday
You closed my account without a word
Which documents do you need to prove who I am?
Paying without contact stopped working on my card
How much may I take out in a day?
I was charged twice for the same groceries
The refund from the airline is not on my account
I forgot the password to my online bank
Do you have an account for a sports club?
My card was declined at the petrol pump
Can I use the card in Japan?
The virtual card disappeared from my phone
How do I cancel a standing order?
The direct debit for my rent was taken too early
You sent my statement to my ex-husband
How long does topping up with another bank's card take?
My top-up failed but the money is gone
Where do I see the IBAN of my savings account?
The interest on my loan went up and nobody told me
I want to close my account for good
Your letter has my name spelt wrong
I would like a second card for holidays
My card is damaged, the chip fell off
Does Apple Pay work with your debit cards?
The cash machine gave me twenty too little
How do I dispute a payment to a gym?
Can I get paid in dollars to this account?
There is a payment on my account that I do not recognise
My mother died, how do I get access to her account?
Your adviser never called me back about the mortgage
I cannot find where to activate my card
Why do you ask for my tax number?
Verification of my identity failed three times
Can I choose the design of the card?
A cheque I paid in a week ago still is not credited
The limit for online purchases is too low for me
My account shows a negative balance after a refund
How do I freeze a lost card from abroad?
I never got the code by text message
What does a gold card cost a month?
The monthly fee rose although I am a student
My invoice was paid late because of your service break
Can two people own one account?
Your app crashes when I scan a bill
I would like a receipt of a transfer for my landlord
How do I raise my credit limit?
The insurance of the card refused my broken phone
My employer says that the account number is not valid
Is my money safe if the bank fails?
""".splitlines()
ONE_THING = """\
My card is declined everywhere since this morning
card declined at the till, and there is money on it!
All cards declined at our shop, only yours
Is it just me, or are cards declined today?
declined, declined, declined. what is wrong with your cards
My debit card was declined three times this morning
Your cards are declined, I left my groceries at the till
Why is my card declined? There is money on my account
card payment declined on the bus, so embarrassing
both our cards declined at lunch
Cards do not work, declined in every shop this morning
card declined at the petrol pump this morning as well
declined again!! fix your cards
my card gets declined online and in shops
""".splitlines()


@pytest.fixture(scope="module")
def gists() -> dict[str, bytes]:
    """What triage keeps of each post."""
    texts = [*DIFFERENT, *ONE_THING]
    verdicts = Classifier().judge(texts)
    return {text: gist_of(text, verdict.meaning, "en") for text, verdict in zip(texts, verdicts, strict=True)}


def opened(texts: list[str], gists: dict[str, bytes]) -> set[str]:
    """Give the posts of the first crisis of a minute in which these come, one after the other."""
    step = timedelta(minutes=1) / len(texts)
    traces = [Trace(at, at, NOON + at * step, gists[text], at, "care", None) for at, text in enumerate(texts)]
    for count, new in enumerate(traces):
        found = fold(new, traces[:count], [], RULE)
        if found is not None:
            return {texts[post] for post in found.posts}
    return set()


def test_sixty_posts_of_one_trade_about_different_matters_open_nothing(gists: dict[str, bytes]) -> None:
    for seed in range(3):
        assert opened(random.Random(seed).sample(DIFFERENT, 60), gists) == set()


def test_without_the_measure_of_tightness_they_would(
    gists: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the sixty would prove nothing."""
    monkeypatch.setattr(crisis, "TIGHT", float("-inf"))
    assert opened(DIFFERENT, gists)


def test_one_matter_of_the_same_trade_does(gists: dict[str, bytes]) -> None:
    mixed = random.Random(4).sample([*ONE_THING, *DIFFERENT[::12]], 19)
    found = opened(mixed, gists)
    assert len(found) >= RULE.at_least
    assert len(found - set(ONE_THING)) <= 2, "one or two who write nearly the same may get in"
