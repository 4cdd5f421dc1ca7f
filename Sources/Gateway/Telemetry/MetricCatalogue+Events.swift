extension MetricCatalogue {
  static let eventsRows: [Metric] = [
    Metric(
      "tls_certificate_end_timestamp_seconds", .gauge, [],
      "when the certificate ends that new connections are shown, in seconds since 1970. "
        + "Alert two weeks before"),
    Metric(
      "tls_reloads_total", .counter, ["outcome"],
      "times that its files were read anew: `replaced`, `refused`. Alert on `refused`"),
    Metric(
      "tls_handshakes_total", .counter, ["outcome"],
      "TLS handshakes of callers: `completed`, `failed`"),
    Metric(
      "writes_total", .counter, ["organisation", "outcome"],
      "writes: `applied`, `unapplied` (some value did not take), `failed`"),
    Metric(
      "write_accepted_seconds", .histogram, ["organisation"],
      "from a write's being stored to the upstream's confirming it: waiting for its turn, "
        + "for others to merge with, and the update"),
    Metric(
      "write_verified_seconds", .histogram, ["organisation"],
      "from a write's being stored to the device's showing it. Devices show their state "
        + "every 5 to 15 minutes"),
    Metric(
      "polls_total", .counter, ["organisation", "outcome"],
      "polls of users' lists: `read`, `cached` (somebody had just read it), `not_found`, "
        + "`throttled`, `failed`"),
    Metric(
      "polled_users", .gauge, ["organisation"],
      "users whose lists are polled"),
    Metric(
      "poll_interval_seconds", .gauge, ["organisation"],
      "how long a list waits for its next poll in quiet times. Above `polling.interval`: "
        + "half of the budget is not enough"),
    Metric(
      "poll_backpressure", .gauge, ["organisation"],
      "by how much polling is slowed down; above 1 for long: the upstream wants fewer "
        + "requests"),
    Metric(
      "observations_total", .counter, ["organisation"],
      "heat pumps looked at for changes"),
    Metric(
      "observations_dropped_total", .counter, ["organisation"],
      "answers that found no room to wait for that, as the storage was away"),
    Metric(
      "observations_waiting", .gauge, ["organisation"],
      "heat pumps whose answers wait to be looked at. Growing: the storage is slow or away"),
    Metric(
      "events_total", .counter, ["organisation", "type"],
      "events stored"),
    Metric(
      "hook_events_total", .counter, ["hook", "outcome"],
      "events of home automation: `accepted`, `repeated`, `refused`. Many refused: a wrong "
        + "secret, or somebody tries"),
    Metric(
      "delivery_attempts_total", .counter, ["outcome"],
      "attempts to deliver events: `delivered`, `gone`, `redirected`, `refused`, `failed`, "
        + "`timeout`, `unreachable`, `tls`, `refused_target`, `unusable`. Alert on `unusable`: "
        + "an event could not be signed or read"),
    Metric(
      "delivery_attempt_seconds_total", .counter, [],
      "how long they took together; divide by the count for the mean"),
    Metric(
      "delivery_attempt_duration_seconds", .histogram, [],
      "the same as a histogram"),
    Metric(
      "delivery_lag_seconds", .histogram, [],
      "from an event to its being delivered, tries that failed included"),
    Metric(
      "deliveries_pending", .gauge, [],
      "deliveries that wait, to active subscriptions, up to ten seconds ago"),
    Metric(
      "deliveries_oldest_seconds", .gauge, [],
      "how long the oldest of them has waited. Hours: a receiver fails"),
    Metric(
      "subscriptions", .gauge, ["state"],
      "subscriptions that are `active`, `paused` or `disabled`, up to ten seconds ago"),
    Metric(
      "subscription_warnings_total", .counter, [],
      "warnings that a subscription keeps failing"),
    Metric(
      "subscriptions_disabled_total", .counter, [],
      "subscriptions that were given up. Tell their owners"),
    Metric(
      "upstream_reset_fields_total", .counter, ["organisation"],
      "fields that the upstream reset unasked. Alert on any"),
  ]
}
