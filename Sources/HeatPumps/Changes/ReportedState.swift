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
    while position < bytes.count {
      guard position + 2 < bytes.count else { return nil }
      let key = UInt16(bytes[position]) << 8 | UInt16(bytes[position + 1])
      position += 2
      let start = position
      guard let (damper, _) = ValueCoding.skip(bytes[...], at: &position) else { return nil }
      guard let index = WatchedField.indices[key] else { continue }
      if let damper { dampers[index] = damper } else { values[index] = start..<position }
    }
  }

  /// The coded value of a field, `nil` if listeners know none.
  func coded(_ index: Int) -> ArraySlice<UInt8>? {
    values[index].isEmpty ? nil : bytes[values[index]]
  }

  /// The value of a field; `nil` if listeners know none, or its bytes are damaged.
  func value(_ index: Int) -> JSONValue? {
    guard let coded = coded(index) else { return nil }
    var position = coded.startIndex
    return ValueCoding.value(coded, at: &position)
  }

  func damper(_ index: Int) -> FlapDamper? {
    dampers[index].flatMap { FlapDamper(payload: bytes[$0]) }
  }

  /// The coded value of a field without a damper, which has nothing to tell as long as it stays.
  func undamped(_ index: Int) -> ArraySlice<UInt8>? {
    dampers.isEmpty || dampers[index] == nil ? coded(index) : nil
  }
}

extension ReportedState {
  /// A state under construction, field by field in the order of the table.
  struct Builder {
    private(set) var bytes: [UInt8] = [ReportedState.version]

    mutating func append(_ index: Int, coded: some Collection<UInt8>) {
      key(index)
      bytes.append(contentsOf: coded)
    }

    mutating func append(_ index: Int, _ damper: FlapDamper) {
      key(index)
      ValueCoding.append(
        damper: damper.payload(of: WatchedField.all[index].field.kind), to: &bytes)
    }

    private mutating func key(_ index: Int) {
      let key = WatchedField.all[index].key
      bytes.append(UInt8(key >> 8))
      bytes.append(UInt8(key & 255))
    }
  }
}
