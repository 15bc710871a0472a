"""X, read through tweepy: what is said to the company, about it, and by it.

Limits an app has at X in 15 minutes (November 2026): mentions 450, recent search 450, posts of one account
10,000, counts 300. Prices since 2026-02-06: a post read $0.005, an account looked up $0.010, a count $0.005
whatever it counts; an answer without posts is free, and a post read again on the same UTC day is not billed
again (X promises this only softly).
"""

import io
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar
from urllib.parse import urlsplit, urlunsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
)

from casebook.mention import Batch, Bill, Blindness, Json, Mention, Reply, Trouble
from casebook.record import Spending
from listener.budget import DOLLAR, Plan, plan_month
from listener.purse import Purse
from listener.source import SourceSettings, SourceUnavailable
from listener.tripwire import Tripwire
from listener.x_counts import RationedSearch
from listener.x_faults import Fault, Patience, not_to_be_paid, only_errors, refused, unreadable
from listener.x_lane import Answer, Errand, Kind, Lane, Outcome, readable_page, without_told
from listener.x_pace import Place
from listener.x_posts import NETWORK, OnlyErrors, Ours, UnreadableAnswer, read_account

Result = TypeVar("Result")
Post = TypeVar("Post", Mention, Reply)

TIMEOUTS = (3.05, 10.0)
"""Seconds to connect (a little over one TCP retransmission) and to wait for the next bytes."""
LONGEST_ANSWER = 32_000_000
"""Bytes; a hundred long posts of 25,000 characters are under half of it."""

_TWEEPYS_HOST = "https://api.twitter.com"
_OK = 200
_LEAST_PAGE = 5
_TOLD_AT_MOST = 10_000


def _bare_handle(written: object) -> object:
    return written.strip().removeprefix("@") if isinstance(written, str) else written


def _bare_token(token: SecretStr) -> SecretStr:
    bare = token.get_secret_value().strip()
    if not bare or not bare.isascii() or not bare.isprintable() or " " in bare:
        raise ValueError("is empty or no token; copy the app's bearer token from X's developer console")
    return SecretStr(bare)


def _bare_url(written: str) -> str:
    parts = urlsplit(written)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
        raise ValueError("write an address such as https://api.x.com")
    return written.rstrip("/")


Handle = Annotated[str, BeforeValidator(_bare_handle), Field(pattern=r"^[A-Za-z0-9_]{1,15}$")]


Price = Annotated[Decimal, Field(ge=0, le=100, decimal_places=6)]


class XPrices(BaseModel):
    """What X bills for one read, in US dollars: its prices since 2026-02-06. For budgets alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    post: Price = Decimal("0.005")
    owned: Price = Decimal("0.001")
    """A post read by its own account's user (mentions and timeline, signed in); a bearer token owns nothing."""
    user: Price = Decimal("0.010")
    counts: Price = Decimal("0.005")
    """One question, whatever it counts."""


class XSettings(SourceSettings):
    """`{name: x, kind: x, handle: ainokahvi, query: '"Aino Kahvi"', bearer_token: "${X_BEARER_TOKEN}"}`."""

    model_config = ConfigDict(hide_input_in_errors=True)

    kind: Literal["x"] = "x"
    handle: Handle
    """The company's account, with or without @: its mentions are read, and its own posts stop clocks."""
    also: tuple[Handle, ...] = ()
    """Other accounts of the company, read and counted in the same way."""
    query: Annotated[str, Field(min_length=1, max_length=4096)] | None = None
    """A recent search in X's own language, for posts that name the company without its handle."""
    prices: XPrices = XPrices()
    bearer_token: Annotated[SecretStr, AfterValidator(_bare_token)]
    api_url: Annotated[str, AfterValidator(_bare_url)] = "https://api.x.com"

    @field_validator("learn")
    @classmethod
    def _no_weights(cls, learn: str) -> str:
        if learn == "weights":
            raise ValueError("X's terms forbid training on its posts; write thresholds, or off")
        return learn

    @property
    def tariff(self) -> Mapping[str, int]:
        """What each kind of read costs, in millionths of a dollar."""
        return {what: int(price * DOLLAR) for what, price in self.prices}

    @property
    def handles(self) -> tuple[str, ...]:
        """Every account of the company once, `handle` first."""
        named: dict[str, str] = {}
        for handle in (self.handle, *self.also):
            named.setdefault(handle.lower(), handle)
        return tuple(named.values())


