import Credentials
import GatewayCore

/// Whether a failed request is sent again. Pure; one for each call.
///
/// A read is sent again when the connection failed or some proxy says that the server is away. An
/// update is sent again in just two cases, once each: nothing of it had left, or it was answered
/// 401, which means that it was not carried out.
struct RetryPolicy: Sendable {
  /// Why a request failed, as far as it matters here.
  enum Cause: Sendable, Equatable {
    /// 401 to a token of that generation.
    case tokenRejected(generation: UInt64)
    case transport(TransportFault)
    case status(Int)
    /// Never sent.
    case local
  }

  enum Decision: Sendable, Equatable {
    case giveUp
    case again(after: Duration)
  }

  private let isUpdate: Bool
  private let readRetries: Int
  private let pauses = Backoff(
    first: .milliseconds(200), most: .milliseconds(400), least: .milliseconds(50))
  private var retries = 0
  /// The generation of the token that was rejected.
  private(set) var rejectedGeneration: UInt64?

  init(isUpdate: Bool, readRetries: Int) {
    self.isUpdate = isUpdate
    self.readRetries = readRetries
  }

  private static let retriedStatuses: Set<Int> = [502, 503, 504]
  private static let retriedFaults: Set<TransportFault.Kind> = [.resolve, .connect, .interrupted]

  /// Decides after a failure.
  ///
  /// - Parameters:
  ///   - retryAfter: how long the server wants to be left alone.
  ///   - chance: a number in `0..<1`.
  mutating func decide(
    after cause: Cause, retryAfter: Duration?, chance: Double
  ) -> Decision {
    switch cause {
    case .local:
      return .giveUp
    case .tokenRejected(let generation):
      guard rejectedGeneration == nil else { return .giveUp }
      rejectedGeneration = generation
      return .again(after: .zero)
    case .transport(let fault):
      guard Self.retriedFaults.contains(fault.kind), !isUpdate || !fault.mayHaveBeenSent else {
        return .giveUp
      }
    case .status(let status):
      guard !isUpdate, Self.retriedStatuses.contains(status) else { return .giveUp }
    }
    guard retries < (isUpdate ? 1 : readRetries) else { return .giveUp }
    retries += 1
    return .again(after: max(pauses.pause(after: retries, chance: chance), retryAfter ?? .zero))
  }
}
