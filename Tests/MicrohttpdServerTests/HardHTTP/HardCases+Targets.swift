import MicrohttpdServer

// One case a line: what it is, the rule, what becomes of it, and the bytes.

extension HardGroup {
  static let targets = HardGroup(
    "Targets",
    [
      .init("absolute form", "9112 3.2.2", .served, line("GET http://h/ HTTP/1.1")),
      .init(
        "absolute form of another host", "9112 3.2.2", .served, line("GET http://other/ HTTP/1.1")),
      .init("absolute form with https", "9112 3.2.2", .served, line("GET https://h/ HTTP/1.1")),
      .init(
        "absolute form in capitals", "9112 3.2.2", .served, line("GET HTTP://H:80/a HTTP/1.1")),
      .init("absolute form without a path", "9112 3.2.2", .served, line("GET http://h HTTP/1.1")),
      .init("absolute form, query only", "9112 3.2.2", .served, line("GET http://h?a HTTP/1.1")),
      .init("absolute form of IPv6", "9112 3.2.2", .served, line("GET http://[::1]:8/ HTTP/1.1")),
      .init(
        "absolute form, body and length", "9112 3.2.2", .served,
        "POST http://h/ HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nA", body: "A"),
      .init(
        "absolute form without Host", "9112 3.2", .refused(.missingHost),
        "GET http://h/ HTTP/1.1\r\n\r\n"),
      .init(
        "absolute form, Host twice", "9112 3.2", .refused(.repeatedHeader),
        "GET http://h/ HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n"),
      .init(
        "absolute form, bad Host", "9112 3.2", .refused(.badHost),
        "GET http://h/ HTTP/1.1\r\nHost: a b\r\n\r\n"),
      .init(
        "absolute form in HTTP/1.0 without Host", "9112 3.2.2", .servedLast,
        "GET http://h/ HTTP/1.0\r\n\r\n"),
      .init(
        "absolute form without a host", "9110 4.2.1", .refused(.badTarget),
        line("GET http:///a HTTP/1.1")),
      .init(
        "absolute form with a user", "9110 4.2.4", .refused(.badTarget),
        line("GET http://u@h/ HTTP/1.1")),
      .init(
        "absolute form with a fragment", "9112 3.2.2", .refused(.badTarget),
        line("GET http://h/#a HTTP/1.1")),
      .init(
        "absolute form, bad port", "9110 4.2.1", .refused(.badTarget),
        line("GET http://h:65536/ HTTP/1.1")),
      .init(
        "absolute form, one slash", "9112 3.2.2", .refused(.badTarget),
        line("GET http:/h/ HTTP/1.1")),
      .init(
        "absolute form, backslash in the host", "9112 3.2.2", .refused(.badTarget),
        line("GET http://h\\a/ HTTP/1.1")),
      .init(
        "absolute form, chunked", "9112 3.2.2", .servedLast,
        "POST http://h/ HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nA\r\n" + end,
        body: "A"),
      .init("absolute form, ftp", "9112 3.2", .refused(.badTarget), line("GET ftp://h/ HTTP/1.1")),
      .init("authority form", "9112 3.2", .refused(.badTarget), line("GET h:80 HTTP/1.1")),
      .init("asterisk form", "9112 3.2", .refused(.badTarget), line("GET * HTTP/1.1")),
      .init("no leading slash", "9112 3.2", .refused(.badTarget), line("GET a HTTP/1.1")),
      .init("query only", "9112 3.2", .refused(.badTarget), line("GET ?a HTTP/1.1")),
      .init("empty", "9112 3.2", .page(400), line("GET  HTTP/1.1")),
      .init(
        "CONNECT with authority form", "9112 3.2.3", .refused(.badTarget),
        line("CONNECT h:443 HTTP/1.1")),
      .init(
        "OPTIONS with asterisk form", "9112 3.2.4", .refused(.badTarget), line("OPTIONS * HTTP/1.1")
      ),
      .init("two slashes", "3986 3", .served, line("GET // HTTP/1.1")),
      .init("two slashes and a host", "3986 3", .served, line("GET //other/a HTTP/1.1")),
      .init("dot segments", "3986 3", .served, line("GET /a/../b HTTP/1.1")),
      .init(
        "dot segments above the root", "3986 3", .served, line("GET /../../etc/passwd HTTP/1.1")),
      .init("encoded dot segments", "3986 3", .served, line("GET /%2e%2e/%2E%2E/ HTTP/1.1")),
      .init("encoded slash", "3986 3", .served, line("GET /a%2Fb HTTP/1.1")),
      .init("encoded backslash", "3986 3", .served, line("GET /a%5Cb HTTP/1.1")),
      .init("backslash", "3986 3", .served, line("GET /..\\..\\a HTTP/1.1")),
      .init("encoded NUL", "3986 3", .served, line("GET /a%00b HTTP/1.1")),
      .init("encoded line break", "3986 3", .served, line("GET /a%0D%0Ab HTTP/1.1")),
      .init("half an escape", "3986 3", .served, line("GET /a%2 HTTP/1.1")),
      .init("no hex in an escape", "3986 3", .served, line("GET /a%zz HTTP/1.1")),
      .init("lone percent", "3986 3", .served, line("GET /% HTTP/1.1")),
      .init("escape that is no UTF-8", "3986 3", .served, line("GET /%ff%fe HTTP/1.1")),
      .init("doubly encoded", "3986 3", .served, line("GET /%252e%252e/ HTTP/1.1")),
      .init("semicolon", "3986 3", .served, line("GET /a;b=c HTTP/1.1")),
      .init("question marks", "3986 3", .served, line("GET /a?b?c HTTP/1.1")),
      .init("characters that no URI has", "3986 3", .served, line("GET /{|}\"<>^` HTTP/1.1")),
      .init("thousand parameters", "3986 3", .served, line("GET /?\(times(1000, "&a")) HTTP/1.1")),
      .init("quoted", "3986 3", .served, line("GET /'a' HTTP/1.1")),
      .init("path of dots", "3986 3", .served, line("GET /. HTTP/1.1")),
      .init("at sign", "3986 3", .served, line("GET /@other/ HTTP/1.1")),
      .init("NUL in the target", "9112 3.2", .refused(.badHeadLayout), line("GET /a\0b HTTP/1.1")),
      .init("bare CR in the target", "9112 3.2", .refused(.badTarget), line("GET /a\rb HTTP/1.1")),
      .init("tab in the target", "9112 3.2", .refused(.badTarget), line("GET /a\tb HTTP/1.1")),
      .init("blank in the target", "9112 3.2", .refused(.badTarget), line("GET /a b HTTP/1.1")),
      .init(
        "byte 0x01 in the target", "9112 3.2", .refused(.badTarget), line("GET /a\u{1}b HTTP/1.1")),
      .init("DEL in the target", "9112 3.2", .refused(.badTarget), line("GET /a\u{7F}b HTTP/1.1")),
      .init(
        "byte 0x80 in the target", "9112 3.2", .refused(.badTarget), line("GET /a\u{80}b HTTP/1.1")),
      .init(
        "UTF-8 in the target", "9112 3.2", .refused(.badTarget), line("GET /\u{C3}\u{A4} HTTP/1.1")),
      .init(
        "overlong UTF-8 in the target", "9112 3.2", .refused(.badTarget),
        line("GET /\u{C0}\u{AF} HTTP/1.1")),
      .init("bare LF in the target", "9112 3.2", .page(400), line("GET /a\nb HTTP/1.1")),
      .init(
        "vertical tab in the target", "9112 3.2", .refused(.badTarget),
        line("GET /a\u{B}b HTTP/1.1")),
      .init("fragment in the target", "9112 3.2", .refused(.badTarget), line("GET /a#b HTTP/1.1")),
      .init("target of 4,000 bytes", "9112 3", .served, line("GET /\(times(3999, "a")) HTTP/1.1")),
      .init(
        "target above the limit", "9112 3", .refused(.targetTooLong),
        line("GET /\(times(8192, "a")) HTTP/1.1")),
      .init(
        "target of 20,000 bytes", "9112 3", .page(414), line("GET /\(times(19999, "a")) HTTP/1.1")),
      .init(
        "target of 1,000,000 bytes", "9112 3", .page(414),
        line("GET /\(times(999999, "a")) HTTP/1.1")),
    ])

