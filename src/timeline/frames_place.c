/*
 * From an address to file and line.
 */
#include "timeline/frames_place.h"

#include <stdlib.h>
#include <string.h>

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* Sources that came with the system: its headers, and the libraries of Go and Rust. */
static bool is_foreign(const char *file)
{
	return begins(file, "/rustc/") || (begins(file, "/usr/") && !begins(file, "/usr/src/"));
}

static bool is_c_library(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	return begins(name, "libc.") || begins(name, "libc-") || begins(name, "libpthread") ||
	       begins(name, "ld-");
}

/* The compilation unit that an address is in. Not every compiler writes a table of them. */
static Dwarf_Die *unit_of(Dwfl_Module *module, Dwarf_Addr address, Dwarf_Addr *bias)
{
	Dwarf_Die *unit = libdw.dwfl_module_addrdie(module, address, bias);

	if (unit)
		return unit;
	while ((unit = libdw.dwfl_module_nextcu(module, unit, bias)) &&
	       libdw.dwarf_haspc(unit, address - *bias) <= 0)
		;
	return unit;
}

static bool number_of(Dwarf_Die *die, unsigned name, Dwarf_Word *number)
{
	Dwarf_Attribute attribute;

	return libdw.dwarf_attr(die, name, &attribute) &&
	       libdw.dwarf_formudata(&attribute, number) == 0;
}

/* Where a function was called that was compiled into its caller. */
static bool find_caller(Dwarf_Die *unit, Dwarf_Die *scope, struct place *place)
{
	Dwarf_Files *files;
	Dwarf_Word file, line;
	size_t count;

	if (libdw.dwarf_tag(scope) != DW_TAG_inlined_subroutine ||
	    !number_of(scope, DW_AT_call_file, &file) ||
	    !number_of(scope, DW_AT_call_line, &line) ||
	    libdw.dwarf_getsrcfiles(unit, &files, &count) || file >= count)
		return false;
	place->file = libdw.dwarf_filesrc(files, file, NULL, NULL);
	place->line = (int)line;
	return place->file && !is_foreign(place->file);
}

/* The innermost function around an address that is compiled into one of the program's own. */
static void find_own_caller(Dwarf_Die *unit, Dwarf_Addr address, struct place *place)
{
	Dwarf_Die *scopes = NULL;
	int count = libdw.dwarf_getscopes(unit, address, &scopes);
	bool found = false;

	for (int i = 0; i < count && !found; i++)
		found = find_caller(unit, &scopes[i], place);
	if (!found)
		place->file = NULL;
	free(scopes);
}

void frames_place(Dwfl_Module *module, Dwarf_Addr address, struct place *place)
{
	Dwarf_Addr bias;
	const char *path = libdw.dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

	place->file = NULL;
	if (!path || is_c_library(path) || !libdw.dwfl_module_getdwarf(module, &bias))
		return;
	Dwarf_Die *unit = unit_of(module, address, &bias);
	Dwarf_Line *line = unit ? libdw.dwarf_getsrc_die(unit, address - bias) : NULL;
	if (!line || libdw.dwarf_lineno(line, &place->line) || place->line <= 0)
		return;
	place->file = libdw.dwarf_linesrc(line, NULL, NULL);
	if (place->file && is_foreign(place->file))
		find_own_caller(unit, address - bias, place);
}
