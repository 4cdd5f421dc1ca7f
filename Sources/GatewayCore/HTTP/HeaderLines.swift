/// The header lines of an answer, kept as bytes: of dozens that come, hardly one is ever read.
public struct HeaderLines: Sendable, Equatable {
  private struct Line: Sendable, Equatable {
    var nameEnd: Int
    var end: Int
  }

  // Name and value of each line, one after another.
  private var text: [UInt8] = []
  private var lines: [Line] = []

  /// Creates no lines.
  public init() {}

  /// Creates lines from texts.
  public init(_ headers: [HTTPResponse.Header]) {
    for header in headers { append(header.name.utf8.span, header.value.utf8.span) }
  }

  /// Whether there is none.
  public var isEmpty: Bool { lines.isEmpty }

  /// All of them, in their order. Bytes that are no UTF-8 become replacement characters.
  public var all: [HTTPResponse.Header] {
    lines.indices.map { HTTPResponse.Header(string(nameRange($0)), string(valueRange($0))) }
  }

  /// The first value of a header, its name compared without regard to case.
  public subscript(name: String) -> String? {
    lines.indices.first { isNamed($0, name.utf8.span) }.map { string(valueRange($0)) }
  }

  /// Appends a line.
  public mutating func append(_ name: Span<UInt8>, _ value: Span<UInt8>) {
    if text.isEmpty { text.reserveCapacity(512) }
    text.append(copying: name)
    let nameEnd = text.count
    text.append(copying: value)
    lines.append(Line(nameEnd: nameEnd, end: text.count))
  }

  /// Lets the last value go on after a blank.
  ///
  /// - Returns: whether there is a last value.
  public mutating func extendLast(_ more: Span<UInt8>) -> Bool {
    guard let last = lines.indices.last else { return false }
    text.append(UInt8(ascii: " "))
    text.append(copying: more)
    lines[last].end = text.count
    return true
  }

  /// Forgets all lines, but not the memory.
  public mutating func removeAll() {
    text.removeAll(keepingCapacity: true)
    lines.removeAll(keepingCapacity: true)
  }

  /// The lines but those of some names.
  public func removing(_ names: [String]) -> HeaderLines {
    var kept = HeaderLines()
    for index in lines.indices where !names.contains(where: { isNamed(index, $0.utf8.span) }) {
      kept.append(text.span.extracting(nameRange(index)), text.span.extracting(valueRange(index)))
    }
    return kept
  }

  private func nameRange(_ index: Int) -> Range<Int> {
    (index == 0 ? 0 : lines[index - 1].end)..<lines[index].nameEnd
  }

  private func valueRange(_ index: Int) -> Range<Int> { lines[index].nameEnd..<lines[index].end }

  private func isNamed(_ index: Int, _ name: Span<UInt8>) -> Bool {
    let range = nameRange(index)
    guard range.count == name.count else { return false }
    for offset in 0..<name.count
    where lowercase(text[range.lowerBound + offset]) != lowercase(name[offset]) {
      return false
    }
    return true
  }

  private func string(_ range: Range<Int>) -> String {
    unsafe text.span.extracting(range).withUnsafeBufferPointer {
      unsafe String(decoding: $0, as: UTF8.self)
    }
  }
}

private func lowercase(_ byte: UInt8) -> UInt8 {
  byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
}
