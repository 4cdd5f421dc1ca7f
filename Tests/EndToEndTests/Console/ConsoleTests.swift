import GatewayCore
import PoderoSimulator
import TestSupport
import Testing

/// Goal: an operator finds everything in the console, by mouse and by keyboard, and it stays true
/// while it is looked at; nothing that others have written runs there.
/// Method: the real gateway, and a headless Chromium.
@Suite struct ConsoleTests {
  @Test func `every page shows what there is, and nothing is wrong with any`() async throws {
    try await ConsoleScene.run { scene in
      let stage = scene.stage
      _ = try await stage.full.get(stage.path(1))
      _ = try await stage.full.patch(stage.path(1), patch("/pause/active", true))
      let event = try await TestHook.house.send(
        stage.app(nil), ["id": "1", "event": "hot_water", "value": 48])
      let eventID = try #require(event.at("/event_id")?.string)
      let job = try await scene.createJob("50")
      try await eventually("the job ends") {
        try await stage.full.get("/v1/jobs/\(job)").at("/ended_at") != .null
      }
      let pages = [
        ("#/overview", "Overview", "All is well."), ("#/heat-pumps", "Heat pumps", "smith-home"),
        ("#/heat-pumps/smith-home", "smith-home", "/hot_water/standard_temperature"),
        ("#/events-in", "Events in", "hot-water"),
        ("#/events-in/\(eventID)", "Event of house", "hot_water"),
        ("#/events-out", "Events out", "job.ended"),
        ("#/subscriptions", "Subscriptions", "No app has a subscription."),
        ("#/jobs", "Jobs", "100 %"), ("#/jobs/\(job)", "Job of full, finished", "applied"),
        ("#/audit", "Audit", "/pause/active"), ("#/dry-run", "Try a patch", "On behalf of"),
      ]
      for (place, heading, text) in pages {
        try await scene.open(place, heading: heading)
        try await scene.see(text)
        #expect(
          try await scene.browser.value("document.title").string == "\(heading) – Podero gateway")
        let marked = "document.querySelectorAll('#pages [aria-current=page]').length"
        #expect(try await scene.browser.value(marked) == 1)
        // On a telephone nothing is beyond the edge.
        try await scene.browser.look("light", width: 360)
        let width = "document.documentElement.scrollWidth"
        #expect(try await scene.browser.value(width) == 360, "\(place)")
        try await scene.browser.look("light", width: 1280)
        #expect(try await scene.browser.faults() == [], "\(place)")
      }
    }
  }

  @Test func `what others have written is text`() async throws {
    try await ConsoleScene.run { scene in
      let markup = "<img src=x onerror=document.title=1><script>document.title=2</script>"
      _ = try await scene.stage.full.post(
        "/v1/subscriptions",
        [
          "url": "https://127.0.0.1:9/secret-path", "event_types": ["*"], "heat_pumps": ["*"],
          "description": .string(markup),
        ])
      try await scene.open("#/subscriptions", heading: "Subscriptions")
      try await scene.see("<img src=x onerror=document.title=1>")
      #expect(try await scene.browser.value("document.querySelector('main img')") == .null)
      let text = try await scene.browser.value("document.body.innerText").string ?? ""
      #expect(text.contains("https://127.0.0.1:9") && !text.contains("secret-path"))
      #expect(try await scene.browser.faults() == [])
      // The policy stands behind it: neither markup nor a script of elsewhere gets in.
      let attempts = [
        "try { document.body.innerHTML = '<b>x</b>'; 'in' } catch { 'refused' }",
        "try { document.body.append(Object.assign(document.createElement('script'), { text: "
          + "'document.title = 3' })); 'in' } catch { 'refused' }",
      ]
      for attempt in attempts {
        #expect(try await scene.browser.value(attempt) == "refused", "\(attempt)")
      }
      #expect(try await scene.browser.faults() != [])
      #expect(try await scene.browser.value("document.title") == "Subscriptions – Podero gateway")
    }
  }

  @Test func `an event is replayed and a job is stopped, and the page shows it by itself`()
    async throws
  {
    try await ConsoleScene.run { scene in
      let stage = scene.stage
      try await scene.open("#/events-in", heading: "Events in")
      try await scene.see("No event has come in")
      let event = try await TestHook.house.send(
        stage.app(nil), ["id": "1", "event": "hot_water", "value": 48])
      let id = try #require(event.at("/event_id")?.string)
      // Nobody has asked for it: the stream tells.
      try await scene.browser.wait("document.querySelector('td .chip')?.textContent === 'applied'")
      try await scene.click("Replay")
      try await scene.click("Replay it")
      try await eventually("it was replayed") {
        let path = "/admin/organisations/acme/hook-events/\(id)"
        return try await stage.operator.get(path).at("/replays") == .number(1)
      }
      let job = try await scene.createJob("0.05")
      try await scene.open("#/jobs/\(job)", heading: "Job of full, running")
      try await scene.click("Stop this job")
      try await scene.click("Stop, and leave what was changed")
      try await scene.browser.wait(
        "document.querySelector('h1').textContent === 'Job of full, cancelled'")
      #expect(try await scene.browser.faults() == [])
      #expect(stage.gateway.log.contains { $0["message"] == "job cancelled" })
      #expect(stage.gateway.log.contains { $0["message"] == "event replayed" })
    }
  }

  @Test func `a patch is tried, and its refusal explained`() async throws {
    try await ConsoleScene.run { scene in
      try await scene.open("#/dry-run?heat_pump=smith-home", heading: "Try a patch")
      let browser = scene.browser
      try await scene.click("Try it")
      try await scene.see("dhw_standard_temperature")
      try await browser.value(
        """
        document.getElementById('app').value = 'portal';
        document.getElementById('patch').value = '{"device": {"year": 2020}}';
        """)
      try await scene.click("Try it")
      try await scene.see("refuses")
      try await scene.see("heat-pumps:admin")
      try await browser.value("document.getElementById('patch').value = '{'")
      try await scene.click("Try it")
      try await scene.see("That is not JSON")
      #expect(try await browser.value("document.activeElement.id") == "patch")
      #expect(scene.stage.updateCount == 0)
    }
  }

  @Test func `all is reached by keyboard, in either colours, and signing out ends it`()
    async throws
  {
    try await ConsoleScene.run { scene in
      let browser = scene.browser
      try await browser.value("document.activeElement.blur()")
      try await browser.press("Tab", "Enter")
      #expect(try await browser.value("document.activeElement.id") == "main")
      try await browser.value("document.querySelector('#pages a[href=\"#/heat-pumps\"]').focus()")
      try await browser.press("Enter")
      try await browser.wait("document.querySelector('h1')?.textContent === 'Heat pumps'")
      // Whoever does not see the page hears where they are.
      #expect(try await browser.value("document.activeElement.tagName") == "H1")
      let back = "getComputedStyle(document.body).backgroundColor"
      let light = try await browser.value(back)
      try await browser.look("dark", width: 1280)
      #expect(try await browser.value(back) != light)
      let unnamed = """
        [...document.querySelectorAll('main input, main select, main button, main a')]
          .filter((one) => !one.textContent.trim() && !one.labels?.length).length
        """
      #expect(try await browser.value(unnamed) == 0)
      try await browser.value(
        "[...document.querySelectorAll('button')].find((one) => one.textContent === 'Sign out')"
          + ".click()")
      try await browser.wait("location.pathname === '/login'")
      try await scene.goToConsole()
      try await browser.wait("document.getElementById('key') !== null")
      #expect(try await browser.value("location.pathname") == "/login")
    }
  }
}
