/*
 * Which Python is traced.
 */
#ifndef SUPPORT_PYTHON_H
#define SUPPORT_PYTHON_H

/* The system's own if there is one: what stands before it in PATH may be a script, whose shells
 * have calls of their own. */
const char *python_command(void);

#endif
