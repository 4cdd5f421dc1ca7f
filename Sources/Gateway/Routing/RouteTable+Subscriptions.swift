import GatewayCore
import Webhooks

extension RouteTable {
  private static let one = "/v1/subscriptions/{subscription_id}"

  /// Subscriptions and their deliveries.
  static let subscriptions = [
    Endpoint(
      id: "createSubscription", method: .post, template: "/v1/subscriptions",
      access: .app([.subscriptionsWrite, .eventsRead]),
      summary: "Have events sent to a URL; the answer shows the secret that signs them, this once.",
      body: .init(
        contentTypes: ["application/json"], schema: .reference("NewSubscription"),
        isRequired: true),
      answers: [
        .init(201, "The subscription, with its secret.", .reference("SubscriptionWithSecret"))
      ],
      problems: EndpointProblems.subscriptionBody.union([.tooManySubscriptions]),
      conditions: .version, handle: SubscriptionEndpoints.create),
    Endpoint(
      id: "listSubscriptions", method: .get, template: "/v1/subscriptions",
      access: .app(.eventsRead), summary: "The app's own subscriptions.",
      query: [.limit, .cursor],
      answers: [.init(200, "A page.", .reference("SubscriptionList"))],
      problems: EndpointProblems.stored, handle: SubscriptionEndpoints.list),
    Endpoint(
      id: "getSubscription", method: .get, template: one, access: .app(.eventsRead),
      summary: "A subscription: what it wants, and how its receiver fares.",
      answers: [subscription], problems: EndpointProblems.operation, conditions: .version,
      handle: SubscriptionEndpoints.get),
    Endpoint(
      id: "patchSubscription", method: .patch, template: one, access: .app(.subscriptionsWrite),
      summary: "Change what a subscription wants: absent members stay as they are.",
      body: .init(
        contentTypes: WriteEndpoints.patchTypes, schema: .reference("SubscriptionPatch"),
        isRequired: true),
      answers: [subscription],
      problems: EndpointProblems.subscriptionBody.union(EndpointProblems.version),
      conditions: .version, handle: SubscriptionEndpoints.change),
    Endpoint(
      id: "deleteSubscription", method: .delete, template: one,
      access: .app(.subscriptionsWrite),
      summary: "Forget a subscription with all of its deliveries.",
      answers: [.init(204, "It is gone.", [])], problems: EndpointProblems.version,
      conditions: .version, handle: SubscriptionEndpoints.delete),
    command(
      "pauseSubscription", "pause", "Queue and send nothing until it is resumed.",
      SubscriptionEndpoints.pause),
    command(
      "resumeSubscription", "resume",
      "Queue and send again, also after the gateway has given it up.",
      SubscriptionEndpoints.resume),
    Endpoint(
      id: "rotateSubscriptionSecret", method: .post, template: one + "/rotate-secret",
      access: .app(.subscriptionsWrite),
      summary: "Make a new secret; the former one signs, too, for a while.",
      body: .init(
        contentTypes: ["application/json"], schema: .reference("SecretRotation"),
        isRequired: false),
      answers: [
        .init(
          200, "The subscription, with its new secret.", .reference("SubscriptionWithSecret"))
      ],
      problems: EndpointProblems.subscriptionBody.union(EndpointProblems.version),
      conditions: .version, handle: SubscriptionEndpoints.rotateSecret),
    Endpoint(
      id: "testSubscription", method: .post, template: one + "/test",
      access: .app(.subscriptionsWrite),
      summary: "Send an event of the type gateway.subscription_test now, once.",
      answers: [.init(200, "What came of it.", .reference("SubscriptionTest"))],
      problems: EndpointProblems.operation, handle: SubscriptionEndpoints.test),
    Endpoint(
      id: "replaySubscription", method: .post, template: one + "/replay",
      access: .app(.subscriptionsWrite),
      summary: "Send all events again that the subscription wants, from somewhere on.",
      body: .init(
        contentTypes: ["application/json"], schema: .reference("SubscriptionReplay"),
        isRequired: true),
      answers: [.init(202, "How many are queued.", .reference("SubscriptionReplayed"))],
      problems: EndpointProblems.subscriptionBody.union([.notFound]),
      handle: SubscriptionEndpoints.replay),
    Endpoint(
      id: "listDeliveries", method: .get, template: "/v1/deliveries",
      access: .app(.eventsRead),
      summary: "Deliveries of the app's subscriptions, those of the newest events first.",
      query: DeliveryEndpoints.parameters + [.limit, .cursor],
      answers: [.init(200, "A page.", .reference("DeliveryList"))],
      problems: EndpointProblems.operation, handle: DeliveryEndpoints.list),
    Endpoint(
      id: "getDelivery", method: .get, template: "/v1/deliveries/{delivery_id}",
      access: .app(.eventsRead), summary: "A delivery with its attempts.",
      answers: [.init(200, "The delivery.", .reference("Delivery"))],
      problems: EndpointProblems.operation, handle: DeliveryEndpoints.get),
    Endpoint(
      id: "replayDelivery", method: .post, template: "/v1/deliveries/{delivery_id}/replay",
      access: .app(.subscriptionsWrite),
      summary: "Send the event again, whatever became of it.",
      answers: [.init(202, "The delivery, queued again.", .reference("Delivery"))],
      problems: EndpointProblems.operation, handle: DeliveryEndpoints.replay),
  ]

  private static let subscription = Endpoint.Answer(
    200, "The subscription.", .reference("Subscription"))

  private static func command(
    _ id: String, _ name: String, _ summary: String, _ handle: @escaping Endpoint.Handler
  ) -> Endpoint {
    Endpoint(
      id: id, method: .post, template: one + "/" + name, access: .app(.subscriptionsWrite),
      summary: summary, answers: [subscription], problems: EndpointProblems.version,
      conditions: .version, handle: handle)
  }
}

extension EndpointProblems {
  /// Those of a list that the storage has.
  static let stored = app.union([.storageUnavailable, .upstreamTimeout])

  /// Those of what changes in versions.
  static let version = operation.union([.preconditionFailed])

  /// Those of a body about subscriptions.
  static let subscriptionBody = stored.union([
    .malformedJSON, .unsupportedMediaType, .invalidSubscription,
  ])
}
