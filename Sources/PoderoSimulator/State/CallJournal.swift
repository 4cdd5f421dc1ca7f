public import GatewayCore

/// A call as it was answered.
public struct SeenCall: Sendable {
  /// A heat pump as an answer showed it.
  public struct ShownHeatPump: Sendable {
    /// The heat pump.
    public let id: ResourceID
    /// The values of ``SimulatorSettings/journalFields``, in their order.
    public let values: [JSONValue]
  }

  /// 1 for the first, then without gaps, in the order of arrival.
  public let sequence: Int
  /// When it had arrived as a whole and its answer was made, in real time.
  public let time: Timestamp
  /// What was called.
  public let call: SimulatedCall
  /// The user in the path, if there is one there.
  public let user: ResourceID?
  /// The heat pump in the path, if there is one there.
  public let heatPump: ResourceID?
  /// The status that was decided on; `nil` where no answer was to be given.
  public let status: Int?
  /// The heat pumps that the answer shows; none if it is none of the upstream's own.
  public let shown: [ShownHeatPump]

  var json: JSONValue {
    [
      "sequence": .count(sequence), "time": .time(time), "call": .string(call.rawValue),
      "user": user.map { .id($0) } ?? .null, "heat_pump": heatPump.map { .id($0) } ?? .null,
      "status": status.map { .count($0) } ?? .null,
      "shown": .array(shown.map { ["id": .id($0.id), "values": .array($0.values)] }),
    ]
  }
}

/// All calls since the start, for whoever proves something by them; nobody keeps them otherwise.
struct CallJournal: Sendable {
  private(set) var calls: [SeenCall] = []

  mutating func append(_ make: (_ sequence: Int) -> SeenCall) {
    calls.append(make(calls.count + 1))
  }

  /// The calls after a sequence number.
  func calls(after sequence: Int) -> [SeenCall] { Array(calls.dropFirst(max(0, sequence))) }
}

extension SimulatorState {
  /// Notes what became of a call, where that is asked for.
  mutating func note(_ attempt: Attempt, _ outcome: Outcome) {
    guard let names = settings.journalFields else { return }
    let ids = attempt.route.pathIDs.map { ResourceID($0) }
    var status: Int?
    if case .answer(let response, _) = outcome { status = response.status }
    let fields = names.compactMap { AnswerField(name: $0) }
    let shown = status == 200 ? heatPumps(shownBy: attempt) : []
    let values = shown.map { number in
      withHeatPump(number, at: attempt.now) { record in
        SeenCall.ShownHeatPump(id: record.id, values: fields.map { record[$0] })
      }
    }
    calls.append { sequence in
      SeenCall(
        sequence: sequence, time: attempt.moment.wall, call: attempt.call,
        user: ids.count > 1 ? ids[1] : nil, heatPump: ids.count > 2 ? ids[2] : nil,
        status: status, shown: values)
    }
  }
}
