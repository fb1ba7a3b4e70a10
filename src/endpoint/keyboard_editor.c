/*
 * The keyboard of a terminal, by libedit: see keyboard_editor.h.
 */
#include "endpoint/keyboard_editor.h"

#include <errno.h>
#include <histedit.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

#include "endpoint/client_signals.h"

enum {
	HISTORY_LINES = 500,
	PROMPT_MAX = 128,
	COLUMNS_UNKNOWN = 80,
	TAB_STOP = 8,
};

/* Begins and ends what the prompt sends to the terminal without moving its cursor. */
#define LITERAL '\1'

struct editor {
	EditLine *line;
	History *history;
	editor_wait *wait;
	void *context;
	bool bold;
	bool typing; /* a prompt and perhaps a line are on the screen, or hidden */
	int columns;
	const char *prompt;
	char shown_prompt[PROMPT_MAX];
	mbstate_t partial;     /* of a character whose bytes come one by one */
	struct termios before; /* the terminal's modes as we found them */
};

/* --- Where the cursor is --- */

struct place {
	int row, column;
};

/* How libedit shows a character: as itself, as ^X, or as \U+1f600. */
static int width(wchar_t c)
{
	if (iswprint((wint_t)c)) {
		int columns = wcwidth(c);
		return columns < 0 ? 0 : columns;
	}
	if (iswcntrl((wint_t)c) && c < 0x80)
		return 2;
	return c > 0xffff ? 8 : 7;
}

static void advance(struct place *place, wchar_t c, int columns)
{
	int w = c == L'\t' ? TAB_STOP - place->column % TAB_STOP : width(c);

	/* A search in the history shows what is looked for below the line. */
	if (c == L'\n') {
		place->row++;
		place->column = 0;
		return;
	}
	/* A wide character is not cut by the edge. */
	if (c != L'\t' && w <= 2 && place->column + w > columns) {
		place->row++;
		place->column = 0;
	}
	place->column += w;
	while (place->column >= columns) {
		place->row++;
		place->column -= columns;
	}
}

/* Where the cursor is after the prompt and the line up to it, counted from the prompt's start. */
static struct place cursor_place(const struct editor *editor)
{
	const LineInfoW *info = el_wline(editor->line);
	const char *prompt = editor->prompt;
	struct place place = {0};
	mbstate_t state = {0};
	wchar_t c;
	size_t n;

	while ((n = mbrtowc(&c, prompt, strlen(prompt), &state)) > 0 && n < (size_t)-2) {
		advance(&place, c, editor->columns);
		prompt += n;
	}
	for (const wchar_t *at = info->buffer; at < info->cursor; at++)
		advance(&place, *at, editor->columns);
	return place;
}

/* --- The terminal --- */

/* The editor writes through the C library's stream; so do these, to keep the order. */
static void tell(const char *text)
{
	fputs(text, stdout);
	fflush(stdout);
}

static void measure(struct editor *editor)
{
	int columns = 0;

	if (el_get(editor->line, EL_GETTC, "co", &columns, NULL) < 0 || columns < 1)
		columns = COLUMNS_UNKNOWN;
	editor->columns = columns;
}

void editor_hide(void *of)
{
	struct editor *editor = of;
	char text[64];

	if (!editor->typing)
		return;
	struct place place = cursor_place(editor);
	if (place.row > 0)
		snprintf(text, sizeof(text), "\r\033[%dA\033[J", place.row);
	else
		snprintf(text, sizeof(text), "\r\033[J");
	tell(text);
}

void editor_reveal(void *of)
{
	struct editor *editor = of;

	if (editor->typing)
		el_set(editor->line, EL_REFRESH);
	fflush(stdout);
}

void editor_resize(struct editor *editor)
{
	if (!editor->typing)
		return;
	/* Most terminals have wrapped the typed line anew by now, so the new width counts. */
	el_resize(editor->line);
	measure(editor);
	editor_hide(editor);
	editor_reveal(editor);
}

void editor_suspend(struct editor *editor)
{
	editor_hide(editor);
	el_set(editor->line, EL_PREP_TERM, 0);
	tcsetattr(STDIN_FILENO, TCSADRAIN, &editor->before);
	client_signals_suspend();
	el_set(editor->line, EL_PREP_TERM, 1);
	editor_resize(editor);
}

/* --- What libedit asks for --- */

static struct editor *editor_of(EditLine *line)
{
	void *editor = NULL;

	el_get(line, EL_CLIENTDATA, &editor);
	return editor;
}

static char *show_prompt(EditLine *line)
{
	return editor_of(line)->shown_prompt;
}

