import GatewayCore
import HeatPumpService
import Storage

/// The open consoles, and what they are told: the gateway's state every two seconds, and where
/// something new is to be asked for. One look serves all of them; none are made while none is open.
final class OperatorBoard: Sendable {
  /// How many may be open; more are refused.
  static let most = 32
  /// How often they are told.
  static let interval = Duration.seconds(2)

  private struct Member: Sendable {
    let stream: ResponseStream
    let isAdmitted: @Sendable () -> Bool
  }

  private struct State: Sendable {
    var members: [Int: Member] = [:]
    var lastNumber = 0
    // What was told last; forgotten when somebody comes, who has heard nothing yet.
    var news: JSONValue?
  }

  private let clock: any GatewayClock
  private let state = Locked(State())

  init(clock: any GatewayClock) {
    self.clock = clock
  }

  /// How many are open.
  var count: Int { state.withLock { $0.members.count } }

  /// Opens a stream; it is fed while ``run(_:)`` runs.
  ///
  /// - Parameter isAdmitted: whether what opens it still would; asked again and again.
  /// - Throws: ``GatewayFault`` (`too-many-streams`).
  func open(
    isAdmitted: @escaping @Sendable () -> Bool
  ) throws(GatewayFault) -> ResponseStream {
    let stream = ResponseStream(lastMessages: StreamMessage.lastMessages)
    let number = try state.withLock { state throws(GatewayFault) in
      guard state.members.count < Self.most else {
        throw GatewayFault(
          .tooManyStreams, "As many consoles are open as may be.", retryAfter: .seconds(5))
      }
      state.lastNumber += 1
      state.members[state.lastNumber] = Member(stream: stream, isAdmitted: isAdmitted)
      state.news = nil
      return state.lastNumber
    }
    stream.send(Array("retry: 3000\n\n".utf8))
    stream.onClose { [self] _ in state.withLock { $0.members[number] = nil } }
    return stream
  }

  /// Tells them, until the task is cancelled. Not on a thread that serves.
  func run(_ gateway: GatewayState) async {
    while (try? await clock.sleep(for: Self.interval)) != nil { await tell(gateway) }
  }

  private func tell(_ gateway: GatewayState) async {
    let members = admitted()
    guard !members.isEmpty else { return }
    var messages = [Self.message("status", StatusPage.json(gateway))]
    let organisations = gateway.organisations.map(\.service.settings.name)
    // While the storage cannot be asked there is no news; the state says so.
    if let news = try? await OperatorNews.read(gateway.storage, organisations) {
      let isNew = state.withLock { state in
        defer { state.news = news }
        return state.news != news
      }
      if isNew { messages.append(Self.message("news", news)) }
    }
    for stream in members {
      for message in messages { stream.send(message) }
    }
  }

  private func admitted() -> [ResponseStream] {
    let members = state.withLock { $0.members.values }
    return members.compactMap { member in
      if member.isAdmitted() { return member.stream }
      member.stream.finish(StreamMessage.end(.unauthenticated))
      return nil
    }
  }

  private static func message(_ type: String, _ json: JSONValue) -> [UInt8] {
    Array("event: \(type)\ndata: ".utf8) + json.encoded + [0x0A, 0x0A]
  }
}

/// Marks of what there is to see, which move when there is something new. All of it is in the
/// storage, so that what another gateway does is seen as well.
enum OperatorNews {
  /// - Throws: ``StorageFault``.
  static func read(
    _ storage: any Storage, _ organisations: [String]
  ) async throws(StorageFault) -> JSONValue {
    var marks = JSONObject()
    for name in organisations {
      let event = try await storage.hookEvents(
        HookEventFilter(organisation: name), before: nil, limit: 1
      ).first
      marks[name] = [
        "events": .number(ExactDecimal(Int(try await storage.newestSequence(of: name)))),
        "hook_events": event.map { .string("\($0.sequence) \($0.state.rawValue)") } ?? .null,
      ]
    }
    let record = try await storage.auditTrail(before: nil, of: nil, since: nil, limit: 1).first
    return [
      "organisations": .object(marks),
      "audit": .number(ExactDecimal(Int(record?.sequence ?? 0))),
    ]
  }
}
