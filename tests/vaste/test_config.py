"""What a configuration becomes: values for the rooms, defaults, the environment, the fingerprint."""

from collections.abc import Callable, Mapping
from datetime import time, timedelta
from pathlib import Path
from textwrap import dedent
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from casebook.draft import Draft
from casebook.quiet_hours import QuietHours
from classifier.topics import Topic
from notifier.channel import Person
from playbooks.escalate import Team
from playbooks.playbook import AtMost, AuthorCases, Match, Repeat, Severity, Step
from playbooks.rota import Rota
from vaste.config import Config, Loaded, load_config
from vaste.digests import Hot, Telling
from vaste.people_figures import PeopleFigures

SECRETS = {
    "MASTODON_TOKEN": "masto-secret",
    "X_BEARER_TOKEN": "xxBEARERxx-4711",
    "SLACK_BOT_TOKEN": "xoxb-very-secret",
    "SLACK_APP_TOKEN": "xapp-very-secret",
}
A_WHOLE_ONE = """
brand: Merikulma
language: sv
timezone: Europe/Stockholm
database: sqlite:///cases.db
calendars:
  office: {hours: {mon-fri: "09:00-17:00", sat: off}, holidays: FI}
  desk:
    hours: {mon-thu: ["08:00-12:00", "13:00-24:00"], "fri,sat": "22:00-06:00"}
    holidays: [SE, 2026-12-31]
    zone: Europe/Helsinki
    exceptions: {2026-12-24: "09:00-12:00", 2026-12-26: off}
sources:
  - {name: x, kind: x, handle: merikulma, query: '"Meri Kulma"', bearer_token: "${X_BEARER_TOKEN}",
     every: 60s, budget: 50 USD/month, api_url: https://api.x.com}
  - {name: masto, kind: mastodon, api_url: https://mastodon.social, access_token: "${MASTODON_TOKEN}"}
  - {name: feed, kind: file, path: posts.jsonl, backfill: 24h, overlap: 5m}
classifier: {model: bundled, abstain_below: 0.4}
topics:
  recall:
    examples: [glas burken, lasia purkissa]
    words: glasbit
    counter_examples: [ett glas kaffe]
    threshold: 0.7
people:
  aino: {name: Aino Virtanen, slack: U0123, email: aino@example.com, handles: {x: ainovirtanen}}
  ben: {slack: U0124}
teams:
  care:
    channel: "#kundservice"
    rota: {people: [aino, ben], handoff: "tue 08:30", every: 2w, start: 2026-01-06, zone: Europe/Helsinki}
    people: [ben]
  lab: {channel: C0123, rota: {people: []}}
playbooks:
  - name: recall
    match:
      topics: [recall]
      sentiment: negative
      attention: 0.6
      words: [glas, 24]
      regex: 'glas\\b'
      language: [fi, sv]
      source: [x, file]
      followers: 1000
      author_cases: {at_least: 2, within: 14d}
      any: [{sentiment: {negative: 0.6, neutral: 0.9}}, {topics: recall}]
      not: {sentiment: [positive, neutral]}
    team: care
    severity: critical
    acknowledge_within: 5m
    respond_within: 30m
    resolve_within: 2d
    clock: office
    escalate: [{after: 5m, to: backup}, {after: 10m, to: ben}, {after: 10m, to: "team:lab"}, {after: 1h, to: [aino, round_robin, "#all"], notify: direct}]
    repeat: {every: 1h, times: 2}
    notify: both
    ask_after: 20m
    checklist: [ring labbet]
    mandate: Upp till 50 euro.
    drafts: {fi: Pahoittelut., sv: [Förlåt., {tone: humor, text: "Hoppsan, {author_name}!"}], en: {text: Sorry.}}
    close_after: off
    reopen_within: off
  - {name: rest, match: {}, team: lab, close_after: 1d, quiet_hours: "23:30-24:00", sample: 0.5, at_most: {per_author: 2}, update_within: 2h, also: [{to: "#produkt"}, {to: "team:care"}, {to: "#produkt"}]}
  - {name: never, match: {words: x}, team: lab, acknowledge_within: off, escalate: off, digest: weekly, continue: on, also: off, together: on}
notify: {critical: both, high: direct, normal: channel, low: channel}
close_after: 5d
reopen_within: 2w
crisis: {at_least: 10, within: 15m, likeness: 0.8, team: care, severity: critical, acknowledge_within: 5m,
         escalate: [{after: 5m, to: everyone}]}
channels:
  - {kind: slack, bot_token: "${SLACK_BOT_TOKEN}", app_token: "${SLACK_APP_TOKEN}", api_url: http://127.0.0.1:9/api/}
  - {kind: console}
  - {kind: email, host: 127.0.0.1, from: vaste@example.com, to: care@example.com}
tell: lab
digest: {morning: "8:30", weekly: "tue 10:00", handoff: on, hot: {team: lab, at: "fri 15:00", topics: [recall], quotes: 5}}
report: {targets: [{share: 0.8}, {playbook: recall, share: 0.95, within: 30m, from: 2026-01-01, until: 2027-01-01}]}
web: {listen: "[::1]:8321"}
people_figures: on
"""

