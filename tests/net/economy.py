#!/usr/bin/env python3
"""Counts what a message costs the server, in units that do not depend on the machine's mood.

usage: economy.py calls|instructions

calls         system calls, counted by strace
instructions  instructions of the executable alone, counted by valgrind's callgrind: those of the C
              library depend on the processor

A client sends fixed messages, each when the one before has been answered. Two runs, one of twice as
many messages, are subtracted from each other, so that starting and stopping do not count. What was
counted must lie within 5 % of what is recorded here: a dearer message is a mistake or needs a
reason, and a cheaper one is recorded, so that it stays so.

The environment: SOCKETTOOL, the executable; COMPILER, what it was compiled by and how. Instructions
are recorded for each compiler; without a record, or without the tool, the status is 77 (skipped).
"""
import collections
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile

SKIPPED = 77
PATIENCE = 60  # seconds for anything
MESSAGES = 320
TOLERANCE = 0.05
MEMBERS = 10  # of the chat: one speaks
ROW = 16  # requests at once

CALLS = {
    "echo": 3,
    "calc": 3,
    "calc in rows": 3 / ROW,
    "chat": 2 + MEMBERS - 1,
    "datagram": 3,
    "daytime": 6,
}

INSTRUCTIONS = {
    "GNU 12.2.0 x86_64 -U_FORTIFY_SOURCE": {
        "echo": 790,
        "calc": 1409,
        "calc in rows": 678,
        "chat": 6103,
        "datagram": 963,
    },
}


# --- The client. ---


def connect(port, kind=socket.SOCK_STREAM):
    peer = socket.socket(socket.AF_INET, kind)
    peer.settimeout(PATIENCE)
    peer.connect(("127.0.0.1", port))
    if kind == socket.SOCK_STREAM:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return peer


def expect(peer, text):
    received = b""
    while len(received) < len(text):
        piece = peer.recv(len(text) - len(received))
        if not piece:
            break
        received += piece
    if received != text:
        raise RuntimeError(f"{text!r} was expected, and {received!r} came")


def expect_end(peer, end):
    received = b""
    while not received.endswith(end):
        piece = peer.recv(65536)
        if not piece:
            raise RuntimeError(f"{end!r} was expected, and {received!r} came")
        received += piece


def echo(port, count):
    peer = connect(port)
    for _ in range(count):
        peer.sendall(b"x" * 64)
        expect(peer, b"x" * 64)


