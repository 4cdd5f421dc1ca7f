/// Lets a file with duplicate keys be parsed to its end, so that they are reported together with
/// everything else.
///
/// The parser stops at the first mapping with a duplicate. The first character of the key it names
/// is then replaced by one from a private plane of Unicode, which makes the key unique and keeps
/// all places as they were; ``restore(_:)`` gives the key back.
struct DuplicateKeyRepair {
  /// How many duplicates are repaired before the file is given up.
  static let limit = 32

  private(set) var text: String
  private var originals: [Unicode.Scalar] = []

  private static let firstStandIn: UInt32 = 0xF_0000

  init(_ text: String) {
    self.text = text
  }

  /// Makes the key at `position` unique.
  ///
  /// - Returns: whether that was possible.
  mutating func rename(keyAt position: Position) -> Bool {
    var scalars = Array(text.unicodeScalars)
    guard originals.count < DuplicateKeyRepair.limit,
      let standIn = Unicode.Scalar(
        DuplicateKeyRepair.firstStandIn + UInt32(originals.count)),
      originals.count > 0 || !scalars.contains(where: { $0.value >= 0xF_0000 }),
      var index = DuplicateKeyRepair.index(of: position, in: scalars)
    else { return false }
    if scalars[index] == "\"" || scalars[index] == "'" { index += 1 }
    guard index < scalars.count,
      scalars[index].properties.isAlphabetic || scalars[index].properties.numericType != nil
        || "/_.-".unicodeScalars.contains(scalars[index])
    else { return false }
    originals.append(scalars[index])
    scalars[index] = standIn
    text = String(String.UnicodeScalarView(scalars))
    return true
  }

  /// The key as it stands in the file.
  func restore(_ key: String) -> String {
    guard let first = key.unicodeScalars.first,
      first.value >= DuplicateKeyRepair.firstStandIn,
      case let index = Int(first.value - DuplicateKeyRepair.firstStandIn),
      index < originals.count
    else { return key }
    return String(originals[index]) + String(key.unicodeScalars.dropFirst())
  }

  private static func index(of position: Position, in scalars: [Unicode.Scalar]) -> Int? {
    var line = 1
    var index = 0
    while line < position.line {
      guard index < scalars.count else { return nil }
      switch scalars[index] {
      case "\r":
        if index + 1 < scalars.count, scalars[index + 1] == "\n" { index += 1 }
        line += 1
      case "\n", "\u{85}", "\u{2028}", "\u{2029}": line += 1
      default: break
      }
      index += 1
    }
    index += position.column - 1
    return index < scalars.count ? index : nil
  }
}
