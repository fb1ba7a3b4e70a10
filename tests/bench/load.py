"""One measurement: a server, a generator beside it, and what came of it."""
import json
import os
import select
import socket
import statistics
import subprocess
import time

import processes
import subjects
from processes import Failure

WARMUP = 0.2  # seconds
PATIENCE = 60  # seconds that a generator may take besides measuring


def generate(server, command, duration):
    """Runs a generator that measures for so long, or to its own end if that is None. Returns what
    its one line of JSON tells, and the share of a processor that the server used meanwhile."""
    with processes.pinned(processes.LOAD_PROCESSOR):
        generator = processes.start_group(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                          text=True)
    try:
        share = watch(server, generator, duration or PATIENCE)
        output, errors = generator.communicate()
    finally:
        processes.end_group(generator)
    try:
        result = json.loads(output)
    except json.JSONDecodeError:
        raise Failure(errors.strip().splitlines()[-1] if errors.strip() else "no result") from None
    if generator.returncode != 0:
        raise Failure(fault(result, errors))
    return result, share


def fault(result, errors):
    """What went wrong, in a few words."""
    counted = ", ".join(f"{count} {name}" for name, count in result["faults"].items() if count)
    said = result.get("complaint") or errors.strip().split("\n")[-1]
    return "; ".join(text for text in (counted, said) if text) or "failed"


def watch(server, generator, duration):
    """Waits for the generator, which measures last of all. Returns the share of a processor that
    the server used in the middle of that time; None if that could not be seen."""
    samples, limit = [], time.monotonic() + duration + PATIENCE
    with os.fdopen(os.pidfd_open(generator.pid)) as ended:
        while not select.select([ended], [], [], duration / 4)[0]:
            samples.append((time.monotonic(), server.processor_time()))
            if time.monotonic() > limit:
                raise Failure("the generator did not end")
    end = time.monotonic()
    samples = [(moment, used) for moment, used in samples
               if 0.1 * duration <= end - moment <= 0.9 * duration]
    if len(samples) < 2:
        return None
    (begin, before), (end, after) = samples[0], samples[-1]
    return (after - before) / (end - begin)


def bench(server, protocol, duration, connections, size=None, pipeline=1, udp=False):
    """`sockettool bench`: messages a second, and microseconds of server time for each."""
    command = [subjects.own("sockettool"), "bench", protocol, "127.0.0.1", str(server.port),
               "--connections", str(connections), "--pipeline", str(pipeline),
               "--duration", f"{round(duration * 1000)}ms", "--warmup", f"{round(WARMUP * 1000)}ms",
               "--threads", "1", "--json"]
    command += ["--size", str(size)] if size else []
    command += ["--udp"] if udp else []
    result, share = generate(server, command, duration)
    if not result.get("rate"):
        raise Failure("nothing was answered")
    return result["rate"], share and share / result["rate"] * 1e6


def count(server, protocol, messages, connections, pipeline):
    """`sockettool bench` with so many messages, and no warm-up: for counting, not for timing."""
    generate(server, [subjects.own("sockettool"), "bench", protocol, "127.0.0.1",
                      str(server.port), "--connections", str(connections), "--pipeline",
                      str(pipeline), "--size", "64", "--count", str(messages), "--warmup", "0ms",
                      "--timeout", "30s", "--json"], None)


def fanout(server, dialect, duration, members, in_flight):
    """The fan-out generator: deliveries a second, and microseconds of server time for each."""
    command = [subjects.own("fanout"), dialect, str(server.port), "--members", str(members),
               "--in-flight", str(in_flight), "--seconds", f"{duration:.3f}",
               "--pid", str(server.leader.pid)]
    # Joining takes some servers seconds, so that fanout itself reads the server's clock.
    result, _ = generate(server, command, duration)
    return result["rate"], result["server_us_per_message"]


# --- The footprint of echo servers. ---

def converse(connection):
    connection.sendall(b"x")
    if connection.recv(1) != b"x":
        raise Failure("no echo")


def first_answer(arguments, times):
    """The median of the milliseconds from starting an echo server to its first answer."""
    spans = []
    for _ in range(times):
        server = processes.Server(**arguments)
        begin = time.monotonic()
        try:
            server.launch()
            while time.monotonic() - begin < processes.PATIENCE:
                try:
                    with socket.create_connection(("127.0.0.1", server.port)) as connection:
                        converse(connection)
                        spans.append((time.monotonic() - begin) * 1000)
                        break
                except OSError:
                    time.sleep(0.0002)
        finally:
            server.__exit__()
    return statistics.median(spans) if spans else None


def idle_memory(arguments, count):
    """Bytes of resident memory for each of so many idle connections to an echo server."""
    connections = []
    with processes.Server(**arguments) as server:
        try:
            with socket.create_connection(("127.0.0.1", server.port)) as connection:
                converse(connection)
            before = server.memory()
            for _ in range(count):
                connections.append(socket.create_connection(("127.0.0.1", server.port), 10))
            # Whoever is accepted last is answered last; models with threads need a look at more.
            for connection in connections[::100] + connections[-1:]:
                connection.settimeout(20)
                converse(connection)
            return (server.memory() - before) / count
        finally:
            for connection in connections:
                connection.close()
