import Foundation

/// How many times as long as usual something may take before a test gives up:
/// `PODERO_TEST_PATIENCE`, 1 if that is not set. Sanitizers make everything slower.
public let testPatience =
  ProcessInfo.processInfo.environment["PODERO_TEST_PATIENCE"].flatMap { Int($0) } ?? 1
