import GatewayCore
import Glibc
import PoderoSimulator
import TestSupport
import Testing

/// Goal: what a page gives to copy works as it stands there.
/// Method: each page's program runs as its system would run it, with that system's own functions
/// replaced by small ones, and reports that somebody came home.
@Suite struct RecipeProgramTests {
  /// How a page's program is run.
  struct Host: Sendable, CustomTestStringConvertible {
    let recipe: String
    let language: String
    /// Names the interpreter, and hands it the program.
    let words: @Sendable (_ program: String) -> [String]

    var testDescription: String { recipe }
  }

  private static let node = "/usr/bin/node"
  private static let programs = [node, "/usr/bin/curl", "/usr/bin/openssl"]

  private static let hosts = [
    Host(recipe: "curl", language: "sh") { program in
      ["/bin/sh", "-c", program, "podero-event", #"{"id": "x-1", "event": "somebody_home"}"#]
    },
    javaScript("node-red") { program in
      """
      const crypto = require('crypto');
      const env = { get: (name) => process.env[name] };
      const sign = (msg) => { \(program) };
      const msg = sign({ _msgid: 'x-1', payload: { event: 'somebody_home' } });
      const url = `${process.env.ORIGIN}/v1/hooks/node-red`;
      fetch(url, { method: 'POST', headers: msg.headers, body: msg.payload })
        .then((answer) => { process.exitCode = answer.status === 202 ? 0 : 1; });
      """
    },
    javaScript("homey") { program in
      "(async (args) => { \(program) })(['{\"event\": \"somebody_home\"}']);"
    },
    javaScript("openhab") { program in
      """
      const sendHttpPostRequest = (url, type, body, headers) => fetch(
        url, { method: 'POST', headers: { ...headers, 'Content-Type': type }, body })
        .then((answer) => { process.exitCode = answer.status === 202 ? 0 : 1; });
      const actions = { HTTP: { sendHttpPostRequest } };
      const triggers = { ItemStateChangeTrigger: () => ({}) };
      const items = { Presence: { state: 'ON' } };
      const rules = { JSRule: (rule) => rule.execute() };
      \(program)
      """
    },
  ]

  private static func javaScript(
    _ recipe: String, _ script: @escaping @Sendable (String) -> String
  ) -> Host {
    Host(recipe: recipe, language: "javascript") { [node, "-e", script($0)] }
  }

  @Test(
    .enabled(if: programs.allSatisfy { access($0, X_OK) == 0 }, "needs curl, openssl and node"),
    arguments: hosts)
  func `the page's program sends an event that is applied`(host: Host) async throws {
    let recipe = Recipe(name: host.recipe)
    let secrets = ["NODE_RED_HOOK_SECRET", "CURL_HOOK_SECRET"]
    try await withStage(gateway: { setup in
      setup.appendix = "hooks:\n" + recipe.hook(named: recipe.name, heatPump: "smith-home")
      for name in secrets { setup.environment[name] = recipe.secret }
    }) { stage in
      let port = stage.gateway.port
      let program = try #require(recipe.program(in: host.language, port: port))
      var environment = ["PATH": "/usr/bin:/bin", "ORIGIN": "http://127.0.0.1:\(port)"]
      for name in secrets { environment[name] = recipe.secret }
      let process = try ChildProcess(host.words(program), environment: environment)
      #expect(try await process.wait() == .exited(0), "\(process.output) \(process.errors)")
      try await eventually("update of \(recipe.name)") { stage.updateCount == 1 }
      let sample = try #require(recipe.samples.first { $0.rule == "somebody-home" })
      #expect(Recipe.differences(sample, stage.lastUpdate(1)) == [])
    }
  }
}
