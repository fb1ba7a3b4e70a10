/*
 * What a page's script knows of a timeline, as one JSON object.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "timeline/base64.h"
#include "timeline/page.h"
#include "timeline/page_json.h"
#include "timeline/sequence.h"

static void put_text(const char *name, const char *text, FILE *file)
{
	if (!text[0])
		return;
	fprintf(file, ",\"%s\":", name);
	page_json_text(text, file);
}

/* Returns false for want of memory. */
static bool put_bytes(const char *bytes, size_t n, FILE *file)
{
	char *text;

	if (n == 0)
		return true;
	text = base64_encode(bytes, n);
	if (text)
		fprintf(file, ",\"data\":\"%s\"", text);
	free(text);
	return text != NULL;
}

static void put_address(const char *name, const struct address *address, FILE *file)
{
	char text[ADDRESS_TEXT];

	if (address->family != ADDRESS_NONE)
		put_text(name, address_text(text, address), file);
}

/* Each array's elements but the first follow a comma. */
static void put_comma(size_t index, FILE *file)
{
	if (index > 0)
		fputs(",\n", file);
}

/* --- Where things stand. --- */

static void put_columns(const struct picture *picture, FILE *file)
{
	fprintf(file, "\"row\":%d,\"bend\":%d,\"wire\":%d,\n\"columns\":[", PICTURE_ROW,
		PICTURE_BEND, picture->wire);
	for (size_t i = 0; i < picture->column_count; i++) {
		const struct picture_column *column = &picture->columns[i];

		put_comma(i, file);
		fprintf(file,
			"{\"program\":%d,\"left\":%.1f,\"width\":%.1f,\"line\":%.1f,\"first\":%d,"
			"\"last\":%d}",
			column->program, column->left, column->width, column->line, column->first,
			column->last);
	}
	fputs("],\n", file);
}

static void put_rows(const struct picture *picture, FILE *file)
{
	const struct rows *rows = picture->rows;

	fputs("\"rows\":[", file);
	for (size_t i = 0; i < rows->row_count; i++)
		fprintf(file, "%s%" PRId64, i ? "," : "", rows->rows[i].when);
	fputs("],\n\"cells\":[", file);
	for (size_t row = 0; row < rows->row_count; row++) {
		for (size_t i = 0; i < rows->rows[row].count; i++) {
			size_t index = rows->rows[row].first + i;
			const struct cell *cell = &rows->cells[index];
			int column = cell->column == COLUMN_WIRE
					     ? picture->wire
					     : picture->column_of_program[cell->column];

			put_comma(index, file);
			fprintf(file, "[%d,%zu,%d,%d,%d,%d]", column, row, cell->row, cell->call,
				cell->packet, cell->conversation);
		}
	}
	fputs("],\n", file);
}

static void put_arrows(const struct picture *picture, FILE *file)
{
	fputs("\"arrows\":[", file);
	for (size_t i = 0; i < picture->arrow_count; i++) {
		const struct picture_arrow *drawn = &picture->arrows[i];
		const struct arrow *arrow = &drawn->of;

		put_comma(i, file);
		fprintf(file,
			"{\"connection\":%d,\"from\":%d,\"send\":%d,\"packet\":%d,\"receive\":%d,"
			"\"offset\":%" PRIu64 ",\"length\":%" PRIu64
			",\"columns\":[%d,%d],\"rows\":[%d,%d,%d],\"lost\":%s}",
			arrow->conversation, arrow->from, arrow->send, arrow->packet,
			arrow->receive, arrow->offset, arrow->length, drawn->from, drawn->to,
			drawn->rows[0], drawn->rows[1], drawn->rows[2],
			drawn->lost ? "true" : "false");
	}
	fputs("],\n", file);
}

/* --- What they are. --- */

static void put_programs(const struct recording *recording, FILE *file)
{
	fputs("\"programs\":[", file);
	for (size_t i = 0; i < recording->program_count; i++) {
		const struct program *program = &recording->programs[i];

		put_comma(i, file);
		fprintf(file, "{\"pid\":%d,\"status\":%d", program->pid, program->status);
		put_text("name", program->name, file);
		put_text("command", program->command, file);
		fputc('}', file);
	}
	fputs("],\n", file);
}

