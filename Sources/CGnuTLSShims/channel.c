#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "credentials.h"

struct gw_tls_channel {
  gnutls_session_t session;
  int descriptor;
  // What the last call on the socket waits for.
  int is_starved;
  int is_stuffed;
  // The two halves of the handshake's end.
  int has_finished;
  int peer_has_finished;
  // GnuTLS's bits.
  unsigned int refusal;
};

// MARK: The socket

static ssize_t pull(gnutls_transport_ptr_t pointer, void *data, size_t size) {
  struct gw_tls_channel *channel = pointer;
  ssize_t count = recv(channel->descriptor, data, size, MSG_DONTWAIT);
  channel->is_starved = count < 0 && errno == EAGAIN;
  return count;
}

static ssize_t push(gnutls_transport_ptr_t pointer, const giovec_t *pieces, int count) {
  struct gw_tls_channel *channel = pointer;
  struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)pieces,
                           .msg_iovlen = (size_t)count};
  ssize_t sent = sendmsg(channel->descriptor, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
  channel->is_stuffed = sent < 0 && errno == EAGAIN;
  return sent;
}

// MARK: The handshake

static struct gw_tls_channel *channel_of(gnutls_session_t session) {
  return gnutls_transport_get_ptr(session);
}

static int on_finished(gnutls_session_t session, unsigned int type, unsigned int when,
                       unsigned int is_incoming, const gnutls_datum_t *message) {
  struct gw_tls_channel *channel = channel_of(session);
  (void)type;
  (void)when;
  (void)message;
  if (is_incoming) {
    channel->peer_has_finished = 1;
  } else {
    channel->has_finished = 1;
  }
  return 0;
}

int gw_tls_verify_peer(gnutls_session_t session) {
  unsigned int count = 0;
  if (gnutls_certificate_get_peers(session, &count) == NULL || count == 0) return 0;
  gnutls_typed_vdata_st purpose = {
      .type = GNUTLS_DT_KEY_PURPOSE_OID,
      .data = (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_CLIENT,
  };
  unsigned int status = 0;
  if (gnutls_certificate_verify_peers(session, &purpose, 1, &status) < 0) {
    status |= GNUTLS_CERT_INVALID;
  }
  if (status == 0) return 0;
  channel_of(session)->refusal = status;
  // libmicrohttpd closes without a word, and the client would not know why.
  (void)gnutls_alert_send(session, GNUTLS_AL_FATAL, GNUTLS_A_BAD_CERTIFICATE);
  return GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR;
}

struct gw_tls_channel *gw_tls_channel_open(void *pointer, int descriptor,
                                           const struct gw_tls_credentials *credentials) {
  gnutls_session_t session = pointer;
  struct gw_tls_channel *channel = calloc(1, sizeof *channel);
  if (channel == NULL) return NULL;
  channel->session = session;
  channel->descriptor = descriptor;
  if (gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, credentials->certificate) < 0 ||
      (credentials->ticket_key.size > 0 &&
       gnutls_session_ticket_enable_server(session, &credentials->ticket_key) < 0)) {
    free(channel);
    return NULL;
  }
  gnutls_certificate_server_set_request(session, credentials->client_certificates);
  gnutls_transport_set_ptr(session, channel);
  gnutls_transport_set_pull_function(session, &pull);
  gnutls_transport_set_vec_push_function(session, &push);
  gnutls_handshake_set_hook_function(session, GNUTLS_HANDSHAKE_FINISHED, GNUTLS_HOOK_POST,
                                     &on_finished);
  return channel;
}

void gw_tls_channel_free(struct gw_tls_channel *channel) { free(channel); }

int gw_tls_channel_progress(const struct gw_tls_channel *channel) {
  if (channel->is_stuffed) return GW_TLS_WANTS_WRITE;
  return channel->peer_has_finished && channel->has_finished ? GW_TLS_ESTABLISHED
                                                             : GW_TLS_WANTS_READ;
}

