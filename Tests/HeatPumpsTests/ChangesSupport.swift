import GatewayCore
import HeatPumps
import Testing

/// A heat pump that is polled, and the detector that looks on.
struct Told {
  var detector = ChangeDetector()
  var settings: ChangeSettings
  var now = noon
  private var answer: JSONObject

  init(settings: ChangeSettings = .standard) {
    self.settings = settings
    answer = (try? Fixtures.json("answer.json"))?.object ?? JSONObject()
  }

  var document: HeatPumpDocument {
    get throws { try HeatPumpDocument(parsing: JSONValue.object(answer).encoded) }
  }

  mutating func set(_ path: [String], _ value: JSONValue?) {
    func put(_ object: inout JSONObject, _ path: ArraySlice<String>) {
      guard let name = path.first else { return }
      guard path.count > 1 else { return object[name] = value }
      var inner = object[name]?.object ?? JSONObject()
      put(&inner, path.dropFirst())
      object[name] = .object(inner)
    }
    put(&answer, path[...])
  }

  /// Polls once, five minutes after the last time. The state goes through its stored form on the
  /// way, as it does between two polls.
  mutating func next(
    from source: AnswerSource = .detail, writes: [WrittenValue] = [],
    after pause: Duration = .seconds(300)
  ) throws -> [DetectedChange] {
    now = now + pause
    detector = try #require(ChangeDetector(stored: detector.stored))
    return detector.observe(
      try document, from: source, writes: writes, at: now, settings: settings)
  }

  mutating func next(
    _ path: [String], _ value: JSONValue?, from source: AnswerSource = .detail,
    writes: [WrittenValue] = [], after pause: Duration = .seconds(300)
  ) throws -> [DetectedChange] {
    set(path, value)
    return try next(from: source, writes: writes, after: pause)
  }
}
