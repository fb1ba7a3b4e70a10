"""Servers under measurement: started on a processor of their own, watched, and ended.

A server and all its children are one process group, so that a process for each connection counts
as much as a thread. Whatever happens, groups that were started here are ended here.
"""
import contextlib
import ctypes
import os
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time

PATIENCE = 10  # seconds for a server to start
TICK = 1 / os.sysconf("SC_CLK_TCK")


class Failure(Exception):
    """A measurement that could not be made; the text says why."""


# --- Processors. ---

def processors():
    """One processor for the server and another for the load: of different cores if possible, and
    the same one if there is no other."""
    allowed = sorted(os.sched_getaffinity(0))
    first = allowed[0]
    path = f"/sys/devices/system/cpu/cpu{first}/topology/thread_siblings_list"
    try:
        with open(path, encoding="ascii") as file:
            siblings = set()
            for part in file.read().strip().split(","):
                begin, _, end = part.partition("-")
                siblings.update(range(int(begin), int(end or begin) + 1))
    except OSError:
        siblings = {first}
    others = [p for p in allowed if p not in siblings] or allowed[1:] or [first]
    return first, others[0]


SERVER_PROCESSOR, LOAD_PROCESSOR = processors()


@contextlib.contextmanager
def pinned(processor):
    """What is started inside runs on that processor only, as under taskset."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {processor})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def allow_descriptors():
    """A process may have as many connections as the system lets it."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


# --- Process groups. ---

class Charge:
    """All that was started here and has not ended, so that nothing is left behind: groups by their
    leaders, and the folder that has the folders of the servers."""
    leaders = set()
    folder = None
    busy = False  # a signal has to wait
    signal = None  # that waits


def on_signal(number, _):
    Charge.signal = number
    if not Charge.busy:
        raise SystemExit(128 + number)


@contextlib.contextmanager
def charge():
    """While this lasts, a signal ends this program only after everything it started. What a
    server's children leave behind becomes a child of this program, and is collected here."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, on_signal)
    pr_set_child_subreaper = 36
    ctypes.CDLL(None).prctl(pr_set_child_subreaper, 1, 0, 0, 0)
    Charge.folder = tempfile.mkdtemp(prefix="bench-")
    try:
        yield
    finally:
        Charge.busy = True
        for leader in list(Charge.leaders):
            end_group(leader)
        shutil.rmtree(Charge.folder, ignore_errors=True)


def start_group(command, **options):
    """Starts a command as the leader of a group of its own."""
    Charge.busy = True
    try:
        leader = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True,
                                  **options)
        Charge.leaders.add(leader)
    finally:
        Charge.busy = False
    if Charge.signal:
        raise SystemExit(128 + Charge.signal)
    return leader


def end_group(leader):
    """Asks the group to end, ends it by force if it does not, and collects its processes."""
    for number, patience in ((signal.SIGTERM, 1.0), (signal.SIGKILL, 10.0)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(leader.pid, number)
        limit = time.monotonic() + patience
        while not is_over(leader):
            if time.monotonic() > limit:
                break
            time.sleep(0.002)
        else:
            Charge.leaders.discard(leader)
            return


def is_over(leader):
    """Whether no process of the group is left."""
    leader.poll()
    try:
        while os.waitpid(-leader.pid, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass
    try:
        os.killpg(leader.pid, 0)
    except ProcessLookupError:
        return True
    return False


def group(leader):
    """Yields (pid, state, fields after the name) of every process of the group."""
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as file:
                fields = file.read().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == leader:
            yield int(entry), fields[0], fields


# --- A server. ---

class Server:
    """One running server. Use it in a `with`.

    command: its words, in which {port} is filled in, and {folder}, which has the files given.
    """

    def __init__(self, command, files=None, environment=None, datagrams=False):
        self.folder = tempfile.mkdtemp(dir=Charge.folder)
        self.port = free_port()
        self.datagrams = datagrams
        self.leader = None
        for name, text in (files or {}).items():
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
                file.write(self.fill(text))
        self.command = [self.fill(word) for word in command]
        self.environment = {**os.environ, **(environment or {})}

    def fill(self, text):
        return text.replace("{port}", str(self.port)).replace("{folder}", self.folder)

    def __enter__(self):
        try:
            self.launch()
            self.await_start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def stop(self):
        leader, self.leader = self.leader, None
        if leader:
            end_group(leader)

    def launch(self):
        with open(os.path.join(self.folder, "output"), "wb") as output, pinned(SERVER_PROCESSOR):
            self.leader = start_group(self.command, stdout=output, stderr=subprocess.STDOUT,
                                      env=self.environment, cwd=self.folder)

    def output(self):
        with open(os.path.join(self.folder, "output"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def is_up(self):
        if self.datagrams:
            return "listening on" in self.output()
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
            return True
        except OSError:
            return False

    def await_start(self):
        limit = time.monotonic() + PATIENCE
        while not self.is_up():
            if self.leader.poll() is not None or time.monotonic() > limit:
                last = self.output().strip().splitlines()[-1:] or ["no word"]
                raise Failure(f"{os.path.basename(self.command[0])} did not start: {last[0]}")
            time.sleep(0.002)

    def processor_time(self):
        """Seconds used by all processes of the group, those that have ended included."""
        total = 0.0
        for pid, _, fields in group(self.leader.pid):
            total += (int(fields[13]) + int(fields[14])) * TICK  # of children that have ended
            try:
                # The clock of that process: finer than the ticks of /proc.
                total += time.clock_gettime((~pid << 3) | 2)
            except OSError:
                total += (int(fields[11]) + int(fields[12])) * TICK
        return total

    def user_and_system(self):
        """Seconds spent in the program and in the kernel by processes that run."""
        stats = [fields for _, _, fields in group(self.leader.pid)]
        return (sum(int(fields[11]) for fields in stats) * TICK,
                sum(int(fields[12]) for fields in stats) * TICK)

    def memory(self):
        """Bytes of resident memory of the group; pages that processes share are counted once."""
        total = 0
        for pid, _, _ in group(self.leader.pid):
            with contextlib.suppress(OSError):
                with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
                    total += sum(int(line.split()[1]) for line in file if line.startswith("Pss:"))
        return total * 1024


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
