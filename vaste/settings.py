"""What people write in config.yaml, key by key; `vaste.config` turns it into the rooms' own values.

Only single values are judged here. What two of them say together (a team that nobody knows, steps out of
order) is judged in `vaste.crosscheck`, so that one mistake never hides another.
"""

from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    SecretStr,
    Tag,
)

from casebook.draft import flaw_of
from classifier.topics import MOST_EXAMPLES
from notifier.hostile import safe_url
from playbooks.playbook import Severity
from playbooks.roster import OnHolidays
from vaste.people_figures import AT_LEAST
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
    Ical,
    Listen,
    Moment,
    OffOr,
    OneOrMore,
    Place,
    Probability,
    ReadEvery,
    SlackChannel,
    SlackId,
    Text,
    TimeOfDay,
    Turns,
    Zone,
    is_off,
    is_switch,
    minute_of,
    number_not_switch,
)

Language = Literal["fi", "sv", "en"]
MOST_LAYERS = 20
FORMS = ("<mapping>", "<words>", "<switch>", "<turns>", "<ical>", "<layers>")
"""Marks of ours in pydantic's paths: in which of several forms a value is written."""
Feeling = Literal["negative", "neutral", "positive"]


class Written(BaseModel):
    """A mapping of the file; keys it does not know are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _form_of_words(written: object) -> str:
    return FORMS[0] if isinstance(written, dict) else FORMS[1]


Feelings = Annotated[
    Annotated[dict[Feeling, Probability], Tag("<mapping>")] | Annotated[OneOrMore[Feeling], Tag("<words>")],
    Discriminator(_form_of_words),
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


class AwaySettings(Written):
    """An absence."""

    begins: Moment = Field(alias="from")
    until: Moment
    why: Text | None = None


class PersonSettings(Written):
    """Somebody of ours."""

    name: Text | None = None
    slack: SlackId | None = None
    email: Text | None = None
    handles: dict[str, Text] = {}
    country: Place | None = None
    away: tuple[AwaySettings, ...] = ()


class TurnsSettings(Written):
    """People in turn, and when."""

    people: OneOrMore[Text]
    handoff: Handoff = Field(default="mon 09:00", validate_default=True)
    every: Turns = timedelta(weeks=1)
    start: date | None = None
    zone: Zone | None = None
    hours: OneOrMore[Hours] = ()
    days: OneOrMore[Days] = ()
    holidays: OnHolidays = OnHolidays.KEEP


class IcalSettings(Written):
    """A rota that is kept in another calendar."""

    ical: Ical
    every: ReadEvery = timedelta(hours=1)
    zone: Zone | None = None


def _form_of_rota(written: object) -> str:
    if isinstance(written, LayersSettings | IcalSettings):  # asked again where it is written out
        return "<layers>" if isinstance(written, LayersSettings) else "<ical>"
    if isinstance(written, dict) and "layers" in written:
        return "<layers>"
    return "<ical>" if isinstance(written, dict) and "ical" in written else "<turns>"


LayerSettings = Annotated[
    Annotated[TurnsSettings, Tag("<turns>")] | Annotated[IcalSettings, Tag("<ical>")],
    Discriminator(_form_of_rota),
]


def _some(layers: tuple[object, ...]) -> tuple[object, ...]:
    if not 0 < len(layers) <= MOST_LAYERS:
        raise ValueError(f"must not be empty, and hold at most {MOST_LAYERS}; write one layer or more")
    return layers


class LayersSettings(Written):
    """Several rotas, one over the other."""

    layers: Annotated[tuple[LayerSettings, ...], AfterValidator(_some)]


RotaSettings = Annotated[
    Annotated[TurnsSettings, Tag("<turns>")]
    | Annotated[IcalSettings, Tag("<ical>")]
    | Annotated[LayersSettings, Tag("<layers>")],
    Discriminator(_form_of_rota),
]


class OverrideSettings(Written):
    """Somebody stands in."""

    begins: Moment = Field(alias="from")
    until: Moment
    person: Text
    by: Text | None = None
    why: Text | None = None


class TeamSettings(Written):
    """Who handles what."""

    channel: SlackChannel | None = None
    rota: OffOr[RotaSettings] = None
    people: OneOrMore[Text] = ()
    overrides: tuple[OverrideSettings, ...] = ()
    holidays: OffOr[OneOrMore[Holiday]] = None
    max_open: OffOr[Annotated[Count, Field(ge=1)]] = None
    max_night_pages: OffOr[Annotated[Count, Field(ge=1)]] = None


Way = Literal["channel", "direct", "both"]
"""How people are called."""


class StepSettings(Written):
    """One step of the chain."""

    after: Duration
    to: Annotated[OneOrMore[Text], Field(min_length=1)]
    notify: Way | None = None


class RepeatSettings(Written):
    """The whole chain once more, some time after its end."""

    every: Duration
    times: Annotated[Count, Field(ge=1, le=100)] = 3


def _every_alone(written: object) -> object:
    """Take a duration that stands alone for `every`."""
    if written is None or is_off(written) or isinstance(written, dict | RepeatSettings):
        return written
    return {"every": written}


class AuthorCasesSettings(Written):
    """How often the author has needed us already."""

    at_least: Annotated[Count, Field(ge=1)]
    within: Duration = timedelta(days=30)


Topics = Annotated[
    Annotated[dict[Text, Probability], Tag("<mapping>")] | Annotated[OneOrMore[Text], Tag("<words>")],
    Discriminator(_form_of_words),
]


def _switch_or_words(written: object) -> str:
    return FORMS[2] if is_switch(written) else FORMS[1]


People = Annotated[
    Annotated[bool, Tag("<switch>")] | Annotated[OneOrMore[Text], Tag("<words>")],
    Discriminator(_switch_or_words),
]
Rating = Annotated[float, BeforeValidator(number_not_switch), Field(ge=-1_000, le=1_000, allow_inf_nan=False)]


class RatingSettings(Written):
    """Bounds of a review's rating, as its source counts."""

    at_least: Rating | None = None
    at_most: Rating | None = None