def calc(port, count, row=1):
    peer = connect(port)
    peer.sendall(b"somebody\n")
    for _ in range(count // row):
        peer.sendall(b"12 + 34\n" * row)
        expect(peer, b"46.0\n" * row)


def calc_in_rows(port, count):
    calc(port, count, ROW)


def chat(port, count):
    members = []
    for number in range(MEMBERS):
        peer = connect(port)
        peer.sendall(b"m%d\n" % number)
        expect_end(peer, b".\n")
        for other in members:
            expect(other, b"m%d has joined the chat.\n" % number)
        members.append(peer)
    for _ in range(count):
        members[0].sendall(b"x" * 64 + b"\n")
        for other in members[1:]:
            expect(other, b"m0: " + b"x" * 64 + b"\n")


def datagram(port, count):
    peer = connect(port, socket.SOCK_DGRAM)
    for _ in range(count):
        peer.send(b"x" * 64)
        if peer.recv(100) != b"x" * 64:
            raise RuntimeError("another datagram came back")


def daytime(port, count):
    for _ in range(count):
        peer = connect(port)
        while peer.recv(1000):
            pass
        peer.close()


WORK = {
    "echo": (["echo"], echo),
    "calc": (["calc"], calc),
    "calc in rows": (["calc"], calc_in_rows),
    "chat": (["chat"], chat),
    "datagram": (["echo", "--udp"], datagram),
    "daytime": (["daytime"], daytime),
}


# --- The server, watched. ---


def run(watcher, name, count):
    """Serves the work's messages under the watcher."""
    arguments, client = WORK[name]
    ready, tell = os.pipe()
    command = watcher + [os.environ["SOCKETTOOL"], "serve"] + arguments + [
        "--host", "127.0.0.1", "--port", "0", "--quiet", "--ready-fd", str(tell)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, pass_fds=[tell], text=True,
                              start_new_session=True)
    try:
        os.close(tell)
        os.read(ready, 16)
        os.close(ready)
        listening = server.stdout.readline()
        client(int(re.search(r"127\.0\.0\.1:(\d+)", listening).group(1)), count)
        # strace goes on until the server has ended.
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(PATIENCE)
    finally:
        if server.poll() is None:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def count_calls(name, count, path):
    """How often each system call succeeded."""
    run(["strace", "-f", "-c", "-U", "calls,errors,name", "-o", path], name, count)
    calls = collections.Counter()
    for line in open(path, encoding="utf-8"):
        found = re.fullmatch(r"\s*(\d+)\s+(\d*)\s+(\w+)\s*", line)
        if found and found.group(3) != "total":
            calls[found.group(3)] += int(found.group(1)) - int(found.group(2) or 0)
    if name == "daytime":
        # Whether a caller's end and the next caller are seen together depends on the machine.
        calls.pop("epoll_wait", None)
    return calls


def count_instructions(name, count, path):
    """The instructions of each function of the executable."""
    run(["valgrind", "--quiet", "--tool=callgrind", "--compress-strings=no", "--compress-pos=no",
         "--callgrind-out-file=" + path], name, count)
    instructions = collections.Counter()
    executable = os.path.realpath(os.environ["SOCKETTOOL"])
    place = function = None
    inclusive = False  # the line after a call counts what the callee took
    for line in open(path, encoding="utf-8"):
        if line.startswith("ob="):
            place = line[3:].strip()
        elif line.startswith("fn="):
            function = line[3:].strip()
        elif line.startswith("calls="):
            inclusive = True
        elif line[0].isdigit():
            if not inclusive and os.path.realpath(place) == executable:
                instructions[function] += int(line.split()[1])
            inclusive = False
    return instructions


def measure(counter, name):
    """What a message takes: all in all, and of what."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "counts")
        once, twice = counter(name, MESSAGES, path), counter(name, 2 * MESSAGES, path)
    parts = {part: (twice[part] - once[part]) / MESSAGES for part in twice}
    return sum(parts.values()), parts


# --- The verdict. ---


def compare(what, counter, recorded):
    failures = 0
    for name, expected in recorded.items():
        total, parts = measure(counter, name)
        good = abs(total - expected) <= TOLERANCE * expected
        print(f"{'ok    ' if good else 'FAILED'} {name}: {total:.2f} {what} a message, "
              f"recorded {expected:.2f}", flush=True)
        if good:
            continue
        failures += 1
        for part, value in sorted(parts.items(), key=lambda item: -item[1])[:20]:
            if value >= 0.01:
                print(f"       {value:10.2f} {part}")
    if failures:
        print(f"{failures} of {len(recorded)} lie more than {TOLERANCE:.0%} off. If that is as "
              f"it should be, change the figures in {sys.argv[0]} and say why.")
    return 1 if failures else 0


def skip(why):
    print("skipped: " + why)
    sys.exit(SKIPPED)


def works(*command):
    try:
        return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              timeout=PATIENCE, check=False).returncode == 0
    except FileNotFoundError:
        return False


def main():
    if sys.argv[1:] == ["calls"]:
        if not works("strace", "-o", "/dev/null", "true"):
            skip("strace is not there, or may not trace")
        return compare("system calls", count_calls, CALLS)
    if sys.argv[1:] == ["instructions"]:
        if not works("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "true"):
            skip("valgrind is not there, or does not run")
        compiler = os.environ["COMPILER"]
        if compiler not in INSTRUCTIONS:
            skip(f"no figures are recorded for {compiler}")
        return compare("instructions", count_instructions, INSTRUCTIONS[compiler])
    print("usage: economy.py calls|instructions", file=sys.stderr)
    return 2


sys.exit(main())
