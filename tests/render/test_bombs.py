"""Templates that ask for much: each ends in a sentence with file and line, soon and in little memory."""

# ruff: noqa: E501  a template a line is easier to read

from __future__ import annotations

import resource
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from notifier.core.expression import Facts
from notifier.core.shop import Shop
from notifier.errors import RenderError, RulesError
from notifier.render.compiling import load_templates
from notifier.render.sample import samples
from notifier.render.templates import Templates

Load = Callable[[dict[str, str]], Templates]

LARGE = "{% set big = ('x' * 9000)|replace('x', 'yyyyyyyyyyyyyyyy') %}"
"""144,000 characters, which are allowed."""

BOMBS = {
    "doubling in a namespace": "{% set ns = namespace(a='x') %}{% for i in range(60) %}{% set ns.a = ns.a ~ ns.a %}{% endfor %}",
    "doubling with +": "{% set ns = namespace(a='x') %}{% for i in range(60) %}{% set ns.a = ns.a + ns.a %}{% endfor %}",
    "doubling lists with +": "{% set ns = namespace(a=[1]) %}{% for i in range(60) %}{% set ns.a = ns.a + ns.a %}{% endfor %}",
    "lists of lists, printed": "{% set ns = namespace(a=[1]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% endfor %}{{ ns.a }}",
    "dictionaries of dictionaries": "{% set ns = namespace(a={}) %}{% for i in range(60) %}{% set ns.a = {'b': ns.a, 'c': ns.a} %}{% endfor %}{{ ns.a|tojson }}",
    "dict() of dict()": "{% set ns = namespace(a=dict()) %}{% for i in range(60) %}{% set ns.a = dict(b=ns.a, c=ns.a) %}{% endfor %}{{ ns.a|string }}",
    "lists of lists, compared": "{% set ns = namespace(a=[1], b=[1]) %}{% for i in range(60) %}{% set ns.a = [ns.a, ns.a] %}{% set ns.b = [ns.b, ns.b] %}{% endfor %}{{ ns.a == ns.b }}",
    "namespaces in each other": "{% set ns = namespace(a=1) %}{% for i in range(60) %}{% set o = namespace(l=ns.a, r=ns.a) %}{% set ns.a = o %}{% endfor %}{{ ns.a }}",
    "squaring": "{% set ns = namespace(a=99) %}{% for i in range(60) %}{% set ns.a = ns.a * ns.a %}{% endfor %}",
    "format": "{{ '%0999999999d'|format(1) }}",
    "% format": "{{ '%0999999999d' % 1 }}",
    "% with a width from its values": "{{ '%*d' % (999999999, 1) }}",
    "% with names": "{{ '%(a)999999999s' % {'a': 1} }}",
    "str.format": "{{ '{:>999999999}'.format(1) }}",
    "str.format with a width from its values": "{{ '{:>{}}'.format(1, 999999999) }}",
    "str.format_map": "{{ '{a:>999999999}'.format_map({'a': 1}) }}",
    "str.format that repeats": LARGE + "{{ ('{0}' * 3000).format(big) }}",
    "a translated sentence": "{{ _('%(a)0999999999d', a=1) }}",
    "a translated sentence that repeats": LARGE + "{{ _('%(a)s' * 2000, a=big) }}",
    "center": "{{ 'x'|center(999999999) }}",
    "str.center": "{{ 'x'.center(999999999) }}",
    "str.ljust": "{{ 'x'.ljust(999999999) }}",
    "str.rjust": "{{ 'x'.rjust(999999999) }}",
    "str.zfill": "{{ 'x'.zfill(999999999) }}",
    "str.expandtabs": "{{ '\t'.expandtabs(999999999) }}",
    "str.translate": LARGE + "{{ 'aaaa'.translate({97: big}) }}",
    "int.to_bytes": "{{ (1).to_bytes(999999999, 'big') }}",
    "indent": "{{ 'x\ny'|indent(999999999) }}",
    "indent of many lines": "{{ ('\n' * 9000)|indent(900, true, true) }}",
    "wordwrap": "{{ ('x' * 9000)|wordwrap(1, true, 'y' * 9000) }}",
    "batch": "{{ [1]|batch(999999999, 0)|list }}",
    "slice": "{{ [1]|slice(999999999)|list }}",
    "tojson": "{{ [[[1]]]|tojson(indent=999999999) }}",
    "round": "{{ 1.5|round(999999999) }}",
    "truncate": "{{ ('x' * 9000)|truncate(10, true, 'y' * 9000, 0) * 9000 }}",
    "join": LARGE + "{{ range(1000)|join(big) }}",
    "str.join": LARGE + "{{ big.join('x' * 900) }}",
    "replace": LARGE + "{{ big|replace('y', big) }}",
    "str.replace": LARGE + "{{ big.replace('y', big) }}",
    "repetition": "{{ 'x' * 999999999 }}",
    "repetition of a list": "{{ [1] * 999999999 }}",
    "repetition of large lists": "{% set l = ['x'] * 9000 %}{{ [l] * 9000 }}",
    "powers": "{{ 9 ** 999999999 }}",
    "range": "{{ range(999999999)|list }}",
    "loops in loops": "{% for a in range(999) %}{% for b in range(999) %}{% endfor %}{% endfor %}",
    "macros that call themselves": "{% macro m(n) %}{{ m(n + 1) }}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}",
    "text of its own in a block": "{% set t %}{% for a in range(999) %}{% for b in range(10) %}" + "x" * 9_000 + "{% endfor %}{% endfor %}{% endset %}",
    "values in a block": LARGE + "{% set t %}{% for a in range(999) %}{{ big }}{% endfor %}{% endset %}",
    "values in a macro": LARGE + "{% macro m() %}{% for a in range(999) %}{{ big }}{% endfor %}{% endmacro %}{% set t = m() %}",
    "large joins in a loop": LARGE + "{% for a in range(999) %}{% set t = big ~ a %}{% for b in range(9) %}{% set u = t|replace('y', 'z') %}{% endfor %}{% endfor %}",
}  # fmt: skip


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def write(files: dict[str, str]) -> Templates:
        for name, content in files.items():
            path = tmp_path / "templates" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return load_templates(tmp_path / "templates")

    return write


