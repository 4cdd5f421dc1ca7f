import GatewayCore

/// How an answer's body reaches the client.
enum Transfer: Sendable, Equatable {
  case whole
  /// Half of it, then the end of the connection.
  case truncated
  case drip(bytes: Int, interval: Duration)
}

/// What becomes of a request.
enum Outcome: Sendable {
  case answer(HTTPResponse, transfer: Transfer)
  /// Nothing, until released: then this answer, or without one the end of the connection.
  case hang(HTTPResponse?)
  /// RST.
  case reset
}

/// A request as the statistics see it, from its arrival to its end.
struct Exchange: Sendable {
  let call: SimulatedCall
  let heatPump: Int?
}

/// What is to be done about a request: when, and what.
struct Decision: Sendable {
  var outcome: Outcome
  var delay = Duration.zero
  /// To be handed back at the end; `nil` for requests that are not counted.
  var exchange: Exchange?
  /// How often faults had been cleared when it was made.
  var generation = 0

  init(_ outcome: Outcome, delay: Duration = .zero, exchange: Exchange? = nil) {
    self.outcome = outcome
    self.delay = delay
    self.exchange = exchange
  }

  init(_ response: HTTPResponse) {
    outcome = .answer(response, transfer: .whole)
  }
}
