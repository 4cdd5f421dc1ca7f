import GatewayCore

/// Where a request comes from, seen through the proxies in front of the gateway.
struct ClientAddress: Sendable {
  /// Whose `X-Forwarded-For` is believed.
  let trustedProxies: [AddressRange]

  /// The client's address for the log, such as `192.0.2.7`.
  ///
  /// Each proxy adds the address that it saw to the right end of the header. So the list is read
  /// from there for as long as the address that added the next entry is trusted: what a client has
  /// written itself stands further left, and is never reached. An entry that is no address ends the
  /// reading, and the one who added it counts.
  func of(_ request: HTTPRequest) -> String {
    guard !trustedProxies.isEmpty, let peer = InternetAddress(request.peer), isTrusted(peer),
      let header = request[.xForwardedFor]
    else { return request.peer }
    var address = peer
    for entry in header.split(separator: ",", omittingEmptySubsequences: false).reversed() {
      guard let next = Self.address(entry) else { break }
      address = next
      guard isTrusted(address) else { break }
    }
    return address.description
  }

  private func isTrusted(_ address: InternetAddress) -> Bool {
    trustedProxies.contains { $0.contains(address) }
  }

  // Some proxies add the port: `192.0.2.7:4711`, `[2001:db8::1]:4711`.
  private static func address(_ entry: Substring) -> InternetAddress? {
    var text = entry
    while text.first == " " || text.first == "\t" { text.removeFirst() }
    while text.last == " " || text.last == "\t" { text.removeLast() }
    if let address = InternetAddress(String(text)) { return address }
    if text.first == "[" {
      guard let end = text.firstIndex(of: "]"), isPort(text[text.index(after: end)...]) else {
        return nil
      }
      let inner = text[text.index(after: text.startIndex)..<end]
      return inner.contains(":") ? InternetAddress(String(inner)) : nil
    }
    guard let colon = text.firstIndex(of: ":"), isPort(text[colon...]) else { return nil }
    return InternetAddress(String(text[..<colon]))
  }

  // Nothing, or a colon and a number.
  private static func isPort(_ text: Substring) -> Bool {
    guard let colon = text.first else { return true }
    let digits = text.dropFirst()
    return colon == ":" && (1...5).contains(digits.count)
      && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }
}
