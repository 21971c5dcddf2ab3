#!/usr/bin/env python3
"""Random messages of random .proto files: what ours writes protoc reads, and the other way round. And a service that lies."""

import argparse
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "lib"))
sys.path.insert(0, str(HERE))
import lies  # noqa: E402
import shapes  # noqa: E402
import tap  # noqa: E402

DRIVE = pathlib.Path(os.environ["RUSHPROOF_BIN"]) / "message-drive"
EACH = 250  # messages of one .proto file


def run(command, data):
    done = subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[:500]
    return done.stdout


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def parts(data):
    """The messages of an All."""
    at, found = 0, []
    while at < len(data):
        tag, at = varint(data, at)
        assert tag == 10, tag
        length, at = varint(data, at)
        found.append(data[at:at + length])
        at += length
    return found


def whole(messages):
    out = bytearray()
    for message in messages:
        out.append(10)
        length = len(message)
        while length > 127:
            out.append(length & 127 | 128)
            length >>= 7
        out.append(length)
        out += message
    return bytes(out)


def same(ours, wanted):
    """As JSON, with numbers as they are read."""
    if isinstance(wanted, dict):
        return isinstance(ours, dict) and ours.keys() == wanted.keys() and all(same(ours[k], wanted[k]) for k in wanted)
    if isinstance(wanted, list):
        return isinstance(ours, list) and len(ours) == len(wanted) and all(map(same, ours, wanted))
    if isinstance(wanted, float):
        return isinstance(ours, (int, float)) and (ours == wanted or shapes.single(ours) == wanted)
    return type(ours) is type(wanted) and ours == wanted


def compare(seed, folder, count):
    draw = random.Random(seed)
    made = shapes.Shapes(draw)
    (folder / "t.proto").write_text(made.proto())
    protoc = ["protoc", f"-I{folder}"]
    run([*protoc, "--include_imports", f"--descriptor_set_out={folder / 't.pb'}", "t.proto"], b"")
    drawn = [made.message("Tree") for _ in range(count)]
    text = "\n".join(f"v {message}" for message, _, _ in drawn)
    theirs = run([*protoc, "--encode=test.All", "t.proto"], text.encode())
    pieces = parts(theirs)
    assert len(pieces) == count
    lines = run([DRIVE, folder / "t.pb", "test.Tree", "decode"], "".join(f"{piece.hex()}\n" for piece in pieces).encode())
    for line, (message, wanted, _) in zip(lines.decode().split("\n"), drawn):
        assert line[:1] != "!" and same(json.loads(line), wanted), f"{message}\nours   {line}\nwanted {json.dumps(wanted)}"
    asked = "".join(json.dumps(written, ensure_ascii=draw.random() < 0.5) + "\n" for _, _, written in drawn)
    lines = run([DRIVE, folder / "t.pb", "test.Tree", "encode"], asked.encode()).decode().split("\n")
    assert not any(line[:1] == "!" for line in lines), [line for line in lines if line[:1] == "!"][:3]
    ours = whole(bytes.fromhex(line) for line in lines[:count])
    read = [run([*protoc, "--decode=test.All", "t.proto"], data) for data in (ours, theirs)]
    if read[0] != read[1]:
        pairs = zip(read[0].decode().split("\n"), read[1].decode().split("\n"))
        raise AssertionError(f"ours, theirs: {[pair for pair in pairs if pair[0] != pair[1]][:3]}")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--messages", type=int, default=10000)
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options = options.parse_args()
    if not shutil.which("protoc"):
        tap.say("skipped: there is no protoc")
        sys.exit(77)
    count = tap.Tap()
    with tempfile.TemporaryDirectory() as folder:
        for at in range(max(1, options.messages // EACH)):
            seed = options.seed + at
            count.run(f"{EACH} messages of a .proto file, both ways (--seed={seed})", compare, seed,
                      pathlib.Path(folder), EACH)
    for way in lies.WAYS:
        count.run(f"a service that lies, {way}", lies.judge, way)
    count.end()


if __name__ == "__main__":
    main()
