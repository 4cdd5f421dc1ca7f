import Logging
import Testing

@testable import Gateway

/// Goal: callers' connections leave descriptors for the way upstream, whatever the limits are.
/// Method: the division is asked for several limits.
@Suite struct ConnectionShareTests {
  @Test(arguments: [
    (20000, 2, 65536, 10000), (20000, 3, 65536, 6667), (20000, 2, 20000, 9488),
    (20000, 1, 1024, 768), (100, 8, 1024, 13), (3, 8, 1024, 1),
  ])
  func `the limit is shared out, and some descriptors are kept`(
    configured: Int, servers: Int, descriptors: Int, each: Int
  ) {
    let share = ConnectionShare(
      configured: configured, servers: servers, descriptors: descriptors)
    #expect(share.perServer(Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) == each)
  }
}
