internal import GatewayCore

/// What listeners know of one heat pump, in one row of bytes: a version, then per known field its
/// key and its value, and for a status that changed lately its damper.
struct ReportedState {
  private static let version: UInt8 = 1

  let bytes: [UInt8]
  // By index in `WatchedField.all`; empty where nothing is known.
  private var values: [Range<Int>]
  private var dampers: [Int: Range<Int>] = [:]

  /// Reads a state. Fields that the table no longer has are dropped.
  ///
  /// - Returns: `nil` if the bytes are no state, or damaged.
  init?(_ bytes: [UInt8]) {
    self.bytes = bytes
    values = [Range<Int>](repeating: 0..<0, count: WatchedField.all.count)
    guard bytes.first == Self.version else { return nil }
    var position = 1
    // Fields stand in the order of the table, so nearly always the next is the next there.
    var expected = 0
    while position < bytes.count {
      guard position + 2 < bytes.count else { return nil }
      let key = UInt16(bytes[position]) << 8 | UInt16(bytes[position + 1])
      position += 2
      let start = position
      guard let (damper, _) = ValueCoding.skip(bytes.span, at: &position) else { return nil }
      while expected < values.count, WatchedField.places[expected].key != key { expected += 1 }
      if expected == values.count { expected = WatchedField.indices[key] ?? values.count }
      let index = expected
      guard index < values.count else { continue }
      if let damper { dampers[index] = damper } else { values[index] = start..<position }
    }
  }

  /// The value of a field; `nil` if listeners know none, or its bytes are damaged.
  func value(_ index: Int) -> JSONValue? {
    guard let place = place(index) else { return nil }
    var position = place.lowerBound
    return ValueCoding.value(bytes[place], at: &position)
  }

  func damper(_ index: Int) -> FlapDamper? {
    dampers[index].flatMap { FlapDamper(payload: bytes[$0]) }
  }

  /// Whether any field has a damper.
  var isDamped: Bool { !dampers.isEmpty }

  /// Where the coded value of a field stands, `nil` if listeners know none.
  func place(_ index: Int) -> Range<Int>? {
    values[index].isEmpty ? nil : values[index]
  }

  /// Where the coded value of a field without a damper stands, which has nothing to tell as long as
  /// it stays.
  func undamped(_ index: Int) -> Range<Int>? {
    dampers.isEmpty || dampers[index] == nil ? place(index) : nil
  }
}

extension ReportedState {
  /// A state under construction, field by field in the order of the table.
  struct Builder {
    private(set) var bytes: [UInt8]

    init() {
      bytes = []
      // What a state takes, so that it seldom has to move while it grows.
      bytes.reserveCapacity(768)
      bytes.append(ReportedState.version)
    }

    mutating func append(_ index: Int, coded: Span<UInt8>) {
      key(index)
      bytes.append(copying: coded)
    }

    mutating func append(_ index: Int, _ damper: FlapDamper) {
      key(index)
      ValueCoding.append(
        damper: damper.payload(of: WatchedField.all[index].field.kind), to: &bytes)
    }

    private mutating func key(_ index: Int) {
      let key = WatchedField.places[index].key
      bytes.append(UInt8(key >> 8))
      bytes.append(UInt8(key & 255))
    }
  }
}
