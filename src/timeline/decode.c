/*
 * System calls put into words: the table, and what all calls have in common.
 *
 * The table names calls by the kernel's own constants, so that machines differ only in those they
 * lack: arm64 has none of the calls that newer ones replaced.
 */
#include "timeline/decode.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include "timeline/decode_internal.h"

enum {
	OTHER_WORDS = 2048,           /* what a text has besides its data */
	KEPT_MAX = 512 * 1024 * 1024, /* bytes of data and texts; of later calls */
	LIMIT_LEAST = 64,             /* only so much data is kept */
};

/* Restarted calls and returns from signal handlers matter to those who follow threads, and have no
 * functions here. */
static const struct system_call calls[] = {
	{__NR_socket, "socket", begin_socket, end_socket},
	{__NR_socketpair, "socketpair", begin_socketpair, end_socketpair},
	{__NR_bind, "bind", begin_bind, end_bind},
	{__NR_listen, "listen", begin_listen, end_listen},
	{__NR_accept, "accept", begin_accept, end_accept},
	{__NR_accept4, "accept4", begin_accept4, end_accept},
	{__NR_connect, "connect", begin_connect, end_connect},
	{__NR_shutdown, "shutdown", begin_shutdown, NULL},
	{__NR_close, "close", begin_close, NULL},
	{__NR_setsockopt, "setsockopt", begin_setsockopt, NULL},
	{__NR_fcntl, "fcntl", begin_fcntl, end_descriptor},
	{__NR_ioctl, "ioctl", begin_ioctl, NULL},
	{__NR_dup, "dup", begin_dup, end_descriptor},
	{__NR_dup3, "dup3", begin_dup2, end_descriptor},
	{__NR_sendto, "sendto", begin_sendto, end_send},
	{__NR_sendmsg, "sendmsg", begin_sendmsg, end_send},
	{__NR_sendmmsg, "sendmmsg", begin_sendmmsg, end_sendmmsg},
	{__NR_write, "write", begin_write, end_send},
	{__NR_writev, "writev", begin_writev, end_send},
	{__NR_sendfile, "sendfile", begin_sendfile, end_moved},
	{__NR_splice, "splice", begin_splice, end_moved},
	{__NR_recvfrom, "recvfrom", begin_recvfrom, end_recvfrom},
	{__NR_recvmsg, "recvmsg", begin_recvmsg, end_recvmsg},
	{__NR_recvmmsg, "recvmmsg", begin_recvmmsg, end_recvmmsg},
	{__NR_read, "read", begin_read, end_read},
	{__NR_readv, "readv", begin_readv, end_readv},
	{__NR_pselect6, "pselect6", begin_pselect6, end_select},
	{__NR_ppoll, "ppoll", begin_ppoll, end_poll},
	{__NR_epoll_pwait, "epoll_pwait", begin_epoll_wait, end_epoll_wait},
	{__NR_epoll_pwait2, "epoll_pwait2", begin_epoll_pwait2, end_epoll_wait},
	{__NR_epoll_ctl, "epoll_ctl", begin_epoll_ctl, NULL},
	{__NR_io_uring_enter, "io_uring_enter", begin_io_uring_enter, NULL},
	{__NR_clone, "clone", begin_clone, end_descriptor},
	{__NR_clone3, "clone3", begin_clone3, end_descriptor},
	{__NR_execve, "execve", begin_execve, NULL},
	{__NR_execveat, "execveat", begin_execveat, NULL},
#ifdef __NR_dup2
	{__NR_dup2, "dup2", begin_dup2, end_descriptor},
#endif
#ifdef __NR_select
	{__NR_select, "select", begin_select, end_select},
#endif
#ifdef __NR_poll
	{__NR_poll, "poll", begin_poll, end_poll},
#endif
#ifdef __NR_epoll_wait
	{__NR_epoll_wait, "epoll_wait", begin_epoll_wait, end_epoll_wait},
#endif
#ifdef __NR_fork
	{__NR_fork, "fork", begin_fork, end_descriptor},
	{__NR_vfork, "vfork", begin_vfork, end_descriptor},
#endif
	{__NR_restart_syscall, "restart_syscall", NULL, NULL},
	{__NR_rt_sigreturn, "rt_sigreturn", NULL, NULL},
};

enum { CALLS = sizeof(calls) / sizeof(calls[0]), NUMBERS = 512 };

long decode_number(size_t index)
{
	return index < CALLS ? calls[index].number : -1;
}

static const struct system_call *find(long number)
{
	static const struct system_call *by_number[NUMBERS];

	if (!by_number[__NR_socket]) {
		for (size_t i = 0; i < CALLS; i++)
			by_number[calls[i].number] = &calls[i];
	}
	return number >= 0 && number < NUMBERS ? by_number[number] : NULL;
}

bool decoder_init(struct decoder *decoder, struct recording *recording, size_t programs,
		  size_t limit)
{
	*decoder = (struct decoder){.recording = recording,
				    .sockets = {.recording = recording},
				    .limit = limit,
				    .data = malloc(limit + 1),
				    .streams = calloc(programs + 1, sizeof(struct streams))};
	if (decoder->data && decoder->streams &&
	    wording_init(&decoder->words, wording_quote_bound(limit) + OTHER_WORDS))
		return true;
	decoder_free(decoder);
	return false;
}

