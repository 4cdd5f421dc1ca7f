import GatewayCore
import PoderoSimulator
import TestSupport
import Testing

/// Goal: the recipes work as their pages say.
/// Method: the shipped sections are checked and run; every sample is sent with the source's proof,
/// each to a heat pump of its own, so that none is merged with another.
@Suite struct RecipeTests {
  private struct Trial: Sendable {
    let recipe: Recipe
    let sample: Recipe.Sample
    /// Counted over all recipes, from 1.
    let number: Int

    var hook: String { "\(recipe.name)-\(number)" }
    var alias: String { "home-\(number)" }
  }

  private static let secrets = [
    "NODE_RED_HOOK_SECRET": Recipe(name: "node-red").secret,
    "CURL_HOOK_SECRET": Recipe(name: "curl").secret,
  ]

  private static let trials = Recipe.all.flatMap { recipe in
    recipe.samples.map { (recipe, $0) }
  }.enumerated().map { Trial(recipe: $1.0, sample: $1.1, number: $0 + 1) }

  @Test(arguments: Recipe.all)
  func `a recipe is accepted as it is, and its page has a sample for each rule`(
    recipe: Recipe
  ) async throws {
    let command = try await Self.command(recipe, ["check-config"])
    #expect(command.errors.filter { $0.contains("hooks[") } == [])
    #expect(recipe.rules.count == 10)
    #expect(recipe.samples.map(\.rule) == recipe.rules)
  }

  @Test(arguments: Recipe.all)
  func `trying an event out answers what the page shows`(recipe: Recipe) async throws {
    let trial = try #require(recipe.trial)
    let folder = try TemporaryFolder()
    let sample = try folder.write(trial.event, to: "event.json")
    #expect(
      recipe.page.contains("podero-gateway hook-events test \(recipe.name) event.json --config"))
    let command = try await Self.command(
      recipe, ["hook-events", "test", recipe.name, sample, "--config"])
    let shown = trial.answer.replacing(
      /"heat_pump_id": "[^"]+"/,
      with: "\"heat_pump_id\": \"\(PoderoSimulator.heatPumpID(1))\"")
    #expect(command.output.joined(separator: "\n") == shown)
  }

  /// Runs a command that takes the path of a configuration with the recipe as its last word.
  private static func command(_ recipe: Recipe, _ words: [String]) async throws -> ChildProcess {
    var setup = GatewaySetup(origin: "http://127.0.0.1:1")
    setup.appendix = recipe.section
    setup.environment.merge(secrets) { _, new in new }
    let folder = try TemporaryFolder()
    let file = try folder.write(
      setup.configurationText(folder: folder.path), to: "gateway.yaml")
    let process = try ChildProcess(
      [try BuiltProduct.path("podero-gateway")] + words + [file],
      environment: setup.environment.merging(try await TestStorage.environment()) { own, _ in own })
    #expect(try await process.wait() == .exited(0), "\(process.errors)")
    return process
  }

  @Test func `every sample is applied and reaches the upstream as documented`() async throws {
    let trials = Self.trials
    #expect(trials.count == 50)
    try await withStage(
      simulator: { $0.heatPumpsPerUser = Self.heatPumpsPerUser },
      gateway: { Self.addHooks(for: trials, to: &$0) }
    ) { stage in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for trial in trials {
          group.addTask { try await Self.run(trial, stage) }
        }
        try await group.waitForAll()
      }
      #expect(stage.updateCount == trials.count)
    }
  }

  private static func run(_ trial: Trial, _ stage: Stage) async throws {
    let what = "\(trial.recipe.name), \(trial.sample.rule)"
    let answer = try await trial.recipe.send(
      trial.sample.body, to: trial.hook, stage.app(nil))
    #expect(answer.status == 202, "\(what): \(answer.text)")
    let id = try #require(answer.at("/event_id")?.string)
    let event = try await eventualValue("the end of \(what)", within: .seconds(40)) {
      let event = try await stage.portal.get("/v1/hook-events/\(id)")
      return event.at("/state") == "accepted" ? nil : event
    }
    #expect(event.at("/state") == "applied", "\(what): \(event.text)")
    #expect(event.at("/rule")?.string == trial.sample.rule)
    let sent = stage.lastUpdate(trial.number)
    #expect(Recipe.differences(trial.sample, sent) == [], "\(what): \(sent.debugDescription)")
  }

  private static func addHooks(for trials: [Trial], to setup: inout GatewaySetup) {
    setup.scopes = ["portal": ["events:read"]]
    setup.environment.merge(secrets) { _, new in new }
    setup.appendix =
      "hooks:\n"
      + trials.map { $0.recipe.hook(named: $0.hook, heatPump: $0.alias) }.joined()
    // An app of the setup names it.
    let smithHome = heatPump("smith-home", number: trials.count + 1)
    setup.more["heat_pumps"] = .array(
      trials.map { heatPump($0.alias, number: $0.number) } + [smithHome])
  }

  private static let heatPumpsPerUser = 20

  private static func heatPump(_ alias: String, number: Int) -> JSONValue {
    let owner = PoderoSimulator.userID((number - 1) / heatPumpsPerUser + 1)
    return [
      "alias": .string(alias), "organisation": "acme",
      "user_id": .string(owner.description),
      "heat_pump_id": .string(PoderoSimulator.heatPumpID(number).description),
    ]
  }
}
