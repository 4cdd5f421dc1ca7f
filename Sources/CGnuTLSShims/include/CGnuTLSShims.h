#ifndef GW_CGNUTLS_SHIMS_H
#define GW_CGNUTLS_SHIMS_H

// The server's side of GnuTLS, which libmicrohttpd's TLS is: what a listener shows and whom it
// trusts, and one connection's session.
//
// Credentials are never changed once they are made, so any thread may use them. A channel belongs
// to the thread that runs the connection's daemon.

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct gw_tls_credentials;
struct gw_tls_channel;

#define GW_TLS_CHECKED __attribute__((warn_unused_result))

struct gw_tls_bytes {
  const uint8_t *start;
  size_t size;
};

enum gw_tls_fault {
  GW_TLS_GOOD,
  GW_TLS_NO_MEMORY,
  GW_TLS_BAD_CERTIFICATE,
  GW_TLS_BAD_KEY,
  GW_TLS_ENCRYPTED_KEY,
  GW_TLS_KEY_OF_OTHER_CERTIFICATE,
  GW_TLS_BAD_AUTHORITY,
  GW_TLS_UNUSABLE,
};

// Versions and algorithms, in GnuTLS's words: TLS 1.2 and 1.3, forward secrecy and authenticated
// encryption only. For the daemon.
const char *gw_tls_priorities(void) GW_TLS_CHECKED;

// The version of GnuTLS in use, such as "3.7.9".
const char *gw_tls_version(void) GW_TLS_CHECKED;

// Makes credentials of a chain and its key, all PEM. With an authority, clients are asked for a
// certificate, and with `is_demanded` refused without one.
int gw_tls_credentials_create(struct gw_tls_bytes chain, struct gw_tls_bytes key,
                              struct gw_tls_bytes authority, int is_demanded,
                              struct gw_tls_credentials **credentials) GW_TLS_CHECKED;
void gw_tls_credentials_destroy(struct gw_tls_credentials *credentials);
// From when and until when the first certificate of the chain is good, in seconds since 1970.
void gw_tls_credentials_validity(const struct gw_tls_credentials *credentials, int64_t *begin,
                                 int64_t *end);

// Takes over a session of libmicrohttpd's before its handshake. The credentials must outlive it.
// NULL for want of memory; the session is good for nothing then.
struct gw_tls_channel *gw_tls_channel_open(void *session, int descriptor,
                                           const struct gw_tls_credentials *credentials)
    GW_TLS_CHECKED;
// The session may be gone by then, and must not be used afterwards.
void gw_tls_channel_free(struct gw_tls_channel *channel);

enum gw_tls_progress {
  GW_TLS_ESTABLISHED,
  // The handshake goes on when the socket is readable, or writable.
  GW_TLS_WANTS_READ,
  GW_TLS_WANTS_WRITE,
};
int gw_tls_channel_progress(const struct gw_tls_channel *channel) GW_TLS_CHECKED;
// Why the client's certificate was refused, in words; NULL if it was not.
const char *gw_tls_channel_refusal(const struct gw_tls_channel *channel) GW_TLS_CHECKED;

// For established channels: encrypts and sends what the socket takes, at once.
void gw_tls_channel_send(struct gw_tls_channel *channel, const void *bytes, size_t size);
// Tells the client that nothing more comes.
void gw_tls_channel_end(struct gw_tls_channel *channel);
// Whether there are decrypted bytes that nobody has read.
int gw_tls_channel_has_unread(const struct gw_tls_channel *channel) GW_TLS_CHECKED;

enum gw_tls_name { GW_TLS_SUBJECT, GW_TLS_DNS_NAME, GW_TLS_URI };
// One name of a certificate: the subject as RFC 4514 writes it, or an alternative name.
typedef void (*gw_tls_visit)(void *context, int kind, const uint8_t *text, size_t size);
// Shows the client's verified certificate, with its SHA-256 (32 bytes) and its end in seconds since
// 1970. 0 if there is none or it cannot be read.
int gw_tls_channel_peer(const struct gw_tls_channel *channel, gw_tls_visit visit, void *context,
                        uint8_t *fingerprint, int64_t *end) GW_TLS_CHECKED;

#endif
