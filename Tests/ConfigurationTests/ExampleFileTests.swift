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
    #expect(configuration.heatPumps.map(\.alias) == ["smith-home", "jones-home"])
  }

  @Test func `the example asks for nothing that this version does not serve`() throws {
    let configuration = try load(repositoryText("config/gateway.example.yaml")).get().configuration
    #expect(configuration.hooks.isEmpty)
    #expect(configuration.listen.tls == nil)
    #expect(configuration.storage == GatewayConfiguration().storage)
    #expect(configuration.webhooksOut == GatewayConfiguration().webhooksOut)
  }

  @Test func `every secret of the example comes from the environment`() throws {
    var references: Set<SecretReference> = []
    _ = load(try repositoryText("config/gateway.example.yaml")) { reference in
      references.insert(reference)
      return nil
    }
    #expect(references.count == 2)
    for reference in references {
      guard case .environment = reference else {
        Issue.record("\(reference)")
        continue
      }
    }
  }
}
