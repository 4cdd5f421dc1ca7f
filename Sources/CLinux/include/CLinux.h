#ifndef GW_CLINUX_H
#define GW_CLINUX_H

// The parts of Linux's C library that Swift's Glibc module leaves out.
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include <stdint.h>

// One ready descriptor. Unlike `struct epoll_event` it holds no union with a pointer, so that Swift
// can treat it as a plain value.
struct gw_ready {
  int descriptor;
  uint32_t events;
};

// epoll_ctl with the descriptor itself as the event's data. Returns 0, or -1 and sets errno.
int gw_epoll_control(int poll, int operation, int descriptor, uint32_t events)
    __attribute__((warn_unused_result));

// epoll_wait for up to `capacity` (at most 128) events. Returns their number, or -1 and sets errno.
int gw_epoll_wait(int poll, struct gw_ready *ready, int capacity, int timeout_ms)
    __attribute__((warn_unused_result));

// pthread_setname_np is declared only under _GNU_SOURCE. The name is cut to 15 bytes.
int gw_name_current_thread(const char *name) __attribute__((warn_unused_result));

// Keeps the memory of this process out of core dumps and away from debuggers of the same user.
// Returns 0, or -1 and sets errno.
int gw_forbid_dumps(void) __attribute__((warn_unused_result));

// Lets a signal write its number as one byte to a pipe, and opens that pipe first if there is none.
// Blocking signals and waiting for them is not enough in a process that runs on dispatch: a thread of
// its own unblocks them all. Returns the pipe's reading end, or -1 and sets errno.
int gw_signal_to_pipe(int number) __attribute__((warn_unused_result));

#endif
