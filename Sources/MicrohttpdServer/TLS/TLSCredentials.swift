internal import CGnuTLSShims
public import GatewayCore

/// What a listener shows its clients, and whose clients' certificates it trusts.
///
/// Made once and never changed; a ``TLSContext`` swaps it as a whole.
@safe public final class TLSCredentials: @unchecked Sendable {
  // Sendable is safe: nothing is written after the initialiser, and GnuTLS only reads credentials.
  let handle: OpaquePointer
  /// From when the first certificate of the chain is good.
  public let begin: Timestamp
  /// Until when the first certificate of the chain is good.
  public let end: Timestamp

  /// Makes credentials; all bytes are PEM.
  ///
  /// - Parameters:
  ///   - certificate: the chain, the server's own certificate among them.
  ///   - key: its private key, not encrypted. GnuTLS keeps a copy for as long as this object lives.
  ///   - clientAuthority: the authorities of clients' certificates; `nil` to ask for none.
  ///   - demandsCertificate: whether a client without one is refused.
  /// - Throws: ``TLSFault``.
  public init(
    certificate: [UInt8], key: Secret, clientAuthority: [UInt8]? = nil,
    demandsCertificate: Bool = false
  ) throws(TLSFault) {
    var created: OpaquePointer?
    let authority = clientAuthority ?? []
    guard clientAuthority?.isEmpty != true else { throw .badAuthority }
    let code = unsafe certificate.withUnsafeBufferPointer { certificate in
      unsafe authority.withUnsafeBufferPointer { authority in
        key.withBytes { key in
          unsafe key.withUnsafeBufferPointer { key in
            unsafe gw_tls_credentials_create(
              gw_tls_bytes(certificate), gw_tls_bytes(key), gw_tls_bytes(authority),
              demandsCertificate ? 1 : 0, &created)
          }
        }
      }
    }
    guard let created = unsafe created else { throw TLSFault(code: code) }
    var (begin, end): (Int64, Int64) = (0, 0)
    unsafe gw_tls_credentials_validity(created, &begin, &end)
    unsafe handle = unsafe created
    self.begin = Timestamp(seconds: begin)
    self.end = Timestamp(seconds: end)
  }

  deinit {
    unsafe gw_tls_credentials_destroy(handle)
  }

  /// The version of GnuTLS in use, such as `3.7.9`.
  public static var libraryVersion: String {
    guard let text = unsafe gw_tls_version() else { return "unknown" }
    return unsafe String(cString: text)
  }
}

/// The credentials that new connections of a listener get. Those that are open keep theirs.
public final class TLSContext: Sendable {
  private let present: Locked<TLSCredentials>

  /// Begins with these.
  public init(_ credentials: TLSCredentials) {
    present = Locked(credentials)
  }

  /// The present ones; setting them is seen by the next connection.
  public var credentials: TLSCredentials {
    get { present.withLock { $0 } }
    set { present.withLock { $0 = newValue } }
  }
}

/// Why files make no credentials.
public enum TLSFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// The chain cannot be read, or is none.
  case badCertificate
  /// The key cannot be read.
  case badKey
  /// The key is encrypted, and there is nobody to ask for a password.
  case encryptedKey
  /// The key is not the certificate's.
  case keyOfOtherCertificate
  /// The authorities cannot be read, or there are none.
  case badAuthority
  /// GnuTLS refuses certificate and key although it can read both.
  case unusable
  /// There is no memory.
  case outOfMemory

  init(code: Int32) {
    switch UInt32(bitPattern: code) {
    case GW_TLS_BAD_CERTIFICATE.rawValue: self = .badCertificate
    case GW_TLS_BAD_KEY.rawValue: self = .badKey
    case GW_TLS_ENCRYPTED_KEY.rawValue: self = .encryptedKey
    case GW_TLS_KEY_OF_OTHER_CERTIFICATE.rawValue: self = .keyOfOtherCertificate
    case GW_TLS_BAD_AUTHORITY.rawValue: self = .badAuthority
    case GW_TLS_UNUSABLE.rawValue: self = .unusable
    default: self = .outOfMemory
    }
  }

  /// A clause for a message about the file.
  public var description: String {
    switch self {
    case .badCertificate: "holds no chain of certificates in PEM form"
    case .badKey: "holds no private key in PEM form"
    case .encryptedKey: "is encrypted; the key must not have a password"
    case .keyOfOtherCertificate: "is not the key of the certificate"
    case .badAuthority: "holds no certificates of authorities in PEM form"
    case .unusable: "cannot be used with this certificate"
    case .outOfMemory: "cannot be loaded: out of memory"
    }
  }
}

extension gw_tls_bytes {
  fileprivate init(_ bytes: UnsafeBufferPointer<UInt8>) {
    unsafe self.init(start: bytes.baseAddress, size: bytes.count)
  }
}

extension Timestamp {
  /// A time in seconds since 1970, as certificates have it: at most the year 9999.
  init(seconds: Int64) {
    let (product, overflows) = seconds.multipliedReportingOverflow(by: 1_000_000)
    self.init(microseconds: overflows ? .max : product)
  }
}
