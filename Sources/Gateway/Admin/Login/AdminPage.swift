import Crypto
import GatewayCore

/// The frame of the pages for operators. They load nothing, run no script, and may be framed by
/// nobody.
enum AdminPage {
  /// A page with that title and content, which is markup.
  static func response(_ title: String, _ content: String, status: Int = 200) -> HTTPResponse {
    let html = """
      <!doctype html><html lang="en"><head><meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(DocsPage.escaped(title)) – Podero gateway</title><style>\(style)</style></head>
      <body><main><h1>\(DocsPage.escaped(title))</h1>\(content)</main></body></html>
      """
    return HTTPResponse(status: status, headers: headers, body: Array(html.utf8))
  }

  private static let style = """
    :root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:0}
    main{max-width:60rem;margin:2rem auto;padding:0 1rem}
    input,button{font:inherit;padding:.4rem .6rem;max-width:100%;box-sizing:border-box}
    :focus-visible{outline:3px solid Highlight;outline-offset:2px}
    [role=alert]{border-left:4px solid;padding-left:.6rem;font-weight:600}
    dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:.2rem 0}
    dd{margin:0;overflow-wrap:anywhere}dt{opacity:.8}ul{padding-left:1.2rem}
    @media(max-width:40rem){dl{grid-template-columns:1fr}dd{margin-left:1rem}}
    """

  // `same-origin`, since under a stricter policy browsers do not say where a form comes from.
  private static let headers: [HTTPResponse.Header] = {
    let hash = Base64.text(Array(SHA256.hash(data: Array(style.utf8))))
    return [
      .init("Content-Type", "text/html; charset=utf-8"),
      .init(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'sha256-\(hash)'; form-action 'self'; base-uri 'none'; "
          + "frame-ancestors 'none'"),
      .init("X-Content-Type-Options", "nosniff"), .init("Referrer-Policy", "same-origin"),
      .init("Cross-Origin-Opener-Policy", "same-origin"),
      .init("Cross-Origin-Resource-Policy", "same-origin"), .init("Cache-Control", "no-store"),
    ]
  }()
}
