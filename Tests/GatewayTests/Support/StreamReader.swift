import GatewayCore
import TestSupport
import Testing

@testable import Gateway

/// The server's and the client's side of a stream, in one: reads message by message.
final class StreamReader {
  let stream: ResponseStream
  private var signals: AsyncStream<Void>.Iterator
  private var parser = StreamedMessageParser()
  private(set) var hasEnded = false

  /// Takes the stream over.
  init(_ disposition: Disposition) throws {
    guard case .stream(let head, let stream) = disposition else {
      Issue.record("no stream: \(disposition)")
      throw CancellationError()
    }
    #expect(head.status == 200 && head["Content-Type"] == "text/event-stream")
    self.stream = stream
    let (signals, signal) = AsyncStream.makeStream(of: Void.self)
    self.signals = signals.makeAsyncIterator()
    #expect(stream.attach { signal.yield() })
  }

  /// The next message; `nil` at the end.
  func next() async -> StreamedMessage? {
    while true {
      if let message = parser.next() {
        #expect(message.unknown == [])
        return message
      }
      var bytes = [UInt8](repeating: 0, count: 4096)
      switch bytes.withUnsafeMutableBytes({ stream.read(into: $0) }) {
      case .bytes(let count): parser.append(bytes[..<count])
      // None comes if the test's time is over.
      case .nothing: if await signals.next() == nil { return nil }
      case .end, .broken:
        if stream.announce() == nil { stream.close(.finished) }
        hasEnded = true
        return nil
      }
    }
  }

  /// The numbers of so many events that come next.
  func numbers(_ count: Int) async -> [Int] {
    var numbers: [Int] = []
    while numbers.count < count, let message = await next() {
      guard message.event?.hasPrefix("heat_pump.") == true else { continue }
      numbers.append(message.id ?? 0)
      if message.data?["data"]?["sequence"]?.integer != message.id { Issue.record("\(message)") }
    }
    return numbers
  }

  /// The client leaves.
  func leave() { stream.close(.clientLeft) }
}

extension GatewayFixture {
  /// What a request to the stream leads to.
  func stream(
    _ query: String = "", as app: String = "listener", lastEventID: Int? = nil
  ) -> Disposition {
    handler.handle(
      HTTPRequest(
        method: .get, target: "/v1/stream\(query)",
        headers: [("Authorization", "Bearer \(app)")]
          + (lastEventID.map { [("Last-Event-ID", "\($0)")] } ?? []), arrival: clock.monotonic))
  }

  /// Opens a stream and reads its first message.
  func reader(
    _ query: String = "", as app: String = "listener", lastEventID: Int? = nil
  ) async throws -> StreamReader {
    let reader = try StreamReader(stream(query, as: app, lastEventID: lastEventID))
    let greeting = await reader.next()
    #expect((2000..<6000).contains(greeting?.retry ?? 0) && greeting?.id != nil)
    return reader
  }

  /// Lets a second pass, or more of them one by one.
  func pass(seconds: Int = 1) async {
    for _ in 0..<seconds {
      await clock.waitForSleepers()
      clock.advance(by: .seconds(1))
    }
    await clock.waitForSleepers()
  }

  /// Runs `body` while streams are fed.
  func feeding(_ body: () async throws -> Void) async throws {
    let task = Task { [events] in await events.run() }
    do {
      try await body()
    } catch {
      Issue.record("\(error)")
    }
    task.cancel()
    await task.value
  }
}
