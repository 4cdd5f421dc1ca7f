import MicrohttpdServer

// One case a line: what it is, the rule, what becomes of it, and the bytes.

extension HardGroup {
  static let headers = HardGroup(
    "Headers",
    [
      .init("no value", "9112 5", .served, get(header: "X:")),
      .init("blanks around the value", "9112 5", .served, get(header: "X: \t a \t ")),
      .init("bytes above 0x7F", "9112 5", .served, get(header: "X: \u{E4}\u{FF}")),
      .init("no blank after the colon", "9112 5", .served, get(header: "X:a")),
      .init("tab in the value", "9112 5", .served, get(header: "X: a\tb")),
      .init("colons in the value", "9112 5", .served, get(header: "X: a:b:c")),
      .init(
        "one name a hundred letters long", "9112 5", .served, get(header: "\(times(100, "X")): a")),
      .init("blank before the colon", "9112 5", .refused(.badHeader), get(header: "X : a")),
      .init("tab before the colon", "9112 5", .refused(.badHeader), get(header: "X\t: a")),
      .init("blank in the name", "9112 5", .refused(.badHeader), get(header: "X Y: a")),
      .init("no colon", "9112 5", .page(400), get(header: "no colon")),
      .init("no name", "9112 5", .refused(.badHeadLayout), get(header: ": a")),
      .init("parenthesis in the name", "9112 5", .refused(.badHeader), get(header: "X(a): a")),
      .init("slash in the name", "9112 5", .refused(.badHeader), get(header: "X/a: a")),
      .init("byte 0x80 in the name", "9112 5", .refused(.badHeader), get(header: "X\u{80}: a")),
      .init("NUL in the name", "9112 5", .page(400), get(header: "X\0a: a")),
      .init("bare CR in the name", "9112 5", .refused(.badHeader), get(header: "X\ra: a")),
      .init("byte 0x01 in the name", "9112 5", .refused(.badHeader), get(header: "X\u{1}: a")),
      .init("DEL in the name", "9112 5", .refused(.badHeader), get(header: "X\u{7F}: a")),
      .init("quotes in the name", "9112 5", .refused(.badHeader), get(header: "\"X\": a")),
      .init("NUL in the value", "9112 5", .refused(.badHeadLayout), get(header: "X: a\0b")),
      .init("NUL at the end", "9112 5", .refused(.badHeadLayout), get(header: "X: a\0")),
      .init("bare CR in the value", "9112 5", .refused(.badHeader), get(header: "X: a\rb")),
      .init("bare CR at the end", "9112 5", .refused(.badHeader), get(header: "X: a\r")),
      .init("bare LF in the value", "9112 5", .page(400), get(header: "X: a\nb")),
      .init(
        "bare LF, and a header behind it", "9112 5", .refused(.badHeadLayout),
        get(header: "X: a\nY: b")),
      .init("byte 0x01 in the value", "9112 5", .refused(.badHeader), get(header: "X: a\u{1}b")),
      .init("byte 0x08 in the value", "9112 5", .refused(.badHeader), get(header: "X: a\u{8}b")),
      .init("vertical tab in the value", "9112 5", .refused(.badHeader), get(header: "X: a\u{B}b")),
      .init("escape byte in the value", "9112 5", .refused(.badHeader), get(header: "X: a\u{1B}b")),
      .init("DEL in the value", "9112 5", .refused(.badHeader), get(header: "X: a\u{7F}")),
      .init("folded with a blank", "9112 5", .refused(.badHeadLayout), get(header: "X: a\r\n b")),
      .init("folded with a tab", "9112 5", .refused(.badHeadLayout), get(header: "X: a\r\n\tb")),
      .init("folded with nothing", "9112 5", .refused(.badHeadLayout), get(header: "X: a\r\n ")),
      .init(
        "folded into a request line", "9112 5", .refused(.badHeader),
        get(header: "X: a\r\n GET /behind HTTP/1.1")),
      .init(
        "Authorization twice", "9112 5", .refused(.repeatedHeader),
        get(header: "Authorization: a\r\nAuthorization: b")),
      .init(
        "X-API-Key twice", "9112 5", .refused(.repeatedHeader),
        get(header: "X-API-Key: a\r\nX-API-Key: a")),
      .init(
        "Content-Type twice", "9112 5", .refused(.repeatedHeader),
        get(header: "Content-Type: a/b\r\nContent-Type: a/b")),
      .init("Accept twice", "9112 5", .served, get(header: "Accept: a/b\r\nAccept: c/d")),
      .init(
        "head just above the limit", "9112 5", .refused(.headTooLarge),
        get(header: "X: \(times(8192, "a"))")),
      .init("header of 20,000 bytes", "9112 5", .page(431), get(header: "X: \(times(20000, "a"))")),
      .init(
        "header of 1,000,000 bytes", "9112 5", .page(431), get(header: "X: \(times(1000000, "a"))")),
      .init("name of 20,000 bytes", "9112 5", .page(431), get(header: "\(times(20000, "X")): a")),
      .init("200 headers", "9112 5", .page(431), get(header: "\(times(199, "a:b\r\n"))a:b")),
      .init("1,000 headers", "9112 5", .page(431), get(header: "\(times(999, "a:b\r\n"))a:b")),
      .init("100,000 headers", "9112 5", .page(431), get(header: "\(times(99999, "a:b\r\n"))a:b")),
      .init(
        "cookie of 6,000 bytes", "9112 5", .refused(.library),
        get(header: "Cookie: \(times(1500, "a=b;"))")),
      .init(
        "cookie of 4,000 pieces", "9112 5", .refused(.library),
        get(header: "Cookie: \(times(4000, ";"))")),
      .init(
        "first line begins with a blank", "9112 2.2", .refused(.badHeader),
        "GET / HTTP/1.1\r\n Host: h\r\n\r\n"),
      .init("first line is blank", "9112 2.2", .page(400), line("GET / HTTP/1.1\r\n ")),
      .init(
        "head ends in CR LF LF", "9112 2.2", .refused(.badHeadLayout),
        "GET / HTTP/1.1\r\nHost: h\r\n\n"),
      .init(
        "head ends in LF CR LF", "9112 2.2", .refused(.badHeadLayout),
        "GET / HTTP/1.1\r\nHost: h\n\r\n"),
      .init("head ends in CR CR LF", "9112 2.2", .page(400), "GET / HTTP/1.1\r\nHost: h\r\n\r\r\n"),
    ])
}
