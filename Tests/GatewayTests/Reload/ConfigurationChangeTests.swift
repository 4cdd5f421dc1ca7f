import Configuration
import Testing

@testable import Gateway

/// Goal: what a reload cannot change is kept and named, and what it changes is named, too.
/// Method: the tables of both against the table of all settings, and two configurations.
@Suite struct ConfigurationChangeTests {
  @Test func `the settings that need a restart are those that the reference says`() {
    let fixed = FixedSetting.all.map(\.path)
    func isFixed(_ key: ConfigurationKey) -> Bool {
      fixed.contains { key.path == $0 || key.path.hasPrefix($0 + ".") }
    }
    for key in ConfigurationKeys.all where key.kind != .group {
      #expect(isFixed(key) == key.needsRestart, "\(key.path)")
    }
    for path in fixed {
      #expect(ConfigurationKeys.all.contains { $0.path == path }, "\(path)")
    }
  }

  @Test func `each setting is told of when it changes, or needs a restart`() {
    let told = ConfigurationChange.told
    for key in ConfigurationKeys.all
    where key.kind != .group && !key.needsRestart && !key.path.hasSuffix("].name")
      && !key.path.hasSuffix("].alias") && !Self.lists.contains(key.path)
    {
      #expect(
        told.contains {
          key.path == $0 || key.path.hasPrefix($0 + ".")
            || key.path.hasPrefix($0 + "[")
        }, "\(key.path)")
    }
  }

  private static let lists = ["organisations", "identity_providers", "apps", "heat_pumps", "hooks"]

  @Test func `what is fixed is put back, and the rest is not`() {
    var before = GatewayConfiguration()
    before.listen.port = 1
    var after = before
    after.listen.port = 2
    after.storage.backend = .sqlite(path: "elsewhere")
    after.log.level = .debug
    #expect(FixedSetting.keep(in: &after, from: before) == ["listen.port", "storage"])
    #expect(after.listen == before.listen && after.storage == before.storage)
    #expect(
      ConfigurationChange.between(before, after)
        == [ConfigurationChange(path: "log.level", kind: .changed)])
  }

  @Test func `a path becomes the pointer that says the same`() {
    #expect(ReloadEndpoint.pointer("") == "")
    #expect(ReloadEndpoint.pointer("listen.port") == "/listen/port")
    #expect(
      ReloadEndpoint.pointer("apps[12].may_write[/pause/until].minimum")
        == "/apps/12/may_write/~1pause~1until/minimum")
    #expect(ReloadEndpoint.pointer("hooks[0].rules[1].when[2]") == "/hooks/0/rules/1/when/2")
  }
}
