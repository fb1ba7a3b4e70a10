/*
 * The calls that make, name, connect and end sockets.
 */
#include <errno.h>
#include <netinet/in.h>

#include "timeline/decode_internal.h"
#include "timeline/socket_facts.h"

enum { TYPE_MASK = 0xf };

static bool is_internet(int family)
{
	return family == AF_INET || family == AF_INET6;
}

void decode_tell_port(struct decoder *decoder, const struct call *call,
		      const struct address *address)
{
	const struct socket_record *record = decode_socket_record(decoder, call);

	if (decoder->events.port && is_internet(record->family) && address->port)
		decoder->events.port(decoder->events.context, record->type == SOCK_DGRAM, address);
}

void decode_refresh(struct decoder *decoder, struct activity *activity, const struct call *call,
		    int descriptor)
{
	traced_sockets_update(&decoder->sockets, &activity->owner, descriptor, call->socket);
	decode_tell_port(decoder, call, &decode_socket_record(decoder, call)->local);
}

void decode_peer(struct decoder *decoder, const struct activity *activity, struct call *call,
		 uint64_t address, uint64_t length, char **path)
{
	struct sockaddr_storage named;
	const struct sockaddr *plain = (const struct sockaddr *)&named;
	char text[sizeof(struct sockaddr_un)];

	socklen_t n = tracee_sockaddr(activity->owner.thread, address, length, &named);
	call->peer = address_from_sockaddr(plain, n);
	socket_path(text, sizeof(text), plain, n);
	if (text[0] && path)
		recording_set(path, text);
	if (call->peer.family != ADDRESS_NONE)
		decode_say_address(decoder, &call->peer, text);
	else if (n && plain->sa_family == AF_UNSPEC)
		wording_add(&decoder->words, "no address");
	else
		wording_add(&decoder->words, "%s", n ? "an address" : "?");
}

/* --- Making. --- */

static void say_kind(struct wording *words, int family, int type)
{
	static const struct constant unix_types[] = {{SOCK_STREAM, "Unix stream"},
						     {SOCK_DGRAM, "Unix datagram"},
						     {SOCK_SEQPACKET, "Unix seqpacket"},
						     {0, NULL}};
	static const struct constant internet_types[] = {
		{SOCK_STREAM, "TCP"}, {SOCK_DGRAM, "UDP"}, {SOCK_RAW, "raw"}, {0, NULL}};

	if (family == AF_UNIX)
		wording_add_constant(words, unix_types, type);
	else if (is_internet(family))
		wording_add_constant(words, internet_types, type);
	else if (family == AF_NETLINK)
		wording_add(words, "netlink");
	else
		wording_add(words, "family %d", family);
	if (family == AF_INET6)
		wording_add(words, ", IPv6");
}

static void say_new(struct decoder *decoder, const char *name, const struct activity *activity)
{
	int family = argument_int(activity, 0), type = argument_int(activity, 1);
	struct wording *words = &decoder->words;

	wording_add(words, "%s(", name);
	say_kind(words, family, type & TYPE_MASK);
	wording_add(words, "%s)", type & SOCK_NONBLOCK ? ", non-blocking" : "");
}

bool begin_socket(struct decoder *decoder, struct activity *activity, struct call *call)
{
	call->kind = CALL_SOCKET;
	say_new(decoder, "socket", activity);
	return true;
}

bool begin_socketpair(struct decoder *decoder, struct activity *activity, struct call *call)
{
	call->kind = CALL_SOCKET;
	say_new(decoder, "socketpair", activity);
	return true;
}

void end_socket(struct decoder *decoder, struct activity *activity, struct call *call)
{
	char link[DESCRIPTOR_LINK];

	if (call->result < 0)
		return;
	call->descriptor = (int)call->result;
	call->socket =
		traced_sockets_find(&decoder->sockets, &activity->owner, call->descriptor, link);
	wording_add(&decoder->words, "→ %d", call->descriptor);
}

void end_socketpair(struct decoder *decoder, struct activity *activity, struct call *call)
{
	char link[DESCRIPTOR_LINK];
	int pair[2];

	if (call->result < 0 ||
	    !tracee_get(activity->owner.thread, activity->arguments[3], pair, sizeof(pair)))
		return;
	call->descriptor = pair[0];
	call->socket = traced_sockets_find(&decoder->sockets, &activity->owner, pair[0], link);
	traced_sockets_find(&decoder->sockets, &activity->owner, pair[1], link);
	wording_add(&decoder->words, "→ %d and %d", pair[0], pair[1]);
}

/* --- Naming and listening. --- */

bool begin_bind(struct decoder *decoder, struct activity *activity, struct call *call)
{
	if (!decode_on_socket(decoder, activity, call, CALL_BIND))
		return false;
	wording_add(&decoder->words, "bind(%d, ", call->descriptor);
	decode_peer(decoder, activity, call, activity->arguments[1], activity->arguments[2], NULL);
	wording_add(&decoder->words, ")");
	return true;
}

