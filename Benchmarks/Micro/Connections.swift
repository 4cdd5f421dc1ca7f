import Glibc

/// Connections to a server on this machine that are opened, and then just kept.
struct Connections {
  private let descriptors: [Int32]

  /// Opens them, and sends a text on each, in which `{n}` stands for twelve hexadecimal digits that no
  /// other has.
  ///
  /// - Throws: ``BenchFault/refused(_:)`` with the number that could be opened.
  init(port: UInt16, count: Int, request: String) throws {
    var limit = rlimit(rlim_cur: 0, rlim_max: 0)
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var descriptors: [Int32] = []
    for number in 0..<count {
      let digits = String(number, radix: 16)
      let place = String(repeating: "0", count: 12 - digits.count) + digits
      let request = Array(request.replacing("{n}", with: place).utf8)
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      let isConnected = withUnsafePointer(to: address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
      }
      guard isConnected, send(descriptor, request, request.count, 0) == request.count else {
        throw BenchFault.refused(descriptors.count)
      }
      descriptors.append(descriptor)
    }
    self.descriptors = descriptors
  }

  /// Waits until standard input ends, then closes them.
  func keep() {
    while getchar() != EOF {}
    for descriptor in descriptors { close(descriptor) }
  }
}
