"""The record of one run, read back: what was asked over each connection, and what was said in answer."""

import http.client
import io
import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Exchange:
    method: str
    # Without its query.
    path: str
    asked: dict[str, str]
    status: int
    kind: str
    body: bytes
    # False when the client left before the end.
    whole: bool

    def events(self):
        """The JSON of each whole event of a stream, and whether the stream's end marker came."""
        found, ended = [], False
        # What stands after the last empty line was cut off when the client left.
        for block in self.body.replace(b"\r\n", b"\n").split(b"\n\n")[:-1]:
            lines = [line[5:].strip() for line in block.split(b"\n") if line.startswith(b"data:")]
            if not lines:
                continue
            if lines == [b"[DONE]"]:
                ended = True
            else:
                found.append(json.loads(b"\n".join(lines)))
        return found, ended


class Bytes(io.BytesIO):
    """Recorded bytes in the place of a socket, for http.client."""

    def makefile(self, _):
        return self

    def close(self):
        """Several answers follow one another on one connection."""


def exchanges(folder):
    """Every exchange below this folder, in the order of the connections."""
    for asked in sorted(folder.rglob("*.asked")):
        said = Bytes(asked.with_suffix(".said").read_bytes())
        for method, path, headers in requests(io.BytesIO(asked.read_bytes())):
            answer = read_answer(said, method)
            if answer is None:
                break
            yield Exchange(method, path.partition("?")[0], headers, *answer)


def requests(source):
    """Method, path and headers of each request on a connection; its body is read over."""
    while line := source.readline().decode("latin-1").strip():
        method, path, _ = line.split(" ", 2)
        headers = {name.lower(): value for name, value in http.client.parse_headers(source).items()}
        if "chunked" in headers.get("transfer-encoding", ""):
            read_chunks(source)
        else:
            source.read(int(headers.get("content-length", 0)))
        yield method, path, headers


def read_chunks(source):
    while (size := int(source.readline().split(b";")[0] or b"0", 16)) > 0:
        source.read(size + 2)
    source.readline()


def read_answer(said, method):
    """Status, media type, body and whether it was whole; nothing when no answer came."""
    response = http.client.HTTPResponse(said, method=method)
    try:
        response.begin()
    except (http.client.HTTPException, ConnectionError):
        return None
    whole = True
    try:
        body = response.read()
    except http.client.IncompleteRead as cut:
        body, whole = cut.partial, False
    kind = response.headers.get("content-type", "").partition(";")[0]
    return response.status, kind, body, whole
