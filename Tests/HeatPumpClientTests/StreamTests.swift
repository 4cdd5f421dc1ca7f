import Foundation
import Testing

@testable import HeatPumpClient

/// Goal: a stream of events goes on for ever, and leaves nothing out.
/// Method: a scripted gateway whose connections break off.
@Suite struct StreamTests {
  private func message(_ number: Int) -> String {
    """
    id: \(number)
    event: job.ended
    data: {"type":"job.ended","timestamp":"2026-01-01T00:00:00Z","data":{"id":"e","sequence":\(number),\
    "organisation":"a","user_id":null,"heat_pump_id":null,"alias":null,"cause":null,"changes":[],\
    "heat_pump":null}}


    """
  }

  @Test func `it comes back where it broke off, after the pause that it was told`() async throws {
    let transport = ScriptedTransport([
      .stream("retry: 2000\nid: 5\n\n" + message(6) + ":\n\n" + "id: 9\nevent: job"),
      .failure, .problem(503, "too-many-streams", resolution: "retry_later", retryAfter: 9),
      .stream(
        "event: resync\ndata: {\"oldest\":20,\"newest\":30}\nid: 30\n\n" + message(31)
          + "event: end\ndata: {\"reason\":\"draining\"}\n\n"),
      .problem(401, "unauthenticated", resolution: "reauthenticate"),
    ])
    var seen: [String] = []
    await #expect(throws: Problem.self) {
      for try await item in transport.client.stream(of: EventSelection(types: [.jobEnded])) {
        switch item {
        case .event(let event, let sequence): seen.append("\(event.type.rawValue) \(sequence)")
        case .resync(let oldest, let newest): seen.append("resync \(oldest) \(newest)")
        }
      }
    }
    #expect(seen == ["job.ended 6", "resync 20 30", "job.ended 31"])
    let asked = transport.requests.map { $0.headers["Last-Event-ID"] }
    #expect(asked == [nil, "6", "6", "6", "31"])
    #expect(transport.requests[0].url.query() == "event_types=job.ended")
    #expect((.seconds(2)...(.seconds(3))).contains(transport.pauses[0]))
    #expect((.seconds(9)...(.seconds(14))).contains(transport.pauses[2]))
  }

  @Test func `bytes are cut into messages wherever they are cut`() {
    let text = "id: 1\r\nevent: a\ndata: x\ndata: y\n\n:\n\nretry:5\n\n"
    for size in 1...text.utf8.count {
      var parser = ServerSentEvents()
      var messages: [ServerSentEvents.Message] = []
      let bytes = Array(text.utf8)
      for start in stride(from: 0, to: bytes.count, by: size) {
        messages += parser.messages(in: bytes[start..<min(start + size, bytes.count)])
      }
      #expect(
        messages == [
          .init(id: "1", event: "a", data: "x\ny"), .init(), .init(retry: 5),
        ])
    }
  }
}