/* Reads one character, as the locale encodes it. Returns 1, 0 at the end or -1. */
static int read_character(EditLine *line, wchar_t *out)
{
	struct editor *editor = editor_of(line);
	char byte;

	for (;;) {
		if (!editor->wait(editor->context))
			return -1;
		ssize_t n = read(STDIN_FILENO, &byte, 1);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return (int)n;
		switch (mbrtowc(out, &byte, 1, &editor->partial)) {
		case (size_t)-2:
			continue;
		case (size_t)-1:
			/* What is no character is not typed. */
			memset(&editor->partial, 0, sizeof(editor->partial));
			continue;
		default:
			return 1;
		}
	}
}

/* --- Making --- */

bool editor_possible(void)
{
	const char *kind = getenv("TERM");

	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && kind && kind[0] &&
	       strcmp(kind, "dumb") != 0;
}

/* Typed characters are several bytes in UTF-8, which a machine without a locale means as well. */
static void choose_characters(void)
{
	setlocale(LC_CTYPE, "");
	if (!strcmp(nl_langinfo(CODESET), "ANSI_X3.4-1968"))
		setlocale(LC_CTYPE, "C.UTF-8");
}

static void bind_keys(EditLine *line)
{
	static const char *const keys[][2] = {
		{"^R", "em-inc-search-prev"},      {"^W", "ed-delete-prev-word"},
		{"\\e[3~", "ed-delete-next-char"}, {"\\e[1~", "ed-move-to-beg"},
		{"\\e[4~", "ed-move-to-end"},      {"\\e[1;5C", "em-next-word"},
		{"\\e[1;5D", "ed-prev-word"},
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		el_set(line, EL_BIND, keys[i][0], keys[i][1], NULL);
}

static bool prepare(struct editor *editor)
{
	HistEvent event;

	choose_characters();
	if (tcgetattr(STDIN_FILENO, &editor->before) < 0)
		return false;
	editor->history = history_init();
	editor->line = el_init("sockettool", stdin, stdout, stderr);
	if (!editor->history || !editor->line)
		return false;
	history(editor->history, &event, H_SETSIZE, HISTORY_LINES);
	history(editor->history, &event, H_SETUNIQUE, 1);
	el_set(editor->line, EL_CLIENTDATA, editor);
	el_set(editor->line, EL_EDITOR, "emacs");
	el_set(editor->line, EL_SIGNAL, 0);
	el_set(editor->line, EL_HIST, history, editor->history);
	el_set(editor->line, EL_PROMPT_ESC, show_prompt, LITERAL);
	el_set(editor->line, EL_GETCFN, read_character);
	/* Keys pressed between two lines wait for the next one instead of being echoed. */
	el_set(editor->line, EL_SETTY, "-x", "-echo", "-icanon", NULL);
	bind_keys(editor->line);
	return true;
}

struct editor *editor_new(bool bold, editor_wait *wait, void *context)
{
	struct editor *editor = calloc(1, sizeof(*editor));

	if (!editor)
		return NULL;
	editor->wait = wait;
	editor->context = context;
	editor->bold = bold;
	if (!prepare(editor)) {
		editor_free(editor);
		return NULL;
	}
	editor_prompt(editor, "");
	return editor;
}

void editor_free(struct editor *editor)
{
	if (!editor)
		return;
	if (editor->line) {
		el_end(editor->line);
		tcsetattr(STDIN_FILENO, TCSADRAIN, &editor->before);
	}
	if (editor->history)
		history_end(editor->history);
	free(editor);
}

void editor_prompt(struct editor *editor, const char *prompt)
{
	size_t last = strlen(prompt);

	/* The last character is left plain: libedit loses what stands behind it. */
	while (last > 0 && ((unsigned char)prompt[--last] & 0xc0) == 0x80)
		continue;
	editor->prompt = prompt;
	if (editor->bold && last > 0)
		snprintf(editor->shown_prompt, PROMPT_MAX, "\1\033[1m\1%.*s\1\033[0m\1%s",
			 (int)last, prompt, prompt + last);
	else
		snprintf(editor->shown_prompt, PROMPT_MAX, "%s", prompt);
}

/* --- Typing --- */

const char *editor_line(struct editor *editor, size_t *n)
{
	HistEvent event;
	int length = 0;

	el_resize(editor->line);
	measure(editor);
	editor->typing = true;
	const char *line = el_gets(editor->line, &length);
	if (!line || length <= 0) {
		editor_hide(editor);
		editor->typing = false;
		return NULL;
	}
	editor->typing = false;
	/* An empty line, which is a newline alone, is not worth remembering. */
	if (length > 1)
		history(editor->history, &event, H_ENTER, line);
	*n = (size_t)length;
	return line;
}
