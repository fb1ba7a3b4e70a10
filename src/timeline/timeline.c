/*
 * The timeline command's work: a recording is made or read, saved if that is wanted, and drawn.
 */
#include "sockettool/timeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "sockettool/file.h"
#include "timeline/capture.h"
#include "timeline/capture_file.h"
#include "timeline/cast.h"
#include "timeline/cut_datagrams.h"
#include "timeline/join.h"
#include "timeline/jsonl.h"
#include "timeline/launch.h"
#include "timeline/packet_owners.h"
#include "timeline/pcapng.h"
#include "timeline/programs.h"
#include "timeline/standstill.h"
#include "timeline/view.h"
#include "timeline/view_drawn.h"

enum {
	PAGE_WIDTH = 132, /* columns, where nothing says how many there are */
	PAGE_WIDTH_MAX = 10000,
};

static int no_memory(struct error *error)
{
	return error_set(error, STATUS_UNREACHABLE, ENOMEM, "there is no memory for a recording");
}

/* What was drawn is lost, as for every command whose output nobody takes. */
static int no_output(struct error *error, int code)
{
	code = code ? code : EIO;
	return error_set(error, STATUS_PROTOCOL, code, "write standard output: %s",
			 error_reason(code));
}

/* --- Recording. --- */

static void take_packets(void *context)
{
	capture_take(context);
}

static void want_port(void *context, bool udp, const struct address *address)
{
	capture_want(context, udp, address->port);
}

/* Opens the capture and hangs it into the plan. Without one the recording says why. */
static struct capture *open_capture(struct recording *recording, struct run_plan *plan,
				    const struct timeline_options *options)
{
	const struct capture_options wanted = {
		.began = clock_monotonic(),
		.text = (size_t)options->bytes,
		.frames = options->pcap || options->verbose || options->save,
	};
	struct error error;

	if (options->no_wire)
		return NULL;
	struct capture *capture = capture_open(recording, &wanted, &error);
	if (!capture) {
		recording_set(&recording->note, error.text);
		return NULL;
	}
	plan->hooks = (struct run_hooks){
		.context = capture,
		.descriptor = capture_descriptor(capture),
		.readable = take_packets,
		.port = want_port,
	};
	return capture;
}

/* Of all that was captured the traced sockets' packets stay. */
static void finish_capture(struct recording *recording, struct capture *capture)
{
	if (!capture_finish(capture) || !packet_owners_keep(recording))
		recording_set(&recording->note, "packets of others may be among these: there was "
						"no memory to tell");
	recording->dropped += capture_dropped(capture);
	for (size_t i = 0; i < recording->socket_count; i++) {
		if (!recording->sockets[i].elsewhere)
			continue;
		recording_set(&recording->note,
			      "what goes over the wire of another network namespace is not "
			      "captured; run this in the same one: nsenter --net=/run/netns/NAME");
		break;
	}
}

/* Both the programs and the capture count from now on. */
static void begin(struct recording *recording)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	recording->started = now.tv_sec * NANOSECONDS_PER_SECOND + now.tv_nsec;
}

/* Adds to the sentence that it was stopped what each program was at. */
static void tell_standstill(const struct recording *recording, struct error *error)
{
	size_t n = strlen(error->text), told = 0;
	char **texts = standstill_make(recording);

	for (size_t i = 0; texts && i < recording->program_count; i++) {
		const char *name = recording->programs[i].name;
		size_t length = strlen(name) + strlen(texts[i]) + strlen("; : ");

		if (n + length + sizeof("; and 10000 more") > sizeof(error->text))
			break;
		n += (size_t)snprintf(error->text + n, sizeof(error->text) - n, "; %s: %s", name,
				      texts[i]);
		told++;
	}
	if (texts && told < recording->program_count)
		snprintf(error->text + n, sizeof(error->text) - n, "; and %zu more",
			 recording->program_count - told);
	standstill_free(texts, recording);
}

/* A shell that finds no program or cannot run it says so itself, and ends with these statuses. */
static int find_unfound(const struct recording *recording, struct error *error)
{
	for (size_t i = 0; i < recording->program_count; i++) {
		const struct program *program = &recording->programs[i];

		if (program->status == LAUNCH_NOT_FOUND || program->status == LAUNCH_CANNOT_RUN)
			return error_set(error, STATUS_UNREACHABLE, ENOENT,
					 "the %s \"%.200s\" ended with status %d: %s",
					 program->name, program->command, program->status,
					 program->status == LAUNCH_NOT_FOUND
						 ? "its shell did not find a program"
						 : "a program could not be run");
	}
	return 0;
}

static int record(struct recording *recording, const struct protocol *protocol,
		  const struct timeline_options *options, struct error *error)
{
	struct cast cast;
	int status = cast_make(&cast, protocol, options, error);

	if (status == 0) {
		begin(recording);
		struct capture *capture = open_capture(recording, &cast.plan, options);
		status = record_programs(recording, &cast.plan, error);
		if (capture)
			finish_capture(recording, capture);
		capture_close(capture);
		recording_cut(recording);
		cut_datagrams_tell(recording);
		if (recording->stopped >= 0)
			tell_standstill(recording, error);
		if (status == 0)
			status = find_unfound(recording, error);
	}
	cast_free(&cast);
	return status;
}

