"""Compare our server with Prism, over sockets, by wrk: rates, time to start, memory.

Both serve openapi/viewtracker-v2.yaml with one process; Prism responds with the document's static
examples of three rows, ours with 50 rows. They take turns in rounds, and medians count, since the
machine is noisy. Prism is looked for in build/prism; install it there by

    npm install --prefix build/prism --ignore-scripts @stoplight/prism-cli
"""

import argparse
import http.client
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "openapi" / "viewtracker-v2.yaml"
PRISM = ROOT / "build" / "prism" / "node_modules" / ".bin" / "prism"
MOCK = Path(sys.executable).with_name("viewtracker-mock")
SPACE = "/api/v2/report/spaces/SUP/visits"
CONTENT = "/api/v2/report/contents/34890709346/visits"
TOKEN = "Bearer demo-token-us"

SCRIPT = """
local n, path = tonumber(os.getenv("FIRST")), os.getenv("ASKED")
request = function()
  n = n + 1
  local query = path
  if os.getenv("NEW") == "yes" then
    query = string.format("%s?limit=50&startDate=2025-10-01&endDate=2026-01-%02d&start=%d",
      path, 2 + math.floor(n / 1500) % 29, n % 1500)
  end
  return wrk.format("GET", query)
end
done = function(summary, latency)
  io.write(string.format("RATE %f STATUS %d\\n",
    summary.requests / summary.duration * 1e6, summary.errors.status))
end
"""
"""Asks for 50 rows; a question comes again after 43,500 others, which no cache keeps."""

KINDS = {
    "new question, space": (SPACE, True, True),
    "new question, content": (CONTENT, True, True),
    "same question again": (f"{SPACE}?limit=50", False, True),
    "401": (f"{SPACE}?limit=50", False, False),
}
"""Path, whether each question is new, and whether a token is sent."""


class Server:
    """A server in a process of its own."""

    def __init__(self, name: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.port = taken.getsockname()[1]
        ours = ["serve", "--port", self.port, "--de-port", "0", "--now", "2026-01-31T12:00:00Z"]
        prisms = ["mock", "-h", "127.0.0.1", "-p", self.port, DOCUMENT]
        command = [MOCK, *ours, "--freeze"] if name == "ours" else [PRISM, *prisms]
        begun = time.perf_counter()
        self._process = subprocess.Popen(  # noqa: S603 -- our own words
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        while self.status() != 200:
            if self._process.poll() is not None or time.perf_counter() - begun > 120:
                self.end()
                raise SystemExit(f"The server {name!r} does not respond with 200: {command}")
            time.sleep(0.01)
        self.start = time.perf_counter() - begun
        self.asked = 0
        """How many new questions there were, at most."""

    def status(self) -> int:
        """Return the status of a response with rows; 0 if there is none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("GET", f"{SPACE}?limit=50", headers={"Authorization": TOKEN})
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def memory(self) -> float:
        """Return the MiB of memory that are in use at the moment (RSS)."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s*(\d+)", status)[0]) / 1_024

    def rate(self, kind: str, seconds: int, script: str) -> float:
        """Return the requests of a kind that the server responds to in a second."""
        path, is_new, has_token = KINDS[kind]
        words = ["wrk", "--threads", "1", "--connections", "8", "--duration", f"{seconds}s"]
        words += ["--script", script, f"http://127.0.0.1:{self.port}"]
        if has_token:
            words[1:1] = ["--header", f"Authorization: {TOKEN}"]
        environment = {"FIRST": str(self.asked), "ASKED": path, "NEW": "yes" if is_new else "no"}
        output = subprocess.run(  # noqa: S603 -- our own words
            words, env=os.environ | environment, check=True, capture_output=True, text=True
        ).stdout
        rate, failed = re.findall(r"RATE ([0-9.]+) STATUS (\d+)", output)[0]
        if has_token and int(failed):
            raise SystemExit(f"{kind}: {failed} responses say that something went wrong.")
        if is_new:
            self.asked += int(float(rate) * seconds) + 100
        return float(rate)

    def end(self) -> None:
        """Stop the process."""
        self._process.terminate()
        self._process.wait(20)


@contextmanager
def running() -> Iterator[dict[str, Server]]:
    """Run both servers."""
    servers: dict[str, Server] = {}
    try:
        for name in ("ours", "Prism"):
            servers[name] = Server(name)
        yield servers
    finally:
        for server in servers.values():
            server.end()


def measure(rounds: int, seconds: int) -> dict[str, dict[str, list[float]]]:
    """Return what was measured, by its name and server, once a round."""
    rows = ["start to first 200, s", "memory at rest, MiB", *KINDS]
    values: dict[str, dict[str, list[float]]] = {row: {"ours": [], "Prism": []} for row in rows}
    for _ in range(min(rounds, 3)):
        with running() as servers:
            for name, server in servers.items():
                values[rows[0]][name].append(server.start)
                values[rows[1]][name].append(server.memory())
    with running() as servers, tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(SCRIPT)
        script.flush()
        for server in servers.values():  # warm up: days are made, code is compiled
            for kind in KINDS:
                server.rate(kind, 2, script.name)
        for number in range(rounds):
            for kind in KINDS:
                for name, server in sorted(servers.items(), reverse=number % 2 == 1):
                    values[kind][name].append(server.rate(kind, seconds, script.name))
    return values


def main() -> None:
    """Print a table of medians, with ours divided by Prism's."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3, help="of each kind in a round")
    options = parser.parse_args()
    if not PRISM.exists():
        sys.exit(f"{PRISM} is missing; the first lines of {Path(__file__).name} say how to get it.")
    print(f"{'median':<24}{'ours':>10}{'Prism':>10}{'ratio':>8}{'ours, least to most':>24}")
    for row, found in measure(options.rounds, options.seconds).items():
        ours, prisms = statistics.median(found["ours"]), statistics.median(found["Prism"])
        extent = f"{min(found['ours']):,.4g} to {max(found['ours']):,.4g}"
        print(f"{row:<24}{ours:>10,.4g}{prisms:>10,.4g}{ours / prisms:>8.2f}{extent:>24}")


if __name__ == "__main__":
    main()
