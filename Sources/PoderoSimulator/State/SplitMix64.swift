/// Chance that repeats itself: SplitMix64, a value, so that a state that holds one is a value too.
struct SplitMix64: Sendable {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return Self.mix(state)
  }

  /// A number in `0..<1`.
  mutating func fraction() -> Double { Self.fraction(next()) }

  /// A number in `0..<1` that belongs to `seed` and `number` for good, without any state.
  static func fraction(seed: UInt64, number: Int64) -> Double {
    let salted = seed &+ UInt64(bitPattern: number) &* 0xD1B5_4A32_D192_ED03
    return fraction(mix(salted &+ 0x9E37_79B9_7F4A_7C15))
  }

  private static func fraction(_ bits: UInt64) -> Double { Double(bits >> 11) * 0x1p-53 }

  private static func mix(_ value: UInt64) -> UInt64 {
    var mixed = value
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
