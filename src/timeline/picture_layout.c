/*
 * Where everything in a sequence diagram stands.
 */
#include "timeline/picture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "sockettool/text.h"

enum {
	LANE = 12,
	LANES_WIDTH = 96, /* of all lanes of a column */
	TEXT_GAP = 10,    /* between a lifeline and its texts */
	COLUMN_GAP = 14,
	ARROW_ENDS = 40, /* what is seen of an arrow on each side of its text */
	LEAST_TEXT = 18,
	WIRE_TEXT = 38,
	CARGO_TEXT = 28, /* of the wire when no packet was seen */
	GAP_MOST = 30,
};

/* --- Columns. --- */

/* How many columns of text a program's column shows at most: the more programs, the fewer. */
static size_t text_most(const struct recording *recording)
{
	if (recording->program_count <= 2)
		return 62;
	if (recording->program_count == 3)
		return 40;
	return 34;
}

static void add_column(struct picture *picture, int program, bool leftward, size_t text)
{
	picture->columns[picture->column_count++] = (struct picture_column){
		.program = program, .leftward = leftward, .text = text, .first = -1, .last = -1};
}

static void add_programs(struct picture *picture, bool servers)
{
	const struct recording *recording = picture->recording;

	for (size_t i = 0; i < recording->program_count; i++) {
		if (recording->programs[i].is_server != servers)
			continue;
		picture->column_of_program[i] = (int)picture->column_count;
		add_column(picture, (int)i, servers, LEAST_TEXT);
	}
}

/* On which side of the wire an end stands that was not traced: opposite to the other end. 0: left,
 * 1: right. */
static int side_of_host(const struct picture *picture, const struct conversation *conversation,
			int end)
{
	int other = join_program_at(picture->recording, conversation, 1 - end);

	if (other >= 0)
		return picture->recording->programs[other].is_server ? 1 : 0;
	return hosts_left_end(&picture->rows->hosts, picture->recording, conversation) == end ? 0
											      : 1;
}

/* How wide the addresses of the hosts at each side are; 0: there are none. */
static void measure_hosts(const struct picture *picture, size_t width[2])
{
	char text[ADDRESS_TEXT];

	width[0] = width[1] = 0;
	for (size_t i = 0; i < picture->join->conversation_count; i++) {
		const struct conversation *conversation = &picture->join->conversations[i];

		for (int end = 0; end < 2; end++) {
			int side = side_of_host(picture, conversation, end);
			size_t n;

			if (join_program_at(picture->recording, conversation, end) >= 0)
				continue;
			address_text(text, &conversation->ends[end]);
			n = text_columns(text, strlen(text));
			if (n + 1 > width[side])
				width[side] = n + 1;
		}
	}
}

static void add_hosts(struct picture *picture, int side, size_t width)
{
	if (width == 0)
		return;
	picture->hosts[side] = (int)picture->column_count;
	add_column(picture, side == 0 ? PICTURE_LEFT_HOSTS : PICTURE_RIGHT_HOSTS, side == 0, width);
}

static int column_of_cell(const struct picture *picture, const struct cell *cell)
{
	return cell->column == COLUMN_WIRE ? picture->wire
					   : picture->column_of_program[cell->column];
}

/* Finds what the columns have to hold. */
static void measure_cells(struct picture *picture)
{
	size_t most = text_most(picture->recording);

	for (size_t row = 0; row < picture->rows->row_count; row++) {
		const struct row *cells = &picture->rows->rows[row];

		for (size_t i = cells->first; i < cells->first + cells->count; i++) {
			const struct cell *cell = &picture->rows->cells[i];
			int number = column_of_cell(picture, cell);
			struct picture_column *column = &picture->columns[number];
			size_t limit = number == picture->wire ? WIRE_TEXT : most;
			size_t text = text_columns(cell->text, strlen(cell->text));

			if (text > limit)
				text = limit;
			if (text > column->text)
				column->text = text;
			if (cell->kind == CELL_OPENS && cell->lane >= column->lanes)
				column->lanes = cell->lane + 1;
			if (column->first < 0)
				column->first = (int)row;
			column->last = (int)row;
		}
	}
}

static void place_column(struct picture_column *column, double left)
{
	double text = (double)column->text * PICTURE_LETTER, lanes;

	column->left = left;
	if (column->program == PICTURE_WIRE) {
		column->width = text + 2 * ARROW_ENDS;
		column->line = left + column->width / 2;
		return;
	}
	column->lane = column->lanes > LANES_WIDTH / LANE ? (double)LANES_WIDTH / column->lanes
							  : LANE;
	lanes = column->lanes > 1 ? (column->lanes - 1) * column->lane : 0;
	column->width = PICTURE_BEND + lanes + TEXT_GAP + text + COLUMN_GAP;
	column->line = column->leftward ? left + column->width - PICTURE_BEND : left + PICTURE_BEND;
}

