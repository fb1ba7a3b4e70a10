/*
 * What stands above a drawn timeline.
 */
#include "timeline/picture_notes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "timeline/standstill.h"
#include "timeline/wording.h"

enum { NAMES_MOST = 4 };

static char *title_of(const struct recording *recording)
{
	size_t count = recording->program_count, room = 64;
	struct wording words;

	if (count == 0)
		return strdup("Timeline of a capture");
	if (count > NAMES_MOST)
		count = NAMES_MOST - 1;
	for (size_t i = 0; i < count; i++)
		room += strlen(recording->programs[i].name) + 5;
	if (!wording_init(&words, room))
		return NULL;
	wording_add(&words, "Timeline of");
	for (size_t i = 0; i < count; i++) {
		bool last = i + 1 == recording->program_count;

		wording_add(&words, "%s %s",
			    i == 0 ? ""
			    : last ? " and"
				   : ",",
			    recording->programs[i].name);
	}
	if (count < recording->program_count)
		wording_add(&words, " and %zu others", recording->program_count - count);
	return words.text;
}

static bool add_line(struct notes *notes, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static bool add_line(struct notes *notes, const char *format, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vasprintf(&notes->lines[notes->line_count], format, arguments);
	va_end(arguments);
	if (n < 0) {
		notes->lines[notes->line_count] = NULL;
		return false;
	}
	notes->line_count++;
	return true;
}

static const char *plural(size_t count)
{
	return count == 1 ? "" : "s";
}

/* When it was recorded, and how much. */
static bool add_amount(struct notes *notes, const struct recording *recording,
		       const struct join *join)
{
	time_t seconds = (time_t)(recording->started / NANOSECONDS_PER_SECOND);
	char when[40] = "";
	struct tm utc;

	if (recording->started > 0 && gmtime_r(&seconds, &utc))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC: ", &utc);
	return add_line(notes, "%s%zu call%s, %zu packet%s, %zu connection%s", when,
			recording->call_count, plural(recording->call_count),
			recording->packet_count, plural(recording->packet_count),
			join->conversation_count, plural(join->conversation_count));
}

static bool add_stuck(struct notes *notes, int call, const char *name, const char *text)
{
	struct stuck *stuck = &notes->stuck[notes->stuck_count];

	stuck->call = call;
	if (asprintf(&stuck->text, "%s: %s", name, text) < 0) {
		stuck->text = NULL;
		return false;
	}
	notes->stuck_count++;
	return true;
}

/* The programs that were stopped although no call of theirs waited. waits: of each, whether one
 * did. */
static bool add_stopped(struct notes *notes, const struct recording *recording, const bool *waits)
{
	char **texts = standstill_make(recording);
	bool done = texts != NULL;

	for (size_t i = 0; done && i < recording->program_count; i++)
		if (!waits[i] && recording->programs[i].ended < 0)
			done = add_stuck(notes, -1, recording->programs[i].name, texts[i]);
	standstill_free(texts, recording);
	return done;
}

static bool add_all_stuck(struct notes *notes, const struct recording *recording,
			  const struct rows *rows)
{
	bool *waits = calloc(recording->program_count + 1, sizeof(*waits));
	bool done;

	notes->stuck =
		calloc(rows->cell_count + recording->program_count + 1, sizeof(*notes->stuck));
	done = waits && notes->stuck;
	for (size_t i = 0; done && i < rows->cell_count; i++) {
		const struct cell *cell = &rows->cells[i];

		if (cell->kind != CELL_WAITS)
			continue;
		waits[cell->column] = true;
		done = add_stuck(notes, cell->call, recording->programs[cell->column].name,
				 cell->text);
	}
	if (done && recording->stopped >= 0)
		done = add_stopped(notes, recording, waits);
	free(waits);
	return done;
}

struct notes *notes_make(const struct recording *recording, const struct join *join,
			 const struct rows *rows)
{
	struct notes *notes = calloc(1, sizeof(*notes));

	if (!notes)
		return NULL;
	notes->title = title_of(recording);
	if (!notes->title || !add_amount(notes, recording, join) ||
	    (recording->note[0] && !add_line(notes, "%s", recording->note)) ||
	    !add_all_stuck(notes, recording, rows)) {
		notes_free(notes);
		return NULL;
	}
	return notes;
}

void notes_free(struct notes *notes)
{
	if (!notes)
		return;
	for (size_t i = 0; i < notes->stuck_count && notes->stuck; i++)
		free(notes->stuck[i].text);
	for (size_t i = 0; i < notes->line_count; i++)
		free(notes->lines[i]);
	free(notes->stuck);
	free(notes->title);
	free(notes);
}
