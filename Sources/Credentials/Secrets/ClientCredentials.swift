public import GatewayCore

/// An OAuth 2.0 client's name and secret (RFC 6749, section 2.3.1).
public struct ClientCredentials: Sendable, Equatable {
  /// The client's name; not secret, but not for logs either.
  public let clientID: String
  /// The client's secret.
  public let clientSecret: Secret

  /// Creates credentials.
  public init(clientID: String, clientSecret: Secret) {
    self.clientID = clientID
    self.clientSecret = clientSecret
  }

  /// Reads both halves from their places.
  ///
  /// - Throws: ``SecretFault`` if one cannot be read or the client's name is not UTF-8.
  public init(
    clientID: SecretReference, clientSecret: SecretReference, reader: SecretReader
  ) throws(SecretFault) {
    let name = try reader.read(clientID).secret.withBytes { bytes in
      var copy: [UInt8] = []
      for index in bytes.indices { copy.append(bytes[index]) }
      return String(validating: copy, as: UTF8.self)
    }
    guard let name else { throw SecretFault(clientID, .notText) }
    self.init(clientID: name, clientSecret: try reader.read(clientSecret).secret)
  }

  /// The value of `Authorization`: `Basic`, a blank, and base64 of `id:secret`. Made anew by each
  /// use.
  ///
  /// RFC 6749 wants both halves form-encoded first, and the upstream's django-oauth-toolkit
  /// undoes that (`+` and `%XX`); other servers take both halves as they are. So just those bytes
  /// are encoded that would otherwise be misread or must not stand in the clear: `%`, `+`, `:`,
  /// `&`, `=`, blanks, controls, and all beyond ASCII. The usual alphanumeric pair stays as it is
  /// and suits both kinds.
  public var basicAuthorization: Secret {
    var pair: [UInt8] = []
    // Reserved at once, so that no half-written copy stays behind unwiped.
    pair.reserveCapacity(3 * (clientID.utf8.count + clientSecret.count) + 1)
    defer { wipe(&pair) }
    for byte in clientID.utf8 { appendFormEncoded(byte, to: &pair) }
    pair.append(UInt8(ascii: ":"))
    clientSecret.withBytes { bytes in
      for index in bytes.indices { appendFormEncoded(bytes[index], to: &pair) }
    }
    var header = Array("Basic ".utf8)
    header.reserveCapacity(header.count + (pair.count + 2) / 3 * 4)
    defer { wipe(&header) }
    Base64.append(pair.span, to: &header)
    return Secret(header)
  }
}

private let encodedBytes = Set("%+:&=".utf8)

private func appendFormEncoded(_ byte: UInt8, to out: inout [UInt8]) {
  guard byte <= 0x20 || byte >= 0x7F || encodedBytes.contains(byte) else { return out.append(byte) }
  out.append(UInt8(ascii: "%"))
  for nibble in [byte >> 4, byte & 15] {
    let digit = hexDigit(nibble)
    // Upper case is the usual spelling (RFC 3986, section 2.1).
    out.append(digit >= UInt8(ascii: "a") ? digit - 0x20 : digit)
  }
}
