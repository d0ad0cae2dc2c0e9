#!/usr/bin/env python3
"""Counts the instructions that the router takes for a request, which other work on the machine does not disturb.

    RUSTFLAGS="--cfg rustix_use_libc" CARGO_PROFILE_RELEASE_STRIP=none cargo build --release -p potluck
    crates/potluck/benches/count.py target/release/potluck                # whole answers
    crates/potluck/benches/count.py target/release/potluck --stream 20    # streams of so many texts
    crates/potluck/benches/count.py target/release/potluck --out counted  # for callgrind_annotate

Needs valgrind, which hides the vDSO: hence the flag, without which the program looks for it in vain. The router runs as in the
benchmark `gateway`: on one core, on its defaults, before an upstream that answers at once. Only user space is counted.
"""
import argparse
import asyncio
import glob
import json
import os
import re
import signal
import subprocess
import tempfile

WORDS = [" every", " free", " model", " brings", " a", " dish", " to", " share"]
PROVIDER = """dialect = "openai"
base_url = "http://{address}/v1"
concurrency = 1024
[auth]
keyless = true
[[models]]
id = "tiny"
family = "tiny"
context = 131072
max_output = 4096
input = ["text"]
output = ["text"]
features = ["tools", "json_object"]
"""


def options():
    parser = argparse.ArgumentParser(description="counts instructions a request")
    parser.add_argument("program", help="potluck, built for valgrind")
    parser.add_argument("--requests", type=int, default=500)
    parser.add_argument("--warm", type=int, default=200, help="requests that are not counted")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--stream", type=int, default=0, metavar="TEXTS")
    parser.add_argument("--state", default=":memory:", help="a file: the journal is kept too, by a thread of its own")
    parser.add_argument("--out", help="where the counts by function go")
    return parser.parse_args()


def usage(texts):
    return {"prompt_tokens": 150, "completion_tokens": texts, "total_tokens": 150 + texts}


def answer(texts):
    """A whole answer of about 600 bytes, or a stream in one write."""
    envelope = {"id": "chatcmpl-simulated-0123456789abcdef", "created": 1767225600, "model": "tiny"}
    if not texts:
        said = "".join(WORDS[at % 8] for at in range(46))
        message = {"role": "assistant", "content": said, "refusal": None, "annotations": []}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        body = json.dumps(envelope | {"object": "chat.completion", "choices": [choice], "usage": usage(46)}).encode()
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        return head.encode() + body
    envelope["object"] = "chat.completion.chunk"
    deltas = [{"role": "assistant", "content": ""}] + [{"content": WORDS[at % 8]} for at in range(texts)] + [{}]
    ends = [None] * (texts + 1) + ["stop"]
    events = [envelope | {"choices": [{"index": 0, "delta": d, "finish_reason": e}]} for d, e in zip(deltas, ends)]
    events.append(envelope | {"choices": [], "usage": usage(texts)})
    lines = [f"data: {json.dumps(event, separators=(',', ':'))}\n\n" for event in events] + ["data: [DONE]\n\n"]
    chunks = "".join(f"{len(line):x}\r\n{line}\r\n" for line in lines) + "0\r\n\r\n"
    return b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n" + chunks.encode()


def question(address, texts):
    body = {"messages": [{"role": "user", "content": ("The pot on the long table holds what every neighbour could spare. " * 9)}]}
    if texts:
        body |= {"stream": True, "stream_options": {"include_usage": True}}
    body = json.dumps(body | {"model": "free", "temperature": 0.7, "max_tokens": 1000}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def read(reader):
    """One message: its first line. Its body is read to its end."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = re.search(rb"content-length: (\d+)", head)
    if length:
        await reader.readexactly(int(length.group(1)))
    while not length and b"chunked" in head:
        size = int((await reader.readline()).strip(), 16)
        await reader.readexactly(size + 2)
        if size == 0:
            break
    return head.split(b"\r\n", 1)[0]


def start(asked, folder, upstream):
    os.mkdir(f"{folder}/providers")
    with open(f"{folder}/providers/simulated.toml", "w") as file:
        file.write(PROVIDER.format(address=upstream))
    with open(f"{folder}/potluck.toml", "w") as file:
        file.write("[catalog]\nbuiltin = false\nlocal = false\n")
    clean = {name: value for name, value in os.environ.items() if not name.startswith("POTLUCK_")}
    core = str(min(os.sched_getaffinity(0)))
    valgrind = ["valgrind", "-q", "--tool=callgrind", "--separate-threads=yes", f"--callgrind-out-file={folder}/counted"]
    serve = ["serve", "--config", f"{folder}/potluck.toml", "--bind", "127.0.0.1:0", "--state", asked.state]
    command = ["taskset", "-c", core, *valgrind, asked.program, *serve, "--providers", f"{folder}/providers"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=clean)
    told = re.search(r"http://(\S+)", process.stdout.readline())
    if not told:
        raise SystemExit("potluck did not start: was it built with --cfg rustix_use_libc?")
    return process, told.group(1)


async def count(asked, folder):
    said = answer(asked.stream)

    async def talk(reader, writer):
        try:
            while await read(reader):
                writer.write(said)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    upstream = "{}:{}".format(*server.sockets[0].getsockname())
    process, address = start(asked, folder, upstream)
    asks, host = question(address, asked.stream), address.split(":")
    connections = [await asyncio.open_connection(*host) for _ in range(asked.connections)]

    async def run(requests):
        left = iter(range(requests))

        async def work(reader, writer):
            for _ in left:
                writer.write(asks)
                status = await read(reader)
                assert b" 200 " in status, status

        await asyncio.gather(*[work(*connection) for connection in connections])

    def tell(word):
        subprocess.run(["callgrind_control", word, str(process.pid)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    await run(asked.warm)
    tell("-z")
    await run(asked.requests)
    tell("-d")
    process.send_signal(signal.SIGTERM)
    await asyncio.to_thread(process.wait)


def main():
    asked = options()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(count(asked, folder))
        for path in sorted(glob.glob(f"{folder}/counted.1-*")):
            with open(path) as file:
                text = file.read()
            each = int(re.search(r"^totals: (\d+)", text, re.M).group(1)) / asked.requests
            print(f"thread {path[-2:]}: {each:,.0f} instructions a request")
            if asked.out and path.endswith("-01"):
                with open(asked.out, "w") as file:
                    file.write(text)


if __name__ == "__main__":
    main()
