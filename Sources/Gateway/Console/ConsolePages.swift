import ConsoleAssets
import Crypto
import GatewayCore

/// The operators' console: one page and what it loads, all of it from here.
///
/// The files hold nothing that is secret or about anybody, so they are open; what they show, they
/// ask for in the operator's session.
enum ConsolePages {
  /// The rows of the operators' table.
  static let table = [
    Endpoint(
      id: "getConsole", method: .get, template: "/console", access: .open,
      summary: "The console.",
      answers: [
        .init(200, "A page.", ["type": "string"], type: "text/html"),
        .init(303, "To the page to log in at.", [Endpoint.Answer.Content]()),
      ], problems: [.forbidden], conditions: .page
    ) { call throws(GatewayFault) in
      try AdminGate.page(call) { visitor throws(GatewayFault) in
        guard visitor.role == .operator else {
          throw GatewayFault(.forbidden, "The key lacks the role operator.")
        }
        return answer(shell, call.request)
      }
    },
    Endpoint(
      id: "getConsoleFile", method: .get, template: "/console/{file}", access: .open,
      summary: "A file that the console loads.",
      answers: [
        .init(
          200, "The file.",
          ["text/javascript", "text/css", "image/svg+xml"].map {
            .init(type: $0, schema: ["type": "string"])
          })
      ], problems: [.notFound], conditions: .page
    ) { call throws(GatewayFault) in
      guard let file = files[try call.text(1)] else {
        throw GatewayFault(.notFound, "There is no such resource.")
      }
      return .respond(answer(file, call.request))
    },
  ]

  // No script and no style but from here, inline ones included; no request to anywhere else.
  private static let policy = """
    default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
    form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'
    """

  private struct File {
    let etag: String
    let response: HTTPResponse

    init(_ asset: ConsoleAsset) {
      let digest = Base64.text(Array(SHA256.hash(data: asset.bytes)))
      etag = "\"\(digest.prefix(22))\""
      response = HTTPResponse(
        status: 200,
        headers: [
          .init("Content-Type", asset.mediaType), .init("ETag", etag),
          // Kept, but asked about each time: a new version is seen at once.
          .init("Cache-Control", "no-cache"), .init("Content-Security-Policy", policy),
          .init("X-Content-Type-Options", "nosniff"), .init("X-Frame-Options", "DENY"),
          // Under a stricter one browsers do not say where the form to log out comes from.
          .init("Referrer-Policy", "same-origin"),
          .init("Cross-Origin-Opener-Policy", "same-origin"),
          .init("Cross-Origin-Resource-Policy", "same-origin"),
        ], body: asset.bytes)
    }
  }

  private static let shell = File(.shell)
  private static let files = Dictionary(
    uniqueKeysWithValues: ConsoleAsset.loaded.map { ($0.name, File($0)) })

  private static func answer(_ file: File, _ request: HTTPRequest) -> HTTPResponse {
    request[.ifNoneMatch] == file.etag ? Conditional.notModified(file.response) : file.response
  }
}
