/*
 * Names of numbers in the arguments of system calls.
 */
#include "timeline/constants.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/socket.h>

/* clang-format off */
const struct constant message_flags[] = {
	{MSG_OOB, "MSG_OOB"}, {MSG_PEEK, "MSG_PEEK"}, {MSG_DONTROUTE, "MSG_DONTROUTE"},
	{MSG_TRUNC, "MSG_TRUNC"}, {MSG_DONTWAIT, "MSG_DONTWAIT"}, {MSG_EOR, "MSG_EOR"},
	{MSG_WAITALL, "MSG_WAITALL"}, {MSG_CONFIRM, "MSG_CONFIRM"},
	{MSG_ERRQUEUE, "MSG_ERRQUEUE"}, {MSG_NOSIGNAL, "MSG_NOSIGNAL"}, {MSG_MORE, "MSG_MORE"},
	{MSG_WAITFORONE, "MSG_WAITFORONE"}, {MSG_ZEROCOPY, "MSG_ZEROCOPY"},
	{MSG_FASTOPEN, "MSG_FASTOPEN"}, {MSG_CMSG_CLOEXEC, "MSG_CMSG_CLOEXEC"},
	{0, NULL},
};

/* epoll's events have the same numbers as poll's, and some of their own. */
const struct constant poll_events[] = {
	{POLLIN, "in"}, {POLLPRI, "urgent"}, {POLLOUT, "out"}, {POLLERR, "error"},
	{POLLHUP, "hangup"}, {POLLNVAL, "invalid"}, {POLLRDHUP, "peer closed"},
	{(long)EPOLLET, "edge"}, {(long)EPOLLONESHOT, "once"},
	{(long)EPOLLEXCLUSIVE, "exclusive"}, {0, NULL},
};

const struct constant shutdown_modes[] = {
	{SHUT_RD, "SHUT_RD"}, {SHUT_WR, "SHUT_WR"}, {SHUT_RDWR, "SHUT_RDWR"}, {0, NULL},
};

const struct constant epoll_actions[] = {
	{EPOLL_CTL_ADD, "add"}, {EPOLL_CTL_MOD, "change"}, {EPOLL_CTL_DEL, "remove"}, {0, NULL},
};

static const struct constant socket_options[] = {
	{SO_REUSEADDR, "SO_REUSEADDR"}, {SO_REUSEPORT, "SO_REUSEPORT"}, {SO_TYPE, "SO_TYPE"},
	{SO_ERROR, "SO_ERROR"}, {SO_BROADCAST, "SO_BROADCAST"}, {SO_SNDBUF, "SO_SNDBUF"},
	{SO_RCVBUF, "SO_RCVBUF"}, {SO_KEEPALIVE, "SO_KEEPALIVE"}, {SO_LINGER, "SO_LINGER"},
	{SO_OOBINLINE, "SO_OOBINLINE"}, {SO_PASSCRED, "SO_PASSCRED"},
	{SO_RCVLOWAT, "SO_RCVLOWAT"}, {SO_SNDLOWAT, "SO_SNDLOWAT"},
	{SO_RCVTIMEO, "SO_RCVTIMEO"}, {SO_SNDTIMEO, "SO_SNDTIMEO"},
	{SO_BINDTODEVICE, "SO_BINDTODEVICE"}, {SO_PRIORITY, "SO_PRIORITY"},
	{SO_MARK, "SO_MARK"}, {SO_TIMESTAMP, "SO_TIMESTAMP"},
	{SO_TIMESTAMPNS, "SO_TIMESTAMPNS"}, {SO_BUSY_POLL, "SO_BUSY_POLL"},
	{SO_INCOMING_CPU, "SO_INCOMING_CPU"}, {SO_ZEROCOPY, "SO_ZEROCOPY"},
	{SO_DONTROUTE, "SO_DONTROUTE"}, {SO_ATTACH_BPF, "SO_ATTACH_BPF"},
	{SO_ATTACH_FILTER, "SO_ATTACH_FILTER"}, {0, NULL},
};

