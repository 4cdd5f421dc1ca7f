import GatewayCore
import PoderoSimulator
import TestSupport
import Testing

/// A gateway of which there is something to see, and a browser in front of its console.
struct ConsoleScene: Sendable {
  let stage: Stage
  let browser: Chromium

  private var origin: String { "http://127.0.0.1:\(stage.gateway.adminPort)" }

  /// Runs `body` with a browser that is logged in; nothing may be wrong with any page until then.
  static func run(_ body: @Sendable (ConsoleScene) async throws -> Void) async throws {
    try await withStage(gateway: { setup in
      setup.addHooks()
      setup.scopes = ["full": ["events:read", "subscriptions:write", "jobs:write"]]
      setup.more["webhooks_out"] = ["allow": ["127.0.0.0/8"]]
    }) { stage in
      let scene = ConsoleScene(stage: stage, browser: try Chromium())
      try await scene.logIn()
      try await body(scene)
    }
  }

  /// Asks for the console, whoever is logged in.
  func goToConsole() async throws { try await browser.go(origin + "/console") }

  private func logIn() async throws {
    try await browser.look("light", width: 1280)
    try await goToConsole()
    try await browser.wait("location.pathname === '/login'")
    try await browser.value("document.getElementById('key').value = '\(TestKey.operator.key)'")
    try await browser.value("document.getElementById('key').focus()")
    try await browser.press("Enter")
    try await browser.wait("location.pathname === '/console'")
    try await browser.wait("document.querySelectorAll('.panel').length > 5")
  }

  /// Opens a page of the console, and waits until all is there.
  func open(_ place: String, heading: String) async throws {
    try await browser.value("location.hash = '\(place)'")
    try await browser.wait("document.querySelector('h1')?.textContent === '\(heading)'")
    try await browser.wait("!document.querySelector('[aria-busy=true]')")
  }

  /// Waits until a text is to be read.
  func see(_ text: String) async throws {
    try await browser.wait("document.querySelector('main').innerText.includes('\(text)')")
  }

  /// Presses a button by its words, with the mouse.
  func click(_ words: String) async throws {
    try await browser.wait(
      "[...document.querySelectorAll('button')].some((one) => one.textContent === '\(words)')")
    try await browser.value(
      """
      [...document.querySelectorAll('button')].findLast((one) => one.textContent === '\(words)')
        .click()
      """)
  }

  /// A heat pump's job of all heat pumps of the first user.
  func createJob(_ rate: String) async throws -> String {
    let answer = try await stage.full.post(
      "/v1/jobs",
      [
        "users": [.string(PoderoSimulator.userID(1).description)],
        "patch": ["pause": ["active": true]], "rate_per_second": decimal(rate),
      ])
    return try #require(answer.at("/id")?.string, "\(answer.text)")
  }
}
