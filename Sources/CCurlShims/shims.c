#define _DEFAULT_SOURCE
#include "CCurlShims.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

// Used in a chain of settings, of which the first that fails ends the function.
#define GW_TRY(call)                 \
  do {                               \
    CURLcode gw_code = (call);       \
    if (gw_code) return gw_code;     \
  } while (0)

CURLcode gw_curl_global_init(void) {
  struct sigaction current;
  if (sigaction(SIGPIPE, NULL, &current) == 0 && current.sa_handler == SIG_DFL) {
    signal(SIGPIPE, SIG_IGN);
  }
  return curl_global_init(CURL_GLOBAL_DEFAULT);
}

int gw_curl_decodes_gzip(void) {
  return (curl_version_info(CURLVERSION_NOW)->features & CURL_VERSION_LIBZ) != 0;
}

CURLcode gw_curl_set_long(CURL *easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}

CURLcode gw_curl_set_string(CURL *easy, CURLoption option, const char *value) {
  return curl_easy_setopt(easy, option, value);
}

CURLcode gw_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(easy, option, value);
}

CURLcode gw_curl_set_error_buffer(CURL *easy, char *buffer) {
  return curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, buffer);
}

CURLcode gw_curl_set_body(CURL *easy, const void *bytes, size_t length) {
  GW_TRY(curl_easy_setopt(easy, CURLOPT_POST, 1L));
  // The size comes first: the copy is made at once, and of that many bytes.
  GW_TRY(curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length));
  return curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, length ? bytes : "");
}

CURLcode gw_curl_set_receivers(CURL *easy, curl_write_callback head, curl_write_callback body,
                               void *context) {
  GW_TRY(curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, head));
  GW_TRY(curl_easy_setopt(easy, CURLOPT_HEADERDATA, context));
  GW_TRY(curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, body));
  return curl_easy_setopt(easy, CURLOPT_WRITEDATA, context);
}

CURLcode gw_curl_set_prerequest(CURL *easy, curl_prereq_callback callback, void *context) {
  GW_TRY(curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, callback));
  return curl_easy_setopt(easy, CURLOPT_PREREQDATA, context);
}

CURLcode gw_curl_set_socket_opener(CURL *easy, curl_opensocket_callback callback, void *context) {
  GW_TRY(curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, callback));
  return curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, context);
}

CURLcode gw_curl_set_socket_closer(CURL *easy, curl_closesocket_callback callback, void *context) {
  GW_TRY(curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, callback));
  return curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, context);
}

CURLcode gw_curl_get_long(CURL *easy, CURLINFO info, long *value) {
  return curl_easy_getinfo(easy, info, value);
}

CURLcode gw_curl_get_string(CURL *easy, CURLINFO info, const char **value) {
  return curl_easy_getinfo(easy, info, value);
}

CURLcode gw_curl_get_socket(CURL *easy, curl_socket_t *value) {
  return curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, value);
}

CURLMcode gw_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}

CURLMcode gw_curl_multi_set_callbacks(CURLM *multi, curl_socket_callback sockets,
                                      curl_multi_timer_callback timer, void *context) {
  CURLMcode code = curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, sockets);
  if (!code) code = curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, context);
  if (!code) code = curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, timer);
  if (!code) code = curl_multi_setopt(multi, CURLMOPT_TIMERDATA, context);
  return code;
}

int gw_curl_multi_next_done(CURLM *multi, CURL **easy, CURLcode *result) {
  int left;
  const CURLMsg *message;
  while ((message = curl_multi_info_read(multi, &left))) {
    if (message->msg != CURLMSG_DONE) continue;
    *easy = message->easy_handle;
    *result = message->data.result;
    return 1;
  }
  return 0;
}

struct curl_slist *gw_curl_list_append(struct curl_slist *list, const char *line) {
  return curl_slist_append(list, line);
}

struct curl_slist *gw_curl_list_append_secret(struct curl_slist *list, const char *name,
                                              const unsigned char *secret, size_t length) {
  size_t name_length = strlen(name);
  size_t size = name_length + 2 + length + 1;
  char *line = malloc(size);
  if (!line) return NULL;
  memcpy(line, name, name_length);
  memcpy(line + name_length, ": ", 2);
  if (length) memcpy(line + name_length + 2, secret, length);
  line[size - 1] = '\0';
  struct curl_slist *longer = curl_slist_append(list, line);
  explicit_bzero(line, size);
  free(line);
  return longer;
}

void gw_curl_list_free_wiped(struct curl_slist *list) {
  for (struct curl_slist *node = list; node; node = node->next) {
    if (node->data) explicit_bzero(node->data, strlen(node->data));
  }
  curl_slist_free_all(list);
}
