/*
 * The source line of an address.
 */
#ifndef TIMELINE_FRAMES_PLACE_H
#define TIMELINE_FRAMES_PLACE_H

#include "timeline/frames.h"

/* Finds the line of an address in a module of a process. The place has no file if there is no
 * debugging information, or if the source is not the program's own but the C library's, a system
 * header's, or a language's. Where such a function was compiled into one of the program's own, the
 * place is the latter's. */
void frames_place(Dwfl_Module *, Dwarf_Addr, struct place *);

#endif
