"""The message that `serve` prints at the start: URLs, tokens and examples."""

import shlex
from collections.abc import Iterator

from mock_server.api.examples import curl_line, example_path
from mock_server.api.v1 import END, old_api
from mock_server.data.site import Site
from mock_server.testing.mock import MockServer
from mock_server.world.domain import Residency
from mock_server.world.model import DEMO_API_TOKEN


def greeting(mock: MockServer) -> str:
    """Return the message, with curl commands ready to paste."""
    replayed = mock.settings.replay
    about = f"All responses are those of {replayed}" if replayed else "All data is invented"
    lines = [f"Viewtracker mock. {about}; this is not the vendor's product.", ""]
    for residency, site in mock.sites.items():
        url, token = mock.url_of(residency), site.demo_token or "<your token>"
        if replayed and mock.settings.token_file:
            token = "as in --token-file"
        pages = "" if replayed else f"  Swagger UI {url}/ui/"
        lines.append(f"{residency.value.upper()}  {url}  token {token}{pages}")
    trust = ""
    if mock.certificate is not None and mock.certificate.authority is not None:
        trust = f"--cacert {shlex.quote(str(mock.certificate.authority))}"
        lines.append(f"Certificate to trust: {mock.certificate.authority}")
    if replayed:
        return "\n".join([*lines, "", "Stop with Ctrl-C."])
    site = mock.sites[Residency.US]
    lines += ["", "Try it:"]
    lines += [
        "  " + curl_line(mock.document, bound, site=site, url=mock.url,
                         token=site.demo_token, options=trust)
        for bound in mock.binding.operations.values()
    ]  # fmt: skip
    return "\n".join([*lines, *_old_lines(mock, site, trust), "", "Stop with Ctrl-C."])


def _old_lines(mock: MockServer, site: Site, trust: str) -> Iterator[str]:
    """Yield lines about version 1, if it is available and has a user with the well-known token."""
    callers = [caller for caller in site.world.callers if caller.api_token == DEMO_API_TOKEN]
    if mock.clock.now() >= END or not mock.settings.demo_token or not callers:
        return
    yield f"\nOld API, version 1, until the clock reads 2024. API token {DEMO_API_TOKEN}, for"
    for caller in callers:
        rights = f"spaces: {caller.spaces}{', Global Access' if caller.global_access else ''}"
        yield f"  {caller.email:<28} {rights}"
    sent = shlex.quote(f"{callers[0].email}:{DEMO_API_TOKEN}")
    document, binding = old_api()
    for bound in binding.operations.values():
        url = mock.url + example_path(document, bound, site)
        yield "  " + " ".join(filter(None, ("curl", trust, "-u", sent, shlex.quote(url))))
