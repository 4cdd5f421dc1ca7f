#include "CMicrohttpdShims.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/abstract.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#if MHD_VERSION < 0x00097400
#error "libmicrohttpd 0.9.74 or newer is needed"
#endif

struct gw_mhd_server {
  struct MHD_Daemon *daemon;
  struct gw_mhd_callbacks callbacks;
};

static void *connection_context(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return info == NULL ? NULL : info->socket_context;
}

// MARK: Callbacks

static enum MHD_Result on_admission(void *cls, const struct sockaddr *address, socklen_t size) {
  const struct gw_mhd_callbacks *callbacks = cls;
  const void *bytes = NULL;
  size_t count = 0;
  if (address->sa_family == AF_INET && size >= sizeof(struct sockaddr_in)) {
    bytes = &((const struct sockaddr_in *)address)->sin_addr;
    count = sizeof(struct in_addr);
  } else if (address->sa_family == AF_INET6 && size >= sizeof(struct sockaddr_in6)) {
    bytes = &((const struct sockaddr_in6 *)address)->sin6_addr;
    count = sizeof(struct in6_addr);
  }
  if (bytes == NULL) return MHD_YES;
  return callbacks->admits(callbacks->context, bytes, count) ? MHD_YES : MHD_NO;
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code) {
  const struct gw_mhd_callbacks *callbacks = cls;
  if (code == MHD_CONNECTION_NOTIFY_STARTED) {
    *context = callbacks->opened(callbacks->context, connection);
  } else if (*context != NULL) {
    callbacks->closed(callbacks->context, *context);
    *context = NULL;
  }
}

static void *on_target(void *cls, const char *target, struct MHD_Connection *connection) {
  const struct gw_mhd_callbacks *callbacks = cls;
  void *context = connection_context(connection);
  if (context == NULL) return NULL;
  const char *text = target == NULL ? "" : target;
  void *exchange =
      callbacks->begun(callbacks->context, context, (const uint8_t *)text, strlen(text));
  // Next the library would split the query into arguments that nobody reads, each with a record
  // from the connection's pool, so that a query of many short ones exhausts it and ends in an error
  // page of the library's own. The text is in its read buffer, not constant: end the query here.
  char *query = target == NULL ? NULL : strchr((char *)(uintptr_t)target, '?');
  if (query != NULL) query[1] = '\0';
  return exchange;
}

