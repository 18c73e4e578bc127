"""Count the way of one warm request through the code, and say how long it takes.

The request asks for 50 rows that nobody asked for before. It is sent in this process, past uvicorn
and sockets. A call counts when a function of mock_server is entered; so does a coroutine or
generator that goes on. Times are the median of the processor's time, in microseconds.
"""

import argparse
import asyncio
import statistics
import sys
import threading
from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path
from time import process_time
from types import FrameType

import mock_server
from mock_server import MockServer, Settings

HOME = Path(mock_server.__file__).parent
VISITS = "/api/v2/report/spaces/SUP/visits"
CONTENT = "/api/v2/report/contents/34890709346/visits"
RANGE = "startDate=2025-10-01&endDate=2026-01-02"
"""Days in which the content has rows enough for every request to be new."""
WARM_UP = 100


class Profile:
    """Counts calls of our functions by module, in all threads, while `is_on`."""

    def __init__(self) -> None:
        self.is_on = False
        self.calls: Counter[str] = Counter()
        threading.setprofile(self._note)  # for the threads that handlers may run in
        sys.setprofile(self._note)

    def _note(self, frame: FrameType, event: str, _: object) -> None:
        if self.is_on and event == "call":
            path = Path(frame.f_code.co_filename)
            if path.is_relative_to(HOME):
                self.calls[str(path.relative_to(HOME).with_suffix("")).replace("/", ".")] += 1

    def end(self) -> None:
        """Stop counting, so that what follows is not slowed down."""
        sys.setprofile(None)
        threading.setprofile(None)


async def ask(mock: MockServer, target: str, *, status: int = 200, token: bool = True) -> None:
    """Send one request through the application.

    Raises:
        SystemExit: If the response has another status.
    """
    path, _, query = target.partition("?")
    headers = [(b"host", b"127.0.0.1:8080"), (b"accept", b"*/*")]
    if token:
        headers.append((b"authorization", b"Bearer demo-token-us"))
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": path, "raw_path": path.encode(), "root_path": "",
        "query_string": query.encode(), "headers": headers, "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8080), "extensions": {},
    }  # fmt: skip

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start" and message["status"] != status:
            raise SystemExit(f"{target} got {message['status']}, not {status}.")

    await mock.app(scope, receive, send)  # type: ignore[arg-type]


async def show_way(mock: MockServer, profile: Profile) -> None:
    """Print the modules that one request enters, in order, with their calls."""
    for number in range(WARM_UP):
        await ask(mock, f"{VISITS}?limit=50&start={number}")
    profile.is_on = True
    await ask(mock, f"{VISITS}?limit=50&start={WARM_UP}")
    profile.is_on = False
    profile.end()
    for module, calls in profile.calls.items():
        print(f"{calls:6}  {module}")
    print(f"{profile.calls.total():6}  calls in {len(profile.calls)} modules")


async def microseconds(mock: MockServer, target: Callable[[], str], **options: bool | int) -> float:
    """Return the time of the processor that one request takes."""
    for _ in range(WARM_UP):
        await ask(mock, target(), **options)  # type: ignore[arg-type]
    times = []
    for _ in range(1_000):
        one = target()
        begun = process_time()
        await ask(mock, one, **options)  # type: ignore[arg-type]
        times.append(process_time() - begun)
    return statistics.median(times) * 1_000_000


async def show_times(mock: MockServer, heading: str) -> None:
    """Print how long each kind of request takes."""
    number, in_content = count(WARM_UP + 1), count()
    print(f"\n{heading}")
    for name, target, options in (
        ("new question, space", lambda: f"{VISITS}?limit=50&start={next(number)}", {}),
        (
            "new question, content",
            lambda: f"{CONTENT}?limit=50&start={next(in_content)}&{RANGE}",
            {},
        ),
        ("the same again", lambda: f"{VISITS}?limit=50", {}),
        ("401", lambda: f"{VISITS}?limit=50", {"status": 401, "token": False}),
    ):
        taken = await microseconds(mock, target, **options)  # type: ignore[arg-type]
        print(f"{taken:6.0f}  {name}")


async def main() -> None:
    """Show the way and the times; with and without the journal."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    profile = Profile()
    settings = {"now": "2026-01-31T12:00:00Z", "freeze": True}
    mock = MockServer(Settings(**settings))  # type: ignore[arg-type]
    await show_way(mock, profile)
    await show_times(mock, "microseconds, as it is served")
    bare = MockServer(Settings(**settings, journal=0))  # type: ignore[arg-type]
    await show_times(bare, "microseconds, without a journal")
    for one in (mock, bare):
        one.close()


if __name__ == "__main__":
    asyncio.run(main())
