/*
 * The tables of sockets in /proc: what is left where a socket cannot be asked itself.
 */
#ifndef TIMELINE_SOCKET_TABLE_H
#define TIMELINE_SOCKET_TABLE_H

#include "timeline/socket_facts.h"

/* Looks for a socket by its inode in the tables of the thread's network. */
bool socket_table_find(struct socket_facts *, pid_t thread, uint64_t inode);

/* Reads a line of such a table ("tcp", "tcp6", "udp", "udp6", "unix"). Returns whether it is about
 * that inode and could be read. */
bool socket_table_read(struct socket_facts *, const char *table, const char *line, uint64_t inode);

#endif