static bool lay_columns(struct picture *picture)
{
	size_t programs = picture->recording->program_count, hosts[2];

	picture->columns = calloc(programs + 3, sizeof(*picture->columns));
	picture->column_of_program = calloc(programs + 1, sizeof(*picture->column_of_program));
	if (!picture->columns || !picture->column_of_program)
		return false;
	picture->hosts[0] = picture->hosts[1] = -1;
	measure_hosts(picture, hosts);
	add_programs(picture, true);
	add_hosts(picture, 0, hosts[0]);
	picture->wire = (int)picture->column_count;
	add_column(picture, PICTURE_WIRE, false,
		   picture->recording->packet_count ? LEAST_TEXT : CARGO_TEXT);
	add_hosts(picture, 1, hosts[1]);
	add_programs(picture, false);
	measure_cells(picture);
	for (size_t i = 0; i < picture->column_count; i++) {
		place_column(&picture->columns[i], picture->width);
		picture->width += picture->columns[i].width;
	}
	return true;
}

/* --- Rows. --- */

/* How much farther apart two rows are for the time that passed between them; the page's script does
 * the same. */
static double gap(int64_t nanoseconds)
{
	double milliseconds = (double)nanoseconds / (double)NANOSECONDS_PER_MILLISECOND;

	return milliseconds < 1 ? 0 : fmin(GAP_MOST, round(6 + 6 * log10(milliseconds)));
}

static bool lay_rows(struct picture *picture)
{
	const struct rows *rows = picture->rows;

	picture->y = calloc(rows->row_count + 1, sizeof(*picture->y));
	if (!picture->y)
		return false;
	for (size_t i = 0; i < rows->row_count; i++) {
		if (i > 0)
			picture->height += gap(rows->rows[i].when - rows->rows[i - 1].when);
		picture->y[i] = picture->height + PICTURE_ROW / 2.0;
		picture->height += PICTURE_ROW;
	}
	return true;
}

double picture_top(const struct picture *picture, int row)
{
	return row > 0 ? picture->y[row - 1] + PICTURE_ROW / 2.0 : 0;
}

/* --- Arrows. --- */

static int column_of_end(const struct picture *picture, const struct arrow *arrow, int end,
			 int call)
{
	const struct conversation *conversation =
		&picture->join->conversations[arrow->conversation];
	int program = call >= 0 ? picture->recording->calls[call].program : -1;

	if (program < 0)
		program = join_program_at(picture->recording, conversation, end);
	if (program >= 0)
		return picture->column_of_program[program];
	return picture->hosts[side_of_host(picture, conversation, end)];
}

static const struct cell *cell_of_packet(const struct rows *rows, int packet)
{
	const struct row *row;

	if (packet < 0 || rows->row_of_packet[packet] < 0)
		return NULL;
	row = &rows->rows[rows->row_of_packet[packet]];
	for (size_t i = row->first; i < row->first + row->count; i++)
		if (rows->cells[i].packet == packet)
			return &rows->cells[i];
	return NULL;
}

static void place_arrow(const struct rows *rows, const struct arrow *arrow, int at[3])
{
	at[0] = arrow->send >= 0 ? rows->row_of_entry[arrow->send] : -1;
	at[1] = arrow->packet >= 0 ? rows->row_of_packet[arrow->packet] : -1;
	at[2] = arrow->receive >= 0 ? rows->row_of_return[arrow->receive] : -1;
	if (at[1] < 0)
		at[1] = at[0] >= 0 ? at[0] : at[2];
	for (int i = 0; i < 3; i += 2)
		if (at[i] < 0)
			at[i] = at[1];
}

static struct picture_arrow lay_arrow(const struct picture *picture, const struct arrow *arrow)
{
	const struct recording *recording = picture->recording;
	const struct conversation *conversation =
		&picture->join->conversations[arrow->conversation];
	const struct packet *packet = arrow->packet >= 0 ? &recording->packets[arrow->packet]
							 : NULL;
	const struct cell *cell = cell_of_packet(picture->rows, arrow->packet);
	struct picture_arrow drawn = {
		.of = *arrow,
		.from = column_of_end(picture, arrow, arrow->from, arrow->send),
		.to = column_of_end(picture, arrow, 1 - arrow->from, arrow->receive),
		.lost = cell && cell->lost,
		.again = packet && packet->retransmission,
		.unread = !conversation->udp && arrow->length > 0 && arrow->receive < 0 &&
			  join_program_at(picture->recording, conversation, 1 - arrow->from) >= 0,
		.unpacked = !cell,
		.quiet = packet && !packet->udp && packet->length == 0 &&
			 !(packet->flags & (PACKET_SYN | PACKET_FIN | PACKET_RST))};

