"""Writes the exchanges of a run to a HAR 1.2 file, for browsers and for `serve --replay`."""

import base64
import copy
import hashlib
import io
import json
import re
import secrets
import string
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import harfile

from contract_tests.context import RunContext
from contract_tests.errors import ContractKitError, NotCheckedError
from contract_tests.reports.secrets import SecretFilter
from contract_tests.wire.redaction import ACCOUNT_ID, FILTERED, TOKEN
from contract_tests.wire.request import read
from contract_tests.wire.response import Response
from contract_tests.wire.transports import pairs_of
from mock_server import Field, Part, __version__

_MOST_NOTES = 10
"""Maximum number of notes about exchanges that violate the document."""


def write_recording(context: RunContext, path: Path) -> list[str]:
    """Write all exchanges of a run, in order per target, and return notes for the user.

    The valid token is replaced by `$VIEWTRACKER_TOKEN`, other credentials are removed, and people
    get pseudonyms. The `comment` of an entry is the target's residency, if known.
    """
    recorder = _Recorder(context)
    text = recorder.text()
    try:
        with tempfile.NamedTemporaryFile(  # has mode 0600
            "w", encoding="utf-8", newline="\n", dir=path.parent, prefix=path.name, delete=False
        ) as file:
            file.write(text)
        Path(file.name).replace(path)
    except OSError as error:
        raise ContractKitError(
            f"The recording cannot be written to {path}: {error.strerror}. Name another file."
        ) from error
    return [f"Wrote {recorder.recorded} exchanges to {path}.", *recorder.notes()]


class _Recorder:
    """Records exchanges, without secrets."""

    def __init__(self, context: RunContext) -> None:
        self.recorded = 0
        self._context = context
        self._shown = copy.copy(context.redactor)
        self._pseudonyms = Pseudonyms()
        self._shown.accounts = self._pseudonyms.text
        self._filter = SecretFilter(context.redactor.secrets)
        self._broken: Counter[str] = Counter()
        self._leaks = 0

    def text(self) -> str:
        wires = self._context.wires
        responses = [(name, response) for name in wires for response in wires[name].responses]
        for _, response in responses:
            self._learn_people(response)
        file = io.StringIO()
        comment = f"{self._context.document.title}, seed {self._context.options.seed}"
        creator = harfile.Creator(name="viewtracker-contract", version=__version__)
        with harfile.HarFile.open(file, creator=creator, comment=comment) as har:
            for name, response in responses:
                self._add(har, name, response)
        return file.getvalue()

    def notes(self) -> Iterator[str]:
        for message, times in self._broken.most_common(_MOST_NOTES):
            yield f"Recorded {times} times, although it violates the document: {message}"
        if len(self._broken) > _MOST_NOTES:
            yield f"And {len(self._broken) - _MOST_NOTES} more violations of the document."
        if self._leaks:
            yield (
                f"{self._leaks} responses contained a token, which was removed from the recording. "
                f"Anyone who reads the server's responses can use it, so replace the token."
            )

    def _learn_people(self, response: Response) -> None:
        """Learn the names and account ids in a response, by the binding."""
        operation, learn = response.operation, self._pseudonyms.learn
        bound = self._context.binding.operations.get(operation.id) if operation else None
        if bound is None:
            return
        query = parse_qsl(urlsplit(str(response.raw.request.url)).query)
        if account := bound.parameter(Part.ACCOUNT):
            learn({**response.path_values, **dict(query)}.get(account.parameter.name))
        with suppress(NotCheckedError):
            reading = read(bound, response)
            for values in (reading.values, *reading.rows):
                for field in (Field.ACCOUNT, Field.ACCOUNT_NAME):
                    learn(values.get(field))

    def _add(self, har: harfile.HarFile, name: str, response: Response) -> None:
        request, raw = response.raw.request, response.raw
        url = self._clean(str(request.url))
        sent = [self._sent(*pair, good=response.token) for pair in pairs_of(request.headers)]
        shown = self._shown.headers(pairs_of(raw.raw.headers))
        came = [(header, self._filter.redact(value)) for header, value in shown]
        body = self._clean(raw.content.decode("utf-8", "surrogateescape"))
        content = body.encode("utf-8", "surrogateescape")
        self._leaks += TOKEN in body or any(TOKEN in v or FILTERED in v for _, v in came)
        self._check(response, content)
        self.recorded += 1
        har.add_entry(
            startedDateTime=response.at,
            time=response.milliseconds,
            request=harfile.Request(
                method=str(request.method),
                url=url,
                httpVersion="HTTP/1.1",
                headers=_records(sent),
                queryString=_records(parse_qsl(urlsplit(url).query, keep_blank_values=True)),
                bodySize=0,
            ),
            response=harfile.Response(
                status=response.status,
                statusText=raw.reason or "",
                httpVersion="HTTP/1.1",
                headers=_records(came),
                content=_content(content, response.headers.get("Content-Type", "")),
                redirectURL=dict(came).get("location", ""),
                bodySize=len(content),
            ),
            timings=harfile.Timings(send=0, wait=response.milliseconds, receive=0),
            comment=self._context.targets[name].residency or None,
        )

    def _clean(self, text: str) -> str:
        return self._filter.redact(self._shown.text(text))

    def _sent(self, name: str, value: str, *, good: str) -> tuple[str, str]:
        """Redact a request header; only the token that was valid then is kept as the variable."""
        found = re.fullmatch(r"(bearer +)(\S+)", value.strip(), re.IGNORECASE)
        if name.lower() == "authorization" and found and found[2] == good:
            return name, f"{found[1]}{TOKEN}"
        [(_, shown)] = self._shown.headers([(name, value)])
        scheme, _, sent = shown.partition(" ")
        if "VIEWTRACKER_TOKEN" in sent:
            shown = f"{scheme} {FILTERED}"
        return name, self._filter.redact(shown.replace(TOKEN, FILTERED))

    def _check(self, response: Response, content: bytes) -> None:
        """Validate an exchange as recorded, because a pseudonym may violate the document."""
        raw = copy.copy(response.raw)
        raw.raw = response.raw.raw  # `copy` omits it
        raw._content = content  # noqa: SLF001 -- no public setter
        for complaint in self._context.validator.complaints(replace(response, raw=raw, twin=None)):
            if not complaint.is_drift:
                operation = response.operation.id if response.operation else ""
                self._broken[f"{operation} {response.status}: {complaint.message}"] += 1


