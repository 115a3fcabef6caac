#!/usr/bin/env python3
"""An HTTP key-value service in memory, for the tests of the adapter in this folder.

    GET    /v1/NAMESPACE?prefix=P&after=NAME   one page: {"items": [{"name": …, "etag": …}], "next": NAME or null}
    GET    /v1/NAMESPACE/NAME                  the bytes, with their ETag
    PUT    /v1/NAMESPACE/NAME                  stores the bytes; If-None-Match: * creates, If-Match: ETAG replaces
    DELETE /v1/NAMESPACE/NAME                  deletes; If-Match: ETAG

Every request needs `Authorization: Bearer TOKEN`. The first line of output is the address.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from urllib.parse import parse_qs, unquote, urlsplit

PAGE_SIZE = 50
MAX_NAME = 200  # characters, printable ASCII
MAX_VALUE = 32_768  # bytes


class Service:
    """The stored secrets, and the faults to produce."""

    def __init__(self, token: str, rate: int | None, faults: int, seed: int) -> None:
        self.token = token
        self.lock = threading.Lock()
        self.secrets: dict[tuple[str, str], tuple[bytes, str]] = {}
        self.etags = count(1)
        self.rate = rate
        self.second, self.calls = 0, 0
        self.faults = faults
        self.random = random.Random(seed)

    def is_over_rate(self) -> bool:
        """Counts one request; True if it is one too many in this second."""
        if self.rate is None:
            return False
        second = int(time.monotonic())
        if second != self.second:
            self.second, self.calls = second, 0
        self.calls += 1
        return self.calls > self.rate

    def fault(self) -> str | None:
        """Whether this request fails: "before" the service acts on it, "after", or not at all."""
        if self.random.randrange(100) >= self.faults:
            return None
        return self.random.choice(["before", "after"])


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # sends headers and body together
    service: Service

    def handle_method(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length)
        if self.headers.get("Authorization") != f"Bearer {self.service.token}":
            return self.answer(401)
        with self.service.lock:
            if self.service.is_over_rate():
                return self.answer(429, headers={"Retry-After": "1"})
            fault = self.service.fault()
            status, content, headers = (500, b"", {}) if fault == "before" else self.act(body)
        if fault is not None:
            return self.answer(500)
        self.answer(status, content, headers)

    do_GET = do_PUT = do_DELETE = handle_method

    def act(self, body: bytes) -> tuple[int, bytes, dict[str, str]]:
        """Carries the request out: status, body and headers of the answer."""
        url = urlsplit(self.path)
        parts = url.path.split("/")
        if len(parts) not in (3, 4) or parts[:2] != ["", "v1"] or not parts[2]:
            return 404, b"", {}
        namespace = parts[2]
        if len(parts) == 3:
            return self.list(namespace, parse_qs(url.query)) if self.command == "GET" else (405, b"", {})
        try:
            name = unquote(parts[3], errors="strict")
        except UnicodeDecodeError:
            return 400, b"", {}
        if not name or len(name) > MAX_NAME or not (name.isascii() and name.isprintable()):
            return 400, b"", {}
        stored = self.service.secrets.get((namespace, name))
        if self.command == "GET":
            if stored is None:
                return 404, b"", {}
            return 200, stored[0], {"ETag": stored[1], "Content-Type": "application/octet-stream"}
        return self.change((namespace, name), stored, body)

    def change(
        self, key: tuple[str, str], stored: tuple[bytes, str] | None, body: bytes
    ) -> tuple[int, bytes, dict[str, str]]:
        """PUT and DELETE. As RFC 9110 requires, `If-Match` on an absent name is 412 and not 404."""
        expected = self.headers.get("If-Match")
        if expected is not None and (stored is None or expected not in ("*", stored[1])):
            return 412, b"", {}
        if self.command == "DELETE":
            return (204, b"", {}) if self.service.secrets.pop(key, None) else (404, b"", {})
        if self.headers.get("If-None-Match") == "*" and stored is not None:
            return 412, b"", {}
        if len(body) > MAX_VALUE:
            return 413, b"", {}
        etag = f'"{next(self.service.etags)}"'
        self.service.secrets[key] = (body, etag)
        return (200 if stored else 201), b"", {"ETag": etag}

    def list(self, namespace: str, query: dict[str, list[str]]) -> tuple[int, bytes, dict[str, str]]:
        """One page of names, in order."""
        prefix = query.get("prefix", [""])[0]
        after = query.get("after", [""])[0]
        names = sorted(
            name
            for space, name in self.service.secrets
            if space == namespace and name.startswith(prefix) and name > after
        )
        page = names[:PAGE_SIZE]
        items = [{"name": name, "etag": self.service.secrets[namespace, name][1]} for name in page]
        following = page[-1] if len(names) > PAGE_SIZE else None
        body = json.dumps({"items": items, "next": following}).encode()
        return 200, body, {"Content-Type": "application/json"}

    def answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Writes no log."""


class Server(ThreadingHTTPServer):
    """Answers each connection in its own thread."""

    daemon_threads = True
    request_queue_size = 128


def main() -> None:
    parser = argparse.ArgumentParser(description="An HTTP key-value service in memory. The token is KV_TOKEN.")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 [default: a free one]")
    parser.add_argument("--rate", type=int, help="requests per second; more are answered with 429 [default: any]")
    parser.add_argument("--faults", type=int, default=0, help="percentage of requests answered with 500 [default: 0]")
    parser.add_argument("--seed", type=int, default=1, help="seed that decides which requests fail [default: 1]")
    options = parser.parse_args()
    Handler.service = Service(os.environ["KV_TOKEN"], options.rate, options.faults, options.seed)
    server = Server(("127.0.0.1", options.port), Handler)
    print(f"http://127.0.0.1:{server.server_port}/v1", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
