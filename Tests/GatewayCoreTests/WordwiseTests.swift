import GatewayCore
import TestSupport
import Testing

/// Goal: what is read eight bytes at a time means the same as read byte by byte.
/// Method: seeded chance against plain loops, at each alignment and at lengths around a word's.
@Suite struct WordwiseTests {
  @Test func `plain text ends where the first byte stands that is not plain`() {
    for seed in 0..<400 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      for length in 0...40 {
        let bytes = texts(length, &random)
        let start = Int.random(in: 0...min(9, length), using: &random)
        let whole = start + (length - start) / 8 * 8
        let special = (start..<whole).first { !isPlain(bytes[$0]) }
        #expect(bytes.span.skippingPlainText(from: start) == special ?? whole, "seed \(seed)")
      }
    }
  }

  @Test func `texts are written into JSON as a plain writer writes them`() {
    for seed in 0..<400 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      for length in 0...40 {
        let text = String(decoding: texts(length, &random), as: UTF8.self)
        var written = Array("before ".utf8)
        appendJSONString(text, to: &written)
        let expected = text.unicodeScalars.map(escaped).joined()
        #expect(String(decoding: written, as: UTF8.self) == "before \"\(expected)\"")
        #expect(needsEscapes(text) == (expected != text), "seed \(seed), length \(length)")
      }
    }
  }

  @Test func `hexadecimal text is read as a plain reader reads it`() {
    for seed in 0..<2000 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      let bytes = (0..<Int(seed % 23)).map { _ in random.next() }
        .map { UInt8(truncatingIfNeeded: $0) }
      let text = Array(bytes.flatMap { [hexDigit($0 >> 4), hexDigit($0 & 15)] })
      #expect(Hexadecimal.bytes(text.span) == bytes)
      guard !text.isEmpty else { continue }
      let spoilt = damaged(String(decoding: text, as: UTF8.self), "09afAFgG@`:/-", &random)
      let digits = spoilt.map { hexValue($0) }
      let expected = stride(from: 0, to: digits.count - 1, by: 2).map { place in
        (digits[place] ?? 0) << 4 | (digits[place + 1] ?? 0)
      }
      let isWhole = !digits.contains(nil) && digits.count % 2 == 0
      #expect(Hexadecimal.bytes(spoilt.span) == (isWhole ? expected : nil), "seed \(seed)")
    }
  }

  @Test func `a byte is found wherever it stands, and nowhere else`() {
    for seed in 0..<200 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      let bytes = (0..<40).map { _ in UInt8.random(in: 0x7E...0x81, using: &random) }
      for byte in UInt8(0x7D)...0x82 {
        let start = Int.random(in: 0...12, using: &random)
        let range = start..<Int.random(in: start...min(start + 20, 40), using: &random)
        #expect(bytes.span.contains(byte, in: range) == bytes[range].contains(byte), "seed \(seed)")
      }
    }
  }

  @Test func `words are made of bytes, wherever they end`() {
    let bytes = (1...40).map { UInt8($0 * 6) }
    for start in 0..<bytes.count {
      for end in start...min(start + 8, bytes.count) {
        let expected = (start..<end).reversed().reduce(0) { $0 << 8 | UInt64(bytes[$1]) }
        #expect(bytes.span.word(of: start..<end) == expected, "\(start) \(end)")
      }
    }
    #expect([-1, 0, 39, 40, .max, .min].map { bytes.span.peek($0) } == [0, 6, 240, 0, 0, 0])
  }

  @Test func `strings end, and are refused, where a plain reader says`() {
    for seed in 0..<400 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      for length in 0...40 {
        let bytes = [UInt8](repeating: 0x20, count: Int(seed % 9)) + [0x22] + texts(length, &random)
        var position = Int(seed % 9)
        let read = try? JSONGrammar.scanString(bytes.span, at: &position)
        let expected = endOfString(bytes[(Int(seed % 9) + 1)...])
        #expect(read?.content.upperBound == expected?.end, "seed \(seed), length \(length)")
        #expect(read?.escaped == expected?.escaped, "seed \(seed), length \(length)")
      }
    }
  }

  @Test func `ids are read as a plain reader reads them`() {
    for seed in 0..<5000 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      let bytes = damaged("d3b07384-D113-4ec6-A7D4-5f0f8e1c2b3a", "0189afAFgG@`:/-", &random)
      #expect(ResourceID(bytes.span) == plainID(bytes), "\(String(decoding: bytes, as: UTF8.self))")
      if let id = ResourceID(bytes.span) {
        #expect(id.bytes == bytes.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 })
      }
    }
  }

  @Test func `times are read as a plain reader reads them`() {
    let times = [
      "2026-11-24T08:38:51.042337Z", "2024-02-29t23:59:60+23:59", "0001-01-01T00:00:00Z",
      "2000-12-31T00:00:00.1-00:30", "1900-03-01T12:30:00z",
    ]
    for seed in 0..<5000 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      let bytes = damaged(times[Int(seed % 5)], "0123456789:-+.TtZz/", &random)
      #expect(
        Timestamp(rfc3339: bytes.span)?.microseconds == plainTime(bytes),
        "\(String(decoding: bytes, as: UTF8.self))")
    }
  }

  // Mostly letters, so that special bytes stand alone.
  private func texts(_ length: Int, _ random: inout SeededRandom) -> [UInt8] {
    let special: [[UInt8]] = [
      [0x22], [0x5C], [0x1F], [0x00], [0x7F], [0x80], [0xC3, 0xBC], [0xE2, 0x82, 0xAC], [0x20],
      [0xF0, 0x9F, 0x98, 0x80], [0xED, 0xA0, 0x80], [0xC0, 0x80], [0x21], [0x23], [0x5B], [0x5D],
      Array("\\n".utf8), Array("\\u00e9".utf8), Array("\\ud83d\\ude00".utf8), Array("\\ud83d".utf8),
    ]
    var bytes: [UInt8] = []
    while bytes.count < length {
      let isSpecial = Int.random(in: 0..<12, using: &random) == 0
      bytes += isSpecial ? special.randomElement(using: &random) ?? [] : [0x61]
    }
    return Array(bytes.prefix(length))
  }

  private func escaped(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\"", "\\": "\\\(scalar)"
    case "\n": "\\n"
    case "\r": "\\r"
    case "\t": "\\t"
    case "\0"..<" ", "\u{7F}":
      "\\u00" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
    default: String(scalar)
    }
  }

  private func isPlain(_ byte: UInt8) -> Bool {
    byte >= 0x20 && byte < 0x80 && byte != 0x22 && byte != 0x5C
  }

  // Where the closing quote stands; `nil` if the text in front of it, or its lack, is an error.
  private func endOfString(_ rest: ArraySlice<UInt8>) -> (end: Int, escaped: Bool)? {
    var (position, escaped) = (rest.startIndex, false)
    while position < rest.endIndex, rest[position] != 0x22 {
      if rest[position] < 0x20 { return nil }
      guard rest[position] == 0x5C else {
        position += 1
        continue
      }
      escaped = true
      guard let length = lengthOfEscape(rest[position...]) else { return nil }
      position += length
    }
    guard position < rest.endIndex,
      String(validating: rest[..<position], as: UTF8.self) != nil
    else { return nil }
    return (position, escaped)
  }

  private func lengthOfEscape(_ rest: ArraySlice<UInt8>) -> Int? {
    guard let kind = rest.dropFirst().first else { return nil }
    if kind != 0x75 { return "\"\\/bfnrt".utf8.contains(kind) ? 2 : nil }
    guard let first = unit(rest) else { return nil }
    if !(0xD800...0xDFFF).contains(first) { return 6 }
    guard first < 0xDC00, let second = unit(rest.dropFirst(6)), (0xDC00...0xDFFF).contains(second)
    else { return nil }
    return 12
  }

  private func unit(_ rest: ArraySlice<UInt8>) -> Int? {
    guard rest.count >= 6, rest.starts(with: "\\u".utf8) else { return nil }
    let digits = rest.dropFirst(2).prefix(4).map { hexValue($0) }
    return digits.contains(nil) ? nil : digits.reduce(0) { $0 << 4 | Int($1 ?? 0) }
  }

  private func damaged(
    _ text: String, _ alphabet: String, _ random: inout SeededRandom
  ) -> [UInt8] {
    var bytes = Array(text.utf8)
    for _ in 0..<Int.random(in: 0...2, using: &random) {
      let place = Int.random(in: 0..<bytes.count, using: &random)
      switch Int.random(in: 0..<8, using: &random) {
      case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.remove(at: place)
      case 2: bytes.insert(UInt8(ascii: "0"), at: place)
      default: bytes[place] = alphabet.utf8.randomElement(using: &random) ?? 0
      }
    }
    return bytes
  }

  private func plainID(_ bytes: [UInt8]) -> ResourceID? {
    guard bytes.count == 36 else { return nil }
    var digits: [UInt64] = []
    for (place, byte) in bytes.enumerated() {
      if [8, 13, 18, 23].contains(place) {
        guard byte == UInt8(ascii: "-") else { return nil }
      } else {
        guard let value = hexValue(byte) else { return nil }
        digits.append(UInt64(value))
      }
    }
    return ResourceID(
      high: digits[..<16].reduce(0) { $0 << 4 | $1 }, low: digits[16...].reduce(0) { $0 << 4 | $1 })
  }

  private func plainTime(_ bytes: [UInt8]) -> Int64? {
    guard let text = String(validating: bytes, as: UTF8.self), bytes.count <= 64,
      let match = text.uppercased().wholeMatch(
        of: /(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d)/.asciiOnlyDigits())
    else { return nil }
    let fields = [match.1, match.2, match.3, match.4, match.5, match.6].map { Int64($0) ?? 0 }
    let (year, month, day) = (fields[0], fields[1], fields[2])
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let months: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard year >= 1, month >= 1, month <= 12, day >= 1, day <= months[Int(month) - 1],
      fields[3] <= 23, fields[4] <= 59, fields[5] <= 60
    else { return nil }
    let past = year - 1
    let days =
      past * 365 + past / 4 - past / 100 + past / 400 + months[..<(Int(month) - 1)].reduce(0, +)
      + day - 1 - 719_162
    var seconds = days * 86_400 + fields[3] * 3600 + fields[4] * 60 + fields[5]
    if match.8 != "Z" {
      let zone = match.8.dropFirst().split(separator: ":").map { Int64($0) ?? 0 }
      guard zone[0] <= 23, zone[1] <= 59 else { return nil }
      seconds -= (match.8.first == "-" ? -1 : 1) * (zone[0] * 3600 + zone[1] * 60)
    }
    let fraction = (match.7 ?? "").dropFirst().prefix(6)
    let scale = repeatElement(10 as Int64, count: 6 - fraction.count).reduce(1, *)
    return seconds * 1_000_000 + (Int64(fraction) ?? 0) * scale
  }
}
