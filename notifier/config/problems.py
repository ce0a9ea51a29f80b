"""What pydantic says of rules.yaml, as Problems in an operator's words, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from typing_extensions import TypeAliasType

from notifier.config.foreign import key_hint, meant
from notifier.config.mistake import Mistake, kind, nearest, quoted, subject
from notifier.config.model.sources import SourcesPart
from notifier.config.model.values import NAME_HINT
from notifier.config.yamltree import Path, Tree
from notifier.errors import Problem

_MISSING_HINTS = {
    "version": "write `version: 1` as the first line",
    "fields": f"a source needs it unless it is called {' or '.join(SourcesPart.model_fields)}",
}
_BLOCK_HINTS = {"missing_contact": "write missing_contact: { send: slack }"}
_QUOTES = "\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"
_QUOTES_HINT = 'these are no quotes but a part of the text: write "…"'
_BOUNDS = {
    "greater_than_equal": ("ge", "or more"),
    "less_than_equal": ("le", "or less"),
}


def problems(error: ValidationError, tree: Tree, model: type[BaseModel]) -> list[Problem]:
    """Return a Problem for every mistake that `error` lists, without those that follow from another.

    Args:
        tree: the file that was validated.
        model: the class that it was validated as.
    """
    found: dict[Problem, None] = {}
    details = error.errors(include_url=False)
    meant = set(_meant_keys(details, tree, model))
    for detail in details:
        path = _path(detail["loc"], tree.data)
        last = detail["loc"][-1] if detail["loc"] else ""
        if path in tree.broken or (detail["type"] == "missing" and (path, last) in meant):
            continue
        if isinstance(detail["input"], dict) and detail["type"] == "value_error" and _is_broken(path, tree):
            continue
        found[_problem(detail, path, tree, model)] = None
    return list(found)


def _is_broken(path: Path, tree: Tree) -> bool:
    """Tell whether something below `path` could not be read, so that nothing can be said of the whole."""
    return any(place[: len(path)] == path for place in tree.broken)


def _problem(detail: ErrorDetails, path: Path, tree: Tree, model: type[BaseModel]) -> Problem:
    what, value, context = subject(path), detail["input"], detail.get("ctx", {})
    match detail["type"]:
        case "missing":
            name = str(detail["loc"][-1])
            meant = nearest(str(path[-1]), SourcesPart.model_fields) if name == "fields" else None
            hint = f"did you mean `{meant}`?" if meant else _MISSING_HINTS.get(name, "")
            return tree.problem(path, f"{quoted(name)} is missing", hint, at_key=True)
        case "extra_forbidden":
            hint = key_hint(str(path[-1]), _keys(detail["loc"], model))
            return tree.problem(path, f"unknown key {what}", hint, at_key=True)
        case "string_pattern_mismatch":
            return tree.problem(
                path, f"{what} is not a usable name", NAME_HINT, at_key="[key]" in detail["loc"]
            )
        case "literal_error":
            known = re.findall(r"[^'\s,]+", str(context["expected"]).replace(" or ", " "))
            known = [{"True": "true"}.get(word, word) for word in known]
            text = f"{what} must be {_either(known)}, not {_given(value)}"
            return tree.problem(path, text, _literal_hint(value, known))
        case "value_error" if isinstance(mistake := context.get("error"), Mistake):
            at_key = "[key]" in detail["loc"]
            hint = _QUOTES_HINT if str(value)[:1] in _QUOTES and value else mistake.hint
            return tree.problem(path, f"{what} {mistake.text}", hint, at_key=at_key)
        case "form":
            return tree.problem(path, f"{what} {detail['msg']}, not {kind(value)}")
        case "too_short" | "string_too_short":
            return tree.problem(
                path, f"{what} is empty", "write at least one" if isinstance(value, list) else ""
            )
        case "string_too_long":
            return tree.problem(path, f"{what} is longer than {context['max_length']} characters")
        case "greater_than_equal" | "less_than_equal" as bound:
            limit, words = _BOUNDS[bound]
            return tree.problem(path, f"{what} must be {context[limit]:g} {words}")
    wanted, hint = _wanted(detail["type"], value)
    hint = _BLOCK_HINTS.get(str(path[-1]), hint) if path else hint
    given = _given(value) if isinstance(value, float) else kind(value)
    return tree.problem(path, f"{what} must be {wanted}, not {given}", hint)


def _wanted(error_type: str, value: object) -> tuple[str, str]:
    """Return what should have stood where something of the wrong kind stands, and a hint."""
    simple = isinstance(value, str | int | float)
    match error_type:
        case "string_type":
            return "text", "put it in quotes" if simple else ""
        case "bool_type":
            return "true or false", ""
        case "float_type":
            return "a number", _digits_hint(value)
        case "int_type" | "int_from_float":
            return "a whole number", _digits_hint(value)
        case "list_type":
            return "a list", "each entry begins with `- `" if isinstance(value, dict) else ""
        case "dict_type" | "model_type" | "model_attributes_type":
            return "a block of keys", "a `:` needs a space after it" if isinstance(value, str) else ""
    return "something else", ""


def _digits_hint(value: object) -> str:
    if not isinstance(value, str):
        return ""
    number = value.lstrip("0") or "0"
    return f"write {number}, without quotes" if number.isdecimal() else "write digits, without quotes"


def _literal_hint(value: object, known: list[str]) -> str:
    if not isinstance(value, str):
        return ""
    near = nearest(value, known)
    if near == value:
        return "write it without quotes"  # a number is wanted, and it is one but for the quotes
    return f"did you mean `{near}`?" if near else ""


def _either(words: list[str]) -> str:
    return " or ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _given(value: object) -> str:
    return quoted(value) if isinstance(value, str | int | float) else kind(value)


def _path(loc: tuple[int | str, ...], data: Any) -> Path:
    """Return the part of pydantic's `loc` that is in the file: without tags and missing keys."""
    path: list[int | str] = []
    for part in loc:
        held = data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ()
        if part in held:
            data = data[part]
            path.append(part)
    return tuple(path)


