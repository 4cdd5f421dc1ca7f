internal import GatewayCore

/// What listeners know of one heat pump, in one row of bytes: a version, then per known field its
/// key and its value, and for a status that changed lately its damper; in the order of the table.
struct ReportedState {
  /// What listeners know of one field.
  struct Entry {
    /// Where all of it stands, keys included.
    let place: Range<Int>
    /// Its value.
    let value: ValueCoding.Item?
    /// Where its damper's payload stands.
    let damper: Range<Int>?

    /// The value, which has nothing to tell as long as it stays; `nil` if there is a damper.
    var undamped: ValueCoding.Item? { damper == nil ? value : nil }
  }

  /// Where the first field's entry begins.
  static let start = 1

  private static let version: UInt8 = 1

  /// The row; empty if listeners know nothing.
  let bytes: [UInt8]

  /// Takes over what a ``Builder`` has made, or nothing.
  init(known bytes: [UInt8]) { self.bytes = bytes }

  /// Reads a state that was stored, by another release maybe: fields that the table no longer has
  /// are dropped, and those that have moved in it take their places.
  ///
  /// - Returns: `nil` if the bytes are no state, or damaged.
  init?(stored bytes: [UInt8]) {
    guard bytes.first == Self.version else { return nil }
    var items: [(index: Int, place: Range<Int>)] = []
    var isInOrder = true
    var position = Self.start
    while position < bytes.count {
      let start = position
      guard let key = Self.key(bytes, at: start) else { return nil }
      position += Self.keyLength
      guard ValueCoding.item(bytes.span, at: &position) != nil else { return nil }
      guard let index = WatchedField.indices[key] else {
        isInOrder = false
        continue
      }
      if let last = items.last, last.index > index { isInOrder = false }
      items.append((index, start..<position))
    }
    if isInOrder {
      self.bytes = bytes
      return
    }
    var ordered = [Self.version]
    for index in WatchedField.places.indices {
      for item in items where item.index == index { ordered += bytes[item.place] }
    }
    self.bytes = ordered
  }

  /// What is known of the field with a key, whose entry is the next if there is one; `position` is
  /// left behind it.
  func entry(_ key: UInt16, at position: inout Int) -> Entry? {
    let start = position
    var value: ValueCoding.Item?
    var damper: Range<Int>?
    while Self.key(bytes, at: position) == key {
      position += Self.keyLength
      guard let item = ValueCoding.item(bytes.span, at: &position) else { return nil }
      if item.kind == .damper { damper = item.content } else { value = item }
    }
    guard position > start else { return nil }
    return Entry(place: start..<position, value: value, damper: damper)
  }

  /// The value of an entry; `nil` if there is none, or its bytes are damaged.
  func value(_ entry: Entry) -> JSONValue? {
    guard let place = entry.value?.place else { return nil }
    var position = place.lowerBound
    return ValueCoding.value(bytes[place], at: &position)
  }

  /// The value of any field, looked for from the start.
  func value(at index: Int) -> JSONValue? {
    var position = Self.start
    var entry: Entry?
    for place in WatchedField.places[...index] { entry = self.entry(place.key, at: &position) }
    return entry.flatMap { value($0) }
  }

  func damper(_ entry: Entry) -> FlapDamper? {
    entry.damper.flatMap { FlapDamper(payload: bytes[$0]) }
  }

  private static let keyLength = 2

  // An item takes at least one byte more.
  private static func key(_ bytes: [UInt8], at position: Int) -> UInt16? {
    guard position + keyLength < bytes.count else { return nil }
    return UInt16(bytes[position]) << 8 | UInt16(bytes[position + 1])
  }
}

extension ReportedState {
  /// A state under construction, field by field in the order of the table, out of a former one.
  ///
  /// What stays as it was is copied in runs, as long as they may be; where all of it stays, nothing
  /// is.
  struct Builder {
    private let former: [UInt8]
    // What was kept last and is not copied yet.
    private var run: Range<Int>
    private var built: [UInt8] = []

    init(former: ReportedState) {
      self.former = former.bytes
      run = 0..<min(ReportedState.start, former.bytes.count)
      guard former.bytes.isEmpty else { return }
      // What a state takes, so that it seldom has to move while it grows.
      built.reserveCapacity(768)
      built.append(ReportedState.version)
    }

    /// Keeps an entry of the former state as it is.
    mutating func keep(_ entry: Entry) {
      if entry.place.lowerBound != run.upperBound {
        copyRun()
        run = entry.place
      } else {
        run = run.lowerBound..<entry.place.upperBound
      }
    }

    mutating func append(_ index: Int, coded: Span<UInt8>) {
      copyRun()
      appendKey(index)
      built.append(copying: coded)
    }

    mutating func append(_ index: Int, _ damper: FlapDamper) {
      copyRun()
      appendKey(index)
      ValueCoding.append(
        damper: damper.payload(of: WatchedField.all[index].field.kind), to: &built)
    }

    /// The new state's bytes, without room to grow: these rows are many and live long.
    mutating func finish() -> [UInt8] {
      if built.isEmpty, run.count == former.count { return former }
      copyRun()
      var bytes: [UInt8] = []
      bytes.reserveCapacity(built.count)
      bytes.append(copying: built.span)
      return bytes
    }

    private mutating func copyRun() {
      guard !run.isEmpty else { return }
      let former = former
      // Most states stay about as long as they are.
      if built.isEmpty { built.reserveCapacity(former.count + 64) }
      built.append(copying: former.span.extracting(run))
      run = run.upperBound..<run.upperBound
    }

    private mutating func appendKey(_ index: Int) {
      let key = WatchedField.places[index].key
      built.append(UInt8(key >> 8))
      built.append(UInt8(key & 255))
    }
  }
}
