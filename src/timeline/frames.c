/*
 * Unwinding by libdwfl: through the C library by its call frame information, to a line of the
 * program's own.
 */
#include "timeline/frames.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <unistd.h>

#include "timeline/frames_place.h"
#include "timeline/tracee_memory.h"

/* A stack may lead nowhere, or round in circles. */
enum { DEPTH_MOST = 100 };

/* Addresses that were looked up, because calls come from the same places again and again. */
enum { KNOWN = 256 };

struct known {
	Dwarf_Addr address; /* 0: none */
	struct place place;
};

struct frames {
	pid_t process, thread;
	Dwfl *dwfl;
	bool attached;
	bool leaf; /* what called the innermost function is looked for */
	struct known known[KNOWN];
};

/* --- What libdwfl asks for. --- */

/* Opens a mapped file as the process itself would, which may be in a container. */
static int find_elf(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
		    char **path, Elf **elf)
{
	const struct frames *frames = *data;
	char real[4096];
	struct stat status;
	int file = -1;

	snprintf(real, sizeof(real), "/proc/%d/root%s", (int)frames->process, name);
	if (name[0] == '/')
		file = open(real, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (file < 0) /* what the kernel maps, and files that were deleted */
		return libdw.dwfl_linux_proc_find_elf(module, data, name, base, path, elf);
	if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && (*path = strdup(name)))
		return file;
	close(file);
	return -1;
}

/* There is no other place for debugging information than the file itself. The usual function would
 * look around, and ask servers. */
static int find_no_more(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
			const char *path, const char *link, GElf_Word checksum, char **found)
{
	(void)module, (void)data, (void)name, (void)base, (void)path, (void)link, (void)checksum;
	*found = NULL;
	return -1;
}

static pid_t next_thread(Dwfl *dwfl, void *context, void **thread)
{
	const struct frames *frames = context;
	bool first = !*thread;

	(void)dwfl;
	*thread = context;
	return first ? frames->thread : 0;
}

static bool get_thread(Dwfl *dwfl, pid_t number, void *context, void **thread)
{
	(void)dwfl, (void)number;
	*thread = context;
	return true;
}

static bool read_memory(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *word, void *context)
{
	const struct frames *frames = context;

	(void)dwfl;
	return tracee_get(frames->thread, address, word, sizeof(*word));
}

/* Some functions have no call frame information: those that make threads, since a thread begins in
 * the middle of them. They call nobody, and their caller's registers are still there. */
static bool leave_leaf(pid_t thread, struct user_regs_struct *set)
{
#if defined(__x86_64__)
	if (!tracee_get(thread, set->rsp, &set->rip, sizeof(set->rip)))
		return false;
	set->rip--;
	set->rsp += sizeof(set->rip);
#elif defined(__aarch64__)
	(void)thread;
	set->pc = set->regs[30] - 1;
#endif
	return true;
}

/* The registers by their numbers in DWARF. Those of a process of 32 bits do not fill the set. */
static bool set_registers(Dwfl_Thread *thread, void *context)
{
	const struct frames *frames = context;
	struct user_regs_struct set = {0};
	struct iovec room = {.iov_base = &set, .iov_len = sizeof(set)};

	if (ptrace(PTRACE_GETREGSET, frames->thread, NT_PRSTATUS, &room) ||
	    room.iov_len != sizeof(set) || (frames->leaf && !leave_leaf(frames->thread, &set)))
		return false;
#if defined(__x86_64__)
	const Dwarf_Word registers[] = {set.rax, set.rdx, set.rcx, set.rbx, set.rsi, set.rdi,
					set.rbp, set.rsp, set.r8,  set.r9,  set.r10, set.r11,
					set.r12, set.r13, set.r14, set.r15, set.rip};
	return libdw.dwfl_thread_state_registers(
		thread, 0, sizeof(registers) / sizeof(registers[0]), registers);
#elif defined(__aarch64__)
	Dwarf_Word registers[32];
	for (int i = 0; i < 31; i++)
		registers[i] = set.regs[i];
	registers[31] = set.sp;
	libdw.dwfl_thread_state_register_pc(thread, set.pc);
	return libdw.dwfl_thread_state_registers(thread, 0, 32, registers);
#endif
}

