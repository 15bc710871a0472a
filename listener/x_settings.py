"""What the configuration says of an X source."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from listener.budget import DOLLAR
from listener.source import DurationOrOff, SourceSettings
from listener.x_keys import NAMES, Keys, Secret, keys_of


def _bare_handle(written: object) -> object:
    return written.strip().removeprefix("@") if isinstance(written, str) else written


def _bare_url(written: str) -> str:
    parts = urlsplit(written)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username or parts.query:
        raise ValueError("write an address such as https://api.x.com")
    return written.rstrip("/")


HANDLE = r"^[A-Za-z0-9_]{1,15}$"
Handle = Annotated[str, BeforeValidator(_bare_handle), Field(pattern=HANDLE)]


Price = Annotated[Decimal, Field(ge=0, le=100, decimal_places=6)]


class XPrices(BaseModel):
    """What X bills for one read, in US dollars: its prices since 2026-02-06. For budgets alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    post: Price = Decimal("0.005")
    owned: Price = Decimal("0.001")
    """A post of its own, or a mention of it, that an account reads by its own keys."""
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
    compliance_jobs: bool = True
    """Whether older posts are still there is asked by X's free batch jobs, where the app's plan has them."""
    quotes: bool = True
    """Posts that quote our newest posts are looked for, too."""
    prices: XPrices = XPrices()
    bearer_token: Secret | None = None
    """The app's; searches and other accounts are read by it, and `handle` too where there are no keys."""
    consumer_key: Secret | None = None
    consumer_secret: Secret | None = None
    access_token: Secret | None = None
    access_token_secret: Secret | None = None
    """The four keys of `handle`, by which its mentions and posts are read at a fifth of the price."""
    keep_text: DurationOrOff = timedelta(days=30)
    api_url: Annotated[str, AfterValidator(_bare_url)] = "https://api.x.com"

    @field_validator("learn")
    @classmethod
    def _no_weights(cls, learn: str) -> str:
        if learn == "weights":
            raise ValueError("X's terms forbid training on its posts; write thresholds, or off")
        return learn

    @model_validator(mode="after")
    def _lets_us_in(self) -> Self:
        if self.keys is None and self.bearer_token is None:
            raise ValueError(f"X asks who reads: add bearer_token, or {', '.join(NAMES)}, or all five")
        return self

    @property
    def keys(self) -> Keys | None:
        """The four keys, where they are given."""
        return keys_of(self.consumer_key, self.consumer_secret, self.access_token, self.access_token_secret)

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
