import GatewayCore

/// The upstream's list of actions, written from its own bytes: to make a tree of values just to
/// leave out a member would cost as much as writing all the rest.
///
/// It does so for lists as they nearly always are: of objects, without blanks and escapes, without
/// lists and objects in them, and with no name twice. What others mean, the tree says. The bytes
/// have passed the grammar before.
enum PlainActions {
  // More than the upstream's actions have.
  private static let memberLimit = 8

  /// Writes the list that stands in a range.
  ///
  /// - Parameter hidden: the name of the member that is left out of each object.
  /// - Returns: `false`, with nothing written, if the list is not plain.
  static func write(
    _ bytes: Span<UInt8>, _ range: Range<Int>, without hidden: Span<UInt8>,
    into out: inout RunWriter
  ) -> Bool {
    // Of a text with a DEL, too, an escape may be made.
    guard !bytes.contains(UInt8(ascii: "\\"), in: range), !bytes.contains(0x7F, in: range) else {
      return false
    }
    let start = out.count
    var position = range.lowerBound
    repeat {
      out.append(bytes[position])
      position += 1
      guard bytes.peek(position) == UInt8(ascii: "{"),
        object(bytes, at: &position, without: hidden, into: &out)
      else {
        out.takeBack(to: start)
        return false
      }
    } while bytes.peek(position) == UInt8(ascii: ",")
    guard position == range.upperBound - 1 else {
      out.takeBack(to: start)
      return false
    }
    out.append(UInt8(ascii: "]"))
    return true
  }

  private static func object(
    _ bytes: Span<UInt8>, at position: inout Int, without hidden: Span<UInt8>,
    into out: inout RunWriter
  ) -> Bool {
    var names = InlineArray<8, Range<Int>>(repeating: 0..<0)
    var (count, isFirst) = (0, true)
    out.append(UInt8(ascii: "{"))
    position += 1
    guard bytes.peek(position) != UInt8(ascii: "}") else { return end(&position, &out) }
    while count < memberLimit {
      let start = position
      guard let name = member(bytes, at: &position) else { return false }
      for earlier in 0..<count where isSame(bytes, names[earlier], bytes, name) { return false }
      names[count] = name
      count += 1
      if !isSame(bytes, name, hidden, hidden.indices) {
        if !isFirst { out.append(UInt8(ascii: ",")) }
        out.append(bytes, start..<position)
        isFirst = false
      }
      if bytes.peek(position) == UInt8(ascii: "}") { return end(&position, &out) }
      guard bytes.peek(position) == UInt8(ascii: ",") else { return false }
      position += 1
    }
    return false
  }

  private static func end(_ position: inout Int, _ out: inout RunWriter) -> Bool {
    position += 1
    out.append(UInt8(ascii: "}"))
    return true
  }

  // The name of a member, behind which `position` is left.
  private static func member(_ bytes: Span<UInt8>, at position: inout Int) -> Range<Int>? {
    guard let name = try? JSONGrammar.scanString(bytes, at: &position).content,
      bytes.peek(position) == UInt8(ascii: ":")
    else { return nil }
    position += 1
    guard let kind = try? JSONGrammar.kind(bytes, at: position), kind != .array, kind != .object,
      (try? JSONGrammar.skipValue(bytes, at: &position)) != nil
    else { return nil }
    return name
  }

  private static func isSame(
    _ left: Span<UInt8>, _ name: Range<Int>, _ right: Span<UInt8>, _ other: Range<Int>
  ) -> Bool {
    name.count == other.count
      && (0..<name.count).allSatisfy {
        left[name.lowerBound + $0] == right[other.lowerBound + $0]
      }
  }
}