static const Dwfl_Callbacks file_callbacks = {.find_elf = find_elf, .find_debuginfo = find_no_more};

static const Dwfl_Thread_Callbacks thread_callbacks = {.next_thread = next_thread,
						       .get_thread = get_thread,
						       .memory_read = read_memory,
						       .set_initial_registers = set_registers};

/* --- What is mapped. --- */

static int lend(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base, void *frames)
{
	(void)module, (void)name, (void)base;
	*data = frames;
	return DWARF_CB_OK;
}

/* Any file of this machine's kind tells libdwfl how stacks are on it. */
static Elf *own_machine(void)
{
	static Elf *elf;

	if (!elf) {
		int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
		if (file >= 0)
			elf = libdw.elf_begin(file, ELF_C_READ, NULL);
	}
	return elf;
}

/* Reads again what is mapped into the process. */
static bool read_maps(struct frames *frames)
{
	Elf *machine = own_machine();

	memset(frames->known, 0, sizeof(frames->known));
	libdw.dwfl_report_begin(frames->dwfl);
	int failed = libdw.dwfl_linux_proc_report(frames->dwfl, frames->process);
	if (libdw.dwfl_report_end(frames->dwfl, NULL, NULL) || failed)
		return false;
	libdw.dwfl_getmodules(frames->dwfl, lend, frames, 0);
	if (!frames->attached)
		frames->attached = machine &&
				   libdw.dwfl_attach_state(frames->dwfl, machine, frames->process,
							   &thread_callbacks, frames);
	return frames->attached;
}

struct frames *frames_new(pid_t process)
{
	struct frames *frames = calloc(1, sizeof(*frames));

	if (!frames)
		return NULL;
	frames->process = process;
	frames->dwfl = libdw.dwfl_begin(&file_callbacks);
	if (frames->dwfl)
		return frames;
	free(frames);
	return NULL;
}

void frames_free(struct frames *frames)
{
	if (!frames)
		return;
	libdw.dwfl_end(frames->dwfl);
	free(frames);
}

/* --- The stack. --- */

struct walk {
	struct frames *frames;
	struct place *place;
	int depth;
	bool unmapped; /* it came to an address where nothing was mapped */
};

/* The place of an address, found out or known; without a file if it is none of the program's. */
static const struct place *place_of(struct frames *frames, Dwfl_Module *module, Dwarf_Addr address)
{
	struct known *known = &frames->known[address % KNOWN];

	if (known->address != address) {
		*known = (struct known){.address = address};
		frames_place(module, address, &known->place);
	}
	return &known->place;
}

static int visit(Dwfl_Frame *frame, void *context)
{
	struct walk *walk = context;
	Dwarf_Addr address;
	bool exact;

	if (walk->depth++ == DEPTH_MOST || !libdw.dwfl_frame_pc(frame, &address, &exact) ||
	    !address)
		return DWARF_CB_ABORT;
	/* A return address may be that of the next line, or function. */
	address -= !exact;
	Dwfl_Module *module = libdw.dwfl_addrmodule(walk->frames->dwfl, address);
	walk->unmapped = !module;
	if (!module)
		return DWARF_CB_ABORT;
	*walk->place = *place_of(walk->frames, module, address);
	return walk->place->file ? DWARF_CB_ABORT : DWARF_CB_OK;
}

/* Walks up the stack. Returns whether it ended for a reason that reading the maps again cures: a
 * library may have been loaded since. */
static bool walk_up(struct frames *frames, struct place *place)
{
	struct walk walk = {.frames = frames, .place = place};

	*place = (struct place){.file = NULL};
	frames->leaf = false;
	libdw.dwfl_getthread_frames(frames->dwfl, frames->thread, visit, &walk);
	if (!place->file && walk.depth == 1 && !walk.unmapped) {
		frames->leaf = true;
		libdw.dwfl_getthread_frames(frames->dwfl, frames->thread, visit, &walk);
	}
	return walk.unmapped;
}

bool frames_find(struct frames *frames, pid_t thread, struct place *place)
{
	bool fresh = !frames->attached;

	*place = (struct place){.file = NULL};
	frames->thread = thread;
	if (fresh && !read_maps(frames))
		return false;
	if (walk_up(frames, place) && !fresh && read_maps(frames))
		walk_up(frames, place);
	return place->file != NULL;
}