Load = Callable[..., Loaded]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Write a configuration and load it."""

    def _load(written: str, environment: Mapping[str, str] = SECRETS) -> Loaded:
        file = tmp_path / "config.yaml"
        file.write_text(dedent(written), encoding="utf-8")
        return load_config(file, environment)

    return _load


@pytest.fixture
def whole(load: Load) -> Config:
    """Give the configuration that uses every key."""
    loaded = load(A_WHOLE_ONE)
    assert loaded.config is not None, "\n".join(map(str, loaded.problems))
    return loaded.config


def test_every_key_of_the_contract_is_accepted_with_warnings_only(load: Load) -> None:
    assert [str(problem) for problem in load(A_WHOLE_ONE).problems if problem.fatal] == []


def test_what_is_not_built_yet_is_named_where_it_stands(load: Load) -> None:
    warned = {problem.path for problem in load(A_WHOLE_ONE).problems}
    assert warned == {
        "teams.lab.rota.people",
        "playbooks.2",
        "playbooks.2.continue",
        "playbooks.2.digest",
        "playbooks.2.together",
        "people_figures",
    }


def test_plain_values_arrive(whole: Config) -> None:
    assert (whole.brand, whole.language, whole.timezone) == ("Merikulma", "sv", ZoneInfo("Europe/Stockholm"))
    assert (whole.classifier.model, whole.classifier.abstain_below) == ("bundled", 0.4)
    assert whole.listen == ("::1", 8321)
    assert whole.people_figures == PeopleFigures()
    assert whole.crisis is not None
    assert whole.crisis.likeness == 0.8


def test_our_people_s_handles_arrive_by_network(load: Load) -> None:
    loaded = load("people: {a: {handles: {x: '@aino'}}, b: {handles: {x: ben, mastodon: ben@a.fi}}}")
    assert loaded.config is not None
    assert loaded.config.handles == {"x": ("aino", "ben"), "mastodon": ("ben@a.fi",)}


def test_paths_are_relative_to_the_file_s_directory(whole: Config, tmp_path: Path) -> None:
    assert whole.database.get_secret_value() == f"sqlite:///{tmp_path}/cases.db"
    feed = next(source for source in whole.sources if source.name == "feed")
    assert feed.model_dump()["path"] == tmp_path / "posts.jsonl"


def test_sources_and_channels_that_are_built_arrive_in_their_order(whole: Config) -> None:
    assert [(source.name, source.kind) for source in whole.sources] == [
        ("x", "x"),
        ("masto", "mastodon"),
        ("feed", "file"),
    ]
    assert [channel.kind for channel in whole.channels] == ["slack", "console", "email"]
    assert whole.sources[2].backfill == timedelta(hours=24)


def test_tokens_come_from_the_environment_and_are_kept_secret(whole: Config) -> None:
    token = whole.sources[0].model_dump()["bearer_token"]
    assert isinstance(token, SecretStr)
    assert token.get_secret_value() == SECRETS["X_BEARER_TOKEN"]
    assert not [
        secret for secret in SECRETS.values() if secret in repr(whole) + repr(whole.sources + whole.channels)
    ]


def test_topics_people_and_teams_are_the_rooms_own_values(whole: Config) -> None:
    assert whole.topics == (
        Topic("recall", ("glas burken", "lasia purkissa"), ("glasbit",), ("ett glas kaffe",), 0.7),
    )
    assert whole.people == {
        "aino": Person("aino", "Aino Virtanen", "U0123", "aino@example.com"),
        "ben": Person("ben", "ben", "U0124"),
    }
    rota = whole.teams["care"].rota
    assert whole.teams["care"] == Team("care", "#kundservice", rota, ("ben",))
    assert isinstance(rota, Rota)
    assert (rota.people, rota.weekday, rota.at) == (("aino", "ben"), 1, time(8, 30))
    assert (rota.every, rota.zone, str(rota.start)) == (
        timedelta(weeks=2),
        ZoneInfo("Europe/Helsinki"),
        "2026-01-06",
    )


def test_a_playbook_is_converted_whole(whole: Config) -> None:
    recall = whole.playbooks[0]
    assert (recall.name, recall.team, recall.severity, recall.clock) == (
        "recall",
        "care",
        Severity.CRITICAL,
        "office",
    )
    assert (recall.acknowledge_within, recall.respond_within, recall.resolve_within) == (
        timedelta(minutes=5),
        timedelta(minutes=30),
        timedelta(days=2),
    )
    assert recall.escalate == (
        Step(timedelta(minutes=5), "backup"),
        Step(timedelta(minutes=10), "ben"),
        Step(timedelta(minutes=10), "team:lab"),
        Step(timedelta(hours=1), "aino", ("round_robin", "#all"), "direct"),
    )
    assert (recall.notify, recall.ask_after) == ("both", timedelta(minutes=20))
    assert (recall.repeat, recall.checklist, recall.mandate) == (
        Repeat(timedelta(hours=1), 2),
        ("ring labbet",),
        "Upp till 50 euro.",
    )
    assert recall.drafts == (
        Draft("fi", "Pahoittelut."),
        Draft("sv", "Förlåt."),
        Draft("sv", "Hoppsan, {author_name}!", "humor"),
        Draft("en", "Sorry."),
    )


def test_what_holds_posts_and_people_back_is_converted(whole: Config) -> None:
    recall, rest, never = whole.playbooks
    assert rest.quiet_hours == QuietHours(23 * 60 + 30, 0, ZoneInfo("Europe/Stockholm"))
    assert (rest.sample, rest.at_most, never.digest) == (0.5, AtMost(2, timedelta(days=1)), "weekly")
    assert (rest.also, rest.continues) == (("#produkt", "team:care"), False)
    assert (never.also, never.continues, recall.continues) == ((), True, False)
    assert (never.together, rest.together) == (True, False)
    assert (rest.update_within, never.update_within) == (timedelta(hours=2), None)
    assert (recall.quiet_hours, recall.sample, recall.at_most, recall.digest) == (None, 1, None, None)


def test_a_match_is_converted_at_every_depth(whole: Config) -> None:
    assert whole.playbooks[0].match == Match(
        sentiment=("negative",),
        attention=0.6,
        topics=("recall",),
        words=("glas", "24"),
        regex=(r"glas\b",),
        language=("fi", "sv"),
        source=("x", "file"),
        followers=1000,
        author_cases=AuthorCases(2, timedelta(days=14)),
        any=(Match(sentiment_at_least={"negative": 0.6, "neutral": 0.9}), Match(topics=("recall",))),
        none=(Match(sentiment=("positive", "neutral")),),
    )


def test_topics_that_come_with_vaste_may_be_named_by_a_playbook_alone(load: Load) -> None:
    loaded = load(
        "topics: {mine: {words: x}, praise: {}}\nteams: {t: {}}\nplaybooks:\n"
        "  - {name: a, team: t, match: {topics: [need, mine], not: {topics: praise}}}\n"
        "  - {name: b, team: t, match: {any: [{topics: safety}, {not: {topics: [need]}}]}}\n"
    )
    assert loaded.config is not None
    assert loaded.config.topics == (
        Topic("mine", (), ("x",)),
        Topic("praise"),
        Topic("safety"),
        Topic("need"),
    )


def test_who_is_told_what_belongs_to_no_case_is_converted_whole(whole: Config) -> None:
    hot = Hot("lab", 4, time(15), ("recall",), 5)
    zone = ZoneInfo("Europe/Stockholm")
    assert whole.telling == Telling("lab", zone, time(8, 30), (1, time(10)), handoff=True, hot=hot)


@pytest.mark.parametrize(
    ("written", "team", "told"),
    [
        # the team of the gravest playbook, of equals the first
        ("", "b", "morning weekly handoff"),
        ("tell: a", "a", "morning weekly handoff"),
        ("tell: off", None, "morning weekly handoff"),
        ("digest: off", "b", ""),
        ("digest: {morning: off}", "b", "weekly handoff"),
        ("digest: {weekly: off}", "b", "morning handoff"),
        ("digest: {handoff: off}", "b", "morning weekly"),
        ("digest: {hot: off}", "b", "morning weekly handoff"),
    ],
)
def test_without_a_word_the_team_of_the_gravest_playbook_is_told(
    load: Load, written: str, team: str | None, told: str
) -> None:
    grave = "".join(
        f"  - {{name: {name}, team: {name}, match: {{words: x}}, severity: {severity}}}\n"
        for name, severity in (("a", "normal"), ("b", "high"), ("c", "high"))
    )
    config = load(f"teams: {{a: {{}}, b: {{}}, c: {{}}}}\nplaybooks:\n{grave}{written}").config
    assert config is not None
    assert config.telling == Telling(
        team,
        ZoneInfo("Europe/Helsinki"),
        time(9) if "morning" in told else None,
        (0, time(9)) if "weekly" in told else None,
        handoff="handoff" in told,
    )


def test_without_playbooks_nobody_is_told(load: Load) -> None:
    config = load("brand: Aino Kahvi").config
    assert config is not None
    assert config.telling.team is None


def test_topics_that_only_a_digest_names_are_scored(load: Load) -> None:
    config = load("teams: {t: {}}\ndigest: {hot: {team: t}}").config
    assert config is not None
    assert config.topics == (Topic("dream"), Topic("problem"), Topic("need"))


def test_closing_and_reopening_take_the_playbook_s_word_then_the_file_s(whole: Config) -> None:
    never, own, default = whole.playbooks
    assert (never.close_after, never.reopen_within) == (None, timedelta(0))
    assert (own.close_after, own.reopen_within) == (timedelta(days=1), timedelta(weeks=2))
    assert (default.close_after, default.reopen_within) == (timedelta(days=5), timedelta(weeks=2))


def test_a_configuration_of_one_key_has_the_documented_defaults(load: Load, tmp_path: Path) -> None:
    loaded = load("brand: Aino Kahvi")
    config = loaded.config
    assert config is not None
    assert loaded.problems == ()
    assert (config.language, config.timezone.key, config.listen) == (
        "fi",
        "Europe/Helsinki",
        ("127.0.0.1", 8321),
    )
    assert config.database.get_secret_value() == f"sqlite:///{tmp_path}/vaste.db"
    assert [channel.kind for channel in config.channels] == ["console"]
    assert (config.sources, config.playbooks, config.topics) == ((), (), ())
    assert config.crisis is not None


def test_a_playbook_needs_a_name_a_match_and_a_team_only(load: Load) -> None:
    config = load(
        "teams: {a: {rota: {people: b}}}\npeople: {b: {}}\nplaybooks: [{name: p, match: {}, team: a}]"
    ).config
    assert config is not None
    playbook = config.playbooks[0]
    assert playbook.severity == Severity.NORMAL
    assert (playbook.acknowledge_within, playbook.respond_within, playbook.resolve_within) == (
        None,
        None,
        None,
    )
    assert (playbook.close_after, playbook.reopen_within) == (timedelta(days=3), timedelta(days=7))
    rota = config.teams["a"].rota
    assert isinstance(rota, Rota)
    assert (rota.weekday, rota.at, rota.every, rota.zone.key) == (
        0,
        time(9),
        timedelta(weeks=1),
        "Europe/Helsinki",
    )


@pytest.mark.parametrize("word", ["off", "false", "False", "OFF", '"off"'])
def test_off_and_false_are_the_same(load: Load, word: str) -> None:
    loaded = load(f"crisis: {word}\nweb: {word}\npeople_figures: {word}\nclose_after: {word}")
    assert loaded.config is not None
    assert loaded.problems == ()
    assert (loaded.config.crisis, loaded.config.listen, loaded.config.people_figures) == (None, None, None)


@pytest.mark.parametrize("word", ["on", "true"])
def test_crisis_on_is_its_defaults(load: Load, word: str) -> None:
    config = load(f"crisis: {word}").config
    assert config is not None
    assert config.crisis is not None
    assert config.crisis.at_least == 10


def test_a_source_s_off_is_the_same_as_not_given(load: Load) -> None:
    config = load("sources: [{name: f, kind: file, path: a, backfill: off, budget: off}]").config
    assert config is not None
    assert config.sources[0].backfill is None


def test_postgresql_and_absolute_sqlite_addresses_are_left_as_they_are(load: Load) -> None:
    for url in ("postgresql://u:p@db/vaste", "sqlite:////srv/vaste.db"):
        config = load(f"database: {url}").config
        assert config is not None
        assert config.database.get_secret_value() == url


def test_empty_sections_are_the_same_as_none(load: Load) -> None:
    loaded = load("brand: A\nsources:\n  # - {name: x}\nchannels:\npeople: {}\n")
    assert loaded.config is not None
    assert loaded.problems == ()


BRANDS = [
    ("${NAME}", {"NAME": "Aino"}, "Aino", "a variable"),
    ("${NAME:-Ben}", {}, "Ben", "a default"),
    ("${NAME:-Ben}", {"NAME": ""}, "Ben", "a variable set to nothing takes the default"),
    ("${NAME:-Ben}", {"NAME": "Aino"}, "Aino", "the environment wins"),
    ("a ${A}-${B:-b}-${A} z", {"A": "1"}, "a 1-b-1 z", "several, anywhere"),
    ("$${NAME}", {}, "${NAME}", "doubled stands for itself"),
    ("$${NAME} ${NAME}", {"NAME": "x"}, "${NAME} x", "both"),
    ("$NAME and $5", {}, "$NAME and $5", "a bare dollar is a dollar"),
    ("${A}", {"A": "${B}"}, "${B}", "what comes from outside is not read again"),
    ("${A:-http://x/y?z=1:-2}", {}, "http://x/y?z=1:-2", "a default with colons"),
    ("x${A:-}y", {}, "xy", "an empty default"),
]


@pytest.mark.parametrize(
    ("written", "environment", "brand"), [row[:3] for row in BRANDS], ids=[row[3] for row in BRANDS]
)
def test_the_environment_is_put_in(load: Load, written: str, environment: dict[str, str], brand: str) -> None:
    config = load(f"brand: '{written}'", environment).config
    assert config is not None
    assert config.brand == brand


def test_numbers_and_switches_may_come_from_the_environment(load: Load) -> None:
    written = "classifier: {abstain_below: '${P}'}\npeople_figures: '${F}'\ncrisis: '${C:-off}'"
    config = load(written, {"P": "0.25", "F": "true"}).config
    assert config is not None
    assert (config.classifier.abstain_below, config.people_figures, config.crisis) == (
        0.25,
        PeopleFigures(),
        None,
    )


def test_keys_are_no_place_for_the_environment(load: Load) -> None:
    loaded = load("people: {'${WHO}': {name: A}}", {"WHO": "aino"})
    assert loaded.config is not None
    assert list(loaded.config.people) == ["${WHO}"]


def test_the_fingerprint_is_of_what_is_meant_not_of_how_it_is_written(load: Load) -> None:
    one = load("brand: A\nlanguage: fi\nclose_after: 2d")
    same = load("# other words\nclose_after: 48h\n\nbrand: 'A'")
    other = load("brand: A\nclose_after: 49h")
    prints = [loaded.config.fingerprint for loaded in (one, same, other) if loaded.config]
    assert prints[0] == prints[1] != prints[2]
    assert len(prints[0]) == 12
    assert set(prints[0]) <= set("0123456789abcdef")


def test_the_fingerprint_holds_no_secret(load: Load) -> None:
    one, other = load(A_WHOLE_ONE).config, load(A_WHOLE_ONE, dict.fromkeys(SECRETS, "other")).config
    assert one is not None
    assert other is not None
    assert one.fingerprint == other.fingerprint


def test_a_playbook_s_order_changes_the_fingerprint(load: Load) -> None:
    playbooks = ["{name: a, match: {words: a}, team: t}", "{name: b, match: {words: b}, team: t}"]
    prints = set()
    for order in (playbooks, playbooks[::-1]):
        config = load(f"teams: {{t: {{}}}}\nplaybooks: [{', '.join(order)}]").config
        assert config is not None
        prints.add(config.fingerprint)
    assert len(prints) == 2
