/*
 * A timeline as a picture: one standalone SVG file without a script.
 */
#include "timeline/view_drawn.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/markup.h"
#include "timeline/packet_view.h"
#include "timeline/page_parts.h"
#include "timeline/picture.h"
#include "timeline/picture_notes.h"
#include "timeline/view_foot.h"

enum {
	MARGIN = 24,
	TITLE = 32, /* the height of the title */
	LINE = 18,
	LEAST_WIDTH = 720,
	COLUMNS = 96, /* of text in the narrowest picture */
	LEVEL = 20,   /* how far a line is indented */
	STUCK_MOST = 8,
	LAYERS_LINE = 14, /* the letters' own height: lines of boxes meet */
	LAYERS_COLUMNS = 88,
};

struct sheet {
	struct picture *picture;
	struct notes *notes;
	struct foot *foot;
	char *layers; /* the packets opened, line by line, or NULL */
	double width, y;
	FILE *file;
};

static void put_line(struct sheet *sheet, const char *class, double x, const char *text)
{
	double columns = COLUMNS * (sheet->width - x) / (LEAST_WIDTH - MARGIN);

	fprintf(sheet->file, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", class, x, sheet->y);
	if (picture_put_text(text, (size_t)columns, sheet->file)) {
		fputs("<title>", sheet->file);
		markup_text(sheet->file, text);
		fputs("</title>", sheet->file);
	}
	fputs("</text>\n", sheet->file);
	sheet->y += LINE;
}

static void put_notes(struct sheet *sheet)
{
	const struct notes *notes = sheet->notes;

	sheet->y = MARGIN + 20;
	put_line(sheet, "title", MARGIN, notes->title);
	sheet->y += TITLE - LINE - 8;
	for (size_t i = 0; i < notes->line_count; i++)
		put_line(sheet, "command", MARGIN, notes->lines[i]);
	for (size_t i = 0; i < notes->stuck_count && i < STUCK_MOST; i++)
		put_line(sheet, "stuck", MARGIN, notes->stuck[i].text);
	if (notes->stuck_count > STUCK_MOST)
		put_line(sheet, "stuck", MARGIN, "... and others");
}

static void put_rule(const struct sheet *sheet)
{
	fprintf(sheet->file, "<path class=\"line\" d=\"M%d %.1fH%.1f\"/>\n", MARGIN, sheet->y,
		sheet->width - MARGIN);
}

static void put_diagram(struct sheet *sheet)
{
	struct picture *picture = sheet->picture;
	int rows = (int)picture->rows->row_count;

	fprintf(sheet->file, "<g transform=\"translate(%d %.1f)\">\n", MARGIN + PICTURE_TIMES,
		sheet->y);
	picture_heads(picture, sheet->file);
	fprintf(sheet->file,
		"</g>\n<text class=\"times\" x=\"%d\" y=\"%.1f\" text-anchor=\"end\">"
		"time ms</text>\n",
		MARGIN + PICTURE_TIMES - 16, sheet->y + 20);
	sheet->y += PICTURE_HEADS;
	put_rule(sheet);
	sheet->y += 8;
	fprintf(sheet->file, "<g class=\"times\" transform=\"translate(%d %.1f)\">\n", MARGIN,
		sheet->y);
	picture_times(picture, 0, rows, sheet->file);
	fprintf(sheet->file, "</g>\n<g transform=\"translate(%d %.1f)\">\n", MARGIN + PICTURE_TIMES,
		sheet->y);
	picture_band(picture, 0, rows, sheet->file);
	fputs("</g>\n", sheet->file);
	sheet->y += picture->height + 8;
	put_rule(sheet);
}

static void put_foot(struct sheet *sheet)
{
	sheet->y += 12 + LINE;
	for (size_t i = 0; i < sheet->foot->count; i++) {
		const struct foot_line *line = &sheet->foot->lines[i];
		double x = MARGIN + LEVEL * (line->level + 1);

		if (line->level == 0 && line->conversation >= 0) {
			fputs("<path class=\"key mark", sheet->file);
			picture_put_colour(line->conversation, sheet->file);
			fprintf(sheet->file, "\" transform=\"translate(%d %.1f)\" d=\"%s\"/>\n",
				MARGIN + 6, sheet->y - 4, picture_mark(line->conversation));
		}
		put_line(sheet, "foot", x, line->text);
	}
}

/* The packets opened: boxes within boxes, of letters. */
static void put_layers(struct sheet *sheet)
{
	sheet->y += LINE;
	for (const char *line = sheet->layers; line && *line;) {
		size_t n = strcspn(line, "\n");

		fprintf(sheet->file, "<text class=\"layers\" x=\"%d\" y=\"%.1f\">", MARGIN,
			sheet->y);
		markup_bytes(sheet->file, line, n);
		fputs("</text>\n", sheet->file);
		sheet->y += LAYERS_LINE;
		line += n + (line[n] == '\n');
	}
}

static double layers_height(const struct sheet *sheet)
{
	size_t lines = 0;

	for (const char *at = sheet->layers; at && (at = strchr(at, '\n')); at++)
		lines++;
	return lines ? LINE + (double)LAYERS_LINE * (double)lines : 0;
}

/* Returns false for want of memory. */
static bool open_layers(struct sheet *sheet, const struct view_options *options)
{
	const struct packet_view view = {.width = LAYERS_COLUMNS,
					 .bytes = options->bytes > 0 ? (size_t)options->bytes : 0};
	size_t size;
	FILE *file;

	if (!options->verbose)
		return true;
	file = open_memstream(&sheet->layers, &size);
	if (!file)
		return false;
	bool done = packet_draw_all(file, &view, sheet->picture->recording);
	return fclose(file) == 0 && done;
}

/* The height of all, which must be known before anything is drawn. */
static double height_of(const struct sheet *sheet)
{
	size_t stuck = sheet->notes->stuck_count;

	stuck = stuck > STUCK_MOST ? STUCK_MOST + 1 : stuck;
	return MARGIN + 20 + TITLE - 8 + LINE * (double)(sheet->notes->line_count + stuck) +
	       PICTURE_HEADS + 16 + sheet->picture->height + 12 + LINE +
	       LINE * (double)sheet->foot->count + layers_height(sheet) + MARGIN;
}

static void put_sheet(struct sheet *sheet)
{
	double height = height_of(sheet);

	sheet->width = fmax(LEAST_WIDTH, sheet->picture->width + PICTURE_TIMES + 2 * MARGIN);
	fprintf(sheet->file,
		"<svg class=\"timeline\" xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" "
		"width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\">\n<title>",
		sheet->width, height, sheet->width, height);
	markup_text(sheet->file, sheet->notes->title);
	fprintf(sheet->file, "</title>\n<style type=\"text/css\">\n%s</style>\n", picture_css);
	fprintf(sheet->file, "<rect class=\"ground\" width=\"%.0f\" height=\"%.0f\"/>\n",
		sheet->width, height);
	put_notes(sheet);
	put_diagram(sheet);
	put_foot(sheet);
	if (sheet->layers)
		put_layers(sheet);
	fputs("</svg>\n", sheet->file);
}

int view_svg(const struct recording *recording, const struct join *join,
	     const struct view_options *options, FILE *file)
{
	struct sheet sheet = {.picture = picture_make(recording, join, options),
			      .foot = foot_make(recording, join),
			      .file = file};
	int status = -ENOMEM;

	if (sheet.picture)
		sheet.notes = notes_make(recording, join, sheet.picture->rows);
	if (sheet.picture && sheet.foot && sheet.notes && open_layers(&sheet, options)) {
		put_sheet(&sheet);
		status = fflush(file) || ferror(file) ? -EIO : 0;
	}
	free(sheet.layers);
	notes_free(sheet.notes);
	foot_free(sheet.foot);
	picture_free(sheet.picture);
	return status;
}
