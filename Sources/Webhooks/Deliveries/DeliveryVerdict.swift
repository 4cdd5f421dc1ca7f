internal import Credentials
public import GatewayCore

/// What an attempt has come to; a closed set, fit for a metric label.
public enum DeliveryOutcome: String, Sendable, CaseIterable {
  /// The receiver took it: 2xx.
  case delivered
  /// The receiver wants no more of the subscription: 410.
  case gone
  /// The receiver sent elsewhere, which is not followed: 3xx.
  case redirected
  /// The receiver refused it: 4xx.
  case refused
  /// The receiver failed: 5xx, or a status that there is not.
  case failed
  /// No answer in time.
  case timeout
  /// No connection, or none that held.
  case unreachable
  /// The TLS handshake failed or the certificate was not accepted.
  case tls
  /// Nothing may be sent there.
  case refusedTarget = "refused_target"
  /// It could not be signed, or not be read from the storage.
  case unusable
}

/// What the end of an attempt means.
public struct DeliveryVerdict: Sendable, Equatable {
  /// What it has come to.
  public var outcome: DeliveryOutcome
  /// The status of the answer, if there was one.
  public var status: Int?
  /// What went wrong, in the gateway's own words: nothing of what a receiver sends is in them.
  public var fault: String?
  /// How long the receiver wants to be left alone.
  public var retryAfter: Duration?

  /// Creates a verdict.
  public init(
    _ outcome: DeliveryOutcome, status: Int? = nil, fault: String? = nil,
    retryAfter: Duration? = nil
  ) {
    self.outcome = outcome
    self.status = status
    self.fault = fault
    self.retryAfter = retryAfter
  }

  /// Judges an answer.
  public init(_ response: TransportResponse, now: Timestamp) {
    let status = response.status
    let wait = response["Retry-After"].flatMap { RetryAfter.duration($0, now: now) }
    let (outcome, fault): (DeliveryOutcome, String?) =
      switch status {
      case 200..<300: (.delivered, nil)
      case 300..<400: (.redirected, "the receiver redirects, which is not followed")
      case 410: (.gone, "the receiver is gone for good (410)")
      case 400..<500: (.refused, "the receiver refused it")
      default: (.failed, "the receiver failed")
      }
    self.init(
      outcome, status: status, fault: fault, retryAfter: outcome == .delivered ? nil : wait)
  }

  /// Judges the want of an answer.
  ///
  /// - Returns: `nil` if the attempt was broken off from this side, which says nothing.
  public init?(_ fault: TransportFault) {
    guard fault.kind != .cancelled else { return nil }
    let (outcome, words) = DeliveryVerdict.faults[fault.kind] ?? (.unreachable, "it failed")
    self.init(outcome, fault: words)
  }

  private static let faults: [TransportFault.Kind: (DeliveryOutcome, String)] = [
    .resolve: (.unreachable, "the host's name could not be resolved"),
    .connect: (.unreachable, "no connection"),
    .tls: (.tls, "the TLS handshake failed, or the certificate is not accepted"),
    .timeout: (.timeout, "no answer in time"),
    .interrupted: (.unreachable, "the connection broke"),
    .invalidAnswer: (.failed, "the answer breaks HTTP's rules"),
    .tooLarge: (.failed, "the answer is too large"),
    .refusedTarget: (.refusedTarget, "nothing may be sent to the host's address"),
    .other: (.unreachable, "the request could not be sent"),
  ]
}
