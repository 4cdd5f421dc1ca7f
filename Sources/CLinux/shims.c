#define _GNU_SOURCE
#include "CLinux.h"

#include <pthread.h>
#include <string.h>

int gw_name_current_thread(const char *name) {
  char short_name[16];
  strncpy(short_name, name, sizeof short_name - 1);
  short_name[sizeof short_name - 1] = '\0';
  return pthread_setname_np(pthread_self(), short_name);
}

int gw_epoll_control(int poll, int operation, int descriptor, uint32_t events) {
  struct epoll_event event = {.events = events, .data.fd = descriptor};
  return epoll_ctl(poll, operation, descriptor, &event);
}

int gw_epoll_wait(int poll, struct gw_ready *ready, int capacity, int timeout_ms) {
  struct epoll_event events[128];
  int limit = capacity < 128 ? capacity : 128;
  int count = epoll_wait(poll, events, limit, timeout_ms);
  for (int index = 0; index < count; index++) {
    ready[index].descriptor = events[index].data.fd;
    ready[index].events = events[index].events;
  }
  return count;
}
