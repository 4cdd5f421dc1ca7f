public import GatewayCore

/// A kind of upstream call, as faults and statistics tell them apart.
public enum SimulatedCall: String, Sendable, CaseIterable {
  /// `POST /oauth2/token/`
  case token
  /// `GET org/{org}/users`
  case users
  /// `GET …/heat-pumps`
  case list
  /// `GET …/heat-pumps/{id}`
  case detail
  /// `PUT …/heat-pumps/{id}`
  case update
  /// `GET …/heat-pumps/{id}/statistics`
  case statistics
  /// `GET …/heat-pumps/{id}/savings`
  case savings
}

/// Something that goes wrong on purpose.
public struct SimulatorFault: Sendable {
  /// What goes wrong.
  public enum Kind: Sendable, Equatable {
    /// The answer comes later, in real time. The request is carried out at once.
    case latency(Duration)
    /// All tokens stop working just before the request is looked at.
    case revokeTokens
    /// This status with a JSON `detail`. An update is carried out only if `applied`.
    case status(Int, retryAfter: RetryAfter? = nil, applied: Bool = false)
    /// A proxy's HTML page, usually with 502, 503 or 504. An update is carried out only if
    /// `applied`.
    case htmlPage(Int, applied: Bool = false)
    /// `Content-Length` promises the whole body, half of it comes, and the connection ends.
    case truncatedBody
    /// No answer until the faults are cleared or the client leaves. An update is carried out on
    /// arrival if `applied`; otherwise never, and clearing closes its connection.
    case hang(applied: Bool = false)
    /// The connection is reset (RST) at the first bytes of the request.
    case resetBeforeRead
    /// The connection is reset when the request has been read, and nothing is carried out.
    case resetBeforeApplying
    /// The request is carried out, and the connection reset without an answer.
    case resetAfterApplying
    /// The JSON answer is blown up by so many megabytes (10⁶ bytes), and stays valid.
    case hugeBody(megabytes: Int)
    /// The answer ends in garbage.
    case malformedJSON
    /// The answer carries another `Content-Type`.
    case contentType(String)
    /// The answer has fields and enumeration values that no schema knows.
    case unknownValues
    /// The answer lacks this field, at the top level of each heat pump.
    case dropField(String)
    /// Updates ignore this field without a word.
    case ignoreField(String)
    /// The body comes in pieces of `bytes`, each `interval` after the one before.
    case drip(bytes: Int, interval: Duration)
  }

  /// The two forms of `Retry-After` (RFC 9110, section 10.2.3).
  public enum RetryAfter: Sendable, Equatable {
    /// As seconds.
    case seconds(Int)
    /// As a date so many seconds from now.
    case dateIn(Int)
  }

  /// What goes wrong.
  public var kind: Kind
  /// In which call; `nil` means any.
  public var call: SimulatedCall?
  /// With which heat pump; `nil` means any. A call that names no heat pump never matches one.
  public var heatPump: ResourceID?
  /// How many times; `nil` means until it is cleared.
  public var count: Int?
  /// How likely each time, 0 through 1.
  public var probability: Double
  /// Where chance begins.
  public var seed: UInt64

  /// Creates a fault that happens to any call until it is cleared, unless said otherwise.
  public init(
    _ kind: Kind, call: SimulatedCall? = nil, heatPump: ResourceID? = nil, count: Int? = nil,
    probability: Double = 1, seed: UInt64 = 1
  ) {
    self.kind = kind
    self.call = call
    self.heatPump = heatPump
    self.count = count
    self.probability = probability
    self.seed = seed
  }
}
