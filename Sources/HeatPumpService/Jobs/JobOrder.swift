public import GatewayCore
public import HeatPumps

/// What a fleet job is to do, beside the heat pumps that it does it to.
public struct JobOrder: Sendable, Equatable {
  /// The change, checked.
  public var patch: HeatPumpPatch
  /// How the heat pumps were chosen, in the words of the request.
  public var selection: JSONObject
  /// How many heat pumps are begun in a second at most.
  public var ratePerSecond: Double
  /// For how long the rate grows, from nothing up to ``ratePerSecond``.
  public var ramp: Duration
  /// The job is stopped when more of a hundred heat pumps fail; `nil` never.
  public var abortAbovePercent: Int?
  /// No heat pump is begun after this.
  public var deadline: Timestamp
  /// How long after its start the job puts back what it has changed; `nil` never.
  public var revertAfter: Duration?
  /// The trace context of the request (W3C Trace Context).
  public var traceparent: String?

  /// Creates an order.
  public init(
    patch: HeatPumpPatch, selection: JSONObject, ratePerSecond: Double = usualRate,
    ramp: Duration = .zero, abortAbovePercent: Int? = nil, deadline: Timestamp,
    revertAfter: Duration? = nil, traceparent: String? = nil
  ) {
    self.patch = patch
    self.selection = selection
    self.ratePerSecond = ratePerSecond
    self.ramp = ramp
    self.abortAbovePercent = abortAbovePercent
    self.deadline = deadline
    self.revertAfter = revertAfter
    self.traceparent = traceparent
  }

  /// The rate of a job that names none.
  public static let usualRate = 10.0
  /// The highest rate.
  public static let highestRate = 1000.0
  /// The deadline of a job that names none, from its acceptance on.
  public static let usualDeadline = Duration.seconds(86400)
  /// The latest deadline, and the longest that a change lasts before it is put back.
  public static let longest = Duration.seconds(7 * 86400)
  /// How many heat pumps a job has at most.
  public static let largest = 100_000

  /// The order as it is stored; reads back with ``init(stored:)``.
  public var stored: [UInt8] {
    var order = representation
    order["trace"] = traceparent.map(JSONValue.string) ?? .null
    return JSONValue.object(order).encoded
  }

  /// The order as its app sees it.
  public var representation: JSONObject {
    var order = JSONObject()
    order["selection"] = .object(selection)
    order["patch"] = patch.body
    order["rate_per_second"] = .number(ExactDecimal(shortest: ratePerSecond))
    order["ramp"] = .string(ramp.iso8601)
    order["abort_above_percent"] = abortAbovePercent.map { .number(ExactDecimal($0)) } ?? .null
    order["deadline"] = .string(deadline.description)
    order["revert_after"] = revertAfter.map { .string($0.iso8601) } ?? .null
    return order
  }

  /// Reads ``stored``.
  ///
  /// - Returns: `nil` for anything else.
  public init?(stored bytes: [UInt8]) {
    guard let value = try? JSONValue(parsing: bytes), let selection = value["selection"]?.object,
      let body = value["patch"], let patch = try? HeatPumpPatch(stored: body),
      let rate = value["rate_per_second"]?.number?.approximate,
      let ramp = value["ramp"]?.string.flatMap(Duration.init(iso8601:)),
      let deadline = value["deadline"]?.string.flatMap(Timestamp.init(rfc3339:))
    else { return nil }
    self.init(
      patch: patch, selection: selection, ratePerSecond: rate, ramp: ramp,
      abortAbovePercent: value["abort_above_percent"]?.integer, deadline: deadline,
      revertAfter: value["revert_after"]?.string.flatMap(Duration.init(iso8601:)),
      traceparent: value["trace"]?.string)
  }
}

extension ExactDecimal {
  /// A number as people write it: `10`, `0.5`.
  fileprivate init(shortest value: Double) {
    if let whole = Int(exactly: value) {
      self.init(whole)
    } else {
      self = ExactDecimal(String(value)) ?? ExactDecimal(0)
    }
  }
}
