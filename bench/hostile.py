"""Send hostile requests to the mock, and say what they break.

What counts as broken: a status of 5xx that neither `Prefer` nor a fault asked for; a traceback in
the log; no response; a server that ends; and /__admin/health needing longer than 250 ms while one
request is handled. Each distinct finding is printed once, with the smallest way to repeat it.
"""

import argparse
import asyncio
import http.client
import logging
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote

from anyio.from_thread import start_blocking_portal
from hostile_requests import CLEAN_UP, NOW, Episode, Maker, Request

from mock_server import MockServer, Settings

WORLDS = ("demo", "tiny", "edge-cases")
HEALTH = 0.25
"""Seconds that health may take beside a single request."""
PATIENCE, LONG_PATIENCE = 5, 20
"""Seconds to wait for a response; the longer one where that is tried again."""
TRIES = 60
"""How often a finding is repeated to make it smaller."""
MOST = 20
"""How many findings of a kind are made smaller in a world; those after are likely the same."""


@dataclass(frozen=True)
class Finding:
    """Something that broke; two of the same kind and words are one."""

    kind: str
    words: str
    log: str = ""


@dataclass
class Outcome:
    """What became of a request."""

    status: int = 0
    """0 if there was no response."""
    body: bytes = b""
    problem: str = ""
    log: str = ""
    health: float = 0


class Target(Protocol):
    """A mock that requests can be sent to."""

    def send(self, request: Request, patience: float) -> Outcome:
        """Send a request, and return what became of it."""
        ...

    def close(self) -> None:
        """End it."""
        ...


class InProcess:
    """A mock without sockets, as fast as can be."""

    def __init__(self, world: str) -> None:
        self._mock = MockServer(Settings(port=0, de_port=0, world=world, now=NOW))
        self._mock.listen()
        self._ports = {
            name: int(url.rpartition(":")[2])
            for name, url in (("us", self._mock.url), ("de", self._mock.de_url))
        }
        # One task for all requests: AnyIO starts its threads anew for each.
        self._portal = start_blocking_portal()
        self._call = self._portal.__enter__().call
        self._mock.control.faults.sleep = _at_once
        self._log = _Log()
        logging.getLogger().addHandler(self._log)

    def send(self, request: Request, patience: float) -> Outcome:
        """Send a request through the application, with patience for a busy machine."""
        outcome = Outcome()
        self._log.lines.clear()
        try:
            self._call(self._wait, request, outcome, patience * 60)
        except TimeoutError:
            outcome.problem = "no response"
        except ConnectionResetError:  # how the application breaks off where it has no socket
            outcome.problem = "connection lost"
        except Exception as error:  # noqa: BLE001 -- what uvicorn would log
            self._log.note(error)
            outcome.problem = "connection lost"
        outcome.log = "\n".join(self._log.lines)
        return outcome

    async def _wait(self, request: Request, outcome: Outcome, seconds: float) -> None:
        await asyncio.wait_for(self._send(request, outcome), seconds)

    async def _send(self, request: Request, outcome: Outcome) -> None:
        path, _, query = request.target.partition("?")
        headers = [("Host", "127.0.0.1")] if not request.has("host") else []
        if request.body:
            headers.append(("Content-Length", str(len(request.body))))
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http",
            "method": request.method, "path": unquote(path), "raw_path": path.encode(),
            "query_string": query.encode(), "root_path": "", "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", self._ports[request.residency]), "extensions": {},
            "headers": [
                (name.lower().encode(), value.strip(" \t").encode("utf-8", "surrogateescape"))
                for name, value in (*headers, *request.headers)
            ],
        }  # fmt: skip

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": request.body, "more_body": False}

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                outcome.status = message["status"]
                lengths.extend(int(v) for k, v in message["headers"] if k == b"content-length")
            else:
                outcome.body += message.get("body", b"")

        lengths: list[int] = []
        await self._mock.app(scope, receive, send)
        if request.method != "HEAD" and any(one != len(outcome.body) for one in lengths):
            outcome.problem = "wrong Content-Length"

    def close(self) -> None:
        """End the mock."""
        logging.getLogger().removeHandler(self._log)
        self._portal.__exit__(None, None, None)
        self._mock.close()


async def _at_once(seconds: float) -> None:
    """Wait for no time, in place of a fault's delay."""