static void put_connections(const struct picture *picture, const struct foot *foot, FILE *file)
{
	size_t count = 0;

	fputs("\"connections\":[", file);
	for (size_t i = 0; i < foot->count; i++) {
		const struct foot_line *line = &foot->lines[i];
		const struct conversation *conversation;
		int programs[2];

		if (line->level != 0 || line->conversation < 0)
			continue;
		conversation = &picture->join->conversations[line->conversation];
		for (int end = 0; end < 2; end++) {
			int socket = conversation->sockets[end];

			programs[end] = socket >= 0 ? picture->recording->sockets[socket].program
						    : -1;
		}
		put_comma(count++, file);
		fprintf(file, "{\"programs\":[%d,%d]", programs[0], programs[1]);
		put_text("title", line->text, file);
		fputc('}', file);
	}
	fputs("],\n", file);
}

static void put_error(int64_t result, FILE *file)
{
	int code = result < 0 && result > -4096 ? (int)-result : 0;
	const char *name = code ? strerrorname_np(code) : NULL;
	char text[256];

	if (!code)
		return;
	snprintf(text, sizeof(text), "%s, %s", name ? name : "unknown", error_reason(code));
	put_text("error", text, file);
}

static bool put_call(const struct picture *picture, int index, FILE *file)
{
	const struct call *call = &picture->recording->calls[index];
	bool done;

	fprintf(file,
		"{\"program\":%d,\"process\":%d,\"thread\":%d,\"entered\":%" PRId64
		",\"left\":%" PRId64 ",\"result\":%" PRId64 ",\"bytes\":%" PRIu64
		",\"connection\":%d",
		call->program, call->process, call->thread, call->entered, call->left, call->result,
		call->bytes, picture->join->conversation_of_call[index]);
	put_text("name", call->name, file);
	put_text("text", call->text, file);
	put_text("outcome", call->outcome, file);
	put_address("peer", &call->peer, file);
	put_error(call->result, file);
	if (call->file[0])
		fprintf(file, ",\"line\":%d", call->line);
	put_text("file", call->file, file);
	done = put_bytes(call->data, call->data_length, file);
	fputc('}', file);
	return done;
}

static bool put_packet(const struct picture *picture, int index, const struct relative *relative,
		       FILE *file)
{
	const struct packet *packet = &picture->recording->packets[index];
	bool done;

	fprintf(file,
		"{\"when\":%" PRId64 ",\"udp\":%s,\"flags\":%u,\"sequence\":[%u,%u],"
		"\"acknowledgement\":[%u,%u],\"window\":%u,\"length\":%u,\"again\":%s,"
		"\"connection\":%d",
		packet->when, packet->udp ? "true" : "false", packet->flags, relative->sequence,
		packet->sequence, relative->acknowledgement, packet->acknowledgement,
		packet->window, packet->length, packet->retransmission ? "true" : "false",
		picture->join->conversation_of_packet[index]);
	put_address("from", &packet->from, file);
	put_address("to", &packet->to, file);
	done = put_bytes(packet->data, packet->data_length, file);
	fputc('}', file);
	return done;
}

int page_put_data(const struct picture *picture, const struct foot *foot, FILE *file)
{
	const struct recording *recording = picture->recording;
	struct relative *relative = sequence_relative(recording);
	bool done = true;

	if (!relative)
		return -ENOMEM;
	fputc('{', file);
	put_columns(picture, file);
	put_rows(picture, file);
	put_arrows(picture, file);
	put_programs(recording, file);
	put_connections(picture, foot, file);
	fputs("\"calls\":[", file);
	for (size_t i = 0; done && i < recording->call_count; i++) {
		put_comma(i, file);
		done = put_call(picture, (int)i, file);
	}
	fputs("],\n\"packets\":[", file);
	for (size_t i = 0; done && i < recording->packet_count; i++) {
		put_comma(i, file);
		done = put_packet(picture, (int)i, &relative[i], file);
	}
	fputs("]}\n", file);
	free(relative);
	return done ? 0 : -ENOMEM;
}
