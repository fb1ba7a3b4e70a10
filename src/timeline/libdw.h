/* elfutils' libdw, which reads debugging information, loaded when it is wanted. */
#ifndef TIMELINE_LIBDW_H
#define TIMELINE_LIBDW_H

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwfl.h>

#include "base/shared_library.h"

#define LIBDW_FUNCTIONS(USE)               \
	USE(dwfl_addrmodule)               \
	USE(dwfl_attach_state)             \
	USE(dwfl_begin)                    \
	USE(dwfl_end)                      \
	USE(dwfl_frame_pc)                 \
	USE(dwfl_getmodules)               \
	USE(dwfl_getthread_frames)         \
	USE(dwfl_linux_proc_find_elf)      \
	USE(dwfl_linux_proc_report)        \
	USE(dwfl_module_addrdie)           \
	USE(dwfl_module_getdwarf)          \
	USE(dwfl_module_info)              \
	USE(dwfl_module_nextcu)            \
	USE(dwfl_report_begin)             \
	USE(dwfl_report_end)               \
	USE(dwfl_thread_state_register_pc) \
	USE(dwfl_thread_state_registers)   \
	USE(dwarf_attr)                    \
	USE(dwarf_filesrc)                 \
	USE(dwarf_formudata)               \
	USE(dwarf_getscopes)               \
	USE(dwarf_getsrc_die)              \
	USE(dwarf_getsrcfiles)             \
	USE(dwarf_haspc)                   \
	USE(dwarf_lineno)                  \
	USE(dwarf_linesrc)                 \
	USE(dwarf_tag)                     \
	USE(elf_begin)                     \
	USE(elf_version)

struct error;

/* The library's functions, under their own names. */
struct libdw {
	LIBDW_FUNCTIONS(SHARED_LIBRARY_MEMBER)
};

/* The functions; they are there once libdw_load has returned 0. */
extern struct libdw libdw;

/* Loads the library, unless that is done. Returns 0 or a negative errno with the error filled. */
int libdw_load(struct error *);

#endif