class XSource:
    """Three lanes: `mentions` and `timeline` (its own posts) of each account, and one `search`.

    Each lane has its own connection, place in the cursor, pace and backing off; all are asked at once. With a
    budget they share a purse, and the search is counted before it is read.
    `timeouts` are the seconds to connect and to wait for the next bytes; a whole answer takes at most
    the first and three times the second.
    """

    kind = "x"
    network = NETWORK

    def __init__(self, settings: XSettings, *, timeouts: tuple[float, float] = TIMEOUTS) -> None:
        self.name = settings.name
        self._settings = settings
        self._timeouts = timeouts
        self._wires: list[TweepyWire] = []
        self._accounts = [self._account(handle) for handle in settings.handles]
        self._search = self._lane("search", "search") if settings.query else None
        self._spending = Spending()
        self._rationed = self._ration_search() if settings.budget else None
        self._is_automated = settings.is_automated
        self._told: set[str] = set()
        self._one_look = threading.Lock()
        self._closed: Future[None] = Future()

    def ration(self, spending: Spending) -> None:
        """Take in what its reads have cost until now; the next look keeps to what is left of the budget."""
        self._spending = spending

    def fetch(self, cursor: Json, *, since: datetime, now: datetime) -> Batch:
        """Look at every lane that is due, each to its last page.

        Raises SourceUnavailable when no lane could be looked at; a lane that failed alone is in `troubles`.
        """
        with self._one_look:
            budget = self._settings.budget
            plan = plan_month(budget, self._spending, now=now) if budget else None
            purse = Purse(plan, first_lanes=2 * len(self._accounts)) if plan else None
            hunt = _Hunt(plan, purse, Tripwire.read(cursor.get("tripwire")))
            outcomes = [
                self._tell_once(found) for found in self._look(cursor, hunt=hunt, since=since, now=now)
            ]
        troubles = tuple(trouble for outcome in outcomes for trouble in outcome.troubles)
        bills = (*hunt.bills, *(bill for outcome in outcomes for bill in outcome.bills))
        if all(outcome.failed and not (outcome.mentions or outcome.replies) for outcome in outcomes):
            raise _unavailable(troubles, bills)
        return Batch(
            mentions=_once(mention for outcome in outcomes for mention in outcome.mentions),
            replies=_once(reply for outcome in outcomes for reply in outcome.replies),
            cursor=self._cursor(outcomes, hunt),
            troubles=troubles,
            rejected=tuple(sentence for outcome in outcomes for sentence in outcome.rejected),
            more=any(outcome.more for outcome in outcomes),
            bills=bills,
        )

    def check(self) -> list[str]:
        """Look up each account and read five mentions of the first: $0.010 each, and $0.025 at most."""
        problems = []
        if _sends_in_clear(self._settings.api_url):
            problems.append("api_url is http: the bearer token crosses the network unencrypted; write https")
        wire = self._wire()
        for number, account in enumerate(self._accounts):
            try:
                account_id = _account_id(wire, account.handle, now=datetime.now(UTC))
                if number == 0:
                    _read_few(wire, account_id, ours=self._ours(), now=datetime.now(UTC))
            except Fault as fault:
                problems.append(f"@{account.handle}: {fault.message}")
        wire.close()
        return problems

    def close(self) -> None:
        """Let go of connections; a look that is under way ends at once, with SourceUnavailable."""
        if not self._closed.done():
            self._closed.set_result(None)
        for wire in self._wires:
            wire.close()

    def _account(self, handle: str) -> "_Account":
        suffix = "" if handle == self._settings.handle else f":{handle}"
        return _Account(
            handle=handle,
            wire=self._wire(),
            patience=Patience(self._settings.every),
            mentions=self._lane(f"mentions{suffix}", "mentions"),
            timeline=self._lane(f"timeline{suffix}", "timeline"),
        )

    def _lane(self, name: str, kind: Kind) -> Lane:
        settings = self._settings
        price = settings.tariff["post"]
        return Lane(name, kind, self._wire(), every=settings.every, overlap=settings.overlap, price=price)

    def _ration_search(self) -> RationedSearch | None:
        settings = self._settings
        if self._search is None:
            return None
        return RationedSearch(self._search, self._wire(), every=settings.every, prices=settings.tariff)

    def _wire(self) -> "TweepyWire":
        wire = TweepyWire(self._settings, timeouts=self._timeouts)
        self._wires.append(wire)
        return wire

    def _look(self, cursor: Json, *, hunt: "_Hunt", since: datetime, now: datetime) -> list[Outcome]:
        """Look at all lanes at the same time.

        1. Account ids that are not known yet are looked up; meanwhile the search, which needs none, begins.
        2. Mentions and timelines of the accounts that are known; those of the others share their fault.
        3. The results, in the order of the lanes; closing the source ends the waiting.
        """
        for account in self._accounts:
            account.remember(cursor)
        places = {name: Place.read(written) for name, written in _object(cursor.get("lanes")).items()}

        def look(lane: Lane, subject: str, speaker: tuple[str, str] | None = None) -> Outcome:
            errand = Errand(subject, self._ours(), since=since, now=now, speaker=speaker, purse=hunt.purse)
            place = places.get(lane.name, Place())
            if lane is not self._search or self._rationed is None or hunt.plan is None or hunt.purse is None:
                return lane.look(place, errand)
            outcome, hunt.tripwire = self._rationed.look(
                place, errand, tripwire=hunt.tripwire, plan=hunt.plan, purse=hunt.purse
            )
            return outcome

        looks: list[Future[Outcome]] = []
        if self._search is not None:
            looks.append(_begin(look, self._search, self._settings.query or ""))
        unknown = [account for account in self._accounts if account.id is None]
        faults = {
            account.handle: self._wait_for(finding)
            for account, finding in [(account, _begin(self._find, account, hunt, now)) for account in unknown]
        }
        outcomes: list[Outcome] = []
        for account in self._accounts:
            fault = faults.get(account.handle)
            if account.id is None and fault is not None:
                outcomes += [_blind(lane, places, fault) for lane in (account.mentions, account.timeline)]
            elif account.id is not None:
                looks.append(_begin(look, account.mentions, account.id))
                looks.append(_begin(look, account.timeline, account.id, (account.id, account.handle)))
        return [*outcomes, *(self._wait_for(looking) for looking in looks)]

    def _find(self, account: "_Account", hunt: "_Hunt", now: datetime) -> Fault | None:
        """Look an account's id up, if that can be paid, and keep what it cost."""
        price = self._settings.tariff["user"]
        if hunt.purse is not None and not hunt.purse.lend(1, price=price, wide=False):
            return not_to_be_paid()
        fault = account.find(now)
        if account.id is not None and price:
            ids = frozenset({f"user:{account.id}"})
            hunt.bills.append(Bill("accounts", "user", price, now, ids=ids))
        return fault

    def _wait_for(self, work: Future[Result]) -> Result:
        either: list[Future[Any]] = [work, self._closed]
        wait(either, return_when=FIRST_COMPLETED)
        if not work.done():
            raise SourceUnavailable("the source is being closed")
        return work.result()

    def _ours(self) -> Ours:
        return Ours(
            handles=frozenset(handle.lower() for handle in self._settings.handles),
            ids={account.id: account.handle for account in self._accounts if account.id is not None},
            is_automated=self._is_automated,
        )

    def _cursor(self, outcomes: list[Outcome], hunt: "_Hunt") -> Json:
        tripwire = {"tripwire": hunt.tripwire.write()} if self._rationed is not None else {}
        return {
            **tripwire,
            "ids": {account.handle.lower(): account.id for account in self._accounts if account.id},
            "lanes": {outcome.lane: outcome.place.write() for outcome in outcomes},
        }

    def _tell_once(self, outcome: Outcome) -> Outcome:
        if len(self._told) > _TOLD_AT_MOST:
            self._told.clear()
        return without_told(outcome, self._told)


