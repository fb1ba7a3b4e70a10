/*
 * A timeline as a page: one file that needs nothing else. The diagram is drawn in bands of rows, so
 * that paper can break between them and a browser need not draw those that are out of sight.
 */
#include "timeline/view_drawn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/markup.h"
#include "timeline/packet_view.h"
#include "timeline/page.h"
#include "timeline/page_parts.h"
#include "timeline/picture_notes.h"

enum {
	BAND = 10,   /* rows */
	PAPER = 960, /* the width of what fits a sheet of paper, lying */
	FIRST = 6,   /* above the first row */
	STUCK_MOST = 20,
	LAYERS_COLUMNS = 88,
};

struct page {
	struct picture *picture;
	struct notes *notes;
	struct foot *foot;
	FILE *file;
};

static void put_element(const char *element, const char *text, FILE *file)
{
	fprintf(file, "<%s>", element);
	markup_text(file, text);
	fprintf(file, "</%s>\n", element);
}

/* --- Above the diagram. --- */

static void put_head(const struct page *page)
{
	double width = page->picture->width + PICTURE_TIMES;
	double zoom = width > PAPER ? PAPER / width : 1;

	fputs("<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"en\">\n<head>\n"
	      "<meta charset=\"utf-8\"/>\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
	      "<meta name=\"color-scheme\" content=\"light dark\"/>\n",
	      page->file);
	put_element("title", page->notes->title, page->file);
	fprintf(page->file,
		"<style>\n%s%s@media print{.view{--zoom:%.3f!important}}\n</style>\n</head>\n"
		"<body>\n",
		picture_css, page_css, zoom);
}

static void put_one_stuck(const struct stuck *stuck, FILE *file)
{
	if (stuck->call < 0) {
		put_element("li", stuck->text, file);
		return;
	}
	fprintf(file, "<li><a href=\"#waits-%d\">", stuck->call);
	markup_text(file, stuck->text);
	fputs("</a></li>\n", file);
}

static void put_stuck(const struct page *page)
{
	const struct notes *notes = page->notes;

	if (notes->stuck_count == 0)
		return;
	fputs("<section class=\"stuck\" aria-label=\"Still waiting\">\n<h2>Still waiting at the end"
	      "</h2>\n<ul>\n",
	      page->file);
	for (size_t i = 0; i < notes->stuck_count && i < STUCK_MOST; i++) {
		put_one_stuck(&notes->stuck[i], page->file);
	}
	if (notes->stuck_count > STUCK_MOST)
		fprintf(page->file, "<li>and %zu others</li>\n", notes->stuck_count - STUCK_MOST);
	fputs("</ul>\n</section>\n", page->file);
}

void page_put_mark(int conversation, FILE *file)
{
	fputs("<svg class=\"timeline sign\" viewBox=\"-7 -7 14 14\" aria-hidden=\"true\">"
	      "<path class=\"key mark",
	      file);
	picture_put_colour(conversation, file);
	fprintf(file, "\" d=\"%s\"/></svg> ", picture_mark(conversation));
}

static void put_filter(const char *name, int value, FILE *file)
{
	fprintf(file,
		"<label><input type=\"checkbox\" name=\"%s\" value=\"%d\" checked=\"checked\"/> ",
		name, value);
}

static void put_choices(const char *legend, const char *name, FILE *file)
{
	fprintf(file,
		"<fieldset><legend>%s <button type=\"button\" data-all=\"%s\">all</button>"
		"<button type=\"button\" data-none=\"%s\">none</button></legend>\n",
		legend, name, name);
}

static void put_filters(const struct page *page)
{
	const struct recording *recording = page->picture->recording;

	if (recording->program_count > 1) {
		put_choices("Programs", "program", page->file);
		for (size_t i = 0; i < recording->program_count; i++) {
			put_filter("program", (int)i, page->file);
			markup_text(page->file, recording->programs[i].name);
			fputs("</label>\n", page->file);
		}
		fputs("</fieldset>\n", page->file);
	}
	if (page->picture->join->conversation_count > 1) {
		put_choices("Connections", "connection", page->file);
		for (size_t i = 0; i < page->foot->count; i++) {
			const struct foot_line *line = &page->foot->lines[i];

			if (line->level != 0 || line->conversation < 0)
				continue;
			put_filter("connection", line->conversation, page->file);
			page_put_mark(line->conversation, page->file);
			markup_text(page->file, line->text);
			fputs("</label>\n", page->file);
		}
		fputs("</fieldset>\n", page->file);
	}
}