static enum MHD_Result on_access(void *cls, struct MHD_Connection *connection, const char *url,
                                 const char *method, const char *version, const char *data,
                                 size_t *data_size, void **exchange) {
  const struct gw_mhd_callbacks *callbacks = cls;
  (void)connection;
  if (*exchange == NULL || url == NULL || method == NULL || version == NULL) return MHD_NO;
  const struct gw_mhd_request_line line = {
      (const uint8_t *)method,  strlen(method),  (const uint8_t *)url,
      (const uint8_t *)version, strlen(version),
  };
  return callbacks->handle(callbacks->context, *exchange, &line, (const uint8_t *)data, data_size)
             ? MHD_YES
             : MHD_NO;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **exchange,
                         enum MHD_RequestTerminationCode code) {
  const struct gw_mhd_callbacks *callbacks = cls;
  (void)connection;
  if (*exchange == NULL) return;
  callbacks->completed(callbacks->context, *exchange,
                       code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
  *exchange = NULL;
}

static void on_log(void *cls, const char *format, va_list arguments) {
  const struct gw_mhd_callbacks *callbacks = cls;
  char line[512];
  if (vsnprintf(line, sizeof line, format, arguments) < 0) return;
  callbacks->logged(callbacks->context, line);
}

// The default decodes %XX in place, which turns %2F into a path separator and ends the path at %00.
static size_t keep_escapes(void *cls, struct MHD_Connection *connection, char *text) {
  (void)cls;
  (void)connection;
  return strlen(text);
}

// MARK: Daemon

const char *gw_mhd_version(void) { return MHD_get_version(); }

uint32_t gw_mhd_version_number(void) {
  // MHD_get_version_bin came later than 0.9.75, so the text is read instead.
  unsigned int major = 0, minor = 0, patch = 0;
  if (sscanf(MHD_get_version(), "%u.%u.%u", &major, &minor, &patch) < 2) return 0;
  return (major & 0xff) << 24 | (minor & 0xff) << 16 | (patch / 10 % 10) << 12 |
         (patch % 10) << 8;
}

static int parse_address(const struct gw_mhd_options *options, struct sockaddr_storage *address) {
  struct sockaddr_in *v4 = (struct sockaddr_in *)address;
  struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
  memset(address, 0, sizeof *address);
  if (inet_pton(AF_INET, options->address, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons(options->port);
    return 1;
  }
  if (inet_pton(AF_INET6, options->address, &v6->sin6_addr) == 1) {
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(options->port);
    return 1;
  }
  return 0;
}

int gw_mhd_port_fault(const struct gw_mhd_options *options) {
  struct sockaddr_storage address;
  if (!parse_address(options, &address)) return EINVAL;
  int probe = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) return errno;
  int on = 1;
  int code = 0;
  // As the daemon does, so that connections of a former process that linger are no hindrance.
  if (setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) code = errno;
  if (code == 0 && address.ss_family == AF_INET6 &&
      setsockopt(probe, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on) != 0) {
    code = errno;
  }
  socklen_t size = address.ss_family == AF_INET6 ? sizeof(struct sockaddr_in6)
                                                 : sizeof(struct sockaddr_in);
  if (code == 0 && bind(probe, (struct sockaddr *)&address, size) != 0) code = errno;
  close(probe);
  return code;
}

// The library wants a certificate or somebody to ask for one. Each session gets credentials of its
// own before its handshake, so nobody asks.
static int no_certificate(gnutls_session_t session, const gnutls_datum_t *authorities,
                          int authority_count, const gnutls_pk_algorithm_t *algorithms,
                          int algorithm_count, gnutls_pcert_st **chain,
                          unsigned int *chain_count, gnutls_privkey_t *key) {
  (void)session;
  (void)authorities;
  (void)authority_count;
  (void)algorithms;
  (void)algorithm_count;
  (void)chain;
  (void)chain_count;
  (void)key;
  return -1;
}

int gw_mhd_start(const struct gw_mhd_options *options, const struct gw_mhd_callbacks *callbacks,
                 struct gw_mhd_server **result) {
  struct sockaddr_storage address;
  if (!parse_address(options, &address)) return GW_MHD_BAD_ADDRESS;
  if (options->tls_priorities != NULL &&
      (MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES ||
       MHD_is_feature_supported(MHD_FEATURE_HTTPS_CERT_CALLBACK) != MHD_YES)) {
    return GW_MHD_NO_TLS;
  }
  struct gw_mhd_server *server = calloc(1, sizeof *server);
  if (server == NULL) return GW_MHD_NO_MEMORY;
  server->callbacks = *callbacks;
  void *cls = &server->callbacks;
  unsigned int flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
  if (address.ss_family == AF_INET6) flags |= MHD_USE_IPv6;
  struct MHD_OptionItem more[4];
  size_t count = 0;
  // 0 would mean "not even SO_REUSEADDR", which blocks a restart for minutes: leave it out then.
  if (options->shares_port) {
    more[count++] = (struct MHD_OptionItem){MHD_OPTION_LISTENING_ADDRESS_REUSE, 1, NULL};
  }
  if (options->tls_priorities != NULL) {
    flags |= MHD_USE_TLS;
    more[count++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0,
                                            (void *)(uintptr_t)options->tls_priorities};
    more[count++] =
        (struct MHD_OptionItem){MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)&no_certificate};
  }
  more[count] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
  errno = 0;
  // The logger comes first, so that it is told what is wrong with the other options.
  server->daemon = MHD_start_daemon(
      flags, options->port, &on_admission, cls, &on_access, cls,  //
      MHD_OPTION_EXTERNAL_LOGGER, &on_log, cls,           //
      MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address,  //
      MHD_OPTION_NOTIFY_CONNECTION, &on_connection, cls,  //
      MHD_OPTION_NOTIFY_COMPLETED, &on_completed, cls,    //
      MHD_OPTION_URI_LOG_CALLBACK, &on_target, cls,       //
      MHD_OPTION_UNESCAPE_CALLBACK, &keep_escapes, NULL,  //
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, options->pool_bytes,
      MHD_OPTION_CONNECTION_LIMIT, options->connections,
      MHD_OPTION_CONNECTION_TIMEOUT, options->idle_seconds,
      MHD_OPTION_LISTEN_BACKLOG_SIZE, options->backlog,  //
      MHD_OPTION_ARRAY, more, MHD_OPTION_END);
  if (server->daemon == NULL) {
    int code = errno;
    free(server);
    errno = code;
    return GW_MHD_REFUSED;
  }
  *result = server;
  return GW_MHD_STARTED;
}

