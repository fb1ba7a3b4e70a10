/*
 * Small programs to be traced: each argument names one behaviour, and does exactly the calls that
 * the test expects.
 *
 * Servers listen on any port of 127.0.0.1 and leave its number in the file that the second argument
 * names, where clients find it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *port_file;
static const char *self;

static void need(int right)
{
	if (!right) {
		perror("actor");
		_exit(99);
	}
}

/* --- Sockets. --- */

static struct sockaddr_in loopback(int port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons((unsigned short)port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int port_of(int fd)
{
	struct sockaddr_in address = {0};
	socklen_t length = sizeof(address);

	need(getsockname(fd, (struct sockaddr *)&address, &length) == 0);
	return ntohs(address.sin_port);
}

/* The file gets its name when it is complete. */
static void leave_port(int fd)
{
	char name[256];

	snprintf(name, sizeof(name), "%s.new", port_file);
	FILE *file = fopen(name, "w");
	need(file != NULL);
	fprintf(file, "%d\n", port_of(fd));
	fclose(file);
	need(rename(name, port_file) == 0);
}

static int find_port(void)
{
	char digits[16] = "";
	FILE *file;

	/* Datagram sockets can be sent to when they are bound, which is before that is said. */
	while (!(file = fopen(port_file, "r")) && errno == ENOENT)
		sched_yield();
	need(file != NULL);
	need(fgets(digits, sizeof(digits), file) != NULL);
	fclose(file);
	return (int)strtol(digits, NULL, 10);
}

static int open_bound(int type)
{
	struct sockaddr_in address = loopback(0);
	int fd = socket(AF_INET, type, 0);

	need(fd >= 0);
	need(bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	leave_port(fd);
	return fd;
}

static int open_listener(void)
{
	int fd = open_bound(SOCK_STREAM);

	need(listen(fd, 128) == 0);
	return fd;
}

static int open_connected(void)
{
	struct sockaddr_in address = loopback(find_port());
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	need(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	return fd;
}

/* Echoes until the stream ends. */
static void echo(int fd)
{
	char bytes[512];
	ssize_t n;

	while ((n = recv(fd, bytes, sizeof(bytes), 0)) > 0)
		need(send(fd, bytes, (size_t)n, 0) == n);
	need(n == 0);
	close(fd);
}

/* Sends a text and receives it again. */
static void exchange(int fd, const char *text)
{
	char bytes[512];
	size_t n = strlen(text);

	need(send(fd, text, n, 0) == (ssize_t)n);
	for (size_t got = 0; got < n;) {
		ssize_t m = recv(fd, bytes, sizeof(bytes), 0);
		need(m > 0);
		got += (size_t)m;
	}
}

static void say(const char *text)
{
	need(write(1, text, strlen(text)) == (ssize_t)strlen(text));
}

/* --- Servers. --- */

static int serve_echo(void)
{
	int fd = open_listener();
	int caller = accept(fd, NULL, NULL);

	echo(caller);
	close(fd);
	return 0;
}

/* Two callers, one after the other. */
static int serve_two(void)
{
	int fd = open_listener();

	for (int i = 0; i < 2; i++)
		echo(accept(fd, NULL, NULL));
	return 4;
}

static void *echo_thread(void *caller)
{
	echo((int)(intptr_t)caller);
	return NULL;
}

static int serve_threads(void)
{
	int fd = open_listener();
	pthread_t threads[3];

	for (int i = 0; i < 3; i++) {
		int caller = accept(fd, NULL, NULL);
		need(pthread_create(&threads[i], NULL, echo_thread, (void *)(intptr_t)caller) == 0);
	}
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	return 0;
}

static int serve_forks(void)
{
	int fd = open_listener();

	for (int i = 0; i < 3; i++) {
		int caller = accept(fd, NULL, NULL);
		if (fork() == 0) {
			close(fd);
			echo(caller);
			_exit(i);
		}
		close(caller);
	}
	while (wait(NULL) > 0)
		;
	return 0;
}

static int serve_epoll(void)
{
	int fd = open_listener(), set = epoll_create1(0), open = 0, total = 0;
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	need(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0);
	while (total < 20 || open > 0) {
		char bytes[512];
		need(epoll_wait(set, &event, 1, -1) == 1);
		if (event.data.fd == fd) {
			event.data.fd = accept4(fd, NULL, NULL, SOCK_NONBLOCK);
			need(event.data.fd >= 0);
			event.events = EPOLLIN;
			need(epoll_ctl(set, EPOLL_CTL_ADD, event.data.fd, &event) == 0);
			total++;
			open++;
			continue;
		}
		ssize_t n = recv(event.data.fd, bytes, sizeof(bytes), 0);
		if (n > 0) {
			need(send(event.data.fd, bytes, (size_t)n, 0) == n);
		} else {
			close(event.data.fd);
			open--;
		}
	}
	return 0;
}

static int serve_udp(void)
{
	struct sockaddr_in peer;
	socklen_t length = sizeof(peer);
	char bytes[512];
	int fd = open_bound(SOCK_DGRAM);
	ssize_t n = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&peer, &length);

	need(n >= 0);
	need(sendto(fd, bytes, (size_t)n, 0, (struct sockaddr *)&peer, length) == n);
	close(fd);
	return 0;
}

/* Receives four datagrams in one call and two scattered. */
static int serve_messages(void)
{
	int fd = open_bound(SOCK_DGRAM);
	char first[4][2], second[4][64];
	struct iovec pieces[4][2];
	struct sockaddr_in peers[4];
	struct mmsghdr messages[4];
	struct pollfd wait = {.fd = fd, .events = POLLIN};

	memset(messages, 0, sizeof(messages));
	for (int i = 0; i < 4; i++) {
		pieces[i][0] = (struct iovec){first[i], sizeof(first[i])};
		pieces[i][1] = (struct iovec){second[i], sizeof(second[i])};
		messages[i].msg_hdr.msg_iov = pieces[i];
		messages[i].msg_hdr.msg_iovlen = 2;
		messages[i].msg_hdr.msg_name = &peers[i];
		messages[i].msg_hdr.msg_namelen = sizeof(peers[i]);
	}
	need(poll(&wait, 1, -1) == 1);
	for (int got = 0; got < 4;) {
		int n = recvmmsg(fd, messages, 4, 0, NULL);
		need(n > 0);
		got += n;
	}
	need(sendmsg(fd, &messages[0].msg_hdr, 0) > 0);
	return 0;
}

static volatile sig_atomic_t interrupted;

static void note_signal(int number)
{
	(void)number;
	interrupted = 1;
}

/* A handler that makes a call of its own. */
static void print_signal(int number)
{
	(void)number;
	say("signal\n");
}

static int serve_until_interrupted(int restarts)
{
	struct sigaction action = {.sa_handler = restarts ? print_signal : note_signal,
				   .sa_flags = restarts ? SA_RESTART : 0};
	int fd;

	sigaction(SIGUSR1, &action, NULL);
	fd = open_listener();
	int caller = accept(fd, NULL, NULL);
	if (caller < 0 && errno == EINTR && interrupted) {
		close(fd);
		return 7;
	}
	echo(caller);
	return 0;
}

static int serve_hanging(void)
{
	accept(open_listener(), NULL, NULL);
	return 0;
}

/* Everything a server may do with descriptors before it becomes another program that uses them. */
static int serve_exec(void)
{
	int fd = open_listener();
	int copy = dup(fd);

	need(copy >= 0);
	need(dup2(copy, 40) == 40);
	close(copy);
	close(fd);
	execl(self, self, "inherited", port_file, (char *)NULL);
	return 99;
}

static int serve_inherited(void)
{
	int caller = accept(40, NULL, NULL);

	echo(caller);
	return 5;
}

static void *exec_thread(void *unused)
{
	(void)unused;
	execl(self, self, "inherited", port_file, (char *)NULL);
	_exit(99);
}

static int serve_exec_by_thread(void)
{
	pthread_t thread;

	need(dup2(open_listener(), 40) == 40);
	need(pthread_create(&thread, NULL, exec_thread, NULL) == 0);
	pthread_join(thread, NULL);
	return 99;
}

/* The first thread ends; another one serves. */
static void *serve_thread(void *unused)
{
	(void)unused;
	exit(serve_echo() ? 1 : 6);
}

static int serve_without_leader(void)
{
	pthread_t thread;

	need(pthread_create(&thread, NULL, serve_thread, NULL) == 0);
	pthread_exit(NULL);
}

static int serve_spawned(void)
{
	char *arguments[] = {(char *)self, "inherited", (char *)port_file, NULL};
	pid_t child;
	int status;

	need(dup2(open_listener(), 40) == 40);
	need(posix_spawn(&child, self, NULL, NULL, arguments, environ) == 0);
	need(waitpid(child, &status, 0) == child);
	return WEXITSTATUS(status);
}

/* Stops a child that waits in a call, lets it go on, and sees both as every parent does. */
static int stop_child(void)
{
	char byte;
	int ends[2], status;

	need(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	pid_t child = fork();
	if (child == 0)
		_exit(recv(ends[1], &byte, 1, 0) == 1 ? 8 : 99);
	kill(child, SIGSTOP);
	need(waitpid(child, &status, WUNTRACED) == child && WIFSTOPPED(status) &&
	     WSTOPSIG(status) == SIGSTOP);
	kill(child, SIGCONT);
	need(waitpid(child, &status, WCONTINUED) == child && WIFCONTINUED(status));
	need(send(ends[0], "x", 1, 0) == 1);
	need(waitpid(child, &status, 0) == child && WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* A daemon: away from its parent, its group and its session. */
static int serve_daemon(void)
{
	if (fork())
		_exit(0);
	setsid();
	if (fork())
		_exit(0);
	return serve_echo();
}

/* --- Clients. --- */

static int run_client(void)
{
	int fd = open_connected();

	exchange(fd, "Hello, world");
	close(fd);
	return 3;
}

/* Types what comes from the keyboard. */
static int run_typist(void)
{
	char line[128];
	int fd = open_connected();
	ssize_t n;

	while ((n = read(0, line, sizeof(line))) > 0) {
		need(send(fd, line, (size_t)n, MSG_NOSIGNAL) == n);
		n = recv(fd, line, sizeof(line), 0);
		need(n > 0 && write(1, line, (size_t)n) == n);
	}
	need(write(2, "done\n", 5) == 5);
	return 0;
}

static int run_nonblocking(void)
{
	struct sockaddr_in address = loopback(find_port());
	int fd = socket(AF_INET, SOCK_STREAM, 0), error = 0, on = 1;
	const struct timeval shortest = {0, 1}, longer = {20, 50000};
	socklen_t length = sizeof(error);
	fd_set writable;

	need(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
	need(connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0 && errno == EINPROGRESS);
	FD_ZERO(&writable);
	FD_SET(fd, &writable);
	need(select(fd + 1, NULL, &writable, NULL, NULL) == 1);
	need(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0);
	need(setsockopt(fd, IPPROTO_TCP, 1, &on, sizeof(on)) == 0);
	need(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &shortest, sizeof(shortest)) == 0);
	need(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &longer, sizeof(longer)) == 0);
	need(recv(fd, &error, sizeof(error), 0) < 0 && errno == EAGAIN);
	on = 0;
	need(ioctl(fd, FIONBIO, &on) == 0);
	exchange(fd, "late");
	close(fd);
	return 0;
}

static int run_udp(void)
{
	struct sockaddr_in address = loopback(find_port());
	char bytes[64];
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	need(sendto(fd, "ping", 4, 0, (struct sockaddr *)&address, sizeof(address)) == 4);
	need(recv(fd, bytes, sizeof(bytes), 0) == 4);
	close(fd);
	return 0;
}

static int run_messages(void)
{
	struct sockaddr_in address = loopback(find_port());
	struct iovec pieces[2] = {{"one ", 4}, {"two", 3}};
	struct msghdr message = {.msg_name = &address,
				 .msg_namelen = sizeof(address),
				 .msg_iov = pieces,
				 .msg_iovlen = 2};
	struct mmsghdr messages[2];
	char bytes[64];
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	need(sendmsg(fd, &message, 0) == 7);
	need(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0);
	need(writev(fd, pieces, 2) == 7);
	message.msg_name = NULL;
	message.msg_namelen = 0;
	memset(messages, 0, sizeof(messages));
	messages[0].msg_hdr = messages[1].msg_hdr = message;
	need(sendmmsg(fd, messages, 2, 0) == 2);
	need(recv(fd, bytes, sizeof(bytes), MSG_PEEK) > 0);
	need(read(fd, bytes, sizeof(bytes)) > 0);
	return 0;
}

/* Makes 2 n + 1 calls on a socket and says so. */
static int run_many(int n)
{
	int ends[2];
	char byte = 'x';

	need(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	for (int i = 0; i < n; i++) {
		need(send(ends[0], &byte, 1, 0) == 1);
		need(recv(ends[1], &byte, 1, 0) == 1);
	}
	printf("%d\n", 2 * n + 1);
	return 0;
}

/* Bounces a byte n times. */
static int run_bounces(int n)
{
	int fd = open_connected();

	for (int i = 0; i < n; i++)
		exchange(fd, "x");
	return 0;
}

static int run_unix(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	int other = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(name.sun_path, sizeof(name.sun_path), "%s.sock", port_file);
	need(bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0 && listen(fd, 1) == 0);
	need(connect(other, (struct sockaddr *)&name, sizeof(name)) == 0);
	need(accept(fd, NULL, NULL) >= 0);
	unlink(name.sun_path);
	return 0;
}

static int end_by_signal(void)
{
	raise(SIGTERM);
	return 0;
}

/* Prints what a program may know about its surroundings. */
static int describe(void)
{
	struct sigaction child, pipe;
	sigset_t blocked;

	sigaction(SIGCHLD, NULL, &child);
	sigaction(SIGPIPE, NULL, &pipe);
	sigprocmask(SIG_SETMASK, NULL, &blocked);
	for (int fd = 3; fd < 64; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			printf("descriptor %d\n", fd);
	}
	for (int number = 1; number < 32; number++) {
		if (sigismember(&blocked, number))
			printf("blocked %d\n", number);
	}
	printf("%d %d %s\n", child.sa_handler == SIG_DFL, pipe.sa_handler == SIG_DFL,
	       getenv("ACTOR") ? getenv("ACTOR") : "none");
	return 0;
}

/* --- The choice. --- */

static int act(const char *what, int number)
{
	static const struct {
		const char *name;
		int (*run)(void);
	} acts[] = {
		{"echo", serve_echo},
		{"two", serve_two},
		{"threads", serve_threads},
		{"forks", serve_forks},
		{"epoll", serve_epoll},
		{"udp", serve_udp},
		{"messages", serve_messages},
		{"hang", serve_hanging},
		{"exec", serve_exec},
		{"exec-thread", serve_exec_by_thread},
		{"inherited", serve_inherited},
		{"leaderless", serve_without_leader},
		{"spawn", serve_spawned},
		{"daemon", serve_daemon},
		{"stop", stop_child},
		{"client", run_client},
		{"typist", run_typist},
		{"nonblocking", run_nonblocking},
		{"udp-client", run_udp},
		{"messages-client", run_messages},
		{"unix", run_unix},
		{"raise", end_by_signal},
		{"describe", describe},
	};

	if (strcmp(what, "many") == 0)
		return run_many(number);
	if (strcmp(what, "bounce") == 0)
		return run_bounces(number);
	if (strcmp(what, "interrupted") == 0)
		return serve_until_interrupted(0);
	if (strcmp(what, "restarted") == 0)
		return serve_until_interrupted(1);
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		if (strcmp(what, acts[i].name) == 0)
			return acts[i].run();
	}
	fprintf(stderr, "actor: no act is called %s\n", what);
	return 98;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 98;
	self = argv[0];
	port_file = argv[2];
	return act(argv[1], argc > 3 ? (int)strtol(argv[3], NULL, 10) : 0);
}
