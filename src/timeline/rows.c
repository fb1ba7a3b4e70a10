/*
 * The rows of a timeline: events in the order of time, those that belong together side by side.
 */
#include "timeline/rows.h"

#include <stdlib.h>
#include <string.h>

#include "sockettool/text.h"
#include "timeline/ends.h"
#include "timeline/packet_view.h"
#include "timeline/rows_internal.h"
#include "timeline/rows_words.h"

/* A return that comes so soon after a packet shares its row. */
static const int64_t at_once = INT64_C(50000);

/* Which lanes of a column are taken by calls that wait. */
struct lanes {
	bool *taken;
	int count;
};

struct building {
	const struct recording *recording;
	const struct join *join;
	const struct view_options *options;
	struct plan plan;
	struct rows *rows;
	struct lanes *lanes; /* for each program */
};

/* --- Memory. --- */

static void *grown(void *array, size_t count, size_t *capacity, size_t size)
{
	size_t wanted = *capacity ? 2 * *capacity : 64;
	void *more;

	if (count < *capacity)
		return array;
	more = realloc(array, wanted * size);
	if (more)
		*capacity = wanted;
	return more;
}

static bool add_row(struct rows *rows, int64_t when)
{
	struct row *more =
		grown(rows->rows, rows->row_count, &rows->row_capacity, sizeof(*rows->rows));

	if (!more)
		return false;
	rows->rows = more;
	rows->rows[rows->row_count++] = (struct row){when, rows->cell_count, 0};
	return true;
}

/* A text that comes from a file may hold anything. Frees it and returns a safe one, or NULL. */
static char *safe(char *text)
{
	size_t n = text ? strlen(text) : 0, size = text_escape_bound(n);
	char *escaped = text ? malloc(size) : NULL;

	if (escaped)
		text_escape(escaped, size, text, n);
	free(text);
	text = escaped ? strdup(escaped) : NULL;
	free(escaped);
	return text;
}

/* Adds a cell to the last row, which takes over its text. */
static bool add_cell(struct rows *rows, struct cell cell)
{
	cell.text = safe(cell.text);

	struct cell *more = cell.text ? grown(rows->cells, rows->cell_count, &rows->cell_capacity,
					      sizeof(*rows->cells))
				      : NULL;

	if (!more) {
		free(cell.text);
		return false;
	}
	rows->cells = more;
	rows->cells[rows->cell_count++] = cell;
	rows->rows[rows->row_count - 1].count++;
	return true;
}

/* --- Lanes. --- */

static int take_lane(struct lanes *lanes)
{
	int lane = 0, wanted = lanes->count ? 2 * lanes->count : 4;
	bool *more;

	while (lane < lanes->count && lanes->taken[lane])
		lane++;
	if (lane == lanes->count) {
		more = realloc(lanes->taken, (size_t)wanted * sizeof(*more));
		if (!more)
			return -1;
		memset(more + lanes->count, 0, (size_t)(wanted - lanes->count) * sizeof(*more));
		lanes->taken = more;
		lanes->count = wanted;
	}
	lanes->taken[lane] = true;
	return lane;
}

/* --- What shares a row. --- */

/* The last row's cell in a column, or NULL. */
static const struct cell *last_cell(const struct rows *rows, int column)
{
	const struct row *row = &rows->rows[rows->row_count - 1];

	for (size_t i = 0; i < row->count; i++)
		if (rows->cells[row->first + i].column == column)
			return &rows->cells[row->first + i];
	return NULL;
}

/* Whether a packet stands beside the call that made it leave. */
static bool joins_its_send(const struct building *building, int packet)
{
	const struct rows *rows = building->rows;
	int send = building->plan.send_of_packet[packet];
	const struct cell *cell;

	if (rows->row_count == 0 || send < 0 || last_cell(rows, COLUMN_WIRE))
		return false;
	cell = last_cell(rows, building->recording->calls[send].program);
	return cell && cell->call == building->plan.calls[send].first && cell->kind != CELL_RETURNS;
}

/* Whether a call returns beside the packet that it waited for. */
static bool joins_its_packet(const struct building *building, const struct event *event)
{
	const struct rows *rows = building->rows;
	const struct cell *wire;

	if (event->kind != EVENT_RETURN || rows->row_count == 0)
		return false;
	wire = last_cell(rows, COLUMN_WIRE);
	return wire && wire->conversation >= 0 &&
	       wire->conversation == building->join->conversation_of_call[event->index] &&
	       !last_cell(rows, building->recording->calls[event->index].program) &&
	       event->when - building->recording->packets[wire->packet].when <= at_once;
}