@dataclass(slots=True)
class _Hunt:
    """What the lanes of one look share: what may be spent, and what a count said."""

    plan: Plan | None
    purse: Purse | None
    tripwire: Tripwire
    bills: list[Bill] = field(default_factory=list)


@dataclass(slots=True)
class _Account:
    """One of the company's accounts; its id is looked up once and kept in the cursor."""

    handle: str
    wire: "TweepyWire"
    patience: Patience
    mentions: Lane
    timeline: Lane
    id: str | None = None

    def remember(self, cursor: Json) -> None:
        """Take the id from the cursor, if it is there."""
        known = _object(cursor.get("ids")).get(self.handle.lower())
        if self.id is None and isinstance(known, str) and known:
            self.id = known

    def find(self, now: datetime) -> Fault | None:
        """Look the id up, unless it is too early after a fault; give the fault that stands in the way."""
        standing = self.patience.standing(now)
        if standing is not None:
            return standing
        try:
            self.id = _account_id(self.wire, self.handle, now=now)
        except Fault as fault:
            self.patience.failed(fault, now)
            return fault
        self.patience.succeeded()
        return None


class TweepyWire:
    """One tweepy client on one connection; the client is made at the first question.

    tweepy and requests take a third of a second to import: commands that ask X nothing do not pay it.
    """

    def __init__(self, settings: XSettings, *, timeouts: tuple[float, float]) -> None:
        self._token = settings.bearer_token
        self._door = _Door(settings.api_url, timeouts)
        self._client: Any = None

    def ask(self, method: str, *args: str, now: datetime, **params: object) -> Answer:
        """Ask by tweepy's name of the question; raises Fault for all but a 200 with JSON."""
        import requests  # noqa: PLC0415 - see the class

        client = self._client or self._open()
        self._door.answered = None
        try:
            getattr(client, method)(*args, **params)
        except requests.RequestException as error:
            raise _unreached(error) from error
        except Exception:
            # tweepy raises for every status but 2xx, and stumbles over errors of odd shapes on the way:
            # what X said stands in the answer itself; where there is none the mistake is ours
            if self._door.answered is None:
                raise
        return _answer(self._door.answered, now=now)

    def close(self) -> None:
        """Close the connection; the next question opens another."""
        client, self._client = self._client, None
        if client is not None:
            client.session.close()

    def _open(self) -> Any:
        import requests  # noqa: PLC0415 - see the class
        import tweepy  # noqa: PLC0415 - see the class

        for name in ("tweepy", "tweepy.client"):  # at DEBUG it logs the bearer token
            logger = logging.getLogger(name)
            logger.setLevel(max(logger.level, logging.WARNING))
        # never wait_on_rate_limit: it sleeps in the job's thread, for ever where X names no reset
        client = tweepy.Client(self._token.get_secret_value(), return_type=requests.Response)
        client.session.adapters.clear()
        client.session.mount(f"{_TWEEPYS_HOST}/", self._door)
        client.session.max_redirects = 0
        self._client = client
        return client