class _Log(logging.Handler):
    """Keeps what is logged with a traceback."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        if record.exc_info:
            self.lines.append(logging.Formatter().format(record))

    def note(self, error: BaseException) -> None:
        """Keep an exception that nobody logged."""
        shown = logging.Formatter().formatException((type(error), error, error.__traceback__))
        self.lines.append(shown)


class Spawned:
    """A mock in a process of its own, whose health is watched."""

    def __init__(self, world: str) -> None:
        self._log = tempfile.NamedTemporaryFile("w+b", suffix=".log")  # noqa: SIM115 -- closed by `close`
        self._world = world
        self._start()
        threading.Thread(target=self._watch, daemon=True).start()

    def _start(self) -> None:
        self._sockets: dict[str, socket.socket] = {}
        self._slowest = self._asked = self._probed = 0.0
        self._ports = {}
        for name in ("us", "de"):
            with socket.create_server(("127.0.0.1", 0)) as taken:
                self._ports[name] = taken.getsockname()[1]
        command = [str(Path(sys.executable).with_name("viewtracker-mock")), "serve", "--now", NOW]
        command += ["--port", str(self._ports["us"]), "--de-port", str(self._ports["de"])]
        self.process = subprocess.Popen(  # noqa: S603 -- our own words
            [*command, "--world", self._world], stdout=subprocess.DEVNULL, stderr=self._log
        )
        while not self._is_up():
            if self.process.poll() is not None:
                raise SystemExit("The mock does not start.")
            time.sleep(0.05)

    def _is_up(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self._ports["us"]), 1).close()
        except OSError:
            return False
        return True

    def _watch(self) -> None:
        """Request health repeatedly, and record the longest time while a request is handled."""
        while self._world:
            self._probed = time.perf_counter()
            connection = http.client.HTTPConnection("127.0.0.1", self._ports["us"], timeout=600)
            try:
                connection.request("GET", "/__admin/health")
                connection.getresponse().read()
            except (OSError, http.client.HTTPException):
                pass  # the server is gone, which the request itself tells
            finally:
                connection.close()
            self._note_health()
            self._probed = 0
            time.sleep(0.01)

    def _note_health(self) -> None:
        """Note how long the present question for health takes, from the request's begin on."""
        if probed := self._probed:
            took = time.perf_counter() - max(probed, self._asked)
            self._slowest = max(self._slowest, took)

    def send(self, request: Request, patience: float) -> Outcome:
        """Send a request over a connection, which is kept where it can be."""
        read_from = Path(self._log.name).stat().st_size
        self._slowest, self._asked = 0, time.perf_counter()
        outcome = self._try(request, patience)
        self._note_health()  # of a question that is not responded to yet, too
        outcome.health = self._slowest
        if outcome.problem == "no response":
            self._revive(patience)
        elif self.process.poll() is not None:
            outcome.problem = "the server ended"
            self._revive(0)
        with Path(self._log.name).open("rb") as log:
            log.seek(read_from)
            text = log.read().decode("utf-8", "replace")
        outcome.log = text[text.index("Traceback") :] if "Traceback" in text else ""
        return outcome

    def _try(self, request: Request, patience: float) -> Outcome:
        try:
            kept = self._sockets.pop(request.residency, None)
            port = self._ports[request.residency]
            sock = kept or socket.create_connection(("127.0.0.1", port), patience)
            sock.settimeout(patience)
            sock.sendall(request.to_bytes())
            if request.raw:
                sock.shutdown(socket.SHUT_WR)
            response = http.client.HTTPResponse(sock, method=request.method)
            response.begin()
            outcome = Outcome(response.status, response.read())
        except TimeoutError:
            return Outcome(problem="no response")
        except (OSError, http.client.HTTPException):
            if kept is not None:  # which may have been closed after the response before
                return self._try(request, patience)
            return Outcome(problem="connection lost")
        if response.will_close or request.raw:
            sock.close()
        else:
            self._sockets[request.residency] = sock
        return outcome

    def _revive(self, patience: float) -> None:
        """Start the server again if it is stuck."""
        begun, is_stuck = time.perf_counter(), True
        while is_stuck and time.perf_counter() - begun < patience and self.process.poll() is None:
            time.sleep(0.1)
            connection = http.client.HTTPConnection("127.0.0.1", self._ports["us"], timeout=1)
            try:
                connection.request("GET", "/__admin/health")
                is_stuck = connection.getresponse().status != 200
            except (OSError, http.client.HTTPException):
                pass
            finally:
                connection.close()
        if is_stuck:
            self._end()
            self._start()

    def memory(self) -> float:
        """Return the MiB of memory that are in use (RSS)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s*(\d+)", status)[0]) / 1_024

    def _end(self) -> None:
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """End the mock."""
        self._world = ""
        self._end()
        self._log.close()


def asked_for(episode: Episode) -> set[int]:
    """Return the statuses of 5xx that an episode asks for by its own words."""
    words = ""
    for one in episode:
        words += f" {one.target} {one.body.decode('utf-8', 'replace')} "
        words += " ".join(value for name, value in one.headers if name == "Prefer")
    asked = {int(found) for found in re.findall(r"(?<![0-9])5[0-9]{2}(?![0-9])", words)}
    # scenarios have statuses of their own
    return asked | ({500, 502, 503} if "scenario" in words or "do=" in words else set())


def may_break_off(episode: Episode) -> bool:
    """Return whether an episode requests lost connections, or sends invalid HTTP."""
    words = " ".join(str(one) for one in episode)
    broken = ("reset", "truncate", "drip", "raw=b'", 'raw=b"', "Content-Length")
    return any(word in words.replace("raw=b''", "") for word in broken)


def findings_of(episode: Episode, request: Request, outcome: Outcome) -> Iterator[Finding]:
    """Return what a request broke."""
    if outcome.log:
        raised = outcome.log.strip().splitlines()
        ours = [line.strip() for line in raised if "/mock_server/" in line]
        where = re.sub(r'File ".*/mock_server/|"', "", ours[-1]) if ours else ""
        error = next((line for line in reversed(raised) if re.match(r"[\w.]+(:|$)", line)), "")
        yield Finding("traceback", f"{error.partition(':')[0]} at {where}", "\n".join(raised[-6:]))
    elif outcome.status >= 500 and outcome.status not in asked_for(episode):
        text = re.sub(r"[0-9]+", "0", outcome.body[:300].decode("utf-8", "replace"))
        yield Finding("5xx", f"{outcome.status}: {text}")
    asked = request if request in episode else episode[-1]
    words = f"{asked.method} {asked.target[:40]}"
    is_expected = outcome.problem == "connection lost" and (outcome.log or may_break_off(episode))
    if outcome.problem and not is_expected:
        yield Finding(outcome.problem, words)
    if outcome.health > HEALTH:
        yield Finding("slow health", words, f"{outcome.health:.1f} s")


def play(target: Target, episode: Episode, patience: float = PATIENCE) -> list[Finding]:
    """Send an episode, bring the mock back, and return what broke."""
    found = []
    changes = any(one.method != "GET" or one.raw for one in episode)
    for request in (*episode, *(CLEAN_UP if changes else ())):
        found += findings_of(episode, request, target.send(request, patience))
    return found


def smaller(episode: Episode) -> Iterator[Episode]:
    """Return ways to make an episode smaller, the boldest first."""
    for at, one in enumerate(episode):
        rest = episode[:at], episode[at + 1 :]
        if len(episode) > 1:
            yield (*rest[0], *rest[1])
        path, _, query = one.target.partition("?")
        pairs = query.split("&") if query else []
        less = [replace(one, target=path)] if query else []
        less += [replace(one, headers=one.headers[: len(one.headers) // 2])]
        for number in range(min(len(one.headers), 8)):
            less.append(replace(one, headers=one.headers[:number] + one.headers[number + 1 :]))
        for number in range(min(len(pairs), 8)):
            kept = "&".join(pairs[:number] + pairs[number + 1 :])
            less.append(replace(one, target=f"{path}?{kept}" if kept else path))
        less += [replace(one, body=b""), replace(one, body=one.body[: len(one.body) // 2])]
        yield from ((*rest[0], other, *rest[1]) for other in less if other != one)


def shrink(target: Target, episode: Episode, finding: Finding) -> tuple[Episode, bool]:
    """Return a small episode that still breaks the same, and whether it did so at all again."""

    def breaks(candidate: Episode) -> bool:
        found = play(target, candidate, LONG_PATIENCE)
        return any((one.kind, one.words.partition(" /")[0]) == sought for one in found)

    sought = (finding.kind, finding.words.partition(" /")[0])
    if not breaks(episode) or not breaks(episode):
        return episode, False
    tries = TRIES if finding.kind not in {"no response", "the server ended"} else 10
    is_smaller = True
    while is_smaller and tries > 0:
        is_smaller = False
        for candidate in smaller(episode):
            tries -= 1
            if tries > 0 and breaks(candidate):
                episode, is_smaller = candidate, True
                break
    is_shaky = finding.kind in {"slow health", "connection lost"}  # a busy machine does so, too
    return episode, not is_shaky or all(breaks(episode) for _ in range(3))


def shown(episode: Episode) -> str:
    """Return an episode as text, without long repetitions."""
    lines = [f"    [{one.residency}] {one.to_bytes()!r}" for one in episode]
    return re.sub(
        r"(.{1,6}?)\1{30,}",
        lambda run: f"<{run[1]} x {len(run[0]) // len(run[1])}>",
        "\n".join(lines),
    )


def essence(finding: Finding, episode: Episode) -> tuple[str, ...]:
    """Return what makes a finding another one than those before."""
    if finding.kind in {"traceback", "5xx"}:
        return (finding.kind, finding.words)
    last = episode[-1]
    pieces = re.findall(r"<(.{1,6}?) x ", shown(episode))
    names = {name.lower() for one in episode for name, _ in one.headers} - {"authorization"}
    return (finding.kind, last.method, *last.target.split("/")[1:2], *sorted({*pieces, *names}))


def hunt(target: Target, seed: int, requests: int, *, sockets: bool) -> dict[Finding, str]:
    """Send so many requests at least, and return the findings with a way to repeat them."""
    findings: dict[Finding, str] = {}
    seen: set[tuple[str, ...]] = set()
    stuck: set[Episode] = set()
    sent = 0
    for episode in Maker(seed, sockets=sockets).episodes():
        if sent >= requests:
            break
        if episode in stuck:
            continue
        sent += len(episode)
        for finding in play(target, episode):
            if finding.kind == "no response":
                stuck.add(episode)  # once is enough for what takes minutes
            findings |= looked_into(target, episode, finding, seen)
    return findings


def looked_into(
    target: Target, episode: Episode, finding: Finding, seen: set[tuple[str, ...]]
) -> dict[Finding, str]:
    """Return a finding with a small way to repeat it, unless it was seen, which is noted."""
    key = essence(finding, episode)
    if key in seen or sum(one[0] == finding.kind for one in seen) >= MOST:
        return {}
    small, is_sure = shrink(target, episode, finding)
    now_key = essence(finding, small)
    is_new = now_key == key or now_key not in seen
    seen |= {key, now_key}
    if is_sure:
        return {finding: shown(small)} if is_new else {}
    if finding.log.startswith("0."):  # so short a delay is a busy machine's
        return {}
    return {replace(finding, kind=f"only once, {finding.kind}"): shown(small)}


def main() -> int:
    """Hunt in each world; 1 says that something broke."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--in-process", action="store_true", help="without sockets; no health")
    options = parser.parse_args()
    counts: Counter[tuple[str, str]] = Counter()
    for number, world in enumerate(WORLDS):
        target = InProcess(world) if options.in_process else Spawned(world)
        before = target.memory() if isinstance(target, Spawned) else 0
        seed, most = options.seed * 10 + number, options.requests // len(WORLDS)
        try:
            found = hunt(target, seed, most, sockets=not options.in_process)
        except BaseException:
            target.close()
            raise
        for finding, way in found.items():
            counts[finding.kind, finding.words] += 1
            if counts[finding.kind, finding.words] == 1:
                print(f"\n== {finding.kind}: {finding.words}\n{way}\n{finding.log}", flush=True)
        after = target.memory() if isinstance(target, Spawned) else 0
        print(f"{world}: {most:,} requests; memory {before:.0f} to {after:.0f} MiB", flush=True)
        target.close()
    print(f"{len(counts)} distinct findings.")
    return int(bool(counts))


if __name__ == "__main__":
    sys.exit(main())
