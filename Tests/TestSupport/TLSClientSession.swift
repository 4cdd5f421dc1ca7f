import CGnuTLS
import Glibc

/// How a client of the tests speaks TLS.
public struct TLSClientSettings: Sendable {
  /// The authority that the server's certificate must be of; not looked at if `nil`.
  public var authority: String?
  /// What the client shows if it is asked for a certificate.
  public var pair: CertificateAuthority.Pair?
  /// Versions and algorithms in GnuTLS's words.
  public var priorities = "NORMAL"

  /// A client that trusts one authority, or everybody.
  public init(authority: String? = nil, pair: CertificateAuthority.Pair? = nil) {
    self.authority = authority
    self.pair = pair
  }
}

/// The client's side of a TLS session, over a socket that blocks.
final class TLSClientSession: @unchecked Sendable {
  // Sendable is safe: its client's queue alone uses it.
  private var session: gnutls_session_t?
  private var credentials: gnutls_certificate_credentials_t?
  private var isEstablished = false
  // GnuTLS keeps the pointer.
  private let host = strdup("127.0.0.1")

  init(_ descriptor: Int32, _ settings: TLSClientSettings) throws {
    try check("init", gnutls_init(&session, GNUTLS_CLIENT.rawValue | GNUTLS_NO_SIGNAL.rawValue))
    try check("credentials", gnutls_certificate_allocate_credentials(&credentials))
    if let authority = settings.authority {
      try check(
        "authority",
        gnutls_certificate_set_x509_trust_file(credentials, authority, GNUTLS_X509_FMT_PEM))
      gnutls_session_set_verify_cert(session, host, 0)
    }
    if let pair = settings.pair {
      try check(
        "pair",
        gnutls_certificate_set_x509_key_file(
          credentials, pair.certificate, pair.key, GNUTLS_X509_FMT_PEM))
    }
    try check("priorities", gnutls_priority_set_direct(session, settings.priorities, nil))
    try check(
      "set",
      gnutls_credentials_set(
        session, GNUTLS_CRD_CERTIFICATE, UnsafeMutableRawPointer(credentials)))
    gnutls_transport_set_int2(session, descriptor, descriptor)
  }

  deinit {
    gnutls_deinit(session)
    gnutls_certificate_free_credentials(credentials)
    free(host)
  }

  func handshake() throws {
    guard !isEstablished else { return }
    try check("handshake", gnutls_handshake(session))
    isEstablished = true
  }

  func send(_ bytes: UnsafeRawBufferPointer) throws -> Int {
    try handshake()
    return gnutls_record_send(session, bytes.baseAddress, bytes.count)
  }

  /// How many bytes came; 0 at the end, and the system's -1 with `errno` in all other cases.
  func receive(_ buffer: UnsafeMutableRawBufferPointer) throws -> Int {
    try handshake()
    while true {
      errno = 0
      let count = gnutls_record_recv(session, buffer.baseAddress, buffer.count)
      if count >= 0 { return count }
      // What came was a ticket, and the socket has no part in it.
      if count == Int(GNUTLS_E_AGAIN), errno == 0 { continue }
      errno = count == Int(GNUTLS_E_AGAIN) ? EAGAIN : ECONNRESET
      return -1
    }
  }

  /// The server's own certificate, in binary form.
  func peerCertificate() throws -> [UInt8] {
    try handshake()
    var count: UInt32 = 0
    guard let chain = gnutls_certificate_get_peers(session, &count), count > 0 else { return [] }
    return Array(UnsafeBufferPointer(start: chain[0].data, count: Int(chain[0].size)))
  }

  private func check(_ call: String, _ code: Int32) throws {
    guard code >= 0 else { throw RawHTTPClient.Fault.call("gnutls \(call)", code) }
  }
}
