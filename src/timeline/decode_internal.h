/*
 * What the parts of the decoder share: a table of system calls whose functions put the entry and
 * the return of one into words.
 */
#ifndef TIMELINE_DECODE_INTERNAL_H
#define TIMELINE_DECODE_INTERNAL_H

#include <sys/socket.h>

#include "timeline/constants.h"
#include "timeline/decode.h"
#include "timeline/tracee_memory.h"

struct system_call {
	long number;
	const char *name;
	/* Fills the call's kind, descriptor, socket, peer and data_length, the decoder's words with
	 * its text and the decoder's data. Returns false if it is of no interest. */
	bool (*begin)(struct decoder *, struct activity *, struct call *);
	/* Fills in what is known now, and the decoder's words with the outcome, if that is more
	 * than the value returned. The call's result is set. NULL: it is not. */
	void (*end)(struct decoder *, struct activity *, struct call *);
};

/* Descriptors and numbers are int in the calls, whatever the registers' upper halves hold. */
static inline int argument_int(const struct activity *activity, int index)
{
	return (int)(uint32_t)activity->arguments[index];
}

/* Finds the socket of the descriptor in the first argument, and fills the call's kind, descriptor
 * and socket. Returns whether it is one. */
bool decode_on_socket(struct decoder *, struct activity *, struct call *, enum call_kind);

/* Whether a descriptor that is no socket and has that link is a standard stream of the program. */
bool decode_is_stream(const struct decoder *, const struct owner *, const char *link);

/* The call's socket's record. */
struct socket_record *decode_socket_record(struct decoder *, const struct call *);

/* Reads an address of the thread's into the call's peer and adds it to the words. The path of a
 * Unix socket goes to path if that is not NULL. */
void decode_peer(struct decoder *, const struct activity *, struct call *, uint64_t address,
		 uint64_t length, char **path);

/* Adds an address to the words: a Unix socket's path if it has one. */
void decode_say_address(struct decoder *, const struct address *, const char *path);

/* Tells those who want to know about a port, unless it is none. */
void decode_tell_port(struct decoder *, const struct call *, const struct address *);

/* Looks at the addresses of the call's socket, and tells its own port. */
void decode_refresh(struct decoder *, struct activity *, const struct call *, int descriptor);

/* Adds what every call has that failed ("= -1 EAGAIN") or returned a number ("= 12"). */
void decode_say_result(struct decoder *, const struct call *);

/* --- The table's functions. --- */

typedef bool decode_begin_call(struct decoder *, struct activity *, struct call *);
typedef void decode_end_call(struct decoder *, struct activity *, struct call *);

/* decode_socket.c */
decode_begin_call begin_socket, begin_socketpair, begin_bind, begin_listen, begin_accept,
	begin_accept4, begin_connect, begin_shutdown, begin_close;
decode_end_call end_socket, end_socketpair, end_bind, end_listen, end_accept, end_connect;
/* decode_option.c */
decode_begin_call begin_setsockopt, begin_fcntl, begin_ioctl, begin_dup, begin_dup2;
decode_end_call end_descriptor;
/* decode_send.c and decode_receive.c */
decode_begin_call begin_sendto, begin_sendmsg, begin_sendmmsg, begin_write, begin_writev,
	begin_sendfile, begin_splice, begin_recvfrom, begin_recvmsg, begin_recvmmsg, begin_read,
	begin_readv;
decode_end_call end_send, end_sendmmsg, end_recvfrom, end_recvmsg, end_recvmmsg, end_read,
	end_readv, end_moved;
/* decode_wait.c */
decode_begin_call begin_select, begin_pselect6, begin_poll, begin_ppoll;
decode_end_call end_select, end_poll;
/* decode_epoll.c */
decode_begin_call begin_epoll_wait, begin_epoll_pwait2, begin_epoll_ctl, begin_io_uring_enter;
decode_end_call end_epoll_wait;
/* decode_process.c */
decode_begin_call begin_fork, begin_vfork, begin_clone, begin_clone3, begin_execve, begin_execveat;

#endif
