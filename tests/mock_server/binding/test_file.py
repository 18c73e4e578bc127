"""Binding files: a person's word goes before what is inferred."""

from pathlib import Path
from typing import Any

import pytest

from mock_server.binding.fields import Field, Grouping, Part, Subject
from mock_server.binding.file import as_binding_file, read_overrides
from mock_server.binding.infer import bind
from mock_server.binding.model import NOT_OURS, Binding, OperationBinding
from mock_server.errors import BindingError
from mock_server.openapi.document import Document
from mock_server.openapi.load import read_document
from tests.made_documents import INTEGER, TEXT, choice, fields, query, responding, visits

VARIANTS = Path(__file__).parents[2] / "documents" / "variants"
DOCUMENT = read_document(VARIANTS / "springdoc-viewers.yaml")


def bound_with(folder: Path, text: str, document: Document = DOCUMENT) -> Binding:
    path = folder / "binding.toml"
    path.write_text(text, encoding="utf-8")
    return bind(document, read_overrides(path, document))


def searches_with(folder: Path, text: str) -> OperationBinding:
    """Bind the searches of the variant with a binding file."""
    return bound_with(folder, text).operations["getSearches"]


@pytest.mark.parametrize("name", ["springdoc-viewers.yaml", "plain-31.yaml"])
def test_the_written_binding_binds_as_it_was_inferred(name: str, tmp_path: Path) -> None:
    document = read_document(VARIANTS / name)
    inferred = bind(document)

    again = bound_with(tmp_path, as_binding_file(inferred), document)

    assert inferred.operations
    for operation, bound in inferred.operations.items():
        assert decisions(bound) == decisions(again.operations[operation])


def decisions(bound: OperationBinding) -> list[Any]:
    parameters = [(one.part, one.unit) for one in bound.parameters]
    properties = {path: one.field for path, one in bound.properties.items()}
    return [bound.subject, bound.grouping, bound.rows_at, parameters, properties]


def test_a_written_binding_keeps_each_grouping_and_a_correction_is_of_all(tmp_path: Path) -> None:
    by = query("groupBy", choice("user", "content", "day"))
    document = visits({"key": TEXT, "views": INTEGER, "note": TEXT}, [by])
    inferred = bind(document)
    written = as_binding_file(inferred).replace(
        '"/results/*/note" = "nothing"', '"/results/*/note" = "space key"'
    )

    again = bound_with(tmp_path, written, document).operations["views"].groupings

    fields = [
        [bound.properties[f"/results/*/{name}"].field for name in ("key", "note")]
        for bound in again.values()
    ]
    keys = (Field.ACCOUNT, Field.CONTENT_ID, Field.DAY)
    assert [[key, Field.SPACE_KEY] for key in keys] == fields
    assert [*inferred.operations["views"].groupings] == [*again]


def test_what_a_file_leaves_out_stays_inferred(tmp_path: Path) -> None:
    text = '[operations.getSearches.properties]\n"/results/*/query" = "account"\n'

    bound = searches_with(tmp_path, text)

    assert Field.ACCOUNT is bound.properties["/results/*/query"].field
    assert "the binding file" == bound.properties["/results/*/query"].evidence
    assert Field.TIME is bound.properties["/results/*/date"].field


def test_nothing_takes_a_binding_away(tmp_path: Path) -> None:
    text = (
        '[operations.getSearches.properties]\n"/results/*/query" = "nothing"\n'
        '[operations.getSearches.parameters]\nfrom = "nothing"\n'
    )

    bound = searches_with(tmp_path, text)

    assert bound.properties["/results/*/query"].field is None
    assert bound.parameter(Part.START) is None


def test_a_part_that_is_given_away_is_not_played_twice(tmp_path: Path) -> None:
    text = '[operations.getSearches.parameters]\nto = "range start"\n'

    start = searches_with(tmp_path, text).parameter(Part.START)

    assert start is not None
    assert "to" == start.parameter.name


def test_the_subject_and_grouping_can_be_set(tmp_path: Path) -> None:
    text = '[operations.getSearches]\nsubject = "visits of the site"\ngrouping = "totals per day"\n'

    bound = searches_with(tmp_path, text)

    assert (Subject.SITE_VISITS, Grouping.DAYS) == (bound.subject, bound.grouping)


@pytest.mark.parametrize(("text", "said"), [
    ("[operation.getSearches]\n", "known are operations. Did you mean 'operations'"),
    ("[operations.getSearch]\n", "has no 'getSearch'. Did you mean 'getSearches'"),
    ("[operations.getSearches]\nrow = ''\n", "'row' is not a key; known are subject, grouping"),
    ("[operations.getSearches]\nrows = 1\n", "must be a path such as '/results'"),
    ("[operations.getSearches]\ngrouping = 'totals per dya'\n", "mean 'totals per day'"),
    ("[operations.getSearches.parameters]\nfrm = 'offset'\n", "Did you mean 'from'"),
    ("[operations.getSearches.parameters]\nfrom = 'range stat'\n", "mean 'range start'"),
    ("[operations.getSearches.properties]\n'/result' = 'time'\n", "has no '/result'"),
    ("[operations.getSearches.headers]\nX-Total = 'total of rows'\n", "has no 'X-Total'"),
    ("[operations.getSearches]\nrows = '/data'\n", "there are: '/results'"),
    ("operations = 3\n", "must be a table"),
    ("[operations\n", "is not TOML"),
])  # fmt: skip
def test_what_means_nothing_is_refused_with_the_nearest_that_does(
    text: str, said: str, tmp_path: Path
) -> None:
    with pytest.raises(BindingError) as refused:
        bound_with(tmp_path, text)

    assert said in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BindingError, match="cannot be read"):
        read_overrides(tmp_path / "none.toml", DOCUMENT)


def test_an_operation_with_generated_values_stays_so_in_a_written_binding(tmp_path: Path) -> None:
    document = responding(fields(seats=INTEGER, plan=TEXT), path="/licence")
    written = as_binding_file(bind(document))

    (again,) = bound_with(tmp_path, written, document).operations.values()

    assert NOT_OURS == again.evidence
    assert "/licence" in written
