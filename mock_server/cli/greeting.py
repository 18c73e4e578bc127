"""What `serve` prints once it listens: where, with which token, and what to try."""

import shlex
from urllib.parse import quote

from mock_server.binding import OperationBinding
from mock_server.domain import Residency
from mock_server.examples import example_arguments
from mock_server.server import MockServer
from mock_server.site import Site


def greeting(mock: MockServer) -> str:
    """Write the lines, with curl commands that can be pasted as they are."""
    lines = ["Viewtracker mock. All data is invented; this is not the vendor's product.", ""]
    for residency, site in mock.sites.items():
        url = mock.url_of(residency)
        token = site.demo_token or "<your token>"
        lines.append(f"{residency.value.upper()}  {url}  token {token}  Swagger UI {url}/ui/")
    site = mock.sites[Residency.US]
    prefix = mock.url + mock.document.base_path
    lines += ["", "Try it:"]
    lines += [
        _curl(prefix + _filled(bound, site), site.demo_token or "<your token>")
        for bound in mock.binding.operations.values()
    ]
    return "\n".join([*lines, "", "Stop with Ctrl-C."])


def _curl(url: str, token: str) -> str:
    return f"  curl -H {shlex.quote(f'Authorization: Bearer {token}')} {shlex.quote(url)}"


def _filled(bound: OperationBinding, site: Site) -> str:
    path = bound.operation.path
    for name, value in example_arguments(bound, site).items():
        path = path.replace(f"{{{name}}}", quote(str(value), safe="~"))
    return path
