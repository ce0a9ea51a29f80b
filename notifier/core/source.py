"""A remote source of contacts, as rules.yaml describes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class SourceKind(StrEnum):
    """What a source of contacts speaks."""

    COTTONCAST = "cottoncast"
    WOOCOMMERCE = "woocommerce"
    HTTP = "http"


@dataclass(frozen=True, slots=True)
class Source:
    """A remote source of contacts.

    `url` is the base address (cottoncast, woocommerce); `address` makes the whole
    one from an order's reference and id (http), with both encoded for a path, and
    raises RenderError. `user` and `secret` are for HTTP Basic, `headers` are sent
    as they are: secrets, all of them. `fields` and `attributes` say by JMESPath
    where in the answer things stand (http). `timeout` is in seconds. `lacking`
    says in words what is not set, so that nobody can be asked; empty if all is there.
    """

    name: str
    kind: SourceKind
    url: str = ""
    address: Callable[[str, str], str] | None = None
    user: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    fields: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 10.0
    lacking: str = ""
