public import GatewayCore

/// `listen.tls`: paths of files in PEM form.
public struct TLSConfiguration: Sendable, Hashable {
  /// The certificate chain.
  public var certificate: String
  /// The private key.
  public var key: String
  /// Authorities of clients' certificates; clients are asked for none if `nil`.
  public var clientAuthority: String?
  /// Whether a client may come without a certificate, where there are authorities.
  public var clientCertificates: ClientCertificatePolicy

  /// Creates the group.
  public init(
    certificate: String, key: String, clientAuthority: String? = nil,
    clientCertificates: ClientCertificatePolicy = .optional
  ) {
    self.certificate = certificate
    self.key = key
    self.clientAuthority = clientAuthority
    self.clientCertificates = clientCertificates
  }
}

/// `listen.tls.client_certificates`: what a client without a certificate meets.
public enum ClientCertificatePolicy: String, Sendable, CaseIterable {
  /// It is let in, and has to show a key.
  case optional
  /// It is refused in the handshake.
  case required
}

/// `apps[].certificates[]`: by which of its marks a client certificate is an app's.
public enum AppCertificate: Sendable, Hashable {
  /// `subject`: the whole subject.
  case subject(DistinguishedName)
  /// `dns_name`: a host name among the alternative names, in lower case.
  case dnsName(String)
  /// `uri`: a URI among the alternative names.
  case uri(String)
  /// `sha256`: the SHA-256 of the certificate itself.
  case fingerprint(KeyHash)
}
