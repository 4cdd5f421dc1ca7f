public import GatewayCore
public import Logging

/// Writes log lines as JSON objects or as text, one line each.
public struct GatewayLogHandler: LogHandler {
  /// The form of a line.
  public enum Format: String, Sendable {
    /// One JSON object a line: `time`, `level`, `logger`, `message`, and the metadata.
    case json
    /// For people.
    case text
  }

  /// The level below which nothing is written: the process's, unless this one logger has its own.
  public var logLevel: Logger.Level {
    get { own ?? threshold.level }
    set { own = newValue }
  }
  /// What every line carries.
  public var metadata: Logger.Metadata = [:]
  private let threshold: LogThreshold
  private var own: Logger.Level?
  private let label: String
  private let format: Format
  private let clock: any GatewayClock
  private let sink: any LogSink

  /// Creates a handler.
  ///
  /// - Parameters:
  ///   - threshold: how much is written.
  ///   - sink: where the lines go; standard error unless said otherwise.
  public init(
    label: String, threshold: LogThreshold, format: Format, clock: any GatewayClock,
    sink: any LogSink = DescriptorLogSink()
  ) {
    self.label = label
    self.format = format
    self.clock = clock
    self.sink = sink
    self.threshold = threshold
  }

  /// Reads or sets one piece of metadata.
  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  /// Writes one line.
  public func log(event: LogEvent) {
    let own = event.metadata ?? [:]
    // Merged without another dictionary, and sorted by themselves: a line is written for each
    // change, and pairs are moved about at many times the price of texts.
    var keys = Array(own.keys)
    for key in metadata.keys where own[key] == nil { keys.append(key) }
    keys.sort()
    let value = { (key: String) in own[key] ?? metadata[key] ?? "" }
    var line: [UInt8] = []
    line.reserveCapacity(512)
    switch format {
    case .json: appendObject(event, keys, value, to: &line)
    case .text: line.append(contentsOf: text(event, keys, value).utf8)
    }
    line.append(UInt8(ascii: "\n"))
    sink.write(line)
  }

  // Written without a value in between, for the same reason.
  private func appendObject(
    _ event: LogEvent, _ keys: [String], _ value: (String) -> Logger.MetadataValue,
    to line: inout [UInt8]
  ) {
    line.append(contentsOf: #"{"time":""#.utf8)
    clock.wall.append(to: &line)
    line.append(contentsOf: #"","level":""#.utf8)
    line.append(contentsOf: event.level.rawValue.utf8)
    line.append(UInt8(ascii: "\""))
    append("logger", .string(label), to: &line)
    append("message", .string("\(event.message)"), to: &line)
    if let error = event.error { append("error", .string("\(error)"), to: &line) }
    for key in keys {
      // Metadata never stands in for what the line itself says.
      append(GatewayLogHandler.isReserved(key) ? key + "_" : key, value(key), to: &line)
    }
    line.append(UInt8(ascii: "}"))
  }

  private func append(
    _ key: String, _ value: Logger.MetadataValue, to line: inout [UInt8]
  ) {
    line.append(UInt8(ascii: ","))
    appendJSONString(key, to: &line)
    line.append(UInt8(ascii: ":"))
    if case .string(let text) = value {
      appendJSONString(text, to: &line)
    } else {
      json(value).append(to: &line)
    }
  }

  private static func isReserved(_ key: String) -> Bool {
    switch key {
    case "time", "level", "logger", "message", "error": true
    default: false
    }
  }

  private func json(_ value: Logger.MetadataValue) -> JSONValue {
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

  private func text(
    _ event: LogEvent, _ keys: [String], _ value: (String) -> Logger.MetadataValue
  ) -> String {
    var text = "\(clock.wall) \(event.level) \(label): \(event.message)"
    if let error = event.error { text += " error=\(quoted("\(error)"))" }
    for key in keys { text += " \(key)=\(quoted("\(value(key))"))" }
    return onOneLine(text)
  }

  // What a caller sent must not look like another piece of metadata.
  private func quoted(_ value: String) -> String {
    let isPlain = value.unicodeScalars.allSatisfy { $0 != " " && $0 != "\"" && $0 != "=" }
    if isPlain, !value.isEmpty { return value }
    return JSONValue.string(value).text
  }

  private func onOneLine(_ text: String) -> String {
    var out = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029: out.append(" ")
      default: out.append(scalar)
      }
    }
    return String(out)
  }
}
