"""Reads JSON bodies exactly: every digit of a number, names with or without case, strange members reported."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, TypeVar, cast, get_args
from urllib.parse import parse_qsl

import msgspec

from guerdon.web.failures import InvalidField, MalformedBody

Body = TypeVar("Body")

_DECODER = msgspec.json.Decoder(float_hook=Decimal)
# A text is taken to its end, or to the end of the body, and never tried again: or the time grows with the square.
_TRAILING_COMMA = re.compile(rb'("(?:[^"\\]|\\.?)*+"?)|,(?=\s*[}\]])', re.DOTALL)
_WHERE = re.compile(r"^(?P<what>.*?)(?: - at (?:`key` in )?`\$(?P<path>.*)`)?$", re.DOTALL)
_NUL = rb"\u0000"
"""How JSON spells a NUL character: no other way is JSON."""

_MISSING = re.compile(r"missing required field `(.+?)`")
_STEP = re.compile(r"([A-Za-z_]\w*)|\[(\d+)\]")
_EXPECTED = re.compile(r"Expected `(?P<kinds>[a-z |]+)`, got ")
_BOUND = re.compile(r"Expected `(?P<kind>[a-z]+)` (?P<what>of length )?(?P<sign>[<>]=?) (?P<bound>\S+)")
_KINDS = {
    "int": "a whole number",
    "decimal": "a number",
    "float": "a number",
    "str": "a text",
    "array": "a list",
    "object": "an object",
    "bool": "true or false",
    "uuid": "a UUID",
}
_SIGNS = {"<=": "at most", ">=": "at least", "<": "below", ">": "above"}
_FORMS = {
    "Invalid decimal string": "is not a number",
    "Invalid UUID": "is not a UUID",
    "Invalid enum value": "is not one of the known values",
    "Expected `str` matching": "is not of the form that is asked for",
}
"""What the library says is wrong with a member, by how it begins, in words of ours."""

_FIELD = re.compile(r"[A-Za-z_][\w.-]{0,79}", re.ASCII)
FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 100
MOST_DIGITS = 20
"""Of an integer that is written with a point or an exponent: no member takes a larger one."""

DEEPEST = 64
"""Of lists and maps in one another."""

_NUMBER = "a number has more digits than any measure"
_HALF = re.compile(rb"\\u[dD][89abAB]..(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..)\\u[dD][c-fC-F]")
"""Escapes that spell no character; a backslash before one is no matter, where the body is wrong anyway."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def parse(raw: bytes, *, trailing_commas: bool = False) -> Any:
    """JSON to plain values; integers as int, every other number as the Decimal that was written.

    Args:
        raw: the body.
        trailing_commas: read `{"a": 1,}` as the old .NET servers did.

    Raises:
        MalformedBody: not JSON, not UTF-8, nested too deeply, or with a number beyond any measure.
    """
    raw = raw.removeprefix(_BYTE_ORDER_MARK)
    try:
        tree = _DECODER.decode(raw)
    except msgspec.DecodeError as error:
        if trailing_commas and (without := _TRAILING_COMMA.sub(rb"\1", raw)) != raw:
            return parse(without)
        raise MalformedBody(_why(raw, str(error))) from None
    except (UnicodeDecodeError, RecursionError, InvalidOperation) as error:
        raise MalformedBody(_NUMBER if isinstance(error, InvalidOperation) else str(error)) from None
    if _may_be_deep(raw) and _is_deep(tree):
        raise MalformedBody(f"nested more than {DEEPEST} deep")
    return tree


def _why(raw: bytes, said: str) -> str:
    """What is wrong with a body, where the decoder has misleading words for it."""
    if not raw.strip():
        return "it is empty"
    if said.startswith("Integer value out of range"):
        return _NUMBER
    return "a text has half of a character (a surrogate alone)" if _HALF.search(raw) else said


def _may_be_deep(raw: bytes) -> bool:
    return raw.count(b"[") + raw.count(b"{") > DEEPEST


