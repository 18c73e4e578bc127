"""Guard a refactoring: record the mock's responses to some 2,000 requests, and compare later.

`record FILE` starts the mock as it is here, sends every request and writes the responses down;
`compare FILE` does the same and lists what differs, by kind. Clock and seed are fixed, so that two
records of the same code are equal. What is random, such as ports and new tokens, is masked.
"""

import argparse
import base64
import difflib
import gzip
import hashlib
import itertools
import json
import re
import socket
import sys
import zlib
from collections import defaultdict
from http.client import HTTPException, HTTPResponse, IncompleteRead
from pathlib import Path
from typing import Any, TypedDict

import corpus_requests
from corpus_requests import Group, Request

from mock_server import MockServer, Settings

LARGEST = 60_000
"""Bytes of a body that are kept; of a larger one, its hash stands for the rest."""
PATIENCE = 20
"""Seconds until a request is taken for one that is never responded to."""
MASKS = {
    r"vt_(us|de)_[A-Za-z0-9_-]+": r"vt_\1_TOKEN",
    r"\[secret [0-9a-f]+\]": "[secret HASH]",
    r'("milliseconds": ?)[0-9.e-]+': r"\1 0",
    r"[0-9.]+(&nbsp;| )ms\b": "0 ms",
    r"made=[A-Za-z0-9_-]{16}": "made=WORD",
}
"""What is random in bodies and headers, and what stands for it."""


class Response(TypedDict):
    """One response, as JSON keeps it."""

    status: int | str
    headers: list[list[str]]
    body: str


