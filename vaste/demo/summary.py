"""What the demo's week came to, computed from the log's rows alone. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from playbooks.playbook import Playbook
from vaste.span import span

Row = Mapping[str, Any]
"""One case, as `Store.log` gives it."""

STORIES = {
    "pappi-01": "The misspelt advertisement",
    "lasi-01": "The first to find glass",
    "lasi-47": "Alone with it at night",
    "katko-1": "The shop falls, and nobody is awake",
    "toimitus-1": "The delivery that never came",
}
"""Posts whose cases are told one by one, and what each is called."""
NIGHT = (time(22), time(8))


@dataclass(frozen=True, slots=True)
class Broken:
    """Cases that broke a promise, by what became of them; nobody is counted twice."""

    late: int
    """Answered, but later than promised."""
    unanswered: int
    """Not answered when the time was up, and not since."""
    taken_late: int
    """Only taken, or dismissed as a false alarm, later than promised."""
    by_night: int
    """Of all these, how many were posted at night."""

    @property
    def total(self) -> int:
        """All cases that broke a promise."""
        return self.late + self.unanswered + self.taken_late


def broken(rows: Sequence[Row], zone: ZoneInfo) -> Broken:
    """Sort the cases that breached a deadline by what became of them."""
    breached = [row for row in rows if row["breaches"]]
    owed = [row for row in breached if "respond" in row["breaches"] and row["status"] != "dismissed"]
    late = sum(row["frt_s"] is not None for row in owed)
    return Broken(
        late=late,
        unanswered=len(owed) - late,
        taken_late=len(breached) - len(owed),
        by_night=sum(is_night(row["posted_at"], zone) for row in breached),
    )


def is_night(at: datetime, zone: ZoneInfo) -> bool:
    """Say whether this team sleeps at this instant."""
    local = at.astimezone(zone).time()
    return local >= NIGHT[0] or local < NIGHT[1]


def story(row: Row, people: Mapping[str, str], zone: ZoneInfo) -> str:
    """Tell one case in a line, every figure from the log; a day is named where it changes."""
    said = _day(row["posted_at"], zone)
    told = f"{said} posted"
    if row["acknowledged_at"] is not None:
        by = people.get(row["acknowledged_by"], row["acknowledged_by"])
        at = _after(row["posted_at"], row["acknowledged_at"], zone)
        late = "acknowledge" in row["breaches"]
        told += f", nobody took it until {at}" if late else f", {by} took it {at}"
    if row["responded_at"] is None:
        told += ", never answered"
    else:
        at = _after(row["posted_at"], row["responded_at"], zone)
        told += f", answered {at}: {span(row['frt_s'])}"
    return told


def _day(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%a %H:%M}"


def _after(begun: datetime, at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local:%H:%M}" if local.date() == begun.astimezone(zone).date() else f"{local:%a %H:%M}"


def post_id(row: Row) -> str:
    """Give the id of the post whose case this is."""
    return str(row["url"]).rpartition("/")[2]


def figures(
    rows: Sequence[Row], counts: Mapping[str, int], people: Mapping[str, str], zone: ZoneInfo
) -> list[tuple[str, str]]:
    """Say what the week came to: a word and its figures, each short enough for a line of 80."""
    return [
        ("seen", f"{counts['mentions']} posts of customers, {counts['replies']} of our own"),
        ("judged", f"{counts['judged']}; of {counts['review']} the model was not sure, they wait for review"),
        ("routed", _routed(rows, people)),
        ("dismissed", f"{sum(row['status'] == 'dismissed' for row in rows)} as false alarms"),
        ("answered", _answered(rows)),
        *_promises(broken(rows, zone)),
    ]


def _routed(rows: Sequence[Row], people: Mapping[str, str]) -> str:
    taken = {name: sum(row["acknowledged_by"] == key for row in rows) for key, name in people.items()}
    nobody = sum(row["acknowledged_at"] is None for row in rows)
    told = [f"{name} took {number}" for name, number in taken.items() if number]
    teams = ", ".join(sorted({row["team"] for row in rows})) or "nobody"
    return f"{len(rows)} cases to {teams}: {', '.join([*told, f'nobody took {nobody}'])}"


def _answered(rows: Sequence[Row]) -> str:
    waits = [row["frt_s"] for row in rows if row["frt_s"] is not None]
    if not waits:
        return "nobody"
    return f"{len(waits)}; half of them waited at most {span(int(median(waits)))}, the last one {span(max(waits))}"


def _promises(bad: Broken) -> list[tuple[str, str]]:
    begins, ends = NIGHT
    told = f"{bad.late} answered too late, {bad.unanswered} never, {bad.taken_late} only taken too late"
    night = f"{bad.by_night} of the {bad.total} were posted between {begins:%H:%M} and {ends:%H:%M}"
    return [("breached", f"{bad.total} cases: {told}"), ("", night)]


def table(rows: Sequence[Row], playbooks: Sequence[Playbook]) -> Table:
    """Give the figures of every playbook that took a post."""
    drawn = Table(box=None, pad_edge=False, header_style="bold")
    drawn.add_column("playbook", no_wrap=True)
    for name in ("cases", "false alarms", "answered", "late", "median wait", "longest wait"):
        drawn.add_column(name, justify="right", no_wrap=True)
    for playbook in playbooks:
        of = [row for row in rows if row["playbook"] == playbook.name]
        if of:
            drawn.add_row(playbook.name, *_cells(of))
    return drawn


def _cells(of: Sequence[Row]) -> tuple[str, ...]:
    waits = [row["frt_s"] for row in of if row["frt_s"] is not None]
    dismissed = sum(row["status"] == "dismissed" for row in of)
    late = sum("respond" in row["breaches"] and row["frt_s"] is not None for row in of)
    times = (span(int(median(waits))), span(max(waits))) if waits else ("", "")
    return (str(len(of)), str(dismissed), str(len(waits)), str(late), *times)


def show(
    rows: Sequence[Row],
    counts: Mapping[str, int],
    playbooks: Sequence[Playbook],
    people: Mapping[str, str],
    *,
    zone: ZoneInfo,
    console: Console,
) -> None:
    """Print the whole summary; `people` are the names by which they go, by key."""
    console.print("\n[bold]The week in figures[/]")
    for word, told in figures(rows, counts, people, zone):
        console.print(Text(f"  {word:<10}{told}"), soft_wrap=True)
    console.print()
    console.print(table(rows, playbooks))
    console.print("\n[bold]Five of its stories, as the log has them[/]")
    of = {post_id(row): row for row in rows}
    for post, title in STORIES.items():
        if post in of:
            row = of[post]
            about = f"case {row['case']}, {row['playbook']}, {row['mentions']} posts"
            console.print(Text(f"  {title} ({about})"), soft_wrap=True)
            console.print(Text("    " + story(row, people, zone), style="dim"), soft_wrap=True)
