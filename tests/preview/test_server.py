"""The local page: it shows what is in the files, follows edits, sends to oneself, and answers nobody else."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from tests.preview.conftest import MAIL, Preview


def test_the_address_that_is_printed_is_that_of_the_template(preview: Preview) -> None:
    assert preview.start == MAIL
    assert "<h1>shipped" in preview.page(preview.start)


def test_the_first_page_leads_to_every_template_with_its_subject(preview: Preview) -> None:
    page = preview.page("")
    names = {p.parent.relative_to(preview.folder / "templates").as_posix() for p in _subjects(preview.folder)}
    assert names
    for name in names:
        (href,) = re.findall(rf'<h3><a href="({name}/[^"]+)">', page)
        assert f"<h1>{name}" in preview.page(href)


def _subjects(folder: Path) -> list[Path]:
    return list((folder / "templates").rglob("subject.txt"))


def test_the_first_page_shows_what_comes_after_a_mail_by_what_it_is_made_for(preview: Preview) -> None:
    page = preview.page("")
    assert "Tracking code for your Example Shop order" in page


def test_a_page_shows_every_part_as_its_channel_sends_it(preview: Preview) -> None:
    page = preview.page()
    assert "&lt;preview@shop.example&gt;" in page  # the head
    assert "GSM-7" in page
    assert "&#34;attachments&#34;: [" in page  # Slack's payload
    assert page.count("<iframe") == 5
    assert all('sandbox="' in frame for frame in re.findall(r"<iframe[^>]*>", page))
    assert b"Subject: " in preview.http.get(f"/{MAIL.replace('.html', '.eml')}").content


def test_the_head_is_that_of_the_real_mail(preview: Preview) -> None:
    shipped, review = preview.page(), preview.page("review/en/one-parcel.html")
    assert '<th scope="row">References</th>' in shipped
    assert "List-Unsubscribe" not in shipped
    assert "https://notify.example/unsubscribe/sample" in review
    assert '<th scope="row">List-Unsubscribe</th>' in review


def test_a_mail_is_light_or_dark_as_asked_and_can_do_nothing(preview: Preview) -> None:
    light, dark = (
        preview.http.get(f"/{MAIL.replace('.html', f'.{scheme}.html')}") for scheme in ("light", "dark")
    )
    assert "@media (max-width: 0)" in light.text
    assert "@media (min-width: 0)" in dark.text
    assert "prefers-color-scheme" not in light.text + dark.text
    for answer in (light, dark):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "sandbox" in policy
        assert "script-src" not in policy


def test_a_page_runs_no_script_but_its_own(preview: Preview) -> None:
    answer = preview.http.get("/shipped/en/awkward.html")
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"]
    assert "<b onclick" not in answer.text
    assert answer.text.count("<script") == 1


def test_an_edit_is_seen_at_once_and_a_broken_one_is_shown_with_its_place(preview: Preview) -> None:
    before = (preview.folder / "templates/shipped/subject.txt").read_text()
    preview.edit("shipped/subject.txt", "Hooray, order {{ order.ref }} flies")
    assert "Hooray, order 41 flies" in preview.page()

    preview.edit("shipped/subject.txt", "Hooray {{ order.ref")
    page = preview.page()
    assert '<code class="at">shipped/subject.txt:1</code>' in page
    assert "<pre>Hooray {{ order.ref\n       ^</pre>" in page
    assert "Hooray, order 41 flies" in page  # the last version goes on
    assert preview.http.get("/delivered/en/one-parcel.html").status_code == 200

    preview.edit("shipped/subject.txt", "{% if order.shipments|length == 2 %}{{ order.totl }}{% endif %}x")
    assert "order.totl" not in preview.page()
    assert "&#39;order.totl&#39; is undefined" in preview.page("shipped/en/two-parcels.html")
    assert "&#39;order.totl&#39; is undefined" in preview.page("")
    preview.edit("shipped/subject.txt", before)


def test_the_button_sends_the_very_mail_over_the_shops_own_channel(preview: Preview) -> None:
    answer = preview.send("me@example.org")
    assert answer.status_code == 303
    (mail,) = preview.smtp.wait_for(1)
    assert mail.recipients == ("me@example.org",)
    page = preview.page(answer.headers["Location"])
    assert str(mail.message["Subject"]) in page
    assert "delivered: the other side has taken it (250" in page
    assert 'value="me@example.org"' in page


def test_an_address_that_is_none_is_refused_in_words(preview: Preview) -> None:
    answer = preview.send("me@example.org,you@example.org")
    assert "not delivered: it was refused for good" in preview.page(answer.headers["Location"])


@pytest.mark.parametrize(
    "forged",
    [
        {"token": "guessed"},
        {"token": ""},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Host": "evil.example"},
    ],
    ids=str,
)
def test_what_another_page_could_forge_sends_nothing(preview: Preview, forged: dict[str, str]) -> None:
    sent = len(preview.smtp.mails)
    answer = preview.send("you@example.org", **forged)  # type: ignore[arg-type]
    assert answer.status_code == 403
    assert len(preview.smtp.mails) == sent


def test_only_its_own_address_is_answered(preview: Preview) -> None:
    port = httpx.URL(preview.url).port
    asked = {host: preview.http.get("/", headers={"Host": host}).status_code for host in (
        f"127.0.0.1:{port}", f"localhost:{port}", "127.0.0.1", f"rebound.example:{port}",
    )}  # fmt: skip
    assert list(asked.values()) == [200, 200, 403, 403]


@pytest.mark.parametrize(
    "path",
    [
        "/../rules.yaml",
        "/%2e%2e/rules.yaml",
        "/shipped/en/..%2f..%2f..%2frules.yaml",
        "/shipped/en/../../base.html",
        "/base.html",
        "/shipped/xx/one-parcel.html",
        "/shipped/en/one-parcel.py",
        "/shipped/en/none.html",
    ],
)
def test_there_are_no_pages_but_those_of_templates(preview: Preview, path: str) -> None:
    request = preview.http.build_request("GET", "/")
    request.url = request.url.copy_with(raw_path=f"/{preview.secret}{path}".encode())
    assert preview.http.send(request).status_code == 404


@pytest.mark.parametrize("path", ["", MAIL, "live?version=1", "style.css", "{guess}/", "{guess}/" + MAIL])
def test_it_is_shown_only_to_who_holds_the_secret_in_its_address(preview: Preview, path: str) -> None:
    guess = "A" * len(preview.secret)
    answer = httpx.get(f"{preview.url}/{path.format(guess=guess)}", trust_env=False)
    assert answer.status_code == 404
    assert preview.secret not in answer.text
    assert "shipped" not in answer.text


def test_a_form_is_taken_only_under_the_secret(preview: Preview) -> None:
    sent = len(preview.smtp.mails)
    form = {"token": preview.token(), "address": "you@example.org"}
    answer = httpx.post(f"{preview.url}/{MAIL}", data=form, headers={"Origin": preview.url}, trust_env=False)
    assert answer.status_code == 404
    assert len(preview.smtp.mails) == sent
