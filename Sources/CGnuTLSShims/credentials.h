#ifndef GW_CGNUTLS_CREDENTIALS_H
#define GW_CGNUTLS_CREDENTIALS_H

#include <gnutls/gnutls.h>

#include "CGnuTLSShims.h"

struct gw_tls_credentials {
  gnutls_certificate_credentials_t certificate;
  gnutls_certificate_request_t client_certificates;
  // Empty where sessions are not taken up again.
  gnutls_datum_t ticket_key;
  int64_t begin;
  int64_t end;
};

// Judges the client's certificate during the handshake.
int gw_tls_verify_peer(gnutls_session_t session);

#endif
