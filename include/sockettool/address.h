/*
 * Addresses: where a socket is bound, whom it talks to, and what a host's name stands for.
 */
#ifndef SOCKETTOOL_ADDRESS_H
#define SOCKETTOOL_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct error;

enum address_family {
	ADDRESS_NONE,
	ADDRESS_IPV4,
	ADDRESS_IPV6,
	ADDRESS_UNIX, /* a local socket; number is the peer's process, path is kept elsewhere */
};

/* An address in as few bytes as a connection can afford. */
struct address {
	uint8_t family;    /* enum address_family */
	uint16_t port;     /* host byte order */
	uint32_t number;   /* IPv6: the scope, 0 mostly; Unix: the peer's process, 0 if unknown */
	uint8_t bytes[16]; /* network byte order; IPv4 uses the first four */
};

enum { ADDRESS_TEXT = 80 }; /* room for any address_text, its NUL included */

/* Writes "127.0.0.1:5000", "[::1]:5000", "[fe80::1%2]:5000" or "unix pid 4711". Returns out. */
char *address_text(char out[ADDRESS_TEXT], const struct address *);

/* The same without the port. */
char *address_host_text(char out[ADDRESS_TEXT], const struct address *);

/* A kernel's address. IPv4-mapped IPv6 addresses become IPv4. A family that is neither IP nor Unix
 * gives ADDRESS_NONE. */
struct address address_from_sockaddr(const struct sockaddr *, socklen_t);

/* The reverse, for IPv4 and IPv6. Returns the length, 0 for other families. */
socklen_t address_to_sockaddr(struct sockaddr_storage *, const struct address *);

bool address_is_loopback(const struct address *);

/* Whether an address stands for every interface (0.0.0.0 and ::). */
bool address_is_wildcard(const struct address *);

/* Whether nobody in particular is meant: multicast and limited broadcast. */
bool address_is_group(const struct address *);

/* Whether two addresses are the same host (ports apart). */
bool address_same_host(const struct address *, const struct address *);

/* A number that is the same for addresses of the same host. */
uint32_t address_hash(const struct address *);

/* Resolves a host's name or numeric address (getaddrinfo, RFC 6724 order), and a service's name or
 * number, for stream or datagram sockets (SOCK_STREAM, SOCK_DGRAM). Writes at most max addresses
 * and returns how many there are, or a negative errno with the error's sentence filled. Blocks as
 * long as the resolver does. passive: for binding. */
int address_resolve(struct address *out, int max, const char *host, const char *service, int type,
		    bool passive, struct error *);

/* A port of 127.0.0.1 that nobody has at this moment, for a program that is about to be started.
 * Returns it, or a negative errno with the error filled. */
int address_free_port(bool datagrams, struct error *);

#endif