def _is_deep(tree: Any) -> bool:
    """Whether lists and maps are in one another more often than `DEEPEST`: what walks a tree may call itself."""
    level = [tree]
    for _ in range(DEEPEST):
        inner = [each.values() if isinstance(each, dict) else each for each in level]
        level = [value for values in inner for value in values if isinstance(value, dict | list)]
        if not level:
            return False
    return True


def form(raw: bytes, media_type: str) -> dict[str, str]:
    """The fields of a form by their names; one without a value is as one that was left out.

    Args:
        raw: the body.
        media_type: what the request says of it.

    Raises:
        MalformedBody: it is no form, not UTF-8, or has a field twice.
    """
    if media_type.partition(";")[0].strip().lower() != FORM:
        raise MalformedBody(f"the body is not {FORM}")
    try:
        pairs = parse_qsl(
            raw.decode(), keep_blank_values=True, strict_parsing=bool(raw), errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError as error:
        raise MalformedBody(f"the body is no form: {type(error).__name__}") from None
    names = [name.casefold() for name, _ in pairs]
    if len(set(names)) < len(names) or not all(map(_FIELD.fullmatch, names)):
        raise MalformedBody("the body is no form, or has a field twice")
    return {name: value for name, value in pairs if value}


def plainly(raw: bytes, model: type[Body]) -> Body | None:
    """What `parse` and `read` make of a body, in one step where it is plain; None where it takes both of them.

    Plain is a body that has members of the model only, all by their exact names, few brackets and no NUL character.
    """
    decoder: msgspec.json.Decoder[Body] | None = _exact(cast(Any, model))
    if decoder is None or _NUL in raw or _may_be_deep(raw):
        return None
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, InvalidOperation):
        return None


@cache
def _exact(model: Any) -> msgspec.json.Decoder[Any] | None:
    """A decoder for bodies that have nothing but the model's members; None for models that hold others, or anything.

    What it makes is a model of a kind of its own: one that takes no strange members.
    """
    if not (isinstance(model, type) and issubclass(model, msgspec.Struct)):
        return None
    plan = _plan(model)
    if plan.unread or any(plan.exact.values()):
        return None
    strict = msgspec.defstruct(model.__name__, [], bases=(model,), forbid_unknown_fields=True)
    return msgspec.json.Decoder(strict, float_hook=Decimal)


def read(tree: Any, model: type[Body], *, fold_names: bool = False, strict: bool = True) -> tuple[Body, list[str]]:
    """Plain values to a wire model.

    Args:
        tree: from `parse`.
        model: a msgspec struct.
        fold_names: take member names in any case.
        strict: False reads numbers from their texts, as the parameters of a query are.

    Returns:
        The model, and the names of members that it does not have.

    Raises:
        InvalidField: a member is missing, of the wrong type, out of bounds, or holds a NUL character.
    """
    strangers: list[str] = []
    try:
        if isinstance(tree, dict) and issubclass(model, msgspec.Struct):
            tree = _fitted(tree, _plan(model), (), fold_names=fold_names, strangers=strangers)
        try:
            return msgspec.convert(tree, model, strict=strict), strangers
        except msgspec.ValidationError:
            # 1.0 and 1e2 are integers to JSON Schema, and so to what our descriptions say.
            return msgspec.convert(_with_integers(tree), model, strict=strict), strangers
    except msgspec.ValidationError as error:
        said = str(error)
        raise _invalid(said, lambda: _key(tree, model, said, strict=strict)) from None
    except RecursionError:
        raise InvalidField("", "nested too deeply") from None


@dataclass(frozen=True, slots=True)
class _Plan:
    """The members of a model: by exact and by folded name, each with the model that it holds, maybe its own.

    `unread` are those of type `Any`: accepted whatever they hold.
    """

    exact: dict[str, type[msgspec.Struct] | None]
    folded: dict[str, str]
    unread: frozenset[str]


@cache
def _plan(model: type[msgspec.Struct]) -> _Plan:
    fields = msgspec.structs.fields(model)
    exact = {field.encode_name: next(_models(field.type), None) for field in fields}
    unread = frozenset(field.encode_name for field in fields if field.type is Any)
    return _Plan(exact, {name.casefold(): name for name in exact}, unread)


