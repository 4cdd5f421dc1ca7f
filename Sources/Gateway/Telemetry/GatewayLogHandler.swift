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
    let pieces = pieces(own)
    var line =
      switch format {
      case .json: object(event, own, pieces)
      case .text: Array(text(event, own, pieces).utf8)
      }
    line.append(UInt8(ascii: "\n"))
    sink.write(line)
  }

  /// Where a piece of metadata stands: with the line itself, or with the logger.
  private struct Piece {
    let key: String
    let place: Logger.Metadata.Index
    let isOwn: Bool
  }

  // In the order of their keys, and without their values: a line is written for each change, values
  // are moved about at many times the price of texts, and a place is no look-up.
  private func pieces(_ own: Logger.Metadata) -> [Piece] {
    var pieces: [Piece] = []
    pieces.reserveCapacity(own.count + metadata.count)
    for place in own.indices {
      pieces.append(Piece(key: own.keys[place], place: place, isOwn: true))
    }
    for place in metadata.indices where own.index(forKey: metadata.keys[place]) == nil {
      pieces.append(Piece(key: metadata.keys[place], place: place, isOwn: false))
    }
    pieces.sort { $0.key < $1.key }
    return pieces
  }

  private func value(_ piece: Piece, _ own: Logger.Metadata) -> Logger.MetadataValue {
    (piece.isOwn ? own : metadata)[piece.place].value
  }

  private func object(
    _ event: LogEvent, _ own: Logger.Metadata, _ pieces: [Piece]
  ) -> [UInt8] {
    var line = JSONObjectText(room: 512)
    line.append("time", clock.wall)
    line.append("level", event.level.rawValue)
    line.append("logger", label)
    line.append("message", event.message.description)
    if let error = event.error { line.append("error", "\(error)") }
    for piece in pieces {
      // Metadata never stands in for what the line itself says.
      let key = GatewayLogHandler.isReserved(piece.key) ? piece.key + "_" : piece.key
      switch value(piece, own) {
      case .string(let text): line.append(key, text)
      case let value: line.append(key, json(value))
      }
    }
    return line.closed()
  }

  private static func isReserved(_ key: String) -> Bool {
    // Most keys have another length.
    switch key.utf8.count {
    case 4: key == "time"
    case 5: key == "level" || key == "error"
    case 6: key == "logger"
    case 7: key == "message"
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
    _ event: LogEvent, _ own: Logger.Metadata, _ pieces: [Piece]
  ) -> String {
    var text = "\(clock.wall) \(event.level) \(label): \(event.message)"
    if let error = event.error { text += " error=\(quoted("\(error)"))" }
    for piece in pieces { text += " \(piece.key)=\(quoted("\(value(piece, own))"))" }
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
