/*
 * The servers that need no epoll: a thread for each connection, and one socket for all datagrams.
 */
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <unistd.h>

#include "epoll_server.h"

/* --- threads: a thread waits for one connection only, so that it may block. --- */

static int send_all(int client, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(client, bytes, n, MSG_NOSIGNAL);
		if (sent < 0)
			return -1;
		bytes += sent;
		n -= (size_t)sent;
	}
	return 0;
}

static void *converse(void *argument)
{
	int client = (int)(intptr_t)argument;
	char bytes[RECEIVE_BYTES];
	ssize_t n;

	while ((n = recv(client, bytes, sizeof(bytes), 0)) > 0) {
		if (send_all(client, bytes, (size_t)n) < 0)
			break;
	}
	close(client);
	return NULL;
}

void serve_threads(int listener)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int client;

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, (size_t)4 * RECEIVE_BYTES);
	while ((client = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0 ||
	       errno == ECONNABORTED) {
		if (client >= 0 &&
		    pthread_create(&thread, &attributes, converse, (void *)(intptr_t)client) != 0)
			close(client);
	}
}

/* --- udp: whatever has come, up to a batch, costs two system calls. --- */

enum { BATCH = 64 };

void serve_datagrams(int server)
{
	static char bytes[BATCH][RECEIVE_BYTES];
	static struct sockaddr_in peers[BATCH];
	static struct iovec pieces[BATCH];
	static struct mmsghdr messages[BATCH];
	int count;

	for (int i = 0; i < BATCH; i++)
		messages[i].msg_hdr = (struct msghdr){
			.msg_name = &peers[i], .msg_iov = &pieces[i], .msg_iovlen = 1};
	for (;;) {
		for (int i = 0; i < BATCH; i++) {
			pieces[i] = (struct iovec){bytes[i], RECEIVE_BYTES};
			messages[i].msg_hdr.msg_namelen = sizeof(peers[i]);
		}
		count = recvmmsg(server, messages, BATCH, MSG_WAITFORONE, NULL);
		if (count < 0)
			return;
		for (int i = 0; i < count; i++)
			pieces[i].iov_len = messages[i].msg_len;
		for (int sent = 0; sent < count;) {
			int n = sendmmsg(server, messages + sent, (unsigned)(count - sent), 0);
			/* Whoever cannot be answered is passed over. */
			sent += n > 0 ? n : 1;
		}
	}
}
