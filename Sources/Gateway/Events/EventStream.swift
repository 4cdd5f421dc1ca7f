import GatewayCore
import HeatPumpService
import Storage
import Webhooks

/// One app's open stream, as the hub that feeds it sees it.
struct EventStream: Sendable {
  /// Names it in its hub.
  let number: Int
  let app: App
  let audience: EventAudience
  let selection: EventSelection
  /// The number that its reader has come to; `nil` to begin with what comes next.
  let after: Int64?
  let response: ResponseStream
  /// Why what opened it would not any more; `nil` as long as it would.
  let refusal: @Sendable () -> StreamMessage.EndReason?
}

/// What a hub has done since the start.
final class StreamFigures: Sendable {
  /// Streams that are open.
  let open = Locked(0)
  /// Events sent, each as many times as it was.
  let sent = AtomicCounter()
  /// Streams that had come back too late to be told all.
  let resyncs = AtomicCounter()
  /// Pages of the log that were read.
  let pages = AtomicCounter()
  /// Streams that have ended, by their end.
  let ends: [StreamEnd: AtomicCounter] = Dictionary(
    uniqueKeysWithValues: StreamEnd.allCases.map { ($0, AtomicCounter()) })
}
