/// Where a function begins and how long it is.
struct FunctionExtent: Sendable, Equatable {
  /// The line of its keyword, counted from 1.
  let line: Int
  /// From the keyword's line through that of the closing brace.
  let length: Int

  /// All functions with a body, outer and inner ones.
  ///
  /// - Parameter code: lines without comments and strings, see ``SwiftSource/code``.
  static func all(in code: [String]) -> [FunctionExtent] {
    code.indices.compactMap { index in
      guard let column = keywordEnd(in: code[index]) else { return nil }
      return end(of: code, from: index, column: column).map {
        FunctionExtent(line: index + 1, length: $0 - index + 1)
      }
    }
  }

  private static func keywordEnd(in line: String) -> String.Index? {
    for keyword in ["func ", "init(", "init?(", "init<", "deinit ", "subscript("] {
      guard Word.occurs(keyword, in: line), let range = line.firstRange(of: keyword) else {
        continue
      }
      // The parenthesis belongs to what follows.
      return keyword.hasSuffix("(") ? line.index(before: range.upperBound) : range.upperBound
    }
    return nil
  }

  // Braces within parentheses are default arguments. A brace that closes, or another function,
  // before the first one opens means a requirement without a body.
  private static func end(of code: [String], from first: Int, column: String.Index) -> Int? {
    var (parentheses, braces) = (0, 0)
    for index in first..<code.count {
      if index > first, braces == 0, keywordEnd(in: code[index]) != nil { return nil }
      for character in index == first ? code[index][column...] : code[index][...] {
        switch character {
        case "(" where braces == 0: parentheses += 1
        case ")" where braces == 0: parentheses -= 1
        case "{" where parentheses == 0: braces += 1
        case "}" where parentheses == 0:
          braces -= 1
          if braces == 0 { return index }
          if braces < 0 { return nil }
        default: break
        }
      }
    }
    return nil
  }
}
