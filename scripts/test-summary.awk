# Reads the output of `swift test`, drops the noise, and ends with "N passed, N failed".
#
# The total is the sum of those in Swift Testing's closing lines, one for each of the `runs`. Such a
# line counts issues, not tests, so failed and skipped tests are counted by their own lines. A run that
# dies has no closing line: then every test that started and did not end counts as failed.

/^◇ Test .* started\.$/ && !/^◇ Test (run|case) / { started += 1 }
/^(✔|━) Test .* passed after / && !/^(✔|━) Test run / { passed += 1 }
/^✘ Test .* failed after / && !/^✘ Test run / { failed += 1 }
/^➜ Test .* skipped/ { skipped += 1 }
/^(✔|✘|━) Test run with [0-9]+ tests? / {
  closings += 1
  if ($0 ~ / failed after /) has_failed = 1
  count = $0
  sub(/.*Test run with /, "", count)
  total += count
}

# The arguments of a test case may span lines.
verbose == "" && is_case && !/^(◇|✔|✘|━|➜|↳)/ {
  if (/ started\.$/) is_case = 0
  next
}
{ is_case = /^◇ Test case / && !/ started\.$/ }
verbose == "" && /^(◇|↳ Testing Library|↳ Target Platform|(✔|━) Test )/ && !/^(✔|━) Test run / { next }
verbose == "" && /^warning: .*dependency .* is not used by any target$/ { next }
{ print; fflush() }

END {
  if (closings < (runs == "" ? 1 : runs)) {
    print (started > 0 ? "The test run died before its end." : "No test ran.")
    total = started
    skipped = 0
    failed = started - passed
  } else if (has_failed && failed == 0) {
    # An issue outside of any test.
    failed = 1
  }
  if (skipped > 0) print skipped " skipped"
  line = (total - failed - skipped) " passed, " (failed + 0) " failed"
  print line
  print line > counts
}