const char *gw_tls_channel_refusal(const struct gw_tls_channel *channel) {
  // The more telling ones first.
  static const struct {
    unsigned int bit;
    const char *words;
  } reasons[] = {
      {GNUTLS_CERT_EXPIRED, "expired"},
      {GNUTLS_CERT_NOT_ACTIVATED, "not yet valid"},
      {GNUTLS_CERT_REVOKED, "revoked"},
      {GNUTLS_CERT_PURPOSE_MISMATCH, "not for clients"},
      {GNUTLS_CERT_INSECURE_ALGORITHM, "insecure algorithm"},
      {GNUTLS_CERT_SIGNER_NOT_FOUND, "unknown authority"},
      {GNUTLS_CERT_SIGNER_NOT_CA, "signed by no authority"},
      {GNUTLS_CERT_SIGNATURE_FAILURE, "wrong signature"},
  };
  if (channel->refusal == 0) return NULL;
  for (size_t index = 0; index < sizeof reasons / sizeof reasons[0]; index++) {
    if (channel->refusal & reasons[index].bit) return reasons[index].words;
  }
  return "invalid";
}

// MARK: Bytes

void gw_tls_channel_send(struct gw_tls_channel *channel, const void *bytes, size_t size) {
  const char *next = bytes;
  while (size > 0) {
    ssize_t count = gnutls_record_send(channel->session, next, size);
    // Failure means that the client is gone or does not read; nobody waits for it.
    if (count <= 0) return;
    next += count;
    size -= (size_t)count;
  }
}

void gw_tls_channel_end(struct gw_tls_channel *channel) {
  (void)gnutls_bye(channel->session, GNUTLS_SHUT_WR);
}

int gw_tls_channel_has_unread(const struct gw_tls_channel *channel) {
  return gnutls_record_check_pending(channel->session) > 0;
}

// MARK: The client's certificate

static void visit_names(gnutls_x509_crt_t certificate, gw_tls_visit visit, void *context) {
  gnutls_datum_t subject = {NULL, 0};
  if (gnutls_x509_crt_get_dn3(certificate, &subject, 0) == GNUTLS_E_SUCCESS) {
    visit(context, GW_TLS_SUBJECT, subject.data, subject.size);
    gnutls_free(subject.data);
  }
  for (unsigned int index = 0;; index++) {
    unsigned char name[1024];
    size_t size = sizeof name;
    unsigned int is_critical = 0;
    int kind =
        gnutls_x509_crt_get_subject_alt_name(certificate, index, name, &size, &is_critical);
    // A longer one than any that is configured.
    if (kind == GNUTLS_E_SHORT_MEMORY_BUFFER) continue;
    if (kind < 0) return;
    if (kind == GNUTLS_SAN_DNSNAME) visit(context, GW_TLS_DNS_NAME, name, size);
    if (kind == GNUTLS_SAN_URI) visit(context, GW_TLS_URI, name, size);
  }
}

int gw_tls_channel_peer(const struct gw_tls_channel *channel, gw_tls_visit visit, void *context,
                        uint8_t *fingerprint, int64_t *end) {
  unsigned int count = 0;
  const gnutls_datum_t *chain = gnutls_certificate_get_peers(channel->session, &count);
  if (chain == NULL || count == 0) return 0;
  gnutls_x509_crt_t certificate;
  if (gnutls_x509_crt_init(&certificate) < 0) return 0;
  size_t size = 32;
  int is_read = gnutls_x509_crt_import(certificate, &chain[0], GNUTLS_X509_FMT_DER) >= 0 &&
                gnutls_fingerprint(GNUTLS_DIG_SHA256, &chain[0], fingerprint, &size) >= 0;
  if (is_read) {
    *end = (int64_t)gnutls_x509_crt_get_expiration_time(certificate);
    visit_names(certificate, visit, context);
  }
  gnutls_x509_crt_deinit(certificate);
  return is_read;
}
