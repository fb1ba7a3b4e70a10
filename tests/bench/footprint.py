"""What echo servers cost besides time: system calls, memory, and how long they take to start."""
import os
import shutil
import subprocess
import tempfile

import load
import page
import processes
import subjects
import tables
from processes import Failure

# How many idle connections are made where 10,000 are too many: of select for its descriptors, of
# others for their processes and short queues of callers.
IDLE = {"iterative": 0, "select": 1000, "threads": 1000, "the reference with threads": 1000,
        "fork": 100, "xinetd": 50, "socat": 50, "ncat": 8}


# --- System calls. ---

def calls_a_message(arguments, pipeline):
    """System calls for each of the messages of 50 connections, as strace counts them; the few that
    starting takes are among them."""
    count = 20000 * pipeline
    traced = ["strace", "-f", "-c", "-o", "{folder}/calls", *arguments["command"]]
    with processes.Server(**{**arguments, "command": traced}) as server:
        load.count(server, "echo", count, 50, pipeline)
        server.stop()
        with open(os.path.join(server.folder, "calls"), encoding="utf-8") as file:
            # % time, seconds, microseconds a call, calls, errors if any, "total"
            total = [line.split() for line in file if line.endswith(" total\n")]
    if not total:
        raise Failure("strace counted nothing")
    return int(total[0][3]) / count


def kernel_share(arguments):
    """The part of a server's time that it spends in the kernel, with 50 connections."""
    with processes.Server(**arguments) as server:
        before = server.user_and_system()
        load.bench(server, "echo", 1.5, 50, 64)  # long enough for counting ticks
        user, system = (b - a for a, b in zip(before, server.user_and_system()))
        return system / (user + system)


def make_calls(_, record):
    """System calls a message of the servers that are one process. Returns the table's lines."""
    notes, rows = [], []
    for name, arguments in tables.echo_table().servers.items():
        if name in ("iterative", "fork", "xinetd", "socat", "ncat"):
            continue
        page.say(f"calls: {name}")
        calls = [attempt(notes, name, calls_a_message, arguments, pipeline) for pipeline in (1, 16)]
        share = attempt(notes, name, kernel_share, arguments)
        record[f"calls {name}"] = (*calls, share)
        rows.append([tables.title(name)] +
                    ["—" if value is None else f"{value:.2f}" for value in calls] +
                    [f"{share * 100:.0f} %" if share else "—"])
    return page.markdown(["system calls a message", "50 × 64 B", "50 × 64 B × 16",
                          "time in the kernel"], rows) + page.remarks(notes)


# --- Start, memory, size. ---

def program_size(path):
    """Bytes of an executable without symbols."""
    path = os.path.realpath(path)
    with tempfile.TemporaryDirectory() as folder:
        stripped = os.path.join(folder, "stripped")
        if shutil.which("strip"):
            subprocess.run(["strip", "-o", stripped, path], check=False, stderr=subprocess.DEVNULL)
        return os.path.getsize(stripped if os.path.exists(stripped) else path)


def attempt(notes, name, function, *arguments):
    try:
        return function(*arguments)
    except (Failure, OSError) as failure:
        notes.append(f"{name}: {failure}")
        return None


def make_footprint(clock, record):
    """Start, memory and size of the echo servers. Returns the table's lines."""
    many = min(10000, processes.allow_descriptors() - 200)
    notes, rows = [], []
    for name, arguments in tables.echo_table().servers.items():
        if not arguments:
            continue
        page.say(f"footprint: {name}")
        count = IDLE.get(name, many)
        start = attempt(notes, name, load.first_answer, arguments, 15 if clock.rounds > 1 else 5)
        memory = attempt(notes, name, load.idle_memory, arguments, count) if count else None
        size = program_size(arguments["command"][0])
        record[f"footprint {name}"] = (start, memory, size)
        rows.append([tables.title(name), f"{start:.1f}" if start else "—",
                     f"{memory:,.0f} ({count:,})" if memory is not None else "—",
                     f"{size / 1024:,.0f}"])
    return page.markdown(["echo server", "first answer, ms", "bytes a connection (of)",
                          "executable, KiB"], rows) + page.remarks(notes)
