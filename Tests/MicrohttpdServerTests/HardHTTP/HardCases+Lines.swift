import MicrohttpdServer

// One case a line: what it is, the rule, what becomes of it, and the bytes.

extension HardGroup {
  static let requestLine = HardGroup(
    "Request line",
    [
      .init("plain request", "9112 3", .served, get()),
      .init(
        "one empty line before the request line", "9112 2.2", .served,
        "\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"),
      .init(
        "a hundred empty lines before it", "9112 2.2", .served,
        "\(times(100, "\r\n"))GET / HTTP/1.1\r\nHost: h\r\n\r\n"),
      .init("bare LF before it", "9112 2.2", .served, line("\nGET / HTTP/1.1")),
      .init("blank before it", "9112 3", .closed, line(" GET / HTTP/1.1")),
      .init(
        "two blanks after the method", "9112 3", .refused(.badHeadLayout), line("GET  / HTTP/1.1")),
      .init("two blanks after the target", "9112 3", .refused(.badTarget), line("GET /  HTTP/1.1")),
      .init("tab after the method", "9112 3", .page(400), line("GET\t/ HTTP/1.1")),
      .init("tab after the target", "9112 3", .page(400), line("GET /\tHTTP/1.1")),
      .init("blank after the version", "9112 3", .page(400), line("GET / HTTP/1.1 ")),
      .init(
        "more words after the version", "9112 3", .refused(.badTarget),
        line("GET / HTTP/1.1 HTTP/1.1")),
      .init(
        "line ends in bare LF", "9112 2.2", .refused(.badHeadLayout),
        "GET / HTTP/1.1\nHost: h\r\n\r\n"),
      .init("line ends in bare CR", "9112 2.2", .page(400), "GET / HTTP/1.1\rHost: h\r\n\r\n"),
      .init("line ends in CR CR LF", "9112 2.2", .page(400), line("GET / HTTP/1.1\r")),
      .init(
        "all lines end in bare LF", "9112 2.2", .refused(.badHeadLayout),
        "GET / HTTP/1.1\nHost: h\n\n"),
      .init("NUL in the version", "9112 2.3", .page(400), line("GET / HTTP/1.1\0")),
      .init("NUL before the request line", "9112 3", .page(400), line("\0GET / HTTP/1.1")),
      .init("version HTTP/1.0", "9112 2.3", .servedLast, line("GET / HTTP/1.0")),
      .init("version HTTP/1.2", "9112 2.3", .served, line("GET / HTTP/1.2")),
      .init("version HTTP/1.10", "9112 2.3", .page(400), line("GET / HTTP/1.10")),
      .init("version HTTP/2.0", "9112 2.3", .page(505), line("GET / HTTP/2.0")),
      .init("version HTTP/3.0", "9112 2.3", .page(505), line("GET / HTTP/3.0")),
      .init("version HTTP/0.9", "9112 2.3", .page(505), line("GET / HTTP/0.9")),
      .init("version HTTP/1", "9112 2.3", .page(400), line("GET / HTTP/1")),
      .init("version HTTP/11", "9112 2.3", .page(400), line("GET / HTTP/11")),
      .init("version http/1.1", "9112 2.3", .page(400), line("GET / http/1.1")),
      .init("version HTTP/1.1x", "9112 2.3", .page(400), line("GET / HTTP/1.1x")),
      .init("version HTTP/+1.1", "9112 2.3", .page(400), line("GET / HTTP/+1.1")),
      .init("version HTTP/1,1", "9112 2.3", .page(400), line("GET / HTTP/1,1")),
      .init("version HTTP/ 1.1", "9112 2.3", .page(400), line("GET / HTTP/ 1.1")),
      .init("version HTTPS/1.1", "9112 2.3", .page(400), line("GET / HTTPS/1.1")),
      .init("version ICAP/1.0", "9112 2.3", .page(400), line("GET / ICAP/1.0")),
      .init("version HTTP/9.9", "9112 2.3", .page(505), line("GET / HTTP/9.9")),
      .init("version HTTP/1.¹", "9112 2.3", .page(400), line("GET / HTTP/1.\u{B9}")),
      .init("no version (HTTP/0.9)", "9112 2.3", .page(400), "GET /\r\n"),
      .init("no version, and headers", "9112 2.3", .page(400), line("GET /")),
      .init("blank in place of the version", "9112 2.3", .page(400), line("GET / ")),
      .init("method only", "9112 3", .closed, line("GET")),
    ])

