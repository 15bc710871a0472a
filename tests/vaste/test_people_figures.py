import pytest

from casebook.log import COLUMNS, Wanted
from tests.vaste.test_log_files import values
from vaste.people_figures import asked_of, by_team

TAKEN, ANSWERED = COLUMNS.index("acknowledged_by"), COLUMNS.index("responded_by")


@pytest.mark.parametrize(
    ("row", "taken", "answered", "why"),
    [
        ({}, None, None, "nobody took or answered it"),
        ({"acknowledged_by": "aino"}, "care", None, "who took it becomes the team"),
        (
            {"responded_by": "ainokahvi", "response_found": "platform"},
            None,
            "ainokahvi",
            "the company is nobody",
        ),
        ({"responded_by": "aino", "response_found": "manual"}, None, "care", "who pressed becomes the team"),
        (
            {"responded_by": "AinoVirtanen", "response_found": "platform"},
            None,
            "care",
            "so does a person's account",
        ),
    ],
)
def test_the_team_stands_where_a_person_would(
    row: dict[str, str], taken: str | None, answered: str | None, why: str
) -> None:
    before = values(**row)
    (after,) = by_team([before], ["ainovirtanen"])
    assert (after[TAKEN], after[ANSWERED]) == (taken, answered), why
    others = [at for at in range(len(COLUMNS)) if at not in {TAKEN, ANSWERED}]
    assert [after[at] for at in others] == [before[at] for at in others]


@pytest.mark.parametrize(
    ("wanted", "group", "form", "asked"),
    [
        (Wanted(), None, "table", None),
        (Wanted(), None, "json", None),
        (Wanted(), None, "csv", "--format csv"),
        (Wanted(), None, "parquet", "--format parquet"),
        (Wanted(), "team", "csv", None),
        (Wanted(), "person", "table", "--group person"),
        (Wanted(people=("aino",)), None, "json", "--person aino"),
        (Wanted(sort="responded_by"), None, "table", "--sort responded_by"),
        (Wanted(people=("aino", "ben")), "person", "csv", "--person aino, ben; --group person"),
    ],
)
def test_what_concerns_single_people_is_told_from_the_rest(
    wanted: Wanted, group: str | None, form: str, asked: str | None
) -> None:
    assert asked_of(wanted, group=group, form=form) == asked