/* They do nothing without the script, which shows them. */
static void put_controls(const struct page *page)
{
	fputs("<form id=\"controls\" class=\"controls\" hidden=\"hidden\" "
	      "aria-label=\"What is shown\">\n"
	      "<div role=\"group\" aria-label=\"Zoom\">"
	      "<button type=\"button\" data-zoom=\"out\" aria-label=\"smaller\">−</button>"
	      "<output id=\"zoom\" aria-label=\"zoom\">100 %</output>"
	      "<button type=\"button\" data-zoom=\"in\" aria-label=\"larger\">+</button>"
	      "<button type=\"button\" data-zoom=\"one\">100 %</button>"
	      "<button type=\"button\" data-zoom=\"fit\">fit the width</button></div>\n",
	      page->file);
	put_filters(page);
	fputs("</form>\n", page->file);
}

/* --- The diagram. --- */

static void put_view_box(const char *class, double top, double width, double height, FILE *file)
{
	fprintf(file, "<svg class=\"timeline %s\" viewBox=\"0 %.1f %.1f %.1f\">\n", class, top,
		width, height);
}

static void put_heads(const struct page *page)
{
	fprintf(page->file, "<div class=\"heads\" style=\"--h:%d\">\n", PICTURE_HEADS);
	put_view_box("times", 0, PICTURE_TIMES, PICTURE_HEADS, page->file);
	fprintf(page->file,
		"<text class=\"times\" x=\"%d\" y=\"20\" text-anchor=\"end\">time ms</text>\n"
		"</svg>\n",
		PICTURE_TIMES - 16);
	put_view_box("lines", 0, page->picture->width, PICTURE_HEADS, page->file);
	picture_heads(page->picture, page->file);
	fputs("</svg>\n</div>\n", page->file);
}

static void put_band(const struct page *page, int first, int end)
{
	double top = picture_top(page->picture, first) - (first == 0 ? FIRST : 0);
	double height = picture_top(page->picture, end) - top;

	fprintf(page->file,
		"<div class=\"band\" data-from=\"%d\" data-to=\"%d\" style=\"--h:%.1f\">\n", first,
		end, height);
	put_view_box("times", top, PICTURE_TIMES, height, page->file);
	picture_times(page->picture, first, end, page->file);
	fputs("</svg>\n", page->file);
	put_view_box("lines", top, page->picture->width, height, page->file);
	picture_band(page->picture, first, end, page->file);
	fputs("</svg>\n</div>\n", page->file);
}

static void put_view(const struct page *page)
{
	int rows = (int)page->picture->rows->row_count;

	fprintf(page->file,
		"<div class=\"view\" id=\"view\" tabindex=\"0\" role=\"region\" "
		"aria-label=\"Sequence diagram\">\n"
		"<div class=\"sheet\" id=\"sheet\" style=\"--w:%.1f;--t:%d\">\n",
		page->picture->width, PICTURE_TIMES);
	put_heads(page);
	for (int first = 0; first < rows; first += BAND)
		put_band(page, first, first + BAND < rows ? first + BAND : rows);
	fputs("</div>\n</div>\n", page->file);
}

/* --- Below it. --- */

static void put_legend(FILE *file)
{
	static const char legend[] =
		"<p class=\"legend\">Time runs down; where rows stand farther apart, a millisecond "
		"or more has passed. A small bar is a call that returned at once, a long one lasts "
		"as long as the call, and a pale one waits. An arrow goes from the call that sent, "
		"through the packet, to the call that took its bytes; a thin one only "
		"acknowledges. Dashed: sent again. A cross: lost. A hollow head: no call took the "
		"bytes.</p>\n";
	static const char hint[] =
		"<p class=\"legend hint\" hidden=\"hidden\" id=\"hint\">Point at a call, a packet "
		"or an arrow to see what belongs to it. Keys within the diagram: up and down go "
		"from event to event, left and right along an arrow, + and - zoom, Escape "
		"leaves.</p>\n";

	fputs(legend, file);
	fputs(hint, file);
}

