/*
 * The seccomp filter, a program of the kernel's packet filter machine.
 */
#include "timeline/call_filter.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "timeline/decode.h"

/* A jump reaches 255 instructions. */
enum { CALLS_MAX = 200 };

/* Foreign machines' calls (32-bit programs) have other numbers, and pass. */
static unsigned short write_filter(struct sock_filter *filter)
{
	unsigned calls = 0, n = 0;

	while (decode_number(calls) >= 0 && calls < CALLS_MAX)
		calls++;
	filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						   offsetof(struct seccomp_data, arch));
	filter[n++] =
		(struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CALL_FILTER_MACHINE, 1, 0);
	filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	filter[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						   offsetof(struct seccomp_data, nr));
	for (unsigned i = 0; i < calls; i++)
		filter[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							   (unsigned)decode_number(i),
							   (unsigned char)(calls - i), 0);
	filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	filter[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
	return (unsigned short)n;
}

int call_filter_install(void)
{
	struct sock_filter instructions[CALLS_MAX + 8];
	struct sock_fprog filter = {.len = write_filter(instructions), .filter = instructions};
	/* Without this flag some kernels slow filtered programs down. */
	unsigned flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW;

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter) == 0)
		return 0;
	if (errno != EACCES || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -errno;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter) ? -errno : 0;
}
