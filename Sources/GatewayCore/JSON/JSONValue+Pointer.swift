extension JSONValue {
  /// The value at a JSON Pointer (RFC 6901), such as `/pause/until`; the empty pointer is the
  /// value itself.
  ///
  /// - Returns: `nil` where the pointer leads nowhere, and for a pointer of another form.
  public func at(pointer: String) -> JSONValue? {
    // Token by token, without a list of them: rules look at each event in this way.
    let bytes = pointer.utf8.span
    guard !bytes.isEmpty else { return self }
    guard bytes[0] == slash else { return nil }
    var value = self
    var start = 1
    while start <= bytes.count {
      var end = start
      while end < bytes.count, bytes[end] != slash { end += 1 }
      guard let token = pointerToken(bytes.extracting(start..<end)), let next = value[key: token]
      else { return nil }
      value = next
      start = end + 1
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
public func pointerStep(_ name: some StringProtocol) -> String { pointerStep(String(name)) }

/// A member's name as one step of a JSON Pointer: escaped, behind a slash (RFC 6901, section 3).
public func pointerStep(_ name: String) -> String {
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

private let slash = UInt8(ascii: "/")
private let tilde = UInt8(ascii: "~")

// Split and unescaped by bytes, which for these ASCII characters is by code points (RFC 6901,
// section 3): a combining character behind a slash belongs to the key and does not hide the slash.
private func pointerTokens(_ pointer: String) -> [String]? {
  let bytes = pointer.utf8.span
  guard !bytes.isEmpty else { return [] }
  guard bytes[0] == slash else { return nil }
  var tokens: [String] = []
  var start = 1
  while start <= bytes.count {
    var end = start
    while end < bytes.count, bytes[end] != slash { end += 1 }
    guard let token = pointerToken(bytes.extracting(start..<end)) else { return nil }
    tokens.append(token)
    start = end + 1
  }
  return tokens
}

// One token without its escapes; `nil` for an escape that there is not.
private func pointerToken(_ part: Span<UInt8>) -> String? {
  var isPlain = true
  for index in part.indices where part[index] == tilde { isPlain = false }
  if isPlain {
    return unsafe part.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
  }
  var token: [UInt8] = []
  var position = 0
  while position < part.count {
    let byte = part[position]
    position += 1
    guard byte == tilde else {
      token.append(byte)
      continue
    }
    guard position < part.count else { return nil }
    switch part[position] {
    case UInt8(ascii: "0"): token.append(tilde)
    case UInt8(ascii: "1"): token.append(slash)
    default: return nil
    }
    position += 1
  }
  return String(decoding: token, as: UTF8.self)
}

// Digits without a leading zero (RFC 6901, section 4).
private func arrayIndex(_ token: String) -> Int? {
  let digits = token.utf8
  guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }),
    digits.count == 1 || digits.first != 0x30
  else { return nil }
  return Int(token)
}
