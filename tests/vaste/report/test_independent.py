"""The figures of a real record, and the same worked out by SQL over its tables: another road to every number."""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from casebook.store import Store
from tests.quarter import BEGINS, CONFIG, DAYS, fill
from vaste.config import Config, load_config
from vaste.report.analysis import Analysis, analyse
from vaste.report.gathered import Scope
from vaste.report.gathering import gather
from vaste.report.making import rules_of
from vaste.report.period import between
from vaste.report.rows import Became
from vaste.wiring import open_store

CASES = 1_500
pa: Any = pytest.importorskip("pyarrow")
ENDS = BEGINS + timedelta(days=DAYS)
NOW = ENDS + timedelta(hours=1)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    file = tmp_path_factory.mktemp("quarter") / "config.yaml"
    file.write_text(CONFIG, "utf-8")
    loaded = load_config(file, {})
    assert loaded.config is not None
    return loaded.config


@pytest.fixture(scope="module")
def store(config: Config) -> Iterator[Store]:
    opened = open_store(config)
    # half of them lie in the period before
    fill(opened, CASES, begins=BEGINS - timedelta(days=DAYS), days=2 * DAYS)
    yield opened
    opened.engine.dispose()


@pytest.fixture(scope="module")
def found(store: Store, config: Config) -> Analysis:
    scope = Scope(between(BEGINS, ENDS), NOW)
    return analyse(gather(store, config, scope), rules_of(config))


@pytest.fixture(scope="module")
def sql(config: Config, store: Store) -> duckdb.DuckDBPyConnection:
    """The rows of the period as the database keeps them, with what became of each in the words of docs/report.md."""
    path = Path(config.database.get_secret_value().removeprefix("sqlite:///"))
    with sqlite3.connect(path) as raw:
        raw.row_factory = sqlite3.Row
        rows = [dict(row) for row in raw.execute("select * from cases")]
        felt = {
            row["post"]: row["negative"] > 1 / 3 for row in raw.execute("select post, negative from verdict")
        }
        seen = {row["id"]: row["seen_at"] for row in raw.execute("select id, seen_at from post")}
    for row in rows:
        row["bad_before"], row["seen_at"] = felt[row["opening_post"]], seen[row["first_post"]]
    connection = duckdb.connect()
    connection.register("kept", pa.Table.from_pylist(rows))
    connection.execute(
        """
        create table cases as select *,
          epoch(cast(responded_at as timestamp)) - epoch(cast(posted_at as timestamp)) as frt,
          case when status = 'dismissed' then 'dismissed'
               when respond_by is null then 'no duty'
               when responded_at is not null then 'answered'
               when gone_at is not null and gone_at <= respond_by then 'deleted'
               when respond_by >= $now then 'pending'
               else 'unanswered' end as became
        from kept where posted_at >= $since and posted_at < $until
        """,
        {"now": _kept(NOW), "since": _kept(BEGINS), "until": _kept(ENDS)},
    )
    return connection


def _kept(at: Any) -> str:
    return str(at.strftime("%Y-%m-%d %H:%M:%S.%f"))


def one(sql: duckdb.DuckDBPyConnection, query: str) -> Any:
    rows = sql.execute(query).fetchall()
    return rows[0][0]


def test_what_became_of_every_case(found: Analysis, sql: duckdb.DuckDBPyConnection) -> None:
    wanted = sql.execute("select became, list(number order by number) from cases group by became").fetchall()
    told = {became.value: sorted(cases) for became, cases in found.now.answers.by.items() if cases}
    assert told == {became: list(numbers) for became, numbers in wanted}
    assert len(told) >= 5  # the record holds every fate


def test_the_quantiles_of_the_waits_to_the_second(found: Analysis, sql: duckdb.DuckDBPyConnection) -> None:
    waits = found.now.waits
    for share, told in ((0.5, waits.median), (0.9, waits.p90), (0.95, waits.p95)):
        wanted = one(sql, f"select quantile_cont(frt, {share}) from cases where became = 'answered'")
        assert told is not None
        assert told.value == pytest.approx(wanted)


@pytest.mark.parametrize(("place", "low", "high"), [(0, -1, 900), (1, 900, 3_600), (2, 3_600, 14_400), (3, 14_400, 86_400)])  # fmt: skip
def test_the_spread(found: Analysis, sql: duckdb.DuckDBPyConnection, place: int, low: int, high: int) -> None:
    wanted = one(
        sql, f"select count(*) from cases where became = 'answered' and frt > {low} and frt <= {high}"
    )
    assert len(found.now.spread[place].cases) == wanted


def test_promises_kept_by_playbook(found: Analysis, sql: duckdb.DuckDBPyConnection) -> None:
    wanted = sql.execute(
        """select playbook, count(*) filter (responded_at <= respond_by), count(*) from cases
           where became in ('answered', 'unanswered') group by playbook"""
    ).fetchall()
    assert {one.playbook: (len(one.in_time), one.due) for one in found.now.promises} == {
        playbook: (kept, due) for playbook, kept, due in wanted
    }


