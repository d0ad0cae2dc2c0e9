"""A record of what a server said: a loopback listener that passes every byte on, both ways, and keeps a copy.

It changes nothing and understands nothing, so what a client sees through it is what the server wrote; harness.http reads
the copies afterwards.
"""

import contextlib
import socket
import threading
from pathlib import Path
from urllib.parse import urlsplit

BLOCK = 65536


@contextlib.contextmanager
def recorded(address, folder):
    """Yields an address that stands for this one; each connection leaves NUMBER.asked and NUMBER.said in the folder."""
    folder = Path(folder)
    folder.mkdir(parents=True)
    there = urlsplit(address)
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    threading.Thread(
        target=accept, args=(listener, (there.hostname, there.port), folder), daemon=True
    ).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()


def accept(listener, there, folder):
    number = 0
    # Closing the listener ends the loop.
    with contextlib.suppress(OSError):
        while True:
            client, _ = listener.accept()
            number += 1
            name = folder / f"{number:05}"
            try:
                server = socket.create_connection(there)
            except OSError:
                client.close()
                continue
            for source, sink, kind in ((client, server, "asked"), (server, client, "said")):
                copy = name.with_suffix(f".{kind}").open("wb", buffering=0)
                threading.Thread(target=pass_on, args=(source, sink, copy), daemon=True).start()


def pass_on(source, sink, copy):
    """Copy until the source ends, then end the sink's side too; a peer that is gone ends both."""
    source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with copy:
        try:
            while block := source.recv(BLOCK):
                copy.write(block)
                sink.sendall(block)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            for each in (source, sink):
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
