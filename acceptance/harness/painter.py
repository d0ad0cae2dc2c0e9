"""A simulated image server: gradients as PNG, in OpenAI's shape, drawn by the standard library alone."""

import base64
import http.server
import json
import struct
import threading
import zlib
from contextlib import contextmanager

PROVIDER = """\
name = "paint (simulated)"
dialect = "openai"
simulated = true
base_url = "{base_url}"

[auth]
keyless = true

[[models]]
id = "brush"
family = "brush"
input = ["text", "image"]
output = ["image"]

[models.image]
sources = 4
masks = true
multiple_of = 8
usual_size = "256x256"
"""


def chunk(kind, data):
    """A chunk of a PNG."""
    return (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    )


def gradient(width, height):
    """A PNG, red from left to right and green from top to bottom."""
    rows = (
        b"\0" + b"".join(bytes((x * 255 // width, y * 255 // height, 90)) for x in range(width))
        for y in range(height)
    )
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"".join(rows))
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    )


class Painter(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        try:
            size = json.loads(body).get("size", "256x256")
        except ValueError:
            size = "256x256"  # a form
        width, height = map(int, size.split("x"))
        picture = base64.b64encode(gradient(width, height)).decode()
        said = json.dumps({"created": 1, "data": [{"b64_json": picture}]}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *words):
        """Says nothing: what was asked is recorded elsewhere."""


@contextmanager
def painting(folder):
    """The server, with its provider file in this folder."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Painter)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_address[1]}/v1"
    (folder / "paint.toml").write_text(PROVIDER.format(base_url=address))
    try:
        yield
    finally:
        server.shutdown()
