#!/usr/bin/env python3
"""Counts how often each account has come. Needs Python 3.9 or newer and no packages.

GET /visits answers the count, POST /visits adds one.
"""

import argparse
import http.client
import json
import re
import threading
import urllib.parse
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# What identity decides by. Nothing else of a visitor's request is sent on.
ASKED_WITH = ("Authorization", "Cookie", "Origin", "Sec-Fetch-Site", "X-Request-Id", "Traceparent")

# What a refusal says besides its body: how to sign in, when to ask again, and that a dead cookie is cleared.
REFUSED_WITH = ("Content-Type", "WWW-Authenticate", "Retry-After", "Set-Cookie")

BODY_BYTES_MAX = 1024


class Refused(Exception):
    """Identity's answer to a request without a session, which is also the answer to the visitor."""

    def __init__(self, status, headers, body):
        super().__init__(status)
        self.status, self.headers, self.body = status, headers, body


def account_of(identity, method, headers):
    """The id of the account that sent a request. Raises Refused, also when identity can't be asked.

    Identity is asked with the visitor's own method, because a cookie may change something only from a page of the same
    origin. Every request is asked about anew: a session that was ended is refused from then on.
    """
    connection = http.client.HTTPConnection(identity.hostname, identity.port, timeout=5)
    try:
        connection.putrequest(method, identity.path + "/authorize", skip_accept_encoding=True)
        for name in ASKED_WITH:
            for value in headers.get_all(name, []):
                connection.putheader(name, value)
        connection.putheader("Content-Length", "0")
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException):
        # Nobody knows, so nobody counts as signed out.
        raise Refused(503, [("Retry-After", "1")], b"") from None
    finally:
        connection.close()
    if answer.status != 200:
        kept = [(name, value) for name in REFUSED_WITH for value in answer.headers.get_all(name, [])]
        raise Refused(answer.status, kept, body)
    return answer.headers["identity-account-id"]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 10
    # Set by main().
    identity = None
    visits = Counter()
    lock = threading.Lock()

    def do_GET(self):
        self.respond(0)

    def do_POST(self):
        self.respond(1)

    def respond(self, more):
        if not self.discard_body():
            return
        if self.path != "/visits":
            return self.send(404, [], b"")
        try:
            account = account_of(self.identity, self.command, self.headers)
        except Refused as refused:
            return self.send(refused.status, refused.headers, refused.body)
        with self.lock:
            self.visits[account] += more
            count = self.visits[account]
        self.send(200, [("Content-Type", "application/json")], json.dumps({"visits": count}).encode())

    def discard_body(self):
        """Reads a body, so that the connection can serve the next request. A large one ends the connection."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not re.fullmatch("[0-9]{1,4}", length) or int(length) > BODY_BYTES_MAX:
            self.close_connection = True
            self.send(413, [("Connection", "close")], b"")
            return False
        self.rfile.read(int(length))
        return True

    def send(self, status, headers, body):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        # The answer is about one account, so nobody may keep it.
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)


def main():
    parser = argparse.ArgumentParser(description="Counts how often each account has come.")
    parser.add_argument("--port", type=int, default=3001, help="where to listen on 127.0.0.1 (default: %(default)s)")
    parser.add_argument("--identity", type=urllib.parse.urlsplit, default=urllib.parse.urlsplit("http://127.0.0.1:8080"),
                        help="where identity is (default: http://127.0.0.1:8080)")
    options = parser.parse_args()
    Handler.identity = options.identity
    with ThreadingHTTPServer(("127.0.0.1", options.port), Handler) as server:
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
