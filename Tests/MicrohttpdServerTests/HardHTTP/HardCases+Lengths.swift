import MicrohttpdServer

// One case a line: what it is, the rule, what becomes of it, and the bytes.

extension HardGroup {
  static let contentLength = HardGroup(
    "Content-Length",
    [
      .init("right", "9110 8.6", .served, post("abc", "Content-Length: 3"), body: "abc"),
      .init("leading zeros", "9110 8.6", .served, post("abc", "Content-Length: 0003"), body: "abc"),
      .init(
        "blanks around it", "9110 8.6", .refused(.library), post("abc", "Content-Length: \t3\t ")),
      .init("plus sign", "9110 8.6", .refused(.library), post("abc", "Content-Length: +3")),
      .init("minus sign", "9110 8.6", .refused(.library), post("abc", "Content-Length: -3")),
      .init(
        "list of equal ones", "9110 8.6", .refused(.library), post("abc", "Content-Length: 3, 3")),
      .init(
        "list without blank", "9110 8.6", .refused(.library), post("abc", "Content-Length: 3,3")),
      .init(
        "list of different ones", "9110 8.6", .refused(.library),
        post("abc", "Content-Length: 3, 4")),
      .init("hexadecimal", "9110 8.6", .refused(.library), post("abc", "Content-Length: 0x3")),
      .init("fraction", "9110 8.6", .refused(.library), post("abc", "Content-Length: 3.0")),
      .init("exponent", "9110 8.6", .refused(.library), post("abc", "Content-Length: 3e0")),
      .init("parameter", "9110 8.6", .refused(.library), post("abc", "Content-Length: 3;a")),
      .init("letters", "9110 8.6", .refused(.library), post("abc", "Content-Length: abc")),
      .init("blank inside", "9110 8.6", .refused(.library), post("abc", "Content-Length: 1 0")),
      .init("underscore", "9110 8.6", .refused(.library), post("abc", "Content-Length: 1_0")),
      .init("empty", "9110 8.6", .refused(.library), post("abc", "Content-Length: ")),
      .init("quotes", "9110 8.6", .refused(.library), post("abc", "Content-Length: \"3\"")),
      .init(
        "digits of another script", "9110 8.6", .refused(.library),
        post("abc", "Content-Length: \u{EF}\u{BC}\u{93}")),
      .init(
        "vertical tab behind", "9110 8.6", .refused(.library), post("abc", "Content-Length: 3\u{B}")
      ),
      .init(
        "form feed before", "9110 8.6", .refused(.library), post("abc", "Content-Length: \u{C}3")),
      .init("NUL behind", "9110 8.6", .refused(.badHeadLayout), post("abc", "Content-Length: 3\0")),
      .init(
        "NUL inside", "9110 8.6", .refused(.badHeadLayout), post("abc", "Content-Length: 1\00")),
      .init("bare CR behind", "9110 8.6", .refused(.library), post("abc", "Content-Length: 3\r")),
      .init(
        "2^63", "9110 8.6", .refused(.bodyTooLarge),
        post("abc", "Content-Length: 9223372036854775808")),
      .init(
        "2^64", "9110 8.6", .refused(.library), post("abc", "Content-Length: 18446744073709551616")),
      .init(
        "2^64 + 3", "9110 8.6", .refused(.library),
        post("abc", "Content-Length: 18446744073709551619")),
      .init(
        "minus one as 64 bits", "9110 8.6", .refused(.bodyTooLarge),
        post("abc", "Content-Length: 18446744073709551615")),
      .init(
        "hundred digits", "9110 8.6", .refused(.library),
        post("abc", "Content-Length: \(times(100, "9"))")),
      .init(
        "hundred zeros and a 3", "9110 8.6", .served,
        post("abc", "Content-Length: \(times(100, "0"))3"), body: "abc"),
      .init(
        "twice, the same", "9112 6.3", .refused(.badContentLength),
        post("abc", "Content-Length: 3", "Content-Length: 3")),
      .init(
        "twice, different", "9112 6.3", .refused(.badContentLength),
        post("abc", "Content-Length: 3", "Content-Length: 30")),
      .init(
        "twice, zero first", "9112 6.3", .refused(.badContentLength),
        post("", "Content-Length: 0", "Content-Length: 38")),
      .init(
        "twice in other letters", "9112 6.3", .refused(.badContentLength),
        post("abc", "Content-Length: 3", "CONTENT-LENGTH: 4")),
      .init(
        "blank before the colon", "9112 5.1", .refused(.badHeader), post("", "Content-Length : 38")),
      .init(
        "with an underscore: another header", "9110 5.1", .served, post("", "Content_Length: 38")),
      .init(
        "in HTTP/1.0", "9112 6.2", .servedLast,
        "POST / HTTP/1.0\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", body: "abc"),
      .init(
        "one byte above the limit", "9110 15.5.14", .refused(.bodyTooLarge),
        post("", "Content-Length: 262145")),
      .init(
        "above the limit, Expect", "9110 10.1.1", .refused(.bodyTooLarge),
        post("", "Content-Length: 262145", "Expect: 100-continue")),
      .init(
        "body longer than declared", "9112 6.3", .servedLast,
        post("abcGARBAGE\r\n\r\n", "Content-Length: 3"), body: "abc"),
      .init(
        "body ends early, client finishes", "9112 8", .closed, post("ab", "Content-Length: 1000"),
        finishes: true),
    ])

