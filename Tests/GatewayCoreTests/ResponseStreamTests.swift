import GatewayCore
import Testing

/// Goal: a stream gives its bytes in order, holds no more than its limit, and ends exactly once.
/// Method: both sides of it played by the test, with small buffers.
@Suite struct ResponseStreamTests {
  let woken = Locked(0)
  let ends = Locked<[StreamEnd]>([])

  func stream(limit: Int = 262_144, _ lastMessages: [StreamEnd: String] = [:]) -> ResponseStream {
    let stream = ResponseStream(
      limit: limit, lastMessages: lastMessages.mapValues { Array($0.utf8) })
    stream.onClose { [ends] end in ends.withLock { $0.append(end) } }
    let isAttached = stream.attach { [woken] in woken.withLock { $0 += 1 } }
    #expect(isAttached)
    return stream
  }

  func read(_ stream: ResponseStream, _ capacity: Int = 100) -> (ResponseStream.Reading, String) {
    var buffer = [UInt8](repeating: 0, count: capacity)
    let reading = unsafe buffer.withUnsafeMutableBytes { unsafe stream.read(into: $0) }
    guard case .bytes(let count) = reading else { return (reading, "") }
    return (reading, String(decoding: buffer[..<count], as: UTF8.self))
  }

  @Test func `bytes come in order, however small the reader's buffer is`() {
    let stream = stream()
    for text in ["abc", "", "de", "f"] { #expect(stream.send(Array(text.utf8))) }
    stream.finish(Array("gh".utf8))
    var pieces: [String] = []
    while case (.bytes, let text) = read(stream, 2) { pieces.append(text) }
    #expect(pieces == ["ab", "cd", "ef", "gh"])
    #expect(read(stream).0 == .end)
  }

  @Test func `a queue that is never empty keeps its order too`() {
    let stream = stream()
    var expected = ""
    var received = ""
    for index in 0..<1000 {
      let text = "\(index),"
      expected += text
      #expect(stream.send(Array(text.utf8)))
      received += read(stream, 3).1
    }
    while case (.bytes, let text) = read(stream) { received += text }
    #expect(received == expected)
  }

  @Test func `a reader that found nothing is woken once`() {
    let stream = stream()
    #expect(stream.send([1]))
    #expect(woken.withLock { $0 } == 0)
    #expect(read(stream).0 == .bytes(1))
    #expect(read(stream).0 == .nothing)
    #expect(stream.send([2]))
    #expect(stream.send([3]))
    #expect(woken.withLock { $0 } == 1)
    #expect(read(stream).0 == .bytes(2))
    #expect(read(stream).0 == .nothing)
    stream.finish()
    #expect(woken.withLock { $0 } == 2)
    #expect(read(stream).0 == .end)
  }

  @Test func `what waits may reach the limit and not pass it`() {
    let exact = stream(limit: 2 * (10 + 32))
    #expect(exact.send([UInt8](repeating: 0x61, count: 10)))
    #expect(exact.send([UInt8](repeating: 0x61, count: 10)))
    #expect(exact.announce() == nil)
    #expect(!exact.send([1]))
    #expect(exact.announce() == .tooSlow)
    #expect(read(exact).0 == .broken)
    #expect(ends.withLock { $0 } == [.tooSlow])
  }

  @Test func `what was read makes room again`() {
    let stream = stream(limit: 42)
    for _ in 0..<100 {
      #expect(stream.send([UInt8](repeating: 0x61, count: 10)))
      #expect(read(stream, 5).0 == .bytes(5))
      #expect(read(stream, 5).0 == .bytes(5))
    }
  }

  @Test func `a cut stream ends the message that was begun, then says why`() {
    let stream = stream(limit: 200, [.tooSlow: "why"])
    #expect(stream.send(Array("begun".utf8)))
    #expect(stream.send(Array("dropped".utf8)))
    #expect(read(stream, 2).1 == "be")
    #expect(!stream.send([UInt8](repeating: 0x61, count: 200)))
    #expect(read(stream).1 == "gunwhy")
    #expect(read(stream).0 == .end)
  }

  @Test func `a last message without room is left out, and the body is broken off`() {
    let stream = stream(limit: 100, [.tooSlow: String(repeating: "w", count: 69)])
    #expect(!stream.send([UInt8](repeating: 0x61, count: 200)))
    #expect(read(stream).0 == .broken)
  }

  @Test func `a cut wakes the server whether it waits or not`() {
    let stream = stream(limit: 10)
    #expect(!stream.send([1]))
    #expect(woken.withLock { $0 } == 1)
    #expect(!stream.send([1]))
    stream.finish([1])
    #expect(woken.withLock { $0 } == 1)
  }

  @Test func `draining sends what waits and the last message`() {
    let stream = stream([.draining: "bye"])
    #expect(read(stream).0 == .nothing)
    #expect(stream.send(Array("last ".utf8)))
    stream.drain()
    #expect(!stream.send([1]))
    #expect(stream.announce() == .draining)
    #expect(read(stream).1 == "last bye")
    #expect(read(stream).0 == .end)
    #expect(stream.close(.finished) == nil)
    #expect(ends.withLock { $0 } == [.draining])
  }

  @Test func `a finished stream whose client leaves before the end was left`() {
    let stream = stream()
    stream.finish([1])
    #expect(stream.announce() == nil)
    stream.drain()
    #expect(stream.close(.clientLeft) == .clientLeft)
    #expect(stream.close(.finished) == nil)
    #expect(read(stream).0 == .broken)
    #expect(ends.withLock { $0 } == [.clientLeft])
  }

  @Test func `who asks after the end is told at once`() {
    let stream = ResponseStream()
    stream.close(.refused)
    stream.onClose { [ends] end in ends.withLock { $0.append(end) } }
    #expect(ends.withLock { $0 } == [.refused])
  }

  @Test func `a stream serves one request`() {
    let stream = stream()
    let isAttached = stream.attach {}
    #expect(!isAttached)
  }

  @Test func `a test gets all that a stream sends`() async {
    struct Handler: RequestHandler {
      func handle(_ request: HTTPRequest) -> Disposition {
        let stream = ResponseStream()
        stream.send([1, 2])
        Task {
          await Task.yield()
          stream.send([3])
          stream.finish([4])
        }
        return .stream(HTTPResponse(status: 201), stream)
      }
    }
    let response = await Handler().response(to: HTTPRequest(method: .get, target: "/"))
    #expect(response == HTTPResponse(status: 201, body: [1, 2, 3, 4]))
  }

  @Test func `who waits for room is told once, when half of it is free`() {
    let stream = stream(limit: 4 * (68 + 32))
    let told = Locked(0)
    let piece = [UInt8](repeating: 0x61, count: 68)
    stream.onRoom { told.withLock { $0 += 1 } }
    #expect(told.withLock { $0 } == 1)
    for _ in 0..<4 {
      #expect(stream.fits(piece))
      #expect(stream.send(piece))
    }
    #expect(!stream.fits(piece) && !stream.fits([1]))
    stream.onRoom { told.withLock { $0 += 1 } }
    #expect(read(stream).0 == .bytes(100))
    #expect(stream.fits(piece) && told.withLock { $0 } == 1)
    #expect(read(stream).0 == .bytes(100))
    #expect(told.withLock { $0 } == 2)
    #expect(read(stream).0 == .bytes(72))
    #expect(told.withLock { $0 } == 2)
  }

  @Test func `a stream that ends has no room to tell of`() {
    let stream = stream(limit: 100, [.tooSlow: "slow"])
    let told = Locked(0)
    #expect(stream.send([UInt8](repeating: 0x61, count: 60)))
    stream.onRoom { told.withLock { $0 += 1 } }
    stream.cut()
    stream.cut()
    #expect(stream.announce() == .tooSlow && ends.withLock { $0 } == [.tooSlow])
    #expect(read(stream).1 == "slow")
    #expect(read(stream).0 == .end)
    stream.onRoom { told.withLock { $0 += 1 } }
    #expect(told.withLock { $0 } == 0 && stream.fits([1]) && !stream.send([1]))
  }
}
