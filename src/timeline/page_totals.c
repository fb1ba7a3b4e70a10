/*
 * The totals of connections as a table.
 */
#include <inttypes.h>

#include "base/markup.h"
#include "timeline/page.h"
#include "timeline/rows_words.h"

static void put_number(uint64_t number, FILE *file)
{
	fprintf(file, "<td>%" PRIu64 "</td>", number);
}

/* What io_uring does is seen in no call. */
static void put_bytes(uint64_t bytes, bool unseen, FILE *file)
{
	if (unseen)
		fputs("<td>unseen</td>", file);
	else
		put_number(bytes, file);
}

/* An end as a row's head: its program, its address, or both. */
static void put_end_name(const struct recording *recording, const struct conversation *conversation,
			 int end, FILE *file)
{
	int program = join_program_at(recording, conversation, end);
	char address[ADDRESS_TEXT];

	fputs("<th scope=\"row\">", file);
	markup_text(file, program >= 0 ? recording->programs[program].name : "not traced");
	if (conversation->ends[end].family != ADDRESS_NONE) {
		fputc(' ', file);
		markup_text(file, address_text(address, &conversation->ends[end]));
	}
	fputs("</th>", file);
}

static void put_blocked(const struct recording *recording, const struct conversation *conversation,
			int end, FILE *file)
{
	int most = conversation->blocked_most[end];
	char duration[DURATION_TEXT], name[CALL_NAME];

	if (most < 0) {
		fputs("<td></td><td></td>", file);
		return;
	}
	fprintf(file, "<td>%s</td><td class=\"call\">",
		duration_text(duration, conversation->blocked[end]));
	markup_text(file, call_name(name, &recording->calls[most]));
	fputs("</td>", file);
}

static void put_end(const struct recording *recording, const struct conversation *conversation,
		    int end, FILE *file)
{
	fputs("<tr>", file);
	put_end_name(recording, conversation, end, file);
	put_bytes(conversation->sent[end], join_hides_sent(conversation, end), file);
	put_number(conversation->send_calls[end], file);
	put_number(conversation->segments[end], file);
	put_number(conversation->retransmissions[end], file);
	put_bytes(conversation->received[end], join_hides_received(conversation, end), file);
	put_number(conversation->receive_calls[end], file);
	put_number(conversation->coalesced[end], file);
	put_number(conversation->partial[end], file);
	put_blocked(recording, conversation, end, file);
	fputs("</tr>\n", file);
}

static void put_connection(const struct recording *recording, const struct join *join,
			   const struct foot_line *title, FILE *file)
{
	const struct conversation *conversation = &join->conversations[title->conversation];

	fputs("<tbody>\n<tr><th scope=\"rowgroup\" colspan=\"11\">", file);
	page_put_mark(title->conversation, file);
	markup_text(file, title->text);
	fputs("</th></tr>\n", file);
	put_end(recording, conversation, 0, file);
	put_end(recording, conversation, 1, file);
	fputs("</tbody>\n", file);
}

void page_put_totals(const struct recording *recording, const struct join *join,
		     const struct foot *foot, FILE *file)
{
	if (join->conversation_count == 0)
		return;
	fputs("<h2>Connections</h2>\n<div class=\"wide\"><table>\n<thead><tr><th></th>"
	      "<th scope=\"col\">bytes sent</th><th scope=\"col\">in calls</th>"
	      "<th scope=\"col\">in segments</th><th scope=\"col\">sent again</th>"
	      "<th scope=\"col\">bytes received</th><th scope=\"col\">in calls</th>"
	      "<th scope=\"col\">of several sends</th><th scope=\"col\">of part of one</th>"
	      "<th scope=\"col\">blocked</th><th scope=\"col\">longest in</th>"
	      "</tr></thead>\n",
	      file);
	for (size_t i = 0; i < foot->count; i++)
		if (foot->lines[i].level == 0 && foot->lines[i].conversation >= 0)
			put_connection(recording, join, &foot->lines[i], file);
	fputs("</table></div>\n", file);
}