  static let hosts = HardGroup(
    "Host",
    [
      .init("missing", "9112 3.2", .refused(.missingHost), host("Accept: */*")),
      .init("missing, and nothing else", "9112 3.2", .refused(.missingHost), host()),
      .init("missing in HTTP/1.0", "9112 3.2", .servedLast, "GET / HTTP/1.0\r\n\r\n"),
      .init("twice, the same", "9112 3.2", .refused(.repeatedHeader), host("Host: h", "Host: h")),
      .init("twice, different", "9112 3.2", .refused(.repeatedHeader), host("Host: h", "Host: g")),
      .init(
        "twice, in other letters", "9112 3.2", .refused(.repeatedHeader), host("Host: h", "hOST: h")
      ),
      .init(
        "twice in HTTP/1.0", "9112 3.2", .refused(.repeatedHeader),
        "GET / HTTP/1.0\r\nHost: h\r\nHost: h\r\n\r\n"),
      .init("name and port", "9110 7.2", .served, host("Host: h.example:8080")),
      .init("IPv4", "9110 7.2", .served, host("Host: 127.0.0.1:80")),
      .init("IPv6", "9110 7.2", .served, host("Host: [::1]:80")),
      .init("empty", "9110 7.2", .refused(.badHost), host("Host: ")),
      .init("blanks only", "9110 7.2", .refused(.badHost), host("Host:   ")),
      .init("blank inside", "9110 7.2", .refused(.badHost), host("Host: h g")),
      .init("list", "9110 7.2", .refused(.badHost), host("Host: h, g")),
      .init("path", "9110 7.2", .refused(.badHost), host("Host: h/a")),
      .init("query", "9110 7.2", .refused(.badHost), host("Host: h?a")),
      .init("user", "9110 7.2", .refused(.badHost), host("Host: u@h")),
      .init("scheme", "9110 7.2", .refused(.badHost), host("Host: http://h")),
      .init("port is no number", "9110 7.2", .refused(.badHost), host("Host: h:x")),
      .init("port is empty", "9110 7.2", .served, host("Host: h:")),
      .init("port too large", "9110 7.2", .refused(.badHost), host("Host: h:65536")),
      .init("two ports", "9110 7.2", .refused(.badHost), host("Host: h:80:80")),
      .init("no name before the port", "9110 7.2", .refused(.badHost), host("Host: :80")),
      .init("open bracket", "9110 7.2", .refused(.badHost), host("Host: [::1")),
      .init("IPv6 without brackets", "9110 7.2", .refused(.badHost), host("Host: ::1")),
      .init("junk in brackets", "9110 7.2", .refused(.badHost), host("Host: [x]")),
      .init("byte 0xE4", "9110 7.2", .refused(.badHost), host("Host: h\u{E4}")),
      .init("tab inside", "9110 7.2", .refused(.badHost), host("Host: h\tg")),
      .init("NUL", "9110 7.2", .refused(.badHeadLayout), host("Host: h\0g")),
      .init("backslash", "9110 7.2", .refused(.badHost), host("Host: h\\g")),
      .init("quotes", "9110 7.2", .refused(.badHost), host("Host: \"h\"")),
      .init("fragment", "9110 7.2", .refused(.badHost), host("Host: h#g")),
      .init("angle brackets", "9110 7.2", .refused(.badHost), host("Host: <h>")),
      .init("escape", "9110 7.2", .refused(.badHost), host("Host: h%41")),
      .init("bad escape", "9110 7.2", .refused(.badHost), host("Host: h%zz")),
      .init("underscore", "9110 7.2", .served, host("Host: h_g")),
      .init("300 letters", "9110 7.2", .served, host("Host: \(times(300, "a"))")),
    ])
}