def test_the_stages_of_all_waiting(found: Analysis, sql: duckdb.DuckDBPyConnection) -> None:
    assert sum(stage.seconds for stage in found.stages) == one(
        sql, "select sum(frt) from cases where became = 'answered'"
    )
    seen = one(
        sql,
        """select sum(least(frt, epoch(cast(seen_at as timestamp)) - epoch(cast(posted_at as timestamp))))
           from cases where became = 'answered'""",
    )
    assert found.stages[0].seconds == seen


def test_the_hours_of_the_week_on_the_wall_clock(found: Analysis, sql: duckdb.DuckDBPyConnection) -> None:
    # Helsinki is three hours ahead in summer, and the quarter ends before the clocks change
    wanted = sql.execute(
        """select cast(isodow(local) - 1 as int), cast(hour(local) as int), count(*), count(*) filter (responded_at is null or responded_at > respond_by)
           from (select *, cast(posted_at as timestamp) + interval 3 hour as local from cases
                 where became in ('answered', 'unanswered')) group by all"""
    ).fetchall()
    told = {(one.weekday, one.hour): (len(one.cases), len(one.late)) for one in found.hours if one.cases}
    assert told == {(day, hour): (cases, late) for day, hour, cases, late in wanted}


def test_the_hours_with_somebody_on_call_are_those_of_the_rota(found: Analysis) -> None:
    assert {one.hour for one in found.hours if one.staffed == 1.0} == set(range(7, 22))
    assert {one.staffed for one in found.hours} == {0.0, 1.0}


def test_how_it_ended_for_customers(found: Analysis, sql: duckdb.DuckDBPyConnection) -> None:
    wanted = one(
        sql,
        """select list(number order by number) from cases
           where became = 'answered' and bad_before and sentiment_after <> 'negative'""",
    )
    assert sorted(found.feelings.recovered) == list(wanted)


GOALS = """select playbook, became,
    case when ending = 'broken_word' or became = 'unanswered' then 'no'
         when became in ('pending', 'unknown') then null
         when ending = 'content' then 'yes' when ending in ('discontent', 'left_waiting') then 'no' end as goal,
    case when became = 'answered' then posts_written end as wrote,
    case when became = 'answered' then feeling_left end as felt, number
  from cases where became in ('answered', 'unanswered', 'pending', 'unknown')"""


def test_the_three_questions_of_experience(found: Analysis, sql: duckdb.DuckDBPyConnection) -> None:
    was = found.experience
    assert one(sql, f"select count(*) from ({GOALS})") == was.cases
    for question, name in ((was.goal, "goal"), (was.feeling, "felt")):
        wanted = sql.execute(
            f"select {name}, list(number order by number) from ({GOALS}) where {name} is not null group by {name}"
        ).fetchall()
        assert {answer: sorted(cases) for answer, cases in question.known.items()} == dict(wanted)
        assert question.open == one(sql, f"select count(*) from ({GOALS}) where {name} is null")
    wrote = sql.execute(
        f"select case when wrote > 3 then 'more' else cast(wrote as varchar) end as many, count(*) from ({GOALS}) where wrote is not null group by many"
    ).fetchall()
    assert {answer: len(cases) for answer, cases in was.ease.known.items()} == dict(wrote)


def test_the_three_questions_of_every_playbook(found: Analysis, sql: duckdb.DuckDBPyConnection) -> None:
    wanted = sql.execute(
        f"""select playbook, count(*), count(*) filter (goal = 'yes'), count(goal), count(*) filter (wrote = 1), count(wrote),
            count(*) filter (felt = 'negative'), count(felt) from ({GOALS}) group by playbook"""
    ).fetchall()
    told = {
        (of.playbook, of.was.cases, *(
            count
            for question, answer in ((of.was.goal, "yes"), (of.was.ease, "1"), (of.was.feeling, "negative"))
            for count in (len(question.known.get(answer, ())), question.answered)
        ))
        for of in found.experience_of
    }  # fmt: skip
    assert told == set(wanted)
    assert len(told) == 3


def test_false_alarms_by_playbook(found: Analysis, sql: duckdb.DuckDBPyConnection) -> None:
    wanted = sql.execute(
        """select playbook, count(*) filter (status <> 'dismissed'), count(*) filter (status = 'dismissed')
           from cases where status <> 'open' group by playbook"""
    ).fetchall()
    assert {one.name: (len(one.right), len(one.false)) for one in found.alarms} == {
        playbook: (right, false) for playbook, right, false in wanted
    }


def test_the_period_before_is_of_the_same_length_and_holds_the_others(found: Analysis) -> None:
    counted = [sum(map(len, whole.answers.by.values())) for whole in (found.before, found.now)]
    assert sum(counted) == CASES
    assert found.before.answers.by[Became.PENDING] == ()
