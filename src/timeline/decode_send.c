/*
 * The calls that send: to sockets, and to where programs print. What is sent is read when a call
 * begins, because afterwards the program may change it.
 */
#include <unistd.h>

#include "timeline/decode_internal.h"

/* --- Words. --- */

static struct tracee_bytes room_for_data(const struct decoder *decoder)
{
	return (struct tracee_bytes){.data = decoder->data, .room = decoder->limit};
}

static void say_flags(struct wording *words, unsigned flags)
{
	if (!flags)
		return;
	wording_add(words, ", ");
	wording_add_flags(words, message_flags, flags, " | ");
}

/* Ends the text of a call that sends: what is sent, of total bytes. */
static void say_data(struct decoder *decoder, struct call *call, const struct tracee_bytes *bytes,
		     uint64_t total)
{
	call->data_length = bytes->n;
	wording_quote(&decoder->words, bytes->data, bytes->n, total > bytes->n);
}

/* "prints" and a text whose last line end goes without saying. */
static void say_print(struct decoder *decoder, struct call *call, const struct tracee_bytes *bytes,
		      uint64_t total)
{
	bool more = total > bytes->n;
	bool line = !more && bytes->n && bytes->data[bytes->n - 1] == '\n';

	call->data_length = bytes->n;
	wording_add(&decoder->words, "prints ");
	if (line && bytes->n == 1)
		wording_add(&decoder->words, "a line end");
	else
		wording_quote(&decoder->words, bytes->data, bytes->n - line, more);
	if (call->descriptor == STDERR_FILENO)
		wording_add(&decoder->words, " to standard error");
}

/* --- Sending. --- */

bool begin_sendto(struct decoder *decoder, struct activity *activity, struct call *call)
{
	const uint64_t *arguments = activity->arguments;
	struct tracee_bytes bytes = room_for_data(decoder);
	bool addressed = arguments[4] != 0;

	if (!decode_on_socket(decoder, activity, call, CALL_SEND))
		return false;
	tracee_collect(activity->owner.thread, arguments[1], arguments[2], &bytes);
	wording_add(&decoder->words, "%s(%d, ", addressed ? "sendto" : "send", call->descriptor);
	say_data(decoder, call, &bytes, arguments[2]);
	say_flags(&decoder->words, (unsigned)arguments[3]);
	if (addressed) {
		wording_add(&decoder->words, ", ");
		decode_peer(decoder, activity, call, arguments[4], arguments[5], NULL);
		decode_tell_port(decoder, call, &call->peer);
	}
	wording_add(&decoder->words, ")");
	return true;
}

static void say_message(struct decoder *decoder, struct activity *activity, struct call *call,
			const struct msghdr *message)
{
	if (!message->msg_name)
		return;
	wording_add(&decoder->words, ", ");
	decode_peer(decoder, activity, call, (uintptr_t)message->msg_name, message->msg_namelen,
		    NULL);
	decode_tell_port(decoder, call, &call->peer);
}

bool begin_sendmsg(struct decoder *decoder, struct activity *activity, struct call *call)
{
	pid_t thread = activity->owner.thread;
	struct tracee_bytes bytes = room_for_data(decoder);
	struct msghdr message = {0};

	if (!decode_on_socket(decoder, activity, call, CALL_SEND))
		return false;
	tracee_get(thread, activity->arguments[1], &message, sizeof(message));
	uint64_t total = tracee_gather(thread, (uintptr_t)message.msg_iov, message.msg_iovlen,
				       UINT64_MAX, &bytes);
	wording_add(&decoder->words, "sendmsg(%d, ", call->descriptor);
	say_data(decoder, call, &bytes, total);
	say_flags(&decoder->words, (unsigned)activity->arguments[2]);
	say_message(decoder, activity, call, &message);
	wording_add(&decoder->words, ")");
	return true;
}

bool begin_sendmmsg(struct decoder *decoder, struct activity *activity, struct call *call)
{
	pid_t thread = activity->owner.thread;
	unsigned count = (unsigned)activity->arguments[2];
	struct tracee_bytes bytes = room_for_data(decoder);
	struct mmsghdr first = {0}, message;
	uint64_t total = 0;

	if (!decode_on_socket(decoder, activity, call, CALL_SEND))
		return false;
	tracee_get(thread, activity->arguments[1], &first, sizeof(first));
	for (unsigned i = 0; i < count && bytes.n < bytes.room; i++) {
		if (!tracee_get(thread, activity->arguments[1] + i * sizeof(message), &message,
				sizeof(message)))
			break;
		total += tracee_gather(thread, (uintptr_t)message.msg_hdr.msg_iov,
				       message.msg_hdr.msg_iovlen, UINT64_MAX - total, &bytes);
	}
	wording_add(&decoder->words, "sendmmsg(%d, %u %s, ", call->descriptor, count,
		    count == 1 ? "message" : "messages");
	say_data(decoder, call, &bytes, total);
	say_flags(&decoder->words, (unsigned)activity->arguments[3]);
	say_message(decoder, activity, call, &first.msg_hdr);
	wording_add(&decoder->words, ")");
	return true;
}

