"""How moments are written."""

import pytest

from mock_server.clock import from_rfc3339, to_rfc3339


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00.000Z", "2026-01-31T12:00:00.007Z"])
def test_a_moment_is_written_as_it_is_read(text: str) -> None:
    assert text == to_rfc3339(from_rfc3339(text))
