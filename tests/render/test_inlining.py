"""The rules of style.css stand in the tags of mails, and the lines of the sources stay where they were."""

from __future__ import annotations

import re

import pytest

from notifier.core.shop import Shop
from notifier.errors import RulesError
from notifier.render.compiling import load_templates
from notifier.render.inlining import inline, read_style
from notifier.render.sample import samples
from tests.render.conftest import Load, Write

CSS = """/* words */
p { margin: 0 }
.a, .c { color: red; }
td.a { width: 1px; }
.font { font-family: "Segoe UI", 'Other'; }
"""


def styled(source: str) -> str:
    style, problems = read_style("style.css", CSS)
    assert problems == []
    made, problems = inline("x.html", source, style)
    assert problems == []
    return made


@pytest.mark.parametrize(
    ("source", "made"),
    [
        pytest.param('<i class="a">', '<i style="color:red;" class="a">', id="class"),
        pytest.param("<p>", '<p style="margin:0;">', id="type"),
        pytest.param("<P\n>", '<P style="margin:0;"\n>', id="capitals"),
        pytest.param(
            '<td class="a">', '<td style="color:red;width:1px;" class="a">', id="cell outside of a table"
        ),
        pytest.param('<tr class="c">', '<tr style="color:red;" class="c">', id="row"),
        pytest.param('<body class="c">', '<body style="color:red;" class="c">', id="body"),
        pytest.param(
            "<br class='a'/>", "<br style=\"color:red;\" class='a'/>", id="single quotes, no end tag"
        ),
        pytest.param('<i class="b">', '<i class="b">', id="a class without rules"),
        pytest.param('<i class="x  c\n">', '<i style="color:red;" class="x  c\n">', id="several classes"),
        pytest.param('<i style="top:0" class="a">', '<i style="color:red;top:0" class="a">', id="own style"),
        pytest.param(
            '<i class="a" style="{{ "x:y" if b > 2 }}">',
            '<i class="a" style="color:red;{{ "x:y" if b > 2 }}">',
            id="own style made by Jinja",
        ),
        pytest.param(
            '<i {% if b > 2 %}title="x"{% endif %} class="a">',
            '<i style="color:red;" {% if b > 2 %}title="x"{% endif %} class="a">',
            id="an attribute under a condition",
        ),
        pytest.param(
            """<i title="class='a' >" class="c">""",
            """<i style="color:red;" title="class='a' >" class="c">""",
            id="what looks like one",
        ),
        pytest.param(
            """<i title="{{ x['"'] }}" class="c">""",
            """<i style="color:red;" title="{{ x['"'] }}" class="c">""",
            id="a quote within Jinja within quotes",
        ),
        pytest.param(
            '<i class="font">',
            '<i style="font-family:&#x27;Segoe UI&#x27;, &#x27;Other&#x27;;" class="font">',
            id="quotes in a rule",
        ),
        pytest.param('{# <i class="a"> #}', '{# <i class="a"> #}', id="comment of Jinja"),
        pytest.param('<!-- <i class="a"> -->', '<!-- <i class="a"> -->', id="comment of HTML"),
        pytest.param("{{ \"<i class='a'>\" }}", "{{ \"<i class='a'>\" }}", id="text within Jinja"),
        pytest.param("{% if a <b and b> c %}", "{% if a <b and b> c %}", id="less and more"),
        pytest.param('<style>p { x: "<p>" }</style>', '<style>p { x: "<p>" }</style>', id="style block"),
        pytest.param("a < b, </p>", "a < b, </p>", id="no start tag"),
    ],
)
def test_a_tag_gets_the_style_of_its_type_and_classes(source: str, made: str) -> None:
    assert styled(source) == made


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ('\n<i {% if b %}class="a"{% endif %}>', "<i> has its class under a condition"),
        ('\n<p {% if b %}style="a:b"{% endif %}>', "<p> has its style under a condition"),
        ('\n<i class="{{ b }}">', "<i> has a class that is not written out"),
    ],
)
def test_what_cannot_be_known_when_templates_are_loaded_is_refused_with_its_line(
    source: str, told: str
) -> None:
    style, _ = read_style("style.css", CSS)
    made, (problem,) = inline("x.html", source, style)
    assert made == source
    assert (problem.file, problem.line) == ("x.html", 2)
    assert told in problem.text


@pytest.mark.parametrize(
    ("css", "line", "told"),
    [
        ("\n.a .b { top: 0 }", 2, "selects by more than type and class: `.a .b`"),
        (".a:hover { top: 0 }", 1, "selects by more than type and class: `.a:hover`"),
        ("/*\n*/\n\n#a { top: 0 }", 4, "selects by more than type and class: `#a`"),
        (".a { top: 0 }\n* { top: 0 }", 2, "selects by more than type and class: `*`"),
        ("@media print { .a { top: 0 } }", 1, "is no rule with a selector and braces"),
        (".a { top: 0 }\n@import 'x';", 2, "is no rule with a selector and braces"),
        (".a { top: 0", 1, "is no rule with a selector and braces"),
        (".a { top: 0\n left: 0 }", 1, "has something that is no `name: value;`: `top: 0 left: 0`"),
    ],
)
def test_a_style_sheet_that_asks_for_more_is_refused_with_its_line(
    write: Write, css: str, line: int, told: str
) -> None:
    folder = write({"a/chat.html": "x", "_layout/style.css": css})
    with pytest.raises(RulesError) as refused:
        load_templates(folder)
    (problem,) = refused.value.problems
    assert (problem.file, problem.line) == ("_layout/style.css", line)
    assert told in problem.text


def test_mails_and_what_they_share_are_styled_and_chats_are_not(load: Load) -> None:
    templates = load(
        {
            "_layout/style.css": ".a { color: red }",
            "_layout/m.html": '{% macro x() %}<i class="a">1</i>{% endmacro %}',
            "a/email.html": '{% from "_layout/m.html" import x %}{{ x() }}<b class="a">2</b>',
            "a/chat.html": '<b class="a">3</b>',
        }
    )
    told = samples(Shop())["one-parcel"]
    html = templates.part("a", "email.html", told, None, None)
    assert re.sub("<(.) .*?>", r"<\1>", html) == "<i>1</i><b>2</b>"
    assert html.count('style="color:red;"') == 2
    assert templates.part("a", "chat.html", told, None, None) == '<b class="a">3</b>'
    assert 'style="' not in templates.sources["a/email.html"]


def test_a_mistake_behind_a_styled_tag_keeps_its_line_and_column(write: Write) -> None:
    folder = write(
        {
            "_layout/style.css": ".a { color: red }",
            "a/email.html": '<i class="a"\n></i>\n<i class="a">{{ oder }}</i>',
        }
    )
    with pytest.raises(RulesError) as refused:
        load_templates(folder)
    (problem,) = refused.value.problems
    assert (problem.line, problem.column) == (3, 17)