@pytest.fixture
def order() -> Facts:
    shop = Shop("Example Shop", "Europe/Amsterdam", "nl", "https://shop.example", "help@shop.example")
    return samples(shop)["with-items"]


@pytest.mark.parametrize("part", ["email.txt", "email.html"])
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_ends_in_a_sentence_with_file_and_line(load: Load, order: Facts, bomb: str, part: str) -> None:
    resource_before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.thread_time()
    templates = load({f"t/{part}": "\n" + BOMBS[bomb] + "."})
    with pytest.raises(RenderError) as caught:
        templates.part("t", part, order, None, None)
    assert str(caught.value).startswith(f"t/{part}:"), caught.value
    assert str(caught.value).startswith((f"t/{part}:2: ", f"t/{part}:3: ", f"t/{part}: is longer than"))
    assert time.thread_time() - began < 5
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - resource_before
    assert grown < 150_000  # KiB


def test_what_is_worked_out_while_a_template_is_loaded_is_bounded_too(load: Load) -> None:
    tracemalloc.start()
    try:
        for bomb, text in BOMBS.items():
            try:
                load({"t/sms.txt": text + "."})
            except RulesError:
                continue
            assert tracemalloc.get_traced_memory()[1] < 300_000_000, bomb
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{{ 'a' ~ 1 ~ none ~ order.ref|length }}", "a1None2"),
        ("{{ '%05.1f EUR' % 3.14159 }}", "003.1 EUR"),
        ("{{ '%s and %s'|format('a', 2) }}", "a and 2"),
        ("{{ '{:.2f} {a!s:>5}'.format(2, a=1) }}", "2.00     1"),
        ("{{ 'x'.center(5) ~ '|' ~ 'x'.zfill(3) }}", "x  |00x"),
        ("{{ ['a', 'b']|join(', ')|upper }}", "A, B"),
        ("{{ [1, 2, 3]|batch(2, 0)|list }}", "[[1, 2], [3, 0]]"),
        ("{{ [1, 2, 3]|slice(2)|map('join', '+')|list }}", "['1+2', '3']"),
        ("{{ {'a': [1, {'b': 'c'}]}|tojson(indent=1)|length }}", "39"),
        ("{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}{{ v }}{% endfor %}", "a1b2"),
        ("{{ [1, 2] + [3] }} {{ [0] * 3 }} {{ 2 + 3 }}", "[1, 2, 3] [0, 0, 0] 5"),
        ("{% set ns = namespace(n=0) %}{% for i in range(9) %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}", "36"),
        ("{{ '%(name)s of %(owner)s'|format(name='a', owner='b') }}", "a of b"),
        ("{{ 'a b c'.split()|join('-') }} {{ 'abc'[1:] }}", "a-b-c bc"),
    ],
)  # fmt: skip
def test_what_templates_usually_do_is_as_before(load: Load, order: Facts, text: str, shown: str) -> None:
    made = load({"t/email.txt": text}).part("t", "email.txt", order, None, None)
    assert made == shown
