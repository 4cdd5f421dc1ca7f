#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <string.h>

#include "credentials.h"

#if GNUTLS_VERSION_NUMBER < 0x030700
#error "GnuTLS 3.7 or newer is needed"
#endif

const char *gw_tls_priorities(void) {
  return "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:"
         "-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:-MAC-ALL:+AEAD:"
         "-SIGN-RSA-SHA1:-SIGN-ECDSA-SHA1:%SERVER_PRECEDENCE:%PROFILE_MEDIUM";
}

const char *gw_tls_version(void) { return gnutls_check_version(NULL); }

static gnutls_datum_t datum(struct gw_tls_bytes bytes) {
  // GnuTLS does not write to what it imports.
  gnutls_datum_t result = {(unsigned char *)(uintptr_t)bytes.start, (unsigned int)bytes.size};
  return result;
}

static int load_chain(struct gw_tls_credentials *credentials, struct gw_tls_bytes bytes,
                      gnutls_x509_crt_t **chain, unsigned int *count) {
  const gnutls_datum_t text = datum(bytes);
  if (gnutls_x509_crt_list_import2(chain, count, &text, GNUTLS_X509_FMT_PEM,
                                   GNUTLS_X509_CRT_LIST_SORT) < 0) {
    *chain = NULL;
    return GW_TLS_BAD_CERTIFICATE;
  }
  if (*count == 0) return GW_TLS_BAD_CERTIFICATE;
  credentials->begin = (int64_t)gnutls_x509_crt_get_activation_time((*chain)[0]);
  credentials->end = (int64_t)gnutls_x509_crt_get_expiration_time((*chain)[0]);
  return GW_TLS_GOOD;
}

static int load_key(gnutls_x509_privkey_t *key, struct gw_tls_bytes bytes) {
  if (gnutls_x509_privkey_init(key) < 0) {
    *key = NULL;
    return GW_TLS_NO_MEMORY;
  }
  const gnutls_datum_t text = datum(bytes);
  int code = gnutls_x509_privkey_import2(*key, &text, GNUTLS_X509_FMT_PEM, NULL, 0);
  if (code == GNUTLS_E_DECRYPTION_FAILED) return GW_TLS_ENCRYPTED_KEY;
  return code < 0 ? GW_TLS_BAD_KEY : GW_TLS_GOOD;
}

static int load_authority(struct gw_tls_credentials *credentials, struct gw_tls_bytes bytes) {
  const gnutls_datum_t text = datum(bytes);
  if (gnutls_certificate_set_x509_trust_mem(credentials->certificate, &text,
                                            GNUTLS_X509_FMT_PEM) <= 0) {
    return GW_TLS_BAD_AUTHORITY;
  }
  gnutls_certificate_set_verify_function(credentials->certificate, &gw_tls_verify_peer);
  return GW_TLS_GOOD;
}

static int load(struct gw_tls_credentials *credentials, struct gw_tls_bytes chain_bytes,
                struct gw_tls_bytes key_bytes, struct gw_tls_bytes authority) {
  if (gnutls_certificate_allocate_credentials(&credentials->certificate) < 0) {
    credentials->certificate = NULL;
    return GW_TLS_NO_MEMORY;
  }
  gnutls_x509_crt_t *chain = NULL;
  unsigned int count = 0;
  gnutls_x509_privkey_t key = NULL;
  int fault = load_chain(credentials, chain_bytes, &chain, &count);
  if (fault == GW_TLS_GOOD) fault = load_key(&key, key_bytes);
  if (fault == GW_TLS_GOOD) {
    // Takes copies.
    int code = gnutls_certificate_set_x509_key(credentials->certificate, chain, (int)count, key);
    if (code == GNUTLS_E_CERTIFICATE_KEY_MISMATCH) {
      fault = GW_TLS_KEY_OF_OTHER_CERTIFICATE;
    } else if (code < 0) {
      fault = GW_TLS_UNUSABLE;
    }
  }
  if (fault == GW_TLS_GOOD && authority.size > 0) fault = load_authority(credentials, authority);
  if (key != NULL) gnutls_x509_privkey_deinit(key);
  for (unsigned int index = 0; index < count; index++) gnutls_x509_crt_deinit(chain[index]);
  gnutls_free(chain);
  return fault;
}

int gw_tls_credentials_create(struct gw_tls_bytes chain, struct gw_tls_bytes key,
                              struct gw_tls_bytes authority, int is_demanded,
                              struct gw_tls_credentials **result) {
  struct gw_tls_credentials *credentials = calloc(1, sizeof *credentials);
  if (credentials == NULL) return GW_TLS_NO_MEMORY;
  credentials->client_certificates = authority.size == 0 ? GNUTLS_CERT_IGNORE
                                     : is_demanded       ? GNUTLS_CERT_REQUIRE
                                                         : GNUTLS_CERT_REQUEST;
  int fault = load(credentials, chain, key, authority);
  // A session that is taken up again skips the look at the client's certificate, so there are no
  // tickets where that counts.
  if (fault == GW_TLS_GOOD && authority.size == 0 &&
      gnutls_session_ticket_key_generate(&credentials->ticket_key) < 0) {
    fault = GW_TLS_NO_MEMORY;
  }
  if (fault != GW_TLS_GOOD) {
    gw_tls_credentials_destroy(credentials);
    return fault;
  }
  *result = credentials;
  return GW_TLS_GOOD;
}

void gw_tls_credentials_destroy(struct gw_tls_credentials *credentials) {
  if (credentials->certificate != NULL) {
    gnutls_certificate_free_credentials(credentials->certificate);
  }
  if (credentials->ticket_key.data != NULL) {
    gnutls_memset(credentials->ticket_key.data, 0, credentials->ticket_key.size);
    gnutls_free(credentials->ticket_key.data);
  }
  free(credentials);
}

void gw_tls_credentials_validity(const struct gw_tls_credentials *credentials, int64_t *begin,
                                 int64_t *end) {
  *begin = credentials->begin;
  *end = credentials->end;
}