/* --- Reading. --- */

static int load(struct recording **recording, const char *path, struct error *error)
{
	bool standard = strcmp(path, "-") == 0;
	FILE *file = standard ? stdin : fopen(path, "re");

	if (!file)
		return error_system(error, errno, "open %s", path);
	recording_free(*recording);
	*recording = jsonl_read(file, standard ? "standard input" : path, error);
	if (!standard)
		fclose(file);
	return *recording ? 0 : -EINVAL;
}

/* --- Drawing. --- */

/* The terminal's columns. Elsewhere COLUMNS may say how wide a page is. */
static int page_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;

	if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 &&
	    size.ws_col > 0)
		return size.ws_col;
	long width = columns ? strtol(columns, NULL, 10) : 0;
	return width > 0 && width <= PAGE_WIDTH_MAX ? (int)width : PAGE_WIDTH;
}

/* At a terminal, what a program printed last, or ^C, may stand in the line of the cursor. As many
 * blanks as the terminal has columns come to the next line then, and to the same one otherwise. */
static void begin_line(const struct timeline_options *options)
{
	bool alone = options->load || options->pcap_in;

	if (!alone && options->format == TIMELINE_TEXT && isatty(STDOUT_FILENO))
		printf("%*s\r", page_width(), "");
}

static int draw(const struct recording *recording, const struct timeline_options *options)
{
	static int (*const views[TIMELINE_FORMATS])(const struct recording *, const struct join *,
						    const struct view_options *, FILE *) = {
		[TIMELINE_TEXT] = view_text,
		[TIMELINE_MARKDOWN] = view_markdown,
		[TIMELINE_SVG] = view_svg,
		[TIMELINE_HTML] = view_html,
	};
	const char *no_colour = getenv("NO_COLOR");
	const struct view_options wanted = {
		.ascii = options->ascii,
		.colour = isatty(STDOUT_FILENO) && !(no_colour && no_colour[0]),
		.fold_waits = options->calls,
		.source = options->source,
		.verbose = options->verbose,
		.width = page_width(),
		.bytes = (int)options->bytes,
	};
	struct join *join;
	int status;

	if (options->format == TIMELINE_JSONL)
		return jsonl_write(recording, stdout);
	begin_line(options);
	join = join_make(recording);
	if (!join)
		return -ENOMEM;
	status = views[options->format](recording, join, &wanted, stdout);
	join_free(join);
	return status;
}

static int check_output(const char *path, struct error *error)
{
	int status = path ? file_check_writable(path) : 0;

	return status ? error_system(error, -status, "open %s", path) : 0;
}

static int save(const struct recording *recording, const char *path, struct error *error)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return error_system(error, errno, "open %s", path);
	errno = 0;
	int status = jsonl_write(recording, file), code = errno;
	if (fclose(file) && status == 0) {
		status = -EIO;
		code = errno;
	}
	return status ? error_system(error, code ? code : -status, "write %s", path) : 0;
}

/* A file without packets would hide that none could be captured. */
static int save_packets(const struct recording *recording, const char *path, struct error *error)
{
	if (recording->interface_count)
		return pcapng_save(recording, path, error);
	return error_set(error, STATUS_UNREACHABLE, ENODATA, "%.200s is not written: %s", path,
			 recording->note[0] ? recording->note
					    : "packets were not captured in this recording");
}

/* All that is wanted of a recording. The first failure is the one that is told. */
static int deliver(const struct recording *recording, const struct timeline_options *options,
		   struct error *error)
{
	int status = 0, drawn;

	if (options->save)
		status = save(recording, options->save, error);
	if (status == 0 && options->pcap)
		status = save_packets(recording, options->pcap, error);
	errno = 0;
	drawn = draw(recording, options);
	if (status == 0 && (drawn || fflush(stdout)))
		status = drawn == -ENOMEM ? no_memory(error) : no_output(error, errno);
	return status;
}

int timeline(const struct protocol *protocol, const struct timeline_options *options,
	     struct error *error)
{
	struct error later = {0};
	int status, delivered = 0;

	status = check_output(options->save, error);
	if (status == 0)
		status = check_output(options->pcap, error);
	if (status)
		return status;
	struct recording *recording = recording_new();
	if (!recording)
		return no_memory(error);
	if (options->load)
		status = load(&recording, options->load, error);
	else if (options->pcap_in)
		status = capture_file_read(recording, options->pcap_in, (size_t)options->bytes,
					   error);
	else
		status = record(recording, protocol, options, error);
	/* What there is until something went wrong is shown all the same. */
	if (recording && (status == 0 || recording->call_count || recording->packet_count))
		delivered = deliver(recording, options, &later);
	recording_free(recording);
	if (status == 0 && delivered) {
		*error = later;
		status = delivered;
	}
	return status;
}
