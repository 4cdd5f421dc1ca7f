extension MetricCatalogue {
  static let requestsRows: [Metric] = [
    Metric(
      "build_info", .gauge, ["version"],
      "always 1; the labels say what runs"),
    Metric(
      "requests_total", .counter, ["method", "route", "status"],
      "answers to callers. Alert on 5xx"),
    Metric(
      "connections", .gauge, [],
      "open connections of callers; compare with `limits.connections`"),
    Metric(
      "connections_refused_total", .counter, [],
      "connections closed as their address had `limits.connections_per_address`"),
    Metric(
      "request_duration_seconds", .histogram, ["method", "route", "status"],
      "from a request's first line to its answer, or a stream's head; `status` is a class "
        + "such as `2xx`. How long events take to be accepted is at the route "
        + "`/v1/hooks/{hook}`"),
    Metric(
      "requests_suspended", .gauge, [],
      "requests that wait for their answer. Growing: the upstream is slow"),
    Metric(
      "requests_refused_total", .counter, [],
      "requests refused before they were whole: bad framing, too large, too slow"),
    Metric(
      "streams", .gauge, [],
      "open event streams"),
    Metric(
      "streams_opened_total", .counter, [],
      "event streams begun"),
    Metric(
      "streams_cut_total", .counter, [],
      "event streams cut because their clients did not read as fast as the events came"),
    Metric(
      "streams_ended_total", .counter, ["organisation", "end"],
      "event streams by their end: `client_left`, `too_slow`, `draining`, `refused` "
        + "(`limits.streams`), `finished` (the key has expired, or a reload ended it)"),
    Metric(
      "stream_events_total", .counter, ["organisation"],
      "events sent over streams, each as often as it was"),
    Metric(
      "stream_resyncs_total", .counter, ["organisation"],
      "streams that came back too late to be told all: events are kept for too short a "
        + "time, or an app stays away too long"),
    Metric(
      "stream_pages_total", .counter, ["organisation"],
      "pages of the event log read for streams, one a second and organisation at least "
        + "while there are any"),
  ]
}
