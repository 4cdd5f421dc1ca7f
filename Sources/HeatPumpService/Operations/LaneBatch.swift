internal import GatewayCore
internal import HeatPumps
internal import Storage

/// Waiting operations of one heat pump that go upstream as one update: pure decisions, no I/O.
struct LaneBatch: Sendable {
  /// An operation with its patch read.
  struct Member: Sendable {
    let operation: StoredOperation
    let patch: HeatPumpPatch
  }

  /// How many operations merge at most.
  static let largest = 100

  private(set) var members: [Member] = []
  /// All members' patches, the newest value of each field.
  private(set) var patch = HeatPumpPatch.empty

  /// The operations that may go together: the first, and those right behind it as long as none has
  /// a precondition, since that speaks of the state in which it is written.
  static func candidates(_ open: [StoredOperation]) -> [StoredOperation] {
    guard let first = open.first else { return [] }
    if first.request.precondition != nil { return [first] }
    return Array(open.prefix { $0.request.precondition == nil }.prefix(largest))
  }

  /// When the first operations are to go upstream.
  ///
  /// Events often come in bursts, such as those of a slider, so they wait until none has come for a
  /// while, though not for ever. An operation of anybody else that is due takes those before it
  /// along at once: order is kept, and nobody waits for an event.
  static func due(_ open: [StoredOperation], at now: Timestamp) -> Timestamp {
    guard let first = open.first?.request else { return now }
    if open.contains(where: { $0.request.origin.kind != .hook && $0.request.notBefore <= now }) {
      return now
    }
    let gathered = candidates(open).map(\.request)
    let last = gathered.map(\.notBefore).max() ?? first.notBefore
    let patience = gathered.map(\.gatheringEnd).min() ?? last
    return max(first.notBefore, min(last, first.acceptedAt + longestGathering, patience))
  }

  /// How long events gather at most.
  static let longestGathering = Duration.seconds(10)

  /// The first operations that were sent and are not settled, as far as one body carried them.
  ///
  /// After a batch that was refused, its members go one by one, so they may have been sent
  /// differently; judged together, one of them would be taken for not applied because of another.
  static func sentTogether(_ open: [StoredOperation]) -> [StoredOperation] {
    let sent = open.filter { $0.state == .sent }
    return sent.filter { $0.attempts.last == sent.first?.attempts.last }
  }

  /// Adds an operation if it and what is there already fit together and fit the present values.
  ///
  /// - Throws: ``GatewayFault`` if the rules across fields are broken; the batch is unchanged.
  mutating func add(_ member: Member, against current: HeatPumpDocument) throws(GatewayFault) {
    let merged = patch.merged(with: member.patch)
    try merged.check(against: current)
    patch = merged
    members.append(member)
  }

  /// Adds an operation without a check: it has been sent already.
  mutating func addSent(_ member: Member) {
    patch = patch.merged(with: member.patch)
    members.append(member)
  }

  /// The fields of each member that a later member overtakes, with that member.
  func overtaken(_ index: Int) -> [String: ResourceID] {
    var overtaken: [String: ResourceID] = [:]
    guard index + 1 < members.count else { return overtaken }
    for pointer in members[index].patch.changedPointers {
      let newer = members[(index + 1)...].last { $0.patch.changedPointers.contains(pointer) }
      if let newer { overtaken[pointer] = newer.operation.request.id }
    }
    return overtaken
  }

  /// The fields of a member that nobody overtakes.
  func remaining(_ index: Int) -> [HeatPumpPatch.Assignment] {
    let overtaken = overtaken(index)
    guard !overtaken.isEmpty else { return members[index].patch.assignments }
    return members[index].patch.assignments.filter { overtaken[$0.field.pointer] == nil }
  }

  /// When the members were last sent; `nil` if they were not.
  var sentAt: Timestamp? { members.compactMap { $0.operation.attempts.last?.at }.max() }

  /// How often the members were sent.
  var attempts: Int { members.map { $0.operation.attempts.count }.max() ?? 0 }
}

extension LaneBatch {
  /// One operation alone, which has been sent already or is about to be.
  init(_ member: Member) {
    self.init(members: [member], patch: member.patch)
  }
}

extension NewOperation {
  // Gathering takes half of its time at most: whoever is soon too late does not wait for others.
  fileprivate var gatheringEnd: Timestamp {
    max(notBefore, acceptedAt + (expiresAt - acceptedAt) / 2)
  }
}