  static let methods = HardGroup(
    "Methods",
    [
      .init("method get", "9110 9", .served, line("get / HTTP/1.1")),
      .init("method HEAD", "9110 9", .served, line("HEAD / HTTP/1.1")),
      .init("method OPTIONS", "9110 9", .served, line("OPTIONS / HTTP/1.1")),
      .init("method TRACE", "9110 9", .served, line("TRACE / HTTP/1.1")),
      .init("method DELETE", "9110 9", .served, line("DELETE / HTTP/1.1")),
      .init("method BREW", "9110 9", .served, line("BREW / HTTP/1.1")),
      .init("method CONNECT", "9110 9", .served, line("CONNECT / HTTP/1.1")),
      .init("method PRI", "9110 9", .served, line("PRI / HTTP/1.1")),
      .init("method M-SEARCH", "9110 9", .served, line("M-SEARCH / HTTP/1.1")),
      .init("method of 100 letters", "9110 9.1", .served, line("\(times(100, "A")) / HTTP/1.1")),
      .init(
        "method of 9,000 letters", "9110 9.1", .refused(.headTooLarge),
        line("\(times(9000, "A")) / HTTP/1.1")),
      .init("no method", "9110 9.1", .closed, line(" / HTTP/1.1")),
      .init("parenthesis in the method", "9110 9.1", .refused(.badMethod), line("G(T / HTTP/1.1")),
      .init(
        "byte 0xC9 in the method", "9110 9.1", .refused(.badMethod), line("G\u{C9}T / HTTP/1.1")),
      .init("NUL in the method", "9110 9.1", .refused(.badHeadLayout), line("GE\0T / HTTP/1.1")),
      .init("bare CR in the method", "9110 9.1", .refused(.badMethod), line("GE\rT / HTTP/1.1")),
      .init("colon in the method", "9110 9.1", .refused(.badMethod), line("GET: / HTTP/1.1")),
      .init(
        "byte 0x01 in the method", "9110 9.1", .refused(.badMethod), line("\u{1}GET / HTTP/1.1")),
      .init("quotes in the method", "9110 9.1", .refused(.badMethod), line("\"GET\" / HTTP/1.1")),
      .init("comma in the method", "9110 9.1", .refused(.badMethod), line("GET,GET / HTTP/1.1")),
      .init(
        "TRACE with a body", "9110 9.3.8", .served,
        "TRACE / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", body: "abc"),
      .init(
        "GET with a body", "9110 9.3.1", .served,
        "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", body: "abc"),
      .init(
        "HEAD with a body", "9110 9.3.2", .served,
        "HEAD / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", body: "abc"),
      .init("GET that announces no body", "9110 9.3.1", .served, get(header: "Content-Length: 0")),
    ])

  static let otherProtocols = HardGroup(
    "Other protocols",
    [
      .init(
        "TLS ClientHello", "8446 4.1.2", .closed,
        "\u{16}\u{3}\u{1}\0/\u{1}\0\0+\u{3}\u{3}\0\u{7}\u{E}\u{15}\u{1C}#*18?FMT[bipw~\u{85}\u{8C}\u{93}\u{9A}\u{A1}\u{A8}\u{AF}\u{B6}\u{BD}\u{C4}\u{CB}\u{D2}\u{D9}\0\0\u{2}\u{13}\u{1}\u{1}\0\0\0\r\n\r\n"
      ),
      .init("SSH", "4253 4.2", .closed, "SSH-2.0-OpenSSH_9.2\r\n\r\n"),
      .init("SMTP", "5321 4.1", .page(400), "EHLO h\r\n\r\n"),
      .init(
        "PROXY line", "PROXY 1", .page(400),
        line("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nGET / HTTP/1.1")),
      .init(
        "PROXY binary", "PROXY 2", .closed,
        "\r\n\r\n\0\r\nQUIT\n!\u{11}\0\u{C}\u{7F}\0\0\u{1}\u{7F}\0\0\u{1}\0\u{1}\0\u{2}GET / HTTP/1.1\r\nHost: h\r\n\r\n"
      ),
      .init("RTSP", "7826", .page(400), "OPTIONS rtsp://h/a RTSP/2.0\r\nCSeq: 1\r\n\r\n"),
      .init("Redis", "RESP", .closed, "*1\r\n$4\r\nPING\r\n\r\n\r\n"),
      .init("HTTP answer", "9112 4", .page(400), "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
      .init("only zeros", "-", .ignored, "\(times(300, "\0"))\r\n\r\n"),
    ])
}
