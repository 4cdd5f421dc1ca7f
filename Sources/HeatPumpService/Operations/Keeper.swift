internal import GatewayCore
internal import HeatPumps
internal import ResponseCache
internal import Storage

/// What is to be written behind: answers and settings that came in, and heat pumps that went.
///
/// It is bounded: when the storage is away for long, what does not fit any more is dropped. That
/// costs a read upstream after the next start, and nothing else.
struct Keepsakes: Sendable {
  /// How many answers are remembered at most, and how many settings.
  let most: Int

  private(set) var answers: Set<HeatPumpReference> = []
  private(set) var settings: [SettingsKey: StoredSettings] = [:]
  private(set) var gone: Set<HeatPumpReference> = []

  struct SettingsKey: Hashable, Sendable {
    let heatPump: HeatPumpReference
    let tag: UInt64
  }

  init(most: Int = 50_000) {
    self.most = most
  }

  var isEmpty: Bool { answers.isEmpty && settings.isEmpty && gone.isEmpty }

  mutating func add(answer heatPump: HeatPumpReference) {
    if !gone.isEmpty { gone.remove(heatPump) }
    if answers.count < most { answers.insert(heatPump) }
  }

  mutating func add(settings: StoredSettings) {
    guard self.settings.count < most else { return }
    self.settings[SettingsKey(heatPump: settings.heatPump, tag: settings.tag)] = settings
  }

  /// Notes that settings are in force again, or still.
  ///
  /// - Returns: whether they wait here already.
  mutating func renew(_ heatPump: HeatPumpReference, _ tag: UInt64, at now: Timestamp) -> Bool {
    guard let place = settings.index(forKey: SettingsKey(heatPump: heatPump, tag: tag)) else {
      return false
    }
    settings.values[place].seenAt = max(settings.values[place].seenAt, now)
    return true
  }

  mutating func remove(_ heatPump: HeatPumpReference) {
    answers.remove(heatPump)
    gone.insert(heatPump)
  }

  func settings(_ heatPump: HeatPumpReference, _ tag: UInt64) -> StoredSettings? {
    settings[SettingsKey(heatPump: heatPump, tag: tag)]
  }

  /// Takes up to `count` answers and all the rest out.
  mutating func take(_ count: Int) -> Keepsakes {
    var taken = self
    taken.answers = Set(answers.prefix(count))
    answers.subtract(taken.answers)
    settings = [:]
    gone = []
    return taken
  }

  /// Puts back what could not be written, unless something newer has come.
  mutating func putBack(_ others: Keepsakes) {
    for answer in others.answers where !gone.contains(answer) { add(answer: answer) }
    for (key, value) in others.settings where settings[key] == nil {
      guard settings.count < most else { break }
      settings[key] = value
    }
    for heatPump in others.gone where !answers.contains(heatPump) { gone.insert(heatPump) }
  }
}

extension StoredSettings {
  /// The settings that an answer shows.
  init(_ heatPump: HeatPumpReference, _ entry: CachedHeatPump, seenAt: Timestamp) {
    self.init(
      heatPump: heatPump, tag: entry.settingsTag, values: entry.document.settings,
      seenAt: seenAt)
  }
}
