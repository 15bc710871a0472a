"""What is said of a configuration that can't be used: every problem at once, at its place, without secrets."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vaste.config import Loaded, load_config
from vaste.locate import Problem

NO_ENVIRONMENT: dict[str, str] = {}
SOUND = """\
brand: Aino Kahvi
sources:
  - {name: feed, kind: file, path: posts.jsonl}
topics:
  recall: {words: [lasinsiru]}
people:
  aino: {name: Aino, slack: U1}
  ben: {name: Ben, slack: U2}
teams:
  care:
    channel: "#care"
    rota: {people: [aino, ben]}
playbooks:
  - name: recall
    match:
      topics: [recall]
      sentiment: negative
    team: care
    acknowledge_within: 5m
    respond_within: 30m
    escalate:
      - {after: 5m, to: backup}
"""


def written(tmp_path: Path, text: str | bytes, environment: Mapping[str, str] = NO_ENVIRONMENT) -> Loaded:
    file = tmp_path / "config.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_config(file, environment)


def lines(loaded: Loaded, tmp_path: Path) -> list[str]:
    return [str(problem).replace(f"{tmp_path}/", "") for problem in loaded.problems]


def test_the_sound_configuration_has_no_problem(tmp_path: Path) -> None:
    loaded = written(tmp_path, SOUND)
    assert loaded.config is not None
    assert loaded.problems == ()


def test_five_mistakes_are_five_lines_with_their_places(tmp_path: Path) -> None:
    broken = (
        SOUND.replace("brand: Aino Kahvi", "brand: Aino Kahvi\nlanguage: suomi")
        .replace("sentiment: negative", "sentimen: negative")
        .replace("team: care", "team: caer")
        .replace("respond_within: 30m", "respond_within: 30 min")
        .replace("path: posts.jsonl", "path: posts.jsonl, api_key: '${FEED_KEY}'")
    )
    assert lines(written(tmp_path, broken), tmp_path) == [
        "config.yaml:2:11: language: not one of the words known here; write 'fi', 'sv' or 'en'",
        "config.yaml:4:58: sources.0.api_key: the environment variable FEED_KEY is not set; set it, or write ${FEED_KEY:-default}",
        "config.yaml:18:7: playbooks.0.match.sentimen: unknown key; did you mean sentiment?",
        "config.yaml:19:11: playbooks.0.team: no team has this name; did you mean care? (teams are named under teams)",
        "config.yaml:21:21: playbooks.0.respond_within: not a duration; write for example 30s, 5m, 24h, 7d or 1w",
    ]


def test_the_file_is_named_as_the_user_named_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, "brand: [1]")
    monkeypatch.chdir(tmp_path)
    (problem,) = load_config(Path("config.yaml"), NO_ENVIRONMENT).problems
    assert str(problem) == "config.yaml:1:8: brand: must be a text; put it in quotes"


# (what is written, line, column, path, words of the message)
UNREADABLE = {
    "an empty file": ("", 1, 1, "", "empty"),
    "only comments": ("# nothing\n", 1, 1, "", "empty"),
    "a list": ("- brand\n", 1, 1, "", "must be a mapping"),
    "a word": ("\n\nbrand", 3, 1, "", "must be a mapping"),
    "a tab": ("brand: A\nteams:\n\tcare: {}\n", 3, 1, "", "a tab stands here"),
    "an open bracket": ("brand: A\nsources: [", 2, 11, "", "bracket is opened"),
    "an open quote": ('brand: "A\nlanguage: fi\n', 3, 1, "", "never closed"),
    "a colon too many": ("brand: A: B\n", 1, 9, "", "a colon where none can be"),
    "a bad indent": ("teams:\n  a: {}\n b: {}\n", 3, 2, "", "stands out of its block"),
    "an alias of nothing": ("brand: *name\n", 1, 8, "", "is an alias"),
    "two documents": ("brand: A\n---\nbrand: B\n", 2, 1, "", "second document"),
    "a reserved character": ("brand: @home\n", 1, 8, "", "cannot begin a value"),
    "Latin-1": ("brand: A\nx: päivä\n".encode("latin-1"), 2, 5, "", "0xe4 is not UTF-8"),
    "UTF-16": ("brand: A\n".encode("utf-16"), 1, 1, "", "is not UTF-8"),
    "a NUL": ("brand: A\nlanguage: f\0i\n", 2, 12, "", "U+0000"),
    "an escape": ("brand: \x1b[31m\n", 1, 8, "", "U+001B"),
    "an impossible character": ('brand: "\\U99999999"\n', 1, 1, "", "not YAML"),
    "deep nesting": ("brand: " + "[" * 5000, 1, 1, "", "levels of nesting"),
    "levels of nesting": ("brand: " + "[" * 60 + "]" * 60, 1, 48, "", "levels of nesting"),
    "an alias inside itself": ("brand: &a [*a]\n", 1, 8, "", "levels of nesting"),
    "aliases that multiply": (
        "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdef", "bcdefg", strict=True)),
        None, None, "", "once its aliases are followed",
    ),
    "too much": ("# " + "x" * 500_001, 1, 1, "", "longer than 500000 bytes"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_is_no_configuration_is_one_problem_with_its_place(
    tmp_path: Path, case: tuple[str | bytes, int | None, int | None, str, str]
) -> None:
    text, line, column, path, words = case
    loaded = written(tmp_path, text)
    assert loaded.config is None
    (problem,) = loaded.problems
    assert words in problem.message
    assert (problem.path, problem.fatal) == (path, True)
    assert line is None or (problem.line, problem.column) == (line, column)


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    (problem,) = load_config(tmp_path / "none.yaml", NO_ENVIRONMENT).problems
    assert (
        str(problem)
        == f"{tmp_path}/none.yaml:1:1: the file can't be read (No such file or directory); name another with --config, or copy the shipped one"
    )


def test_a_directory_is_a_problem(tmp_path: Path) -> None:
    (problem,) = load_config(tmp_path, NO_ENVIRONMENT).problems
    assert "Is a directory" in problem.message


def test_a_name_that_no_file_can_have_is_a_problem() -> None:
    (problem,) = load_config(Path("a\0b"), NO_ENVIRONMENT).problems
    assert "can't be read" in problem.message
    assert "\0" not in str(problem)


TEAM = "teams: {t: {rota: {people: p}}}\npeople: {p: {name: P}}\ntopics: {recall: {words: x}}\n"
# what is written → the one problem: place, path, words
FATAL = {
    "brad: A": ("1:1: brad", "unknown key; did you mean brand?"),
    "brand: A\nbrand: B": ("2:1: brand", "the key stands twice, first on line 1"),
    "brand:\n  - A": ("2:3: brand", "must be a text"),
    "brand: ''": ("1:8: brand", "must not be empty"),
    "brand: !secret A": ("1:8: brand", "tags (!…) are not read"),
    "<<: {brand: A}": ("1:1: <<", "merge keys"),
    "brand: A\n? [a]\n: b": ("2:3: ", "can't be a key"),
    "timezone: Europe/Helsink": ("1:11: timezone", "for example Europe/Helsinki"),
    "timezone: ../../etc/passwd": ("1:11: timezone", "no such time zone"),
    "database: mysql://root:hunter2@db/x": ("1:11: database", "not a database that Vaste knows"),
    "database: 'sqlite:///:memory:'": ("1:11: database", "not a database"),
    "database: sqlite://vaste.db": ("1:11: database", "not a database"),
    "calendars: {o: {hours: {mon-fry: '09:00-17:00'}}}": ("1:25: calendars.o.hours.mon-fry", "not days of the week"),
    "calendars: {o: {hours: {mon: '9-17'}}}": ("1:30: calendars.o.hours.mon", "not opening hours"),
    "calendars: {o: {hours: {mon: '09:00-25:00'}}}": ("1:30: calendars.o.hours.mon", "not opening hours"),
    "calendars: {o: {hours: {mon: '09:00-09:00'}}}": ("1:30: calendars.o.hours.mon", "begin where they end"),
    "calendars: {o: {hours: {mon-wed: '09:00-17:00', wed: off}}}": ("1:49: calendars.o.hours.wed", "names a day that has its hours already"),
    "calendars: {o: {hours: {'mon,mon': '09:00-17:00'}}}": ("1:25: calendars.o.hours.mon,mon", "names a day twice"),
    "calendars: {o: {hours: {}}}": ("1:24: calendars.o.hours", "never opens"),
    "calendars: {o: {hours: {mon-sun: off}, exceptions: {2026-12-24: '09:00-12:00'}}}": ("1:24: calendars.o.hours", "never opens"),
    "calendars: {always: {hours: {mon: '09:00-17:00'}}}": ("1:13: calendars.always", "this word means every hour of the week"),
    "calendars: {o: {hours: {mon: '09:00-17:00'}, holidays: XQ}}": ("1:56: calendars.o.holidays", "neither a country nor a day; write a country (FI), a region (DE-BY) or a date (2026-12-31)"),
    "calendars: {o: {hours: {mon: '09:00-17:00'}, holidays: Suomi}}": ("1:56: calendars.o.holidays", "neither a country nor a day; did you mean FI?"),
    "calendars: {o: {hours: {mon: '09:00-17:00'}, holidays: Sweeden}}": ("1:56: calendars.o.holidays", "did you mean SE?"),
    "calendars: {o: {hours: {mon: '09:00-17:00'}, holidays: UK}}": ("1:56: calendars.o.holidays", "did you mean GB?"),
    "calendars: {o: {hours: {mon: '09:00-17:00'}, holidays: de-by}}": ("1:56: calendars.o.holidays", "did you mean DE-BY?"),
    "calendars: {o: {hours: {mon: '09:00-17:00'}, holidays: EU}}": ("1:56: calendars.o.holidays", "no holidays are known for this country; write its days as dates (2026-12-31)"),
    "calendars: {o: {hours: {mon: '09:00-17:00'}, holidays: [FI, DE-BZ]}}": ("1:61: calendars.o.holidays.1", "no region of this country has this code; known here: DE-Augsburg, DE-BB, DE-BE"),
    "calendars: {o: {hours: {mon: '09:00-17:00'}, holidays: DE-}}": ("1:56: calendars.o.holidays", "no region"),
    "calendars: {o: {hours: {mon: '09:00-17:00'}, zone: Mars}}": ("1:52: calendars.o.zone", "no such time zone"),
    "calendars: {o: {hours: {mon: '09:00-17:00'}, zone: Europe/Helsinky}}": ("1:52: calendars.o.zone", "for example Europe/Helsinki"),
    "calendars: {o: {hours: {mon: '09:00-17:00'}, exceptions: {midsummer: off}}}": ("1:59: calendars.o.exceptions.midsummer", "not a date"),
    "calendars: {o: {hours: {mon: '09:00-17:00'}, exceptions: {2026-12-24: noon}}}": ("1:71: calendars.o.exceptions.2026-12-24", "not opening hours"),
    "calendars: {o: {holidays: FI}}": ("1:16: calendars.o.hours", "is missing"),
    "sources: [{name: a, kind: twitter}]": ("1:27: sources.0.kind", "unknown kind; "),
    "sources: [{name: a, kind: fil}]": ("1:27: sources.0.kind", "did you mean file?"),
    "sources: [{name: a, kind: [file]}]": ("1:27: sources.0.kind", "unknown kind"),
    "sources: [{name: a}]": ("1:11: sources.0.kind", "is missing; write one of"),
    "sources: [{name: a, kind: file}]": ("1:11: sources.0.path", "is missing"),
    "sources: [{name: a, kind: file, path: p, evry: 1s}]": ("1:42: sources.0.evry", "did you mean every?"),
    "sources: [{name: a, kind: file, path: p, every: often}]": ("1:49: sources.0.every", "not a duration"),
    "sources: [{name: a, kind: file, path: p, autoreplies: ['(']}]": ("1:56: sources.0.autoreplies.0", "regular expression"),
    "sources: [{name: a, kind: file, path: p}, {name: a, kind: file, path: q}]": ("1:50: sources.1.name", "this name already"),
    "sources: {name: a}": ("1:10: sources", "must be a list"),
    "sources: [a]": ("1:11: sources.0", "must be a mapping"),
    "classifier: {abstain_below: 1.01}": ("1:29: classifier.abstain_below", "too large; write 1 or less"),
    "classifier: {abstain_below: .nan}": ("1:29: classifier.abstain_below", "not a number"),
    "classifier: {model: a/b/c}": ("1:21: classifier.model", "a folder as ./name, or an id as owner/name"),
    "classifier: {model: 'two words'}": ("1:21: classifier.model", "neither a folder nor a name on the hub"),
    "classifier: {threads: 0}": ("1:23: classifier.threads", "1"),
    "classifier: {fetch: maybe}": ("1:21: classifier.fetch", ""),
    "classifier: {model: ./m, labels: {LABEL_0: bad}}": ("1:44: classifier.labels.LABEL_0", "positive"),
    "classifier: {abstain_below: true}": ("1:29: classifier.abstain_below", "not true or false"),
    "topics: {a: {threshold: -0.1}}": ("1:25: topics.a.threshold", "too small; write 0 or more"),
    f"topics: {{a: {{examples: [{'a b c, ' * 31}]}}}}": ("1:24: topics.a.examples", "31 are too many; keep the 30 that say most"),
    "topics: {a: {exmples: []}}": ("1:14: topics.a.exmples", "did you mean examples?"),
    "people: {p: {slack: '@aino'}}": ("1:21: people.p.slack", "not a Slack member id"),
    "people: {p: {handles: {x: 'a b'}}}": ("1:27: people.p.handles.x", "no handle there; its form is ^[A-Za-z0-9_]{1,15}$"),
    "people: {p: {handles: {y: p}}}": ("1:24: people.p.handles.y", "no kind of source is called so"),
    "sources: [{name: a, kind: x, handle: b}]": ("1:11: sources.0", "add bearer_token, or consumer_key"),
    "sources: [{name: a, kind: x, handle: b, bearer_token: t, access_token: t}]": ("1:11: sources.0", "consumer_key, consumer_secret, access_token_secret missing"),
    "people: {backup: {name: B}}": ("1:10: people.backup", "means something else in escalate"),
    "people: {'#a': {name: B}}": ("1:10: people.#a", "means something else"),
    "teams: {t: {channel: kundservice, rota: off}}": ("1:22: teams.t.channel", "not a channel"),
    "teams:\n  t:\n    channel: #some": ("3:5: teams.t.channel", "# begins a comment"),
    "people: {aino: {}}\nteams: {t: {rota: {people: [ain]}}}": ("2:29: teams.t.rota.people.0", "did you mean aino?"),
    "people: {aino: {}}\nteams: {t: {rota: {people: aino}, people: [bo]}}": ("2:44: teams.t.people.0", "no person has this name"),
    "teams: {t: {rota: {people: [], handoff: 'monday 9'}}}": ("1:41: teams.t.rota.handoff", "not a hand-off"),
    "teams: {t: {rota: {people: [], handoff: 'mon 24:00'}}}": ("1:41: teams.t.rota.handoff", "not a hand-off"),
    "teams: {t: {rota: {people: [], every: 36h}}}": ("1:39: teams.t.rota.every", "whole days"),
    "teams: {t: {rota: {people: [], zone: Helsinki}}}": ("1:38: teams.t.rota.zone", "no such time zone"),
    "teams: {t: {rota: {people: [], start: Monday}}}": ("1:39: teams.t.rota.start", "not a date"),
    "teams: {t: {rota: {handoff: 'mon 09:00'}}}": ("1:19: teams.t.rota.people", "is missing"),
    "teams: {t: {rota: {people: [], every: 0d}}}": ("1:39: teams.t.rota.every", "not a duration"),
    "teams: {t: {rota: {people: [], hours: '9-17'}}}": ("1:39: teams.t.rota.hours", "not opening hours"),
    "teams: {t: {rota: {people: [], days: mon-fry}}}": ("1:38: teams.t.rota.days", "not days of the week"),
    "teams: {t: {rota: {people: [], holidays: sometimes}}}": ("1:42: teams.t.rota.holidays", "'keep', 'skip' or 'only'"),
    "teams: {t: {rota: {people: [], holidays: skip}}}": ("1:42: teams.t.rota.holidays", "whose holidays?"),
    "teams: {t: {rota: {layers: []}}}": ("1:28: teams.t.rota.layers", "must not be empty"),
    "teams: {t: {rota: {layers: [{handoff: 'mon 09:00'}]}}}": ("1:29: teams.t.rota.layers.0.people", "is missing"),
    "teams: {t: {rota: {layers: [{people: [], hans: 1}]}}}": ("1:42: teams.t.rota.layers.0.hans", "unknown key"),
    "people: {aino: {}}\nteams: {t: {rota: {layers: [{people: [aino]}, {people: [ain]}]}}}": ("2:57: teams.t.rota.layers.1.people.0", "did you mean aino?"),
    "teams: {t: {rota: {layers: [{people: [], zone: Mars}]}}}": ("1:48: teams.t.rota.layers.0.zone", "no such time zone"),
    "teams: {t: {rota: {layers: [{people: [], every: 36h}]}}}": ("1:49: teams.t.rota.layers.0.every", "whole days"),
    "teams: {t: {rota: {people: []}, holidays: XQ}}": ("1:43: teams.t.holidays", "neither a country nor a day"),
    "teams: {t: {rota: {people: []}, holidays: DE-XX}}": ("1:43: teams.t.holidays", "no region of this country"),
    "people: {p: {country: 2026-12-24}}": ("1:23: people.p.country", "not a country"),
    "people: {p: {away: [{from: 2026-07-20, until: 2026-07-06}]}}": ("1:47: people.p.away.0.until", "ends before it begins"),
    "people: {p: {away: [{from: 2026-07-06, until: 2026-07-06}]}}": ("1:47: people.p.away.0.until", "ends before it begins"),
    "people: {p: {away: [{from: 2027-03-28 03:10, until: 2027-03-28 03:50}]}}": ("1:53: people.p.away.0.until", "ends before it begins"),  # an hour that is skipped
    "people: {p: {away: [{from: July, until: 2026-07-06}]}}": ("1:28: people.p.away.0.from", "not a date or a time"),
    "people: {p: {away: [{until: 2026-07-06}]}}": ("1:21: people.p.away.0.from", "is missing"),
    "people: {p: {}}\nteams: {t: {rota: {people: p}, overrides: [{from: 2026-07-20, until: 2026-07-06, person: p}]}}": ("2:70: teams.t.overrides.0.until", "ends before it begins"),
    "people: {p: {}}\nteams: {t: {rota: {people: p}, overrides: [{from: 2026-07-06, until: 2026-07-20, person: q}]}}": ("2:90: teams.t.overrides.0.person", "no person has this name"),
    "teams: {t: {rota: {ical: 'http://calendar.example/rota.ics'}}}": ("1:26: teams.t.rota.ical", "not a calendar that can be read"),
    "teams: {t: {rota: {ical: 'ftp://calendar.example/rota.ics'}}}": ("1:26: teams.t.rota.ical", "not a calendar that can be read"),
    "teams: {t: {rota: {ical: rota.ics, every: 30s}}}": ("1:43: teams.t.rota.every", "every minute at most"),
    "teams: {t: {rota: {ical: rota.ics, people: []}}}": ("1:36: teams.t.rota.people", "unknown key"),
    TEAM + "playbooks: [{name: a, team: t}]": ("4:13: playbooks.0.match", "is missing"),
    TEAM + "playbooks: [{name: a, match: , team: t}]": ("4:23: playbooks.0.match", "is empty"),
    TEAM + "playbooks: [{name: a, match: {}}]": ("4:13: playbooks.0.team", "is missing"),
    TEAM + "playbooks: [{match: {}, team: t}]": ("4:13: playbooks.0.name", "is missing"),
    TEAM + "playbooks: [{name: a, match: {words: x}, team: t}, {name: a, match: {}, team: t}]": ("4:59: playbooks.1.name", "this name already"),
    TEAM + "playbooks: [{name: a, match: {sentiment: angry}, team: t}]": ("4:42: playbooks.0.match.sentiment", "'negative', 'neutral' or 'positive'"),
    TEAM + "playbooks: [{name: a, match: {sentiment: {negative: 60}}, team: t}]": ("4:53: playbooks.0.match.sentiment.negative", "too large"),
    TEAM + "playbooks: [{name: a, match: {sentiment: {angry: 0.6}}, team: t}]": ("4:43: playbooks.0.match.sentiment.angry", "'negative', 'neutral' or 'positive'"),
    TEAM + "playbooks: [{name: a, match: {attention: high}, team: t}]": ("4:42: playbooks.0.match.attention", "must be a number"),
    TEAM + "playbooks: [{name: a, match: {regex: 'a('}, team: t}]": ("4:38: playbooks.0.match.regex", "not a regular expression"),
    TEAM + "playbooks: [{name: a, match: {topics: [recal]}, team: t}]": ("4:40: playbooks.0.match.topics.0", "did you mean recall?"),
    TEAM + "playbooks: [{name: a, match: {topics: [safty]}, team: t}]": ("4:40: playbooks.0.match.topics.0", "did you mean safety?"),
    TEAM + "playbooks: [{name: a, match: {any: [{not: {topics: recal}}]}, team: t}]": ("4:52: playbooks.0.match.any.0.not.topics", "did you mean recall?"),
    TEAM + "playbooks: [{name: a, match: {source: feed}, team: t}]": ("4:39: playbooks.0.match.source", "no source has this name"),
    TEAM + "playbooks: [{name: a, match: {language: et}, team: t}]": ("4:41: playbooks.0.match.language", "'fi', 'sv', 'en' or 'other'"),
    TEAM + "playbooks: [{name: a, match: {followers: many}, team: t}]": ("4:42: playbooks.0.match.followers", "whole number"),
    TEAM + "playbooks: [{name: a, match: {not: {nto: {}}}, team: t}]": ("4:37: playbooks.0.match.not.nto", "did you mean not?"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, severity: urgent}]": ("4:53: playbooks.0.severity", "'critical', 'high', 'normal' or 'low'"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, clock: office}]": ("4:50: playbooks.0.clock", "no calendar has this name"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, drafts: {suomi: x}}]": ("4:52: playbooks.0.drafts.suomi", "its form is"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, drafts: {fi: 'Hei {nimi}!'}}]": ("4:56: playbooks.0.drafts.fi", "{nimi} is no placeholder; write one of {author}"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, drafts: {fi: [a, 'b {']}}]": ("4:60: playbooks.0.drafts.fi.1", "a brace stands alone; write {{ or }}"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, drafts: {fi: [{text: x, tine: y}]}}]": ("4:67: playbooks.0.drafts.fi.0.tine", "did you mean tone?"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, sample: 0}]": ("4:51: playbooks.0.sample", "too small; write more than 0"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, sample: 10}]": ("4:51: playbooks.0.sample", "too large; write 1 or less"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, at_most: {per_author: 0}}]": ("4:65: playbooks.0.at_most.per_author", "too small; write 1 or more"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, at_most: 1}]": ("4:52: playbooks.0.at_most", "must be a mapping"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, digest: daily}]": ("4:51: playbooks.0.digest", "write 'weekly'"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, also: [{to: p}]}]": ("4:55: playbooks.0.also.0.to", "only a channel or a team is told so"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, also: [{to: '#'}]}]": ("4:55: playbooks.0.also.0.to", "write '#name' or team:NAME"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, also: [{to: 'team:u'}]}]": ("4:55: playbooks.0.also.0.to", "no team has this name"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, continue: maybe}]": ("4:53: playbooks.0.continue", "must be true or false"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, quiet_hours: 22-07}]": ("4:56: playbooks.0.quiet_hours", "write for example"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, quiet_hours: '00:00-24:00'}]": ("4:56: playbooks.0.quiet_hours", "all day"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, drafts: {fi: []}}]": ("4:56: playbooks.0.drafts.fi", "at least 1"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, escalate: [{after: 5m}]}]": ("4:54: playbooks.0.escalate.0.to", "is missing"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, escalate: [{after: 5m, to: backu}]}]": ("4:70: playbooks.0.escalate.0.to", "did you mean backup?"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, escalate: [{after: 5m, to: 'team:u'}]}]": ("4:70: playbooks.0.escalate.0.to", "no team has this name"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, escalate: [{after: 5m, to: p}, {after: 4m, to: p}]}]": ("4:82: playbooks.0.escalate.1.after", "sooner than the step before"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, escalate: [{after: 0m, to: p}]}]": ("4:62: playbooks.0.escalate.0.after", "not a duration"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, escalate: [{after: 5m, to: []}]}]": ("4:70: playbooks.0.escalate.0.to", "write at least 1"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, escalate: [{after: 5m, to: [p, round_robi]}]}]": ("4:74: playbooks.0.escalate.0.to.1", "did you mean round_robin?"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, escalate: [{after: 5m, to: p, notify: loud}]}]": ("4:81: playbooks.0.escalate.0.notify", "'channel', 'direct' or 'both'"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, repeat: 0m}]": ("4:51: playbooks.0.repeat", "not a duration"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, repeat: [5m]}]": ("4:51: playbooks.0.repeat", "not a duration"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, repeat: {every: 0s}}]": ("4:59: playbooks.0.repeat.every", "not a duration"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, repeat: {times: 2}}]": ("4:51: playbooks.0.repeat.every", "is missing"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, repeat: {every: 5m, times: 0}}]": ("4:70: playbooks.0.repeat.times", "too small; write 1 or more"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, repeat: {every: 5m, tmes: 2}}]": ("4:63: playbooks.0.repeat.tmes", "did you mean times?"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, ask_after: 0m}]": ("4:54: playbooks.0.ask_after", "not a duration"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, notify: {critical: both}}]": ("4:51: playbooks.0.notify", "'channel', 'direct' or 'both'"),
    "notify: both": ("1:9: notify", "must be a mapping"),
    "notify: {urgent: both}": ("1:10: notify.urgent", "'critical', 'high', 'normal' or 'low'"),
    "notify: {low: never}": ("1:15: notify.low", "'channel', 'direct' or 'both'"),
    "people: {round_robin: {name: B}}": ("1:10: people.round_robin", "means something else in escalate"),
    "teams: {t: {rota: {people: []}, max_open: 0}}": ("1:43: teams.t.max_open", "too small; write 1 or more"),
    "teams: {t: {rota: {people: []}, max_night_pages: many}}": ("1:50: teams.t.max_night_pages", "whole number"),
    "crisis: {at_least: 1}": ("1:20: crisis.at_least", "too small; write 2 or more"),
    "crisis: {team: nobody}": ("1:16: crisis.team", "no team has this name"),
    "tell: nobody": ("1:7: tell", "no team has this name"),
    "digest: {morning: nine}": ("1:19: digest.morning", 'not a time of day; write for example "09:00"'),
    "digest: {morning: '9'}": ("1:19: digest.morning", "not a time of day"),
    "digest: {evening: '17:00'}": ("1:10: digest.evening", "unknown key"),
    TEAM + "digest: {hot: {at: 'mon 09:00'}}": ("4:15: digest.hot.team", "is missing"),
    TEAM + "digest: {hot: {team: u}}": ("4:22: digest.hot.team", "no team has this name"),
    TEAM + "digest: {hot: {team: t, at: monday}}": ("4:29: digest.hot.at", "not a hand-off"),
    TEAM + "digest: {hot: {team: t, topics: [drem]}}": ("4:34: digest.hot.topics.0", "did you mean dream?"),
    TEAM + "digest: {hot: {team: t, quotes: 11}}": ("4:33: digest.hot.quotes", "too large; write 10 or less"),
    "channels: [{kind: email, host: h, from: a@x.fi, to: b@x.fi, teams: {car: c@x.fi}}]\nteams: {care: {}}": (
        "1:74: channels.0.teams.car",
        "did you mean care?",
    ),
    "channels: [{kind: slck}]": ("1:19: channels.0.kind", "did you mean slack?"),
    "channels: [{kind: slack}]": ("1:12: channels.0.bot_token", "is missing"),
    "web: {listen: 8321}": ("1:15: web.listen", "write host:port"),
    "web: {listen: '127.0.0.1:70000'}": ("1:15: web.listen", "write host:port"),
    "web: {listen: ':8321'}": ("1:15: web.listen", "write host:port"),
    "web: {public_url: vaste.example.fi}": ("1:19: web.public_url", "like https://vaste.example.org"),
    "web: {public_url: 'javascript:alert(1)'}": ("1:19: web.public_url", "write the address that people open"),
    "web:\n  listen: '127.0.0.1:8321'\n  public_url: https://vaste.example.fi/?a=b": ("3:15: web.public_url", "write the address that people open"),
    "web: {public_url: 'https://vaste.example.fi/#log'}": ("1:19: web.public_url", "write the address that people open"),
    "web: {public_url: 8321}": ("1:19: web.public_url", ""),
    TEAM + "playbooks: [{name: x, match: {}, team: t}]\nreport: {targets: [{playbook: x}]}": ("5:20: report.targets.0.share", "is missing"),
    "report: {targets: [{share: 0}]}": ("1:28: report.targets.0.share", "too small"),
    "report: {targets: [{share: 0.9, playbook: recal}]}": ("1:43: report.targets.0.playbook", "no playbook has this name"),
    "report: {targets: [{share: 0.9, within: soon}]}": ("1:41: report.targets.0.within", "not a duration"),
    "report: {targets: [{share: 0.9, from: 2026-07-01, until: 2026-07-01}]}": ("1:58: report.targets.0.until", "it ends before it begins"),
    "people_figures: sometimes": ("1:17: people_figures", "must be true or false"),
    "close_after: 0d": ("1:14: close_after", "not a duration"),
    'brand: "a\\0b"': ("1:8: brand", "control character"),
    'brand: "a\\uD800b"': ("1:8: brand", "control character"),
    'people: {"a\\eb": {}}': ("1:10: people", "control character"),
    "brand: ${A": ("1:8: brand", "is no variable; write ${NAME}"),
    "brand: ${A-b}": ("1:8: brand", "is no variable"),
    "brand: ${}": ("1:8: brand", "is no variable"),
    "brand: a ${MISSING} b": ("1:8: brand", "the environment variable MISSING is not set"),
}  # fmt: skip


@pytest.mark.parametrize("text", FATAL)
def test_each_mistake_is_fatal_and_named_at_its_place(tmp_path: Path, text: str) -> None:
    place, words = FATAL[text]
    loaded = written(tmp_path, text + "\n")
    fatal = [problem for problem in loaded.problems if problem.fatal]
    assert loaded.config is None
    assert [f"{problem.line}:{problem.column}: {problem.path}" for problem in fatal] == [place]
    assert words in fatal[0].message


PLAYBOOK = TEAM + "playbooks: [{name: a, match: {words: x}, team: t, %s}]"
HOT = "\ndigest: {hot: {team: t}}"
WARNINGS: dict[str, tuple[str, str] | None] = {
    "sources: [{name: a, kind: file, path: p, budget: 5 USD/month}]": ("1:42: sources.0.budget", "read for nothing"),
    "people: {p: {email: p@x.fi}}": ("1:14: people.p.email", "no channel sends e-mail"),
    "classifier: {model: ./mine}": None,
    "classifier: {model: owner/name, fetch: true, revision: v1, labels: {LABEL_0: negative}, threads: 1}": None,
    "classifier: {labels: {LABEL_0: negative}}": ("1:14: classifier.labels", "the bundled model needs no such key"),
    "classifier: {fetch: off, labels: {}}": None,
    "classifier: {model: bundled, fetch: on}": ("1:30: classifier.fetch", "does nothing here"),
    "classifier: {model: ./mine, revision: v1}": ("1:29: classifier.revision", "this is a folder"),
    "crisis: {}": None,
    "crisis: on": None,
    "topics: {praise: {}, need: {threshold: 0.7}}": None,
    "topics: {prase: {}}": ("1:10: topics.prase", "never holds: it has neither examples nor words, and no topic that comes with Vaste has this name; did you mean praise?"),
    "topics: {a: {counter_examples: [a b c]}}": ("1:10: topics.a", "never holds"),
    "topics: {a: {examples: [one two three, four five six]}}": ("1:24: topics.a.examples", "learnt from 2 only"),
    "topics: {a: {examples: [one two three, one two, one]}}": ("1:24: topics.a.examples", "learnt from 1 only"),
    "topics: {a: {examples: [one two three, four five six, seven 8 nine]}}": None,
    "topics: {a: {examples: [one two, one]}}": None,
    "topics: {praise: {examples: one two three}}": ("1:29: topics.praise.examples", "learnt from 1 only"),
    "crisis: {at_least: 5, checklist: [Soita], update_within: off}": None,
    "people: {p: {handles: {x: '@p'}}}": None,
    "people: {p: {handles: {reviews: p}}}": ("1:24: people.p.handles.reviews", "not built yet for this kind"),
    "teams: {t: {rota: {people: []}}}": ("1:28: teams.t.rota.people", "nobody is in this rota"),
    "teams: {t: {channel: '#t'}}": ("1:9: teams.t", "no rota"),
    "people: {p: {away: [{from: 2026-07-06, until: 2026-07-20, why: holiday}], country: SE}}": None,
    "people: {p: {}}\nteams: {t: {rota: {people: p, hours: '20:00-08:00', days: [mon-fri, sun], holidays: only}, holidays: FI}}": None,
    "people: {p: {email: p@x.fi}}\nteams: {t: {rota: {ical: rota.ics}}}": None,  # the e-mail names them there
    "people: {p: {}}\nteams: {t: {rota: {layers: [{people: p, handoff: '09:00', every: 1d}, {people: []}]}}}": ("2:80: teams.t.rota.layers.1.people", "nobody is in this layer"),
    "people: {p: {}, q: {}}\nteams: {t: {rota: {people: p}, overrides: [{from: 2026-07-06, until: 2026-07-20, person: q}, {from: 2026-07-19, until: 2026-07-21, person: p}]}}": ("2:101: teams.t.overrides.1.from", "overlaps teams.t.overrides.0"),
    "people: {p: {}, q: {}}\nteams: {t: {rota: {people: p}, overrides: [{from: 2026-07-06, until: 2026-07-20, person: q}, {from: 2026-07-20, until: 2026-07-21, person: p}]}}": None,
    "people: {p: {}, q: {away: [{from: 2026-07-07, until: 2026-07-08}]}}\nteams: {t: {rota: {people: p}, overrides: [{from: 2026-07-06, until: 2026-07-20, person: q}]}}": ("2:90: teams.t.overrides.0.person", "is away then (people.q.away.0)"),
    "people: {p: {away: [{from: 2026-07-06, until: 2036-07-20}]}}": ("1:47: people.p.away.0.until", "longer than a year"),
    "people_figures: true": ("1:1: people_figures", "need a purpose"),
    PLAYBOOK % "severity: critical, quiet_hours: '22:00-07:00'": ("4:71: playbooks.0.quiet_hours", "a critical playbook, and nobody would be called in these hours"),
    PLAYBOOK % "severity: critical, sample: 0.5": ("4:71: playbooks.0.sample", "a critical playbook, and most of its posts would open no case"),
    PLAYBOOK % "severity: critical, sample: 1, quiet_hours: off": None,
    PLAYBOOK % "severity: critical, at_most: {per_author: 1}": ("4:71: playbooks.0.at_most", "what its author writes next"),
    PLAYBOOK % "severity: critical, digest: weekly" + HOT: ("4:71: playbooks.0.digest", "its posts would open no case"),
    PLAYBOOK % "digest: weekly, respond_within: 1h" + HOT: ("4:67: playbooks.0.respond_within", "does nothing here: posts of a digest open no cases"),
    PLAYBOOK % "digest: weekly" + HOT: None,
    PLAYBOOK % "digest: off": None,
    PLAYBOOK % "digest: weekly": ("4:51: playbooks.0.digest", "nobody is told of them: digest.hot is off"),
    PLAYBOOK % "digest: weekly" + "\ndigest: {hot: off}": ("4:51: playbooks.0.digest", "nobody is told of them: digest.hot is off"),
    PLAYBOOK % "digest: weekly" + "\ndigest: off": ("4:51: playbooks.0.digest", "nobody is told of them: digest.hot is off"),
    PLAYBOOK % "continue: true": ("4:51: playbooks.0.continue", "takes nothing and tells nobody; add also"),
    PLAYBOOK % "continue: true, sample: 0.5, also: [{to: '#produkt'}]": None,
    PLAYBOOK % "continue: true, respond_within: 1h, also: [{to: 'team:t'}]": ("4:67: playbooks.0.respond_within", "a playbook that continues opens no cases"),
    TEAM + "playbooks: [{name: a, match: {}, team: t, continue: on, also: [{to: '#a'}]}, {name: b, match: {words: x}, team: t}]": None,
    PLAYBOOK % "together: true": ("4:51: playbooks.0.together", "takes two, and this team has fewer"),
    "people: {p: {}, q: {}}\nteams: {t: {rota: {people: p}, people: q}}\nplaybooks: [{name: a, match: {}, team: t, together: true}]": None,
    PLAYBOOK % "severity: high, quiet_hours: '22:00-07:00'": None,
    PLAYBOOK % "repeat: 1h, ask_after: off, notify: direct": None,
    PLAYBOOK % "repeat: off, escalate: [{after: 5m, to: [p, '#a', 'team:t', round_robin, backup]}]": None,
    PLAYBOOK % "acknowledge_within: 1h, respond_within: 59m": ("4:71: playbooks.0.acknowledge_within", "longer than respond_within"),
    PLAYBOOK % "acknowledge_within: 1h, respond_within: 60m": None,
    PLAYBOOK % "respond_within: 1h, resolve_within: 30m": ("4:67: playbooks.0.respond_within", "longer than resolve_within"),
    PLAYBOOK % "acknowledge_within: 2h, resolve_within: 30m": ("4:71: playbooks.0.acknowledge_within", "longer than resolve_within"),
    PLAYBOOK % "acknowledge_within: 2h, respond_within: off, resolve_within: 119m": ("4:71: playbooks.0.acknowledge_within", "longer than resolve_within"),
    PLAYBOOK % "acknowledge_within: 1h, respond_within: 1h, resolve_within: 60m": None,
    TEAM + "playbooks: [{name: a, match: {}, team: t}, {name: b, match: {words: x}, team: t}]": ("4:44: playbooks.1", "never reached"),
}  # fmt: skip


@pytest.mark.parametrize("text", WARNINGS)
def test_each_doubt_is_a_warning_at_its_place(tmp_path: Path, text: str) -> None:
    expected = WARNINGS[text]
    loaded = written(tmp_path, text + "\n")
    assert loaded.config is not None
    found = [
        (f"{problem.line}:{problem.column}: {problem.path}", problem.message) for problem in loaded.problems
    ]
    assert len(found) == (expected is not None)
    for (place, message), (expected_place, words) in zip(found, [expected] if expected else [], strict=True):
        assert place == expected_place
        assert words in message


def test_with_slack_people_on_a_rota_need_their_id_and_teams_a_channel(tmp_path: Path) -> None:
    text = (
        SOUND.replace(", slack: U2", "").replace('    channel: "#care"\n', "")
        + "channels: [{kind: slack, bot_token: xoxb-1}]\n"
    )
    loaded = written(tmp_path, text)
    assert loaded.config is not None
    assert [(problem.line, problem.path) for problem in loaded.problems] == [
        (8, "people.ben"),
        (10, "teams.care"),
    ]


def test_a_mistake_in_one_key_hides_no_mistake_in_another(tmp_path: Path) -> None:
    text = (
        TEAM
        + "playbooks: [{name: a, severty: low, match: {topics: [x]}, team: u, clock: c, escalate: [{after: 1, to: q}]}]"
    )
    paths = {problem.path.removeprefix("playbooks.0.") for problem in written(tmp_path, text).problems}
    assert paths == {"severty", "match.topics.0", "team", "clock", "escalate.0.after", "escalate.0.to"}


def test_names_are_not_missed_where_their_section_can_t_be_read(tmp_path: Path) -> None:
    loaded = written(
        tmp_path,
        SOUND.replace("people:\n  aino", "people: 5\nclassifier:\n  model").replace(
            "  ben: {name: Ben, slack: U2}\n", ""
        ),
    )
    assert {problem.path for problem in loaded.problems} == {"people", "classifier.model"}


def test_problems_come_in_the_order_of_their_lines(tmp_path: Path) -> None:
    text = "web: {listen: x}\nbrand: [a]\nsources: [{name: f, kind: x}]\ncrisis: {team: a}\nlanguage: de\n"
    found = written(tmp_path, text).problems
    assert [problem.line for problem in found] == sorted(problem.line for problem in found)
    assert {problem.line for problem in found} == {1, 2, 3, 4, 5}


def test_a_problem_is_one_printable_line() -> None:
    problem = Problem(3, 7, "teams.\x1b[31m\nx", "wrong\u2028; mend it", fatal=True, file="my\tconfig.yaml")
    assert str(problem) == "my\\x09config.yaml:3:7: teams.\\x1b[31m\\x0ax: wrong\\x2028; mend it"


SECRET = "s3cr3t-Pa55"
LEAKS = [
    "brand: [x, '${SECRET}']",
    "language: '${SECRET}'",
    "timezone: '${SECRET}'",
    "database: '${SECRET}'",
    "database: mysql://u:s3cr3t-Pa55@h/x",
    "classifier: {abstain_below: '${SECRET}'}",
    "close_after: '${SECRET}'",
    "web: {listen: '${SECRET}'}",
    "people: {a: {slack: '${SECRET}'}}",
    "calendars: {a: {hours: {mon: '${SECRET}'}, holidays: '${SECRET}'}}",
    "sources: [{name: a, kind: '${SECRET}'}]",
    "sources: [{name: a, kind: rss, password: s3cr3t-Pa55, '${SECRET}': x}]",
    "sources: [{name: '${SECRET}', kind: file, path: p, every: '${SECRET}', bearer_token: s3cr3t-Pa55}]",
    "sources: [{name: a, kind: x, handle: b, bearer_token: [s3cr3t-Pa55]}]",
    "sources: [{name: a, kind: x, handle: '${SECRET} x', api_url: 's3cr3t-Pa55 x', bearer_token: 's3cr3t-Pa55\n x'}]",
    "sources: [{name: a, kind: x, handle: b, autoreplies: ['${SECRET}('], bearer_token: x}]",
    "channels: [{kind: slack, bot_token: '${SECRET}', app_token: {a: s3cr3t-Pa55}, api_url: '${SECRET}'}]",
    "channels: [{kind: '${SECRET}'}]",
    TEAM + "playbooks: [{name: '${SECRET}', match: {regex: '(${SECRET}', source: '${SECRET}', topics: '${SECRET}'}, "
    "team: '${SECRET}', severity: '${SECRET}', clock: '${SECRET}', escalate: [{after: '${SECRET}', to: '${SECRET}'}]}]",
    "sources: [{name: '${SECRET}', kind: file, path: p}]\n" + TEAM
    + "playbooks: [{name: a, match: {source: s3cr3t-Pa54}, team: t}]",
    "brand: 's3cr3t-Pa55",
    "brand: *s3cr3t-Pa55",
    "brand: %s3cr3t-Pa55",
    "brand: !s3cr3t-Pa55 x",
    "brand: a\nbrand: ${SECRET}",
    "brand: ${SECRET} ${MISSING}",
    "brand: ${SECRET} ${",
]  # fmt: skip


@pytest.mark.parametrize("text", LEAKS)
def test_no_problem_and_no_repr_shows_a_secret(tmp_path: Path, text: str) -> None:
    loaded = written(tmp_path, text, {"SECRET": SECRET})
    shown = "\n".join(map(str, loaded.problems)) + repr(loaded)
    assert SECRET not in shown
    assert loaded.problems


def test_a_value_from_the_environment_that_is_wrong_is_named_by_its_place(tmp_path: Path) -> None:
    (problem,) = written(tmp_path, "timezone: '${ZONE}'", {"ZONE": "Europe/Helsink"}).problems
    assert (problem.line, problem.column, problem.path) == (1, 11, "timezone")
    assert "kept secret" in problem.message


def test_an_address_that_is_none_is_told_without_being_shown(tmp_path: Path) -> None:
    source = "sources: [{name: f, kind: rss, url: 'ftp://anna:salasana@example.org/feed'}]"
    (problem,) = [
        one for one in written(tmp_path, f"brand: a\n{source}", {}).problems if "sources" in one.path
    ]
    assert problem.message.startswith("is no address of the web; write for example https://")
    assert "salasana" not in str(problem)


def test_a_variable_with_a_control_character_is_refused(tmp_path: Path) -> None:
    for value in ("a\x1b[31m", "\udce4"):
        (problem,) = written(tmp_path, "brand: ${NAME}", {"NAME": value}).problems
        assert problem.message == "the environment variable NAME holds a control character; set it anew"


SHIPPED = (Path(__file__).parents[2] / "config.yaml").read_text(encoding="utf-8")
SCRAPS = ["", " ", "\n", "\t", ":", "- ", "{", "}", "[", "]", "*a", "&a ", "!x ", "'", '"', "${X}", "off", "null", "0", "-1", "1e999", "\x85", "😀", "<<", "? ", "|", "%", "\ud7ff"]  # fmt: skip
EDITS = st.lists(st.tuples(st.integers(0, 20_000), st.integers(0, 40), st.sampled_from(SCRAPS) | st.text(max_size=8)), min_size=1, max_size=6)  # fmt: skip
BASES = st.sampled_from([SHIPPED[:3000], SHIPPED[-5000:], SOUND])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(base=BASES, edits=EDITS)
def test_no_edit_of_a_configuration_raises(
    tmp_path: Path, base: str, edits: list[tuple[int, int, str]]
) -> None:
    text = base
    for start, length, scrap in edits:
        place = start % (len(text) + 1)
        text = text[:place] + scrap + text[place + length :]
    loaded = written(tmp_path, text.encode("utf-8", "surrogatepass"))
    assert (loaded.config is None) == any(problem.fatal for problem in loaded.problems)
    assert all(
        problem.line >= 1 and problem.column >= 1 and "\n" not in str(problem) for problem in loaded.problems
    )


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.sampled_from(["off", "5m", "aino", "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)  # fmt: skip
KEYS = ["brand", "language", "timezone", "database", "calendars", "sources", "classifier", "topics", "people", "teams", "playbooks", "close_after", "reopen_within", "crisis", "channels", "tell", "digest", "report", "web", "people_figures"]  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(top=st.dictionaries(st.sampled_from(KEYS), VALUES | st.lists(st.dictionaries(st.sampled_from(["name", "kind", "match", "team", "escalate", "clock", "path"]), VALUES | st.sampled_from(["file", "x", "slack", "rss"])), max_size=2)))  # fmt: skip
def test_no_shape_of_values_raises(tmp_path: Path, top: dict[str, object]) -> None:
    loaded = written(tmp_path, json.dumps(top))  # JSON is YAML
    assert (loaded.config is None) == any(problem.fatal for problem in loaded.problems)


HOOK = SOUND.replace(
    "  - {name: feed, kind: file, path: posts.jsonl}",
    "  - {name: hotline, kind: webhook, secret: '${HOTLINE_SECRET}', muted_words: [arvonta]}",
)
STRONG = {"HOTLINE_SECRET": "b" * 32}


@pytest.mark.parametrize("web", ["", "web: {listen: '127.0.0.1:8321'}\n", "web: {listen: '[::1]:8321'}\n"])
def test_a_webhook_that_only_this_machine_reaches_is_no_problem(tmp_path: Path, web: str) -> None:
    assert lines(written(tmp_path, HOOK + web, STRONG), tmp_path) == []


@pytest.mark.parametrize(
    ("web", "words"),
    [
        ("web: off\n", "nobody can send to it: web is off; give web a listen address"),
        ("web: {listen: '0.0.0.0:8321'}\n", "posts come to it over plain http from other machines"),
        ("web: {listen: '[::]:80'}\n", "posts come to it over plain http from other machines"),
    ],
)
def test_a_webhook_that_cannot_be_reached_or_is_read_along_is_named(
    tmp_path: Path, web: str, words: str
) -> None:
    loaded = written(tmp_path, HOOK + web, STRONG)
    (problem,) = loaded.problems
    assert (problem.path, problem.fatal, problem.line) == ("sources.0.kind", False, 3)
    assert problem.message.startswith(words)


@pytest.mark.parametrize(
    ("secret", "is_fatal"), [("", True), ("short-and-secret", None), ("short-secret", False)]
)
def test_a_secret_that_is_empty_or_short_is_named_and_never_shown(
    tmp_path: Path,
    secret: str,
    is_fatal: bool | None,  # noqa: FBT001 - a table
) -> None:
    problems = written(tmp_path, HOOK, {"HOTLINE_SECRET": secret}).problems
    assert [problem.fatal for problem in problems] == ([] if is_fatal is None else [is_fatal])
    assert [problem.path for problem in problems] == ["sources.0.secret"] * len(problems)
    assert not any(secret and secret in str(problem) for problem in problems)


@pytest.mark.parametrize(
    ("muted", "words"),
    [
        ("'#kahvi'", "mutes every post that names you"),
        ("Kahvin", "mutes every post that names you"),
        ("aino", "mutes every post that names you"),
        ("'…'", "holds no word, so it mutes nothing"),
        ("''", "must not be empty"),
    ],
)
def test_a_muted_word_that_mutes_the_brand_or_nothing_is_named(
    tmp_path: Path, muted: str, words: str
) -> None:
    loaded = written(tmp_path, HOOK.replace("arvonta", muted), STRONG)
    (problem,) = loaded.problems
    assert problem.path == "sources.0.muted_words.0"
    assert problem.message.startswith(words)


def test_columns_and_languages_are_judged_with_their_places(tmp_path: Path) -> None:
    broken = SOUND.replace(
        "path: posts.jsonl",
        "path: p.csv, columns: {idd: x, own: {colunm: y}}, languages: [fi, de], timezone: Mars",
    )
    assert [(problem.path, problem.fatal) for problem in written(tmp_path, broken).problems] == [
        ("sources.0.columns.idd", True),
        ("sources.0.columns.own.column", True),
        ("sources.0.columns.own.colunm", True),
        ("sources.0.languages.1", True),
        ("sources.0.timezone", True),
    ]