/* Begins a write to a socket or of a program's output; anything else is of no interest. */
static bool writes(struct decoder *decoder, struct activity *activity, struct call *call)
{
	char link[DESCRIPTOR_LINK];

	call->kind = CALL_SEND;
	call->descriptor = argument_int(activity, 0);
	call->socket =
		traced_sockets_find(&decoder->sockets, &activity->owner, call->descriptor, link);
	if (call->socket >= 0)
		return true;
	call->kind = CALL_PRINT;
	return (call->descriptor == STDOUT_FILENO || call->descriptor == STDERR_FILENO) &&
	       decode_is_stream(decoder, &activity->owner, link);
}

static void say_write(struct decoder *decoder, const struct activity *activity, struct call *call,
		      const struct tracee_bytes *bytes, uint64_t total)
{
	if (call->kind == CALL_PRINT) {
		say_print(decoder, call, bytes, total);
		return;
	}
	wording_add(&decoder->words, "%s(%d, ", activity->what->name, call->descriptor);
	say_data(decoder, call, bytes, total);
	wording_add(&decoder->words, ")");
}

bool begin_write(struct decoder *decoder, struct activity *activity, struct call *call)
{
	struct tracee_bytes bytes = room_for_data(decoder);

	if (!writes(decoder, activity, call))
		return false;
	tracee_collect(activity->owner.thread, activity->arguments[1], activity->arguments[2],
		       &bytes);
	say_write(decoder, activity, call, &bytes, activity->arguments[2]);
	return true;
}

bool begin_writev(struct decoder *decoder, struct activity *activity, struct call *call)
{
	struct tracee_bytes bytes = room_for_data(decoder);

	if (!writes(decoder, activity, call))
		return false;
	uint64_t total = tracee_gather(activity->owner.thread, activity->arguments[1],
				       activity->arguments[2], UINT64_MAX, &bytes);
	say_write(decoder, activity, call, &bytes, total);
	return true;
}

/* --- What was sent. --- */

/* Keeps of the data what has gone. */
static void take_sent(struct decoder *decoder, struct activity *activity, struct call *call,
		      uint64_t bytes)
{
	call->bytes = bytes;
	if (call->data_length > bytes)
		call->data_length = (size_t)bytes;
	if (call->socket < 0)
		return;
	struct socket_record *record = decode_socket_record(decoder, call);
	if (call->peer.family == ADDRESS_NONE)
		call->peer = record->type == SOCK_DGRAM ? record->remote : call->peer;
	/* A datagram socket gets its port with the first datagram it sends. */
	if (record->type == SOCK_DGRAM && !record->local.port && call->result >= 0)
		decode_refresh(decoder, activity, call, call->descriptor);
}

void end_send(struct decoder *decoder, struct activity *activity, struct call *call)
{
	take_sent(decoder, activity, call, call->result > 0 ? (uint64_t)call->result : 0);
}

void end_sendmmsg(struct decoder *decoder, struct activity *activity, struct call *call)
{
	struct mmsghdr message;
	uint64_t bytes = 0;

	for (int64_t i = 0; i < call->result; i++) {
		if (!tracee_get(activity->owner.thread,
				activity->arguments[1] + (uint64_t)i * sizeof(message), &message,
				sizeof(message)))
			break;
		bytes += message.msg_len;
	}
	take_sent(decoder, activity, call, bytes);
	if (call->result > 0)
		wording_add(&decoder->words, "= %lld, %llu bytes", (long long)call->result,
			    (unsigned long long)bytes);
}

/* --- Bytes that the kernel moves by itself. --- */

bool begin_sendfile(struct decoder *decoder, struct activity *activity, struct call *call)
{
	if (!decode_on_socket(decoder, activity, call, CALL_SEND))
		return false;
	wording_add(&decoder->words, "sendfile(%d, from %d, %llu)", call->descriptor,
		    argument_int(activity, 1), (unsigned long long)activity->arguments[3]);
	return true;
}

bool begin_splice(struct decoder *decoder, struct activity *activity, struct call *call)
{
	char link[DESCRIPTOR_LINK];
	int from = argument_int(activity, 0), to = argument_int(activity, 2);

	call->kind = CALL_SEND;
	call->descriptor = to;
	call->socket = traced_sockets_find(&decoder->sockets, &activity->owner, to, link);
	if (call->socket < 0 && !decode_on_socket(decoder, activity, call, CALL_RECEIVE))
		return false;
	wording_add(&decoder->words, "splice(from %d to %d, %llu)", from, to,
		    (unsigned long long)activity->arguments[4]);
	return true;
}

void end_moved(struct decoder *decoder, struct activity *activity, struct call *call)
{
	(void)decoder;
	(void)activity;
	call->bytes = call->result > 0 ? (uint64_t)call->result : 0;
}
