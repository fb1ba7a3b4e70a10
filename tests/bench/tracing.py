#!/usr/bin/env python3
"""What tracing costs: the round trips of an echo pair, untraced and under `timeline`, in turn.

usage: SOCKETTOOL=build/sockettool python3 tests/bench/tracing.py [RUNS [ROUND-TRIPS]]

A server and a client in Python send 12 bytes back and forth; the client measures. Each run does it
untraced, traced, and traced with the wire captured; the medians are printed. A round trip is four
calls: send and recv at each end.
"""
import os
import socket
import statistics
import subprocess
import sys
import tempfile

PATIENCE = 120  # seconds for one run
CALLS = 4

SERVER = """
import socket, sys
with socket.create_server(('127.0.0.1', int(sys.argv[1]))) as s:
    print('listens', flush=True)
    c, _ = s.accept()
    while data := c.recv(1024):
        c.sendall(data)
"""
CLIENT = """
import socket, sys, time
s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
began = time.monotonic()
for _ in range(int(sys.argv[2])):
    s.sendall(b'Hello, world')
    s.recv(1024)
print('took', time.monotonic() - began)
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def took(text):
    return float(text.split("took ")[1].split()[0])


def untraced(folder, trips):
    port = str(free_port())
    with subprocess.Popen([sys.executable, folder + "/server.py", port], text=True,
                          stdout=subprocess.PIPE) as server:
        server.stdout.readline()
        client = subprocess.run([sys.executable, folder + "/client.py", port, str(trips)],
                                stdout=subprocess.PIPE, text=True, timeout=PATIENCE, check=True)
        server.wait(PATIENCE)
    return took(client.stdout)


def traced(folder, trips, *options):
    port = free_port()
    run = subprocess.run(
        [os.environ["SOCKETTOOL"], "timeline", *options,
         "--server", f"exec {sys.executable} {folder}/server.py {port}",
         "--client", f"exec {sys.executable} {folder}/client.py {port} {trips}"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        timeout=PATIENCE, check=True)
    return took(run.stderr)


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    trips = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    times = {"untraced": [], "traced": [], "traced, with the wire": []}
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("server", SERVER), ("client", CLIENT)):
            with open(f"{folder}/{name}.py", "w", encoding="utf-8") as file:
                file.write(text)
        for _ in range(runs):
            times["untraced"].append(untraced(folder, trips))
            times["traced"].append(traced(folder, trips, "--no-wire"))
            times["traced, with the wire"].append(traced(folder, trips))
    base = statistics.median(times["untraced"])
    print(f"medians of {runs} runs of {trips} round trips:")
    for name, values in times.items():
        median = statistics.median(values)
        more = (median - base) / trips / CALLS * 1e6
        print(f"{name}: {median / trips * 1e6:.1f} us a round trip, {median / base:.1f} times, "
              f"{more:.1f} us more a call")


main()