void decoder_free(struct decoder *decoder)
{
	traced_sockets_free(&decoder->sockets);
	wording_free(&decoder->words);
	free(decoder->data);
	free(decoder->streams);
}

/* --- The course of a call. --- */

static void count_kept(struct decoder *decoder, size_t bytes)
{
	decoder->kept += bytes;
	if (decoder->kept > KEPT_MAX && decoder->limit > LIMIT_LEAST)
		decoder->limit = LIMIT_LEAST;
}

/* Enters a call that was prepared outside of the recording. Returns its index or -1. */
static int record(struct decoder *decoder, const struct call *draft, const char *name,
		  const char *text)
{
	int index = recording_add_call(decoder->recording);

	if (index < 0)
		return -1;
	struct call *call = &decoder->recording->calls[index];
	call->kind = draft->kind;
	call->program = draft->program;
	call->process = draft->process;
	call->thread = draft->thread;
	call->entered = draft->entered;
	call->result = draft->result;
	call->descriptor = draft->descriptor;
	call->socket = draft->socket;
	call->peer = draft->peer;
	recording_set(&call->name, name);
	recording_set(&call->text, text);
	if (draft->data_length)
		recording_set_bytes(&call->data, &call->data_length, decoder->data,
				    draft->data_length);
	count_kept(decoder, draft->data_length + strlen(text));
	return index;
}

static struct call draft_of(const struct owner *owner, int64_t when)
{
	return (struct call){.program = owner->program,
			     .process = owner->process,
			     .thread = owner->thread,
			     .entered = when,
			     .descriptor = -1,
			     .socket = -1};
}

bool decode_begin(struct decoder *decoder, struct activity *activity, long number, int64_t when)
{
	struct call draft = draft_of(&activity->owner, when);

	activity->what = find(number);
	activity->call = -1;
	if (!activity->what || !activity->what->begin)
		return false;
	wording_clear(&decoder->words);
	if (!activity->what->begin(decoder, activity, &draft))
		return false;
	activity->call = record(decoder, &draft, activity->what->name, decoder->words.text);
	if (activity->call >= 0 && decoder->events.call)
		decoder->events.call(decoder->events.context, activity->owner.thread,
				     activity->call);
	return activity->call >= 0;
}

void decode_end(struct decoder *decoder, struct activity *activity, int64_t result, int64_t when)
{
	if (activity->call < 0)
		return;
	struct call *call = &decoder->recording->calls[activity->call];
	size_t before = call->data_length;
	call->left = when;
	call->result = result;
	wording_clear(&decoder->words);
	if (activity->what->end)
		activity->what->end(decoder, activity, call);
	if (!decoder->words.length)
		decode_say_result(decoder, call);
	recording_set(&call->outcome, decoder->words.text);
	count_kept(decoder, call->data_length - before + decoder->words.length);
}

bool decode_event(struct decoder *decoder, enum call_kind kind, const struct owner *owner,
		  const char *name, const char *text, int64_t result, int64_t when)
{
	struct call draft = draft_of(owner, when);

	draft.kind = kind;
	draft.result = result;
	int index = record(decoder, &draft, name, text);
	if (index >= 0)
		decoder->recording->calls[index].left = when;
	return index >= 0;
}

/* --- What calls have in common. --- */

bool decode_on_socket(struct decoder *decoder, struct activity *activity, struct call *call,
		      enum call_kind kind)
{
	char link[DESCRIPTOR_LINK];

	call->kind = kind;
	call->descriptor = argument_int(activity, 0);
	call->socket =
		traced_sockets_find(&decoder->sockets, &activity->owner, call->descriptor, link);
	return call->socket >= 0;
}

void decode_note_streams(struct decoder *decoder, const struct owner *owner)
{
	struct streams *streams = &decoder->streams[owner->program];

	for (int i = 0; i < 3; i++)
		descriptor_link(owner->thread, i, streams->links[i]);
}

bool decode_is_stream(const struct decoder *decoder, const struct owner *owner, const char *link)
{
	const struct streams *streams = &decoder->streams[owner->program];

	if (strncmp(link, "pipe:", strlen("pipe:")) != 0)
		return true;
	for (int i = 0; i < 3; i++) {
		if (strcmp(link, streams->links[i]) == 0)
			return true;
	}
	return false;
}

struct socket_record *decode_socket_record(struct decoder *decoder, const struct call *call)
{
	return &decoder->recording->sockets[call->socket];
}

void decode_say_address(struct decoder *decoder, const struct address *address, const char *path)
{
	char text[ADDRESS_TEXT];

	if (address->family == ADDRESS_UNIX && path && path[0])
		wording_add(&decoder->words, "%s", path);
	else if (address->family == ADDRESS_UNIX && !address->number)
		wording_add(&decoder->words, "unix");
	else
		wording_add(&decoder->words, "%s", address_text(text, address));
}

void decode_say_result(struct decoder *decoder, const struct call *call)
{
	const char *name = call->result < 0 ? strerrorname_np((int)-call->result) : NULL;

	if (name)
		wording_add(&decoder->words, "= -1 %s", name);
	else
		wording_add(&decoder->words, "= %lld", (long long)call->result);
}
