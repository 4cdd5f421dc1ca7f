import Logging

/// How many connections each of a listener's servers may hold.
///
/// The configured limit is for all together, and callers may not use up the process's descriptors:
/// then a request that is let in could not be sent upstream.
struct ConnectionShare {
  /// `limits.connections`.
  let configured: Int
  /// How many servers share the listener.
  let servers: Int
  /// How many descriptors the process may have.
  let descriptors: Int

  // For the upstream's connections, the database, the admin listener and the log.
  private var reserve: Int { min(1024, descriptors / 4) }

  /// The limit for all servers.
  var total: Int { max(servers, min(configured, descriptors - reserve)) }

  /// The limit for one of them; the kernel spreads connections about evenly over them.
  func perServer(_ logger: Logger) -> Int {
    if total < configured {
      logger.notice(
        "limits.connections is more than the process's descriptors allow",
        metadata: [
          "connections": "\(configured)", "in_use": "\(total)", "descriptors": "\(descriptors)",
        ])
    }
    return (total + servers - 1) / servers
  }
}