class ReachSettings(Written):
    """How many the post has reached, and how quickly that grows."""

    at_least: Annotated[Count, Field(ge=1)] | None = None
    growing: Annotated[Count, Field(ge=1)] | None = None


class MatchSettings(Written):
    """The conditions of a playbook; all that are given must hold."""

    sentiment: Feelings = ()
    attention: Probability | None = None
    topics: Topics = ()
    words: OneOrMore[Text] = ()
    regex: OneOrMore[Expression] = ()
    language: OneOrMore[Literal["fi", "sv", "en", "other"]] = ()
    source: OneOrMore[Text] = ()
    followers: Count | None = None
    author_cases: AuthorCasesSettings | None = None
    kind: OneOrMore[Literal["post", "reply", "quote", "review"]] = ()
    rating: RatingSettings | None = None
    reach: ReachSettings | None = None
    author: OneOrMore[Literal["new", "known", "ours"]] = ()
    question: bool | None = None
    to_person: People | None = None
    time: OneOrMore[Hours] = ()
    weekday: OneOrMore[Days] = ()
    open: OneOrMore[Text] = ()
    crisis: bool | None = None
    blind: bool | None = None
    all: "tuple[MatchSettings, ...]" = ()
    any: "tuple[MatchSettings, ...]" = ()
    none: "MatchSettings | None" = Field(default=None, alias="not")


class AlsoSettings(Written):
    """Who else is told of a playbook's posts."""

    to: Text


class AtMostSettings(Written):
    """How many cases of one author a playbook opens at most."""

    per_author: Annotated[Count, Field(ge=1)]
    within: Duration = timedelta(days=1)


def _leave_some_day(written: str) -> str:
    begin, end = (minute_of(half) for half in written.split("-"))
    if begin == end:
        raise ValueError(
            'these hours last all day, so nobody would ever be called; write for example "22:00-07:00"'
        )
    return written


QuietHoursText = Annotated[Hours, AfterValidator(_leave_some_day)]


def _sound_braces(written: str) -> str:
    flaw = flaw_of(written)
    if flaw is not None:
        raise ValueError(flaw)
    return written


def _each_a_draft(written: object) -> object:
    """Take a text, or one draft, for a list of one; a text alone is a draft without a tone."""
    drafts = [written] if isinstance(written, str | dict) else written
    if not isinstance(drafts, list):
        return drafts
    return [{"text": draft} if isinstance(draft, str) else draft for draft in drafts]


