/* Serving datagrams. */
#include "transport/udp.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/error.h"
#include "base/log.h"

enum {
	DATAGRAM_MAX = 65535,
	/* From one datagram's bytes to the next one's: were it a multiple of the page, their
	 * beginnings would drive each other out of the processor's cache. */
	DATAGRAM_STRIDE = 64 * 1024 + 2 * 64,
	ANSWER_RUNS = 4,
	DRAIN_MAX = 16384, /* more than DATAGRAM_BUFFER of listener.c holds of the smallest */
	CONTROL_MAX = CMSG_SPACE(sizeof(struct in6_pktinfo)),
};

/* One datagram of a batch, and its answer. */
struct place {
	bool answered;
	socklen_t peer_length;
	size_t control_length; /* of the answer's */
	struct sockaddr_storage peer;
	struct iovec runs[ANSWER_RUNS];
	_Alignas(struct cmsghdr) char control[CONTROL_MAX];
};

struct udp {
	const struct listener *listener;
	struct loop *loop;
	struct datagram_desk *desk;
	int batch;
	size_t control; /* room for each datagram's control messages, 0: there are none */
	char *buffer;   /* batch times DATAGRAM_STRIDE bytes */
	struct place *places;
	struct mmsghdr *messages; /* received, then turned into answers */
};

static char *place_buffer(const struct udp *udp, int i)
{
	return udp->buffer + (size_t)i * DATAGRAM_STRIDE;
}

/* Makes a place ready to receive into. */
static void prepare(struct udp *udp, int i)
{
	struct place *place = &udp->places[i];
	struct msghdr *header = &udp->messages[i].msg_hdr;

	place->runs[0] = (struct iovec){place_buffer(udp, i), DATAGRAM_MAX};
	*header = (struct msghdr){
		.msg_name = &place->peer,
		.msg_namelen = sizeof(place->peer),
		.msg_iov = place->runs,
		.msg_iovlen = 1,
		.msg_control = udp->control ? place->control : NULL,
		.msg_controllen = udp->control,
	};
}

struct udp *udp_new(const struct listener *listener, struct loop *loop,
		    const struct datagram_policy *policy, int batch)
{
	struct udp *udp = calloc(1, sizeof(*udp));

	if (!udp)
		return NULL;
	udp->listener = listener;
	udp->loop = loop;
	udp->batch = batch;
	udp->control = address_is_wildcard(&listener->address) ? CONTROL_MAX : 0;
	udp->desk = datagram_desk_new(listener->service, loop, batch, policy);
	udp->buffer = malloc((size_t)batch * DATAGRAM_STRIDE);
	udp->places = calloc((size_t)batch, sizeof(*udp->places));
	udp->messages = calloc((size_t)batch, sizeof(*udp->messages));
	if (!udp->desk || !udp->buffer || !udp->places || !udp->messages) {
		udp_free(udp);
		return NULL;
	}
	for (int i = 0; i < batch; i++)
		prepare(udp, i);
	return udp;
}

void udp_free(struct udp *udp)
{
	if (!udp)
		return;
	datagram_desk_free(udp->desk);
	free(udp->buffer);
	free(udp->places);
	free(udp->messages);
	free(udp);
}

/* Receives a batch; a batch of one is received as a textbook would. */
static int receive(struct udp *udp, int flags)
{
	if (udp->batch == 1) {
		ssize_t n = recvmsg(udp->listener->socket, &udp->messages[0].msg_hdr, flags);
		udp->messages[0].msg_len = (unsigned)(n < 0 ? 0 : n);
		return n < 0 ? -errno : 1;
	}
	int count = recvmmsg(udp->listener->socket, udp->messages, (unsigned)udp->batch,
			     flags ? flags : MSG_WAITFORONE, NULL);
	return count < 0 ? -errno : count;
}

/* The only control message there may be has the address that was asked: the answer's source. The
 * interface the packet came by does not matter. */
