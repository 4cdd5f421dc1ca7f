import GatewayCore

/// The parameters of a query or a form; of equal names the first counts.
struct QueryString: Sendable {
  private var values: [String: String] = [:]

  init() {}

  init(_ bytes: some Sequence<UInt8>) {
    for pair in Array(bytes).split(separator: UInt8(ascii: "&")) {
      let parts = pair.split(
        separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      let name = Self.decoded(parts[0])
      guard values[name] == nil else { continue }
      values[name] = parts.count > 1 ? Self.decoded(parts[1]) : ""
    }
  }

  subscript(name: String) -> String? { values[name] }

  private static func decoded(_ text: ArraySlice<UInt8>) -> String {
    var out: [UInt8] = []
    var index = text.startIndex
    while index < text.endIndex {
      let byte = text[index]
      if byte == UInt8(ascii: "%"), index + 2 < text.endIndex, let high = hexValue(text[index + 1]),
        let low = hexValue(text[index + 2])
      {
        out.append(high << 4 | low)
        index += 3
        continue
      }
      out.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
      index += 1
    }
    return String(decoding: out, as: UTF8.self)
  }
}
