"""The shape of authored files: checked with the line of every fault, published as JSON Schema from the same classes.

A form says what a file may hold; `fill` checks a document against it and `publish` describes it for editors. What a
schema cannot say (unique labels, probabilities that sum to one) is checked where the value is built.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic_core import ErrorDetails

from chatarena.authoring.documents import Document, Where
from chatarena.authoring.fields import IDENTIFIER, kind, refusal
from chatarena.authoring.places import nearest
from chatarena.errors import AuthoringError


class Form(BaseModel):
    """What one file, or one entry of a list in it, may hold.

    `shorthand` names the key that an entry written as a bare text stands for. `parts` are the forms of its lists. A key
    that is left empty counts as absent.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    shorthand: ClassVar[str] = ""
    parts: ClassVar[Mapping[str, type[Form]]] = {}

    @model_validator(mode="before")
    @classmethod
    def _written(cls, value: object) -> object:
        if cls.shorthand and isinstance(value, str):
            return {cls.shorthand: value}
        if not isinstance(value, dict):
            what = "a text or a mapping" if cls.shorthand else "a mapping"
            raise refusal(f"must be {what}, not {kind(value)}", f"write it as lines such as `{_keys(cls)}: ...`")
        return {key: item for key, item in value.items() if item is not None or key not in cls.model_fields}


_F = TypeVar("_F", bound=Form)


def fill(form: type[_F], document: Document) -> _F:
    """The document's values in this form.

    Raises:
        AuthoringError: the first fault by line, with its remedy; the remedy lists the other faults of the file.
    """
    try:
        return form.model_validate(document.value)
    except ValidationError as error:
        faults = _faults(form, document, error)
    raise first_of(faults)


def first_of(faults: Sequence[AuthoringError]) -> AuthoringError:
    """The first fault by line; its remedy also lists the others."""
    head, *rest = sorted(faults, key=lambda fault: fault.line or 0)
    if rest:
        also = "".join(f"\n  also {fault.message}" for fault in rest)
        head.remedy = f"{head.remedy}{also}"
    return head


def publish(form: type[Form], *, title: str, description: str) -> dict[str, object]:
    """The form as JSON Schema 2020-12, for editors and for programs that write such files.

    Words may also be written as numbers or true/false, which are taken as the words that were written; a key that is
    not required may be left empty.
    """
    schema = form.model_json_schema()
    definitions = schema.pop("$defs", {})
    for name, part in definitions.items():
        definitions[name] = _part_schema(_with_words(part), _form_called(form, name))
    body = _with_words(schema)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **body,
        "title": title,
        "description": description,
        "$defs": definitions,
    }


def _form_called(form: type[Form], name: str) -> type[Form]:
    found = {part.__name__: part for part in _all_parts(form)}
    return found[name]


def _all_parts(form: type[Form]) -> list[type[Form]]:
    return [found for part in form.parts.values() for found in (part, *_all_parts(part))]


def _part_schema(schema: dict[str, Any], form: type[Form]) -> dict[str, Any]:
    schema = {key: value for key, value in schema.items() if key not in ("title", "description")}
    if not form.shorthand:
        return schema
    return {"anyOf": [schema["properties"][form.shorthand], schema]}


def _with_words(schema: dict[str, Any]) -> dict[str, Any]:
    required = set(schema.get("required", ()))
    properties = {
        key: _words(part) if key in required else _or_empty(_words(part)) for key, part in schema["properties"].items()
    }
    return {**schema, "properties": properties}


def _words(schema: dict[str, Any]) -> dict[str, Any]:
    schema = {key: value for key, value in schema.items() if key not in ("title", "default")}
    if isinstance(schema.get("items"), dict):
        schema["items"] = _words(schema["items"])
    if schema.get("type") == "string" and not {"enum", "const", "pattern"} & set(schema):
        schema["type"] = ["string", "number", "boolean"]
        if schema.get("minLength"):
            schema["pattern"] = r"\S"
    return schema


def _or_empty(schema: dict[str, Any]) -> dict[str, Any]:
    if isinstance(schema.get("type"), str | list) and not {"enum", "const"} & set(schema):
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        return {**schema, "type": [*types, "null"]}
    if {"type": "null"} in schema.get("anyOf", ()):
        return schema
    outer: dict[str, Any] = {key: schema[key] for key in ("description", "examples") if key in schema}
    inner = {key: value for key, value in schema.items() if key not in outer}
    choices = inner["anyOf"] if set(inner) == {"anyOf"} else [inner]
    return {"anyOf": [*choices, {"type": "null"}], **outer}


