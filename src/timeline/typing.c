/*
 * What is typed for a program.
 */
#include "timeline/typing.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"

enum { PAUSE_MAX = 3600000 }; /* milliseconds */

/* --- Reading. --- */

static int mistake(struct error *error, const char *text, const char *at)
{
	return error_usage(error,
			   "\"%.200s\" is no text to type: after a backslash come n, t, a "
			   "backslash, xHH for a byte or p{MS} for a pause of at most an hour, "
			   "not \"%.10s\"",
			   text, at);
}

/* Reads what stands after \p. Returns where it ends, or NULL. */
static const char *read_pause(struct typing *typing, const char *at)
{
	char *end;

	if (at[0] != '{' || !isdigit((unsigned char)at[1]))
		return NULL;
	long milliseconds = strtol(at + 1, &end, 10);
	if (*end != '}' || milliseconds > PAUSE_MAX)
		return NULL;
	typing->pauses[typing->pause_count++] = (struct typing_pause){
		.before = typing->n, .length = milliseconds * NANOSECONDS_PER_MILLISECOND};
	return end + 1;
}

static const char *read_byte(struct typing *typing, const char *at)
{
	char digits[3] = {0};

	if (!isxdigit((unsigned char)at[0]) || !isxdigit((unsigned char)at[1]))
		return NULL;
	memcpy(digits, at, 2);
	typing->bytes[typing->n++] = (char)strtol(digits, NULL, 16);
	return at + 2;
}

/* Reads what stands after a backslash. Returns where it ends, or NULL. */
static const char *read_escape(struct typing *typing, const char *at)
{
	switch (*at) {
	case 'n':
		typing->bytes[typing->n++] = '\n';
		return at + 1;
	case 't':
		typing->bytes[typing->n++] = '\t';
		return at + 1;
	case '\\':
		typing->bytes[typing->n++] = '\\';
		return at + 1;
	case 'x':
		return read_byte(typing, at + 1);
	case 'p':
		return read_pause(typing, at + 1);
	default:
		return NULL;
	}
}

int typing_read(struct typing *typing, const char *text, struct error *error)
{
	size_t length = strlen(text);
	const char *at = text;

	/* No text has more bytes or pauses than characters. */
	*typing = (struct typing){.descriptor = -1,
				  .bytes = malloc(length + 1),
				  .pauses = calloc(length + 1, sizeof(*typing->pauses))};
	if (!typing->bytes || !typing->pauses) {
		typing_free(typing);
		return error_system(error, ENOMEM, "read the text to type");
	}
	while (*at) {
		if (*at != '\\') {
			typing->bytes[typing->n++] = *at++;
			continue;
		}
		const char *after = read_escape(typing, at + 1);
		if (!after) {
			typing_free(typing);
			return mistake(error, text, at);
		}
		at = after;
	}
	return 0;
}

/* --- Typing. --- */

static void let_go(struct typing *typing)
{
	if (typing->descriptor >= 0)
		close(typing->descriptor);
	typing->descriptor = -1;
}

void typing_begin(struct typing *typing, int descriptor, int64_t now)
{
	typing->descriptor = descriptor;
	typing->resume = now;
}

/* How far it goes until the next pause. */
static size_t until_pause(const struct typing *typing)
{
	return typing->paused < typing->pause_count ? typing->pauses[typing->paused].before
						    : typing->n;
}

bool typing_continue(struct typing *typing, int64_t now)
{
	while (typing->descriptor >= 0 && now >= typing->resume) {
		size_t until = until_pause(typing);
		ssize_t n = 0;

		if (typing->typed < until)
			n = write(typing->descriptor, typing->bytes + typing->typed,
				  until - typing->typed);
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n < 0) {
			let_go(typing);
			return false;
		}
		typing->typed += (size_t)n;
		if (typing->typed < until)
			continue;
		if (typing->paused < typing->pause_count)
			typing->resume = time_after(now, typing->pauses[typing->paused++].length);
		else
			let_go(typing);
	}
	return false;
}

int64_t typing_deadline(const struct typing *typing, int64_t now)
{
	return typing->descriptor >= 0 && typing->resume > now ? typing->resume : NEVER;
}

void typing_free(struct typing *typing)
{
	let_go(typing);
	free(typing->bytes);
	free(typing->pauses);
	typing->bytes = NULL;
	typing->pauses = NULL;
}
