/*
 * The calls that receive: from sockets, and from the keyboard. What came is read when a call
 * returns.
 */
#include <string.h>
#include <unistd.h>

#include "timeline/cut_datagrams.h"
#include "timeline/decode_internal.h"

/* --- Words. --- */

static void say_flags(struct wording *words, unsigned flags)
{
	if (flags) {
		wording_add(words, ", ");
		wording_add_flags(words, message_flags, flags, " | ");
	}
	wording_add(words, ")");
}

bool begin_recvfrom(struct decoder *decoder, struct activity *activity, struct call *call)
{
	if (!decode_on_socket(decoder, activity, call, CALL_RECEIVE))
		return false;
	wording_add(&decoder->words, "%s(%d, %llu", activity->arguments[4] ? "recvfrom" : "recv",
		    call->descriptor, (unsigned long long)activity->arguments[2]);
	say_flags(&decoder->words, (unsigned)activity->arguments[3]);
	return true;
}

/* How many bytes a message has room for. */
static uint64_t room_of(pid_t thread, const struct msghdr *message)
{
	struct tracee_bytes none = {0};

	return tracee_gather(thread, (uintptr_t)message->msg_iov, message->msg_iovlen, UINT64_MAX,
			     &none);
}

bool begin_recvmsg(struct decoder *decoder, struct activity *activity, struct call *call)
{
	struct msghdr message = {0};

	if (!decode_on_socket(decoder, activity, call, CALL_RECEIVE))
		return false;
	tracee_get(activity->owner.thread, activity->arguments[1], &message, sizeof(message));
	wording_add(&decoder->words, "recvmsg(%d, %llu", call->descriptor,
		    (unsigned long long)room_of(activity->owner.thread, &message));
	say_flags(&decoder->words, (unsigned)activity->arguments[2]);
	return true;
}

bool begin_recvmmsg(struct decoder *decoder, struct activity *activity, struct call *call)
{
	if (!decode_on_socket(decoder, activity, call, CALL_RECEIVE))
		return false;
	wording_add(&decoder->words, "recvmmsg(%d, up to %u messages", call->descriptor,
		    (unsigned)activity->arguments[2]);
	say_flags(&decoder->words, (unsigned)activity->arguments[3]);
	return true;
}

/* --- The keyboard. --- */

/* What a program's input is: a file is no keyboard, everything else is one as far as the program
 * is concerned. */
static const char *input_name(const char *link)
{
	bool file = link[0] == '/' && strncmp(link, "/dev/", strlen("/dev/")) != 0;

	return file ? "its input" : "the keyboard";
}

/* Begins a read from a socket or of a program's input; anything else is of no interest. */
static bool begin_reading(struct decoder *decoder, struct activity *activity, struct call *call)
{
	char link[DESCRIPTOR_LINK];

	call->kind = CALL_RECEIVE;
	call->descriptor = argument_int(activity, 0);
	call->socket =
		traced_sockets_find(&decoder->sockets, &activity->owner, call->descriptor, link);
	if (call->socket >= 0)
		return true;
	call->kind = CALL_INPUT;
	if (call->descriptor != STDIN_FILENO || !decode_is_stream(decoder, &activity->owner, link))
		return false;
	wording_add(&decoder->words, "reads from %s", input_name(link));
	return true;
}

bool begin_read(struct decoder *decoder, struct activity *activity, struct call *call)
{
	if (!begin_reading(decoder, activity, call))
		return false;
	if (call->kind == CALL_RECEIVE)
		wording_add(&decoder->words, "read(%d, %llu)", call->descriptor,
			    (unsigned long long)activity->arguments[2]);
	return true;
}

bool begin_readv(struct decoder *decoder, struct activity *activity, struct call *call)
{
	struct msghdr message = {.msg_iov = (void *)(uintptr_t)activity->arguments[1],
				 .msg_iovlen = activity->arguments[2]};

	if (!begin_reading(decoder, activity, call))
		return false;
	if (call->kind == CALL_RECEIVE)
		wording_add(&decoder->words, "readv(%d, %llu)", call->descriptor,
			    (unsigned long long)room_of(activity->owner.thread, &message));
	return true;
}

/* Now that it is known what was typed, the text says so. */
static void say_input(struct decoder *decoder, struct activity *activity, struct call *call)
{
	char link[DESCRIPTOR_LINK];
	struct wording *words = &decoder->words;

	descriptor_link(activity->owner.thread, STDIN_FILENO, link);
	wording_add(words, "reads ");
	if (call->result == 0)
		wording_add(words, "end of file");
	else if (call->bytes == 1 && call->data_length == 1 && call->data[0] == '\n')
		wording_add(words, "Enter");
	else
		wording_quote(words, call->data, call->data_length,
			      call->bytes > call->data_length);
	wording_add(words, " from %s", input_name(link));
	recording_set(&call->text, words->text);
	wording_clear(words);
}

/* --- What came. --- */

static void take_bytes(struct call *call, uint64_t bytes, const struct tracee_bytes *data)
{
	call->bytes = bytes;
	recording_set_bytes(&call->data, &call->data_length, data->data, data->n);
}

