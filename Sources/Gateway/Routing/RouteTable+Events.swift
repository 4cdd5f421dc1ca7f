import GatewayCore

extension RouteTable {
  /// Events out.
  static let events = [
    Endpoint(
      id: "readEvents", method: .get, template: "/v1/events", access: .app(.eventsRead),
      summary: "What happened, the oldest first.",
      query: FeedEndpoint.parameters + [.limit],
      answers: [.init(200, "A page.", .reference("EventPage"))],
      problems: EndpointProblems.operation, handle: FeedEndpoint.read),
    Endpoint(
      id: "openStream", method: .get, template: "/v1/stream", access: .app(.eventsRead),
      summary: "What happens, as it happens: Server-Sent Events.",
      query: StreamEndpoint.parameters,
      answers: [.init(200, "The stream.", .reference("EventStream"), type: "text/event-stream")],
      problems: EndpointProblems.app.union([.notFound, .tooManyStreams]), conditions: .resume,
      handle: StreamEndpoint.open),
  ]
}
