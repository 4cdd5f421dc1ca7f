import Glibc
import Testing

/// Goal: the executables can be called as the documentation says.
/// Method: the built products, run as processes.
@Suite struct CommandLineTests {
  @Test func `the products are built beside the tests`() {
    #expect(access(".build/debug/podero-gateway", X_OK) == 0)
  }
}