static void keep_source(struct msghdr *header)
{
	struct cmsghdr *control = CMSG_FIRSTHDR(header);
	struct in_pktinfo info;

	if (!control) {
		header->msg_control = NULL;
		header->msg_controllen = 0;
	} else if (control->cmsg_level == IPPROTO_IP) {
		memcpy(&info, CMSG_DATA(control), sizeof(info));
		info.ipi_ifindex = 0;
		memcpy(CMSG_DATA(control), &info, sizeof(info));
	}
}

/* Turns the datagram at a place into its answer. False: there is none. */
static bool answer(struct udp *udp, int i)
{
	struct place *place = &udp->places[i];
	struct msghdr *header = &udp->messages[i].msg_hdr;
	struct address peer =
		address_from_sockaddr((struct sockaddr *)&place->peer, header->msg_namelen);
	int runs = datagram_answer(udp->desk, i, &peer, place_buffer(udp, i),
				   udp->messages[i].msg_len, place->runs, ANSWER_RUNS);

	place->answered = runs > 0;
	if (runs == 0)
		return false;
	header->msg_iovlen = (size_t)runs;
	if (udp->control)
		keep_source(header);
	place->peer_length = header->msg_namelen;
	place->control_length = header->msg_controllen;
	return true;
}

static void log_lost(const struct udp *udp, const struct msghdr *header, int code)
{
	char text[ADDRESS_TEXT];
	struct address peer = address_from_sockaddr(header->msg_name, header->msg_namelen);

	log_write(LOG_WARNING, service_protocol(udp->listener->service)->name,
		  address_text(text, &peer), "answer not sent: %s", error_reason(code));
}

/* Sends one answer, waiting for room. */
static void send_one(const struct udp *udp, const struct msghdr *header)
{
	ssize_t n;

	do
		n = sendmsg(udp->listener->socket, header, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		log_lost(udp, header, errno);
}

/* Sends answers that lie side by side. The kernel stops at the first it cannot send. */
static void send_many(const struct udp *udp, struct mmsghdr *messages, int count)
{
	while (count > 0) {
		int sent = sendmmsg(udp->listener->socket, messages, (unsigned)count, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent <= 0) {
			send_one(udp, &messages->msg_hdr);
			sent = 1;
		}
		messages += sent;
		count -= sent;
	}
}

/* Sends what did not fit into one datagram, and lets go of the answer. */
static void finish(struct udp *udp, int i)
{
	struct place *place = &udp->places[i];
	int runs;

	while (place->answered &&
	       (runs = datagram_next(udp->desk, i, place->runs, ANSWER_RUNS)) > 0) {
		const struct msghdr header = {
			.msg_name = &place->peer,
			.msg_namelen = place->peer_length,
			.msg_iov = place->runs,
			.msg_iovlen = (size_t)runs,
			.msg_control = place->control_length ? place->control : NULL,
			.msg_controllen = place->control_length,
		};
		send_one(udp, &header);
	}
	datagram_done(udp->desk, i);
}

int udp_serve(struct udp *udp, int flags)
{
	int answers = 0;

	int count = receive(udp, flags);

	if (count < 0)
		return count;
	loop_tick(udp->loop);
	for (int i = 0; i < count; i++) {
		if (answer(udp, i) && answers++ < i)
			udp->messages[answers - 1] = udp->messages[i];
	}
	if (udp->batch == 1 && answers == 1)
		send_one(udp, &udp->messages[0].msg_hdr);
	else
		send_many(udp, udp->messages, answers);
	for (int i = 0; i < count; i++) {
		finish(udp, i);
		prepare(udp, i);
	}
	return count;
}

void udp_drain(struct udp *udp)
{
	for (int drained = 0; drained < DRAIN_MAX;) {
		int count = udp_serve(udp, MSG_DONTWAIT);
		if (count <= 0 && count != -EINTR)
			return;
		drained += count > 0 ? count : 0;
	}
}