class _Door:
    """The only way out of a tweepy client: its fixed host becomes `api_url`, within the timeouts.

    Stands where requests expects an adapter. There is no other adapter in the session, and it follows no
    redirect: the token goes nowhere else.
    """

    def __init__(self, api_url: str, timeouts: tuple[float, float]) -> None:
        self._api = urlsplit(api_url)
        self._timeouts = timeouts
        self._inner: Any = None
        self.answered: Any = None
        """The last answer (a requests.Response); tweepy does not give it where it raises."""

    def send(self, request: Any, **options: Any) -> Any:
        """Send one request and read its whole answer; raises requests' own exceptions."""
        import requests  # noqa: PLC0415 - see TweepyWire
        from requests.adapters import HTTPAdapter  # noqa: PLC0415 - see TweepyWire

        self._inner = self._inner or HTTPAdapter()
        began = time.monotonic()
        moved = request.copy()
        moved.url = self._moved(request.url)
        options["timeout"] = self._timeouts  # tweepy sets none, and would hang for ever
        options["stream"] = True
        options["proxies"] = requests.utils.get_environ_proxies(moved.url)  # not those for tweepy's host
        response = self._inner.send(moved, **options)
        try:
            body = _read_body(response.raw, until=began + self._timeouts[0] + 2 * self._timeouts[1])
        except BaseException:
            response.raw.close()  # half an answer is still on it
            raise
        response.raw = io.BytesIO(body)
        self.answered = response
        return response

    def close(self) -> None:
        """Close the connections."""
        if self._inner is not None:
            self._inner.close()

    def _moved(self, url: str) -> str:
        asked = urlsplit(url)
        path = self._api.path + asked.path
        return urlunsplit((self._api.scheme, self._api.netloc, path, asked.query, ""))


