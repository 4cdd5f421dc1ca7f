import ResponseCache
import Testing

/// Goal: age and request directives decide together what happens to a cached answer.
/// Method: a table of ages and directives.
@Suite struct CachePolicyTests {
  private let policy = CachePolicy()

  @Test(arguments: [
    (0, "", CacheVerdict.serve), (29, "", .serve), (30, "", .serveAndRefresh),
    (929, "", .serveAndRefresh), (930, "", .fetch(.stale)), (4, "no-cache", .serve),
    (5, "no-cache", .fetch(.request)), (9, "max-age=10", .serve),
    (10, "max-age=10", .fetch(.request)), (4, "max-age=0", .serve),
    (100, "max-stale", .serve), (89, "max-stale=60", .serve),
    (90, "max-stale=60", .serveAndRefresh), (929, "only-if-cached", .serve),
    (930, "only-if-cached", .refuse), (5000, "only-if-cached, max-stale", .serve),
    (20, "only-if-cached, max-age=10", .refuse),
  ])
  func `the verdict follows from age and directives`(
    seconds: Int, header: String, expected: CacheVerdict
  ) {
    #expect(
      policy.verdict(age: .seconds(seconds), CacheDirectives(header: header)) == expected)
  }

  @Test func `a failure is replaced for a day, but not for callers who limit the age`() {
    #expect(policy.mayReplaceFailure(age: .seconds(86399), .none))
    #expect(!policy.mayReplaceFailure(age: .seconds(86400), .none))
    #expect(
      !policy.mayReplaceFailure(age: .seconds(60), CacheDirectives(header: "no-cache")))
  }
}
