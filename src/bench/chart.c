/*
 * The frame of a chart: its style, its titles, and a place for each panel. A canvas has the shape
 * of a slide, and grows downwards where there are more series than a slide holds.
 */
#include "bench/chart.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/markup.h"
#include "bench/chart_panel.h"
#include "bench/words.h"
#include "sockettool/text.h"

enum {
	WIDTH = 1280,
	HEIGHT = 720,
	MARGIN = 40,
	GUTTER = 36, /* between panels */
	SUBTITLE_FONT = 17,
	SUBTITLE_LINE = 24,
	TITLE_LINE = 56,  /* down to the title's base line */
	PANEL_TITLE = 58, /* from the last line above it to the plot */
	BELOW = 86,       /* from the plot to the lower edge */
	BAR_ROW = 58,
};

/* Okabe and Ito's hues, moved until any two differ to every kind of colour-blind eye and each one
 * is seen against its ground. */
static const char *const light[CHART_COLOURS] = {"#1959cb", "#bc5119", "#008f5a", "#9f5a88",
						 "#122122", "#db9711", "#3daeff", "#722515"};
static const char *const dark[CHART_COLOURS] = {"#7f8aff", "#ee6164", "#25e69d", "#e466ad",
						"#fbffff", "#c2910e", "#abcbff", "#fbdc1c"};

static void put_colours(FILE *file, const char *const colours[CHART_COLOURS], const char *ground,
			const char *ink, const char *faint)
{
	fprintf(file, ".chart .ground{fill:%s}\n.chart text{fill:%s}\n.chart .ink{stroke:%s}\n",
		ground, ink, ink);
	fprintf(file, ".chart .grid{stroke:%s}\n.chart .halo{stroke:%s}\n", faint, ground);
	for (size_t i = 0; i < CHART_COLOURS; i++)
		fprintf(file, ".chart .c%zu{stroke:%s}.chart .f%zu{fill:%s}\n", i, colours[i], i,
			colours[i]);
}

static void put_style(FILE *file)
{
	fprintf(file,
		"<style type=\"text/css\">\n"
		".chart text{font:%dpx system-ui,\"Helvetica Neue\",Arial,sans-serif}\n"
		".chart .title{font-size:30px;font-weight:bold}\n"
		".chart .subtitle{font-size:%dpx}\n"
		".chart .panel{font-size:20px;font-weight:bold}\n"
		".chart line,.chart polyline{fill:none;stroke-width:1}\n"
		".chart polyline{stroke-width:3;stroke-linejoin:round}\n"
		".chart .whisker{stroke-width:2}\n"
		".chart .leader{stroke-dasharray:2 3}\n"
		".chart .halo{stroke-width:1.5}\n",
		CHART_FONT, SUBTITLE_FONT);
	put_colours(file, light, "#ffffff", "#1b1f23", "#dfe3e8");
	fputs("@media screen and (prefers-color-scheme:dark){\n", file);
	put_colours(file, dark, "#16191d", "#eceff2", "#3a4149");
	fputs("}\n</style>\n", file);
}

double chart_width(const char *text)
{
	return 0.6 * CHART_FONT * (double)text_columns(text, strlen(text));
}

double chart_names_width(const struct chart_panel *panel, size_t columns)
{
	char name[WORDS_TEXT];
	double width = 0;

	for (size_t i = 0; i < panel->series_count; i++) {
		words_cut(name, panel->series[i].name, columns);
		width = fmax(width, chart_width(name));
	}
	return width;
}

void chart_label(FILE *file, double x, double y, const char *anchor, const char *text)
{
	fprintf(file, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y + 0.35 * CHART_FONT,
		anchor);
	markup_text(file, text);
	fputs("</text>\n", file);
}

void chart_line(FILE *file, const char *class, double x1, double y1, double x2, double y2)
{
	fprintf(file, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
		class, x1, y1, x2, y2);
}

void chart_cap(FILE *file, const char *class, double x, double y, bool upright)
{
	double half = 5;

	if (upright)
		chart_line(file, class, x, y - half, x, y + half);
	else
		chart_line(file, class, x - half, y, x + half, y);
}

