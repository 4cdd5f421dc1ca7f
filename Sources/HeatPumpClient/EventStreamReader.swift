import Foundation

/// Keeps a stream of events open: reads it, and comes back where it was.
struct EventStreamReader {
  let client: GatewayClient
  let selection: EventSelection
  /// The last event that was handed on; `nil` before the gateway has said where it begins.
  var last: Int?
  private var pause = Duration.seconds(3)

  init(client: GatewayClient, selection: EventSelection, last: Int?) {
    self.client = client
    self.selection = selection
    self.last = last
  }

  /// Reads until the task is cancelled.
  ///
  /// - Throws: ``Problem`` if coming back does not help.
  func run(_ yield: (StreamItem) -> Void) async throws {
    var reader = self
    while !Task.isCancelled {
      do {
        try await reader.connect(yield)
      } catch let problem as Problem where problem.resolution != .retryLater {
        throw problem
      } catch is CancellationError {
        return
      } catch {
        // A connection that broke, or a gateway that has no room: it is tried again.
      }
      try await client.sleep(reader.pause * Double.random(in: 1...1.5))
    }
  }

  private mutating func connect(_ yield: (StreamItem) -> Void) async throws {
    var request = try await client.request(
      GatewayClient.Draft(
        path: ["stream"], query: selection.query,
        headers: [("Last-Event-ID", last.map(String.init))]))
    request.headers["Accept"] = "text/event-stream"
    // A stream has no end that a deadline could be for; a sign of life comes every 15 seconds.
    request.headers["Request-Timeout"] = nil
    request.timeout = .seconds(45)
    let stream = try await client.transport.open(request)
    guard stream.head.status == 200 else {
      var answer = stream.head
      for try await piece in stream.pieces { answer.body += piece }
      if let seconds = answer.headers["retry-after"].flatMap({ Int($0) }) {
        pause = .seconds(seconds)
      }
      throw GatewayClient.problem(answer)
    }
    var parser = ServerSentEvents()
    for try await piece in stream.pieces {
      for message in parser.messages(in: piece) { try take(message, yield) }
    }
  }

  private mutating func take(
    _ message: ServerSentEvents.Message, _ yield: (StreamItem) -> Void
  ) throws {
    if let retry = message.retry { pause = .milliseconds(retry) }
    switch message.event {
    case "resync":
      let bounds = try Wire.decode(Resync.self, from: Data(message.data.utf8))
      yield(.resync(oldest: bounds.oldest, newest: bounds.newest))
    case "end", nil: break
    default:
      let event = try Wire.decode(Event.self, from: Data(message.data.utf8))
      yield(.event(event, sequence: event.data.sequence))
    }
    if let id = message.id.flatMap({ Int($0) }) { last = id }
  }

  private struct Resync: Decodable {
    let oldest: Int
    let newest: Int
  }
}
