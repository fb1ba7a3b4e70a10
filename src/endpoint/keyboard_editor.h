/*
 * The keyboard of a terminal: a line that can be edited, with a history, while messages arrive.
 *
 * editor_line waits for keys through the client's own loop, which may take the typed line off the
 * screen and put it back as often as it likes (screen.h does). From editor_new to editor_free the
 * terminal's modes are the editor's own. One thread, one editor at a time.
 */
#ifndef ENDPOINT_KEYBOARD_EDITOR_H
#define ENDPOINT_KEYBOARD_EDITOR_H

#include <stdbool.h>
#include <stddef.h>

struct editor;

/* Runs the client's loop until a key can be read. False: no more keys are wanted. */
typedef bool editor_wait(void *context);

/* Whether standard input and output are a terminal that a line can be edited on. */
bool editor_possible(void);

/* Makes an editor. bold: the prompt is. NULL: no memory, or the terminal cannot be used. */
struct editor *editor_new(bool bold, editor_wait *, void *context);
void editor_free(struct editor *);

/* The prompt; the text is borrowed for good. */
void editor_prompt(struct editor *, const char *prompt);

/* Lets the user type a line. Returns it with its newline, until the next call, or NULL at the end
 * of the input or when no more keys are wanted. */
const char *editor_line(struct editor *, size_t *n);

/* Take the line being typed off the screen, leaving the cursor where it began, and put it back.
 * Nothing happens while none is typed. An editor as void pointer, for struct screen. */
void editor_hide(void *of);
void editor_reveal(void *of);

/* The terminal has a new size. */
void editor_resize(struct editor *);

/* Stops the process with the terminal as it was, and goes on with the line being typed. */
void editor_suspend(struct editor *);

#endif
