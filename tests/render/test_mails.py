"""Every mail to customers, with every sample: sound HTML, of a small size, that everybody can read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from xml.etree.ElementTree import Element

import html5lib
import pytest

from notifier.core import status
from notifier.core.colour import SHAPE, TEXT, contrast
from notifier.core.expression import Facts
from notifier.core.order import assemble
from notifier.core.shop import Shop
from notifier.core.update import RecordedUpdate, Shipment, Update
from notifier.render.moments import OF_ORDERS, moments
from notifier.render.sample import samples
from notifier.render.templates import Templates

NAMES = ("shipped", "delivered", "problem", "lost", "delayed", "review", "several")
SAMPLES = sorted(samples(Shop()))
HTML = "{http://www.w3.org/1999/xhtml}"
BRAND = Shop(
    name="Loom & <Co>",
    timezone="Europe/Amsterdam",
    url="https://shop.example",
    support_email="help@shop.example",
    logo="https://shop.example/logo.png?a=1&b=2",
    colour="#ffcc00",
    address="Loom & <Co>\nKeizersgracht 1\n1015 CC Amsterdam",
    footer="KvK 12345678\nBTW NL001234567B01",
)
SHOPS = {"bare": Shop(), "brand": BRAND}


def told(name: str, sample: str, shop: Shop) -> Facts:
    """Return what mail `name` is about: of `several` three orders, the first of them the sample."""
    about = samples(shop, status.CODES.get(name, "C"))[sample]
    return moments(shop, about, OF_ORDERS)["several"] if name == "several" else about


def mail(templates: Templates, name: str, sample: str, shop: Shop) -> str:
    return templates.part(name, "email.html", told(name, sample, shop), None, None)


def parsed(html: str) -> Element:
    """Return the tree of a page; raise html5lib's ParseError where it is not as the HTML standard says."""
    tree = html5lib.HTMLParser(strict=True).parse(html)
    assert isinstance(tree, Element)
    return tree


def elements(tree: Element, tag: str) -> Iterator[Element]:
    return tree.iter(f"{HTML}{tag}")


@pytest.mark.parametrize("shop", SHOPS.values(), ids=SHOPS.keys())
@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("name", NAMES)
def test_every_mail_is_sound_small_and_can_be_read_by_everybody(
    shipped: Templates, name: str, sample: str, shop: Shop
) -> None:
    html = mail(shipped, name, sample, shop)
    assert html.startswith("<!doctype html>")
    assert len(html.encode()) < 60_000
    tree = parsed(html)
    assert (tree.get("lang"), tree.get("dir")) == ("en", "ltr")
    assert all(image.get("alt") is not None for image in elements(tree, "img"))
    assert all(link.get("href") for link in elements(tree, "a"))
    assert all(table.get("role") in ("presentation", "img", None) for table in elements(tree, "table"))
    assert len(list(elements(tree, "h1"))) == 1
    (style,) = elements(tree, "style")
    assert len(style.text or "") < 8_192  # Gmail drops a longer one
    preheader = next(div for div in elements(tree, "div") if div.get("class") == "preheader")
    assert re.search(r"\w{2}", "".join(preheader.itertext()))
    assert "display:none" in (preheader.get("style") or "")


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("name", NAMES)
def test_what_programs_read_is_valid_json(shipped: Templates, name: str, sample: str) -> None:
    tree = parsed(mail(shipped, name, sample, BRAND))
    found = [json.loads("".join(script.itertext())) for script in elements(tree, "script")]
    things = [thing for one in found for thing in (one if isinstance(one, list) else [one])]
    assert things
    for thing in things:
        assert thing["@context"] == "https://schema.org"
        order = thing["partOfOrder"] if thing["@type"] == "ParcelDelivery" else thing
        assert order["@type"] == "Order"
        assert order["orderNumber"]
        assert order["merchant"]["name"] == "Loom & <Co>"


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("name", NAMES)
def test_the_text_has_every_link_of_the_html(shipped: Templates, name: str, sample: str) -> None:
    tree = parsed(mail(shipped, name, sample, BRAND))
    text = shipped.part(name, "email.txt", told(name, sample, BRAND), None, None)
    for link in elements(tree, "a"):
        assert (link.get("href") or "").removeprefix("mailto:") in text
    long = [line for line in text.splitlines() if len(line) > 76 and not re.match("- |https?://", line)]
    assert long == [] or sample == "awkward"
    assert "\n\n\n" not in text


@pytest.mark.parametrize("name", NAMES)
def test_a_mail_shows_the_brand_of_the_shop(shipped: Templates, name: str) -> None:
    html = mail(shipped, name, "one-parcel", BRAND)
    tree = parsed(html)
    logo = next(elements(tree, "img"))
    assert (logo.get("src"), logo.get("alt")) == (BRAND.logo, BRAND.name)
    text = shipped.part(name, "email.txt", told(name, "one-parcel", BRAND), None, None)
    seen = "".join(tree.itertext())
    for said in ("help@shop.example", "Keizersgracht 1", "BTW NL001234567B01"):
        assert said in seen
        assert said in text


