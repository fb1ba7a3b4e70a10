"""The servers that are compared: this program, its references, and the peers of the field.

Each is a function that returns the arguments of processes.Server, or None if this machine does not
have it. Logs go nowhere, limits are as high as they go, and nothing is written to disk: each server
is shown at its best.
"""
import glob
import os
import pwd
import shutil

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(TOP, "build")
PEERS = os.path.join(BUILD, "peers")
MODELS = ["iterative", "fork", "threads", "select", "poll", "epoll", "uring"]


def own(name):
    return os.path.join(BUILD, name) if name == "sockettool" else \
        os.path.join(BUILD, "tests", "bench", name)


def peer(name):
    """The path of a peer's program: unpacked, or installed; None if there is none."""
    folders = [os.path.join(PEERS, "usr", "bin"), os.path.join(PEERS, "usr", "sbin")]
    return shutil.which(name, path=os.pathsep.join(folders + [os.environ["PATH"], "/usr/sbin"]))


def with_libraries():
    """The environment in which unpacked peers find their libraries."""
    return {"LD_LIBRARY_PATH": os.pathsep.join(glob.glob(os.path.join(PEERS, "usr/lib/*-linux-*")))}


def server(program, *words, **options):
    """A peer, or None without its program."""
    if program is None:
        return None
    return {"command": [program, *words], "environment": with_libraries(), **options}


# --- This program and its references. ---

def sockettool(protocol, model, *words):
    return {"command": [own("sockettool"), "serve", protocol + ":{port}", "--model", model,
                        "--host", "127.0.0.1", "--quiet", *words],
            "datagrams": "--udp" in words}


def reference(mode):
    return {"command": [own("epoll_server"), mode, "{port}"], "datagrams": mode == "udp"}


def libuv():
    return {"command": [own("uv_echo"), "{port}"]}


def libevent():
    return {"command": [own("event_echo"), "{port}"]}


# --- Peers. ---

def socat():
    """A process for each connection, which goes through a pipe of its own."""
    return server(peer("socat"), "-b", "65536",
                  "TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,backlog=4096,nodelay,fork", "PIPE")


def ncat():
    """A process for each connection, which talks to `cat`."""
    return server(peer("ncat"), "--listen", "--keep-open", "--max-conns", "20000",
                  "--exec", "/bin/cat", "127.0.0.1", "{port}")


def xinetd(service):
    """Its built-in services: a process for each echo, none for daytime."""
    text = f"""defaults
{{
	instances = UNLIMITED
	per_source = UNLIMITED
	cps = 0 0
}}
service {service}
{{
	type = INTERNAL UNLISTED
	id = {service}-stream
	socket_type = stream
	protocol = tcp
	port = {{port}}
	bind = 127.0.0.1
	wait = no
	flags = NODELAY
	user = {pwd.getpwuid(os.getuid()).pw_name}
}}
"""
    return server(peer("xinetd"), "-dontfork", "-f", "{folder}/conf",
                  "-pidfile", "{folder}/pid", "-filelog", "/dev/null", files={"conf": text})


def nginx():
    """A fixed text instead of the date."""
    modules = glob.glob(os.path.join(PEERS, "usr/lib/nginx/modules/ngx_stream_module.so")) + \
        glob.glob("/usr/lib/nginx/modules/ngx_stream_module.so")
    if not modules:
        return None
    text = f"""load_module {modules[0]};
daemon off;
master_process off;
pid {{folder}}/pid;
error_log /dev/null;
worker_rlimit_nofile 20000;
events {{ worker_connections 8192; multi_accept on; }}
stream {{
	access_log off;
	server {{
		listen 127.0.0.1:{{port}} backlog=4096;
		return "Thu Jan  1 00:00:00 1970\\nHave a nice day!\\n";
	}}
}}
"""
    return server(peer("nginx"), "-p", "{folder}", "-e", "/dev/null", "-c", "{folder}/conf",
                  files={"conf": text})


def redis():
    return server(peer("redis-server"), "--port", "{port}", "--bind", "127.0.0.1", "--save", "",
                  "--appendonly", "no", "--maxclients", "19000", "--tcp-backlog", "4096",
                  "--client-output-buffer-limit", "pubsub 0 0 0", "--dir", "{folder}",
                  "--logfile", "/dev/null")


def nats():
    return server(peer("nats-server"), "-a", "127.0.0.1", "-p", "{port}", "-l", "/dev/null")


def ngircd():
    text = """[Global]
Name = irc.example.net
Info = bench
Listen = 127.0.0.1
Ports = {port}
MotdFile = /dev/null
[Limits]
MaxConnections = 0
MaxConnectionsIP = 0
MaxPenaltyTime = 0
[Options]
DNS = no
Ident = no
PAM = no
"""
    return server(peer("ngircd"), "--nodaemon", "--config", "{folder}/conf", files={"conf": text})
