/*
 * The manual page, made of the same tables as help.
 */
#ifndef COMMAND_MAN_H
#define COMMAND_MAN_H

/* Prints the page for man(1) on standard output. */
void man_print(void);

#endif
