"""A service of gRPC that says two things at once, breaks off, or breaks the rules: each request is what a client of gRPC
would have made of its answer, and what nobody can tell is unknown."""

import csv
import pathlib

import runner
from frames import (CONTINUATION, DATA, END, END_HEADERS, HEADERS, INTERNAL_ERROR, NO, PADDED, PROTO, PUSH,
                    REFUSED_STREAM, YES, Service, answer, data, fields, frame, goaway, head, message, reset, status, trailers)

SCENARIO = """name: lies
limit: 1000
stack: {{redis: none, postgres: none, kafka: none}}
request:
  url: "http://127.0.0.1:{port}"
  grpc: {{service: lies.Shop, method: Buy, proto: lies.proto, message: {{user: "{{{{user}}}}"}}}}
  streams: 1
  timeout: 20s
responses: {{accepted: {{grpc: OK, json: {{/user: "{{{{user}}}}"}}}}, rejected: {{grpc: FAILED_PRECONDITION}}}}
load: [{load}]
"""
COPIES = 4  # of each lie
WAYS = {"held": "burst: {{requests: {n}, gate: one-write}}", "not held": "burst: {{requests: {n}, gate: none}}",
        "one after the other": "closed: {{requests: {n}, connections: 4}}"}


def whole(s, u, *head_says, end):
    return head(s, *head_says) + data(s, message(u)) + trailers(s, *end)


def pieces(s, u):
    return head(s) + b"".join(data(s, bytes([byte])) for byte in message(u)) + trailers(s, status(YES))


def continued(s, u):
    block = fields((":status", "200"), ("content-type", "application/grpc"))
    return (frame(HEADERS, 0, s, block[:5]) + frame(CONTINUATION, END_HEADERS, s, block[5:]) + data(s, message(u)) +
            frame(HEADERS, END, s) + frame(CONTINUATION, END_HEADERS, s, fields(status(NO))))


def compressed(u):
    return message(u, b"\1\0\0\0\2")