	place_arrow(picture->rows, arrow, drawn.rows);
	return drawn;
}

static int least(const int rows[3])
{
	int row = rows[0] < rows[1] ? rows[0] : rows[1];

	return row < rows[2] ? row : rows[2];
}

static int most(const int rows[3])
{
	int row = rows[0] > rows[1] ? rows[0] : rows[1];

	return row > rows[2] ? row : rows[2];
}

static void add_arrow(struct picture *picture, bool *led, const struct arrow *arrow)
{
	size_t packets = picture->recording->packet_count, index = picture->arrow_count++;
	struct picture_arrow *drawn = &picture->arrows[index];
	bool *first = &led[arrow->packet >= 0 ? (size_t)arrow->packet
			   : arrow->send >= 0 ? packets + (size_t)arrow->send
					      : packets + (size_t)arrow->receive];

	*drawn = lay_arrow(picture, arrow);
	if (drawn->rows[1] < 0)
		return;
	drawn->leads = !*first;
	*first = true;
	spans_add(&picture->ways, least(drawn->rows), most(drawn->rows), (int)index);
}

/* Which end a packet comes from. */
static int end_of_packet(const struct conversation *conversation, const struct packet *packet)
{
	const struct address *end = &conversation->ends[0];

	return packet->from.port == end->port &&
			       (address_is_wildcard(end) || address_same_host(&packet->from, end))
		       ? 0
		       : 1;
}

/* Adds the packets that belong to a conversation and to no arrow. */
static void add_packets(struct picture *picture, bool *led)
{
	for (size_t i = 0; i < picture->recording->packet_count; i++) {
		int conversation = picture->join->conversation_of_packet[i];
		struct arrow arrow = {
			.conversation = conversation, .send = -1, .packet = (int)i, .receive = -1};

		if (conversation < 0 || led[i])
			continue;
		arrow.from = end_of_packet(&picture->join->conversations[conversation],
					   &picture->recording->packets[i]);
		add_arrow(picture, led, &arrow);
	}
}

static bool lay_arrows(struct picture *picture)
{
	size_t packets = picture->recording->packet_count;
	size_t most_arrows = picture->join->arrow_count + packets;
	bool *led = calloc(packets + picture->recording->call_count + 1, sizeof(*led));

	picture->arrows = calloc(most_arrows + 1, sizeof(*picture->arrows));
	if (!led || !picture->arrows || !spans_init(&picture->ways, most_arrows)) {
		free(led);
		return false;
	}
	for (size_t i = 0; i < picture->join->arrow_count; i++)
		add_arrow(picture, led, &picture->join->arrows[i]);
	add_packets(picture, led);
	spans_sort(&picture->ways);
	free(led);
	return true;
}

/* --- Calls that wait. --- */

static bool lay_bars(struct picture *picture)
{
	const struct rows *rows = picture->rows;

	if (!spans_init(&picture->bars, rows->cell_count))
		return false;
	for (size_t row = 0; row < rows->row_count; row++) {
		const struct row *cells = &rows->rows[row];

		for (size_t i = cells->first; i < cells->first + cells->count; i++)
			if (rows->cells[i].kind == CELL_OPENS)
				spans_add(&picture->bars, (int)row, rows->cells[i].row, (int)i);
	}
	spans_sort(&picture->bars);
	return true;
}

/* --- The whole. --- */

struct picture *picture_make(const struct recording *recording, const struct join *join,
			     const struct view_options *options)
{
	struct picture *picture = calloc(1, sizeof(*picture));

	if (!picture)
		return NULL;
	*picture = (struct picture){.recording = recording,
				    .join = join,
				    .options = options,
				    .rows = rows_make(recording, join, options)};
	if (!picture->rows || !lay_columns(picture) || !lay_rows(picture) || !lay_bars(picture) ||
	    !lay_arrows(picture)) {
		picture_free(picture);
		return NULL;
	}
	return picture;
}

void picture_free(struct picture *picture)
{
	if (!picture)
		return;
	rows_free(picture->rows);
	free(picture->columns);
	free(picture->column_of_program);
	free(picture->y);
	free(picture->arrows);
	spans_free(&picture->bars);
	spans_free(&picture->ways);
	free(picture);
}
