/*
 * What a chat room must do, whatever moves its bytes: the tests of the chat_*_test.c files, each a
 * function of the server's options. A test's server is ended by program_free_all if it fails.
 */
#ifndef SUPPORT_NET_CHAT_H
#define SUPPORT_NET_CHAT_H

/* Two hundred members see the lines of several speakers in one order. */
void net_chat_order(const char *const options[]);

/* A member that does not read is heard, and the others go on; one that leaves too much unread is
 * dropped with a line in the log. */
void net_chat_silent_reader(const char *const options[]);
void net_chat_slow_reader(const char *const options[]);

/* A taken name, by any case, is refused, and another can be tried on the same connection. */
void net_chat_taken_name(const char *const options[]);

/* A name is free again when its owner's connection has broken. */
void net_chat_freed_name(const char *const options[]);

/* Members come, speak, leave and break all the time; the room stays whole. */
void net_chat_coming_and_going(const char *const options[]);

#endif
