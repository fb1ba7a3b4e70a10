/*
 * The sentence about a dial that failed: every address that was tried, and why it failed.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "transport/dialer_internal.h"

struct sentence {
	struct error *error;
	size_t length;
};

static bool add(struct sentence *sentence, size_t reserve, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Appends, unless fewer than reserve bytes would be left. */
static bool add(struct sentence *sentence, size_t reserve, const char *format, ...)
{
	size_t room = sizeof(sentence->error->text) - sentence->length;
	char piece[200];
	va_list arguments;

	va_start(arguments, format);
	int n = vsnprintf(piece, sizeof(piece), format, arguments);
	va_end(arguments);
	if (n < 0 || (size_t)n >= sizeof(piece))
		n = sizeof(piece) - 1;
	if (room < reserve + n + 1)
		return false;
	memcpy(sentence->error->text + sentence->length, piece, n + 1);
	sentence->length += n;
	return true;
}

static bool add_attempt(struct sentence *sentence, const struct dial *dial, int index)
{
	const struct dialer *dialer = dial->dialer;
	const struct attempt *attempt = &dial->attempts[index];
	char host[ADDRESS_TEXT], within[32];
	const char *gap = index ? ";" : "";

	address_host_text(host, &dialer->addresses[index]);
	/* An address that the user gave need not be said twice. */
	if (dialer->target.unix_path || (dialer->count == 1 && !strcmp(host, dialer->target.host)))
		host[0] = '\0';
	const char *space = host[0] ? " " : "";
	if (index >= dial->started)
		return add(sentence, 60, "%s%s%s not tried", gap, space, host);
	if (dial_attempt_runs(attempt))
		return add(sentence, 60, "%s%s%s no answer within %s", gap, space, host,
			   clock_text(within, dialer->timeout));
	return add(sentence, 60, "%s%s%s %s", gap, space, host, error_reason(attempt->failure));
}

int dial_failed(const struct dial *dial, bool late, struct error *error)
{
	const struct dialer *dialer = dial->dialer;
	struct sentence sentence = {.error = error};
	bool absent = !late, silent = true;
	int code = ETIMEDOUT;

	error->text[0] = '\0';
	add(&sentence, 60, "connect %s:", dialer->name);
	for (int i = 0; i < dialer->count; i++) {
		if (!add_attempt(&sentence, dial, i)) {
			add(&sentence, 30, "; %d more failed", dialer->count - i);
			break;
		}
	}
	for (int i = 0; i < dial->started && !late; i++) {
		code = dial->attempts[i].failure;
		absent = absent && (code == ECONNREFUSED || code == ENOENT);
		silent = silent && code == ETIMEDOUT;
	}
	error->status = silent ? STATUS_TIMEOUT : STATUS_UNREACHABLE;
	if (absent)
		add(&sentence, 0, "; is the server running?");
	return -code;
}

int dialer_unresolved(const struct dialer *dialer, struct error *error)
{
	char within[32];

	return error_set(error, STATUS_TIMEOUT, ETIMEDOUT, "resolve %.200s: no answer within %s",
			 dialer->target.host, clock_text(within, dialer->timeout));
}
