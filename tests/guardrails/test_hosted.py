"""A hosted classifier, asked over a real socket."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from interlock.guardrails import Hooked, Piece, Request, ask
from interlock.guardrails.hosted import hosted
from interlock.outgoing import Outgoing

REQUEST = Request("refunds", "support-agent", "refund A-1009", [Piece("message 0, user", "caf\u00e9", True)])


class Service:
    """Answers each POST with what the test put there, and keeps what it was asked."""

    def __init__(self) -> None:
        self.answer: tuple[int, bytes] = (200, b"{}")
        self.asked: list[Any] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                service.asked.append((self.path, self.headers["x-key"], json.loads(body)))
                status, text = service.answer
                self.send_response(status)
                self.send_header("location", "/elsewhere")
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture(name="service")
def _service() -> Iterator[Service]:
    service = Service()
    thread = threading.Thread(target=service.server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield service
    finally:
        service.server.shutdown()
        thread.join()
        service.server.server_close()


def judged(service: Service, listed: str = "") -> list[tuple[str, str]]:
    """Return verdict and sentence of what the service's word became."""
    outgoing = Outgoing([listed or service.url], networks=["127.0.0.0/8"], seconds=5)
    hook = hosted(f"{service.url}/check?v=1", outgoing, {"x-key": "k"})
    found = ask([Hooked("moderation", 20, "ask")], {"moderation": hook}, REQUEST)
    return [(finding.verdict, finding.excerpt) for finding in found]


def test_the_answers_verdict_counts_and_the_request_has_every_text(service: Service) -> None:
    """The service is asked once, with texts and sources, and its word is the finding."""
    service.answer = 200, b'{"verdict": "block", "why": "a threat"}'
    assert judged(service) == [("block", "a threat")]
    texts = [{"source": "message 0, user", "text": "caf\u00e9", "outside": True}]
    said = {"agent": "refunds", "role": "support-agent", "goal": "refund A-1009", "texts": texts}
    assert service.asked == [("/check?v=1", "k", said)]


@pytest.mark.parametrize(
    "answer",
    [(500, b"{}"), (302, b"{}"), (200, b"no"), (200, b"[]"), (200, b"{}"), (200, b'{"verdict": "fine"}')],
)
def test_anything_but_a_verdict_counts_as_failed(service: Service, answer: tuple[int, bytes]) -> None:
    """Errors, redirects and nonsense have the declared default, and nothing is followed."""
    service.answer = answer
    assert [verdict for verdict, _ in judged(service)] == ["ask"]
    assert len(service.asked) == 1


def test_a_place_that_is_not_listed_is_not_called(service: Service) -> None:
    """Where the list has another place nothing is sent at all."""
    ((verdict, why),) = judged(service, "http://127.0.0.1:9")
    assert (verdict, service.asked) == ("ask", [])
    assert "not on the list" in why
