import GatewayCore

extension ConfigurationCursor {
  /// `listen.tls`
  func tls() -> TLSConfiguration? {
    guard let fields = fields() else { return nil }
    let certificate = fields.required("certificate")?.text()
    let key = fields.required("key")?.text()
    let clientAuthority = fields["client_ca"]?.text()
    context.hasClientAuthority = fields["client_ca"] != nil
    let policy = fields["client_certificates"]?.choice(ClientCertificatePolicy.self)
    if !context.hasClientAuthority {
      fields["client_certificates"]?.problem("needs client_ca")
    }
    guard let certificate, let key else { return nil }
    let tls = TLSConfiguration(
      certificate: certificate, key: key, clientAuthority: clientAuthority,
      clientCertificates: policy ?? .optional)
    check(.tls(tls), fields)
    return tls
  }

  /// `apps[].certificates[]`
  func appCertificate() -> AppCertificate? {
    guard let fields = fields(),
      let (key, cursor) = fields.exactlyOne(of: ["subject", "dns_name", "uri", "sha256"])
    else { return nil }
    let certificate: AppCertificate? =
      switch key {
      case "subject":
        cursor.parsed("a name such as CN=portal,O=Example") { DistinguishedName($0) }
          .map { .subject($0) }
      case "dns_name": cursor.hostName().map { .dnsName($0) }
      case "uri": cursor.uri().map { .uri($0) }
      default: cursor.hash().map { .fingerprint($0) }
      }
    if let certificate {
      cursor.reportIfRepeated("\(certificate)", of: "certificate")
    }
    return certificate
  }

  /// `apps[].certificates`
  func appCertificates() -> [AppCertificate]? {
    let certificates = list { $0.appCertificate() }
    if elements()?.isEmpty == false, !context.hasClientAuthority {
      problem("needs listen.tls.client_ca, or no certificate is ever verified")
    }
    return certificates
  }

  private func uri() -> String? {
    parsed("a URI such as spiffe://example.com/portal") { text in
      let scheme = text.prefix { $0 != ":" }
      let isPlain = text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
      return isPlain && !scheme.isEmpty && scheme.count < text.count - 1 ? text : nil
    }
  }
}
