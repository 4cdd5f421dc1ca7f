public import GatewayCore
import Glibc
public import Logging

/// Writes log lines to standard error, as JSON objects or as text, one line each.
public struct GatewayLogHandler: LogHandler {
  /// The form of a line.
  public enum Format: String, Sendable {
    /// One JSON object a line: `time`, `level`, `logger`, `message`, and the metadata.
    case json
    /// For people.
    case text
  }

  /// The level below which nothing is written.
  public var logLevel: Logger.Level
  /// What every line carries.
  public var metadata: Logger.Metadata = [:]
  private let label: String
  private let format: Format
  private let clock: any GatewayClock

  /// Creates a handler.
  public init(label: String, level: Logger.Level, format: Format, clock: any GatewayClock) {
    self.label = label
    self.format = format
    self.clock = clock
    logLevel = level
  }

  /// Reads or sets one piece of metadata.
  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// Writes one line.
  public func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { $1 }
    var line: [UInt8]
    switch format {
    case .json:
      var object = JSONObject()
      object["time"] = .string(clock.wall.description)
      object["level"] = .string(event.level.rawValue)
      object["logger"] = .string(label)
      object["message"] = .string("\(event.message)")
      for (key, value) in all.sorted(by: { $0.key < $1.key }) {
        object[key] = GatewayLogHandler.json(value)
      }
      line = JSONValue.object(object).encoded
    case .text:
      let pairs = all.sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }.joined()
      let text = "\(clock.wall) \(event.level) \(label): \(event.message)\(pairs)"
      line = text.utf8.map { $0 < 0x20 || $0 == 0x7F ? UInt8(ascii: " ") : $0 }
    }
    line.append(UInt8(ascii: "\n"))
    GatewayLogHandler.write(line)
  }

  private static func json(_ value: Logger.MetadataValue) -> JSONValue {
    switch value {
    case .string(let text): .string(text)
    case .stringConvertible(let value): .string(value.description)
    case .array(let values): .array(values.map(json))
    case .dictionary(let values):
      .object(
        values.sorted { $0.key < $1.key }.reduce(into: JSONObject()) {
          $0[$1.key] = json($1.value)
        })
    }
  }

  // One write call a line: the kernel keeps lines of several threads apart, up to the size of a
  // pipe's buffer. A log that nobody reads any more must not stop the gateway, so errors are
  // dropped.
  private static func write(_ line: [UInt8]) {
    line.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while !rest.isEmpty {
        let count = Glibc.write(
          STDERR_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return }
        rest = rest.dropFirst(count)
      }
    }
  }
}
