extension MetricCatalogue {
  static let storageRows: [Metric] = [
    Metric(
      "storage_writable", .gauge, [],
      "1 while the storage takes writes. Alert on 0: writes are refused"),
    Metric(
      "storage_commits_total", .counter, [],
      "transactions; each waits once for the disk"),
    Metric(
      "storage_commands_total", .counter, [],
      "changes that they carried out; divided by the commits, how many share one wait"),
    Metric(
      "storage_commit_duration_seconds", .histogram, [],
      "how long a transaction took, the disk included. Every write and event waits for one"),
    Metric(
      "storage_commit_commands", .histogram, [],
      "how many changes shared a transaction"),
    Metric(
      "storage_commit_failures_total", .counter, [],
      "transactions that failed. Alert on any"),
    Metric(
      "storage_refusals_total", .counter, [],
      "changes refused since 10000 were waiting: the disk is too slow"),
    Metric(
      "storage_waiting", .gauge, [],
      "changes that wait for their transaction. Growing: the disk is slow"),
    Metric(
      "storage_database_bytes", .gauge, [],
      "size of the database file, or of all tables and indices on a server, up to ten "
        + "seconds ago"),
    Metric(
      "storage_log_bytes", .gauge, [],
      "size of a file's write-ahead log; above 64 MiB for long: somebody keeps an old state "
        + "open"),
    Metric(
      "operations", .gauge, ["state"],
      "operations that are `queued`, `sent`, or `accepted` and not verified yet, up to ten "
        + "seconds ago"),
    Metric(
      "jobs", .gauge, ["state"],
      "[fleet jobs](#fleet-jobs) that have not ended"),
    Metric(
      "operations_oldest_seconds", .gauge, [],
      "age of the oldest queued or sent operation. Alert above some minutes: a heat pump's "
        + "queue is stuck"),
    Metric(
      "admin_logins_total", .counter, ["outcome"],
      "attempts of browsers to log in: `accepted`, `refused`, `limited`. Many refused: "
        + "somebody tries"),
    Metric(
      "admin_sessions", .gauge, [],
      "sessions of operators' browsers"),
    Metric(
      "config_generation", .gauge, [],
      "configurations put in force since the start, the first included"),
    Metric(
      "config_current", .gauge, [],
      "0 after a configuration was refused, until one is loaded. Alert on 0: somebody "
        + "thinks that a change counts"),
    Metric(
      "config_loaded_timestamp_seconds", .gauge, [],
      "when the configuration in force was loaded, in seconds since 1970"),
    Metric(
      "config_refused_timestamp_seconds", .gauge, [],
      "when one was refused last; not there if none was"),
    Metric(
      "config_reloads_total", .counter, ["outcome"],
      "reloads: `loaded`, `refused`"),
    Metric(
      "config_needs_restart", .gauge, [],
      "settings of the file that wait for a restart"),
  ]
}
