#ifndef GW_CCURL_SHIMS_H
#define GW_CCURL_SHIMS_H

// Typed handles in place of `void *`, so that an easy handle cannot pass for a multi handle.
#define CURL_NO_OLDIES 1
#include <curl/curl.h>

#include <stddef.h>

#define GW_CURL_CHECKED __attribute__((warn_unused_result))

// libcurl's set and get functions are variadic, and Swift imports no variadic function: one function
// of fixed arity for each class of argument. Results must be looked at: an option that silently
// failed to be set is how a limit gets lost.

// curl_global_init for the whole process. Ignores SIGPIPE too, unless the process has its own handler:
// with CURLOPT_NOSIGNAL libcurl leaves that to its user.
CURLcode gw_curl_global_init(void) GW_CURL_CHECKED;

// Whether this libcurl can decompress gzip and deflate.
int gw_curl_decodes_gzip(void) GW_CURL_CHECKED;

CURLcode gw_curl_set_long(CURL *easy, CURLoption option, long value) GW_CURL_CHECKED;
CURLcode gw_curl_set_string(CURL *easy, CURLoption option, const char *value) GW_CURL_CHECKED;
CURLcode gw_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) GW_CURL_CHECKED;

// Where libcurl writes the text of an error: at least CURL_ERROR_SIZE bytes that outlive the use.
CURLcode gw_curl_set_error_buffer(CURL *easy, char *buffer) GW_CURL_CHECKED;

// Makes the request carry a copy of `length` bytes, announced by Content-Length.
CURLcode gw_curl_set_body(CURL *easy, const void *bytes, size_t length) GW_CURL_CHECKED;

// Who takes the answer's header lines and its body.
CURLcode gw_curl_set_receivers(CURL *easy, curl_write_callback head, curl_write_callback body,
                               void *context) GW_CURL_CHECKED;

// Who is asked each time the request is about to be written to a connection.
CURLcode gw_curl_set_prerequest(CURL *easy, curl_prereq_callback callback, void *context)
    GW_CURL_CHECKED;

// Who opens sockets: called while the transfer connects, never later.
CURLcode gw_curl_set_socket_opener(CURL *easy, curl_opensocket_callback callback, void *context)
    GW_CURL_CHECKED;

// Who closes sockets. Kept by the connection, so that it outlives the easy handle's use.
CURLcode gw_curl_set_socket_closer(CURL *easy, curl_closesocket_callback callback, void *context)
    GW_CURL_CHECKED;

CURLcode gw_curl_get_long(CURL *easy, CURLINFO info, long *value) GW_CURL_CHECKED;
// The text is the handle's, until its next use.
CURLcode gw_curl_get_string(CURL *easy, CURLINFO info, const char **value) GW_CURL_CHECKED;
// The socket of a connection that was made without sending a request.
CURLcode gw_curl_get_socket(CURL *easy, curl_socket_t *value) GW_CURL_CHECKED;

CURLMcode gw_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) GW_CURL_CHECKED;
CURLMcode gw_curl_multi_set_callbacks(CURLM *multi, curl_socket_callback sockets,
                                      curl_multi_timer_callback timer, void *context) GW_CURL_CHECKED;

// Takes the next finished transfer, hiding CURLMsg's union. Returns 0 if there is none.
int gw_curl_multi_next_done(CURLM *multi, CURL **easy, CURLcode *result) GW_CURL_CHECKED;

// Appends `line`. Returns the list, which may have a new head, or NULL if there is no memory; the old
// list is untouched then.
struct curl_slist *gw_curl_list_append(struct curl_slist *list, const char *line) GW_CURL_CHECKED;

// Appends `name` and the secret bytes as one line, leaving no copy but the list's own. Returns as
// above.
struct curl_slist *gw_curl_list_append_secret(struct curl_slist *list, const char *name,
                                              const unsigned char *secret, size_t length)
    GW_CURL_CHECKED;

// Overwrites every line, then frees the list. NULL is fine.
void gw_curl_list_free_wiped(struct curl_slist *list);

#endif
