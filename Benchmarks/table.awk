# Makes the tables of scripts/bench.sh: medians over the rounds, with the smallest and the largest.
#
# A line is "part", name, build, round, nanoseconds; or "scenario", name, build, round, requests/s, p50,
# p99, longest (ms), CPU µs a request, % of a core by the process, by the load, and by others on the
# process's core, MiB, upstream requests and commits a request, unexpected answers. "-" is unknown.

function remember(kind, name, build, round, column, value,    key) {
  if (!((kind, name) in seen)) {
    seen[kind, name]
    names[kind, ++name_count[kind]] = name
  }
  value_of[kind, name, build, round, column] = value
  if (round > rounds) rounds = round
  if (build == "other") is_against = 1
}

{
  for (column = 5; column <= NF; column++) remember($1, $2, $3, $4, column, $column)
}

# Leaves the sorted values in `sorted`, and returns how many there are.
function collect(kind, name, build, column,    round, count, value) {
  count = 0
  for (round = 1; round <= rounds; round++) {
    if (!((kind, name, build, round, column) in value_of)) continue
    value = value_of[kind, name, build, round, column]
    if (value == "-") continue
    insert(++count, value + 0)
  }
  return count
}

# Ratios of this build to the other one, each of one round.
function collect_ratios(kind, name, column,    round, count, base) {
  count = 0
  for (round = 1; round <= rounds; round++) {
    base = value_of[kind, name, "other", round, column]
    if (base > 0) insert(++count, value_of[kind, name, "this", round, column] / base)
  }
  return count
}

function insert(count, value,    place) {
  for (place = count; place > 1 && sorted[place - 1] > value; place--) {
    sorted[place] = sorted[place - 1]
  }
  sorted[place] = value
}

function middle(count) {
  if (count == 0) return 0
  return count % 2 ? sorted[(count + 1) / 2] : (sorted[count / 2] + sorted[count / 2 + 1]) / 2
}

# A median alone.
function one(format, name, build, column,    count) {
  count = collect("scenario", name, build, column)
  return count ? sprintf(format, middle(count)) : "-"
}

# A median with the extremes.
function spread(format, kind, name, build, column,    count) {
  count = collect(kind, name, build, column)
  return count ? sprintf(format " (" format "–" format ")", middle(count), sorted[1], sorted[count]) : "-"
}

function ratio(kind, name, column,    count) {
  count = collect_ratios(kind, name, column)
  return count ? sprintf("%.2f (%.2f–%.2f)", middle(count), sorted[1], sorted[count]) : "-"
}

function total(name, build, column,    round, sum) {
  for (round = 1; round <= rounds; round++) sum += value_of["scenario", name, build, round, column]
  return sum
}

function row(name, build) {
  if (collect("scenario", name, build, 5) == 0) return
  printf "| %s%s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %s | %d |\n", name, \
    is_against && build != "upstream" ? ", " build : "", spread("%.0f", "scenario", name, build, 5), \
    spread("%.1f", "scenario", name, build, 9), one("%.2f", name, build, 6), \
    one("%.2f", name, build, 7), one("%.1f", name, build, 8), one("%.0f", name, build, 10), \
    one("%.0f", name, build, 11), one("%.0f", name, build, 12), one("%.0f", name, build, 13), \
    one("%.3f", name, build, 14), one("%.3f", name, build, 15), total(name, build, 16)
}

END {
  if (name_count["scenario"]) {
    print "| scenario, connections | requests/s | CPU µs a request | p50 ms | p99 ms | longest ms |" \
      " process % | load % | others % | MiB | upstream | commits | wrong |"
    print "|---|---|---|---|---|---|---|---|---|---|---|---|---|"
  }
  for (place = 1; place <= name_count["scenario"]; place++) {
    row(names["scenario", place], "this")
    row(names["scenario", place], "other")
    row(names["scenario", place], "upstream")
  }
  if (name_count["part"]) {
    print "\n| part | ns each |" (is_against ? " other | this / other |" : "")
    print "|---|---|" (is_against ? "---|---|" : "")
  }
  for (place = 1; place <= name_count["part"]; place++) {
    name = names["part", place]
    printf "| %s | %s |", name, spread("%.0f", "part", name, "this", 5)
    printf is_against ? " %s | %s |\n" : "\n", spread("%.0f", "part", name, "other", 5), \
      ratio("part", name, 5)
  }
  if (is_against && name_count["scenario"]) {
    print "\n| this / other, round by round | requests/s | CPU a request | p99 |"
    print "|---|---|---|---|"
    for (place = 1; place <= name_count["scenario"]; place++) {
      name = names["scenario", place]
      if (collect_ratios("scenario", name, 5) == 0) continue
      printf "| %s | %s | %s | %s |\n", name, ratio("scenario", name, 5), ratio("scenario", name, 9), \
        ratio("scenario", name, 7)
    }
  }
}
