public import Foundation

/// What is done with a heat pump most often.
public enum Command: Sendable, Hashable {
  /// Pauses it for so long, counted from when the gateway gets it.
  case pauseFor(ISODuration)
  /// Pauses it until then; the one to take if it may have to be repeated.
  case pauseUntil(Date)
  /// Ends the pause.
  case resume
  /// Away from now on, until then if that is known, with that room temperature at least.
  case away(until: Date? = nil, minimumTemperature: Decimal? = nil)
  /// Ends the absence; the minimum temperature stays.
  case comeBack
  /// Turns the optimization on, at that level (`low`, `mid`, `max`).
  case optimize(level: String? = nil)
  /// Turns it off.
  case stopOptimizing

  /// The name in the path.
  var name: String {
    switch self {
    case .pauseFor, .pauseUntil: "pause"
    case .resume: "resume"
    case .away: "away"
    case .comeBack: "return"
    case .optimize: "optimize"
    case .stopOptimizing: "stop-optimizing"
    }
  }

  struct Body: Encodable {
    var `for`: ISODuration?
    var until: Date?
    var minimumTemperature: Decimal?
    var level: String?
  }

  /// `nil` for a command that takes none.
  var body: Body? {
    switch self {
    case .pauseFor(let duration): Body(for: duration)
    case .pauseUntil(let date): Body(until: date)
    case .away(let until, let minimum): Body(until: until, minimumTemperature: minimum)
    case .optimize(let level?): Body(level: level)
    case .resume, .comeBack, .optimize, .stopOptimizing: nil
    }
  }
}
