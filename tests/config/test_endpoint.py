"""Where sources are asked: secrets go to the address that the operator wrote, whatever an order says."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.config import endpoint
from notifier.config.mistake import Mistake
from notifier.errors import RenderError

CRM = "https://crm.example/api/orders/{{ order.ref }}?id={{ order.id }}"


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("https://shop.example", "https://shop.example"),
        ("https://shop.example/", "https://shop.example"),
        ("https://shop.example:8443/wp/", "https://shop.example:8443/wp"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("${env:WOOCOMMERCE_URL}", "${env:WOOCOMMERCE_URL}"),
    ],
)
def test_a_base_is_https_or_on_this_machine(given_: str, kept: str) -> None:
    assert endpoint.base(given_) == kept


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("http://shop.example", "must begin with https"),
        ("http://127.0.0.1.evil.example", "must begin with https"),
        ("http://localhost.example", "must begin with https"),
        ("ftp://shop.example", "must be a web address"),
        ("shop.example", "must be a web address"),
        ("https://", "must be a web address"),
        ("https://[::1", "must be a web address"),
        ("https://shop.example:port", "must be a web address"),
        ("https://user:pw@shop.example", "has a user name in it"),
        ("https://shop.example?x=1", "must end with its path"),
        ("https://shop.example#x", "must end with its path"),
        ("https://shöp.example", "must be a web address in ASCII without spaces"),
        ("https://shop.example/a b", "must be a web address in ASCII without spaces"),
    ],
)
def test_another_base_is_refused(text: str, said: str) -> None:
    with pytest.raises(Mistake) as error:
        endpoint.base(text)
    assert error.value.text == said


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("https://{{ order.ref }}.example/", "lets the order choose the host"),
        ("https://crm.example{{ order.ref }}", "lets the order choose the host"),
        ("https://crm.example:{{ order.ref }}/", "lets the order choose the host"),
        ("{{ order.ref }}://crm.example/", "must be a web address with a path"),
        ("{% if true %}https://crm.example/{{ order.ref }}{% endif %}", "must be a web address with a path"),
        ("crm.example/{{ order.ref }}", "must be a web address with a path"),
        ("https://crm.example/", "names no order"),
        ("https://crm.example/order.ref", "names no order"),
        ("https://crm.example/{{ order.email }}", "asks for `order.email`, which does not exist here"),
        ("https://crm.example/{{ order }}", "names no order"),
        ("https://crm.example/{{ contact.email }}", "asks for `contact`, which does not exist here"),
        (
            "https://crm.example/{{ order.ref",
            "is not a template: unexpected end of template, expected 'end of print statement'",
        ),
        ("https://crm.example/{{ order.ref | base64 }}", "is not a template: No filter named 'base64'"),
        ("http://crm.example/{{ order.ref }}", "must begin with https"),
        ("https://u:p@crm.example/{{ order.ref }}", "has a user name in it"),
        ("${env:CRM_URL}", "must be written out here"),
        ("https://crm.example/a b/{{ order.ref }}", "gives no usable address"),
        ("https://crm.example/{{ order.ref }}/{{ '' }}", "gives no usable address"),
    ],
)
def test_a_template_that_is_none_or_could_lead_elsewhere_is_refused(source: str, said: str) -> None:
    with pytest.raises(Mistake) as error:
        endpoint.template(source)
    assert error.value.text == said


@pytest.mark.parametrize(
    ("ref", "order_id", "url"),
    [
        ("41", "3AF7", "https://crm.example/api/orders/41?id=3AF7"),
        ("a/b", "x&y=z", "https://crm.example/api/orders/a%2Fb?id=x%26y%3Dz"),
        ("../admin", "#", "https://crm.example/api/orders/..%2Fadmin?id=%23"),
        ("%2e%2e", "1", "https://crm.example/api/orders/%252e%252e?id=1"),
        ("é €", "1", "https://crm.example/api/orders/%C3%A9%20%E2%82%AC?id=1"),
        ("{{ 7*7 }}", "1", "https://crm.example/api/orders/%7B%7B%207%2A7%20%7D%7D?id=1"),
    ],
)
def test_values_fill_their_place_and_nothing_else(ref: str, order_id: str, url: str) -> None:
    assert endpoint.address(CRM)(ref, order_id) == url


@pytest.mark.parametrize(
    ("ref", "order_id"), [("", "1"), (".", "1"), ("..", "1"), ("41", ""), ("x" * 2000, "1")]
)
def test_an_order_without_a_usable_value_has_no_address(ref: str, order_id: str) -> None:
    with pytest.raises(RenderError, match="`url`"):
        endpoint.address(CRM)(ref, order_id)


@given(ref=st.text(), order_id=st.text())
def test_no_value_leads_to_another_host_path_or_parameter(ref: str, order_id: str) -> None:
    try:
        parts = urlsplit(endpoint.address(CRM)(ref, order_id))
    except RenderError:
        return
    assert (parts.scheme, parts.netloc, parts.fragment) == ("https", "crm.example", "")
    assert parts.path.removeprefix("/api/orders/").count("/") == 0
    assert parts.query.count("=") == 1
    if ref.isprintable() and order_id.isprintable():
        assert unquote(parts.path) == f"/api/orders/{ref}"
        assert unquote(parts.query) == f"id={order_id}"


@pytest.mark.parametrize(
    "text", ["customer.email", "a.b[0].c", "items[?sku=='x'] | [0].name", "to_string(number)"]
)
def test_a_place_in_an_answer_is_a_jmespath_expression(text: str) -> None:
    assert endpoint.place(text) == text


@pytest.mark.parametrize(
    "text", ["customer.", "customer..email", "$.customer.email", "a b", "[", "'", "{{ x }}"]
)
def test_another_place_is_refused(text: str) -> None:
    with pytest.raises(Mistake) as error:
        endpoint.place(text)
    assert error.value.text.startswith("is not a JMESPath expression")
