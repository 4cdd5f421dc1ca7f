import GatewayCore
import TestSupport
import Testing

/// Goal: the small values behave as their documentation says.
/// Method: tables.
@Suite struct ValueTests {
  @Test(arguments: [
    ("21.5", "21.50"), ("21.5", "2.15e1"), ("0", "-0.00"), ("100", "1E2"), ("-0.5", "-5e-1"),
  ])
  func `equal decimals are equal and hash alike`(left: String, right: String) throws {
    let (a, b) = (try #require(ExactDecimal(left)), try #require(ExactDecimal(right)))
    #expect(a == b)
    #expect(a.hashValue == b.hashValue)
    #expect(!(a < b) && !(b < a))
    #expect(a.text == left && b.text == right)
  }

  @Test func `decimals are ordered by value`() throws {
    let texts = [
      "-100", "-21.6", "-21.5", "-0.1", "0", "5e-324", "1e-5", "0.1", "9", "21.5", "21.51", "1e3",
      "1e308",
    ]
    let numbers = try texts.map { try #require(ExactDecimal($0)) }
    for (i, left) in numbers.enumerated() {
      for (j, right) in numbers.enumerated() {
        #expect((left < right) == (i < j), "\(left) \(right)")
      }
    }
  }

  @Test func `decimals of few digits compare as with exponents, for which there is another way`()
    throws
  {
    for seed in 0..<4000 as Range<UInt64> {
      var random = SeededRandom(seed: seed)
      let texts = (0..<2).map { _ in
        let digits = (0...Int.random(in: 0..<18, using: &random)).map { _ in
          String(Int.random(in: 0...2, using: &random))
        }
        let whole = Int(digits.prefix(Int.random(in: 1...digits.count, using: &random)).joined())
        let fraction = Bool.random(using: &random) ? "." + digits.joined() : ""
        return (Bool.random(using: &random) ? "-" : "") + String(whole ?? 0) + fraction
      }
      let plain = try texts.map { try #require(ExactDecimal($0)) }
      let powers = try texts.map { try #require(ExactDecimal($0 + "e0")) }
      #expect((plain[0] < plain[1]) == (powers[0] < powers[1]), "\(texts)")
      #expect((plain[0] == plain[1]) == (powers[0] == powers[1]), "\(texts)")
      #expect(plain[0] == powers[0] && plain[0].integer == powers[0].integer, "\(texts)")
    }
  }

  @Test(arguments: ["", "abc", "1.", ".5", "01", "1e", "NaN", "1e400", " 1", "1 ", "0x1"])
  func `what is not a decimal is refused`(text: String) {
    #expect(ExactDecimal(text) == nil)
  }

  @Test func `whole decimals have an integer`() throws {
    #expect(try #require(ExactDecimal("2.0e2")).integer == 200)
    #expect(try #require(ExactDecimal("-7")).integer == -7)
    #expect(try #require(ExactDecimal("0.0")).integer == 0)
    #expect(try #require(ExactDecimal("7.5")).integer == nil)
    #expect(try #require(ExactDecimal("1e30")).integer == nil)
  }

  @Test func `ids are read in either case and written in lower case`() {
    let text = "3C90C3CC-0d44-4b50-8888-8dd25736052a"
    #expect(ResourceID(text)?.description == text.lowercased())
    for bad in [
      "", "3c90c3cc0d444b5088888dd25736052a", "{3c90c3cc-0d44-4b50-8888-8dd25736052a}",
      "3c90c3cc-0d44-4b50-8888-8dd25736052", "3c90c3cc-0d44-4b50-8888-8dd25736052g",
      "3c90c3cc_0d44-4b50-8888-8dd25736052a",
    ] {
      #expect(ResourceID(bad) == nil, "\(bad)")
    }
  }

  @Test func `pooled chance never hands out a number twice, whoever asks`() async {
    let random = PooledRandomSource()
    let numbers = await withTaskGroup { group in
      for _ in 0..<8 { group.addTask { (0..<1000).map { _ in random.next() } } }
      return await group.reduce(into: []) { $0 += $1 }
    }
    #expect(Set(numbers).count == 8000)
    // Each bit is one about as often as it is zero.
    for bit in 0..<64 {
      let ones = numbers.count { $0 >> UInt64(bit) & 1 == 1 }
      #expect((3500...4500).contains(ones), "bit \(bit)")
    }
  }

  @Test func `new ids are version 7, ordered in time and different`() {
    let random = SeededRandom(seed: 3)
    let early = random.timeOrderedID(at: Timestamp(microseconds: 1_700_000_000_000_000))
    let late = random.timeOrderedID(at: Timestamp(microseconds: 1_700_000_000_001_000))
    #expect(early < late)
    #expect(Array(early.description)[14] == "7")
    #expect("89ab".contains(Array(early.description)[19]))
  }

  @Test func `a secret prints nowhere`() {
    let secret = Secret("hunter2-canary")
    var dumped = ""
    dump(secret, to: &dumped)
    for text in ["\(secret)", String(reflecting: secret), String(describing: [secret]), dumped] {
      #expect(!text.contains("hunter2"))
    }
    #expect("\(secret)" == "<redacted>")
    #expect(secret == Secret("hunter2-canary"))
    #expect(secret != Secret("hunter2-canarz"))
    #expect(secret != Secret("hunter2"))
  }

  @Test func `a secret lends its bytes and can be prefixed`() {
    let secret = Secret("abc").prefixed(by: "Bearer ")
    let text = secret.withBytes { bytes in
      String(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
    }
    #expect(text == "Bearer abc")
    #expect(secret.count == 10)
  }

  @Test func `wiping a secret leaves the caller's bytes alone`() {
    let bytes = Array("abc".utf8)
    do {
      let secret = Secret(bytes)
      #expect(secret.count == 3)
    }
    #expect(bytes == Array("abc".utf8))
  }
}
