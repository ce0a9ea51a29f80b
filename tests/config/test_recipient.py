"""Literal addresses of `to:`."""

from __future__ import annotations

import pytest

from notifier.config.mistake import Mistake
from notifier.config.recipient import recipient


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("ops@shop.example", "ops@shop.example"),
        ("x@bücher.de", "x@xn--bcher-kva.de"),
        ("+31 6 1234 5678", "+31612345678"),
        ("+31600000000", "+31600000000"),
        ("#orders", "#orders"),
        ("@channel", "@channel"),
        ("C024BE91L", "C024BE91L"),
    ],
)
def test_a_literal_address_is_given_in_its_normal_form(text: str, found: str) -> None:
    assert recipient(text)({}) == found


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ops@shop", "is not an e-mail address"),
        ("ops shop@x.example", "is not an e-mail address"),
        ("a@x.example, b@x.example", "is not an e-mail address"),
        ("Ops <ops@shop.example>", "is not an e-mail address"),
        ("ops@shop.example\nBcc: x@y.example", "holds no address on one line"),
        ("+hello", "is not a phone number"),
        ("+316123", "is not a phone number that can exist"),
        (" ", "holds no address on one line"),
    ],
)
def test_what_looks_like_an_address_must_be_one(text: str, said: str) -> None:
    with pytest.raises(Mistake) as refused:
        recipient(text)
    assert refused.value.text == said
    assert text not in refused.value.hint