static void put_remarks(const struct page *page)
{
	bool open = false;

	for (size_t i = 0; i < page->foot->count; i++) {
		const struct foot_line *line = &page->foot->lines[i];

		if (line->conversation >= 0)
			continue;
		if (line->level == 1 && !open)
			fputs("<ul>\n", page->file);
		if (line->level == 0 && open)
			fputs("</ul>\n", page->file);
		open = line->level == 1;
		put_element(open ? "li" : "p", line->text, page->file);
	}
	if (open)
		fputs("</ul>\n", page->file);
}

/* A packet opened: its title, then boxes within boxes. Returns false for want of memory. */
static bool put_packet(const struct page *page, const struct packet_view *view, size_t index,
		       const struct relative *relative)
{
	char *text = packet_drawing(view, page->picture->recording, index, relative);
	char *boxes = text ? strchr(text, '\n') : NULL;

	if (!text)
		return false;
	fputs("<details open=\"open\"><summary>", page->file);
	markup_bytes(page->file, text, boxes ? (size_t)(boxes - text) : strlen(text));
	fputs("</summary>\n<pre>", page->file);
	for (char *line = boxes ? boxes + 1 : NULL; line && *line;) {
		size_t n = strcspn(line, "\n");

		markup_bytes(page->file, line, n);
		fputc('\n', page->file);
		line += n + (line[n] == '\n');
	}
	fputs("</pre></details>\n", page->file);
	free(text);
	return true;
}

static int put_packets(const struct page *page, const struct view_options *options)
{
	const struct packet_view view = {.width = LAYERS_COLUMNS,
					 .bytes = options->bytes > 0 ? (size_t)options->bytes : 0};
	const struct recording *recording = page->picture->recording;
	struct relative *relative;
	bool done;

	if (!options->verbose || recording->packet_count == 0)
		return 0;
	relative = sequence_relative(recording);
	done = relative != NULL;
	fputs("<section class=\"packets\">\n<h2>Packets, layer by layer</h2>\n", page->file);
	for (size_t i = 0; done && i < recording->packet_count; i++)
		done = put_packet(page, &view, i, &relative[i]);
	fputs("</section>\n", page->file);
	free(relative);
	return done ? 0 : -ENOMEM;
}

static int put_script(const struct page *page)
{
	int status;

	fputs("<script type=\"application/json\" id=\"data\">\n", page->file);
	status = page_put_data(page->picture, page->foot, page->file);
	fprintf(page->file, "</script>\n<script>\n%s</script>\n", page_js);
	return status;
}

static int put_page(const struct page *page, const struct view_options *options)
{
	int status;

	put_head(page);
	put_element("h1", page->notes->title, page->file);
	for (size_t i = 0; i < page->notes->line_count; i++)
		put_element("p", page->notes->lines[i], page->file);
	put_stuck(page);
	put_controls(page);
	put_view(page);
	fputs("<aside id=\"details\" class=\"details\" hidden=\"hidden\" aria-live=\"polite\" "
	      "aria-label=\"Details\"></aside>\n",
	      page->file);
	put_legend(page->file);
	page_put_totals(page->picture->recording, page->picture->join, page->foot, page->file);
	put_remarks(page);
	status = put_packets(page, options);
	if (status == 0)
		status = put_script(page);
	fputs("</body>\n</html>\n", page->file);
	return status;
}

int view_html(const struct recording *recording, const struct join *join,
	      const struct view_options *options, FILE *file)
{
	struct page page = {.picture = picture_make(recording, join, options),
			    .foot = foot_make(recording, join),
			    .file = file};
	int status = -ENOMEM;

	if (page.picture)
		page.notes = notes_make(recording, join, page.picture->rows);
	if (page.picture && page.foot && page.notes)
		status = put_page(&page, options);
	if (status == 0 && (fflush(file) || ferror(file)))
		status = -EIO;
	notes_free(page.notes);
	foot_free(page.foot);
	picture_free(page.picture);
	return status;
}
