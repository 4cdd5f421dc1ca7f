extension MetricCatalogue {
  static let upstreamRows: [Metric] = [
    Metric(
      "cache_entries", .gauge, [],
      "answers in memory"),
    Metric(
      "cache_bytes", .gauge, [],
      "what they cost; compare with `cache.bytes`"),
    Metric(
      "cache_evictions_total", .counter, [],
      "answers that had to make room. Growing: `cache.bytes` is too small"),
    Metric(
      "reads_total", .counter, ["organisation", "outcome"],
      "reads by outcome: `hit`, `revalidating`, `fetched`, `replaced`. Alert on `replaced`: "
        + "the upstream fails"),
    Metric(
      "upstream_requests_total", .counter, ["organisation", "call", "outcome"],
      "requests to the upstream, retries included"),
    Metric(
      "upstream_request_seconds_total", .counter, ["organisation", "call", "outcome"],
      "how long they took together; divide by the count for the mean"),
    Metric(
      "upstream_request_duration_seconds", .histogram, ["organisation", "call"],
      "the same as a histogram, whatever the outcome"),
    Metric(
      "upstream_in_flight", .gauge, ["organisation"],
      "requests to the upstream under way; compare with `budget.in_flight`"),
    Metric(
      "upstream_breaker_closed", .gauge, ["organisation"],
      "1 while the upstream is called as usual. Alert on 0 for some minutes"),
    Metric(
      "token_usable", .gauge, ["organisation"],
      "1 while there is an access token. Alert on 0"),
    Metric(
      "token_expires_seconds", .gauge, ["organisation"],
      "how long the token is good for. Alert when it falls below a tenth of its life"),
    Metric(
      "token_fetches_total", .counter, ["organisation"],
      "requests to the token endpoint"),
    Metric(
      "token_failures_total", .counter, ["organisation"],
      "of these, the failed ones"),
    Metric(
      "identity_tokens_total", .counter, ["outcome"],
      "access tokens of callers: `accepted`, `remembered` (verified less than a minute "
        + "before), or why they were refused: `unknown_key`, `expired`, `signature`, "
        + "`audience`, `unmapped` and others. Many of one kind: a client is set up wrongly, or "
        + "somebody tries"),
    Metric(
      "identity_keys", .gauge, ["provider"],
      "public keys of the identity provider that are known. Alert on 0: none of its tokens "
        + "is accepted"),
    Metric(
      "identity_keys_age_seconds", .gauge, ["provider"],
      "how long ago the provider last confirmed them. Alert above two hours: a key that was "
        + "withdrawn meanwhile still counts"),
    Metric(
      "identity_refreshes_total", .counter, ["provider", "outcome"],
      "fetches of the keys: `ok`, `failed`"),
  ]
}