/* Whether a call that never returned is shown beside another such call. */
static bool joins_the_end(const struct building *building, const struct event *event)
{
	const struct rows *rows = building->rows;

	return event->kind == EVENT_STUCK && rows->row_count > 0 &&
	       rows->rows[rows->row_count - 1].when == event->when &&
	       !last_cell(rows, building->recording->calls[event->index].program);
}

/* --- Packets. --- */

static bool goes_left(const struct building *building, int packet)
{
	const struct conversation *conversation =
		&building->join->conversations[building->join->conversation_of_packet[packet]];
	const struct address *from = &building->recording->packets[packet].from;
	int left = hosts_left_end(&building->rows->hosts, building->recording, conversation);
	const struct address *end = &conversation->ends[left];

	return from->port != end->port ||
	       !(address_is_wildcard(end) || address_same_host(from, end));
}

/* Marks the datagrams that a traced program could have received and did not. One that uses io_uring
 * receives without calls. */
static void find_losses(const struct building *building)
{
	for (size_t i = 0; i < building->join->arrow_count; i++) {
		const struct arrow *arrow = &building->join->arrows[i];
		const struct conversation *conversation =
			&building->join->conversations[arrow->conversation];
		int socket = conversation->sockets[1 - arrow->from];
		int row = arrow->packet >= 0 ? building->rows->row_of_packet[arrow->packet] : -1;

		if (!conversation->udp || row < 0 || socket < 0 || arrow->receive >= 0 ||
		    conversation->rings[1 - arrow->from])
			continue;
		for (size_t k = 0; k < building->rows->rows[row].count; k++) {
			struct cell *cell =
				&building->rows->cells[building->rows->rows[row].first + k];

			if (cell->packet == arrow->packet)
				cell->lost = true;
		}
	}
}

enum { PACKET_TEXT = 4096 + 512 }; /* as much as packet_words writes */

static bool show_packet(struct building *building, const struct event *event)
{
	struct cell cell = {.kind = CELL_PACKET,
			    .column = COLUMN_WIRE,
			    .call = -1,
			    .packet = event->index,
			    .row = -1,
			    .conversation = building->join->conversation_of_packet[event->index]};
	int bytes = building->options->bytes;
	char text[PACKET_TEXT];

	if (!joins_its_send(building, event->index) && !add_row(building->rows, event->when))
		return false;
	packet_words(text, sizeof(text), &building->recording->packets[event->index], NULL,
		     bytes > 0 ? (size_t)bytes : 0);
	cell.leftward = cell.conversation < 0 || goes_left(building, event->index);
	cell.text = strdup(text);
	building->rows->row_of_packet[event->index] = (int)building->rows->row_count - 1;
	return add_cell(building->rows, cell);
}

/* --- Calls. --- */

static struct call_words words_of(const struct building *building, int index)
{
	const struct call_plan *plan = &building->plan.calls[index];

	return (struct call_words){.recording = building->recording,
				   .options = building->options,
				   .call = &building->recording->calls[index],
				   .last = &building->recording->calls[plan->last],
				   .count = plan->count,
				   .thread = plan->thread,
				   .wrapped = plan->wrapped,
				   .under = plan->under,
				   .ended = plan->ended};
}

static struct cell cell_of(const struct building *building, int index)
{
	return (struct cell){.kind = CELL_CALL,
			     .column = building->recording->calls[index].program,
			     .call = index,
			     .packet = -1,
			     .row = -1,
			     .conversation = building->join->conversation_of_call[index]};
}

static bool show_entry(struct building *building, const struct event *event)
{
	const struct call_plan *plan = &building->plan.calls[event->index];
	struct call_words words = words_of(building, event->index);
	struct cell cell = cell_of(building, event->index);
	struct rows *rows = building->rows;

	if (!add_row(rows, event->when))
		return false;
	rows->row_of_entry[event->index] = (int)rows->row_count - 1;
	if (plan->opens) {
		cell.kind = CELL_OPENS;
		cell.lane = take_lane(&building->lanes[cell.column]);
		if (cell.lane < 0)
			return false;
		cell.waits = words.last->left < 0 ||
			     words.ended - words.call->entered >= INT64_C(1000000);
		cell.text = words_of_opening(&words);
	} else {
		rows->row_of_return[event->index] = (int)rows->row_count - 1;
		cell.text = words_of_call(&words);
	}
	return add_cell(rows, cell);
}