void gw_mhd_stop(struct gw_mhd_server *server) {
  MHD_stop_daemon(server->daemon);
  free(server);
}

int gw_mhd_quiesce(struct gw_mhd_server *server) { return MHD_quiesce_daemon(server->daemon); }

int gw_mhd_epoll_descriptor(const struct gw_mhd_server *server) {
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
  return info == NULL ? -1 : info->epoll_fd;
}

uint16_t gw_mhd_port(const struct gw_mhd_server *server) {
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
  return info == NULL ? 0 : info->port;
}

int gw_mhd_run(struct gw_mhd_server *server) { return MHD_run(server->daemon) == MHD_YES; }

int64_t gw_mhd_timeout(struct gw_mhd_server *server) {
  MHD_UNSIGNED_LONG_LONG timeout = 0;
  if (MHD_get_timeout(server->daemon, &timeout) != MHD_YES) return -1;
  return timeout > INT32_MAX ? INT32_MAX : (int64_t)timeout;
}

// MARK: Connections

void gw_mhd_suspend(struct MHD_Connection *connection) { MHD_suspend_connection(connection); }

void gw_mhd_resume(struct MHD_Connection *connection) { MHD_resume_connection(connection); }

int gw_mhd_set_timeout(struct MHD_Connection *connection, unsigned int seconds) {
  return MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, seconds) == MHD_YES;
}

int gw_mhd_descriptor(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info == NULL ? -1 : info->connect_fd;
}

void *gw_mhd_tls_session(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
  return info == NULL ? NULL : info->tls_session;
}

size_t gw_mhd_head_size(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  return info == NULL ? 0 : info->header_size;
}

int gw_mhd_peer(struct MHD_Connection *connection, char *text, size_t capacity) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  if (info == NULL || info->client_addr == NULL) return 0;
  const struct sockaddr *address = info->client_addr;
  const void *bytes = NULL;
  if (address->sa_family == AF_INET) bytes = &((const struct sockaddr_in *)address)->sin_addr;
  if (address->sa_family == AF_INET6) bytes = &((const struct sockaddr_in6 *)address)->sin6_addr;
  return bytes != NULL && inet_ntop(address->sa_family, bytes, text, (socklen_t)capacity) != NULL;
}

struct visitor {
  gw_mhd_visit visit;
  void *context;
};

static enum MHD_Result on_header(void *cls, enum MHD_ValueKind kind, const char *name,
                                 size_t name_size, const char *value, size_t value_size) {
  const struct visitor *visitor = cls;
  (void)kind;
  return visitor->visit(visitor->context, (const uint8_t *)(name == NULL ? "" : name), name_size,
                        (const uint8_t *)(value == NULL ? "" : value), value_size)
             ? MHD_YES
             : MHD_NO;
}

void gw_mhd_visit_headers(struct MHD_Connection *connection, gw_mhd_visit visit, void *context) {
  struct visitor visitor = {visit, context};
  (void)MHD_get_connection_values_n(connection, MHD_HEADER_KIND, &on_header, &visitor);
}

// MARK: Responses

struct MHD_Response *gw_mhd_response_create(const void *bytes, size_t size) {
  return MHD_create_response_from_buffer(size, size == 0 ? "" : (void *)(uintptr_t)bytes,
                                         MHD_RESPMEM_MUST_COPY);
}

_Static_assert(GW_MHD_STREAM_ENDS == MHD_CONTENT_READER_END_OF_STREAM &&
                   GW_MHD_STREAM_BREAKS == MHD_CONTENT_READER_END_WITH_ERROR,
               "results of a stream's reader");

struct MHD_Response *gw_mhd_response_create_stream(gw_mhd_read read, void (*freed)(void *stream),
                                                   void *stream, int is_bare) {
  // The block is used only where the body is not chunked.
  struct MHD_Response *response =
      MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1024, read, stream, freed);
  if (response != NULL && is_bare) {
    (void)MHD_set_response_options(response, MHD_RF_HTTP_1_0_COMPATIBLE_STRICT, MHD_RO_END);
  }
  return response;
}

void gw_mhd_response_destroy(struct MHD_Response *response) { MHD_destroy_response(response); }

int gw_mhd_response_add(struct MHD_Response *response, const char *name, const char *value) {
  return MHD_add_response_header(response, name, value) == MHD_YES;
}

int gw_mhd_queue(struct MHD_Connection *connection, unsigned int status,
                 struct MHD_Response *response) {
  return MHD_queue_response(connection, status, response) == MHD_YES;
}