class Connection:
    """A connection that is kept alive, and sends what HTTP libraries would not."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def send(self, request: Request) -> Response:
        """Send a request, and read the response, or what there is of it."""
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), PATIENCE)
        try:
            self._socket.sendall(request.to_bytes())
            response = HTTPResponse(self._socket, method=request.method)
            response.begin()
            try:
                body, is_cut = response.read(), False
            except IncompleteRead as error:
                body, is_cut = error.partial, True
        except (OSError, HTTPException) as error:
            self.close()
            return {"status": type(error).__name__, "headers": [], "body": ""}
        if response.will_close or is_cut:
            self.close()
        headers = [[name.lower(), value] for name, value in response.getheaders()]
        if response.headers.get("Content-Encoding") == "gzip" and body:
            headers = [pair for pair in headers if pair[0] != "content-length"]
            body = zlib.decompressobj(wbits=31).decompress(body)
        return {
            "status": f"{response.status}, cut short" if is_cut else response.status,
            "headers": [
                [name, masked(value)]
                for name, value in sorted(headers)
                if name != "content-length" or b'"milliseconds"' not in body
            ],
            "body": text_of(body),
        }

    def close(self) -> None:
        """Have the next request open a new connection."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def text_of(body: bytes) -> str:
    """Return a body as text, shortened if it is large."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = "base64:" + base64.b64encode(body).decode()
    text = masked(text)
    if len(text) <= LARGEST:
        return text
    return f"{text[:LARGEST]}... {len(text)} {hashlib.sha256(text.encode()).hexdigest()}"


def masked(text: str) -> str:
    """Return a text without what is random in it."""
    for pattern, mask in MASKS.items():
        text = re.sub(pattern, mask, text)
    return text


def responses_of(group: Group) -> list[Response]:
    """Start a mock, and return its responses to the requests of a group."""
    with MockServer(Settings(port=0, de_port=0, **group.settings)) as mock:
        ports = {
            name: int(url.rpartition(":")[2])
            for name, url in (("us", mock.url), ("de", mock.de_url))
        }
        connections = {name: Connection(port) for name, port in ports.items()}
        responses = [connections[one.residency].send(one) for one in group.requests]
        for connection in connections.values():
            connection.close()
    text = json.dumps(responses)
    for name, port in ports.items():
        text = re.sub(rf"(?<![0-9]){port}(?![0-9])", f"PORT-{name}", text)
    done: list[Response] = json.loads(text)
    return done


def run() -> dict[str, list[list[Any]]]:
    """Return every request with its response, by the names of groups."""
    recorded = {}
    for group in corpus_requests.groups():
        pairs = zip(group.requests, responses_of(group), strict=True)
        recorded[group.name] = [[str(request), response] for request, response in pairs]
    return recorded


def normal(response: Response) -> Response:
    """Return a response without what differs between runs of the same code."""
    status, headers = response["status"], []
    if isinstance(status, str) and "cut short" not in status:
        status = "connection lost"  # which is noticed in one way or another
    for name, value in response["headers"]:  # Starlette keeps methods in a set
        listed = ", ".join(sorted(value.split(", "))) if name == "allow" else value
        headers.append([name, listed])
    body = re.sub(r"(T12:00:00\.0)[0-9]{2}Z", r"\g<1>00Z", response["body"])  # a clock that runs
    return {"status": status, "headers": headers, "body": body}


def kind_of(then: Response, now: Response) -> str:
    """Say in which parts two responses differ; nothing if they are equal."""
    parts = []
    if then["status"] != now["status"]:
        parts.append(f"status {then['status']} -> {now['status']}")
    names = {name for name, _ in then["headers"]} | {name for name, _ in now["headers"]}
    if then["body"] != now["body"]:
        parts.append("body")
    if then["body"] or now["body"]:  # whose lengths tell the same, and what is masked varies
        names.discard("content-length")
    differing = [
        name
        for name in sorted(names)
        if [one for one in then["headers"] if one[0] == name]
        != [one for one in now["headers"] if one[0] == name]
    ]
    return ", ".join(parts + [f"header {name}" for name in differing])


def lines_of(response: Response) -> list[str]:
    """Return a response as lines that a diff can be made of."""
    body = response["body"]
    try:
        body = json.dumps(json.loads(body), indent=1, ensure_ascii=False)
    except ValueError:
        body = body.replace("><", ">\n<")
    headers = [f"{name}: {value}" for name, value in response["headers"]]
    return [str(response["status"]), *headers, "", *body.splitlines()]


def show(then: dict[str, list[list[Any]]], now: dict[str, list[list[Any]]], most: int) -> int:
    """Print the differences by kind, with diffs of the first ones; return how many there are."""
    kinds: dict[str, list[tuple[str, Response, Response]]] = defaultdict(list)
    for name in then.keys() | now.keys():
        for old, new in itertools.zip_longest(then.get(name, []), now.get(name, [])):
            if old is None or new is None or old[0] != new[0]:
                sys.exit(f"The requests of group {name!r} have changed; record them again.")
            before, after = normal(old[1]), normal(new[1])
            if kind := kind_of(before, after):
                kinds[kind].append((f"{name}: {old[0]}", before, after))
    for kind, found in sorted(kinds.items(), key=lambda item: -len(item[1])):
        print(f"\n=== {len(found)} x {kind}")
        for request, old, new in found[:most]:
            print(f"--- {request}")
            diff = difflib.unified_diff(lines_of(old), lines_of(new), lineterm="", n=1)
            shown = [line[:300] for line in itertools.islice(diff, 2, 32)]
            print("\n".join(shown) or "    (equal but for white space)")
        for request, *_ in found[most : most + 10]:
            print(f"  also {request}")
    return sum(map(len, kinds.values()))


def main() -> int:
    """Record or compare; 1 says that something differs."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("what", choices=["record", "compare"])
    parser.add_argument("file", type=Path, help="the record, gzipped JSON")
    parser.add_argument("--diffs", type=int, default=3, help="diffs to show of each kind")
    parser.add_argument("--only", default="", help="compare groups whose names begin so")
    options = parser.parse_args()
    if options.what == "record":
        recorded = run()
        options.file.write_bytes(gzip.compress(json.dumps(recorded).encode(), mtime=0))
        print(f"{sum(map(len, recorded.values())):,} responses in {len(recorded)} groups.")
        return 0
    then = json.loads(gzip.decompress(options.file.read_bytes()))
    corpus_requests.ONLY = options.only
    differing = show(
        {n: g for n, g in then.items() if n.startswith(options.only)}, run(), options.diffs
    )
    print(f"\n{differing} of {sum(map(len, then.values())):,} responses differ.")
    return int(differing > 0)


if __name__ == "__main__":
    sys.exit(main())
