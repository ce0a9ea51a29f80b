"""Sources in rules.yaml: how remote sources of contacts are asked."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from notifier.config import checks, endpoint
from notifier.config.mistake import Mistake
from notifier.config.model.values import Duration, Held, Part, Text

_Timeout = Annotated[Duration, AfterValidator(checks.timeout)]
_Place = Annotated[Text, AfterValidator(endpoint.place)]
_Header = Annotated[Text, AfterValidator(checks.header)]
_HeaderValue = Annotated[Text, AfterValidator(checks.header_value)]
_TIMEOUT = "A request that takes longer has failed; from 1s to 30s."


class CottoncastPart(Part):
    """Cottoncast's own order API."""

    user: Held = Field(default="${env:COTTONCAST_USER}", description="The store's user name.")
    secret: Held = Field(default="${env:COTTONCAST_SECRET}", description="The store's secret.")
    url: Annotated[Held, AfterValidator(endpoint.base)] = Field(
        default="https://api.cottoncast.com", description="Where the API is."
    )
    timeout: _Timeout = Field(default=10.0, description=_TIMEOUT)


class WooCommercePart(Part):
    """The REST API of a WooCommerce shop, whose order numbers are the references."""

    url: Annotated[Held, AfterValidator(endpoint.base)] = Field(
        default="${env:WOOCOMMERCE_URL}", description="The shop's address, such as https://shop.example."
    )
    key: Held = Field(default="${env:WOOCOMMERCE_KEY}", description="The consumer key, with read access.")
    secret: Held = Field(default="${env:WOOCOMMERCE_SECRET}", description="The consumer secret.")
    timeout: _Timeout = Field(default=10.0, description=_TIMEOUT)


class FieldsPart(Part):
    """Where in an answer the fields of a contact stand, as JMESPath expressions."""

    email: _Place | None = Field(default=None, description="The e-mail address.")
    phone: _Place | None = Field(default=None, description="The phone number, read as one of `country`.")
    name: _Place | None = Field(default=None, description="The customer's name.")
    locale: _Place | None = Field(default=None, description="The language, such as nl or nl-BE.")
    country: _Place | None = Field(default=None, description="The country's code of two letters.")
    timezone: _Place | None = Field(default=None, description="The time zone, such as Europe/Brussels.")
    marketing: _Place | None = Field(default=None, description="Whether she agreed to marketing.")
    do_not_contact: _Place | None = Field(default=None, description="Whether she wants to hear nothing.")
    ref: _Place | None = Field(
        default=None, description="The order's reference: an answer with another one is not taken."
    )
    items: _Place | None = Field(
        default=None, description="The list of what was ordered: objects with name, sku, quantity, image."
    )

    @model_validator(mode="after")
    def _finds_an_address(self) -> Self:
        if self.email is None and self.phone is None:
            raise Mistake("finds no address", "say where `email` or `phone` stands")
        return self


class HttpPart(Part):
    """Any service that answers with an order as JSON."""

    url: Annotated[Text, AfterValidator(endpoint.template)] = Field(
        description="Where an order is asked for: a template over {{ order.ref }} and {{ order.id }}.",
        examples=["https://shop.example/api/orders/{{ order.ref }}"],
    )
    fields: FieldsPart = Field(
        description="Where in the answer the contact stands.",
        examples=[{"email": "customer.email", "phone": "customer.phone"}],
    )
    attributes: dict[Text, _Place] = Field(
        default={}, description="Attributes of the order by name: where in the answer they stand."
    )
    headers: dict[_Header, _HeaderValue] = Field(
        default={},
        description="Headers that are sent along, such as a token.",
        examples=[{"Authorization": "${env:SHOP_TOKEN}"}],
    )
    user: Held | None = Field(default=None, description="The user name for HTTP Basic.")
    secret: Held | None = Field(default=None, description="The password for HTTP Basic.")
    timeout: _Timeout = Field(default=10.0, description=_TIMEOUT)

    @model_validator(mode="after")
    def _says_once_who_asks(self) -> Self:
        if (self.user is None) is not (self.secret is None):
            raise Mistake("has one of `user` and `secret`", "HTTP Basic needs both")
        if self.user is not None and "authorization" in map(str.lower, self.headers):
            raise Mistake("says twice who asks", "write `user` and `secret`, or the header Authorization")
        return self


class SourcesPart(Part):
    """How remote sources are asked; any name but the built-in ones is a service of your own."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, HttpPart] = Field(init=False)

    cottoncast: CottoncastPart = Field(default=CottoncastPart(), description="Cottoncast's own order API.")
    woocommerce: WooCommercePart = Field(
        default=WooCommercePart(), description="The REST API of a WooCommerce shop."
    )

    def named(self, name: str) -> CottoncastPart | WooCommercePart | HttpPart:
        """Return the source of that name, which has to be there or built in."""
        own = self.__pydantic_extra__.get(name)
        if own is not None:
            return own
        return self.woocommerce if name == "woocommerce" else self.cottoncast
