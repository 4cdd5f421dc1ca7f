import GatewayCore
import PoderoSimulator

/// The requests of a chaos test that came upstream, kind by kind, held to what the guide promises:
/// pure.
struct EventChaosRequests: Sendable {
  /// Why a request was sent.
  enum Kind: String, Sendable, CaseIterable {
    /// To look for changes.
    case poll
    /// To learn what has to be done.
    case action
    /// To settle a write, or to know what is there before it.
    case writeRead = "write's read"
    case update
    /// To learn who the users are, once after each start.
    case discovery
    /// For none of these.
    case other
  }

  /// A call as it came.
  struct Call: Sendable {
    let call: SimulatedCall
    let at: Timestamp
    var user: ResourceID?
    var heatPump: ResourceID?
  }

  struct Request: Sendable {
    let at: Timestamp
    let kind: Kind
    /// Whose list or heat pump.
    let user: ResourceID?
  }

  /// In the order of arrival.
  var requests: [Request]
  /// What the guide says of polls in quiet times, a second.
  var pollsPerSecond: Double
  /// How long it says that a list waits for its next poll after a write.
  var afterWrite: Duration

  /// The span of time in which requests are counted.
  static let window = Duration.seconds(10)

  init(requests: [Request], pollsPerSecond: Double, afterWrite: Duration) {
    self.requests = requests
    self.pollsPerSecond = pollsPerSecond
    self.afterWrite = afterWrite
  }

  /// Tells the kinds of calls apart.
  ///
  /// - Parameter needs: the heat pumps for which somebody has to act.
  init(
    _ calls: [Call], needs: Set<ResourceID>, pollsPerSecond: Double, afterWrite: Duration
  ) {
    let written = Set(calls.filter { $0.call == .update }.compactMap(\.heatPump))
    let requests = calls.compactMap { call -> Request? in
      let kind: Kind
      switch call.call {
      case .token: return nil
      case .list: kind = .poll
      case .update: kind = .update
      case .detail:
        let isWritten = call.heatPump.map(written.contains) ?? false
        let isNeedy = call.heatPump.map(needs.contains) ?? false
        kind = isWritten ? .writeRead : isNeedy ? .action : .other
      case .users: kind = .discovery
      case .statistics, .savings: kind = .other
      }
      return Request(at: call.at, kind: kind, user: call.user)
    }
    self.init(requests: requests, pollsPerSecond: pollsPerSecond, afterWrite: afterWrite)
  }

  /// How many of a kind came.
  func count(_ kind: Kind) -> Int { requests.count { $0.kind == kind } }

  /// The most that came within ``window``, of some kinds; and when that window ended.
  func peak(_ kinds: Set<Kind>) -> (count: Int, at: Timestamp?) {
    var peak = (count: 0, at: Timestamp?.none)
    forEachWindow(kinds) { count, last in
      if count > peak.count { peak = (count, last.at) }
    }
    return peak
  }

  /// What is wrong, in words: more polls within ``window`` than the guide says, for as many users
  /// as have been written to by then, or requests that nobody can explain.
  var findings: [String] {
    var firstWrites: [ResourceID: Timestamp] = [:]
    for request in requests where request.kind == .update {
      guard let user = request.user, firstWrites[user] == nil else { continue }
      firstWrites[user] = request.at
    }
    let writes = firstWrites.values.sorted()
    var worst: (excess: Double, words: String)?
    forEachWindow([.poll]) { count, last in
      let hot = writes.count { $0 <= last.at }
      let most = allowed(hot: hot)
      guard Double(count) > most, Double(count) - most > worst?.excess ?? 0 else { return }
      worst = (
        Double(count) - most,
        "\(count) polls within \(Self.window.seconds) s before \(last.at), "
          + "where \(Int(most)) are promised"
      )
    }
    let others = count(.other)
    return (worst.map { [$0.words] } ?? [])
      + (others > 0 ? ["\(others) requests that nothing explains"] : [])
  }

  /// How many polls the guide promises not to exceed within ``window``, with that many users
  /// written to.
  func allowed(hot: Int) -> Double {
    let perSecond =
      max(pollsPerSecond * 1.1, pollsPerSecond + 1) + Double(hot) / afterWrite.seconds
    // Polls that are due at once go at once, as many as come in a fifth of a second.
    return perSecond * (Self.window.seconds + 0.2) + 1
  }

  private func forEachWindow(_ kinds: Set<Kind>, _ body: (Int, Request) -> Void) {
    let chosen = requests.filter { kinds.contains($0.kind) }
    var first = 0
    for (index, request) in chosen.enumerated() {
      while request.at - chosen[first].at >= Self.window { first += 1 }
      body(index - first + 1, request)
    }
  }
}
