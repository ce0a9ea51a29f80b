"""Files of orders: which kind a file is, what stands in it, and what was refused written down again."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.contacts import orderfile
from notifier.contacts.entry import Entry, OrderFile
from notifier.contacts.orderfile import Format
from notifier.errors import RequestError

SAVE = "in Excel save the file as CSV UTF-8"
NOT_UTF_8 = f"is not UTF-8; {SAVE}, or convert it with iconv -f ENCODING -t UTF-8"


def read(text: str | bytes, name: str = "-", wanted: Format | None = None, **mapping: str) -> OrderFile:
    return orderfile.read(text.encode() if isinstance(text, str) else text, name, wanted, mapping)


def refs(file: OrderFile) -> list[tuple[int, Any]]:
    return [(e.number, e.problem or e.value["ref"]) for e in file.entries()]


def refused(text: str | bytes, name: str = "-") -> str:
    with pytest.raises(RequestError) as error:
        read(text, name)
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param("ref\n41\n", "orders.csv", id="csv by name"),
        pytest.param("ref\n41\n", "-", id="csv by what it holds"),
        pytest.param('[{"ref":"41"}]', "orders.JSON", id="json by name"),
        pytest.param('\n [{"ref":"41"}]', "-", id="a list by what it holds"),
        pytest.param('{"orders":[{"ref":"41"}]}', "-", id="an object by what it holds"),
        pytest.param('{\n  "orders": [\n    {"ref": "41"}\n  ]\n}', "-", id="an object over lines"),
        pytest.param('{"ref":"41"}', "orders.ndjson", id="lines by name"),
        pytest.param('{"ref":"41"}\n', "-", id="lines by what it holds"),
    ],
)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["no mark", "byte order mark"])
def test_a_file_is_known_by_its_name_or_its_first_bytes(text: str, name: str, mark: bytes) -> None:
    (entry,) = read(mark + text.encode(), name).entries()
    assert entry.value["ref"] == "41"


def test_a_format_that_was_asked_for_counts_more_than_the_name() -> None:
    assert refs(read('{"ref":"41"}', "orders.csv", Format.JSONL)) == [(1, "41")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found_in_the_heading(delimiter: str) -> None:
    text = delimiter.join(["ref", '"attributes.a,b;c\td"', "e-mail"]) + "\n" + delimiter.join("4xy")
    (entry,) = read(text).entries()
    assert entry.value == {"ref": "4", "contact": {"email": "y"}, "attributes": {"a,b;c\td": "x"}}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_however_they_end_and_blank_ones_left_out(end: str) -> None:
    lines = ["ref,name", "41,x", "", "42,y", " , ", "43,z"]
    assert refs(read(end.join(lines))) == [(2, "41"), (4, "42"), (6, "43")]


def test_a_quoted_cell_may_hold_lines_marks_and_delimiters() -> None:
    file = read('ref,attributes.note\n41,"a\nb"\n42,"say ""x"", now"\n43,5" pipe\n')
    assert [(e.number, e.value["attributes"]["note"]) for e in file.entries()] == [
        (2, "a\nb"),
        (4, 'say "x", now'),
        (5, '5" pipe'),
    ]


@pytest.mark.parametrize("line", ["x" * 200_000 + ",y", '42,"' + "x" * 200_000 + '"', '42,"' + "x" * 200_000])
def test_a_cell_that_is_far_too_long_is_called_that(line: str) -> None:
    problem = "has a cell of more than 131,072 characters"
    assert refs(read(f"ref,name\n41,x\n{line}\n43,y\n")) == [(2, "41"), (3, problem), (4, "43")]


@pytest.mark.parametrize("line", ['42,"open', '42,"a"b"', '"42,x'])
def test_a_wrong_quotation_mark_costs_its_own_line_only(line: str) -> None:
    problem = "has a quotation mark that does not fit"
    assert refs(read(f"ref,name\n41,x\n{line}\n43,y\n44,z\n")) == [
        (2, "41"),
        (3, problem),
        (4, "43"),
        (5, "44"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("ref,name\n41,x\n42,Müller\n".encode("mac-roman"), f"line 3: {NOT_UTF_8}", id="old Mac"),
        pytest.param("ref,name\n41,Jörg\n".encode("cp850"), f"line 2: {NOT_UTF_8}", id="DOS"),
        pytest.param("ref,name\n41,Dvořák\n".encode("cp1250"), f"line 2: {NOT_UTF_8}", id="Central Europe"),
        pytest.param("ref,name\n41,Иван\n".encode("cp1251"), f"line 2: {NOT_UTF_8}", id="Cyrillic"),
        pytest.param("ref,name\n41,Ayşe\n".encode("cp1254"), f"line 2: {NOT_UTF_8}", id="Turkish"),
        pytest.param("ref,name\n41,Zoë\n".encode() + b"42,Zo\xeb\n", f"line 3: {NOT_UTF_8}", id="mixed"),
        pytest.param(
            "ref\n41\n".encode("utf-16") + b"\n", f"the file is broken UTF-16-LE; {SAVE}", id="UTF-16"
        ),
        pytest.param(b"PK\x03\x04\x14\0\x06\0", f"the file is an Excel workbook; {SAVE}", id="workbook"),
        pytest.param(b"", "line 1: must hold the names of the columns", id="empty"),
        pytest.param(b"\n41\n", "line 1: must hold the names of the columns", id="blank"),
        pytest.param(b'"ref\n41\n', "line 1: must hold the names of the columns", id="open"),
        pytest.param(
            b'[{"ref":', "the file is not JSON: Expecting value (line 1, column 9)", id="half a list"
        ),
        pytest.param(
            b'{"order":\n[]}', 'the file must hold a list of orders, or {"orders": […]}', id="no list"
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole(text: bytes, message: str) -> None:
    assert refused(text) == message


WESTERN = "ref;name;attributes.note\r\n41;Zoë Müller;cœur\r\n42;François;5 €\r\n".replace("œ", "oe")


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"],
)  # fmt: skip
def test_a_file_is_read_in_every_encoding_that_is_unmistakable(encoding: str) -> None:
    file = read(WESTERN.encode(encoding), "o.csv")
    entries = list(file.entries())
    assert [e.value["contact"]["name"] for e in entries] == ["Zoë Müller", "François"]
    assert entries[1].value["attributes"] == {"note": "5 €"}
    again = file.mendable([(entry, "because") for entry in entries])
    assert again.startswith("\ufeff") is (encoding != "utf-8"), "Excel reads what is written for it"
    assert [e.value for e in read(again, "o.csv").entries()] == [e.value for e in entries]


def test_a_foreign_letter_among_many_of_ours_is_no_obstacle() -> None:
    names = ["Zoë", "Jürgen", "André", "Jørgensen"]
    text = "ref,name\n" + "".join(f"{n},{name}\n" for n, name in enumerate(names))
    assert [e.value["contact"]["name"] for e in read(text.encode("cp1252")).entries()] == names


def test_json_is_read_in_utf_16_too() -> None:
    (entry,) = read('[{"ref":"41","contact":{"name":"Zoë"}}]'.encode("utf-16"), "o.json").entries()
    assert entry.value["contact"] == {"name": "Zoë"}


def test_a_nul_character_costs_its_cell_at_most() -> None:
    assert refs(read(b"ref,name\n41,Zo\0\n42,y\n")) == [(2, "41"), (3, "42")]


@pytest.mark.parametrize(
    ("first", "delimiter"),
    [
        pytest.param("sep=;", ";", id="as Excel writes it"),
        pytest.param("SEP=,", ",", id="capitals"),
        pytest.param("sep=|", "|", id="a bar"),
        pytest.param("sep=\t", "\t", id="a tab"),
        pytest.param('"sep=;"', ";", id="quoted"),
        pytest.param("sep=;;;", ";", id="with delimiters of a spreadsheet"),
    ],
)
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["no mark", "byte order mark"])
def test_a_first_line_that_names_the_delimiter_is_obeyed(first: str, delimiter: str, mark: str) -> None:
    rows = [first, delimiter.join(["ref", '"attributes.a,b"']), delimiter.join(["41", '"x,;y"'])]
    text = mark + "\r\n".join([*rows, delimiter.join(["42", "z"]), ""])
    file = read(text, "x.csv")
    assert [(e.number, e.value["attributes"]["a,b"]) for e in file.entries()] == [(3, "x,;y"), (4, "z")]
    again = file.mendable([(list(file.entries())[1], "because")])
    assert again.startswith(f"{mark}{first}\r\n")
    assert refs(read(again, "x.csv")) == [(3, "42")]


def test_a_file_of_nothing_but_its_delimiter_is_refused() -> None:
    assert refused("sep=;\n") == "line 2: must hold the names of the columns"


def test_a_json_line_that_cannot_be_read_costs_itself_only() -> None:
    file = read('{"ref":"41"}\n{"ref":\n\n{"ref":"43"}\r\n[]\n', "x.jsonl")
    assert [(e.number, e.problem or e.value) for e in file.entries()] == [
        (1, {"ref": "41"}),
        (2, "the line is not JSON: Expecting value (line 1, column 8)"),
        (4, {"ref": "43"}),
        (5, []),
    ]


def test_a_byte_order_mark_is_no_order() -> None:
    file = read("\ufeff\n", "x.jsonl")
    assert (file.count(), list(file.entries())) == (0, [])


def test_a_column_of_the_shop_may_have_the_name_of_ours() -> None:
    (entry,) = read("ref,refused\n41,no\n", refused="attributes.refused").entries()
    assert entry.value["attributes"] == {"refused": "no"}


def test_columns_are_mapped_in_a_table_only() -> None:
    with pytest.raises(ValueError, match=r"^--map is for the columns of a CSV file$"):
        read('{"ref":"41"}', "x.jsonl", Total="attributes.total")


def again(text: str, name: str, choose: slice = slice(None)) -> list[Entry]:
    """Return what stands in the file that is written for these refused entries."""
    file = read(text, name)
    chosen = [(entry, "because") for entry in list(file.entries())[choose]]
    return list(read(file.mendable(chosen), name).entries())


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param('ref;e-mail;Name\n41;a;"x\ny;"\n42;b;é\n', "x.csv", id="csv"),
        pytest.param('{"ref":"41","contact":{"name":"é"}}\n{"ref":42}\n', "x.jsonl", id="json lines"),
        pytest.param('[{"ref":"41","contact":{"name":"é"}},{"ref":42}, 5, "x", null]', "x.json", id="json"),
    ],
)
def test_what_was_refused_can_be_mended_and_read_again(text: str, name: str) -> None:
    values = [entry.value for entry in read(text, name).entries()]
    assert [entry.value for entry in again(text, name)] == values
    assert [entry.value for entry in again(text, name, slice(1, 2))] == values[1:2]


def test_the_reason_stands_in_the_last_column_and_is_renewed() -> None:
    first = read("Order;e-mail\n41;x\n42;y\n")
    once = first.mendable([(next(first.entries()), "contact.email: is wrong")])
    assert once == "Order;e-mail;refused\n41;x;contact.email: is wrong\n"
    second = read(once)
    assert second.mendable([(next(second.entries()), "still")]) == "Order;e-mail;refused\n41;x;still\n"


def test_the_reason_stands_in_the_order_as_json() -> None:
    file = read('{"ref":"41","contact":{"emial":"x"}}\n{nonsense\n', "x.jsonl")
    lines = file.mendable([(entry, "because") for entry in file.entries()]).splitlines()
    assert json.loads(lines[0]) == {"ref": "41", "contact": {"emial": "x"}, "refused": "because"}
    assert lines[1] == "{nonsense"


def written(file: OrderFile) -> str:
    """Return the file that is written for all entries with a problem, as an import does it."""
    return file.mendable([(entry, entry.problem) for entry in file.entries() if entry.problem])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["no mark", "byte order mark"])
def test_a_table_is_written_with_the_mark_and_line_ends_that_it_had(mark: str, end: str) -> None:
    lines = ["ref;Name;refused", '41;"a\rb\nc";old', "42;é", '43;"x']
    file = read(mark + end.join(lines))
    text = file.mendable([(entry, "because") for entry in file.entries()])
    assert text == mark + end.join(["ref;Name;refused", '41;"a\rb\nc";because', "42;é;because", '43;"x', ""])


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ("41", "41,,,has 1 cells, and the heading has 3"),
        ("41,x", "41,x,,has 2 cells, and the heading has 3"),
        ("41,,", None),
        ("41,x,y,,,", None),
        ("41,x,y,z", "41,x,y,z,has 4 cells, and the heading has 3"),
        ("41,x,y,,z,", "41,x,y,,z,has 5 cells, and the heading has 3"),
    ],
)
def test_the_reason_stands_in_the_last_column_however_many_cells_a_row_has(
    row: str, line: str | None
) -> None:
    heading, *rows = list(csv.reader(written(read(f"ref,name,email\n{row}\n")).splitlines()))
    assert heading[-1] == "refused"
    assert all(len(cells) == len(heading) for cells in rows)
    assert [",".join(cells) for cells in rows] == ([line] if line else [])


@pytest.mark.parametrize("row", ["41", "41,a,b", "41,a,b,c", ",,c", '41,"a', '41,"a"b', "41,a\x1f,b"])
def test_a_row_that_does_not_fit_is_refused_for_the_same_reason_until_it_is_mended(row: str) -> None:
    file = read(f"ref,name\n{row}\n42,b,c,d,e\n", "x.csv")
    once = read(written(file), "x.csv")
    assert [e.problem for e in once.entries()] == [e.problem for e in file.entries()] != []
    assert written(once) == written(file)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param("41,x,,has 1 cells, and the heading has 2", id="the missing cell is there, and more"),
        pytest.param("41,x,,", id="the reason is gone"),
        pytest.param("41,,,", id="nothing is missing"),
        pytest.param("41,x", id="its last cells are gone"),
        pytest.param("41,x,,has 3 cells, and the heading has 2", id="the cell too many is gone"),
        pytest.param("41,x,,contact.email: is wrong", id="another reason may stay"),
    ],
)
def test_a_row_that_was_mended_is_taken(row: str) -> None:
    cells = row.split(",", 3)  # a reason has a comma
    text = io.StringIO()
    csv.writer(text).writerows([["ref", "name", "", "refused"], cells])
    (entry,) = read(text.getvalue()).entries()
    assert (entry.problem, entry.value["ref"]) == ("", "41")


@given(
    st.text(alphabet='ab41,;\t"\n\r {}[]:é\x00', max_size=60),
    st.sampled_from(["x.csv", "x.json", "x.jsonl", "-"]),
)
def test_any_text_is_read_or_refused(text: str, name: str) -> None:
    try:
        file = read("ref,name\n" + text if name == "x.csv" else text, name)
    except (RequestError, ValueError):
        return
    numbers = [entry.number for entry in file.entries()]
    assert numbers == sorted(set(numbers))
    assert file.count() == len(numbers)


@given(st.text(alphabet="ab41,;\t \n\r{}é", max_size=60), st.sampled_from(["\n", "\r\n"]))
def test_what_was_refused_is_refused_again_for_the_same_reasons(text: str, end: str) -> None:
    file = read(f"ref,name,email{end}{text}", "x.csv")
    once = read(written(file), "x.csv")
    assert [e.problem for e in once.entries()] == [e.problem for e in file.entries() if e.problem]
    assert written(once) == written(file)
