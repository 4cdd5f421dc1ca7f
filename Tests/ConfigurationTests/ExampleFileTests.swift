import Configuration
import GatewayCore
import Testing

/// Goal: the example can be copied.
/// Method: it is checked as a user would.
@Suite struct ExampleFileTests {
  @Test func `the example passes the check without a remark`() throws {
    let loaded = try load(repositoryText("config/gateway.example.yaml")).get()
    #expect(loaded.report.problems == [])
    let configuration = loaded.configuration
    #expect(configuration.apps.map(\.name) == ["customer-portal", "reporting"])
    #expect(configuration.hooks.map(\.rules.count) == [3, 2])
    #expect(configuration.hooks[1].eventID == .header("webhook-id"))
  }

  @Test func `every secret of the example comes from the environment`() throws {
    var references: Set<SecretReference> = []
    _ = load(try repositoryText("config/gateway.example.yaml")) { reference in
      references.insert(reference)
      return nil
    }
    #expect(references.count == 6)
    for reference in references {
      guard case .environment = reference else {
        Issue.record("\(reference)")
        continue
      }
    }
  }
}
