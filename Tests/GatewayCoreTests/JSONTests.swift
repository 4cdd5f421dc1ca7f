import GatewayCore
import TestSupport
import Testing

/// Goal: JSON is read strictly, without loss, and written so that it reads back the same.
/// Method: tables of good and bad texts, and random trees through writer and reader.
@Suite struct JSONTests {
  @Test func `members keep their order and numbers their digits`() throws {
    let text = #"{"b":21.50,"a":[1e2,-0,true,false,null],"c":"x"}"#
    let value = try JSONValue(parsing: Array(text.utf8))
    #expect(value.text == text)
    #expect(value["b"]?.number?.text == "21.50")
    #expect(value.at(pointer: "/a/0")?.number == 100)
  }

  @Test(arguments: [
    (#""\u0041\n\"\\\/\b\f\r\t""#, "A\n\"\\/\u{8}\u{c}\r\t"),
    (#""\uD83D\uDE00""#, "😀"), (#""é€😀""#, "é€😀"), (#""""#, ""),
  ])
  func `strings are unescaped`(text: String, expected: String) throws {
    #expect(try JSONValue(parsing: Array(text.utf8)) == .string(expected))
  }

  @Test func `each character is read and written the same wherever it stands among others`() throws
  {
    for code in UInt8(0)..<128 {
      for place in 0..<18 {
        var bytes = [UInt8](repeating: UInt8(ascii: "x"), count: 18)
        bytes[place] = code
        let value = JSONValue.string(String(decoding: bytes, as: UTF8.self))
        #expect(try JSONValue(parsing: value.encoded) == value)
        let bare = try? JSONValue(parsing: [0x22] + bytes + [0x22])
        let isPlain = code >= 0x20 && code != 0x22 && code != 0x5C
        #expect((bare == value) == isPlain, "\(code) at \(place)")
      }
    }
  }

  @Test(arguments: [
    ("", JSONFault.Reason.unexpectedEnd), ("{", .unexpectedEnd), ("[1,", .unexpectedEnd),
    ("[1,]", .unexpectedCharacter), ("{\"a\":1,}", .unexpectedCharacter),
    ("{a:1}", .unexpectedCharacter), ("01", .invalidNumber), ("1.", .invalidNumber),
    ("-", .invalidNumber), ("+1", .unexpectedCharacter), (".5", .unexpectedCharacter),
    ("NaN", .unexpectedCharacter), ("Infinity", .unexpectedCharacter), ("nul", .unexpectedEnd),
    ("truE", .unexpectedCharacter), ("1 2", .unexpectedCharacter), ("\"a", .unexpectedEnd),
    ("\"\u{1}\"", .invalidEscape), (#""\x""#, .invalidEscape), (#""\u12G4""#, .invalidEscape),
    (#""\uD800""#, .invalidText), (#""\uDC00\uD800""#, .invalidText),
    (#"{"a":1,"a":2}"#, .duplicateKey), (#"{"a":1,"\u0061":2}"#, .duplicateKey),
    (String(repeating: "[", count: 33), .tooDeep),
    (String(repeating: "1", count: 65), .invalidNumber), ("1e400", .invalidNumber),
    ("\u{FEFF}1", .unexpectedCharacter),
  ])
  func `what is not JSON is refused for its reason`(
    text: String, reason: JSONFault.Reason
  ) {
    #expect { try JSONValue(parsing: Array(text.utf8)) } throws: {
      ($0 as? JSONFault)?.reason == reason
    }
  }

  @Test(
    arguments: [
      [0x22, 0x80, 0x22], [0x22, 0xC0, 0xAF, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
      [0x22, 0xF5, 0x80, 0x80, 0x80, 0x22], [0x22, 0xE2, 0x82, 0x22],
      [0x22, 0xF0, 0x80, 0x80, 0x80],
    ] as [[UInt8]])
  func `bytes that are not UTF-8 are refused`(bytes: [UInt8]) {
    #expect { try JSONValue(parsing: bytes) } throws: {
      ($0 as? JSONFault)?.reason == .invalidText
    }
  }

  @Test func `the last of two members wins where that is asked for`() throws {
    let value = try JSONValue(
      parsing: Array(#"{"a":1,"b":2,"a":3}"#.utf8), duplicateKeys: .lastWins)
    #expect(value == ["a": 3, "b": 2])
  }

  @Test func `the text of an object is made member by member`() throws {
    var object = JSONObjectText(room: 1)
    object.append("text", "{")
    object.append("empty") { _ in }
    object.append("inner") { inner in
      inner.append("a", JSONValue.null)
      inner.append("deep") { $0.append("b", "") }
    }
    object.append("none", objects: 0) { _, _ in }
    object.append("list", objects: 2) { $0.append("n", .number(ExactDecimal($1))) }
    object.append("last", .bool(true))
    let expected =
      #"{"text":"{","empty":{},"inner":{"a":null,"deep":{"b":""}},"none":[],"#
      + #""list":[{"n":0},{"n":1}],"last":true}"#
    #expect(String(decoding: object.closed(), as: UTF8.self) == expected)
  }

  @Test func `random trees read back as they were written`() throws {
    let random = SeededRandom(seed: 11)
    for _ in 0..<300 {
      let value = tree(random, depth: 0)
      #expect(try JSONValue(parsing: value.encoded) == value)
      #expect(try JSONValue(parsing: Array(value.prettyText.utf8)) == value)
    }
  }

  @Test func `every cut and every flipped byte is either read or refused`() throws {
    let random = SeededRandom(seed: 13)
    let text = tree(random, depth: 0).encoded + Array(#"{"k":[1.5e3,"ü\u00e9",{}]}"#.utf8)
    for cut in 0..<text.count { _ = try? JSONValue(parsing: Array(text[..<cut])) }
    for index in text.indices {
      var changed = text
      changed[index] = UInt8(truncatingIfNeeded: random.next())
      _ = try? JSONValue(parsing: changed)
    }
    #expect(throws: JSONFault.self) { try JSONValue(parsing: text) }
  }

  @Test func `objects with many members are indexed and compare in any order`() {
    var first = JSONObject()
    var second = JSONObject()
    for index in 0..<40 { first["k\(index)"] = .number(ExactDecimal(index)) }
    for index in (0..<40).reversed() { second["k\(index)"] = .number(ExactDecimal(index)) }
    #expect(first == second)
    #expect(first.hashValue == second.hashValue)
    first["k7"] = nil
    #expect(first["k7"] == nil)
    #expect(first["k39"] == 39)
    #expect(first != second)
  }

  @Test(arguments: ["a", "a/b", "m~n", "~1", "/\u{308}", ""])
  func `a step of a pointer leads to the member of that name`(name: String) throws {
    var object = JSONObject()
    object[name] = 1
    #expect(JSONValue.object(object).at(pointer: pointerStep(name)) == 1)
    #expect(pointerStep("a/b~") == "/a~1b~0")
  }

  @Test func `pointers resolve by RFC 6901`() throws {
    let value = try JSONValue(parsing: Array(#"{"a/b":{"m~n":[10,20]},"":1}"#.utf8))
    #expect(value.at(pointer: "/a~1b/m~0n/1") == 20)
    #expect(value.at(pointer: "/") == 1)
    #expect(value.at(pointer: "") == value)
    #expect(value.at(pointer: "/a~1b/x") == nil)
    #expect(value.at(pointer: "a") == nil)
  }

  @Test(arguments: ["/0/01", "/0/+1", "/0/-1", "/0/-", "/0/2", "/0/", "/~2", "/~"])
  func `a pointer of another form leads nowhere`(pointer: String) {
    let value: JSONValue = [[1, 2], ["~2": 1, "~": 2]]
    #expect(value.at(pointer: pointer) == nil)
    #expect(value[1]?.at(pointer: pointer) == nil)
    #expect(value.replacing(pointer: pointer, with: 3) == value)
  }

  @Test func `a combining character belongs to its key and hides no slash`() {
    let value: JSONValue = ["a": ["\u{301}b": 1]]
    #expect(value.at(pointer: "/a/\u{301}b") == 1)
  }

  @Test func `the value at a pointer is replaced and nothing else`() {
    let value: JSONValue = ["a": [1, ["b/c": 2]], "d": 3]
    #expect(
      value.replacing(pointer: "/a/1/b~1c", with: "x").text == #"{"a":[1,{"b/c":"x"}],"d":3}"#)
    #expect(value.replacing(pointer: "/a/0", with: nil).text == #"{"a":[null,{"b/c":2}],"d":3}"#)
    #expect(value.replacing(pointer: "", with: 1) == 1)
    #expect(value.replacing(pointer: "/e", with: 1) == value)
    #expect(value.replacing(pointer: "/d/e", with: 1) == value)
  }

  private func tree(_ random: SeededRandom, depth: Int) -> JSONValue {
    switch random.next() % (depth > 3 ? 4 : 6) {
    case 0: return .null
    case 1: return .bool(random.next() % 2 == 0)
    case 2:
      let number = ExactDecimal("\(Int64(bitPattern: random.next()) / 3).\(random.next() % 1000)")
      return number.map(JSONValue.number) ?? .null
    case 3:
      let scalars = (0..<Int(random.next() % 8)).map { _ in
        Unicode.Scalar(UInt32(random.next() % 0xD7FF)) ?? "x"
      }
      return .string(String(String.UnicodeScalarView(scalars)))
    case 4: return .array((0..<Int(random.next() % 5)).map { _ in tree(random, depth: depth + 1) })
    default:
      var object = JSONObject()
      for _ in 0..<Int(random.next() % 20) {
        object["k\(random.next() % 50)"] = tree(random, depth: depth + 1)
      }
      return .object(object)
    }
  }
}
