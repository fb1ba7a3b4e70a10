/*
 * The fields of a recording's entries.
 */
#include "timeline/jsonl_fields.h"

#include "timeline/recording.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define FIELD(of, key, type, absent)                            \
	{                                                       \
#key, type, offsetof(struct of, key), 0, absent \
	}

#define BYTES(of, key, type, length)                                                 \
	{                                                                            \
#key, type, offsetof(struct of, key), offsetof(struct of, length), 0 \
	}

const char *const call_kind_names[] = {
	[CALL_SOCKET] = "socket",       [CALL_BIND] = "bind",       [CALL_LISTEN] = "listen",
	[CALL_ACCEPT] = "accept",       [CALL_CONNECT] = "connect", [CALL_SEND] = "send",
	[CALL_RECEIVE] = "receive",     [CALL_PRINT] = "print",     [CALL_INPUT] = "input",
	[CALL_SHUTDOWN] = "shutdown",   [CALL_CLOSE] = "close",     [CALL_OPTION] = "option",
	[CALL_DUPLICATE] = "duplicate", [CALL_WAIT] = "wait",       [CALL_WATCH] = "watch",
	[CALL_RING] = "ring",           [CALL_PROCESS] = "process", [CALL_EXIT] = "exit",
	[CALL_SIGNAL] = "signal",       [CALL_LINE] = "line",
};
const size_t call_kind_count = COUNT(call_kind_names);

static const struct field own[] = {
	FIELD(recording, note, FIELD_TEXT, 0),
	FIELD(recording, started, FIELD_INT64, 0),
	FIELD(recording, stopped, FIELD_TIME, -1),
	FIELD(recording, dropped, FIELD_UINT64, 0),
};

static const struct field program[] = {
	FIELD(program, name, FIELD_TEXT, 0),    FIELD(program, command, FIELD_TEXT, 0),
	FIELD(program, pid, FIELD_INT, -1),     FIELD(program, is_server, FIELD_BOOL, 0),
	FIELD(program, started, FIELD_TIME, 0), FIELD(program, ended, FIELD_TIME, -1),
	FIELD(program, status, FIELD_INT, -1),
};

static const struct field interface[] = {
	FIELD(interface, name, FIELD_TEXT, 0),
	FIELD(interface, link_type, FIELD_INT, 0),
};

static const struct field socket_fields[] = {
	FIELD(socket_record, program, FIELD_PROGRAM, -1),
	FIELD(socket_record, family, FIELD_INT, 0),
	FIELD(socket_record, type, FIELD_INT, 0),
	FIELD(socket_record, listens, FIELD_BOOL, 0),
	FIELD(socket_record, local, FIELD_ADDRESS, 0),
	FIELD(socket_record, remote, FIELD_ADDRESS, 0),
	FIELD(socket_record, path, FIELD_TEXT, 0),
	FIELD(socket_record, inode, FIELD_UINT64, 0),
};

static const struct field call[] = {
	FIELD(call, kind, FIELD_KIND, 0),
	FIELD(call, program, FIELD_PROGRAM, -1),
	FIELD(call, process, FIELD_INT, -1),
	FIELD(call, thread, FIELD_INT, -1),
	FIELD(call, name, FIELD_TEXT, 0),
	FIELD(call, text, FIELD_TEXT, 0),
	FIELD(call, outcome, FIELD_TEXT, 0),
	FIELD(call, entered, FIELD_TIME, -1),
	FIELD(call, left, FIELD_TIME, -1),
	FIELD(call, result, FIELD_INT64, 0),
	FIELD(call, descriptor, FIELD_INT, -1),
	FIELD(call, socket, FIELD_SOCKET, -1),
	FIELD(call, accepted, FIELD_SOCKET, -1),
	FIELD(call, bytes, FIELD_UINT64, 0),
	BYTES(call, data, FIELD_BYTES, data_length),
	FIELD(call, peer, FIELD_ADDRESS, 0),
	FIELD(call, file, FIELD_TEXT, 0),
	FIELD(call, line, FIELD_INT, 0),
};

static const struct field packet[] = {
	FIELD(packet, when, FIELD_TIME, 0),
	FIELD(packet, udp, FIELD_BOOL, 0),
	FIELD(packet, from, FIELD_ADDRESS, 0),
	FIELD(packet, to, FIELD_ADDRESS, 0),
	FIELD(packet, flags, FIELD_UINT32, 0),
	FIELD(packet, sequence, FIELD_UINT32, 0),
	FIELD(packet, acknowledgement, FIELD_UINT32, 0),
	FIELD(packet, window, FIELD_UINT32, 0),
	FIELD(packet, length, FIELD_UINT32, 0),
	BYTES(packet, data, FIELD_BYTES, data_length),
	BYTES(packet, frame, FIELD_FRAME, frame_length),
	FIELD(packet, frame_original, FIELD_UINT32, 0),
	FIELD(packet, interface, FIELD_INTERFACE, -1),
	FIELD(packet, retransmission, FIELD_BOOL, 0),
};

const struct entry_type recording_fields = {"recording", own, COUNT(own), sizeof(struct recording)};

const struct entry_type entry_types[ENTRY_TYPES] = {
	[ENTRY_PROGRAM] = {"program", program, COUNT(program), sizeof(struct program)},
	[ENTRY_INTERFACE] = {"interface", interface, COUNT(interface), sizeof(struct interface)},
	[ENTRY_SOCKET] = {"socket", socket_fields, COUNT(socket_fields),
			  sizeof(struct socket_record)},
	[ENTRY_CALL] = {"call", call, COUNT(call), sizeof(struct call)},
	[ENTRY_PACKET] = {"packet", packet, COUNT(packet), sizeof(struct packet)},
};