static const struct constant tcp_options[] = {
	{TCP_NODELAY, "TCP_NODELAY"}, {TCP_MAXSEG, "TCP_MAXSEG"}, {TCP_CORK, "TCP_CORK"},
	{TCP_KEEPIDLE, "TCP_KEEPIDLE"}, {TCP_KEEPINTVL, "TCP_KEEPINTVL"},
	{TCP_KEEPCNT, "TCP_KEEPCNT"}, {TCP_SYNCNT, "TCP_SYNCNT"}, {TCP_LINGER2, "TCP_LINGER2"},
	{TCP_DEFER_ACCEPT, "TCP_DEFER_ACCEPT"}, {TCP_WINDOW_CLAMP, "TCP_WINDOW_CLAMP"},
	{TCP_QUICKACK, "TCP_QUICKACK"}, {TCP_CONGESTION, "TCP_CONGESTION"},
	{TCP_USER_TIMEOUT, "TCP_USER_TIMEOUT"}, {TCP_FASTOPEN, "TCP_FASTOPEN"},
	{TCP_FASTOPEN_CONNECT, "TCP_FASTOPEN_CONNECT"},
	{TCP_NOTSENT_LOWAT, "TCP_NOTSENT_LOWAT"}, {0, NULL},
};

static const struct constant ip_options[] = {
	{IP_TOS, "IP_TOS"}, {IP_TTL, "IP_TTL"}, {IP_HDRINCL, "IP_HDRINCL"},
	{IP_PKTINFO, "IP_PKTINFO"}, {IP_RECVERR, "IP_RECVERR"}, {IP_RECVTTL, "IP_RECVTTL"},
	{IP_MTU_DISCOVER, "IP_MTU_DISCOVER"}, {IP_FREEBIND, "IP_FREEBIND"},
	{IP_MULTICAST_IF, "IP_MULTICAST_IF"}, {IP_MULTICAST_TTL, "IP_MULTICAST_TTL"},
	{IP_MULTICAST_LOOP, "IP_MULTICAST_LOOP"}, {IP_ADD_MEMBERSHIP, "IP_ADD_MEMBERSHIP"},
	{IP_DROP_MEMBERSHIP, "IP_DROP_MEMBERSHIP"}, {IP_RECVTOS, "IP_RECVTOS"},
	{IP_BIND_ADDRESS_NO_PORT, "IP_BIND_ADDRESS_NO_PORT"}, {0, NULL},
};

static const struct constant ipv6_options[] = {
	{IPV6_V6ONLY, "IPV6_V6ONLY"}, {IPV6_UNICAST_HOPS, "IPV6_UNICAST_HOPS"},
	{IPV6_MULTICAST_IF, "IPV6_MULTICAST_IF"}, {IPV6_MULTICAST_HOPS, "IPV6_MULTICAST_HOPS"},
	{IPV6_MULTICAST_LOOP, "IPV6_MULTICAST_LOOP"}, {IPV6_JOIN_GROUP, "IPV6_JOIN_GROUP"},
	{IPV6_LEAVE_GROUP, "IPV6_LEAVE_GROUP"}, {IPV6_RECVPKTINFO, "IPV6_RECVPKTINFO"},
	{IPV6_RECVERR, "IPV6_RECVERR"}, {IPV6_TCLASS, "IPV6_TCLASS"},
	{IPV6_MTU_DISCOVER, "IPV6_MTU_DISCOVER"}, {0, NULL},
};

static const struct constant udp_options[] = {
	{UDP_CORK, "UDP_CORK"}, {UDP_SEGMENT, "UDP_SEGMENT"}, {UDP_GRO, "UDP_GRO"}, {0, NULL},
};
/* clang-format on */

const char *constant_find(const struct constant *table, long number)
{
	for (; table->name; table++) {
		if (table->number == number)
			return table->name;
	}
	return NULL;
}

const char *option_constant(int level, int option)
{
	switch (level) {
	case SOL_SOCKET:
		return constant_find(socket_options, option);
	case IPPROTO_TCP:
		return constant_find(tcp_options, option);
	case IPPROTO_IP:
		return constant_find(ip_options, option);
	case IPPROTO_IPV6:
		return constant_find(ipv6_options, option);
	case IPPROTO_UDP:
		return constant_find(udp_options, option);
	default:
		return NULL;
	}
}

void wording_add_constant(struct wording *words, const struct constant *table, long number)
{
	const char *name = constant_find(table, number);

	if (name)
		wording_add(words, "%s", name);
	else
		wording_add(words, "%ld", number);
}

void wording_add_flags(struct wording *words, const struct constant *table, unsigned long bits,
		       const char *separator)
{
	const char *before = "";

	for (; table->name; table++) {
		unsigned long bit = (unsigned)table->number;

		if (!(bits & bit))
			continue;
		wording_add(words, "%s%s", before, table->name);
		bits &= ~bit;
		before = separator;
	}
	if (bits)
		wording_add(words, "%s0x%lx", before, bits);
}
