"""What people write in config.yaml, key by key; `vaste.config` turns it into the rooms' own values.

Only single values are judged here. What two of them say together (a team that nobody knows, steps out of
order) is judged in `vaste.crosscheck`, so that one mistake never hides another.
"""

from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, SecretStr, Tag

from classifier.topics import MOST_EXAMPLES
from playbooks.playbook import Severity
from vaste.written import (
    Count,
    Database,
    Days,
    Duration,
    DurationOrOff,
    Expression,
    Handoff,
    Holiday,
    Hours,
    Listen,
    OffOr,
    OneOrMore,
    Probability,
    SlackChannel,
    SlackId,
    Text,
    Turns,
    Zone,
    is_off,
)

Language = Literal["fi", "sv", "en"]
FORMS = ("<mapping>", "<words>")
"""Marks of ours in pydantic's paths: in which of two forms a value is written."""
Feeling = Literal["negative", "neutral", "positive"]


class Written(BaseModel):
    """A mapping of the file; keys it does not know are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _form_of_sentiment(written: object) -> str:
    return FORMS[0] if isinstance(written, dict) else FORMS[1]


Feelings = Annotated[
    Annotated[dict[Feeling, Probability], Tag("<mapping>")] | Annotated[OneOrMore[Feeling], Tag("<words>")],
    Discriminator(_form_of_sentiment),
]


class CalendarSettings(Written):
    """Business hours, to be named by a playbook's `clock`."""

    hours: dict[Days, OffOr[OneOrMore[Hours]]]
    holidays: OffOr[OneOrMore[Holiday]] = None
    zone: Zone | None = None
    exceptions: dict[date, OffOr[OneOrMore[Hours]]] = {}


Share = Annotated[float, Field(gt=0, le=1_000_000)]


class PriorSettings(Written):
    """How often posts of each sentiment occur where the model is used, in any unit."""

    negative: Share
    neutral: Share
    positive: Share

    @property
    def shares(self) -> tuple[float, float, float]:
        """The three as shares, together 1."""
        whole = self.negative + self.neutral + self.positive
        return self.negative / whole, self.neutral / whole, self.positive / whole


class ClassifierSettings(Written):
    """The model, and below which certainty it keeps its opinion to itself."""

    model: Text = "bundled"
    abstain_below: Probability = 0.5
    prior: PriorSettings | None = None
    threads: Annotated[Count, Field(ge=1, le=64)] | None = None
    labels: dict[Text, Feeling] = {}
    fetch: bool = False
    revision: Text | None = None


class TopicSettings(Written):
    """Something posts may be about; one that comes with the model may be named and left empty."""

    examples: Annotated[OneOrMore[Text], Field(max_length=MOST_EXAMPLES)] = ()
    words: OneOrMore[Text] = ()
    counter_examples: OneOrMore[Text] = ()
    threshold: Probability = 0.5


class PersonSettings(Written):
    """Somebody of ours."""

    name: Text | None = None
    slack: SlackId | None = None
    email: Text | None = None
    handles: dict[str, Text] = {}


class RotaSettings(Written):
    """Whose turn it is."""

    people: OneOrMore[Text]
    handoff: Handoff = Field(default="mon 09:00", validate_default=True)
    every: Turns = timedelta(weeks=1)
    start: date | None = None
    zone: Zone | None = None


class TeamSettings(Written):
    """Who handles what."""

    channel: SlackChannel | None = None
    rota: OffOr[RotaSettings] = None
    people: OneOrMore[Text] = ()


class StepSettings(Written):
    """One step of the chain."""

    after: Duration
    to: Text


class AuthorCasesSettings(Written):
    """How often the author has needed us already."""

    at_least: Annotated[Count, Field(ge=1)]
    within: Duration = timedelta(days=30)


class MatchSettings(Written):
    """The conditions of a playbook; all that are given must hold."""

    sentiment: Feelings = ()
    attention: Probability | None = None
    topics: OneOrMore[Text] = ()
    words: OneOrMore[Text] = ()
    regex: OneOrMore[Expression] = ()
    language: OneOrMore[Literal["fi", "sv", "en", "other"]] = ()
    source: OneOrMore[Text] = ()
    followers: Count | None = None
    author_cases: AuthorCasesSettings | None = None
    any: "tuple[MatchSettings, ...]" = ()
    none: "MatchSettings | None" = Field(default=None, alias="not")


class PlaybookSettings(Written):
    """A rule and its procedure."""

    name: Text
    match: MatchSettings
    team: Text
    severity: Severity = Severity.NORMAL
    acknowledge_within: DurationOrOff = None
    respond_within: DurationOrOff = None
    resolve_within: DurationOrOff = None
    clock: Text = "always"
    escalate: OffOr[tuple[StepSettings, ...]] = None
    repeat: DurationOrOff = None
    checklist: OneOrMore[Text] = ()
    mandate: Text | None = None
    drafts: dict[Annotated[str, Field(pattern="^[a-z]{2,3}$")], Text] = {}
    close_after: DurationOrOff = None
    reopen_within: DurationOrOff = None


class CrisisSettings(Written):
    """When many posts of one thing become one living case."""

    at_least: Annotated[Count, Field(ge=2)] = 10
    within: Duration = timedelta(minutes=15)
    likeness: Probability = 0.8
    team: Text | None = None
    severity: Severity = Severity.CRITICAL
    acknowledge_within: DurationOrOff = timedelta(minutes=5)
    escalate: OffOr[tuple[StepSettings, ...]] = None
    checklist: OneOrMore[Text] = ()
    update_every: DurationOrOff = timedelta(hours=1)


def _on_is_default(written: object) -> object:
    if is_off(written):
        return None
    return {} if written is True or (isinstance(written, str) and written.lower() == "on") else written


class WebSettings(Written):
    """The page."""

    listen: Listen = Field(default="127.0.0.1:8321", validate_default=True)


class Settings(Written):
    """The whole file. Sources and channels are read by their kinds' own settings."""

    brand: Text = "Vaste"
    language: Language = "fi"
    timezone: Zone = Field(default="Europe/Helsinki", validate_default=True)
    database: Database = SecretStr("sqlite:///vaste.db")
    calendars: dict[str, CalendarSettings] = {}
    sources: tuple[dict[str, Any], ...] = ()
    classifier: ClassifierSettings = ClassifierSettings()
    topics: dict[str, TopicSettings] = {}
    people: dict[str, PersonSettings] = {}
    teams: dict[str, TeamSettings] = {}
    playbooks: tuple[PlaybookSettings, ...] = ()
    close_after: DurationOrOff = timedelta(days=3)
    reopen_within: DurationOrOff = timedelta(days=7)
    crisis: Annotated[CrisisSettings | None, BeforeValidator(_on_is_default)] = CrisisSettings()
    channels: tuple[dict[str, Any], ...] = ()
    web: OffOr[WebSettings] = WebSettings()
    people_figures: bool = False
