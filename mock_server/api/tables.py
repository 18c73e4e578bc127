"""Write the rows of a report as a table: CSV, or a workbook of Office Open XML."""

import csv
import io
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from mock_server.binding.fields import CSV, WORKBOOK

Cells = Sequence[Sequence[Any]]

_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that XML 1.0 does not allow."""


def table_of(rows: Sequence[Any], media_type: str) -> bytes:
    """Return rows as a table, with the names of properties in the first line.

    Args:
        rows: JSON objects; a nested property is named with its path, such as `user.accountId`.
        media_type: One of `TABLES`.
    """
    flat = [dict(_flattened("", row)) for row in rows]
    names = [*dict.fromkeys(name for row in flat for name in row)]
    return _WRITERS[media_type]([names, *([row.get(name) for name in names] for row in flat)])


def _flattened(at: str, value: Any) -> list[tuple[str, Any]]:
    if not isinstance(value, Mapping):
        return [(at, value)]
    return [cell for name, inner in value.items()
            for cell in _flattened(f"{at}.{name}" if at else name, inner)]  # fmt: skip


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _csv(cells: Cells) -> bytes:
    written = io.StringIO(newline="")
    lines = [["" if cell is None else _text(cell) for cell in row] for row in cells]
    csv.writer(written).writerows(lines)  # RFC 4180
    return written.getvalue().encode("utf-8", "replace")


def _cell(value: Any) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t>{escape(_UNWRITABLE.sub("", _text(value)))}</t></is></c>'


def _workbook(cells: Cells) -> bytes:
    rows = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in cells)
    written = io.BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as archive:
        for name, xml in _PARTS.items():
            archive.writestr(ZipInfo(name), f'<?xml version="1.0"?>{xml.replace("ROWS", rows)}')
    return written.getvalue()


_OPEN = "http://schemas.openxmlformats.org"
_RELATED = f"{_OPEN}/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def _relations(kind: str, target: str) -> str:
    return (f'<Relationships xmlns="{_OPEN}/package/2006/relationships"><Relationship Id="r1" '
            f'Type="{_RELATED}/{kind}" Target="{target}"/></Relationships>')  # fmt: skip


_PARTS = {
    "[Content_Types].xml":
        f'<Types xmlns="{_OPEN}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
        f'<Override PartName="/xl/sheet.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": _relations("officeDocument", "xl/workbook.xml"),
    "xl/_rels/workbook.xml.rels": _relations("worksheet", "sheet.xml"),
    "xl/workbook.xml":
        f'<workbook xmlns="{_OPEN}/spreadsheetml/2006/main" xmlns:r="{_RELATED}">'
        '<sheets><sheet name="Report" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/sheet.xml":
        f'<worksheet xmlns="{_OPEN}/spreadsheetml/2006/main"><sheetData>ROWS</sheetData></worksheet>',
}  # fmt: skip
"""The parts of a workbook with one sheet (ECMA-376)."""

_WRITERS: Mapping[str, Callable[[Cells], bytes]] = {CSV: _csv, WORKBOOK: _workbook}