def _records(pairs: Iterable[tuple[str, str]]) -> list[harfile.Record]:
    return [harfile.Record(name=name, value=value) for name, value in pairs]


def _content(body: bytes, media_type: str) -> harfile.Content:
    try:
        text, encoding = body.decode("utf-8"), None
    except UnicodeDecodeError:
        text, encoding = base64.b64encode(body).decode(), "base64"
    return harfile.Content(size=len(body), mimeType=media_type, text=text, encoding=encoding)


_PIECES = re.compile(r'"(?:[^"\\]|\\.)*"|[^"/?&=,\s{}\[\]]+')
"""JSON strings, and the text between the delimiters of URLs and JSON."""

_SIGNS = re.compile(r"%[0-9A-Fa-f]{2}|[0-9A-Za-z]|.", re.DOTALL)

_SHORTEST_NUMBER = 6
"""Minimum number of digits; shorter numbers may be counts and are kept."""


class Pseudonyms:
    """Creates pseudonyms with a keyed hash; the key is discarded after the run.

    Digits stay digits and letters stay letters, so that values remain valid. The key of a personal
    space still matches the pseudonym of its account id.
    """

    def __init__(self, key: bytes | None = None) -> None:
        self._key = key or secrets.token_bytes(16)
        self._known: set[str] = set()

    def learn(self, value: object) -> None:
        """Learn an account id or a person's name."""
        text = str(value)
        is_short = text.isdecimal() and len(text) < _SHORTEST_NUMBER
        if value is not None and not is_short and text.casefold() not in {"", "anonymous"}:
            self._known.add(text)

    def text(self, text: str) -> str:
        """Return a URL, a header or a body with pseudonyms."""
        if self._known:
            text = _PIECES.sub(self._of_piece, text)
        return ACCOUNT_ID.sub(lambda found: self._written(found[0]), text)

    def _of_piece(self, found: re.Match[str]) -> str:
        piece = found[0]
        plain = unquote(piece.replace("+", " "))
        if is_json := piece.startswith('"'):
            try:
                plain = str(json.loads(piece))
            except ValueError:
                plain = piece[1:-1]
        if plain not in self._known or ACCOUNT_ID.fullmatch(plain):
            return piece
        made = self._written(plain)
        return json.dumps(made, ensure_ascii=False) if is_json else quote(made, safe=":~@")

    def _written(self, text: str) -> str:
        """Replace letters and digits, and keep punctuation."""
        letters = "".join(part for part in _SIGNS.findall(text) if part.isalnum())
        numbers = iter(hashlib.shake_256(self._key + letters.encode()).digest(len(letters)))
        alphabet = string.ascii_lowercase
        if all(letter in string.hexdigits for letter in letters):
            alphabet = "abcdef"

        def like(found: re.Match[str]) -> str:
            """Return another character of the same kind; no digit becomes zero."""
            sign = found[0]
            if not sign.isalnum():
                return sign
            number = next(numbers)
            if sign.isdigit():
                return sign if sign == "0" else "123456789"[number % 9]
            made = alphabet[number % len(alphabet)]
            return made.upper() if sign.isupper() else made

        return _SIGNS.sub(like, text)