/* The cell where a call opened. */
static struct cell *opening_of(const struct rows *rows, int call)
{
	const struct row *row = &rows->rows[rows->row_of_entry[call]];
	size_t i = row->first;

	while (rows->cells[i].call != call)
		i++;
	return &rows->cells[i];
}

static bool show_return(struct building *building, const struct event *event)
{
	struct call_words words = words_of(building, event->index);
	struct cell cell = cell_of(building, event->index);
	struct rows *rows = building->rows;
	struct cell *opening;

	if (!joins_its_packet(building, event) && !joins_the_end(building, event) &&
	    !add_row(rows, event->when))
		return false;
	opening = opening_of(rows, event->index);
	opening->row = (int)rows->row_count - 1;
	cell.kind = event->kind == EVENT_RETURN ? CELL_RETURNS : CELL_WAITS;
	cell.row = rows->row_of_entry[event->index];
	cell.lane = opening->lane;
	cell.text = event->kind == EVENT_RETURN ? words_of_return(&words)
						: words_of_waiting(&words);
	rows->row_of_return[event->index] = opening->row;
	building->lanes[cell.column].taken[cell.lane] = false;
	return add_cell(rows, cell);
}

static bool show_end(struct building *building, const struct event *event)
{
	struct cell cell = {.kind = CELL_CALL,
			    .column = event->index,
			    .call = -1,
			    .packet = -1,
			    .row = -1,
			    .conversation = -1};

	if (!add_row(building->rows, event->when))
		return false;
	cell.text = words_of_end(building->recording->programs[event->index].status);
	return add_cell(building->rows, cell);
}

static bool show(struct building *building, const struct event *event)
{
	switch (event->kind) {
	case EVENT_PACKET:
		return show_packet(building, event);
	case EVENT_RETURN:
	case EVENT_STUCK:
		return show_return(building, event);
	case EVENT_END:
		return show_end(building, event);
	default:
		return show_entry(building, event);
	}
}

/* --- The whole. --- */

static int *unshown(size_t count)
{
	int *rows = malloc((count + 1) * sizeof(*rows));

	for (size_t i = 0; rows && i < count; i++)
		rows[i] = -1;
	return rows;
}

static bool start(struct building *building)
{
	const struct recording *recording = building->recording;
	struct rows *rows = building->rows;

	rows->row_of_entry = unshown(recording->call_count);
	rows->row_of_return = unshown(recording->call_count);
	rows->row_of_packet = unshown(recording->packet_count);
	rows->end = recording_end(recording);
	hosts_find(&rows->hosts, recording, building->join);
	building->lanes = calloc(recording->program_count + 1, sizeof(*building->lanes));
	return rows->row_of_entry && rows->row_of_return && rows->row_of_packet &&
	       building->lanes &&
	       rows_plan_make(&building->plan, recording, building->join, building->options);
}

static bool build(struct building *building)
{
	struct rows *rows = building->rows;

	if (!start(building))
		return false;
	for (size_t i = 0; i < building->plan.event_count; i++)
		if (!show(building, &building->plan.events[i]))
			return false;
	for (size_t i = 0; i < building->recording->call_count; i++) {
		rows->row_of_entry[i] = rows->row_of_entry[building->plan.calls[i].first];
		rows->row_of_return[i] = rows->row_of_return[building->plan.calls[i].first];
	}
	find_losses(building);
	return true;
}

struct rows *rows_make(const struct recording *recording, const struct join *join,
		       const struct view_options *options)
{
	struct building building = {.recording = recording, .join = join, .options = options};
	bool done;

	building.rows = calloc(1, sizeof(*building.rows));
	done = building.rows && build(&building);
	for (size_t i = 0; building.lanes && i < recording->program_count; i++)
		free(building.lanes[i].taken);
	free(building.lanes);
	rows_plan_free(&building.plan);
	if (!done) {
		rows_free(building.rows);
		return NULL;
	}
	return building.rows;
}

void rows_free(struct rows *rows)
{
	if (!rows)
		return;
	for (size_t i = 0; i < rows->cell_count; i++)
		free(rows->cells[i].text);
	free(rows->cells);
	free(rows->rows);
	free(rows->row_of_entry);
	free(rows->row_of_return);
	free(rows->row_of_packet);
	free(rows);
}