# What is said to a request on stream s by user u, and what it comes to.
LIES = {
    "a yes": (answer, "accepted"),
    "a no": (lambda s, u: answer(s, u, NO), "rejected"),
    "a yes in its head, and a no behind": (lambda s, u: whole(s, u, status(YES), end=[status(NO)]), "rejected"),
    "a no in its head, and a yes behind": (lambda s, u: whole(s, u, status(NO), end=[status(YES)]), "accepted"),
    "a yes in its head, and nothing behind": (lambda s, u: head(s, status(YES)) + data(s, message(u), END), "unknown"),
    "a no in its head, and nothing behind": (lambda s, u: head(s, status(NO)) + data(s, message(u), END), "unknown"),
    "a yes in its head, and other trailers": (lambda s, u: whole(s, u, status(YES), end=[("x-more", "1")]), "unknown"),
    "a yes, and no message": (lambda s, u: head(s, status(YES), flags=END_HEADERS | END), "unknown"),
    "a yes and a no": (lambda s, u: whole(s, u, end=[status(YES), status(NO)]), "unknown"),
    "a no and a yes": (lambda s, u: whole(s, u, end=[status(NO), status(YES)]), "unknown"),
    "a message, and no status": (lambda s, u: head(s) + data(s, message(u), END), "unknown"),
    "a yes in capitals": (lambda s, u: whole(s, u, end=[("Grpc-Status", YES)]), "unknown"),
    "two messages": (lambda s, u: head(s) + data(s, 2 * message(u)) + trailers(s, status(YES)), "unknown"),
    "a message that is compressed": (lambda s, u: head(s) + data(s, compressed(u)) + trailers(s, status(YES)), "unknown"),
    "half a message": (lambda s, u: head(s) + data(s, message(u)[:-1]) + trailers(s, status(YES)), "unknown"),
    "bytes one by one": (pieces, "accepted"),
    "a yes behind a padded message": (lambda s, u: head(s) + data(s, b"\3" + message(u) + b"\0\0\0", PADDED) +
                                      trailers(s, status(YES)), "accepted"),
    "a no in a continuation": (continued, "rejected"),
    "an interim yes, and a no": (lambda s, u: head(s, status(YES), http="103") + answer(s, u, NO), "rejected"),
    "an interim no, and a yes": (lambda s, u: head(s, status(NO), http="103") + answer(s, u), "accepted"),
    "a yes, and a reset": (lambda s, u: answer(s, u) + reset(s, INTERNAL_ERROR), "accepted"),
    "a yes that is refused afterwards": (lambda s, u: answer(s, u) + reset(s, REFUSED_STREAM), "accepted"),
    "a reset instead of a status": (lambda s, u: head(s) + data(s, message(u)) + reset(s, INTERNAL_ERROR), "unknown"),
    "a good end instead of a status": (lambda s, u: head(s) + data(s, message(u)) + reset(s, 0), "unknown"),
    "refused behind its head": (lambda s, u: head(s) + reset(s, REFUSED_STREAM), "unknown"),
    "refused": (lambda s, u: reset(s, REFUSED_STREAM), "failed"),
    "a yes, and then a no": (lambda s, u: answer(s, u) + answer(s, u, NO), "accepted"),
    "a no, and then a yes": (lambda s, u: answer(s, u, NO) + answer(s, u), "rejected"),
    "a yes on a stream of nobody": (lambda s, u: answer(s + 2, u), "unknown"),
    "a pushed yes": (lambda s, u: frame(PUSH, END_HEADERS, s, (2).to_bytes(4, "big")), "unknown"),
    "a yes, and gone before it": (lambda s, u: answer(s, u) + goaway(max(s - 2, 0)), "accepted"),
    "gone before it": (lambda s, u: goaway(max(s - 2, 0)), "failed"),
    "its head, and gone before it": (lambda s, u: head(s) + goaway(max(s - 2, 0)), "unknown"),
    "gone behind it, and then before it": (lambda s, u: goaway(s) + head(s) + goaway(max(s - 2, 0)), "unknown"),
    "trailers that are not the end": (lambda s, u: head(s) + data(s, message(u)) +
                                      frame(HEADERS, END_HEADERS, s, fields(status(YES))), "unknown"),
    "a front that is away": (lambda s, u: frame(HEADERS, END_HEADERS | END, s, fields((":status", "503"))), "unknown"),
    "a page": (lambda s, u: frame(HEADERS, END_HEADERS, s, fields((":status", "200"), ("content-type", "text/html"))) +
               data(s, b"<html>", END), "unknown"),
    "a length that is not so": (lambda s, u: head(s, ("content-length", "99")) + data(s, message(u)) +
                                trailers(s, status(YES)), "unknown"),
}
NAMES = list(LIES)


def lie_of(user):
    return NAMES[(user - 1) % len(NAMES)]


def judged(way):
    """{user: (class, cause)} of one run."""
    with Service(lambda stream, user: LIES[lie_of(user)][0](stream, user)) as liar, runner.Bench("lies") as bench:
        (bench.path / "lies.proto").write_text(PROTO)
        load = WAYS[way].format(n=COPIES * len(NAMES))
        (bench.path / "lies.yaml").write_text(SCENARIO.format(port=liar.port, load=load))
        done = bench.run("--quiet", bench.path / "lies.yaml")
        assert done.dir, done
        with open(pathlib.Path(done.dir) / "history.csv", encoding="utf-8") as file:
            return {int(row["user"]): (row["outcome"], row["cause"]) for row in csv.DictReader(file)}


def judge(way):
    seen = judged(way)
    assert len(seen) == COPIES * len(NAMES), len(seen)
    wrong = {f"{lie_of(user)}: {cls}, {cause}, not {LIES[lie_of(user)][1]}" for user, (cls, cause) in seen.items()
             if cls != LIES[lie_of(user)][1]}
    assert not wrong, "\n".join(sorted(wrong))
