public import GatewayCore
internal import HeatPumps
internal import Storage

/// What a request wants a subscription to be; what it does not name stays as it is.
public struct SubscriptionDraft: Sendable, Equatable {
  /// Where events are sent.
  public var url: String?
  /// Which types; the inner `nil` is all of them.
  public var types: [String]??
  /// Which heat pumps; the inner `nil` is all that the app may see.
  public var heatPumps: [ResourceID]??
  /// Whether they are sent in the form of CloudEvents.
  public var isCloudEvents: Bool?
  /// The owner's words; the inner `nil` takes them away.
  public var description: String??

  /// Puts it into terms.
  func apply(to terms: inout SubscriptionTerms) {
    if let url { terms.url = url }
    if let types { terms.selection.types = types }
    if let heatPumps { terms.selection.heatPumps = heatPumps }
    if let isCloudEvents { terms.isCloudEvents = isCloudEvents }
    if let description { terms.description = description }
  }
}

/// Reads the body of a request that makes or changes a subscription.
public struct SubscriptionForm {
  /// The most characters of a description.
  public static let descriptionCharacters = 200
  /// The most heat pumps that are named one by one.
  public static let mostHeatPumps = 1000
  /// The names of the two forms of a body.
  public static let formats = ["standard", "cloudevents"]

  private let targets: TargetPolicy
  private let resolve: (String) -> ResourceID?
  private var draft = SubscriptionDraft()
  private var errors: [GatewayFault.FieldError] = []

  /// Creates a reader.
  ///
  /// - Parameter resolve: the heat pump with that alias or id, if the app may see it.
  public init(targets: TargetPolicy, resolve: @escaping (String) -> ResourceID?) {
    self.targets = targets
    self.resolve = resolve
  }

  /// Reads a body.
  ///
  /// - Parameter isNew: whether `url`, `event_types` and `heat_pumps` must be there.
  /// - Throws: ``GatewayFault`` (`invalid-subscription`) with all that is wrong.
  public func read(
    _ body: JSONValue, isNew: Bool
  ) throws(GatewayFault) -> SubscriptionDraft {
    guard let members = body.object else {
      throw Self.fault([
        .init(pointer: "", code: "wrong_type", detail: "The body must be an object.")
      ])
    }
    var form = self
    for (name, value) in members.members { form.read(name, value) }
    if isNew {
      for name in ["url", "event_types", "heat_pumps"] where members[name] == nil {
        form.refuse("/" + name, "required", "It must be there.")
      }
    }
    guard form.errors.isEmpty else { throw Self.fault(form.errors) }
    return form.draft
  }

  private static func fault(_ errors: [GatewayFault.FieldError]) -> GatewayFault {
    GatewayFault(
      .invalidSubscription, "The subscription cannot be made like this.", errors: errors)
  }

  private mutating func read(_ name: String, _ value: JSONValue) {
    switch name {
    case "url": readURL(value)
    case "event_types": readTypes(value)
    case "heat_pumps": readHeatPumps(value)
    case "format":
      guard let format = value.string, Self.formats.contains(format) else {
        return refuse(
          "/format", "unknown_value", "It takes \(Self.formats.joined(separator: ", ")).")
      }
      draft.isCloudEvents = format == "cloudevents"
    case "description":
      if value.isNull { return draft.description = .some(nil) }
      guard let text = value.string, text.count <= Self.descriptionCharacters else {
        return refuse(
          "/description", "wrong_type",
          "It takes up to \(Self.descriptionCharacters) characters, or null.")
      }
      draft.description = text
    default:
      refuse(
        pointerStep(name.prefix(64)), "unknown_field", "There is no such member.")
    }
  }

  private mutating func readURL(_ value: JSONValue) {
    guard let text = value.string else {
      return refuse("/url", "wrong_type", "It must be a string.")
    }
    do throws(TargetRefusal) {
      draft.url = try targets.check(url: text).text
    } catch {
      refuse("/url", error.code, "It \(error).")
    }
  }

  private mutating func readTypes(_ value: JSONValue) {
    guard let texts = strings(value, "/event_types") else { return }
    if texts == ["*"] { return draft.types = .some(nil) }
    let known = Set(HeatPumpEventType.subscribable.map(\.rawValue))
    for (index, text) in texts.enumerated() where !known.contains(text) {
      refuse(
        "/event_types/\(index)", "unknown_event_type",
        "There is no such type of event, or * is not alone.")
    }
    draft.types = unique(texts)
  }

  private mutating func readHeatPumps(_ value: JSONValue) {
    guard let texts = strings(value, "/heat_pumps") else { return }
    if texts == ["*"] { return draft.heatPumps = .some(nil) }
    var ids: [ResourceID] = []
    for (index, text) in texts.enumerated() {
      if let id = resolve(text) {
        ids.append(id)
      } else {
        // One that may not be seen reads as one that there is not.
        refuse(
          "/heat_pumps/\(index)", "unknown_heat_pump",
          "No heat pump of that alias or id is known, or * is not alone.")
      }
    }
    draft.heatPumps = unique(ids)
  }

  private mutating func strings(_ value: JSONValue, _ pointer: String) -> [String]? {
    guard let elements = value.array, !elements.isEmpty, elements.count <= Self.mostHeatPumps
    else {
      refuse(
        pointer, "wrong_type", "It takes a list of 1 to \(Self.mostHeatPumps), or [\"*\"].")
      return nil
    }
    let texts = elements.compactMap(\.string)
    guard texts.count == elements.count else {
      refuse(pointer, "wrong_type", "Its elements must be strings.")
      return nil
    }
    return texts
  }

  private func unique<Element: Hashable>(_ elements: [Element]) -> [Element] {
    var seen = Set<Element>()
    return elements.filter { seen.insert($0).inserted }
  }

  private mutating func refuse(_ pointer: String, _ code: String, _ detail: String) {
    errors.append(.init(pointer: pointer, code: code, detail: detail))
  }
}

extension TargetRefusal {
  /// A stable word for it.
  var code: String {
    switch self {
    case .notAllowed, .denied, .forbiddenAddress: "target_not_allowed"
    default: "invalid_url"
    }
  }
}