def _meant_keys(
    details: list[ErrorDetails], tree: Tree, model: type[BaseModel]
) -> Iterator[tuple[Path, str | int]]:
    """Yield the place and name of every key that an unknown key was probably meant to be."""
    for detail in details:
        if detail["type"] == "extra_forbidden":
            path = _path(detail["loc"], tree.data)
            keys = _keys(detail["loc"], model)
            near = next(iter(keys)) if len(keys) == 1 else meant(str(path[-1]), keys)
            if near is not None:
                yield path[:-1], near


def _keys(loc: tuple[int | str, ...], model: type[BaseModel]) -> set[str]:
    """Return the keys that may stand beside the last one of `loc`."""
    here: set[type[BaseModel]] = {model}
    for part in loc[:-1]:
        inner = {m for cls in here for name, m in _fields(cls) if name == part}
        inner = inner or {m for cls in here for m in _others(cls)}
        here = inner or here  # a list position, a channel's name or a tag leads nowhere else
    return {name for cls in here for name, _ in _names(cls)}


def _names(cls: type[BaseModel]) -> Iterator[tuple[str, Any]]:
    for name, field in cls.model_fields.items():
        yield field.alias or name, field.annotation


def _fields(cls: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    """Yield every key of `cls` with each class that its value may be."""
    for name, annotation in _names(cls):
        for inner in _models(annotation):
            yield name, inner


def _others(cls: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """Yield what a block may be whose name `cls` does not know."""
    if cls.model_config.get("extra") == "allow":
        yield from _models(get_type_hints(cls)["__pydantic_extra__"])


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    if isinstance(annotation, TypeAliasType):
        annotation = annotation.__value__  # names itself in quotes inside, which ends this
    for argument in get_args(annotation):
        yield from _models(argument)
