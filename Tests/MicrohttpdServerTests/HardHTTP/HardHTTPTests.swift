import Foundation
import GatewayCore
import MicrohttpdServer
import TestSupport
import Testing

/// Goal: no bytes behind a request that was refused are ever taken for another one.
/// Method: a table of cases over raw sockets, each with a good request right behind it, which must
/// be answered exactly where the table says so.
@Suite(.timeLimit(.minutes(5 * testPatience))) struct HardHTTPTests {
  static let behind = "GET /behind HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
  static let isLoose = MicrohttpdServer.libraryVersion.hasPrefix("0.")

  struct Seen: Sendable {
    let target: String
    let body: String
  }

  @Test(arguments: HardGroup.all)
  func `each case ends as the table says, and nothing is smuggled behind it`(group: HardGroup)
    async throws
  {
    try await HardHTTPTests.hold(group)
  }

  // Whoever sends its end over TLS ends the session, and no answer can come.
  @Test(.enabled(if: CertificateAuthority.isAvailable), arguments: HardGroup.all)
  func `it is the same over TLS`(group: HardGroup) async throws {
    let stage = try await TLSStage.make()
    try await HardHTTPTests.hold(
      HardGroup(
        group.title, isImpatient: group.isImpatient, group.cases.filter { !$0.finishes }), stage)
  }

  private static func hold(_ group: HardGroup, _ stage: TLSStage? = nil) async throws {
    let seen = Locked<[Seen]>([])
    try await withServer(
      { settings in
        if group.isImpatient { settings.requestTime = .milliseconds(500) }
        settings.tls = stage?.context
      },
      tls: stage?.client,
      handler: { request in
        seen.withLock {
          $0.append(
            Seen(
              target: request.target, body: String(decoding: request.body, as: UTF8.self)))
        }
        return .respond(HTTPResponse(status: 200, body: Array("fine".utf8)))
      }
    ) { running in
      for row in group.cases {
        seen.withLock { $0 = [] }
        let before = running.server.counters.refusals
        let text = try await HardHTTPTests.play(row, running)
        await running.wait { $0.connections == 0 }
        let refusals = running.server.counters.refusals.filter { before[$0] != $1 }.map(\.key)
        HardHTTPTests.check(row, text, seen.withLock { $0 }, refusals)
      }
      #expect(try await running.exchange(get()).status == 200)
    }
  }

  private static func play(_ row: HardCase, _ running: Running) async throws -> String {
    let client = try running.client(timeout: 30)
    let bytes = row.bytes + (row.finishes ? [] : Array(behind.utf8))
    // The server may close before all is sent.
    try? await client.send(bytes: bytes)
    if row.finishes { client.finishSending() }
    return try await client.readToEnd()
  }

  private static func check(
    _ row: HardCase, _ text: String, _ seen: [Seen], _ refusals: [RefusalReason]
  ) {
    let statuses = text.components(separatedBy: "HTTP/1.1 ").dropFirst().compactMap {
      Int($0.prefix(3))
    }.filter { $0 != 100 }
    let note = Comment(rawValue: "\(row.name): \(text.prefix(400)) \(seen.prefix(3)) \(refusals)")
    // What a strict library refuses by itself may look otherwise; nothing may be smuggled there
    // either.
    guard isLoose else {
      #expect(row.outcome.servesBehind || !seen.contains { $0.target == "/behind" }, note)
      return
    }
    let requests = row.outcome.requests - (row.finishes && row.outcome.servesBehind ? 1 : 0)
    #expect(seen.count == requests, note)
    #expect(
      seen.contains { $0.target == "/behind" } == (row.outcome.servesBehind && !row.finishes), note)
    if let body = row.body { #expect(seen.first?.body == body, note) }
    let served = [Int](repeating: 200, count: requests)
    switch row.outcome {
    case .served, .servedAll, .servedLast, .ignored:
      #expect(statuses == served && refusals == [], note)
    case .refused(let reason), .servedThenRefused(let reason):
      #expect(statuses == served + [reason.fault.response(instance: "").status], note)
      #expect(refusals == [reason], note)
      #expect(text.contains("{\"type\":\"/problems/\(reason.fault.type.rawValue)\""), note)
      #expect(text.contains("Connection: close"), note)
    case .page(let status):
      #expect(statuses == [status] || text.isEmpty, note)
    case .closed:
      #expect(text.isEmpty, note)
    case .ended:
      #expect(statuses.count <= 1 && statuses.allSatisfy { (400..<500).contains($0) }, note)
    }
  }

  @Test func `the document's table is the tests' table`() throws {
    let file = HardHTTPDocument.file
    let document = try String(contentsOf: file, encoding: .utf8)
    let fresh = HardHTTPDocument.updated(document)
    if ProcessInfo.processInfo.environment["UPDATE_DOCS"] != nil {
      try fresh.write(to: file, atomically: true, encoding: .utf8)
    } else {
      #expect(document == fresh, "run `make docs`")
    }
  }

  @Test func `no two cases of a group have one name`() {
    for group in HardGroup.all {
      #expect(Set(group.cases.map(\.name)).count == group.cases.count, "\(group.title)")
    }
  }
}

/// The table of `docs/hard-http.md`, made from the cases.
enum HardHTTPDocument {
  static let file = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../docs/hard-http.md").standardized
  private static let start = "<!-- cases -->"
  private static let finish = "<!-- end -->"

  /// The document with the tables put in place of the old ones.
  static func updated(_ document: String) -> String {
    guard let first = document.range(of: start), let last = document.range(of: finish) else {
      return document
    }
    return document[..<first.upperBound] + "\n" + tables + document[last.lowerBound...]
  }

  private static var tables: String {
    let count = HardGroup.all.reduce(0) { $0 + $1.cases.count }
    return "\(count) cases.\n" + HardGroup.all.map(table).joined() + "\n"
  }

  private static func table(_ group: HardGroup) -> String {
    let rows = group.cases.map { "| \(words($0)) | \(rule($0)) | \($0.outcome.words) |\n" }
    return "\n### \(group.title)\n\n| case | rule | outcome |\n|---|---|---|\n" + rows.joined()
  }

  private static func words(_ row: HardCase) -> String {
    row.name.replacingOccurrences(of: "|", with: "\\|")
      + (row.finishes ? ", then its end" : "")
  }

  private static func rule(_ row: HardCase) -> String {
    row.rule.first?.isNumber == true ? "RFC " + row.rule.replacing(" ", with: ", ") : row.rule
  }
}
