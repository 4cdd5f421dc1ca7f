import GatewayCore
public import Logging

/// Keeps every log line with all its metadata, for a test to search.
public final class LogRecorder: Sendable {
  private let lines = Locked<[String]>([])

  /// Creates an empty recorder.
  public init() {}

  /// A logger that writes here, at every level.
  public var logger: Logger {
    Logger(label: "test") { _ in RecordingHandler(recorder: self) }
  }

  /// All that was logged so far, one line an event.
  public var text: String { lines.withLock { $0.joined(separator: "\n") } }

  /// How many events were logged.
  public var count: Int { lines.withLock { $0.count } }

  fileprivate func record(_ line: String) {
    lines.withLock { $0.append(line) }
  }
}

private struct RecordingHandler: LogHandler {
  let recorder: LogRecorder
  var metadata: Logger.Metadata = [:]
  var logLevel = Logger.Level.trace

  init(recorder: LogRecorder) {
    self.recorder = recorder
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let all = metadata.merging(event.metadata ?? [:]) { _, new in new }
    recorder.record("\(event.level) \(event.message) \(all)")
  }
}
