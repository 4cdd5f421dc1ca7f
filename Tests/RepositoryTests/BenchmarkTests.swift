import Testing

/// Goal: what the benchmark's tables say follows from what was measured.
/// Method: its programs run on samples whose medians and ratios are known.
@Suite struct BenchmarkTests {
  @Test func `a table has the median with the extremes`() throws {
    let samples = [30, 10, 20].enumerated().map { round, rate in
      line("read, 8", "this", round + 1, rate: rate, cpu: rate / 10)
    }
    let table = try table(samples)
    #expect(table.contains("| read, 8 | 20 (10–30) | 2.0 (1.0–3.0) |"))
    #expect(!table.contains("this"))
  }

  @Test func `an even number of rounds has the mean of the middle two`() throws {
    let samples = [40, 10, 20, 30].enumerated().map { round, rate in
      line("read, 8", "this", round + 1, rate: rate, cpu: 1)
    }
    #expect(try table(samples).contains("| read, 8 | 25 (10–40) |"))
  }

  @Test func `ratios are taken round by round`() throws {
    let samples = [
      line("read, 8", "this", 1, rate: 20, cpu: 1), line("read, 8", "other", 1, rate: 10, cpu: 4),
      line("read, 8", "this", 2, rate: 300, cpu: 2), line("read, 8", "other", 2, rate: 100, cpu: 2),
      line("read, 8", "this", 3, rate: 10, cpu: 3), line("read, 8", "other", 3, rate: 10, cpu: 6),
      "part\tparse\tthis\t1\t500", "part\tparse\tother\t1\t1000",
    ]
    let table = try table(samples)
    #expect(table.contains("| read, 8, this | 20 (10–300) |"))
    #expect(
      table.contains("| read, 8, other | 2.00 (1.00–3.00) | 0.50 (0.25–1.00) | 1.00 (1.00–1.00) |"))
    #expect(table.contains("| parse | 500 (500–500) | 1000 (1000–1000) | 0.50 (0.50–0.50) |"))
  }

  @Test func `a target is kept where the middle ratio is on its side`() throws {
    let samples = [
      line("read, 8", "this", 1, rate: 20, cpu: 1), line("read, 8", "nginx", 1, rate: 10, cpu: 2),
      target("CPU a request", "most", "0.50"), target("requests/s", "least", "2.10"),
      "target\tread, 8\tsomebody else\tp99\tmost\t1.00",
    ]
    let table = try table(samples)
    #expect(table.contains("| read, 8, gateway | 20 (20–20) |"))
    #expect(
      table.contains("| read, 8, nginx: CPU a request | ≤ 0.50 | 0.50 (0.50–0.50) | yes |"))
    #expect(
      table.contains("| read, 8, nginx: requests/s | ≥ 2.10 | 2.00 (2.00–2.00) | **no** |"))
    #expect(!table.contains("somebody else"))
  }

  @Test func `growth is told in a table and a picture`() throws {
    let lines = "heat pumps\t100\t9\nheat pumps\t1000000\t13.5\n"
    let table = try Awk.output(of: "Benchmarks/growth.awk", for: lines, ["FS=\t", "form=table"])
    #expect(
      table.hasSuffix(
        "| heat pumps | 100 | 9.0 | 1.00 |\n| heat pumps | 1,000,000 | 13.5 | 1.50 |\n"))
    let picture = try Awk.output(
      of: "Benchmarks/growth.awk", for: lines, ["FS=\t", "form=picture"])
    #expect(picture.contains(#"<polyline points="40,93 290,60""#))
  }

  @Test func `what several gateways do, and what it costs, is told in tables`() throws {
    let line = "write\t2\t1234.5\t7.25\t90\t1500\t4.25\t9960\t0\n"
    let rates = try Awk.output(of: "Benchmarks/cluster.awk", for: line, ["FS=\t", "form=rates"])
    #expect(rates.hasSuffix("\n| write | 2 | 1,234 | 7.2 ms | 90 µs | 1500 µs | 0 |\n"))
    let costs = try Awk.output(of: "Benchmarks/cluster.awk", for: line, ["FS=\t", "form=costs"])
    #expect(costs.contains("4.2 transactions that write, 1.5 ms"))
    #expect(costs.contains("10 KB of write-ahead log"))
    let sizes = try Awk.output(
      of: "Benchmarks/cluster.awk", for: "audit\t8192\t16\nevent\t8192\t0\n",
      ["FS=\t", "form=sizes"])
    #expect(sizes == "| row of `audit`, indices included | 0.5 KB |\n")
  }

  @Test func `wrong answers add up, and what is not known is a dash`() throws {
    let samples = (1...3).map { line("read, 8", "this", $0, rate: 1, cpu: 1, wrong: 2) }
    #expect(try table(samples).contains("| - | - | 6 |\n"))
  }

  @Test(arguments: [
    (
      "this", "1000 2000000 500 9000 20000 0 0.1 0.3 2 100 150 120 2048 5 10 20 1 1005 2010 520 1",
      "500 0.5 9 20 1500 50 20 10 2 2 0.5 0"
    ),
    // Four answers were not as expected, and two writes failed.
    (
      "this", "1000 2000000 1 1 1 3 0 0 2 0 0 0 0 0 0 0 0 996 0 0 2",
      "500 0.001 0.001 0.001 0 0 0 0 0 0 0 6"
    ),
    (
      "upstream", "1000 2000000 1 1 1 3 0 0 2 100 100 0 1024 0 0 0 0 0 0 0 0",
      "500 0.001 0.001 0.001 1000 50 0 - 1 - - 3"
    ),
  ])
  func `a sample has the cost of a request`(
    who: String, numbers: String, expected: String
  ) throws {
    let output = try Awk.output(
      of: "Benchmarks/sample.awk", for: numbers + "\n",
      [
        "hertz=100", "name=x", "round=1", "who=\(who)", "is_gateway=\(who == "this" ? 1 : 0)",
        "is_beside=\(who == "upstream" ? 0 : 1)",
      ])
    #expect(output == "scenario x \(who) 1 \(expected)\n")
  }

  @Test(arguments: [
    (105, "read                   105 instructions a request, +5.0 %"),
    (106, "read                   106 instructions a request, +6.0 %, TOO MANY"),
    (
      90,
      "read                    90 instructions a request, -10.0 %, fewer: keep it so with UPDATE=1"
    ),
  ])
  func `a request that has become dearer is found`(count: Int, verdict: String) throws {
    let output = try Awk.output(
      of: "Benchmarks/instructions.awk",
      for: "expected\tread\t100\ncounted\tread\t\(count)\ncounted\tnew\t1\n",
      ["FS=\t", "tolerance=5"])
    #expect(
      output == verdict + "\nnew                      1 instructions a request, NOT EXPECTED\n")
  }

  private func table(_ lines: [String]) throws -> String {
    try Awk.output(of: "Benchmarks/table.awk", for: lines.joined(separator: "\n") + "\n", ["FS=\t"])
  }

  private func target(_ column: String, _ side: String, _ bound: String) -> String {
    "target\tread, 8\tnginx\t\(column)\t\(side)\t\(bound)"
  }

  private func line(
    _ name: String, _ build: String, _ round: Int, rate: Int, cpu: Int, wrong: Int = 0
  ) -> String {
    "scenario\t\(name)\t\(build)\t\(round)\t\(rate)\t1\t1\t1\t\(cpu)\t1\t1\t1\t1\t-\t-\t\(wrong)"
  }
}
