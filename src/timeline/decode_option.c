/*
 * The calls that set something on a socket, and those that give it another descriptor.
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/time.h>

#include "timeline/decode_internal.h"

/* --- Options. --- */

static void say_name(struct wording *words, int level, int option)
{
	const char *name = option_constant(level, option);

	if (name)
		wording_add(words, "%s", name);
	else
		wording_add(words, "level %d, option %d", level, option);
}

/* To the microsecond, as it was given, without zeros at the end. */
static void say_seconds(struct wording *words, const struct timeval *time)
{
	char fraction[32];
	size_t n =
		(size_t)snprintf(fraction, sizeof(fraction), ".%06lld", (long long)time->tv_usec);

	while (n > 0 && (fraction[n - 1] == '0' || fraction[n - 1] == '.'))
		fraction[--n] = '\0';
	wording_add(words, ", %lld%s s", (long long)time->tv_sec, fraction);
}

static void say_value(struct wording *words, pid_t thread, int level, int option, uint64_t value,
		      uint32_t length)
{
	struct linger linger;
	struct timeval time;
	int number;

	if (level == SOL_SOCKET && option == SO_LINGER && length >= sizeof(linger) &&
	    tracee_get(thread, value, &linger, sizeof(linger)))
		wording_add(words, ", %s %d s", linger.l_onoff ? "on" : "off", linger.l_linger);
	else if (level == SOL_SOCKET && (option == SO_RCVTIMEO || option == SO_SNDTIMEO) &&
		 length >= sizeof(time) && tracee_get(thread, value, &time, sizeof(time)))
		say_seconds(words, &time);
	else if (length == sizeof(number) && tracee_get(thread, value, &number, sizeof(number)))
		wording_add(words, ", %d", number);
}

bool begin_setsockopt(struct decoder *decoder, struct activity *activity, struct call *call)
{
	int level = argument_int(activity, 1), option = argument_int(activity, 2);

	if (!decode_on_socket(decoder, activity, call, CALL_OPTION))
		return false;
	wording_add(&decoder->words, "setsockopt(%d, ", call->descriptor);
	say_name(&decoder->words, level, option);
	say_value(&decoder->words, activity->owner.thread, level, option, activity->arguments[3],
		  (uint32_t)activity->arguments[4]);
	wording_add(&decoder->words, ")");
	return true;
}

bool begin_fcntl(struct decoder *decoder, struct activity *activity, struct call *call)
{
	static const struct constant flags[] = {
		{O_NONBLOCK, "O_NONBLOCK"}, {O_ASYNC, "O_ASYNC"}, {0, NULL}};
	struct wording *words = &decoder->words;
	int command = argument_int(activity, 1);
	bool duplicates = command == F_DUPFD || command == F_DUPFD_CLOEXEC;
	/* What F_GETFL gives, which programs hand back, has the access mode, too. */
	unsigned long set = activity->arguments[2] & (O_NONBLOCK | O_ASYNC);

	if ((!duplicates && command != F_SETFL) ||
	    !decode_on_socket(decoder, activity, call, duplicates ? CALL_DUPLICATE : CALL_OPTION))
		return false;
	wording_add(words, "fcntl(%d, %s", call->descriptor, duplicates ? "F_DUPFD)" : "F_SETFL, ");
	if (duplicates)
		return true;
	wording_add_flags(words, flags, set, " | ");
	wording_add(words, set ? ")" : "blocking)");
	return true;
}

bool begin_ioctl(struct decoder *decoder, struct activity *activity, struct call *call)
{
	int value = 0;

	if (argument_int(activity, 1) != FIONBIO ||
	    !decode_on_socket(decoder, activity, call, CALL_OPTION))
		return false;
	tracee_get(activity->owner.thread, activity->arguments[2], &value, sizeof(value));
	wording_add(&decoder->words, "ioctl(%d, FIONBIO, %s)", call->descriptor,
		    value ? "non-blocking" : "blocking");
	return true;
}

/* --- Descriptors. --- */

bool begin_dup(struct decoder *decoder, struct activity *activity, struct call *call)
{
	if (!decode_on_socket(decoder, activity, call, CALL_DUPLICATE))
		return false;
	wording_add(&decoder->words, "dup(%d)", call->descriptor);
	return true;
}

bool begin_dup2(struct decoder *decoder, struct activity *activity, struct call *call)
{
	if (!decode_on_socket(decoder, activity, call, CALL_DUPLICATE))
		return false;
	wording_add(&decoder->words, "dup2(%d, %d)", call->descriptor, argument_int(activity, 1));
	return true;
}

void end_descriptor(struct decoder *decoder, struct activity *activity, struct call *call)
{
	bool makes = call->kind == CALL_DUPLICATE || call->kind == CALL_PROCESS;

	(void)activity;
	if (call->result >= 0 && makes)
		wording_add(&decoder->words, "→ %lld", (long long)call->result);
}
