/* The list of all protocols. A new one is a file in this folder and two lines here. */
#include <string.h>

#include "sockettool/protocol.h"

extern const struct protocol echo_protocol;
extern const struct protocol discard_protocol;
extern const struct protocol daytime_protocol;
extern const struct protocol chargen_protocol;
extern const struct protocol qotd_protocol;
extern const struct protocol users_protocol;
extern const struct protocol time_protocol;
extern const struct protocol udp_date_protocol;
extern const struct protocol ack_protocol;
extern const struct protocol calc_protocol;
extern const struct protocol knock_protocol;
extern const struct protocol chat_protocol;
extern const struct protocol statemachine_protocol;
extern const struct protocol message_protocol;
extern const struct protocol reply_protocol;
extern const struct protocol eval_protocol;
extern const struct protocol talk_protocol;
extern const struct protocol doctor_protocol;

const struct protocol *const protocols[] = {
	&echo_protocol,
	&discard_protocol,
	&daytime_protocol,
	&chargen_protocol,
	&qotd_protocol,
	&users_protocol,
	&time_protocol,
	&udp_date_protocol,
	&ack_protocol,
	&calc_protocol,
	&knock_protocol,
	&chat_protocol,
	&statemachine_protocol,
	&message_protocol,
	&reply_protocol,
	&eval_protocol,
	&talk_protocol,
	&doctor_protocol,
	NULL,
};

const struct protocol *protocol_find(const char *name)
{
	for (size_t i = 0; protocols[i]; i++) {
		if (strcmp(protocols[i]->name, name) == 0)
			return protocols[i];
	}
	return NULL;
}