def _faults(form: type[Form], document: Document, error: ValidationError) -> list[AuthoringError]:
    details = error.errors(include_url=False)
    # Entries that fail are not counted, so a list of faulty entries also looks too short: only the entries' own
    # faults are worth saying.
    within = {detail["loc"][:end] for detail in details for end in range(len(detail["loc"]))}
    misspelt = {_meant(form, detail["loc"]) for detail in details if detail["type"] == "extra_forbidden"}
    return [
        _fault(form, document, detail)
        for detail in details
        if not (detail["type"] == "too_short" and detail["loc"] in within)
        and not (detail["type"] == "missing" and detail["loc"] in misspelt)
    ]


def _meant(form: type[Form], where: Where) -> Where:
    """Where a key would stand if it were spelt like the nearest valid one: it is not missing as well."""
    return (*where[:-1], nearest(str(where[-1]), _form_at(form, where[:-1]).model_fields))


def _fault(form: type[Form], document: Document, detail: ErrorDetails) -> AuthoringError:
    where: Where = tuple(part for part in detail["loc"] if part not in ("[key]", ""))
    message, remedy = _said(form, document, where, detail)
    key = next((part for part in reversed(where) if isinstance(part, str)), "")
    return AuthoringError(message, file=document.file, line=document.line(where), key=key, remedy=remedy)


def _said(form: type[Form], document: Document, where: Where, detail: ErrorDetails) -> tuple[str, str]:
    context = detail.get("ctx", {})
    here = _place(where)
    inner = _form_at(form, where[:-1])
    match detail["type"]:
        case "refused":
            return f"{here} {context['said']}", str(context["remedy"])
        case "missing":
            lacks = "is empty" if where in document.lines else "is missing"
            inside = f" in {_place(where[:-1])}" if where[:-1] else ""
            return f"the key {str(where[-1])!r} {lacks}{inside}", f"write it{_example(inner, where)}"
        case "extra_forbidden":
            close = nearest(str(where[-1]), inner.model_fields)
            known = f"valid here: {', '.join(inner.model_fields)}"
            return f"unknown key {where[-1]!r}", f"did you mean {close!r}? {known}" if close else known
        case "tuple_type" | "dict_type":
            return f"{here} must be a list, not {kind(detail['input'])}", "start each entry on its own line with `- `"
        case "too_long" | "too_short" | "string_too_long" | "string_too_short":
            return _said_of_length(here, detail)
        case _:
            said, remedy = _said_of_value(detail)
            return f"{here} {said}", f"{remedy}{_example(inner, where)}"


def _said_of_length(here: str, detail: ErrorDetails) -> tuple[str, str]:
    context, count = detail.get("ctx", {}), len(detail["input"])
    match detail["type"]:
        case "string_too_short":
            return f"{here} is empty", "write at least one word"
        case "string_too_long":
            remedy = "shorten it, or move a part into a longer text such as `detail` or `context`"
            return f"{here} has {count} characters; {context['max_length']} at most", remedy
        case "too_short":
            entries = "entry" if count == 1 else "entries"
            remedy = "add more, each on its own line with `- `"
            return f"{here} has {count} {entries}; it needs at least {context['min_length']}", remedy
        case _:
            return f"{here} has {count} entries; {context['max_length']} at most", "remove some"


def _said_of_value(detail: ErrorDetails) -> tuple[str, str]:
    context, given = detail.get("ctx", {}), detail["input"]
    match detail["type"]:
        case "string_pattern_mismatch":
            form = "letters, digits, _ and -" if context["pattern"] == IDENTIFIER else "small letters, digits and -"
            return f"cannot be {given!r}", f"use {form}, and start with a letter"
        case "literal_error":
            known = re.findall("'([^']*)'", str(context["expected"]))
            return f"cannot be {str(given)!r}", f"write {' or '.join(filter(None, known))}"
        case "greater_than_equal" | "greater_than":
            least = context.get("ge", context.get("gt"))
            return (
                f"is {given}, which is too small",
                f"write {'at least' if 'ge' in context else 'more than'} {least:g}",
            )
        case "less_than_equal" | "less_than":
            return f"is {given}, which is too large", f"write at most {context.get('le', context.get('lt')):g}"
        case _:
            return f"cannot be used: {detail['msg']}", "write it differently"


def _example(form: type[Form], where: Where) -> str:
    field = form.model_fields.get(str(where[-1])) if where else None
    return f", such as `{where[-1]}: {field.examples[0]}`" if field is not None and field.examples else ""


def _place(where: Where) -> str:
    if not where:
        return "this"
    words = [f"entry {part + 1}" if isinstance(part, int) else repr(part) for part in where]
    return " of ".join(reversed(words))


def _form_at(form: type[Form], where: Where) -> type[Form]:
    for part in where:
        if isinstance(part, str) and part in form.parts:
            form = form.parts[part]
    return form


def _keys(form: type[Form]) -> str:
    return next(iter(form.model_fields))
