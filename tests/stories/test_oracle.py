"""The first response times of real conversations are those that SQL over the same file gives, to the second."""

import csv
from pathlib import Path

import pytest

from tests.stories.oracle import IMPORTED_AT, SAMPLE, counted, imported, measured

HEAD = "tweet_id,author_id,inbound,created_at,text,response_tweet_id,in_response_to_tweet_id"
MADE = """\
10,shop,False,Wed Oct 11 13:06:00 +0000 2017,to the bystander,,9
9,otto,True,Wed Oct 11 13:05:00 +0000 2017,me too,10,99
8,eero,True,Wed Oct 11 13:00:00 +0000 2017,to a post that is not here,,99
2,shop,False,Wed Oct 11 12:10:00 +0000 2017,"an answer, with a comma",,1
4,shop,False,Wed Oct 11 12:06:00 +0000 2017,to the bystander,,3
3,leo,True,Wed Oct 11 12:05:00 +0000 2017,me too,4,1
1,maija,True,Wed Oct 11 12:00:00 +0000 2017,where is it?,"2,3",
5,shop,False,Wed Oct 11 11:00:00 +0000 2017,the shop writes first,6,
7,shop,False,Wed Oct 11 11:40:00 +0000 2017,an answer,,6
6,pia,True,Wed Oct 11 11:30:00 +0000 2017,a question below it,7,5
"""
WAITED = {("maija", "1"): 600, ("pia", "6"): 600, ("eero", "8"): None}

here = pytest.mark.skipif(not SAMPLE.is_file(), reason=f"{SAMPLE.name} is not here")


def test_the_count_and_the_log_know_bystanders_missing_posts_and_companies_that_write_first(
    tmp_path: Path,
) -> None:
    """Counted by hand: two counts that agree on what is wrong would prove nothing."""
    file = tmp_path / "made.csv"
    file.write_text(f"{HEAD}\n{MADE}", "utf-8")
    assert counted(file) == WAITED
    with imported(file, tmp_path) as jobs:
        assert measured(jobs) == WAITED


@here
def test_the_log_of_real_conversations_is_what_sql_counts(tmp_path: Path) -> None:
    with imported(SAMPLE, tmp_path) as jobs:
        found = measured(jobs)
        assert jobs.store.problems() == []
        every = [one.measures for one in jobs.store.measured_cases(now=IMPORTED_AT)]
    assert found == counted(SAMPLE)
    unanswered = list(found.values()).count(None)
    assert 0 < unanswered < len(found), "some are answered, some are not"
    # and what is measured of each case by itself says the same
    alone = [(one.frt.raw_s, sum((one.waterfall or {}).values())) for one in every if one.frt]
    assert sorted(alone) == sorted((waited, waited) for waited in found.values() if waited is not None)
    assert [one.answer for one in every].count("unanswered") == unanswered


@here
def test_the_order_of_the_file_changes_nothing(tmp_path: Path) -> None:
    with SAMPLE.open(encoding="utf-8", newline="") as lines:
        head, *records = csv.reader(lines)
    file = tmp_path / "reversed.csv"
    with file.open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines).writerows([head, *reversed(records)])
    with imported(file, tmp_path) as jobs:
        assert measured(jobs) == counted(file) == counted(SAMPLE)
