extension JSONValue {
  /// The value at a JSON Pointer (RFC 6901), such as `/pause/until`; the empty pointer is the
  /// value itself.
  ///
  /// - Returns: `nil` where the pointer leads nowhere, and for a pointer of another form.
  public func at(pointer: String) -> JSONValue? {
    guard let tokens = pointerTokens(pointer) else { return nil }
    var value = self
    for token in tokens {
      guard let next = value[key: token] else { return nil }
      value = next
    }
    return value
  }

  /// This value with another one at a JSON Pointer (RFC 6901); unchanged where the pointer leads
  /// nowhere.
  public func replacing(pointer: String, with replacement: JSONValue) -> JSONValue {
    guard let tokens = pointerTokens(pointer) else { return self }
    return replacing(tokens[...], with: replacement)
  }

  private func replacing(
    _ tokens: ArraySlice<String>, with replacement: JSONValue
  ) -> JSONValue {
    guard let token = tokens.first else { return replacement }
    guard let next = self[key: token]?.replacing(tokens.dropFirst(), with: replacement) else {
      return self
    }
    switch self {
    case .object(var object):
      object[token] = next
      return .object(object)
    case .array(var elements):
      if let index = arrayIndex(token) { elements[index] = next }
      return .array(elements)
    default: return self
    }
  }

  private subscript(key token: String) -> JSONValue? {
    self[token] ?? arrayIndex(token).flatMap { self[$0] }
  }
}

/// A member's name as one step of a JSON Pointer: escaped, behind a slash (RFC 6901, section 3).
public func pointerStep(_ name: some StringProtocol) -> String {
  guard name.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else {
    return "/" + name
  }
  // By code points: a combining character behind a slash would hide it among characters.
  var step = "/".unicodeScalars
  for scalar in name.unicodeScalars {
    switch scalar {
    case "~": step.append(contentsOf: "~0".unicodeScalars)
    case "/": step.append(contentsOf: "~1".unicodeScalars)
    default: step.append(scalar)
    }
  }
  return String(step)
}

// Split and unescaped by bytes, which for these ASCII characters is by code points (RFC 6901,
// section 3): a combining character behind a slash belongs to the key and does not hide the slash.
private func pointerTokens(_ pointer: String) -> [String]? {
  guard pointer.utf8.first == UInt8(ascii: "/") else { return pointer.isEmpty ? [] : nil }
  var tokens: [String] = []
  let parts = pointer.utf8.dropFirst().split(
    separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
  for part in parts {
    guard let token = unescaped(Substring(part)) else { return nil }
    tokens.append(token)
  }
  return tokens
}

private func unescaped(_ part: Substring) -> String? {
  guard part.utf8.contains(UInt8(ascii: "~")) else { return String(part) }
  var token = String.UnicodeScalarView()
  var rest = part.unicodeScalars
  while let scalar = rest.popFirst() {
    guard scalar == "~" else {
      token.append(scalar)
      continue
    }
    switch rest.popFirst() {
    case "0": token.append("~")
    case "1": token.append("/")
    default: return nil
    }
  }
  return String(token)
}

// Digits without a leading zero (RFC 6901, section 4).
private func arrayIndex(_ token: String) -> Int? {
  let digits = token.utf8
  guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }),
    digits.count == 1 || digits.first != 0x30
  else { return nil }
  return Int(token)
}
