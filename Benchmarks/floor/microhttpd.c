// libmicrohttpd with one ready answer for every request: what no server on it can fall below.
//
//   microhttpd PORT FILE    FILE is the body
#include <arpa/inet.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct MHD_Response *answer;

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data, size_t *size,
                              void **request) {
  (void)context, (void)url, (void)method, (void)version, (void)data, (void)size;
  // An answer in the first call would close the connection.
  if (!*request) {
    *request = &answer;
    return MHD_YES;
  }
  return MHD_queue_response(connection, 200, answer);
}

int main(int count, char **arguments) {
  static char body[1 << 16];
  FILE *file = count == 3 ? fopen(arguments[2], "r") : NULL;
  if (!file) return 2;
  answer = MHD_create_response_from_buffer(fread(body, 1, sizeof body, file), body,
                                           MHD_RESPMEM_PERSISTENT);
  MHD_add_response_header(answer, "Content-Type", "application/json");
  MHD_add_response_header(answer, "ETag", "\"5f3a9c1e7b2d4086\"");
  MHD_add_response_header(answer, "Age", "12");
  MHD_add_response_header(answer, "Cache-Status", "gateway; hit");
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((unsigned short)atoi(arguments[1])),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  // All of the pool is cleared after each request. The gateway's has 4 KiB more, for heads of 8 KiB.
  if (!MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, handle, NULL,
                        MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,
                        MHD_OPTION_CONNECTION_LIMIT, 2000u, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                        (size_t)8192, MHD_OPTION_LISTEN_BACKLOG_SIZE, 4096u, MHD_OPTION_END))
    return 1;
  puts("listening");
  fflush(stdout);
  for (;;) pause();
}