GROUNDS = ("#ffffff", "#f7f8fa", "#f3f4f6")
DARK = {"page": "#14181d", "card": "#1e242b", "box": "#262d36"}


@pytest.mark.parametrize(
    "colour", ["#1a56c4", "#ffcc00", "#ffffff", "#000000", "#7f7f7f", "#e11d48", "#b6f09c"]
)
@pytest.mark.parametrize("name", ["shipped", "problem", "review"])
def test_everything_can_be_read_in_any_colour_of_a_brand(shipped: Templates, name: str, colour: str) -> None:
    tree = parsed(mail(shipped, name, "with-items", replace(BRAND, logo="", colour=colour)))
    seen = list(contrasts(next(elements(tree, "body")), "#2b3643", "#ffffff"))
    assert len(seen) > 10
    assert [found for found in seen if found[0] < TEXT] == []


def contrasts(element: Element, ink: str, ground: str) -> Iterator[tuple[float, str, str, str]]:
    """Yield the contrast of every text that is seen, with the text and its colours."""
    style = dict(pair.split(":", 1) for pair in (element.get("style") or "").split(";") if ":" in pair)
    if style.get("display") == "none":
        return
    ink, ground = style.get("color", ink), style.get("background-color", ground)
    if (element.text or "").strip():
        yield contrast(ink, ground), element.text or "", ink, ground
    for child in element:
        if isinstance(child.tag, str):
            yield from contrasts(child, ink, ground)
        if (child.tail or "").strip():
            yield contrast(ink, ground), child.tail or "", ink, ground


@pytest.mark.parametrize("colour", ["#1a56c4", "#ffcc00", "#ffffff", "#000000", "#7f7f7f", "#e11d48"])
def test_everything_can_be_read_in_the_dark(shipped: Templates, colour: str) -> None:
    html = mail(shipped, "problem", "with-items", replace(BRAND, colour=colour))
    dark = html[html.index("(prefers-color-scheme: dark)") : html.index("</style>")]
    inks = {
        name: ink
        for names, ink in re.findall(r"([.\w, -]+) \{ color: (#\w{6}) !important; \}", dark)
        for name in names.replace(".", "").replace(" ", "").split(",")
    }
    assert {"text", "muted", "title", "link", "item", "stage", "foot"} <= set(inks)
    for ink in inks.values():
        assert all(contrast(ink, ground) >= TEXT for ground in DARK.values())
    for name in ("done", "halt"):
        (shape,) = re.findall(rf"\.{name} {{ background-color: (#\w{{6}})", dark)
        assert contrast(shape, DARK["card"]) >= SHAPE


@pytest.mark.parametrize("name", [n for n in NAMES if n not in ("review", "several")])
def test_the_course_of_the_order_is_said_to_those_who_do_not_see_it(shipped: Templates, name: str) -> None:
    tree = parsed(mail(shipped, name, "one-parcel", BRAND))
    (course,) = (table for table in elements(tree, "table") if table.get("role") == "img")
    said = {
        "shipped": "Step 3 of 4: On its way",
        "delivered": "Step 4 of 4: Delivered",
        "problem": "Step 3 of 4: Held up",
        "lost": "Step 3 of 4: Lost",
        "delayed": "Step 3 of 4: On its way",
    }
    assert course.get("aria-label") == said[name]


def test_a_name_that_runs_the_other_way_does_not_turn_its_sentence(shipped: Templates) -> None:
    tree = parsed(mail(shipped, "shipped", "right-to-left-name", BRAND))
    greeting = next(p for p in elements(tree, "p") if (p.text or "").startswith("Hello"))
    (name,) = greeting
    assert name.tag == f"{HTML}bdi"
    assert name.tail == ","


def test_of_many_items_ten_are_listed_and_the_rest_is_counted(shipped: Templates) -> None:
    about = told("shipped", "many-items", BRAND)
    for part in ("email.html", "email.txt"):
        assert "and 30 more items" in shipped.part("shipped", part, about, None, None)


def test_of_many_parcels_ten_are_shown_and_the_rest_is_counted(shipped: Templates) -> None:
    about = told("shipped", "one-parcel", BRAND)
    many = tuple(Shipment("dhl", "DHL", f"JD{n}", f"https://dhl.example/JD{n}") for n in range(11))
    order = assemble("41", [RecordedUpdate(1, 1622007287.0, Update("cottoncast", "41", "C", "", None, many))])
    html = shipped.part("shipped", "email.html", {**about, "order": order}, None, None)
    assert html.count("Track your parcel") == 10
    assert "and one more parcel" in html
    assert "Parcel 1 of 11" in html
