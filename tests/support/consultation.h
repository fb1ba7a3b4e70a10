/*
 * A consultation: one conversation with doctor's engine at a time, for its tests.
 */
#ifndef SUPPORT_CONSULTATION_H
#define SUPPORT_CONSULTATION_H

#include "protocol/doctor_engine.h"

/* The conversation, from its beginning to consult_end or the next one, and the last reply. */
extern struct doctor_conversation *consult_conversation;
extern struct doctor_reply consult_reply;

/* A conversation of 1966 over a script; the text has to be a constant. */
void consult_1966(const char *text);

/* A conversation by doctor's own rules. */
void consult_ours(uint64_t seed);

/* The answer to a text; it lies in memory that is gone at once. */
const char *consult_bytes(const char *bytes, size_t n);
const char *consult(const char *text);

/* cmocka's tear-down: ends the conversation. */
int consult_end(void **state);

#endif
