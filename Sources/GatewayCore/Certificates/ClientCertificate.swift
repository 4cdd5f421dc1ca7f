/// What a caller's certificate says of it. Whoever hands one over has verified it: it was signed by
/// a trusted authority, and its caller has the key.
public final class ClientCertificate: Sendable, Equatable {
  /// The subject; `nil` if it is empty or cannot be read.
  public let subject: DistinguishedName?
  /// Alternative names that are host names (RFC 5280, section 4.2.1.6), in lower case.
  public let dnsNames: Set<String>
  /// Alternative names that are URIs, as they stand there.
  public let uris: Set<String>
  /// The SHA-256 of the whole certificate, 32 bytes.
  public let fingerprint: [UInt8]
  /// Until when it is good. A connection may stay open for longer.
  public let end: Timestamp

  /// Creates a certificate's summary.
  public init(
    subject: DistinguishedName?, dnsNames: Set<String> = [], uris: Set<String> = [],
    fingerprint: [UInt8], end: Timestamp
  ) {
    self.subject = subject
    self.dnsNames = dnsNames
    self.uris = uris
    self.fingerprint = fingerprint
    self.end = end
  }

  /// Whether both are the same certificate.
  public static func == (left: ClientCertificate, right: ClientCertificate) -> Bool {
    left.fingerprint == right.fingerprint
  }
}
