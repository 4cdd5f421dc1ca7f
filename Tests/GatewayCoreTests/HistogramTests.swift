import GatewayCore
import Testing

/// Goal: no value is lost or counted in the wrong place, from however many threads.
/// Method: values on and around the bounds, then many tasks.
@Suite struct HistogramTests {
  @Test func `a value on a bound is below it`() {
    let histogram = Histogram(bounds: [0.001, 0.1, 1])
    var figures = HistogramFigures(bounds: [0.001, 0.1, 1])
    for nanoseconds in [0, 1_000_000, 1_000_001, 100_000_000, 1_000_000_001] as [Int64] {
      histogram.add(nanoseconds: nanoseconds)
      figures.add(.nanoseconds(nanoseconds))
    }
    #expect(histogram.figures.counts == [2, 2, 0, 1])
    #expect(figures.counts == [2, 2, 0, 1] && figures.count == 5)
    #expect(abs(histogram.figures.sum - 1.102000002) < 1e-9)
    #expect(abs(figures.sum - 1.102000002) < 1e-9)
  }

  @Test func `a clock that went back counts as no time`() {
    var figures = HistogramFigures(bounds: [1])
    figures.add(.seconds(-5))
    #expect(figures.counts == [1, 0] && figures.sum == 0)
  }

  @Test func `many threads lose nothing`() async {
    let histogram = Histogram(bounds: [0.5])
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<8 {
        group.addTask {
          for index in 0..<10_000 {
            histogram.add(nanoseconds: index % 2 == 0 ? 1_000 : 1_000_000_000)
          }
        }
      }
    }
    #expect(histogram.figures.counts == [40_000, 40_000])
    #expect(abs(histogram.figures.sum - 40_000.04) < 1e-6)
  }
}
