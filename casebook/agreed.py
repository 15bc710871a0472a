"""What people agreed about turns while Vaste runs: who stands in when, and who is away. Pure."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Agreement:
    """One statement: this person has the turn in a team, or is away. Raises ValueError where it ends before it begins."""

    team: str | None
    """In which team they stand in; None: they are away, from all of them."""
    person: str
    begins_at: datetime
    ends_at: datetime
    by: str
    """Who said so: a key of people, or `slack:U…`."""
    why: str = ""

    def __post_init__(self) -> None:
        if self.ends_at <= self.begins_at:
            raise ValueError("it ends before it begins")


@dataclass(frozen=True, slots=True)
class Agreed:
    """A statement as it was filed."""

    number: int
    team: str | None
    person: str
    begins_at: datetime
    ends_at: datetime
    by: str
    why: str
    at: datetime
    """When it was said."""
    cancelled_by: str | None = None
    cancelled_at: datetime | None = None

    @property
    def stands(self) -> bool:
        """Nobody cancelled it."""
        return self.cancelled_at is None

    def says(self, one: Agreement) -> bool:
        """Say whether it is the very same statement; who says it, and why, may differ."""
        mine = (self.team, self.person, self.begins_at, self.ends_at)
        return mine == (one.team, one.person, one.begins_at, one.ends_at)


@dataclass(frozen=True, slots=True)
class KeptRota:
    """The last good copy of a rota that is kept in another calendar."""

    ground: str
    """Names the calendar without telling its address."""
    read_at: datetime
    turns: tuple[tuple[str, datetime, datetime], ...]
    """Of each: the person's key, its begin and its end."""