  static let transferEncoding = HardGroup(
    "Transfer-Encoding",
    [
      .init(
        "chunked", "9112 7.1", .servedLast,
        post("3\r\nabc\r\n" + end, "Transfer-Encoding: chunked"), body: "abc"),
      .init(
        "in other letters", "9112 7.1", .servedLast,
        post("3\r\nabc\r\n" + end, "Transfer-Encoding: CHUNKED"), body: "abc"),
      .init(
        "blanks around it", "9112 7.1", .refused(.unknownTransferCoding),
        post("3\r\nabc\r\n" + end, "Transfer-Encoding:  \tchunked\t ")),
      .init(
        "chunked twice", "9112 6.1", .refused(.unknownTransferCoding),
        post("3\r\nabc\r\n" + end, "Transfer-Encoding: chunked, chunked")),
      .init(
        "comma behind", "9112 6.1", .refused(.unknownTransferCoding),
        post("3\r\nabc\r\n" + end, "Transfer-Encoding: chunked,")),
      .init(
        "comma before", "9112 6.1", .refused(.unknownTransferCoding),
        post("3\r\nabc\r\n" + end, "Transfer-Encoding: , chunked")),
      .init(
        "gzip, chunked", "9112 6.1", .refused(.unknownTransferCoding),
        post("3\r\nabc\r\n" + end, "Transfer-Encoding: gzip, chunked")),
      .init(
        "chunked, gzip", "9112 6.1", .refused(.unknownTransferCoding),
        post("3\r\nabc\r\n" + end, "Transfer-Encoding: chunked, gzip")),
      .init(
        "identity", "9112 6.1", .refused(.unknownTransferCoding),
        post("3\r\nabc\r\n" + end, "Transfer-Encoding: identity")),
      .init(
        "identity, chunked", "9112 6.1", .refused(.unknownTransferCoding),
        post("3\r\nabc\r\n" + end, "Transfer-Encoding: identity, chunked")),
      .init(
        "chunked, identity", "9112 6.1", .refused(.unknownTransferCoding),
        post("3\r\nabc\r\n" + end, "Transfer-Encoding: chunked, identity")),
      .init(
        "unknown", "9112 6.1", .refused(.unknownTransferCoding),
        post("3\r\nabc\r\n" + end, "Transfer-Encoding: xyz")),
      .init(
        "letter before", "9112 6.1", .refused(.unknownTransferCoding),
        post("3\r\nabc\r\n" + end, "Transfer-Encoding: xchunked")),
      .init(
        "letter behind", "9112 6.1", .refused(.unknownTransferCoding),
        post("3\r\nabc\r\n" + end, "Transfer-Encoding: chunkedx")),
      .init(
        "parameter", "9112 6.1", .refused(.unknownTransferCoding),
        post("3\r\nabc\r\n" + end, "Transfer-Encoding: chunked;q=1")),
      .init(
        "quotes", "9112 6.1", .refused(.unknownTransferCoding),
        post("3\r\nabc\r\n" + end, "Transfer-Encoding: \"chunked\"")),
      .init(
        "single quotes", "9112 6.1", .refused(.unknownTransferCoding),
        post("3\r\nabc\r\n" + end, "Transfer-Encoding: 'chunked'")),
      .init(
        "NUL behind", "9112 6.1", .refused(.badHeadLayout),
        post("3\r\nabc\r\n" + end, "Transfer-Encoding: chunked\0")),
      .init(
        "tab inside", "9112 6.1", .refused(.unknownTransferCoding),
        post("3\r\nabc\r\n" + end, "Transfer-Encoding: chun\tked")),
      .init(
        "vertical tab before", "9112 6.1", .refused(.badHeader),
        post("3\r\nabc\r\n" + end, "Transfer-Encoding: \u{B}chunked")),
      .init(
        "vertical tab behind", "9112 6.1", .refused(.badHeader),
        post("3\r\nabc\r\n" + end, "Transfer-Encoding: chunked\u{B}")),
      .init(
        "no-break space before", "9112 6.1", .refused(.unknownTransferCoding),
        post("3\r\nabc\r\n" + end, "Transfer-Encoding: \u{A0}chunked")),
      .init(
        "bare CR before", "9112 6.1", .refused(.badHeader),
        post("3\r\nabc\r\n" + end, "Transfer-Encoding: \rchunked")),
      .init(
        "empty", "9112 6.1", .refused(.unknownTransferCoding),
        post("3\r\nabc\r\n" + end, "Transfer-Encoding: ")),
      .init(
        "long s", "9112 6.1", .refused(.unknownTransferCoding),
        post("3\r\nabc\r\n" + end, "Transfer-Encoding: chun\u{C5}\u{BF}ked")),
      .init(
        "colon before", "9112 6.1", .refused(.unknownTransferCoding),
        post("3\r\nabc\r\n" + end, "Transfer-Encoding: : chunked")),
      .init(
        "two lines", "9112 6.1", .refused(.unknownTransferCoding),
        post("3\r\nabc\r\n" + end, "Transfer-Encoding: chunked", "Transfer-Encoding: chunked")),
      .init(
        "two lines, identity last", "9112 6.1", .refused(.unknownTransferCoding),
        post("3\r\nabc\r\n" + end, "Transfer-Encoding: chunked", "Transfer-Encoding: identity")),
      .init(
        "two lines, identity first", "9112 6.1", .refused(.unknownTransferCoding),
        post("3\r\nabc\r\n" + end, "Transfer-Encoding: identity", "Transfer-Encoding: chunked")),
      .init(
        "with Content-Length behind", "9112 6.1", .refused(.conflictingLength),
        post(end, "Transfer-Encoding: chunked", "Content-Length: 5")),
      .init(
        "with Content-Length before", "9112 6.1", .refused(.conflictingLength),
        post(end, "Content-Length: 5", "Transfer-Encoding: chunked")),
      .init(
        "with a short Content-Length", "9112 6.1", .refused(.conflictingLength),
        post("3\r\nabc\r\n" + end, "Content-Length: 3", "Transfer-Encoding: chunked")),
      .init(
        "with a Content-Length that reaches into the next request", "9112 6.1",
        .refused(.conflictingLength), post(end, "Content-Length: 43", "Transfer-Encoding: chunked")),
      .init(
        "unknown, with Content-Length", "9112 6.1", .refused(.conflictingLength),
        post("abc", "Content-Length: 3", "Transfer-Encoding: xyz")),
      .init(
        "empty, with Content-Length", "9112 6.1", .refused(.conflictingLength),
        post("abc", "Content-Length: 3", "Transfer-Encoding:")),
      .init(
        "with two Content-Lengths", "9112 6.1", .refused(.conflictingLength),
        post(end, "Content-Length: 5", "Transfer-Encoding: chunked", "Content-Length: 5")),
      .init(
        "blank before the colon", "9112 5.1", .refused(.badHeader),
        post(end, "Content-Length: 5", "Transfer-Encoding : chunked")),
      .init(
        "tab before the colon", "9112 5.1", .refused(.badHeader),
        post(end, "Content-Length: 5", "Transfer-Encoding\t: chunked")),
      .init(
        "line begins with a blank", "9112 5.2", .refused(.badHeader),
        post(end, "Content-Length: 5", " Transfer-Encoding: chunked")),
      .init(
        "hidden behind a bare LF", "9112 2.2", .refused(.badHeadLayout),
        post(end, "Content-Length: 5", "X: y\nTransfer-Encoding: chunked")),
      .init(
        "hidden behind a bare CR", "9112 2.2", .refused(.badHeader),
        post(end, "Content-Length: 5", "X: y\rTransfer-Encoding: chunked")),
      .init(
        "value on the next line", "9112 5.2", .refused(.badHeadLayout),
        post("3\r\nabc\r\n" + end, "Transfer-Encoding:", " chunked")),
      .init(
        "value behind a bare LF", "9112 5.2", .refused(.badHeadLayout),
        post("3\r\nabc\r\n" + end, "Transfer-Encoding:\n chunked")),
      .init(
        "NUL in the name", "9110 5.1", .page(400),
        post(end, "Content-Length: 5", "Transfer\0-Encoding: chunked")),
      .init(
        "with an underscore: another header", "9110 5.1", .served,
        post(end, "Content-Length: 5", "Transfer_Encoding: chunked"), body: "0\r\n\r\n"),
      .init(
        "in HTTP/1.0", "9112 6.1", .refused(.transferEncodingInHTTP10),
        "POST / HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
      .init(
        "in HTTP/1.0, kept alive", "9112 6.1", .refused(.transferEncodingInHTTP10),
        "POST / HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
      ),
      .init(
        "in a GET", "9110 9.3.1", .servedLast,
        "GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        body: "abc"),
    ])
}
