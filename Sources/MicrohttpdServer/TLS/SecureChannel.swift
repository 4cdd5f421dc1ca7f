internal import CGnuTLSShims
import GatewayCore

/// One connection's TLS session, beside the library, which reads and writes through it.
///
/// The session itself is the library's. It lives until the library says that the connection is
/// closed, and none of these methods may be called then.
@safe final class SecureChannel {
  /// How far the handshake is.
  enum Progress {
    case established
    case wantsRead
    case wantsWrite
  }

  /// What the library needs to know of it: versions and algorithms, in GnuTLS's words.
  static var priorities: UnsafePointer<CChar>? { unsafe gw_tls_priorities() }

  private let handle: OpaquePointer
  // GnuTLS holds a bare pointer to it.
  private let credentials: TLSCredentials
  /// Whether its handshake was counted.
  var isCounted = false
  /// Whether the client's first byte was looked at.
  var isBegun = false
  /// Whether that byte begins no TLS.
  var isForeign = false

  /// Takes a session over, before its handshake.
  ///
  /// - Returns: `nil` for want of memory.
  init?(session: UnsafeMutableRawPointer, descriptor: Int32, _ credentials: TLSCredentials) {
    guard
      let handle = unsafe gw_tls_channel_open(session, descriptor, credentials.handle)
    else { return nil }
    unsafe self.handle = unsafe handle
    self.credentials = credentials
  }

  deinit {
    unsafe gw_tls_channel_free(handle)
  }

  /// Whether the handshake is over; a request may come in the same run of the library.
  var isEstablished: Bool { isCounted || progress == .established }

  var progress: Progress {
    switch UInt32(bitPattern: unsafe gw_tls_channel_progress(handle)) {
    case GW_TLS_ESTABLISHED.rawValue: .established
    case GW_TLS_WANTS_WRITE.rawValue: .wantsWrite
    default: .wantsRead
    }
  }

  /// Why the handshake failed; also when the session is gone.
  var failure: HandshakeFailure {
    if isForeign { return .notTLS }
    guard let words = unsafe gw_tls_channel_refusal(handle) else { return .unspecified }
    return unsafe .certificateRefused(String(cString: words))
  }

  /// Sends what fits into the socket's buffer, at once.
  func send(_ bytes: [UInt8]) {
    unsafe bytes.withUnsafeBytes { unsafe gw_tls_channel_send(handle, $0.baseAddress, $0.count) }
  }

  /// Says that nothing more comes, so that the client can tell the end from a cut.
  func end() {
    unsafe gw_tls_channel_end(handle)
  }

  /// Whether there are decrypted bytes that the library has not taken.
  var hasUnread: Bool { unsafe gw_tls_channel_has_unread(handle) != 0 }

  /// The client's certificate, which was verified in the handshake; `nil` if it showed none.
  func readClientCertificate() -> ClientCertificate? {
    var names = PeerNames()
    var fingerprint = [UInt8](repeating: 0, count: 32)
    var end: Int64 = 0
    let isThere = unsafe withUnsafeMutablePointer(to: &names) { names in
      unsafe gw_tls_channel_peer(handle, visitName, names, &fingerprint, &end) != 0
    }
    guard isThere else { return nil }
    return ClientCertificate(
      subject: names.subject.flatMap { DistinguishedName($0) }, dnsNames: names.dnsNames,
      uris: names.uris, fingerprint: fingerprint, end: Timestamp(seconds: end))
  }
}

/// Why there was no TLS session with a client.
public enum HandshakeFailure: Sendable, Equatable, CustomStringConvertible {
  /// The client does not speak TLS, but plain HTTP, say.
  case notTLS
  /// The client's certificate is not good; the words say why.
  case certificateRefused(String)
  /// Client and server have no version or algorithm in common, the client sent no certificate
  /// where one is demanded, it did not accept ours, or it went away.
  case unspecified

  /// For the log.
  public var description: String {
    switch self {
    case .notTLS: "the client does not speak TLS"
    case .certificateRefused(let words): "the client's certificate: \(words)"
    case .unspecified: "no agreement"
    }
  }
}

private struct PeerNames {
  var subject: String?
  var dnsNames: Set<String> = []
  var uris: Set<String> = []
}

private func visitName(
  _ context: UnsafeMutableRawPointer?, _ kind: Int32, _ text: UnsafePointer<UInt8>?, _ size: Int
) {
  guard let context = unsafe context, let text = unsafe text else { return }
  let bytes = unsafe UnsafeBufferPointer(start: text, count: size)
  // A name with a NUL in it is there to be mistaken for a shorter one.
  guard unsafe !bytes.contains(0), let name = unsafe String(validating: bytes, as: UTF8.self)
  else { return }
  let names = unsafe context.assumingMemoryBound(to: PeerNames.self)
  switch UInt32(bitPattern: kind) {
  case GW_TLS_SUBJECT.rawValue: unsafe names.pointee.subject = name
  case GW_TLS_DNS_NAME.rawValue: unsafe names.pointee.dnsNames.insert(name.lowercased())
  case GW_TLS_URI.rawValue: unsafe names.pointee.uris.insert(name)
  default: return
  }
}
