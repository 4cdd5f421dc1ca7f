import Glibc

/// Looking for words in lines.
enum Word {
  /// Whether the bytes of `word` occur in `text` at all; fast, since nearly always they don't.
  static func isPresent(_ word: String, in text: String) -> Bool {
    strstr(text, word) != nil
  }

  /// Whether `word` occurs in `line` as a whole.
  ///
  /// No letter, digit, underscore or dot stands before it; where the word itself ends with a
  /// letter, none follows either. So `fingerprint(` and `stream.print(` are no `print(`.
  static func occurs(_ word: String, in line: String) -> Bool {
    guard isPresent(word, in: line) else { return false }
    let (word, line) = (Array(word.utf8), Array(line.utf8))
    guard let last = word.last else { return false }
    return (0...(line.count - word.count)).contains { start in
      let end = start + word.count
      return line[start..<end].elementsEqual(word)
        && (start == 0 || !(isName(line[start - 1]) || line[start - 1] == UInt8(ascii: ".")))
        && (end == line.count || !isName(last) || !isName(line[end]))
    }
  }

  private static func isName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
      true
    default: false
    }
  }
}
