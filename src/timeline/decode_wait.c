/*
 * The calls that wait for several descriptors at once: select and poll, with what they wait for and
 * what they found.
 */
#include <poll.h>
#include <sys/select.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "timeline/decode_wait.h"

/* --- For all of them. --- */

void wait_begin(struct waiting *waiting, struct decoder *decoder, struct activity *activity,
		struct call *call)
{
	*waiting = (struct waiting){.decoder = decoder, .activity = activity, .call = call};
	call->kind = CALL_WAIT;
}

void wait_look(struct waiting *waiting, int descriptor)
{
	struct call *call = waiting->call;
	char link[DESCRIPTOR_LINK];

	if (waiting->looked++ >= DESCRIPTORS_LOOKED_AT)
		return;
	int socket = traced_sockets_find(&waiting->decoder->sockets, &waiting->activity->owner,
					 descriptor, link);
	if (socket < 0 && descriptor != STDIN_FILENO)
		return;
	waiting->found++;
	/* A wait for one thing is about it. */
	call->descriptor = waiting->found == 1 ? descriptor : -1;
	call->socket = waiting->found == 1 ? socket : -1;
}

void wait_say(struct waiting *waiting, int descriptor, unsigned events)
{
	struct wording *words = &waiting->decoder->words;

	if (waiting->said == DESCRIPTORS_SHOWN)
		wording_add(words, ", ...");
	if (waiting->said++ >= DESCRIPTORS_SHOWN)
		return;
	wording_add(words, "%s%d", waiting->said > 1 ? ", " : "", descriptor);
	if (events) {
		wording_add(words, " ");
		wording_add_flags(words, poll_events, events, " ");
	}
}

void wait_say_time(struct wording *words, const struct timespec *time)
{
	double milliseconds = (double)time->tv_sec * 1e3 + (double)time->tv_nsec / 1e6;

	wording_add(words, ", %g ms", milliseconds);
}

/* Reads a timespec; a NULL address is for ever, which goes without saying. */
static void say_timespec(struct waiting *waiting, uint64_t address)
{
	struct timespec time;

	if (tracee_get(waiting->activity->owner.thread, address, &time, sizeof(time)))
		wait_say_time(&waiting->decoder->words, &time);
}

void wait_say_milliseconds(struct wording *words, int timeout)
{
	if (timeout >= 0)
		wording_add(words, ", %d ms", timeout);
}

/* --- poll. --- */

/* Goes through the pollfds, and says those that have events, or all. */
static void each_pollfd(struct waiting *waiting, bool ready)
{
	pid_t thread = waiting->activity->owner.thread;
	uint64_t address = waiting->activity->arguments[0];
	unsigned count = (unsigned)waiting->activity->arguments[1];
	struct pollfd one;

	for (unsigned i = 0; i < count && i < DESCRIPTORS_LOOKED_AT; i++) {
		if (!tracee_get(thread, address + i * sizeof(one), &one, sizeof(one)))
			break;
		if (one.fd < 0 || (ready && !one.revents))
			continue;
		if (!ready)
			wait_look(waiting, one.fd);
		wait_say(waiting, one.fd, (unsigned short)(ready ? one.revents : one.events));
	}
}

static void begin_polling(struct waiting *waiting)
{
	struct wording *words = &waiting->decoder->words;

	wording_add(words, "poll([");
	each_pollfd(waiting, false);
	wording_add(words, "]");
}

bool begin_poll(struct decoder *decoder, struct activity *activity, struct call *call)
{
	struct waiting waiting;

	wait_begin(&waiting, decoder, activity, call);
	begin_polling(&waiting);
	wait_say_milliseconds(&decoder->words, argument_int(activity, 2));
	wording_add(&decoder->words, ")");
	return waiting.found > 0;
}

bool begin_ppoll(struct decoder *decoder, struct activity *activity, struct call *call)
{
	struct waiting waiting;

	wait_begin(&waiting, decoder, activity, call);
	begin_polling(&waiting);
	say_timespec(&waiting, activity->arguments[2]);
	wording_add(&decoder->words, ")");
	return waiting.found > 0;
}

bool wait_returned(struct decoder *decoder, const struct call *call)
{
	if (call->result == 0)
		wording_add(&decoder->words, "= 0, time is up");
	if (call->result <= 0)
		return false;
	wording_add(&decoder->words, "→ ");
	return true;
}

void end_poll(struct decoder *decoder, struct activity *activity, struct call *call)
{
	struct waiting waiting = {.decoder = decoder, .activity = activity, .call = call};

	if (wait_returned(decoder, call))
		each_pollfd(&waiting, true);
}

/* --- select. --- */

static void each_in_set(struct waiting *waiting, int set, const char *name, bool ready)
{
	static const char *const separators[] = {"", ", "};
	struct wording *words = &waiting->decoder->words;
	uint64_t address = waiting->activity->arguments[set];
	unsigned long word = 0;
	int bits = 8 * (int)sizeof(word);
	int count = argument_int(waiting->activity, 0);
	bool named = false;

	waiting->said = 0;
	for (int i = 0; address && i < count && i < DESCRIPTORS_LOOKED_AT; i++) {
		if (i % bits == 0 && !tracee_get(waiting->activity->owner.thread,
						 address + (unsigned)i / 8, &word, sizeof(word)))
			break;
		if (!(word >> (i % bits) & 1))
			continue;
		if (!ready)
			wait_look(waiting, i);
		if (!named)
			wording_add(words, "%s%s ", separators[waiting->sets++ > 0], name);
		if (!named && !ready)
			wording_add(words, "[");
		named = true;
		wait_say(waiting, i, 0);
	}
	if (named && !ready)
		wording_add(words, "]");
}

static void each_set(struct waiting *waiting, bool ready)
{
	static const char *const names[] = {"read", "write", "except"};

	for (int i = 0; i < 3; i++)
		each_in_set(waiting, i + 1, names[i], ready);
}

/* Whether the wait is for anything of interest. Its time limit follows. */
static bool begin_selecting(struct waiting *waiting)
{
	wording_add(&waiting->decoder->words, "select(");
	each_set(waiting, false);
	return waiting->found > 0;
}

bool begin_select(struct decoder *decoder, struct activity *activity, struct call *call)
{
	struct waiting waiting;
	struct timeval limit;
	struct timespec time;

	wait_begin(&waiting, decoder, activity, call);
	if (!begin_selecting(&waiting))
		return false;
	if (tracee_get(activity->owner.thread, activity->arguments[4], &limit, sizeof(limit))) {
		TIMEVAL_TO_TIMESPEC(&limit, &time);
		wait_say_time(&decoder->words, &time);
	}
	wording_add(&decoder->words, ")");
	return true;
}

bool begin_pselect6(struct decoder *decoder, struct activity *activity, struct call *call)
{
	struct waiting waiting;

	wait_begin(&waiting, decoder, activity, call);
	if (!begin_selecting(&waiting))
		return false;
	say_timespec(&waiting, activity->arguments[4]);
	wording_add(&decoder->words, ")");
	return true;
}

void end_select(struct decoder *decoder, struct activity *activity, struct call *call)
{
	struct waiting waiting = {.decoder = decoder, .activity = activity, .call = call};

	if (wait_returned(decoder, call))
		each_set(&waiting, true);
}
