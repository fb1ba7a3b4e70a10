/*
 * doctor's own rules.
 */
#ifndef PROTOCOL_DOCTOR_RULES_H
#define PROTOCOL_DOCTOR_RULES_H

#include "sockettool/protocol.h"

/* A script (doctor_script.h) for DOCTOR_MANNER_OURS. */
extern const struct slice doctor_rules;

#endif
