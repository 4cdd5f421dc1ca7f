import Foundation
import Testing

@testable import HeatPumpClient

/// Goal: the client reads what the document describes: all of it, with its types, and no more.
/// Method: samples of each schema go through the client's types and come back the same; a member
/// that the client alone knows would stay empty, one that it does not know would be lost.
@Suite struct ModelTests {
  /// A type of the client's with its schema.
  struct Model: Sendable, CustomTestStringConvertible {
    let schema: String
    /// Reads a sample; what comes back, and the places that stayed empty.
    let roundTrip: @Sendable (Data) throws -> (encoded: Data, empty: [String])

    var testDescription: String { schema }

    init<Value: Codable & SendableMetatype>(_ schema: String, _ type: Value.Type) {
      self.schema = schema
      roundTrip = { data in
        let value = try Wire.decode(Value.self, from: data)
        return (try Wire.encode(value), emptyPlaces(value))
      }
    }
  }

  static let models = [
    Model("HeatPump", HeatPump.self), Model("TrimmedHeatPump", HeatPump.self),
    Model("HeatPumpList", Page<HeatPump>.self), Model("WrittenHeatPump", WrittenHeatPump.self),
    Model("Operation", WriteOperation.self), Model("OperationList", Page<WriteOperation>.self),
    Model("Job", Job.self), Model("JobList", Page<Job>.self),
    Model("JobPreview", JobPreview.self), Model("JobResult", JobResult.self),
    Model("JobResultList", Page<JobResult>.self), Model("Event", Event.self),
    Model("EventPage", EventPage.self), Model("Problem", Problem.self),
    Model("Subscription", Subscription.self), Model("SubscriptionList", Page<Subscription>.self),
    Model("SubscriptionTest", SubscriptionTest.self),
    Model("Delivery", Delivery.self), Model("DeliveryList", Page<Delivery>.self),
    Model("HookEvent", HookEvent.self), Model("HookEventList", Page<HookEvent>.self),
  ]

  @Test(arguments: models)
  func `a full value comes back whole, and fills the client's type`(model: Model) throws {
    let sample = Sample(isFull: true).value(APIDocument.schema(model.schema))
    #expect(sample.members.count > 1)
    let result = try model.roundTrip(try JSONEncoder().encode(sample))
    let encoded = try JSONDecoder().decode(AnyJSON.self, from: result.encoded)
    #expect(encoded == sample)
    #expect(result.empty == [])
  }

  @Test(arguments: models)
  func `a value with nothing but what it must have is read`(model: Model) throws {
    let sample = Sample(isFull: false).value(APIDocument.schema(model.schema))
    let result = try model.roundTrip(try JSONEncoder().encode(sample))
    let encoded = try JSONDecoder().decode(AnyJSON.self, from: result.encoded)
    #expect(encoded.withoutNulls == sample.withoutNulls)
  }

  @Test func `members and words that are not known do no harm`() throws {
    let job = Sample(isFull: true).value(APIDocument.schema("Job"))
    var members = job.members
    members["new_member"] = ["x": 1]
    members["state"] = "resting"
    let read = try Wire.decode(Job.self, from: JSONEncoder().encode(AnyJSON.object(members)))
    #expect(read.state.rawValue == "resting" && !read.state.isKnown)
  }

  @Test(arguments: [
    ("/Operation/properties/state", words(OperationState.known)),
    ("/HeatPump/properties/freshness/properties/state", words(FreshnessState.known)),
    ("/HeatPump/properties/freshness/properties/upstream", words(UpstreamState.known)),
    ("/WrittenHeatPump/allOf/1/properties/write/properties/status", words(WriteStatus.known)),
    ("/Job/properties/state", words(JobState.known)),
    ("/JobResult/properties/change/properties/outcome", words(JobOutcome.known)),
    ("/Event/properties/type", words(EventType.known)),
    ("/Event/properties/data/properties/cause", words(EventCause.known)),
    ("/Subscription/properties/state", words(SubscriptionState.known)),
    ("/Subscription/properties/format", words(DeliveryFormat.known)),
    ("/SubscriptionTest/properties/outcome", words(TestOutcome.known)),
    ("/Delivery/properties/state", words(DeliveryState.known)),
    ("/HookEvent/properties/state", words(HookEventState.known)),
    ("/Subscription/properties/event_types/items", subscribable),
    ("/Problem/properties/resolution", words(Resolution.known)),
  ])
  func `the words are those of the document`(place: String, words: Set<String>) throws {
    let schema = place.split(separator: "/").reduce(
      APIDocument.root["components"]?["schemas"] ?? .null
    ) { value, name in
      Int(name).flatMap { value.list?[$0] } ?? value[String(name)] ?? .null
    }
    let listed = (schema["enum"] ?? schema["x-extensible-enum"])?.list ?? []
    #expect(Set(listed.compactMap(\.text)) == words)
  }

  @Test func `a secret is read, and shown to nobody who does not ask for it`() throws {
    let schema = APIDocument.schema("SubscriptionWithSecret")
    var sample = Sample(isFull: true).value(schema).members
    sample["secret"] = "whsec_canary"
    let data = try JSONEncoder().encode(AnyJSON.object(sample))
    let made = try Wire.decode(SubscriptionWithSecret.self, from: data)
    #expect(made.secret.reveal() == "whsec_canary")
    sample.removeValue(forKey: "secret")
    let rest = try Wire.encode(made.subscription)
    #expect(try JSONDecoder().decode(AnyJSON.self, from: rest) == .object(sample))
    var dumped = ""
    dump(Versioned(made, tag: nil), to: &dumped)
    for text in ["\(made)", String(reflecting: made), "\(made.secret)", dumped] {
      #expect(text.contains("redacted") || text == dumped)
      #expect(!text.contains("canary"))
    }
  }

  @Test func `digits and times stay what they are`() throws {
    let text = #"{"id":"x","hot_water":{"standard_temperature":48.05},"pending":[]}"#
    let pump = try Wire.decode(HeatPump.self, from: Data(text.utf8))
    #expect(pump.hotWater?.standardTemperature == Decimal(string: "48.05"))
    let date = try #require(Wire.date("2026-11-30T05:20:38.053019Z"))
    #expect(abs(date.timeIntervalSince1970 - 1_796_016_038.053019) < 0.000_002)
    #expect(Wire.text(Date(timeIntervalSince1970: 1_796_016_038)) == "2026-11-30T05:20:38Z")
    #expect(Wire.date("yesterday") == nil && Wire.date("2026-11-30T05:20:38.Z") == nil)
  }
}

private func words<Word: OpenWord>(_ words: [Word]) -> Set<String> { Set(words.map(\.rawValue)) }

/// What a subscription may want: a test comes without being wanted.
private let subscribable = words(EventType.known).union([EventType.every.rawValue])
  .subtracting([EventType.subscriptionTest.rawValue])

/// The places of a value that hold nothing.
private func emptyPlaces(_ value: Any, at path: String = "") -> [String] {
  if value is AnyJSON || value is Decimal || value is Date { return [] }
  let mirror = Mirror(reflecting: value)
  if mirror.displayStyle == .optional, mirror.children.isEmpty { return [path] }
  return mirror.children.flatMap { emptyPlaces($0.value, at: "\(path)/\($0.label ?? "")") }
}
