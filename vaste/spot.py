"""What is written at one place of a configuration, read on from key to key. Pure."""

from dataclasses import dataclass
from datetime import timedelta

from casebook.duration import parse_duration
from vaste.locate import At
from vaste.written import is_off


@dataclass(frozen=True, slots=True)
class Spot:
    """What is written at one place; reading on from a place that is not there gives nothing."""

    at: At
    value: object

    def key(self, name: str) -> "Spot":
        """What stands under a key; its value is None where there is none."""
        return Spot((*self.at, name), self.value.get(name) if isinstance(self.value, dict) else None)

    def entries(self) -> list[tuple[str, "Spot"]]:
        """The entries of a mapping."""
        return [(name, self.key(name)) for name in self.value] if isinstance(self.value, dict) else []

    def each(self) -> list["Spot"]:
        """The elements of a list; a word that stands alone is one."""
        if isinstance(self.value, list):
            return [Spot((*self.at, index), value) for index, value in enumerate(self.value)]
        return [] if self.value is None or isinstance(self.value, dict) else [self]

    @property
    def text(self) -> str | None:
        """Its text; a number that lacks its quotes is one."""
        if isinstance(self.value, str):
            return self.value
        return str(self.value) if isinstance(self.value, int) and not isinstance(self.value, bool) else None

    @property
    def duration(self) -> timedelta | None:
        """The duration written here, where one is."""
        try:
            return None if self.value is None else parse_duration(self.value)
        except ValueError:
            return None

    @property
    def is_written(self) -> bool:
        """Something stands here that does not say `off`."""
        return self.value is not None and not is_off(self.value)
