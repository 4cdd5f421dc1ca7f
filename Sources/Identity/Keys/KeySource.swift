public import GatewayCore
import Glibc

/// Why a provider's keys could not be had.
public enum KeySetFault: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file cannot be read, or no good answer came; the words say why and hold no secret.
  case unavailable(String)
  /// What came is no set of keys that can be used.
  case unreadable(String)

  /// For the log.
  public var description: String {
    switch self {
    case .unavailable(let words): "unavailable: \(words)"
    case .unreadable(let words): "unreadable: \(words)"
    }
  }
}

/// Where a provider's keys come from.
public struct KeySource: Sendable {
  /// The largest set of keys that is read, in bytes.
  public static let maximumBytes = 256 << 10

  /// What came, and how long it need not be asked for again.
  struct Delivery: Sendable {
    let body: [UInt8]
    let freshness: Duration?
  }

  let load: @Sendable () async throws(KeySetFault) -> Delivery

  /// A file, which is read anew each time.
  public static func file(_ path: String) -> KeySource {
    KeySource { () async throws(KeySetFault) in
      // A look at one small file now and then; a rotated key should count within the minute.
      Delivery(body: try contents(of: path), freshness: .seconds(30))
    }
  }

  /// A URL, which is fetched with `GET`; redirects are not followed.
  ///
  /// - Parameters:
  ///   - url: the provider's `jwks_uri`.
  ///   - caFile: PEM certificates to trust in place of the system's.
  ///   - timeout: how long a fetch may take.
  public static func url(
    _ url: String, caFile: String?, transport: any UpstreamTransport, clock: any GatewayClock,
    timeout: Duration = .seconds(10)
  ) -> KeySource {
    KeySource { () async throws(KeySetFault) in
      let request = TransportRequest(
        method: .get, url: url,
        headers: [.init("Accept", "application/jwk-set+json, application/json")],
        deadline: clock.monotonic + timeout, maximumBodyBytes: maximumBytes, caFile: caFile)
      let response: TransportResponse
      do throws(TransportFault) {
        response = try await transport.send(request)
      } catch {
        throw .unavailable("\(error)")
      }
      guard response.status == 200 else { throw .unavailable("status \(response.status)") }
      return Delivery(body: response.body, freshness: maxAge(response["Cache-Control"]))
    }
  }

  /// The `max-age` of a `Cache-Control` (RFC 9111, section 5.2.2.1).
  static func maxAge(_ header: String?) -> Duration? {
    for directive in (header ?? "").split(separator: ",") {
      let text = directive.lowercased().filter { $0 != " " && $0 != "\t" }
      guard text.hasPrefix("max-age=") else { continue }
      let digits = text.dropFirst("max-age=".count)
      guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
        return nil
      }
      // More digits than a century of seconds has: whoever asks caps it anyway.
      return .seconds(digits.utf8.count > 9 ? 999_999_999 : Int(digits) ?? 0)
    }
    return nil
  }

  private static func contents(of path: String) throws(KeySetFault) -> [UInt8] {
    // Without O_NONBLOCK a pipe that nobody writes to would hang.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw .unavailable("\(path): error \(errno)") }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: maximumBytes + 1)
    var count = 0
    while count < bytes.count {
      let outcome = bytes.withUnsafeMutableBytes { buffer in
        read(descriptor, buffer.baseAddress?.advanced(by: count), buffer.count - count)
      }
      if outcome < 0, errno == EINTR { continue }
      guard outcome >= 0 else { throw .unavailable("\(path): error \(errno)") }
      if outcome == 0 { break }
      count += outcome
    }
    guard count <= maximumBytes else { throw .unreadable("more than \(maximumBytes) bytes") }
    return Array(bytes[..<count])
  }
}
