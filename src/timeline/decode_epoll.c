/*
 * epoll and io_uring. Which descriptors an epoll instance watches stands in /proc, with the data by
 * which programs know them.
 */
#include <string.h>
#include <sys/epoll.h>

#include "timeline/decode_wait.h"
#include "timeline/kernel_text.h"

enum { WATCHED_TEXT = 16384 };

/* What an epoll instance watches: lines "tfd: 5 events: 19 data: 5 ...". */
struct watched {
	char text[WATCHED_TEXT];
	const char *next;
};

struct watch {
	int descriptor;
	unsigned events;
	uint64_t data;
};

/* Reads as much as the bound allows: a few hundred descriptors. */
static void open_watched(struct watched *watched, pid_t thread, int descriptor)
{
	kernel_text_read(watched->text, sizeof(watched->text), "/proc/%d/fdinfo/%d", (int)thread,
			 descriptor);
	watched->next = watched->text;
}

static bool next_watched(struct watched *watched, struct watch *watch)
{
	while ((watched->next = strstr(watched->next, "tfd:"))) {
		uint64_t events;
		bool complete = kernel_text_label(&watched->next, "tfd:") &&
				kernel_text_int(&watched->next, &watch->descriptor) &&
				kernel_text_label(&watched->next, "events:") &&
				kernel_text_number(&watched->next, 16, &events) &&
				kernel_text_label(&watched->next, "data:") &&
				kernel_text_number(&watched->next, 16, &watch->data);

		if (!complete)
			continue;
		watch->events = (unsigned)events;
		return true;
	}
	return false;
}

/* The bits that the kernel adds by itself say nothing. */
static unsigned asked_for(unsigned events)
{
	return events & ~(unsigned)(EPOLLERR | EPOLLHUP);
}

static void say_watched(struct waiting *waiting)
{
	struct watched watched;
	struct watch watch;

	open_watched(&watched, waiting->activity->owner.thread, waiting->call->descriptor);
	while (waiting->said <= DESCRIPTORS_SHOWN && next_watched(&watched, &watch))
		wait_say(waiting, watch.descriptor, asked_for(watch.events));
}

static bool begin_waiting(struct decoder *decoder, struct activity *activity, struct call *call,
			  struct waiting *waiting)
{
	wait_begin(waiting, decoder, activity, call);
	call->descriptor = argument_int(activity, 0);
	wording_add(&decoder->words, "epoll_wait(%d, [", call->descriptor);
	say_watched(waiting);
	wording_add(&decoder->words, "]");
	return true;
}

bool begin_epoll_wait(struct decoder *decoder, struct activity *activity, struct call *call)
{
	struct waiting waiting;

	begin_waiting(decoder, activity, call, &waiting);
	wait_say_milliseconds(&decoder->words, argument_int(activity, 3));
	wording_add(&decoder->words, ")");
	return true;
}

bool begin_epoll_pwait2(struct decoder *decoder, struct activity *activity, struct call *call)
{
	struct waiting waiting;
	struct timespec time;

	begin_waiting(decoder, activity, call, &waiting);
	if (tracee_get(activity->owner.thread, activity->arguments[3], &time, sizeof(time)))
		wait_say_time(&decoder->words, &time);
	wording_add(&decoder->words, ")");
	return true;
}

/* The descriptor that a program knows by that data, or -1. */
static int find_watched(struct watched *watched, uint64_t data)
{
	struct watch watch;

	watched->next = watched->text;
	while (next_watched(watched, &watch)) {
		if (watch.data == data)
			return watch.descriptor;
	}
	return -1;
}

void end_epoll_wait(struct decoder *decoder, struct activity *activity, struct call *call)
{
	struct waiting waiting = {.decoder = decoder, .activity = activity, .call = call};
	struct watched watched;
	struct epoll_event event;

	if (!wait_returned(decoder, call))
		return;
	open_watched(&watched, activity->owner.thread, call->descriptor);
	for (int64_t i = 0; i < call->result && waiting.said <= DESCRIPTORS_SHOWN; i++) {
		if (!tracee_get(activity->owner.thread,
				activity->arguments[1] + (uint64_t)i * sizeof(event), &event,
				sizeof(event)))
			break;
		int descriptor = find_watched(&watched, event.data.u64);
		if (descriptor >= 0)
			wait_say(&waiting, descriptor, event.events);
		else
			waiting.sets++;
	}
	if (waiting.sets)
		wording_add(&decoder->words, "%s%d more", waiting.said ? " and " : "",
			    waiting.sets);
}

bool begin_epoll_ctl(struct decoder *decoder, struct activity *activity, struct call *call)
{
	char link[DESCRIPTOR_LINK];
	struct wording *words = &decoder->words;
	struct epoll_event event;
	int action = argument_int(activity, 1);

	call->kind = CALL_WATCH;
	call->descriptor = argument_int(activity, 2);
	call->socket =
		traced_sockets_find(&decoder->sockets, &activity->owner, call->descriptor, link);
	wording_add(words, "epoll_ctl(%d, ", argument_int(activity, 0));
	wording_add_constant(words, epoll_actions, action);
	wording_add(words, " %d", call->descriptor);
	if (action != EPOLL_CTL_DEL &&
	    tracee_get(activity->owner.thread, activity->arguments[3], &event, sizeof(event))) {
		wording_add(words, " ");
		wording_add_flags(words, poll_events, asked_for(event.events), " ");
	}
	wording_add(words, ")");
	return true;
}

bool begin_io_uring_enter(struct decoder *decoder, struct activity *activity, struct call *call)
{
	unsigned submits = (unsigned)activity->arguments[1];
	unsigned awaits = (unsigned)activity->arguments[2];
	struct wording *words = &decoder->words;

	call->kind = CALL_RING;
	call->descriptor = argument_int(activity, 0);
	wording_add(words, "io_uring_enter(%d", call->descriptor);
	if (submits)
		wording_add(words, ", submits %u", submits);
	if (awaits)
		wording_add(words, ", waits for %u", awaits);
	wording_add(words, ")");
	return true;
}
