#ifndef GW_CMICROHTTPD_SHIMS_H
#define GW_CMICROHTTPD_SHIMS_H

// libmicrohttpd with fixed arity and plain integers. Its own calls are variadic, which Swift cannot
// import, and its closed enums become Swift enums that a newer library's value would break.
//
// Every call belongs to the thread that runs the daemon, except those on responses, which the
// library guards by itself.

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct MHD_Connection;
struct MHD_Response;
struct gw_mhd_server;

#define GW_CHECKED __attribute__((warn_unused_result))

// Where the parts of a request line stand. With a library before 1.0 they stand where they were
// received, in one piece with the headers.
struct gw_mhd_request_line {
  const uint8_t *method;
  size_t method_size;
  const uint8_t *target;
  const uint8_t *version;
  size_t version_size;
};

// The callbacks, all on the thread that calls `gw_mhd_run` (or start and stop). None may unwind.
struct gw_mhd_callbacks {
  void *context;
  // Somebody wants to connect, from the address in network order, 4 or 16 bytes. Returns 0 to have it
  // closed at once; otherwise `opened` comes next, unless there is no memory.
  int (*admits)(void *context, const uint8_t *address, size_t address_size);
  // A connection was accepted; the result is its context.
  void *(*opened)(void *context, struct MHD_Connection *connection);
  // A connection is gone; last use of its context.
  void (*closed)(void *context, void *connection_context);
  // A request line is complete. `target` is raw (cut at a NUL that the client sent). The result is
  // the exchange.
  void *(*begun)(void *context, void *connection_context, const uint8_t *target,
                 size_t target_size);
  // The access handler. Returns 0 to close the connection.
  int (*handle)(void *context, void *exchange, const struct gw_mhd_request_line *line,
                const uint8_t *data, size_t *data_size);
  // The exchange is over; last use of it. `is_complete` is 0 if the answer did not go out whole.
  void (*completed)(void *context, void *exchange, int is_complete);
  // A line of the library's log, with its line break.
  void (*logged)(void *context, const char *line);
};

struct gw_mhd_options {
  const char *address;  // IPv4 or IPv6, numeric
  uint16_t port;        // 0: any free one
  int shares_port;      // SO_REUSEPORT
  unsigned int connections;
  unsigned int idle_seconds;
  unsigned int backlog;
  size_t pool_bytes;  // for each connection
  // Priorities of GnuTLS; NULL for plain HTTP. Each session's credentials come from whoever is told
  // of the connection.
  const char *tls_priorities;
};

enum gw_mhd_start_result {
  GW_MHD_STARTED,
  GW_MHD_BAD_ADDRESS,
  GW_MHD_NO_MEMORY,
  GW_MHD_REFUSED,
  GW_MHD_NO_TLS,
};

// The library's version, such as "0.9.75", and as a number, such as 0x00097500.
const char *gw_mhd_version(void) GW_CHECKED;
uint32_t gw_mhd_version_number(void) GW_CHECKED;

// Whether nobody listens on the address and port yet: 0, or the errno of trying. A shared port can
// be taken over without an error by any process of the same user.
int gw_mhd_port_fault(const struct gw_mhd_options *options) GW_CHECKED;

// Starts a daemon without a thread of its own. On GW_MHD_REFUSED errno says why.
int gw_mhd_start(const struct gw_mhd_options *options, const struct gw_mhd_callbacks *callbacks,
                 struct gw_mhd_server **server) GW_CHECKED;
// Stops it, closes all connections and frees it. No connection may be suspended: the library would
// abort the process.
void gw_mhd_stop(struct gw_mhd_server *server);
// Takes the listening socket out; the caller closes it. -1 if there is none.
int gw_mhd_quiesce(struct gw_mhd_server *server) GW_CHECKED;
// The descriptor that is readable when `gw_mhd_run` has work, or -1.
int gw_mhd_epoll_descriptor(const struct gw_mhd_server *server) GW_CHECKED;
// The port that is listened on, 0 if unknown.
uint16_t gw_mhd_port(const struct gw_mhd_server *server) GW_CHECKED;
// Does what can be done without waiting. 0 if the library failed.
int gw_mhd_run(struct gw_mhd_server *server) GW_CHECKED;
// Milliseconds until `gw_mhd_run` is due without readiness, or -1.
int64_t gw_mhd_timeout(struct gw_mhd_server *server) GW_CHECKED;

void gw_mhd_suspend(struct MHD_Connection *connection);
void gw_mhd_resume(struct MHD_Connection *connection);
// Gives a connection a time limit of its own, other than the daemon's, which has it looked at in
// each run. 0 if that is impossible.
int gw_mhd_set_timeout(struct MHD_Connection *connection, unsigned int seconds) GW_CHECKED;
int gw_mhd_descriptor(struct MHD_Connection *connection) GW_CHECKED;
// GnuTLS's session; NULL with plain HTTP. Gone by the time that the connection is said to be
// closed.
void *gw_mhd_tls_session(struct MHD_Connection *connection) GW_CHECKED;
// The size of the head in bytes, request line included; 0 while it is not complete.
size_t gw_mhd_head_size(struct MHD_Connection *connection) GW_CHECKED;
// Writes the peer's address, without port, NUL-terminated. 0 if it is not known.
int gw_mhd_peer(struct MHD_Connection *connection, char *text, size_t capacity) GW_CHECKED;

// One header, in the order of the request; returns 0 to end the walk.
typedef int (*gw_mhd_visit)(void *context, const uint8_t *name, size_t name_size,
                            const uint8_t *value, size_t value_size);
void gw_mhd_visit_headers(struct MHD_Connection *connection, gw_mhd_visit visit, void *context);

// A response with its own copy of the bytes, or NULL for want of memory.
struct MHD_Response *gw_mhd_response_create(const void *bytes, size_t size) GW_CHECKED;
// Gives the next bytes of a stream: writes them and returns how many, or returns 0 after it has
// suspended the connection (without that the library would ask again and again), or one of the
// results below. Called under the response's lock, by the thread that runs the daemon.
typedef ssize_t (*gw_mhd_read)(void *stream, uint64_t position, char *buffer, size_t capacity);
enum gw_mhd_read_result { GW_MHD_STREAM_ENDS = -1, GW_MHD_STREAM_BREAKS = -2 };
// A response for one request whose size is not known; chunked where the client's version has that
// and `is_bare` is 0, otherwise it ends with the connection. NULL for want of memory; otherwise
// `freed` is the last use of `stream`.
struct MHD_Response *gw_mhd_response_create_stream(gw_mhd_read read, void (*freed)(void *stream),
                                                   void *stream, int is_bare) GW_CHECKED;
void gw_mhd_response_destroy(struct MHD_Response *response);
// 0 if the name or the value cannot stand in a head, or for want of memory.
int gw_mhd_response_add(struct MHD_Response *response, const char *name, const char *value)
    GW_CHECKED;
// Takes a reference of its own. 0 if the connection's state does not allow it.
int gw_mhd_queue(struct MHD_Connection *connection, unsigned int status,
                 struct MHD_Response *response) GW_CHECKED;

#endif
