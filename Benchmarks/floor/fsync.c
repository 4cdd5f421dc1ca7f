// Appends events to a file, and waits for the disk after each: what accepting them one by one costs.
//
//   fsync FILE SECONDS BYTES    prints a second's events; p50, p99, longest in ms; CPU µs each
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static int ascending(const void *left, const void *right) {
  double difference = *(const double *)left - *(const double *)right;
  return (difference > 0) - (difference < 0);
}

int main(int count, char **arguments) {
  enum { MOST = 1 << 20 };
  static double durations[MOST];
  static char event[1 << 16];
  if (count != 4) return 2;
  int file = open(arguments[1], O_CREAT | O_TRUNC | O_WRONLY, 0600), size = atoi(arguments[3]);
  if (file < 0 || size < 1 || size > (int)sizeof event) return 1;
  memset(event, 'x', sizeof event);
  double start = now(), end = start + atof(arguments[2]), before = start;
  int events = 0;
  while (before < end && events < MOST) {
    if (write(file, event, (size_t)size) != size || fdatasync(file) != 0) return 1;
    double after = now();
    durations[events++] = 1e3 * (after - before);
    before = after;
  }
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  double cpu = usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
               (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  qsort(durations, (size_t)events, sizeof *durations, ascending);
  printf("%f %f %f %f %f\n", events / (before - start), durations[events / 2],
         durations[events * 99 / 100], durations[events - 1], 1e6 * cpu / events);
}
