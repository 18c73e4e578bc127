"""What the journal costs: `pairs` compares requests a second, `soak 200000` shows memory.

Times are of the processor, and the fastest tenth of the turns counts, since other programs of the
machine make both slower and neither faster.
"""

import asyncio
import resource
import sys
from pathlib import Path
from time import process_time

from starlette.types import Message, Scope

from mock_server import MockServer, Settings

PATH = "/api/v2/report/searches"
HEADERS = [
    (b"host", b"127.0.0.1:8080"),
    (b"accept", b"*/*"),
    (b"accept-encoding", b"gzip, deflate"),
    (b"user-agent", b"python-httpx/0.28.1"),
    (b"authorization", b"Bearer demo-token-us"),
]
TURNS, REQUESTS = 300, 20


def scope_of(query: bytes) -> Scope:
    """Give what uvicorn would for a request."""
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": PATH,
        "raw_path": PATH.encode(),
        "query_string": query,
        "root_path": "",
        "headers": HEADERS,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8080),
        "extensions": {},
    }


async def receive() -> Message:
    """Give the empty body of a request."""
    return {"type": "http.request", "body": b"", "more_body": False}


async def send(message: Message) -> None:
    """Take an answer of success."""
    if message["type"] == "http.response.start" and message["status"] != 200:
        raise SystemExit(f"The mock answers {message['status']}.")


async def ask(mock: MockServer, query: bytes, times: int) -> float:
    """Give the seconds of the processor that so many requests take."""
    begun = process_time()
    for _ in range(times):
        await mock.app(scope_of(query), receive, send)
    return process_time() - begun


def mock_of(journal: int) -> MockServer:
    """Give a mock that keeps so many exchanges, and makes every answer anew."""
    return MockServer(Settings(now="2026-01-31T12:00:00Z", journal=journal, remember=0))


async def pairs() -> None:
    """Ask a mock with a journal and one without in turns."""
    for query in (b"limit=1", b"limit=100"):
        mocks = {True: mock_of(1_000), False: mock_of(0)}
        took: dict[bool, list[float]] = {True: [], False: []}
        for turn in range(TURNS):
            for kept in (turn % 2 == 0, turn % 2 == 1):
                took[kept].append(await ask(mocks[kept], query, REQUESTS))
        best = {kept: sum(sorted(times)[: TURNS // 10]) for kept, times in took.items()}
        each = best[False] / (TURNS // 10) / REQUESTS * 1_000_000
        rate = best[False] / best[True]
        sys.stdout.write(f"{query.decode()}: {rate:.1%} of the requests; one takes {each:.0f} us\n")


async def soak(requests: int) -> None:
    """Say after each tenth of so many requests what memory and files are in use, and what is kept.

    Ends with an error if the journal has lost one: the newest must be there, without a gap.
    """
    mock = mock_of(1_000)
    step = requests // 10
    for done in range(step, requests + 1, step):
        await ask(mock, b"limit=20&start=%d" % (done % 200), step)
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        size = pages * resource.getpagesize() / 2**20
        kept = [one.id for one in mock.journal.entries()]
        if kept != list(range(done - len(kept) + 1, done + 1)):
            raise SystemExit(f"The journal has {kept[0]} to {kept[-1]}, not all up to {done}.")
        files = len(list(Path("/proc/self/fd").iterdir()))
        told = f"{size:.0f} MiB, {files} files open, {len(kept):,} kept"
        sys.stdout.write(f"{done:>9,} requests, {told}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(soak(int(sys.argv[2])) if sys.argv[1:2] == ["soak"] else pairs())