static void tell_service(struct decoder *decoder, const struct call *call)
{
	if (decoder->events.serves)
		decoder->events.serves(decoder->events.context, call->program);
}

void end_bind(struct decoder *decoder, struct activity *activity, struct call *call)
{
	struct address asked = call->peer;

	call->peer = (struct address){0};
	if (call->result < 0)
		return;
	decode_refresh(decoder, activity, call, call->descriptor);
	const struct socket_record *record = decode_socket_record(decoder, call);
	if (is_internet(record->family) && !asked.port) {
		wording_add(&decoder->words, "→ ");
		decode_say_address(decoder, &record->local, record->path);
	}
	if (record->type == SOCK_DGRAM && (is_internet(record->family) || record->path[0]))
		tell_service(decoder, call);
}

bool begin_listen(struct decoder *decoder, struct activity *activity, struct call *call)
{
	if (!decode_on_socket(decoder, activity, call, CALL_LISTEN))
		return false;
	wording_add(&decoder->words, "listen(%d, %d)", call->descriptor, argument_int(activity, 1));
	return true;
}

void end_listen(struct decoder *decoder, struct activity *activity, struct call *call)
{
	if (call->result < 0)
		return;
	decode_socket_record(decoder, call)->listens = true;
	decode_refresh(decoder, activity, call, call->descriptor);
	tell_service(decoder, call);
}

/* --- Connecting. --- */

bool begin_accept(struct decoder *decoder, struct activity *activity, struct call *call)
{
	if (!decode_on_socket(decoder, activity, call, CALL_ACCEPT))
		return false;
	wording_add(&decoder->words, "accept(%d)", call->descriptor);
	return true;
}

bool begin_accept4(struct decoder *decoder, struct activity *activity, struct call *call)
{
	if (!decode_on_socket(decoder, activity, call, CALL_ACCEPT))
		return false;
	wording_add(&decoder->words, "accept(%d%s)", call->descriptor,
		    argument_int(activity, 3) & SOCK_NONBLOCK ? ", non-blocking" : "");
	return true;
}

/* Who was accepted, as the kernel told the program, if it asked: a peer that has gone already has
 * no address any more. */
static void take_caller(const struct activity *activity, struct socket_record *record)
{
	struct sockaddr_storage caller;
	uint32_t length;

	if (record->remote.family != ADDRESS_NONE || !activity->arguments[1] ||
	    !tracee_get(activity->owner.thread, activity->arguments[2], &length, sizeof(length)))
		return;
	socklen_t n =
		tracee_sockaddr(activity->owner.thread, activity->arguments[1], length, &caller);
	record->remote = address_from_sockaddr((struct sockaddr *)&caller, n);
}

void end_accept(struct decoder *decoder, struct activity *activity, struct call *call)
{
	char link[DESCRIPTOR_LINK];

	if (call->result < 0)
		return;
	call->accepted =
		traced_sockets_find(&decoder->sockets, &activity->owner, (int)call->result, link);
	wording_add(&decoder->words, "→ %d", (int)call->result);
	if (call->accepted < 0)
		return;
	struct socket_record *record = &decoder->recording->sockets[call->accepted];
	take_caller(activity, record);
	call->peer = record->remote;
	if (call->peer.family == ADDRESS_NONE)
		return;
	wording_add(&decoder->words, " from ");
	decode_say_address(decoder, &call->peer, NULL);
}

bool begin_connect(struct decoder *decoder, struct activity *activity, struct call *call)
{
	if (!decode_on_socket(decoder, activity, call, CALL_CONNECT))
		return false;
	wording_add(&decoder->words, "connect(%d, ", call->descriptor);
	decode_peer(decoder, activity, call, activity->arguments[1], activity->arguments[2],
		    &decode_socket_record(decoder, call)->path);
	wording_add(&decoder->words, ")");
	/* What goes over the wire goes before the call returns. */
	decode_tell_port(decoder, call, &call->peer);
	return true;
}

void end_connect(struct decoder *decoder, struct activity *activity, struct call *call)
{
	if (call->result < 0 && call->result != -EINPROGRESS && call->result != -EINTR)
		return;
	decode_socket_record(decoder, call)->remote = call->peer;
	decode_refresh(decoder, activity, call, call->descriptor);
}

/* --- Ending. --- */

bool begin_shutdown(struct decoder *decoder, struct activity *activity, struct call *call)
{
	if (!decode_on_socket(decoder, activity, call, CALL_SHUTDOWN))
		return false;
	wording_add(&decoder->words, "shutdown(%d, ", call->descriptor);
	wording_add_constant(&decoder->words, shutdown_modes, argument_int(activity, 1));
	wording_add(&decoder->words, ")");
	return true;
}

bool begin_close(struct decoder *decoder, struct activity *activity, struct call *call)
{
	if (!decode_on_socket(decoder, activity, call, CALL_CLOSE))
		return false;
	wording_add(&decoder->words, "close(%d)", call->descriptor);
	return true;
}
