internal import GatewayCore

/// What the change desk has still to do, in the order of arrival; pure.
///
/// While the desk keeps up, each answer is looked at. While it does not, as when the storage is
/// away, of each heat pump the oldest and the newest answer stay: against the one, the other shows
/// what has changed. So the queue is bounded by the number of heat pumps, and that has a bound,
/// too.
struct ObservationQueue: Sendable {
  /// The tasks of one heat pump, in their order.
  struct Entry: Sendable {
    let address: HeatPumpAddress
    var tasks: [DeskTask]
  }

  /// How many heat pumps wait at most, apart from those of which no answer would say the same
  /// again: that one is gone is said once, and so is that all have been listed.
  let most: Int
  /// How many answers found no room. What they would have shown, the next answer shows.
  private(set) var dropped = 0

  private var tasks: [HeatPumpAddress: [DeskTask]] = [:]
  private var order: [HeatPumpAddress] = []

  init(most: Int = 50_000) {
    self.most = most
  }

  /// How many heat pumps wait.
  var count: Int { order.count }

  /// Adds a task behind those of its heat pump.
  mutating func append(_ task: DeskTask, of address: HeatPumpAddress) {
    if tasks[address] != nil {
      Self.append(task, to: &tasks[address, default: []])
    } else if order.count < most || !task.comesAgain {
      tasks[address] = [task]
      order.append(address)
    } else {
      dropped += 1
    }
  }

  /// Takes the tasks of the heat pumps that have waited longest.
  mutating func take(_ count: Int) -> [Entry] {
    let taken = order.prefix(count)
    order.removeFirst(taken.count)
    return taken.map { Entry(address: $0, tasks: tasks.removeValue(forKey: $0) ?? []) }
  }

  /// Puts back what could not be done, before what has come since.
  mutating func putBack(_ entries: [Entry]) {
    let missing = entries.filter { tasks[$0.address] == nil }.map(\.address)
    order.insert(contentsOf: missing, at: 0)
    for entry in entries {
      var merged = entry.tasks
      for task in tasks[entry.address] ?? [] { Self.append(task, to: &merged) }
      tasks[entry.address] = merged
    }
  }

  // A heat pump that comes and goes all the time must not fill the memory.
  private static let longest = 6

  private static func append(_ task: DeskTask, to tasks: inout [DeskTask]) {
    switch (tasks.dropLast().last, tasks.last, task) {
    case (.observe, .observe(let older), .observe(let newer)):
      tasks[tasks.count - 1] = .observe(older.overtaken(by: newer))
    case (_, .remove, .remove):
      break
    default:
      tasks.append(task)
      if tasks.count > longest { tasks.removeFirst() }
    }
  }
}
