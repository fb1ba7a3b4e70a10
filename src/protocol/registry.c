/* The list of all protocols. A new one is a file in this folder and two lines here. */
#include <string.h>

#include "sockettool/protocol.h"

extern const struct protocol echo_protocol;
extern const struct protocol daytime_protocol;
extern const struct protocol udp_date_protocol;
extern const struct protocol calc_protocol;
extern const struct protocol chat_protocol;
extern const struct protocol statemachine_protocol;

const struct protocol *const protocols[] = {
	&echo_protocol,
	&daytime_protocol,
	&udp_date_protocol,
	&calc_protocol,
	&chat_protocol,
	&statemachine_protocol,
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
