/*
 * An echo server as libuv wants it: callbacks around one loop. For comparison with epoll_server.
 *
 *     uv_echo PORT        (0: a free one)
 *
 * Answers are tried at once (uv_try_write); only what the kernel does not take is queued, with
 * memory of its own. That is the quickest way libuv offers.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <uv.h>

static char received[65536];

struct reply {
	uv_write_t request;
	char bytes[];
};

static void gone(uv_handle_t *client)
{
	free(client);
}

static void lend_buffer(uv_handle_t *client, size_t suggested, uv_buf_t *buffer)
{
	(void)client;
	(void)suggested;
	*buffer = uv_buf_init(received, sizeof(received));
}

static void arrived(uv_stream_t *client, ssize_t n, const uv_buf_t *buffer);

/* While an answer waits nothing more is read. */
static void answered(uv_write_t *request, int status)
{
	if (status == 0)
		uv_read_start(request->handle, lend_buffer, arrived);
	else if (!uv_is_closing((uv_handle_t *)request->handle))
		uv_close((uv_handle_t *)request->handle, gone);
	free(request);
}

static void answer_later(uv_stream_t *client, const char *bytes, size_t n)
{
	struct reply *reply = malloc(sizeof(*reply) + n);

	if (!reply) {
		uv_close((uv_handle_t *)client, gone);
		return;
	}
	memcpy(reply->bytes, bytes, n);
	uv_buf_t buffer = uv_buf_init(reply->bytes, (unsigned)n);
	uv_read_stop(client);
	uv_write(&reply->request, client, &buffer, 1, answered);
}

static void arrived(uv_stream_t *client, ssize_t n, const uv_buf_t *buffer)
{
	if (n < 0) {
		uv_close((uv_handle_t *)client, gone);
		return;
	}
	if (n == 0)
		return;
	uv_buf_t answer = uv_buf_init(buffer->base, (unsigned)n);
	int sent = uv_try_write(client, &answer, 1);
	if (sent < 0)
		sent = 0;
	if (sent < n)
		answer_later(client, buffer->base + sent, (size_t)(n - sent));
}

static void welcome(uv_stream_t *listener, int status)
{
	uv_tcp_t *client = status == 0 ? malloc(sizeof(*client)) : NULL;

	if (!client)
		return;
	uv_tcp_init(listener->loop, client);
	if (uv_accept(listener, (uv_stream_t *)client) == 0) {
		uv_tcp_nodelay(client, 1);
		uv_read_start((uv_stream_t *)client, lend_buffer, arrived);
	} else {
		uv_close((uv_handle_t *)client, gone);
	}
}

static void check(int status, const char *what)
{
	if (status == 0)
		return;
	fprintf(stderr, "uv_echo: %s: %s\n", what, uv_strerror(status));
	exit(3);
}

int main(int argc, char **argv)
{
	uv_loop_t *loop = uv_default_loop();
	struct sockaddr_in address;
	int length = sizeof(address);
	struct rlimit limit;
	uv_tcp_t listener;

	if (argc != 2) {
		fprintf(stderr, "usage: uv_echo PORT\n");
		return 2;
	}
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	uv_tcp_init(loop, &listener);
	check(uv_ip4_addr("127.0.0.1", atoi(argv[1]), &address), "address");
	check(uv_tcp_bind(&listener, (struct sockaddr *)&address, 0), "bind");
	check(uv_listen((uv_stream_t *)&listener, SOMAXCONN, welcome), "listen");
	check(uv_tcp_getsockname(&listener, (struct sockaddr *)&address, &length), "getsockname");
	printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
	fflush(stdout);
	return uv_run(loop, UV_RUN_DEFAULT);
}