def _read_body(raw: Any, *, until: float) -> bytes:
    """Read an answer to its end, in bounded time and size: requests bounds only the wait for each byte."""
    import requests  # noqa: PLC0415 - see TweepyWire
    import urllib3  # noqa: PLC0415 - see TweepyWire

    parts: list[bytes] = []
    size = 0
    try:
        while part := raw.read1(65_536, decode_content=True):
            parts.append(part)
            size += len(part)
            if size > LONGEST_ANSWER:
                raise requests.exceptions.ContentDecodingError("the answer is too long")
            if time.monotonic() > until:
                raise requests.exceptions.ReadTimeout("the answer takes too long")
    except urllib3.exceptions.ReadTimeoutError as error:
        raise requests.exceptions.ReadTimeout("the answer stopped") from error
    except urllib3.exceptions.HTTPError as error:
        raise requests.exceptions.ConnectionError("the answer broke off") from error
    return b"".join(parts)


def _unreached(error: Exception) -> Fault:
    """Say why X gave no answer; the library's own words are left out, they may hold what was sent."""
    import requests  # noqa: PLC0415 - see TweepyWire

    if isinstance(error, requests.Timeout):
        return Fault("X did not answer in time; nothing to do here unless it lasts")
    if isinstance(error, requests.TooManyRedirects):
        return Fault(
            "api_url sends us elsewhere, where the token is not sent; correct api_url", permanent=True
        )
    if isinstance(error, requests.ConnectionError):
        return Fault("X can't be reached or broke off; check the network and api_url if it lasts")
    return unreadable(type(error).__name__)


def _answer(response: Any, *, now: datetime) -> Answer:
    try:
        body: object = response.json()
    except (ValueError, RecursionError) as error:
        if response.status_code == _OK:
            raise unreadable("no JSON") from error
        body = None
    if response.status_code != _OK:
        raise refused(response.status_code, headers=response.headers, body=body, now=now)
    return Answer(body, response.headers)


def _account_id(wire: TweepyWire, handle: str, *, now: datetime) -> str:
    answer = wire.ask("get_user", username=handle, now=now)
    try:
        return read_account(answer.body)[0]
    except OnlyErrors as error:
        raise only_errors(answer.body) from error
    except UnreadableAnswer as error:
        raise unreadable(str(error)) from error


def _read_few(wire: TweepyWire, account_id: str, *, ours: Ours, now: datetime) -> None:
    answer = wire.ask("get_users_mentions", account_id, max_results=_LEAST_PAGE, now=now)
    readable_page(answer.body, ours=ours)


def _begin(work: Callable[..., Result], *args: Any) -> Future[Result]:
    """Start work in a daemon thread: one that hangs on the network must not keep the process from ending."""
    future: Future[Result] = Future()

    def run() -> None:
        try:
            future.set_result(work(*args))
        except BaseException as error:  # noqa: BLE001 - raised where the result is asked for
            future.set_exception(error)

    threading.Thread(target=run, name="x-lane", daemon=True).start()
    return future


def _blind(lane: Lane, places: Mapping[str, Place], fault: Fault) -> Outcome:
    """Give the outcome of a lane whose account is not known."""
    return Outcome(lane.name, places.get(lane.name, Place()), troubles=(lane.trouble(fault),), failed=True)


def _unavailable(troubles: tuple[Trouble, ...], bills: tuple[Bill, ...]) -> SourceUnavailable:
    """Say that no lane could be looked at, each reason once.

    `retry_at` is the earliest reset; with a lane that names none it is left to the jobs.
    """
    resets = [trouble.retry_at for trouble in troubles if trouble.retry_at is not None]
    return SourceUnavailable(
        "; ".join(dict.fromkeys(trouble.message for trouble in troubles)),
        retry_at=min(resets) if len(resets) == len(troubles) else None,
        permanent=all(trouble.permanent for trouble in troubles),
        reason=_shared_reason(troubles),
        bills=bills,
    )


def _shared_reason(troubles: tuple[Trouble, ...]) -> Blindness:
    """Give the reason that all lanes share, else that of the vendor."""
    reasons = {trouble.reason for trouble in troubles}
    return reasons.pop() if len(reasons) == 1 else Blindness.VENDOR


def _once(posts: Iterable[Post]) -> tuple[Post, ...]:
    """Keep each post once: a search shows the mentions too."""
    return tuple({post.id: post for post in posts}.values())


def _object(written: object) -> Mapping[str, object]:
    return written if isinstance(written, Mapping) else {}


def _sends_in_clear(api_url: str) -> bool:
    parts = urlsplit(api_url)
    return parts.scheme == "http" and parts.hostname not in {"127.0.0.1", "::1", "localhost"}
