import MicrohttpdServer

// One case a line: what it is, the rule, what becomes of it, and the bytes.

extension HardGroup {
  static let chunks = HardGroup(
    "Chunks",
    [
      .init("empty body", "9112 7.1", .servedLast, chunked(end), body: ""),
      .init(
        "upper case size", "9112 7.1", .servedLast, chunked("A\r\n0123456789\r\n" + end),
        body: "0123456789"),
      .init(
        "leading zeros", "9112 7.1", .servedLast, chunked("0000000003\r\nabc\r\n" + end),
        body: "abc"),
      .init(
        "two hundred zeros", "9112 7.1", .servedLast,
        chunked("\(times(200, "0"))3\r\nabc\r\n" + end), body: "abc"),
      .init(
        "many zeros at the end", "9112 7.1", .servedLast,
        chunked("3\r\nabc\r\n000000000000000000" + end), body: "abc"),
      .init("extension", "9112 7.1", .servedLast, chunked("3;a=b\r\nabc\r\n" + end), body: "abc"),
      .init(
        "quoted extension", "9112 7.1", .servedLast, chunked("3;a=\"b;c\"\r\nabc\r\n" + end),
        body: "abc"),
      .init(
        "extension of 1,000 bytes", "9112 7.1", .servedLast,
        chunked("3;\(times(1000, "a"))\r\nabc\r\n" + end), body: "abc"),
      .init(
        "extension of 20,000 bytes", "9112 7.1", .refused(.library),
        chunked("3;\(times(20000, "a"))\r\nabc\r\n" + end)),
      .init(
        "extension of 1,000,000 bytes", "9112 7.1", .refused(.library),
        chunked("3;\(times(1000000, "a"))\r\nabc\r\n" + end)),
      .init(
        "extension with a bare LF", "9112 7.1", .servedLast, chunked("3;a\nabc\r\n" + end),
        body: "abc"),
      .init(
        "extension with a bare CR", "9112 7.1", .servedLast, chunked("3;a\rb\r\nabc\r\n" + end),
        body: "abc"),
      .init(
        "extension with a NUL", "9112 7.1", .servedLast, chunked("3;a\0b\r\nabc\r\n" + end),
        body: "abc"),
      .init("blank before the extension", "9112 7.1", .page(400), chunked("3 ;a\r\nabc\r\n" + end)),
      .init("blank after the size", "9112 7.1", .page(400), chunked("3 \r\nabc\r\n" + end)),
      .init("blank before the size", "9112 7.1", .page(400), chunked(" 3\r\nabc\r\n" + end)),
      .init("tab before the size", "9112 7.1", .page(400), chunked("\t3\r\nabc\r\n" + end)),
      .init("0x before the size", "9112 7.1", .page(400), chunked("0x3\r\nabc\r\n" + end)),
      .init("plus sign", "9112 7.1", .page(400), chunked("+3\r\nabc\r\n" + end)),
      .init("minus sign", "9112 7.1", .page(400), chunked("-3\r\nabc\r\n" + end)),
      .init("no size", "9112 7.1", .page(400), chunked("\r\nabc\r\n" + end)),
      .init("no hex", "9112 7.1", .page(400), chunked("xyz\r\nabc\r\n" + end)),
      .init("letter after the size", "9112 7.1", .page(400), chunked("3g\r\nabc\r\n" + end)),
      .init("underscore", "9112 7.1", .page(400), chunked("1_0\r\nabc\r\n" + end)),
      .init("comma", "9112 7.1", .page(400), chunked("3,3\r\nabc\r\n" + end)),
      .init("only an extension", "9112 7.1", .page(400), chunked(";a\r\nabc\r\n" + end)),
      .init("2^64 + 3", "9112 7.1", .page(413), chunked("10000000000000003\r\nabc\r\n" + end)),
      .init("32 digits", "9112 7.1", .page(413), chunked("\(times(32, "F"))\r\nabc\r\n" + end)),
      .init(
        "size ends in bare LF", "9112 7.1", .servedLast, chunked("3\nabc\r\n" + end), body: "abc"),
      .init("size ends in bare CR", "9112 7.1", .page(400), chunked("3\rabc\r\n" + end)),
      .init("NUL after the size", "9112 7.1", .page(400), chunked("3\0\r\nabc\r\n" + end)),
      .init(
        "data end in bare LF", "9112 7.1", .servedLast, chunked("3\r\nabc\n" + end), body: "abc"),
      .init("data end in bare CR", "9112 7.1", .page(400), chunked("3\r\nabc\r" + end)),
      .init("data end in nothing", "9112 7.1", .page(400), chunked("3\r\nabc" + end)),
      .init("data longer than the size", "9112 7.1", .page(400), chunked("3\r\nabcd\r\n" + end)),
      .init("data shorter than the size", "9112 7.1", .page(400), chunked("5\r\nabc\r\n" + end)),
      .init(
        "last chunk ends in bare LF", "9112 7.1", .servedLast, chunked("3\r\nabc\r\n0\n\n"),
        body: "abc"),
      .init(
        "blank line is a bare LF", "9112 7.1", .servedLast, chunked("3\r\nabc\r\n0\r\n\n"),
        body: "abc"),
      .init(
        "trailer", "9112 7.1", .servedLast, chunked("3\r\nabc\r\n0\r\nX: y\r\n\r\n"), body: "abc"),
      .init(
        "trailer Content-Length", "9112 7.1", .servedLast,
        chunked("3\r\nabc\r\n0\r\nContent-Length: 38\r\n\r\n"), body: "abc"),
      .init(
        "trailer Transfer-Encoding", "9112 7.1", .servedLast,
        chunked("3\r\nabc\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n"), body: "abc"),
      .init(
        "trailer Host", "9112 7.1", .servedLast, chunked("3\r\nabc\r\n0\r\nHost: g\r\n\r\n"),
        body: "abc"),
      .init(
        "trailer Authorization", "9112 7.1", .servedLast,
        chunked("3\r\nabc\r\n0\r\nAuthorization: Bearer x\r\n\r\n"), body: "abc"),
      .init(
        "trailer without a colon", "9112 7.1", .page(400),
        chunked("3\r\nabc\r\n0\r\nno colon\r\n\r\n")),
      .init(
        "trailer, blank before the colon", "9112 7.1", .servedLast,
        chunked("3\r\nabc\r\n0\r\nX : y\r\n\r\n"), body: "abc"),
      .init(
        "trailer, folded", "9112 7.1", .servedLast, chunked("3\r\nabc\r\n0\r\nX: y\r\n z\r\n\r\n"),
        body: "abc"),
      .init(
        "trailer with a NUL", "9112 7.1", .servedLast, chunked("3\r\nabc\r\n0\r\nX: y\0z\r\n\r\n"),
        body: "abc"),
      .init(
        "thousand trailers", "9112 7.1", .page(431),
        chunked("3\r\nabc\r\n0\(times(1000, "\r\na:b"))\r\n\r\n")),
      .init(
        "trailer of 20,000 bytes", "9112 7.1", .ended,
        chunked("3\r\nabc\r\n0\r\nX: \(times(20000, "a"))\r\n\r\n")),
      .init(
        "2,000 chunks of a byte", "9112 7.1", .servedLast,
        chunked("\(times(2000, "1\r\na\r\n"))" + end)),
      .init(
        "sum above the limit", "9112 7.1", .refused(.bodyTooLarge),
        chunked(times(5, "10000\r\n\(times(65_536, "a"))\r\n") + end)),
      .init(
        "one chunk above the limit", "9112 7.1", .refused(.bodyTooLarge),
        chunked("40001\r\n\(times(262145, "a"))\r\n" + end)),
      .init("ends early, client finishes", "9112 8", .closed, chunked("3\r\nab"), finishes: true),
      .init(
        "no last chunk, client finishes", "9112 8", .closed, chunked("3\r\nabc\r\n"), finishes: true
      ),
    ])

  static let endlessChunks = HardGroup(
    "Chunks that never come", isImpatient: true,
    [
      .init("2^63", "9112 7.1", .refused(.tooSlow), chunked("8000000000000000\r\nabc\r\n" + end)),
      .init(
        "2^64 - 1", "9112 7.1", .refused(.tooSlow), chunked("FFFFFFFFFFFFFFFF\r\nabc\r\n" + end)),
    ])
}
