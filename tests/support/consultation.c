/* A consultation: see consultation.h. */
#include "support/consultation.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol/doctor_rules.h"

static struct doctor_script *script;
struct doctor_conversation *consult_conversation;
struct doctor_reply consult_reply;

static void end_conversation(void)
{
	doctor_conversation_free(consult_conversation);
	doctor_script_free(script);
	consult_conversation = NULL;
	script = NULL;
}

static void begin(struct slice text, enum doctor_manner manner, uint64_t seed)
{
	struct doctor_fault fault;

	end_conversation();
	script = doctor_script_read(text.bytes, text.n, &fault);
	if (!script)
		fail_msg("%zu:%zu: %s", fault.line, fault.column, fault.text);
	consult_conversation = doctor_conversation_new(script, manner, seed);
	assert_non_null(consult_conversation);
}

void consult_1966(const char *text)
{
	begin((struct slice){text, strlen(text)}, DOCTOR_MANNER_1966, 0);
}

void consult_ours(uint64_t seed)
{
	begin(doctor_rules, DOCTOR_MANNER_OURS, seed);
}

int consult_end(void **state)
{
	(void)state;
	end_conversation();
	return 0;
}

const char *consult_bytes(const char *bytes, size_t n)
{
	char *copy = malloc(n ? n : 1);

	assert_non_null(copy);
	memcpy(copy, bytes, n);
	doctor_answer(consult_conversation, copy, n, &consult_reply);
	free(copy);
	assert_int_equal(consult_reply.n, strlen(consult_reply.text));
	return consult_reply.text;
}

const char *consult(const char *text)
{
	return consult_bytes(text, strlen(text));
}
