internal import CLibpq
internal import GatewayCore
internal import Glibc

/// Reads a URL and looks up the names of the servers in it. It waits for name servers, so it must
/// run where nobody else waits: libpq, left alone, would do the same on the thread of all
/// connections.
enum TargetLookup {
  /// - Throws: `unusable` if libpq cannot read the URL; `lost` if no server has an address.
  static func target(
    of url: Secret, applicationName: String
  ) throws(PostgresFault) -> PostgresTarget {
    let options = try options(in: url)
    func list(_ name: String) -> [String] {
      (options[name] ?? "").split(separator: ",", omittingEmptySubsequences: false)
        .map(String.init)
    }
    let secrets = ["user", "password", "dbname", "host", "hostaddr"].flatMap(list)
      .filter { !$0.isEmpty }.map { Secret($0) }
    var hosts: [PostgresTarget.Host] = []
    // Sockets have no name to be looked up, and addresses are given as they are.
    if list("hostaddr").allSatisfy(\.isEmpty), list("host").contains(where: isName) {
      let ports = list("port")
      for (index, name) in list("host").enumerated() {
        let port = ports.isEmpty ? "" : ports.count == 1 ? ports[0] : ports[safe: index] ?? ""
        let addresses = isName(name) ? addresses(of: name) : [""]
        hosts += addresses.map { .init(name: name, address: $0, port: port) }
      }
      if hosts.isEmpty { throw .lost("the server's name has no address") }
    }
    return PostgresTarget(
      url: url, hosts: hosts, names: secrets, applicationName: applicationName)
  }

  private static func isName(_ host: String) -> Bool {
    !host.isEmpty && !host.hasPrefix("/") && !host.hasPrefix("@")
  }

  private static func options(in url: Secret) throws(PostgresFault) -> [String: String] {
    let found = url.withBytes { bytes -> [String: String]? in
      var text: [UInt8] = []
      text.reserveCapacity(bytes.count + 1)
      for index in bytes.indices { text.append(bytes[index]) }
      text.append(0)
      defer { wipe(&text) }
      return unsafe text.withUnsafeBytes { text in
        guard let address = unsafe text.baseAddress?.assumingMemoryBound(to: CChar.self) else {
          return nil
        }
        return unsafe read(address)
      }
    }
    guard let found else { throw .unusable("the URL is not one that libpq can read") }
    return found
  }

  private static func read(_ text: UnsafePointer<CChar>) -> [String: String]? {
    // Its words on a failure repeat the URL, so they are thrown away.
    var words: UnsafeMutablePointer<CChar>?
    let list = unsafe PQconninfoParse(text, &words)
    unsafe PQfreemem(words)
    guard let list = unsafe list else { return nil }
    defer { unsafe PQconninfoFree(list) }
    var options: [String: String] = [:]
    var next = unsafe list
    while let keyword = unsafe next.pointee.keyword {
      if let value = unsafe next.pointee.val {
        unsafe options[String(cString: keyword)] = unsafe String(cString: value)
      }
      unsafe next = next.advanced(by: 1)
    }
    return options
  }

  private static func addresses(of name: String) -> [String] {
    var hints = unsafe addrinfo()
    unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    unsafe hints.ai_flags = AI_ADDRCONFIG
    var list: UnsafeMutablePointer<addrinfo>?
    guard unsafe getaddrinfo(name, nil, &hints, &list) == 0 else { return [] }
    defer { unsafe freeaddrinfo(list) }
    var addresses: [String] = []
    var next = unsafe list
    while let entry = unsafe next {
      var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
      let code = unsafe getnameinfo(
        entry.pointee.ai_addr, entry.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0,
        NI_NUMERICHOST)
      if code == 0 {
        let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        addresses.append(String(decoding: bytes, as: UTF8.self))
      }
      unsafe next = entry.pointee.ai_next
    }
    return addresses
  }
}

extension Array {
  fileprivate subscript(safe index: Int) -> Element? {
    indices.contains(index) ? self[index] : nil
  }
}
