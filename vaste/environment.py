"""Values from the environment: `${NAME}` and `${NAME:-default}` anywhere in any text of a configuration."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from vaste.locate import UNFIT, At, Flaw

_WRITTEN = re.compile(
    r"\$(?P<kept>\$\{)|\$\{(?P<name>[A-Za-z_]\w*)(?P<default>:-[^}]*)?\}|(?P<odd>\$\{)", re.ASCII
)
HOW = "write ${NAME} or ${NAME:-default}, and $${ where the characters themselves are meant"


@dataclass(slots=True)
class Filled:
    """What is written, with the environment's values in place."""

    value: object = None
    from_environment: dict[At, str] = field(default_factory=dict)
    """Path → the text that holds a variable's value; such a text is shown to nobody."""
    flaws: list[Flaw] = field(default_factory=list)


def fill(value: object, environment: Mapping[str, str]) -> Filled:
    """Put the environment's values into every text, at any depth; keys are left as they are.

    A variable that is not set, or set to nothing, takes its default; without one it is a flaw, and the
    text stays as it was written.
    """
    filled = Filled()
    filled.value = _fill(value, (), environment, filled)
    return filled


def _fill(value: object, at: At, environment: Mapping[str, str], filled: Filled) -> object:
    if isinstance(value, dict):
        return {key: _fill(inner, (*at, key), environment, filled) for key, inner in value.items()}
    if isinstance(value, list):
        return [_fill(inner, (*at, index), environment, filled) for index, inner in enumerate(value)]
    if isinstance(value, str) and "${" in value:
        return _fill_text(value, at, environment, filled)
    return value


def _fill_text(text: str, at: At, environment: Mapping[str, str], filled: Filled) -> str:
    parts: list[str] = []
    end, used = 0, False
    for found in _WRITTEN.finditer(text):
        name, default = found["name"], found["default"]
        given = environment.get(name) if name else None
        if (flaw := _flaw(found, given)) is not None:
            filled.flaws.append(Flaw(at, flaw))
            return text
        used = used or bool(given)
        parts += [text[end : found.start()], found["kept"] or given or (default or "")[2:]]
        end = found.end()
    whole = "".join([*parts, text[end:]])
    if used:
        filled.from_environment[at] = whole
    return whole


def _flaw(found: re.Match[str], given: str | None) -> str | None:
    """Say what is wrong with one `${…}`, if anything."""
    if found["odd"]:
        return f"this ${{ is no variable; {HOW}"
    if found["name"] and not given and found["default"] is None:
        name = found["name"]
        return f"the environment variable {name} is not set; set it, or write ${{{name}:-default}}"
    if given and UNFIT.search(given):
        return f"the environment variable {found['name']} holds a control character; set it anew"
    return None
