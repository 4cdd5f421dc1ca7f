internal import GatewayCore
internal import HeatPumps

/// An event made ready for one receiver.
struct DeliveryMessage: Sendable {
  let id: ResourceID
  let body: [UInt8]
  let contentType: String
  let traceparent: String?

  /// Renders an event.
  ///
  /// - Returns: `nil` if the event is not for that audience.
  init?(_ event: HeatPumpEvent, for audience: EventAudience, isCloudEvents: Bool) {
    let body =
      isCloudEvents
      ? audience.cloudEvent(of: event, source: "/organisations/\(event.organisation)")
      : audience.body(of: event)
    guard let body else { return nil }
    id = event.id
    traceparent = event.traceparent
    self.body = body
    contentType = isCloudEvents ? "application/cloudevents+json" : "application/json"
  }

  /// The request of one attempt, signed at that time.
  ///
  /// - Parameter target: checked before.
  func request(
    to target: TargetURL, signedWith secrets: [SigningSecret], at now: Timestamp,
    deadline: MonotonicInstant, settings: DelivererSettings
  ) -> TransportRequest? {
    guard let message = StandardWebhooksMessage(id: "\(id)", timestamp: now, body: body) else {
      return nil
    }
    var request = TransportRequest(
      method: .post, url: target.text,
      headers: [
        .init("Content-Type", contentType), .init("Accept", "*/*"),
        .init("User-Agent", settings.userAgent),
      ] + (traceparent.map { [.init("traceparent", $0)] } ?? [])
        + message.headers(signedWith: secrets),
      body: body, connectTimeout: min(.seconds(5), settings.timeout), deadline: deadline,
      maximumBodyBytes: DelivererSettings.answerBytes)
    request.truncatesBody = true
    let targets = settings.targets
    request.mayConnect = { targets.mayConnect($0, for: target) }
    return request
  }
}
