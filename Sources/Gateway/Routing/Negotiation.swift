import GatewayCore

/// A media type without parameters, such as `application/json`.
struct MediaType: Sendable, Equatable {
  /// The ASCII bytes in lower case.
  let bytes: [UInt8]
  /// Where the slash stands.
  let slash: Int

  init(_ text: String) {
    bytes = Array(text.utf8)
    slash = bytes.firstIndex(of: UInt8(ascii: "/")) ?? bytes.count
  }

  var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// Content negotiation (RFC 9110, section 12.5.1), on the header's bytes: nearly every request
/// carries an `Accept`.
enum Negotiation {
  /// Checks that one of the offers is acceptable.
  ///
  /// - Throws: ``GatewayFault`` (`not-acceptable`).
  static func check(
    _ request: HTTPRequest, _ offers: [MediaType]
  ) throws(GatewayFault) {
    // What has no body suits everybody.
    guard !offers.isEmpty, preferred(request, offers) == nil else { return }
    let names = offers.map(\.text).joined(separator: " or ")
    throw GatewayFault(.notAcceptable, "The answer would be \(names).")
  }

  /// The place of the offer that the caller likes best, the earlier of two equal ones; `nil` if it
  /// takes none. Without an `Accept`, everything is acceptable.
  static func preferred(_ request: HTTPRequest, _ offers: [MediaType]) -> Int? {
    switch request.count(of: .accept) {
    case 0: 0
    case 1:
      request.withHeader(.accept) { accept in
        if let accept { best(accept, offers) } else { 0 }
      }
    default: best((request[.accept] ?? "").utf8.span, offers)
    }
  }

  private static func best(_ accept: Span<UInt8>, _ offers: [MediaType]) -> Int? {
    guard !accept.isEmpty else { return 0 }
    var best: (place: Int, quality: Int)?
    for place in offers.indices {
      let quality = quality(of: offers[place], in: accept)
      if quality > best?.quality ?? 0 { best = (place, quality) }
    }
    return best?.place
  }

  /// The weight of a media type in thousandths: that of the most specific range that covers it.
  static func quality(of offer: MediaType, in accept: Span<UInt8>) -> Int {
    var found = (specificity: 0, quality: 0)
    var start = 0
    while start < accept.count {
      var end = start
      var isQuoted = false
      while end < accept.count, isQuoted || accept[end] != UInt8(ascii: ",") {
        if accept[end] == UInt8(ascii: "\"") { isQuoted.toggle() }
        end += 1
      }
      let element = accept.extracting(start..<end)
      let specificity = MediaRange.specificity(element, offer)
      if specificity > found.specificity { found = (specificity, MediaRange.quality(element)) }
      start = end + 1
    }
    return found.quality
  }
}

/// One element of an `Accept` header.
private enum MediaRange {
  /// 3 for the very type, 2 for `type/*`, 1 for `*/*`, 0 if the element does not cover the type.
  static func specificity(_ element: Span<UInt8>, _ offer: MediaType) -> Int {
    var (start, end) = (0, 0)
    while end < element.count, element[end] != UInt8(ascii: ";") { end += 1 }
    while start < end, isBlank(element[start]) { start += 1 }
    while end > start, isBlank(element[end - 1]) { end -= 1 }
    let name = element.extracting(start..<end)
    if name.count == offer.bytes.count, begins(name, offer.bytes.count, offer) { return 3 }
    guard name.count >= 3, name[name.count - 2] == UInt8(ascii: "/"),
      name[name.count - 1] == UInt8(ascii: "*")
    else { return 0 }
    if name.count == 3, name[0] == UInt8(ascii: "*") { return 1 }
    return name.count == offer.slash + 2 && begins(name, offer.slash, offer) ? 2 : 0
  }

  /// The weight in thousandths (RFC 9110, section 12.4.2). One that cannot be read counts as 1.
  static func quality(_ element: Span<UInt8>) -> Int {
    var index = 0
    while index < element.count {
      let isBorder = element[index] == UInt8(ascii: ";")
      index += 1
      guard isBorder else { continue }
      while index < element.count, isBlank(element[index]) { index += 1 }
      guard index + 2 < element.count, lowercased(element[index]) == UInt8(ascii: "q"),
        element[index + 1] == UInt8(ascii: "=")
      else { continue }
      return thousandths(element, from: index + 2)
    }
    return 1000
  }

  private static func begins(_ name: Span<UInt8>, _ count: Int, _ offer: MediaType) -> Bool {
    for index in 0..<count where lowercased(name[index]) != offer.bytes[index] { return false }
    return true
  }

  private static func thousandths(_ text: Span<UInt8>, from start: Int) -> Int {
    guard text[start] == UInt8(ascii: "0") else { return 1000 }
    guard start + 1 < text.count, text[start + 1] == UInt8(ascii: ".") else { return 0 }
    var (value, scale, index) = (0, 100, start + 2)
    while index < text.count, scale > 0, let digit = hexValue(text[index]), digit < 10 {
      value += Int(digit) * scale
      scale /= 10
      index += 1
    }
    return value
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
  }
}
