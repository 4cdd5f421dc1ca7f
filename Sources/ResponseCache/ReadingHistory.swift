internal import GatewayCore
internal import HeatPumps

/// What heat pumps measured lately, as far as the gateway saw it: for plots, in memory only.
///
/// It grows by what the upstream answers, never by what is served from memory. A heat pump's
/// readings are those of the device's own observation times, so answers that repeat an observation
/// add nothing.
final class ReadingHistory: Sendable {
  /// How many readings of one heat pump are kept.
  static let length = 360
  /// Two readings are at least so far apart; what comes sooner takes the place of the last.
  static let leastDistance = Duration.seconds(120)

  private let store: BoundedStore<HeatPumpKey, [ReadingSample]>

  /// Creates an empty history.
  ///
  /// - Parameter bytes: what all readings together may cost; the heat pumps go that nobody asked
  ///   about for longest.
  init(bytes: Int) {
    store = BoundedStore(limit: bytes)
  }

  /// The readings of a heat pump, the oldest first.
  func samples(of key: HeatPumpKey) -> [ReadingSample] { store.value(key) ?? [] }

  /// Takes a reading from an answer, if it has one that is newer than the last.
  func note(_ document: HeatPumpDocument, of key: HeatPumpKey) {
    guard let observedAt = document.observedAt, !observedAt.meansNever else { return }
    if let last = samples(of: key).last, last.observedAt >= observedAt { return }
    let sample = ReadingSample(document, observedAt: observedAt)
    store.update(key, cost: { 64 + $0.count * MemoryLayout<ReadingSample>.stride }) { present in
      var samples = present ?? []
      guard let last = samples.last else { return [sample] }
      if last.observedAt >= observedAt { return samples }
      let isBehindTwo = samples.count > 1 ? samples[samples.count - 2].observedAt : nil
      if let before = isBehindTwo, last.observedAt - before < Self.leastDistance {
        samples[samples.count - 1] = sample
      } else {
        if samples.count >= Self.length { samples.removeFirst() }
        samples.append(sample)
      }
      return samples
    }
  }
}