/* Says who sent a datagram. */
static void take_sender(struct decoder *decoder, struct activity *activity, struct call *call,
			uint64_t address, uint64_t length)
{
	const struct socket_record *record = decode_socket_record(decoder, call);

	if (record->type != SOCK_DGRAM)
		return;
	if (!address || !length) {
		call->peer = record->remote;
		return;
	}
	wording_add(&decoder->words, " from ");
	decode_peer(decoder, activity, call, address, length, NULL);
}

/* Bytes that were only looked at will be received again, and what comes from the error queue never
 * came over the wire: neither counts. */
static bool takes(const struct call *call, unsigned flags, struct wording *words)
{
	if (call->result < 0 || !(flags & (MSG_PEEK | MSG_ERRQUEUE)))
		return call->result >= 0;
	wording_add(words, "= %lld, %s", (long long)call->result,
		    flags & MSG_PEEK ? "left in the queue" : "from the error queue");
	return false;
}

void end_recvfrom(struct decoder *decoder, struct activity *activity, struct call *call)
{
	const uint64_t *arguments = activity->arguments;
	struct tracee_bytes data = {.data = decoder->data, .room = decoder->limit};
	uint32_t length = 0;
	uint64_t bytes = call->result > 0 ? (uint64_t)call->result : 0;

	if (!takes(call, (unsigned)arguments[3], &decoder->words))
		return;
	/* With MSG_TRUNC the result may be larger than the buffer. */
	tracee_collect(activity->owner.thread, arguments[1],
		       bytes < arguments[2] ? bytes : arguments[2], &data);
	take_bytes(call, bytes, &data);
	if (arguments[4])
		tracee_get(activity->owner.thread, arguments[5], &length, sizeof(length));
	decode_say_result(decoder, call);
	take_sender(decoder, activity, call, arguments[4], length);
	if (bytes > arguments[2])
		wording_add(&decoder->words, CUT_SHORT);
}

void end_recvmsg(struct decoder *decoder, struct activity *activity, struct call *call)
{
	struct tracee_bytes data = {.data = decoder->data, .room = decoder->limit};
	struct msghdr message = {0};
	pid_t thread = activity->owner.thread;

	if (!takes(call, (unsigned)activity->arguments[2], &decoder->words))
		return;
	tracee_get(thread, activity->arguments[1], &message, sizeof(message));
	tracee_gather(thread, (uintptr_t)message.msg_iov, message.msg_iovlen,
		      (uint64_t)call->result, &data);
	take_bytes(call, (uint64_t)call->result, &data);
	decode_say_result(decoder, call);
	take_sender(decoder, activity, call, (uintptr_t)message.msg_name, message.msg_namelen);
	if (message.msg_flags & MSG_TRUNC)
		wording_add(&decoder->words, CUT_SHORT);
}

void end_recvmmsg(struct decoder *decoder, struct activity *activity, struct call *call)
{
	struct tracee_bytes data = {.data = decoder->data, .room = decoder->limit};
	struct mmsghdr first = {0}, message;
	pid_t thread = activity->owner.thread;
	uint64_t bytes = 0;

	if (call->result <= 0 || !takes(call, (unsigned)activity->arguments[3], &decoder->words))
		return;
	for (int64_t i = 0; i < call->result; i++) {
		uint64_t at = activity->arguments[1] + (uint64_t)i * sizeof(message);
		if (!tracee_get(thread, at, &message, sizeof(message)))
			break;
		first = i == 0 ? message : first;
		bytes += message.msg_len;
		tracee_gather(thread, (uintptr_t)message.msg_hdr.msg_iov,
			      message.msg_hdr.msg_iovlen, message.msg_len, &data);
	}
	take_bytes(call, bytes, &data);
	wording_add(&decoder->words, "= %lld, %llu bytes", (long long)call->result,
		    (unsigned long long)bytes);
	take_sender(decoder, activity, call, (uintptr_t)first.msg_hdr.msg_name,
		    first.msg_hdr.msg_namelen);
}

static void end_reading(struct decoder *decoder, struct activity *activity, struct call *call,
			const struct tracee_bytes *data)
{
	take_bytes(call, (uint64_t)call->result, data);
	if (call->kind == CALL_INPUT)
		say_input(decoder, activity, call);
	else
		take_sender(decoder, activity, call, 0, 0);
}

void end_read(struct decoder *decoder, struct activity *activity, struct call *call)
{
	struct tracee_bytes data = {.data = decoder->data, .room = decoder->limit};

	if (call->result < 0)
		return;
	tracee_collect(activity->owner.thread, activity->arguments[1], (uint64_t)call->result,
		       &data);
	end_reading(decoder, activity, call, &data);
}

void end_readv(struct decoder *decoder, struct activity *activity, struct call *call)
{
	struct tracee_bytes data = {.data = decoder->data, .room = decoder->limit};

	if (call->result < 0)
		return;
	tracee_gather(activity->owner.thread, activity->arguments[1], activity->arguments[2],
		      (uint64_t)call->result, &data);
	end_reading(decoder, activity, call, &data);
}
