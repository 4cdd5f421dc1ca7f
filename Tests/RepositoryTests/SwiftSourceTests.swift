import Testing

/// Goal: rules about code see code alone, so that neither a sentence nor a string trips them.
/// Method: small pieces of source with the same word in every place where it can stand.
@Suite struct SwiftSourceTests {
  @Test(arguments: [
    ("trap() // trap()", "trap()          "),
    ("a /* trap() /* in */ it */ b", "a                          b"),
    (#"a("trap()", b)"#, "a(        , b)"),
    (#"a("x \(trap("y")) z")"#, "a(     trap(   )    )"),
    (##"a(#"trap() " \(b)"#, c)"##, "a(                 , c)"),
    (##"a(#"\#(trap())"#)"##, "a(     trap()   )"),
    (#"a("\"", trap())"#, "a(    , trap())"),
    ("func `trap() \"here`() {}", "func               () {}"),
  ])
  func `comments, strings and raw identifiers are blank in the code`(text: String, code: String) {
    #expect(SwiftSource(text).code == [code])
  }

  @Test func `comments keep their place`() {
    let source = SwiftSource("a /* b /* c */ d\n e */ f // g\n\"// h\"")
    #expect(source.comments == ["  /* b /* c */ d", " e */   // g", "      "])
    #expect(source.code == ["a               ", "      f     ", "      "])
  }

  @Test func `a string of several lines hides all of them and keeps their number`() {
    let source = SwiftSource("let a = \"\"\"\n  trap() \"quoted\"\n  \\(b)\n  \"\"\"\ntrap()")
    #expect(source.code.count == 5)
    #expect(!source.code[1].contains("trap"))
    #expect(source.code[2].contains("b"))
    #expect(source.code[4] == "trap()")
  }

  @Test func `an unfinished string or comment ends with the text`() {
    #expect(SwiftSource("a(\"b").code == ["a(  "])
    #expect(SwiftSource("a \"b\\").code == ["a    "])
    #expect(SwiftSource("a /* b").comments == ["  /* b"])
    #expect(SwiftSource("`a").code == ["  "])
    #expect(SwiftSource("").code == [""])
  }

  @Test func `a function reaches from its keyword to its closing brace`() {
    let code = SwiftSource(
      """
      protocol P {
        func required() -> Int
        func another(_ a: () -> Void)
      }
      func outer(_ a: () -> Void = { }) {
        func inner() { }
        if a { b() }
      }
      init?(c: Int) {
        self.init(d: c)
      }
      """
    ).code
    #expect(
      FunctionExtent.all(in: code) == [
        FunctionExtent(line: 5, length: 4), FunctionExtent(line: 6, length: 1),
        FunctionExtent(line: 9, length: 3),
      ])
  }
}