class DraftSettings(Written):
    """One beginning of a reply."""

    text: Annotated[Text, AfterValidator(_sound_braces)]
    tone: Annotated[Text, Field(max_length=30)] | None = None


class PlaybookSettings(Written):
    """A rule and its procedure."""

    name: Text
    match: MatchSettings
    team: Text
    severity: Severity = Severity.NORMAL
    acknowledge_within: DurationOrOff = None
    respond_within: DurationOrOff = None
    resolve_within: DurationOrOff = None
    update_within: DurationOrOff = None
    clock: Text = "always"
    escalate: OffOr[tuple[StepSettings, ...]] = None
    repeat: Annotated[OffOr[RepeatSettings], BeforeValidator(_every_alone)] = None
    notify: Way | None = None
    ask_after: DurationOrOff = None
    checklist: OneOrMore[Text] = ()
    mandate: Text | None = None
    quiet_hours: OffOr[QuietHoursText] = None
    together: bool = False
    sample: Annotated[Probability, Field(gt=0)] = 1.0
    at_most: OffOr[AtMostSettings] = None
    digest: OffOr[Literal["weekly"]] = None
    also: OffOr[tuple[AlsoSettings, ...]] = None
    continues: bool = Field(default=False, alias="continue")
    drafts: dict[
        Annotated[str, Field(pattern="^[a-z]{2,3}$")],
        Annotated[tuple[DraftSettings, ...], BeforeValidator(_each_a_draft), Field(min_length=1)],
    ] = {}
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
    update_within: DurationOrOff = timedelta(hours=1)


class HotSettings(Written):
    """The week's dreams, problems and needs, for those who make the product."""

    team: Text
    at: Handoff = Field(default="mon 09:00", validate_default=True)
    topics: Annotated[OneOrMore[Text], Field(min_length=1, max_length=10)] = ("dream", "problem", "need")
    quotes: Annotated[Count, Field(le=10)] = 3


class DigestSettings(Written):
    """What is summed up for teams, and when."""

    morning: OffOr[TimeOfDay] = Field(default="09:00", validate_default=True)
    weekly: OffOr[Handoff] = Field(default="mon 09:00", validate_default=True)
    handoff: bool = True
    hot: OffOr[HotSettings] = None


class TargetSettings(Written):
    """Which share of answers ought to be in time."""

    share: Annotated[Probability, Field(gt=0)]
    playbook: Text | None = None
    within: Duration | None = None
    begins: date | None = Field(default=None, alias="from")
    until: date | None = None


class ReportSettings(Written):
    """What reports measure by."""

    targets: tuple[TargetSettings, ...] = ()


def _on_is_default(written: object) -> object:
    if is_off(written):
        return None
    return {} if written is True or (isinstance(written, str) and written.lower() == "on") else written


class PeopleFiguresSettings(Written):
    """Response times by person."""

    purpose: Text | None = None
    at_least: Count = AT_LEAST


def _switch_or_mapping(written: object) -> object:
    if is_off(written) or written is None:
        return None
    if is_switch(written):
        return {}
    if not isinstance(written, dict | PeopleFiguresSettings):
        raise ValueError('must be true or false, or {purpose: "what for"}')  # noqa: TRY004 - pydantic reads this one
    return written


def _as_address(written: str) -> str:
    """Read where people open the pages: http or https and a host, nothing after a `?`; a slash at its end falls."""
    address = written.strip().rstrip("/")
    if safe_url(address) is None or "?" in address or "#" in address:
        raise ValueError("write the address that people open, like https://vaste.example.org")
    return address


PageAddress = Annotated[str, AfterValidator(_as_address)]


class WebSettings(Written):
    """The page."""

    listen: Listen = Field(default="127.0.0.1:8321", validate_default=True)
    public_url: PageAddress | None = None


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
    notify: dict[Severity, Way] = {}
    crisis: Annotated[CrisisSettings | None, BeforeValidator(_on_is_default)] = CrisisSettings()
    channels: tuple[dict[str, Any], ...] = ()
    tell: OffOr[Text] = None
    digest: OffOr[DigestSettings] = DigestSettings()
    report: ReportSettings = ReportSettings()
    web: OffOr[WebSettings] = WebSettings()
    people_figures: Annotated[PeopleFiguresSettings | None, BeforeValidator(_switch_or_mapping)] = None
