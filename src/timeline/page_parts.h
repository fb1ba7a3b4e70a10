/*
 * The parts of pictures and pages that are no C: the build makes them from the files of the same
 * names. Each ends in a NUL.
 */
#ifndef TIMELINE_PAGE_PARTS_H
#define TIMELINE_PAGE_PARTS_H

extern const char picture_css[];
extern const char page_css[];
extern const char page_js[];

#endif
