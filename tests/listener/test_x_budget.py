"""X within a budget: what is billed, what is asked, and what is left out when it can't be paid."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from casebook.mention import Batch, Bill, Blindness
from casebook.record import Spending, Spent
from listener.budget import with_bills
from listener.source import Billed, SourceUnavailable
from listener.x import XSource
from listener.x_settings import XSettings
from tests.listener.test_x import START, TOKEN, WRITTEN_KEYS, World

QUERY = "kahvi -@ainokahvi"
POST, USER = 5_000, 10_000
MONTH_BEGAN = START - timedelta(days=1, hours=9)


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    world.since = START - timedelta(days=3)
    yield world
    world.close()


def spent(micros: int, *, lane: str = "mentions") -> Spending:
    """A month, a week and a day that cost so much."""
    lines = (Spent(lane, "post", micros // POST, micros),) if micros else ()
    return Spending(lines, lines, lines, since=MONTH_BEGAN)


def within(world: World, budget: str, micros: int = 0, **keys: Any) -> XSource:
    source = world.source(budget=budget, **keys)
    source.ration(spent(micros))
    return source


def fill(world: World, posts: int, *, hours_ago: float, text: str = "kahvi") -> None:
    at = world.now - timedelta(hours=hours_ago)
    for number in range(posts):
        world.x.post("caro", text, created_at=at + timedelta(seconds=number))


def fill_week(world: World) -> None:
    """Four posts an hour, as ever."""
    for hour in range(1, 170):
        fill(world, 4, hours_ago=hour)


def sizes(world: World, kind: str) -> list[str]:
    return [asked.params["max_results"] for asked in world.x.asked(kind)]


def billed(batch: Batch) -> dict[tuple[str, str], int]:
    return {(bill.lane, bill.what): len(bill.ids) + bill.count for bill in batch.bills}


def reasons(batch: Batch) -> dict[str, Blindness]:
    return {trouble.lane: trouble.reason for trouble in batch.troubles}


# bills


def test_every_post_x_gave_is_billed_and_each_account_looked_up(world: World) -> None:
    said = world.x.post("caro", "@ainokahvi hei")
    world.x.post("dana", "RT @caro: @ainokahvi hei", retweets=said.id)
    world.x.post("ainokahvi", "@caro hei", reply_to=said.id)
    batch = world.look(world.source())
    assert billed(batch) == {("accounts", "user"): 1, ("mentions", "post"): 2, ("timeline", "post"): 1}
    assert {bill.what: bill.price for bill in batch.bills} == {"user": USER, "post": POST}
    assert said.id in next(bill.ids for bill in batch.bills if bill.lane == "mentions")
    world.advance(seconds=60)
    assert ("accounts", "user") not in billed(world.look(world.sources[0]))


def test_an_answer_without_posts_is_free(world: World) -> None:
    world.look(world.source(query=QUERY))
    world.advance(seconds=60)
    assert world.look(world.sources[0]).bills == ()


def test_prices_are_those_of_the_configuration(world: World) -> None:
    world.x.post("caro", "@ainokahvi hei")
    batch = world.look(world.source(prices={"post": "0.0125", "user": 0}))
    assert [(bill.lane, bill.price) for bill in batch.bills] == [("mentions", 12_500)]


def test_a_look_that_failed_says_what_was_billed_before(world: World) -> None:
    for lane in ("mentions", "timeline"):
        world.x.fail_next(lane, status=503)
    with pytest.raises(SourceUnavailable) as failed:
        world.look(world.source())
    account = world.x.account("ainokahvi").id
    assert failed.value.bills == (Bill("accounts", "user", USER, START, ids=frozenset({f"user:{account}"})),)


def test_pages_read_before_a_fault_are_billed(world: World) -> None:
    fill(world, 150, hours_ago=0.2, text="@ainokahvi hei")
    world.x.fail_next("mentions", status=503, after=1)
    assert billed(world.look(world.source()))["mentions", "post"] == 100


# what comes first


def test_mentions_are_read_as_ever_while_there_is_enough(world: World) -> None:
    fill(world, 120, hours_ago=0.2, text="@ainokahvi hei")
    batch = world.look(within(world, "50 USD/month"))
    assert len(batch.mentions) == 120
    assert batch.troubles == ()
    assert sizes(world, "mentions") == ["100", "100"]


def test_a_page_is_made_as_small_as_what_is_left(world: World) -> None:
    fill(world, 20, hours_ago=0.2, text="@ainokahvi hei")
    source = within(world, "50 USD/month")
    world.look(source)
    fill(world, 20, hours_ago=0, text="@ainokahvi taas")
    world.advance(minutes=1)
    source.ration(spent(50_000_000 - 12 * POST, lane="search"))
    batch = world.look(source)
    assert sizes(world, "mentions")[1] in {"5", "6"}  # half of it, whichever lane is first
    assert 5 <= len(batch.mentions) <= 12
    assert reasons(batch)["mentions"] == Blindness.BUDGET
    # what could not be paid is let go: the newest come first the next time too
    world.advance(minutes=1)
    late = world.x.post("dana", "@ainokahvi apua")
    world.advance(minutes=5)
    source.ration(spent(50_000_000 - 12 * POST, lane="search"))
    assert late.id in {mention.id for mention in world.look(source).mentions}


def test_one_lane_that_is_asked_first_leaves_the_others_their_part(world: World) -> None:
    source = within(world, "2 USD/month")
    assert world.look(source).troubles == ()
    assert {kind: len(sizes(world, kind)) for kind in ("mentions", "timeline")} == {
        "mentions": 1,
        "timeline": 1,
    }
    assert int(sizes(world, "mentions")[0]) < 100


def test_with_nothing_left_nothing_is_asked_and_the_reason_is_the_budget(world: World) -> None:
    source = within(world, "50 USD/month", 50_000_000 - 4 * POST, query=QUERY)
    with pytest.raises(SourceUnavailable, match="raise budget") as failed:
        world.look(source)
    assert failed.value.reason is Blindness.BUDGET
    assert {asked.path.split("/")[3] for asked in world.x.requests} <= {"by"}  # the account, at most


def test_a_new_month_reads_again(world: World) -> None:
    source = within(world, "50 USD/month", 50_000_000)
    with pytest.raises(SourceUnavailable):
        world.look(source)
    world.now = START.replace(month=12, day=1)
    world.since = world.now
    world.x.post("caro", "@ainokahvi hei")
    source.ration(Spending(week=(Spent("mentions", "post", 100, 100 * POST),), since=MONTH_BEGAN))
    assert len(world.look(source).mentions) == 1


def test_at_a_first_look_what_is_said_to_the_company_comes_before_the_search(world: World) -> None:
    """What mentions cost is not known yet: the search would take what they need."""
    world.now = START.replace(day=30)
    world.since = world.now - timedelta(days=1)
    fill(world, 150, hours_ago=5, text="@ainokahvi hei")
    fill(world, 300, hours_ago=5)
    source = within(world, "1 USD/month", query=QUERY)
    cost: dict[str, int] = {}
    for _ in range(5):
        batch = world.look(source)
        for lane, what in (found := billed(batch)):
            cost[lane] = cost.get(lane, 0) + found[lane, what] * (USER if what == "user" else POST)
        if not batch.more:
            break
    assert cost["mentions"] == 150 * POST
    assert sum(cost.values()) <= 1_000_000
    asked = [request.path.rsplit("/", 1)[-1] for request in world.x.requests]
    assert max(at for at, path in enumerate(asked) if path == "mentions") < asked.index("recent")


# the search


def test_a_search_too_wide_is_counted_sampled_and_told(world: World) -> None:
    fill_week(world)
    source = within(world, "5 USD/month", query=QUERY)
    batch = world.look(source)
    assert billed(batch)["search", "counts"] == 1
    assert billed(batch)["search", "post"] == 10
    assert sizes(world, "search") == ["10"]
    assert reasons(batch) == {"search": Blindness.BUDGET}
    told = batch.troubles[0].message
    source.ration(with_bills(spent(0), batch.bills))
    world.x.post("dana", "@ainokahvi hei")
    world.advance(minutes=1)
    batch = world.look(source)
    assert [mention.text for mention in batch.mentions] == ["@ainokahvi hei"]  # mentions do not wait
    assert (len(world.x.asked("counts")), len(world.x.asked("search"))) == (1, 1)
    assert [trouble.message for trouble in batch.troubles] == [told]  # one trouble, told once


def test_when_the_count_moves_the_newest_are_read(world: World) -> None:
    fill_week(world)
    source = within(world, "10 USD/month", query=QUERY)
    world.look(source)
    world.advance(hours=4)
    fill(world, 90, hours_ago=0.1, text="kahvi lasia")
    batch = world.look(source)
    assert len(batch.mentions) > 50
    assert {mention.text for mention in batch.mentions} == {"kahvi lasia"}
    assert "since_id" in world.x.asked("search")[-1].params
    world.advance(minutes=1)
    world.look(source)
    assert len(world.x.asked("search")) == 2  # once a count


def test_a_search_that_can_be_paid_is_read_whole_and_counted_once_a_day(world: World) -> None:
    fill(world, 30, hours_ago=20)
    source = within(world, "50 USD/month", query=QUERY)
    batch = world.look(source)
    assert len(batch.mentions) == 30
    assert batch.troubles == ()
    for _ in range(23):
        world.advance(hours=1)
        source.ration(spent(0))
        world.look(source)
    assert len(world.x.asked("counts")) == 1
    world.advance(hours=1)
    world.look(source)
    assert len(world.x.asked("counts")) == 2


def test_without_a_budget_nothing_is_counted(world: World) -> None:
    fill(world, 250, hours_ago=0.2)
    batch = world.look(world.source(query=QUERY))
    assert len(batch.mentions) == 250
    assert world.x.asked("counts") == []
    assert "tripwire" not in world.cursor


@pytest.mark.parametrize(
    "body", [{}, {"data": "x"}, {"data": [{"start": "9999-12-31T23:59:59-23:00", "end": 1}]}]
)
def test_where_posts_can_not_be_counted_the_search_is_sampled(world: World, body: Any) -> None:
    fill(world, 30, hours_ago=0.2)
    world.x.fail_next("counts", status=200, body=body)
    batch = world.look(within(world, "50 USD/month", query=QUERY))
    assert len(batch.mentions) == 10
    assert billed(batch)["search", "counts"] == 1  # X answered
    assert "can't be read" in batch.troubles[-1].message


def test_counts_of_the_new_specification_are_read(world: World) -> None:
    fill(world, 30, hours_ago=0.2)
    world.x.names = "new"
    world.x.post("caro", "kahvi")
    world.look(within(world, "50 USD/month", query=QUERY))
    tripwire: Any = world.cursor["tripwire"]
    assert 30 / 7 <= tripwire["a_day"] <= 31 / 6.9


@pytest.mark.parametrize(
    "written", [None, 3, {"counted_at": "x", "a_day": "y"}, {"counted_at": "2026-11-02"}]
)
def test_a_tripwire_that_was_not_ours_is_asked_for_again(world: World, written: object) -> None:
    world.cursor = {"tripwire": written}
    world.look(within(world, "50 USD/month", query=QUERY))
    assert len(world.x.asked("counts")) == 1


# searches that are not counted, own keys, and posts asked about again


def test_own_keys_read_at_the_price_of_what_is_owned(world: World) -> None:
    world.x.post("caro", "@ainokahvi hei")
    batch = world.look(world.source(**WRITTEN_KEYS))
    assert {(bill.lane, bill.what, bill.price) for bill in batch.bills} >= {("mentions", "owned", 1_000)}


def test_without_a_token_a_search_is_not_counted_and_read_within_the_purse(world: World) -> None:
    fill(world, 30, hours_ago=0.2)
    source = world.source(bearer_token=None, **WRITTEN_KEYS, query=QUERY, budget="50 USD/month")
    source.ration(spent(0))
    batch = world.look(source)
    assert len(batch.mentions) == 30
    assert world.x.asked("counts") == []
    assert "tripwire" not in world.cursor


def test_a_lane_that_was_left_out_or_cut_for_the_budget_was_not_watched(world: World) -> None:
    fill_week(world)
    batch = world.look(within(world, "5 USD/month", query=QUERY))
    assert "mentions" in batch.lanes
    assert "search" not in batch.lanes  # read, but only a few


def test_quotes_are_read_with_the_money_for_searches(world: World) -> None:
    ours = world.x.post("ainokahvi", "Uusi paahto")
    source = within(world, "50 USD/month")
    world.look(source)
    world.x.post("caro", "voi ei", quotes=ours.id)
    world.advance(minutes=2)
    batch = world.look(source)
    assert billed(batch)["quotes", "post"] == 1
    world.advance(minutes=2)
    month = spent(50_000_000, lane="quotes")
    source.ration(Spending(month.month, month.week, month.day, since=MONTH_BEGAN))
    with pytest.raises(SourceUnavailable) as failed:
        world.look(source)
    assert {trouble.lane for trouble in failed.value.troubles} == {"mentions", "timeline", "quotes"}


def test_what_is_asked_about_again_is_billed_and_only_what_can_be_paid_is_asked(world: World) -> None:
    posts = [world.x.post("caro", f"@ainokahvi {number}").id for number in range(20)]
    source = within(world, "50 USD/month")
    found = source.look_up(posts, now=world.now)
    assert (found.left, found.bills[0].ids) == (frozenset(), frozenset(posts))
    poor = world.source(budget="50 USD/month")
    poor.ration(spent(50_000_000 - 20 * POST, lane="search"))
    found = poor.look_up(posts, now=world.now)
    assert len(found.bills[0].ids) + len(found.left) == 20
    assert 0 < len(found.bills[0].ids) <= 10
    with pytest.raises(SourceUnavailable, match="raise budget") as failed:
        within(world, "50 USD/month", 50_000_000).look_up(posts, now=world.now)
    assert failed.value.reason is Blindness.BUDGET


# settings


def test_it_is_a_source_that_is_billed(world: World) -> None:
    assert isinstance(world.source(), Billed)


@pytest.mark.parametrize(("key", "value"), [("post", -1), ("post", "much"), ("like", 1), ("counts", "NaN")])
def test_a_price_that_is_none_is_refused(key: str, value: object) -> None:
    with pytest.raises(ValueError, match="prices"):
        XSettings.model_validate({"name": "x", "handle": "a", "bearer_token": TOKEN, "prices": {key: value}})
