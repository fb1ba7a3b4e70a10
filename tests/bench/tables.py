"""The tables of ratios: who does what, measured in turns.

At each point of a table the servers take turns, round after round; the ratio of a server to the
reference is taken within a round, and the table has the median of these ratios.
"""
import statistics

import load
import page
import processes
import subjects
from processes import Failure

REFERENCE = "the reference"

# Who serves one at a time; and whose queue of callers is so short that a thousand take a minute to
# get through, if they do.
SOLITARY = ("iterative",)
CROWDED = ("iterative", "ncat", "xinetd")


class Point:
    """A column of a table: what is done to each server."""

    def __init__(self, title, measure, leave_out=()):
        self.title = title
        self.measure = measure  # (server, name, duration) -> (rate, microseconds)
        self.leave_out = leave_out


class Table:
    def __init__(self, unit, servers, points):
        self.unit = unit
        self.servers = servers  # name -> arguments of Server, or None; the reference first
        self.points = points


# --- What is measured. ---

def echo_table():
    servers = {REFERENCE: subjects.reference("echo")}
    for model in subjects.MODELS:
        servers[model] = subjects.sockettool("echo", model)
    servers |= {"the reference with threads": subjects.reference("threads"),
                "libuv": subjects.libuv(), "libevent": subjects.libevent(),
                "xinetd": subjects.xinetd("echo"), "socat": subjects.socat(),
                "ncat": subjects.ncat()}

    def point(connections, size, pipeline):
        title = f"{connections:,} × {'64 KiB' if size == 65536 else f'{size} B'}"
        title += f" × {pipeline}" if pipeline > 1 else ""
        return Point(title,
                     lambda server, _, duration: load.bench(server, "echo", duration, connections,
                                                            size, pipeline),
                     leave_out=CROWDED if connections == 1000 else SOLITARY if connections > 1
                     else ())
    points = [point(connections, 64, pipeline)
              for connections in (1, 50, 1000) for pipeline in (1, 16)]
    return Table("messages a second", servers, points + [point(50, 65536, 1)])


def calc_table():
    servers = {REFERENCE: subjects.reference("calc")}
    for model in ("epoll", "uring", "threads"):
        servers[model] = subjects.sockettool("calc", model)

    def point(connections, pipeline):
        return Point(f"{connections:,} × {pipeline}",
                     lambda server, _, duration: load.bench(server, "calc", duration, connections,
                                                            pipeline=pipeline))
    return Table("sums a second", servers,
                 [point(connections, pipeline) for connections in (50, 1000)
                  for pipeline in (1, 16)])


def visit_table():
    servers = {REFERENCE: subjects.reference("visit")}
    for model in ("epoll", "uring", "threads", "fork"):
        servers[model] = subjects.sockettool("daytime", model)
    servers |= {"xinetd": subjects.xinetd("daytime"), "nginx": subjects.nginx()}

    def point(connections):
        return Point(f"{connections} at a time",
                     lambda server, _, duration: load.bench(server, "daytime", duration,
                                                            connections))
    return Table("connections a second", servers,
                 [point(connections) for connections in (1, 50, 500)])


def udp_table():
    servers = {REFERENCE: subjects.reference("udp")}
    for model in ("epoll", "uring"):
        servers[model] = subjects.sockettool("echo", model, "--udp")

    def point(connections, pipeline):
        return Point(f"{connections} × {pipeline}",
                     lambda server, _, duration: load.bench(server, "echo", duration, connections,
                                                            64, pipeline, udp=True))
    return Table("datagrams a second", servers, [point(1, 1), point(50, 1), point(50, 16)])


def room_table():
    dialects = {"Redis": "redis", "NATS": "nats", "ngircd": "irc"}
    servers = {REFERENCE: subjects.reference("room")}
    for model in ("epoll", "uring"):
        servers[model] = subjects.sockettool("chat", model)
    servers |= {"Redis": subjects.redis(), "NATS": subjects.nats(), "ngircd": subjects.ngircd()}

    def point(members, in_flight):
        return Point(f"1 to {members:,}, {in_flight} in flight",
                     lambda server, name, duration: load.fanout(server, dialects.get(name, "line"),
                                                                duration, members, in_flight))
    return Table("deliveries a second", servers,
                 [point(members, in_flight) for members in (100, 1000) for in_flight in (1, 64)])


TABLES = {"echo": echo_table, "calc": calc_table, "visit": visit_table, "udp": udp_table,
          "room": room_table}


# --- Measuring. ---

def measure_once(table, point, name, clock, notes):
    """One round of one server: (rate, microseconds), or None."""
    try:
        with processes.Server(**table.servers[name]) as server:
            return point.measure(server, name, clock.duration)
    except Failure as failure:
        if not any(note.startswith(f"{name}, {point.title}:") for note in notes):
            notes.append(f"{name}, {point.title}: {failure}")
        return None


def measure_point(table, point, clock, notes):
    """Returns for each server a result for each round. Whoever fails twice is left in peace."""
    results = {name: [] for name, arguments in table.servers.items()
               if arguments and name not in point.leave_out}
    for number in range(clock.rounds):
        if number and clock.is_over():
            break
        for name, rounds in results.items():
            given_up = rounds.count(None) >= 2
            rounds.append(None if given_up else measure_once(table, point, name, clock, notes))
    return results


def ratio(results, name):
    """The median of a server's ratios to the reference at a point, or None."""
    pairs = zip(results.get(name, []), results.get(REFERENCE, []))
    ratios = [mine[0] / yours[0] for mine, yours in pairs if mine and yours]
    return statistics.median(ratios) if ratios else None


def cell(results, name):
    """What a table says of a server at a point: the reference's rate, or the ratio to it."""
    rounds, share = [each for each in results.get(name, []) if each], ratio(results, name)
    if not rounds or (share is None and name != REFERENCE):
        return "—"
    costs = [cost for _, cost in rounds if cost]
    cost = f" ({figure(statistics.median(costs))})" if costs else ""
    if name == REFERENCE:
        return f"{statistics.median(rate for rate, _ in rounds):,.0f}{cost}"
    return f"{share:.2f}{cost}"


def figure(value):
    """Three digits."""
    decimals = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:.{decimals}f}"


def make_table(name, clock, record):
    """Measures a table. Returns its lines."""
    table, notes, columns = TABLES[name](), [], []
    for point in table.points:
        page.say(f"{name}: {point.title}")
        results = measure_point(table, point, clock, notes)
        record[f"{name} {point.title}"] = results
        columns.append(results)
    rows = [[title(server)] + [cell(results, server) for results in columns]
            for server in table.servers]
    head = [table.unit] + [point.title for point in table.points]
    return page.markdown(head, rows) + ranges(table, columns) + page.remarks(notes)


def ranges(table, columns):
    """A sentence of how far apart a server's ratios are."""
    spans = []
    for name in list(table.servers)[1:]:
        ratios = [share for share in (ratio(results, name) for results in columns) if share]
        if len(ratios) > 1:
            spans.append(f"{name} {min(ratios):.2f} to {max(ratios):.2f}")
    return ["", "From the lowest ratio to the highest: " + "; ".join(spans) + "."] if spans else []


def title(name):
    """What a table calls a server: this program's are told apart from the others."""
    return f"**sockettool, {name}**" if name in subjects.MODELS else name
