"""Each line of a history stands under the versions it was recorded by."""

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from casebook.calendar import Calendar, Span
from casebook.event import Event
from casebook.measures import DEFINITIONS
from casebook.versions import Versions, versions
from tests.casebook.cast import HOUR, MINUTE, Book
from tests.fakes import acknowledged, joined, opened, policy, raised
from vaste.config import load_config

OFFICE = Calendar("office", ZoneInfo("Europe/Helsinki"), (*([(Span(9 * 60, 17 * 60),)] * 5), (), ()))


def under(*events: Event) -> list[Versions]:
    return list(versions(events))


def test_what_a_case_was_opened_with_holds_until_it_is_raised() -> None:
    found = under(opened(), joined(1, 0), acknowledged(4), joined(2, 10), raised(2, 10, 11), acknowledged(12))
    assert len(set(found[:4])) == len(set(found[4:])) == 1
    assert found[0].policy != found[4].policy


@pytest.mark.parametrize(
    ("changed", "differs"),
    [
        (policy(), ()),
        (policy(respond_within=HOUR), ("policy",)),
        (policy(acknowledge_within=14 * MINUTE), ("policy",)),
        (policy(escalate=()), ("policy",)),
        (replace(policy(), version="another"), ("playbook",)),
        (replace(policy(), calendar=OFFICE), ("calendar",)),
    ],
)
def test_a_version_changes_with_what_it_stands_for(changed: object, differs: tuple[str, ...]) -> None:
    (was,), (is_,) = under(opened()), under(opened(by=changed))  # type: ignore[arg-type]
    assert (
        tuple(name for name in ("playbook", "policy", "calendar") if getattr(was, name) != getattr(is_, name))
        == differs
    )


def test_the_version_of_a_calendar_is_its_own() -> None:
    (found,) = under(opened(by=replace(policy(), calendar=OFFICE)))
    assert found.calendar == OFFICE.version


def test_lines_from_before_versions_say_so() -> None:
    begins = opened()
    old = {name: value for name, value in begins.facts["policy"].items() if name != "version"}
    (found,) = under(replace(begins, facts={**begins.facts, "policy": old}))
    assert (found.playbook, found.definitions) == (None, 0)


def test_every_line_that_is_recorded_names_the_definitions(book: Book) -> None:
    number = book.open_case()
    book.press(number, "acknowledge")
    assert {found.definitions for found in versions(book.store.events(number))} == {DEFINITIONS}


def test_a_playbooks_version_changes_with_everything_written_of_it(tmp_path: Path) -> None:
    def version(written: str) -> str | None:
        path = tmp_path / "config.yaml"
        path.write_text(
            f"teams: {{care: {{}}}}\nplaybooks: [{{name: all, team: care, {written}}}]\n", "utf-8"
        )
        loaded = load_config(path, {})
        assert loaded.config is not None, loaded.problems
        return loaded.config.playbooks[0].version

    first = version("match: {}")
    assert first is not None
    assert version("match: {}") == first
    others = {
        version("match: {words: [lasi]}"),
        version("match: {}, respond_within: 1h"),
        version("match: {}, severity: low"),
    }
    assert len(others | {first}) == 4
