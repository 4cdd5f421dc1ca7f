// Loaded before the C library where the gateway runs under valgrind, whose rt_sigsuspend writes to
// the caller's mask: the one of Swift's runtime cannot be written to.
#define _GNU_SOURCE
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

int sigsuspend(const sigset_t *mask) {
  sigset_t own = *mask;
  return (int)syscall(SYS_rt_sigsuspend, &own, 8);
}