void chart_marker(FILE *file, size_t series, double x, double y)
{
	static const char *const shapes[] = {
		"M-6 0A6 6 0 1 0 6 0A6 6 0 1 0 -6 0Z",                  /* circle */
		"M-5.5 -5.5H5.5V5.5H-5.5Z",                             /* square */
		"M0 -7L7 5.5H-7Z",                                      /* triangle */
		"M0 -8L8 0L0 8L-8 0Z",                                  /* diamond */
		"M0 7L7 -5.5H-7Z",                                      /* triangle upside down */
		"M-2.5 -7H2.5V-2.5H7V2.5H2.5V7H-2.5V2.5H-7V-2.5H-2.5Z", /* cross */
		"M0 -8L2 -2.5L8 -2.5L3.2 1.2L5 7L0 3.5L-5 7L-3.2 1.2L-8 -2.5L-2 -2.5Z", /* star */
		"M-7 -3H7V3H-7Z",                                                       /* bar */
	};

	fprintf(file, "<path class=\"halo f%zu\" transform=\"translate(%.1f %.1f)\" d=\"%s\"/>\n",
		series % CHART_COLOURS, x, y,
		shapes[series % (sizeof(shapes) / sizeof(shapes[0]))]);
}

static void put_title(const char *class, double x, double y, const char *text, size_t n, FILE *file)
{
	fprintf(file, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", class, x, y);
	markup_bytes(file, text, n);
	fputs("</text>\n", file);
}

/* How many columns of a font's size fit the canvas. */
static size_t columns(double font)
{
	return (size_t)((WIDTH - 2 * MARGIN) / (0.56 * font));
}

/* Returns where the last line stands; without a file nothing is written. */
static double put_subtitle(const char *text, FILE *file)
{
	double y = TITLE_LINE + 8;

	while (*text) {
		const char *next;
		size_t n = words_line(text, columns(SUBTITLE_FONT), &next);

		y += SUBTITLE_LINE;
		if (file)
			put_title("subtitle", MARGIN, y, text, n, file);
		text = next;
	}
	return y;
}

/* How high the plots must be. */
static double plot_height(const struct chart *chart, double top)
{
	double height = HEIGHT - BELOW - top;

	for (size_t i = 0; i < chart->panel_count; i++) {
		const struct chart_panel *panel = &chart->panels[i];
		double count = (double)panel->series_count;

		if (!panel->bars)
			height = fmax(height, count * CHART_ROW);
		else if (count * BAR_ROW < height)
			height = fmax(1, count) * BAR_ROW;
		else
			height = fmax(height, count * 1.5 * CHART_ROW);
	}
	return height;
}

int chart_write(const struct chart *chart, FILE *file)
{
	double top = put_subtitle(chart->subtitle, NULL) + PANEL_TITLE;
	double bottom = top + plot_height(chart, top);
	double width = (WIDTH - 2 * MARGIN + GUTTER) / fmax(1, (double)chart->panel_count);
	char title[WORDS_TEXT];
	int status = 0;

	words_cut(title, chart->title, columns(30));
	fprintf(file,
		"<svg class=\"chart\" xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" "
		"width=\"%d\" height=\"%.0f\" viewBox=\"0 0 %d %.0f\">\n<title>",
		WIDTH, bottom + BELOW, WIDTH, bottom + BELOW);
	markup_text(file, title);
	fputs("</title>\n", file);
	put_style(file);
	fprintf(file, "<rect class=\"ground\" width=\"%d\" height=\"%.0f\"/>\n", WIDTH,
		bottom + BELOW);
	put_title("title", MARGIN, TITLE_LINE, title, strlen(title), file);
	put_subtitle(chart->subtitle, file);
	for (size_t i = 0; i < chart->panel_count && status == 0; i++) {
		const struct chart_panel *panel = &chart->panels[i];
		double left = MARGIN + (double)i * width;
		struct chart_box box = {left, top, left + width - GUTTER, bottom};

		put_title("panel", left, top - 22, panel->title, strlen(panel->title), file);
		if (panel->bars)
			chart_bars(panel, box, file);
		else
			status = chart_lines(panel, box, file);
	}
	fputs("</svg>\n", file);
	if (status == 0 && (fflush(file) || ferror(file)))
		status = -EIO;
	return status;
}
