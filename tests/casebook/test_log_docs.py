"""docs/log.md says of every column what the program does, and names every word that can be asked for."""

import re
from pathlib import Path

from casebook.log import COLUMNS, MEANINGS
from vaste.log_asked import ANY, CLOCKS, LANGUAGES, SEVERITIES, STATUSES
from vaste.log_figures import FIGURES, GROUPS

PAGE = (Path(__file__).parents[2] / "docs" / "log.md").read_text("utf-8")


def test_the_table_of_columns_is_the_one_that_is_written() -> None:
    table = PAGE[PAGE.index("## The columns") : PAGE.index("## On the page")]
    told = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| `")]
    assert told == [
        [f"`{name}`", meaning.holds, meaning.says, meaning.absent_when] for name, meaning in MEANINGS.items()
    ]
    assert [row[0].strip("`") for row in told] == list(COLUMNS)


def test_every_word_that_can_be_asked_for_is_named() -> None:
    prose = re.sub(r"^```.*?^```", "", PAGE, flags=re.MULTILINE | re.DOTALL)
    named = set(re.findall(r"`([^`]+)`", prose))
    assert {ANY, *CLOCKS, *LANGUAGES, *SEVERITIES, *STATUSES, *GROUPS, *FIGURES} - named == set()


def test_every_option_of_the_command_is_named_there_and_none_else() -> None:
    source = (Path(__file__).parents[2] / "vaste" / "cli.py").read_text("utf-8")
    command = source[source.index("def log(\n") : source.index("    if context.invoked_subcommand")]
    taken = set(re.findall(r"^    (\w+): Annotated", command, flags=re.MULTILINE)) - {
        "form",
        "config",
        "as_of",
    }
    assert taken
    assert taken | {"format"} == set(re.findall(r"--([a-z_]+)", PAGE)) - {"as"}
