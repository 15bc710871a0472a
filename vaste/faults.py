"""What pydantic objects to, said as: what is wrong; what to write instead."""

import difflib
from collections.abc import Iterable, Iterator
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError

from listener.door_rules import NoAddress
from vaste.locate import At, Flaw
from vaste.settings import FORMS

ErrorDetails = dict[str, Any]
_KEY = "[key]"
_MARKS = frozenset({_KEY, *FORMS})
_MOST_NAMED = 20

_SENTENCES = {
    "string_type": "must be a text; put it in quotes",
    "string_too_short": "must not be empty; write a text, or take the key away",
    "string_too_long": "too long; write at most {max_length} characters",
    "string_pattern_mismatch": "not written as it must be; its form is {pattern}",
    "int_type": "must be a whole number; write for example 10",
    "int_parsing": "must be a whole number; write for example 10",
    "int_from_float": "must be a whole number; write for example 10",
    "float_type": "must be a number; write for example 0.6",
    "float_parsing": "must be a number; write for example 0.6",
    "finite_number": "must be a number that ends; write for example 0.6",
    "bool_type": "must be true or false; write one of them (on and off will do)",
    "bool_parsing": "must be true or false; write one of them (on and off will do)",
    "greater_than": "too small; write more than {gt:g}",
    "greater_than_equal": "too small; write {ge:g} or more",
    "less_than": "too large; write less than {lt:g}",
    "less_than_equal": "too large; write {le:g} or less",
    "literal_error": "not one of the words known here; write {expected}",
    "enum": "not one of the words known here; write {expected}",
    "list_type": "must be a list; write [one, two], or each on a line of its own after a dash",
    "tuple_type": "must be a list; write [one, two], or each on a line of its own after a dash",
    "too_short": "must not be empty; write at least {min_length}",
    "too_long": "{actual_length} are too many; keep the {max_length} that say most",
    "dict_type": "must be a mapping; write key: value, indented below it",
    "model_type": "must be a mapping; write key: value, indented below it",
    "model_attributes_type": "must be a mapping; write key: value, indented below it",
    "path_type": "must be a path; write for example posts.jsonl",
    "missing": "is missing; add it",
    "url_parsing": "not an address; write for example https://api.example.com",
    "url_scheme": "not an address that can be used; write one that begins with {expected_schemes}",
}
_DATES = "not a date; write for example 2026-12-31"


def flaws_of(mistake: ValidationError, model: type[BaseModel], base: At = ()) -> Iterator[Flaw]:
    """Turn each of pydantic's errors into a flaw at its path below `base`."""
    for error in mistake.errors(include_url=False, include_input=False):
        details: ErrorDetails = dict(error)
        loc: At = details["loc"]
        on_key = details["type"] == "extra_forbidden" or loc[-1:] == (_KEY,)
        at = tuple(part for part in loc if part not in _MARKS)
        yield Flaw((*base, *at), _sentence(details, model), on_key=on_key, quotes=_speaks_freely(details))


def _speaks_freely(error: ErrorDetails) -> bool:
    """Say whether the words are a validator's own, which may quote the value; those of an address never do."""
    if isinstance(error.get("ctx", {}).get("error"), NoAddress):
        return False
    return error["type"] in {"value_error", "assertion_error"} or error["type"] not in _SENTENCES


def nearest(word: str, known: Iterable[str]) -> str:
    """Suggest the nearest known word, or name them all when none is near: `did you mean …?`."""
    words = sorted(str(one) for one in known)
    near = difflib.get_close_matches(word.lower(), words, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]}?"
    if not words:
        return "there is none yet"
    return f"known here: {', '.join(words[:_MOST_NAMED])}{', …' if len(words) > _MOST_NAMED else ''}"


def _sentence(error: ErrorDetails, model: type[BaseModel]) -> str:
    kind: str = error["type"]
    context: dict[str, Any] = error.get("ctx", {})
    if kind == "extra_forbidden":
        *outer, key = error["loc"]
        return f"unknown key; {nearest(str(key), _keys_at(model, outer))}"
    if kind in {"value_error", "assertion_error"}:
        return _words_of(context.get("error"))
    if kind.startswith("date"):
        return _DATES
    if kind in _SENTENCES:
        return _SENTENCES[kind].format_map(context)
    return f"not accepted ({error['msg']}); compare it with docs/configuration.md"


def _words_of(error: object) -> str:
    """Give a validator's own words; where it let pydantic speak, pydantic's, which would quote the value."""
    if isinstance(error, ValidationError):
        inner: ErrorDetails = dict(error.errors(include_url=False, include_input=False)[0])
        return _SENTENCES.get(
            inner["type"], "not accepted; compare it with docs/configuration.md"
        ).format_map(inner.get("ctx", {}))
    return str(error or "not accepted; compare it with docs/configuration.md")


def _keys_at(model: type[BaseModel], at: Iterable[str | int]) -> list[str]:
    """Name the keys that the mapping at this path knows."""
    here: list[Any] = [model]
    for part in at:
        if part not in _MARKS:
            here = [inner for annotation in here for inner in _inside(annotation, part)]
    return [
        field.alias or name
        for annotation in here
        if _is_model(annotation)
        for name, field in annotation.model_fields.items()
    ]


def _inside(annotation: Any, part: str | int) -> Iterator[Any]:
    """Give the types that may stand under a key or an index of a type, unions taken apart."""
    if _is_model(annotation):
        fields = annotation.model_fields.items()
        yield from (
            kind
            for name, field in fields
            if part == (field.alias or name)
            for kind in _each(field.annotation)
        )
    elif get_origin(annotation) is dict:
        yield from _each(get_args(annotation)[1])
    elif get_origin(annotation) is tuple:
        yield from _each(get_args(annotation)[0])


def _each(annotation: Any) -> Iterator[Any]:
    """Take a union, and whatever is annotated, apart."""
    if get_origin(annotation) is Annotated:
        yield from _each(get_args(annotation)[0])
    elif get_origin(annotation) in {Union, UnionType}:
        for one in get_args(annotation):
            yield from _each(one)
    else:
        yield annotation


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def secret_keys(model: type[BaseModel]) -> frozenset[str]:
    """Name the keys of a kind's settings whose values are secrets."""
    fields = model.model_fields.items()
    return frozenset(field.alias or name for name, field in fields if SecretStr in _each(field.annotation))
