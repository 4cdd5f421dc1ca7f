internal import GatewayCore

/// What is remembered of a status that changed lately, to tell a change from a flap.
///
/// A status that returns to what it was before, or changes too often, is held: it is told again
/// only when it has stayed the same for a while, and then what it is by then. A status that has
/// been quiet for long has no damper.
struct FlapDamper: Equatable {
  struct Held: Equatable {
    /// What the last answer showed.
    var seen: JSONValue
    /// Since when.
    var since: Timestamp
  }

  /// When a change was last told.
  private(set) var toldAt: Timestamp
  /// What was told before that.
  private(set) var before: JSONValue
  /// The beginning of the hour in which changes are counted.
  private(set) var hourStart: Timestamp
  /// The changes in that hour.
  private(set) var count: Int
  /// What it shows while it is not told; `nil` if all is told.
  private(set) var held: Held?

  private static let hour = Duration.seconds(3600)

  /// Takes the next answer's value.
  ///
  /// - Parameters:
  ///   - damper: what is remembered so far; afterwards, what is to be remembered.
  ///   - value: what the answer shows.
  ///   - told: what listeners know.
  /// - Returns: whether `value` is to be told now.
  static func admits(
    _ damper: inout FlapDamper?, _ field: Field, _ value: JSONValue, told: JSONValue,
    at now: Timestamp, _ settings: ChangeSettings
  ) -> Bool {
    let isTold = field.isSameToListeners(value, told)
    guard var current = damper else {
      if !isTold { damper = FlapDamper(before: told, at: now) }
      return !isTold
    }
    current.enterHour(now)
    let admits: Bool
    if current.held != nil {
      admits = current.releases(field, value, at: now, settings) && !isTold
    } else {
      admits = !isTold && current.isNoFlap(field, value, at: now, settings)
    }
    if admits {
      current.before = told
      current.toldAt = now
    }
    damper = current.isForgettable(at: now, settings) ? nil : current
    return admits
  }

  private init(before: JSONValue, at now: Timestamp) {
    toldAt = now
    self.before = before
    hourStart = now
    count = 1
  }

  // A clock that was set back must not hold anything for longer than it was set back by.
  private mutating func enterHour(_ now: Timestamp) {
    toldAt = min(toldAt, now)
    if let since = held?.since { held?.since = min(since, now) }
    if now < hourStart || now - hourStart >= Self.hour {
      hourStart = now
      count = 0
    }
  }

  private mutating func releases(
    _ field: Field, _ value: JSONValue, at now: Timestamp, _ settings: ChangeSettings
  ) -> Bool {
    guard let current = held, field.isSameToListeners(value, current.seen) else {
      held = Held(seen: value, since: now)
      count += 1
      return false
    }
    guard now - current.since >= settings.stableFor else { return false }
    held = nil
    return true
  }

  private mutating func isNoFlap(
    _ field: Field, _ value: JSONValue, at now: Timestamp, _ settings: ChangeSettings
  ) -> Bool {
    count += 1
    let flipsBack =
      field.isSameToListeners(value, before) && now - toldAt < settings.flipBackWindow
    guard flipsBack || count > settings.changesPerHour else { return true }
    held = Held(seen: value, since: now)
    return false
  }

  private func isForgettable(at now: Timestamp, _ settings: ChangeSettings) -> Bool {
    held == nil && now - toldAt >= max(settings.flipBackWindow, Self.hour)
  }
}

extension FlapDamper {
  /// The damper in few bytes, for ``ReportedState``.
  func payload(of kind: FieldKind) -> [UInt8] {
    var out: [UInt8] = []
    ValueCoding.append(UInt64(bitPattern: toldAt.microseconds), to: &out)
    ValueCoding.append(UInt64(bitPattern: hourStart.microseconds), to: &out)
    out.append(UInt8(clamping: count))
    ValueCoding.append(before, of: kind, to: &out)
    if let held {
      ValueCoding.append(UInt64(bitPattern: held.since.microseconds), to: &out)
      ValueCoding.append(held.seen, of: kind, to: &out)
    }
    return out
  }

  /// Reads ``payload(of:)``; `nil` if the bytes are damaged.
  init?(payload: ArraySlice<UInt8>) {
    guard payload.count > 17 else { return nil }
    let start = payload.startIndex
    toldAt = Timestamp(microseconds: Int64(bitPattern: ValueCoding.word(payload, start)))
    hourStart = Timestamp(microseconds: Int64(bitPattern: ValueCoding.word(payload, start + 8)))
    count = Int(payload[start + 16])
    var position = start + 17
    guard let before = ValueCoding.value(payload, at: &position) else { return nil }
    self.before = before
    guard position < payload.endIndex else { return }
    guard payload.endIndex - position > 8 else { return nil }
    let since = Timestamp(
      microseconds: Int64(bitPattern: ValueCoding.word(payload, position)))
    position += 8
    guard let seen = ValueCoding.value(payload, at: &position), position == payload.endIndex else {
      return nil
    }
    held = Held(seen: seen, since: since)
  }
}