def _models(annotation: Any) -> Iterator[type[msgspec.Struct]]:
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


def _fitted(tree: Any, plan: _Plan, path: tuple[str, ...], *, fold_names: bool, strangers: list[str]) -> Any:
    if isinstance(tree, list):
        return [_fitted(item, plan, path, fold_names=fold_names, strangers=strangers) for item in tree]
    if not isinstance(tree, dict):
        return tree
    fitted: dict[str, Any] = {}
    for given, value in tree.items():
        name = plan.folded.get(given.casefold(), given) if fold_names else given
        if name not in plan.exact:
            strangers.append(given)
            continue
        inner = plan.exact[name]
        if name not in plan.unread and not (inner and isinstance(value, dict)) and _holds_nul(value):
            raise InvalidField(name, "holds a NUL character", path=path)
        within = (*path, name)
        fitted[name] = (
            _fitted(value, _plan(inner), within, fold_names=fold_names, strangers=strangers) if inner else value
        )
    return fitted


def _with_integers(tree: Any) -> Any:
    """The same values, whole numbers that were written with a point or an exponent as integers."""
    if isinstance(tree, dict):
        return {name: _with_integers(value) for name, value in tree.items()}
    if isinstance(tree, list):
        return [_with_integers(item) for item in tree]
    is_whole = isinstance(tree, Decimal) and tree.adjusted() < MOST_DIGITS and tree == tree.to_integral_value()
    return int(tree) if is_whole else tree


def _holds_nul(value: Any) -> bool:
    """Whether a text, or one in a list or a map, has what the database cannot store."""
    if isinstance(value, dict):
        return _holds_nul([*value, *value.values()])
    if isinstance(value, list):
        return any(isinstance(text, str) and "\0" in text for text in value)
    return isinstance(value, str) and "\0" in value


def in_words(problem: InvalidField) -> str:
    """What is wrong with a member, for people: its name, and what it is not, in none of the library's own words."""
    detail = problem.detail
    if _MISSING.search(detail):
        detail = "is required"
    elif found := _EXPECTED.match(detail):
        kinds = [_KINDS.get(kind, kind) for kind in found["kinds"].split(" | ") if kind != "null"]
        detail = f"is not {' or '.join(kinds)}"
    elif found := _BOUND.match(detail):
        units = f" {'characters' if found['kind'] == 'str' else 'items'}" if found["what"] else ""
        detail = f"must {'have' if units else 'be'} {_SIGNS[found['sign']]} {found['bound']}{units}"
    else:
        detail = next((words for begin, words in _FORMS.items() if detail.startswith(begin)), detail)
    if problem.name:
        return f"{problem.name}: {detail}"
    return detail if detail == problem.detail else f"the body {detail}"


def _invalid(message: str, key: Callable[[], str]) -> InvalidField:
    """What is wrong, and where; `key` finds out which key of a map it is, which the message leaves out."""
    where = _WHERE.match(message)
    what, path = (where["what"], where["path"] or "") if where else (message, "")
    names = [name or index or "" for name, index in _STEP.findall(path)]
    if names and (path.endswith("[...]") or " - at `key` in " in message):
        names.append(key())
    if missing := _MISSING.search(what):
        return InvalidField(missing[1], what, missing=True, path=tuple(names))
    return InvalidField(names[-1] if names else "", what, path=tuple(names[:-1]))


def _key(whole: Any, model: Any, message: str, *, strict: bool) -> str:
    """The key of the map at a message's path that it is about: the one of which it is said alone."""
    where, tree = _WHERE.match(message), whole
    for name, index in _STEP.findall((where and where["path"]) or ""):
        tree = tree[int(index)] if index else tree[name]
    items = list(tree.items())
    try:
        for key, value in items:
            tree.clear()
            tree[key] = value
            try:
                msgspec.convert(whole, model, strict=strict)
            except msgspec.ValidationError as error:
                if str(error) == message:
                    return str(key)
    finally:
        tree.update(items)
    return ""
